import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainText } from '../../components/chat/plain-text.ts'

const LENGTH_MAX = 120
const plain = (markdown: string): string => plainText(markdown, LENGTH_MAX)

test('a message on one line loses the signs of its Markdown', () => {
  assert.equal(plain('Is it **really** *so* late?'), 'Is it really so late?')
  assert.equal(plain('***all*** ~~of~~ `it` and __more__'), 'all of it and more')
  assert.equal(plain('**bold with *a slant* in it**'), 'bold with a slant in it')
  assert.equal(plain('# Plan\n\n- bread\n- [x] cheese\n1. first'), 'Plan • bread • cheese 1. first')
  assert.equal(plain('> what you said\n\nyes'), 'what you said yes')
  assert.equal(plain('```ts\nconst a = 1\n```'), 'const a = 1')
  assert.equal(plain('see [the list](https://list.example/a) or ![a cat](cat.png)'), 'see the list or a cat')
  assert.equal(plain('| Book | Pages |\n| --- | ---: |\n| Emma | 474 |'), 'Book Pages Emma 474')
})

test('signs that are not Markdown stay', () => {
  for (const text of [
    '2 * 3 * 4 = 24',
    'snake_case_name',
    'C# and F#',
    'a - b',
    '5 > 3',
    '~10 *',
    'https://a.example/b_c_d',
  ])
    assert.equal(plain(text), text)
})

test('any text becomes one line that is not longer than asked', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat(200), (text, lengthMax) => {
      const line = plainText(text, lengthMax)
      // A list's sign of one character becomes two: the sign and its blank.
      assert.ok(line.length <= lengthMax * 2)
      assert.doesNotMatch(line, /[\n\r]/)
    }),
  )
})
