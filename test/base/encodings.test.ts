import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base58, base64urlnopad, hex } from '@scure/base'
import fc from 'fast-check'
import { base58Of, bytesOfBase58 } from '../../src/base/base58.ts'
import { fromBase64url, fromHex, toBase64url, toHex } from '../../src/base/bytes.ts'

const bytes = fc.uint8Array({ maxLength: 80 })
/** Texts that are nearly right as often as not. */
const text = (alphabet: string): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(`${alphabet}=+0 é`)), maxLength: 12 })

/** What another implementation makes of it, which throws where ours has nothing to give. */
function reference(decode: (text: string) => Uint8Array, encoded: string): Uint8Array | undefined {
  try {
    return decode(encoded)
  } catch {
    return undefined
  }
}

const same = (ours: Uint8Array | undefined, theirs: Uint8Array | undefined): void =>
  assert.deepEqual(ours && [...ours], theirs && [...theirs])

test('bytes are written as another implementation writes them', () => {
  fc.assert(
    fc.property(bytes, (some) => {
      assert.equal(toBase64url(some), base64urlnopad.encode(some))
      assert.equal(toHex(some), hex.encode(some))
      assert.equal(base58Of(some), base58.encode(some))
      same(fromBase64url(toBase64url(some)), some)
      same(fromHex(toHex(some)), some)
      same(bytesOfBase58(base58Of(some)), some)
    }),
  )
})

test('of any text the same bytes are read as by another implementation, or none', () => {
  fc.assert(
    fc.property(text('ABQgwxyz019-_'), text('123ABCZabcz'), (base64, fiftyEight) => {
      same(fromBase64url(base64), reference(base64urlnopad.decode, base64))
      same(bytesOfBase58(fiftyEight), reference(base58.decode, fiftyEight))
    }),
    { numRuns: 2_000 },
  )
})

test('base64url with bits left over, padding or a lone character is nothing', () => {
  for (const wrong of ['AB', 'AAB', 'AA==', 'A', 'AAAAA', 'A+', 'A/', 'AA\n', ' AA'])
    assert.equal(fromBase64url(wrong), undefined)
  same(fromBase64url('AA'), Uint8Array.of(0))
  same(fromBase64url(''), new Uint8Array(0))
})

test('leading zero bytes are ones in base 58', () => {
  assert.equal(base58Of(Uint8Array.of(0, 0, 1)), '112')
  assert.equal(base58Of(new Uint8Array(0)), '')
  same(bytesOfBase58('11'), Uint8Array.of(0, 0))
})

test('a constant that is no hexadecimal is a mistake of ours', () => {
  assert.throws(() => fromHex('0'))
  assert.throws(() => fromHex('zz'))
})
