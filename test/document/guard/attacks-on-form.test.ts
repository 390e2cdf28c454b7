/** The attack table, rows 2 to 16: one test a row, by the row's number. Row 1 belongs to feeds. */
import assert from 'node:assert/strict'
import test from 'node:test'
import * as Y from 'yjs'
import { concatBytes } from '../../../src/base/bytes.ts'
import { Writer } from '../../../src/base/codec.ts'
import { CONTAINER_DEPTH_MAX, DELETE_RANGES_MAX, STRUCTS_PER_UPDATE_MAX } from '../../../src/document/guard/limits.ts'
import { anyContent, elementContent, markContent, textContent, typeContent, type Draft } from '../../fuzz/draft.ts'
import {
  ALICE,
  MALLORY,
  alices,
  own,
  TITLE,
  HEADING,
  TEXT,
  LETTERS,
  LEVEL,
  END,
  note,
  draft,
  update,
  deletion,
  inert,
} from './note-fixture.ts'

test('what the attacks start from is accepted', () => {
  const { verdict } = note()
  assert.equal(verdict(update([draft()])), 'accepted')
  assert.equal(verdict(deletion(ALICE, [TITLE, 2])), 'accepted')
})

test('[row 2] [G4] a block of another client is refused', () => {
  const { verdict } = note()
  assert.equal(verdict(update([draft()], [], alices(END))), 'client')
  assert.equal(verdict(update([draft()], [], { client: 12_345, clock: 0 })), 'client')
  assert.equal(verdict(update([draft()]), 12_345), 'client')
})

test('[row 3] [G4] [G5] gaps in the clock, and skips that hide them, are refused', () => {
  const { verdict } = note()
  assert.equal(verdict(update([draft()], [], own(1))), 'clock')
  assert.equal(verdict(update([draft({ ...inert(10, 5), origin: undefined })])), 'content')
})

test('[row 4] [G7] what would wait for something unseen is refused, not parked', () => {
  const { verdict } = note()
  assert.equal(verdict(update([draft({ origin: alices(END) })])), 'unseen')
  assert.equal(verdict(update([draft({ origin: undefined, right: { client: 4, clock: 0 } })])), 'unseen')
  assert.equal(verdict(update([draft({ origin: undefined, parent: alices(END) })])), 'unseen')
})

test('[row 5] [G8] anchors that are not neighbours are refused in texts, lists, keys and within one update', () => {
  const { verdict } = note()
  assert.equal(verdict(update([draft({ origin: alices(0), right: alices(2) })])), 'adjacency')
  assert.equal(verdict(update([draft({ origin: alices(0), right: undefined })])), 'adjacency')
  assert.equal(verdict(update([draft({ origin: undefined, right: alices(1) })])), 'adjacency')
  assert.equal(verdict(update([draft({ origin: undefined, right: undefined })])), 'adjacency')
  assert.equal(verdict(update([draft({ origin: alices(1), right: alices(0) })])), 'adjacency')
  const level = { ...anyContent(2), key: 'level', parent: alices(HEADING) }
  assert.equal(verdict(update([draft({ ...level, origin: alices(LEVEL) })])), 'accepted')
  assert.equal(verdict(update([draft({ ...level, origin: undefined })])), 'adjacency')
  assert.equal(verdict(update([draft({ ...level, origin: undefined, right: alices(LEVEL) })])), 'adjacency')
  const block = { ...elementContent('paragraph'), parent: 'body' }
  assert.equal(verdict(update([draft({ ...block, origin: undefined })])), 'adjacency')
  assert.equal(verdict(update([draft(), draft()])), 'adjacency')
  assert.equal(verdict(update([draft(), draft({ origin: own(0) })])), 'accepted')
  assert.equal(verdict(update([draft({ ...textContent('xy') }), draft({ origin: own(0) })])), 'adjacency')
  const first = draft({ origin: undefined, right: alices(0) })
  assert.equal(verdict(update([first, first])), 'adjacency')
  const paragraph = draft({ ...elementContent('paragraph'), parent: 'body', origin: alices(HEADING) })
  const text = draft({ ...typeContent(6), parent: own(0), origin: undefined })
  assert.equal(verdict(update([paragraph, text, text])), 'adjacency')
  assert.equal(verdict(update([paragraph, text, { ...text, right: own(1) }])), 'accepted')
})

test('[row 6] [G9] deleting what is not yet written is refused', () => {
  const { verdict } = note()
  assert.equal(verdict(deletion(ALICE, [END, 1])), 'deletes')
  assert.equal(verdict(deletion(ALICE, [0, 2 ** 50])), 'deletes')
  assert.equal(verdict(deletion(MALLORY, [0, 1])), 'deletes')
  assert.equal(verdict(deletion(4, [0, 1])), 'deletes')
})

test('[row 7] [G9] too many, overlapping or unordered ranges are refused', () => {
  const { verdict } = note()
  const many = Array.from({ length: DELETE_RANGES_MAX + 1 }, (_, i): [number, number] => [i * 2, 1])
  assert.equal(verdict(deletion(ALICE, ...many)), 'deletes')
  assert.equal(verdict(deletion(ALICE, [0, 2], [1, 1])), 'deletes')
  assert.equal(verdict(deletion(ALICE, [0, 1], [1, 1])), 'deletes')
  assert.equal(verdict(deletion(ALICE, [2, 1], [0, 1])), 'deletes')
  assert.equal(verdict(deletion(ALICE, [0, 0])), 'deletes')
  const twice = { client: ALICE, ranges: [[0, 1]] as const }
  assert.equal(verdict(update([], [twice, twice])), 'deletes')
})

test('[row 8] [G5] lengths without content and numbers that are not exact are refused', () => {
  const { verdict } = note()
  for (const length of [1, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
    assert.equal(verdict(update([draft({ ...inert(0, length), origin: undefined })])), 'content')
    assert.equal(verdict(update([draft(inert(1, length))])), 'content')
  }
  const padded = (count: number): Uint8Array => Uint8Array.of(0x81, ...Array.from({ length: count }, () => 0x80), 0)
  const rest = update([draft()]).subarray(1)
  assert.equal(verdict(concatBytes(padded(0), rest)), 'parse')
  assert.equal(verdict(concatBytes(padded(150), rest)), 'parse')
  assert.equal(verdict(Uint8Array.of(0, 1, 255, 255, 255, 255, 255, 255, 255, 31, 1, 0, 1)), 'parse')
})

test('[row 9] [G5] structs without length are refused', () => {
  const { verdict } = note()
  assert.equal(verdict(update([draft(textContent(''))])), 'parse')
  assert.equal(verdict(update([draft(inert(1, 0))])), 'content')
  assert.equal(verdict(update([draft({ ...anyContent(), origin: undefined, parent: 'comments/mallory' })])), 'parse')
})

test('[row 10] [G6] deep JSON and deep values are refused before they are parsed', () => {
  const { verdict } = note()
  const nested = (depth: number): string => `{"href":${'['.repeat(depth)}${']'.repeat(depth)}}`
  const json = (text: string): Partial<Draft> => ({
    ...markContent('link', null),
    content: new Writer().text('link').text(text).finish(),
  })
  const place = { origin: alices(LETTERS + 4), parent: alices(TEXT) }
  assert.equal(verdict(update([draft({ ...json(nested(2000)), ...place })])), 'content')
  assert.equal(verdict(update([draft({ ...json('{"href":"https://example.org"}'), ...place })])), 'accepted')
  assert.equal(verdict(update([draft({ ...json('{"href":'), ...place })])), 'content')
  let value: unknown = 'deep'
  for (let i = 0; i < 17; i++) value = { value }
  const lane = { origin: undefined, parent: 'comments/mallory' }
  assert.equal(verdict(update([draft({ ...anyContent(value), ...lane })])), 'content')
})

test('[row 11] [G7] containers nested deeper than the limit are refused', () => {
  const { verdict } = note()
  const nested = (depth: number): Uint8Array =>
    update(
      Array.from({ length: depth }, (_, i) =>
        i === 0
          ? draft({ ...elementContent('blockquote'), origin: alices(HEADING), parent: 'body' })
          : draft({ ...elementContent('blockquote'), origin: undefined, parent: own(i - 1) }),
      ),
    )
  assert.equal(verdict(nested(CONTAINER_DEPTH_MAX)), 'accepted')
  assert.equal(verdict(nested(CONTAINER_DEPTH_MAX + 1)), 'placement')
})

test('[row 12] [G3] [G5] an update that was cut off anywhere is refused whole', () => {
  const { verdict } = note()
  const whole = update(
    [draft({ ...textContent('xyz') }), draft({ origin: own(2) })],
    [{ client: ALICE, ranges: [[0, 1]] }],
  )
  assert.equal(verdict(whole), 'accepted')
  for (let length = 0; length < whole.length; length++) {
    assert.notEqual(verdict(whole.subarray(0, length)), 'accepted', `${length} bytes`)
  }
})

test('[row 13] [G5] bytes left over, the second format, padded numbers and empty updates are refused', () => {
  const { verdict } = note()
  const whole = update([draft()])
  assert.equal(verdict(concatBytes(whole, Uint8Array.of(0))), 'parse')
  assert.equal(verdict(Uint8Array.of(0, 0)), 'parse')
  assert.notEqual(verdict(Y.convertUpdateFormatV1ToV2(whole)), 'accepted')
  assert.equal(verdict(concatBytes(whole.subarray(0, -1), Uint8Array.of(0x80, 0))), 'parse')
})

test('[row 14] [G4] a huge number of structs is refused before anything is allocated', () => {
  const { verdict } = note()
  assert.equal(
    verdict(
      new Writer()
        .varuint(1)
        .varuint(2 ** 25)
        .varuint(MALLORY)
        .varuint(0)
        .finish(),
    ),
    'size',
  )
  const many = Array.from({ length: STRUCTS_PER_UPDATE_MAX + 1 }, (_, i) =>
    draft(i === 0 ? {} : { origin: own(i - 1) }),
  )
  assert.equal(verdict(update(many)), 'size')
  assert.equal(verdict(update(many.slice(1))), 'unseen')
  assert.equal(verdict(update(many.slice(0, -1))), 'accepted')
  assert.equal(verdict(new Uint8Array(300 * 1024)), 'size')
  assert.equal(verdict(update([draft(textContent('x'.repeat(64 * 1024)))])), 'accepted')
  assert.equal(verdict(update([draft(textContent('x'.repeat(64 * 1024 + 1)))])), 'content')
})

test('[row 15] [G4] two blocks of one client are refused', () => {
  const { verdict } = note()
  const block = update([draft()]).subarray(1, -1)
  assert.equal(verdict(concatBytes(Uint8Array.of(2), block, block, Uint8Array.of(0))), 'client')
})

test('[row 16] [G7] references to oneself, to what comes later and to parents that are none are refused', () => {
  const { verdict } = note()
  assert.equal(verdict(update([draft({ origin: own(0) })])), 'unseen')
  assert.equal(verdict(update([draft({ origin: own(5) })])), 'unseen')
  assert.equal(verdict(update([draft({ origin: undefined, right: own(0) })])), 'unseen')
  const kind = new Writer().varuint(1).varuint(1).varuint(MALLORY).varuint(0).u8(4).varuint(2)
  assert.equal(verdict(kind.varuint(ALICE).varuint(TITLE).text('x').varuint(0).finish()), 'parse')
  assert.equal(verdict(update([draft({ origin: undefined, parent: own(0) })])), 'placement')
  assert.equal(verdict(update([draft({ origin: undefined, parent: alices(TITLE) })])), 'placement')
})
