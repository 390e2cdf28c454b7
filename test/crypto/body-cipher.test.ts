import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import {
  open,
  openWithNonce,
  RANDOM_NONCE_BYTES,
  seal,
  SEAL_TAG_BYTES,
  sealWithRandomNonce,
} from '../../src/crypto/body-cipher.ts'
import { withBitFlipped } from './vectors/signature-vectors.ts'

const KEY = fromHex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f')
const NONCE = fromHex('070000004041424344454647')
const HEADER = fromHex('50515253c0c1c2c3c4c5c6c7')
const TEXT = utf8(
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
)

test('sealing gives the ciphertext and tag of RFC 8439 section 2.8.2', () => {
  const sealed = toHex(seal(KEY, NONCE, TEXT, HEADER))
  assert.equal(sealed.slice(0, 32), 'd31a8d34648e60db7b86afbc53ef7ec2')
  assert.equal(sealed.slice(-32), '1ae10b594f09e26a7e902ecbd0600691')
  assert.deepEqual(open(KEY, NONCE, fromHex(sealed), HEADER), TEXT)
})

test('what was sealed opens, whatever its length and wherever its bytes lie', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(7),
      (plaintext, header, offset) => {
        const shifted = (bytes: Uint8Array) => {
          const frame = new Uint8Array(offset + bytes.length)
          frame.set(bytes, offset)
          return frame.subarray(offset)
        }
        const sealed = seal(KEY, NONCE, plaintext, header)
        assert.equal(sealed.length, plaintext.length + SEAL_TAG_BYTES)
        assert.deepEqual(seal(shifted(KEY), shifted(NONCE), shifted(plaintext), shifted(header)), sealed)
        assert.deepEqual(open(shifted(KEY), shifted(NONCE), shifted(sealed), shifted(header)), plaintext)
        assert.deepEqual(openWithNonce(KEY, sealWithRandomNonce(KEY, plaintext, header), header), plaintext)
      },
    ),
  )
})

test('no bit of ciphertext, tag, key, nonce or header may change', () => {
  const plaintext = utf8('meet me at noon')
  const sealed = seal(KEY, NONCE, plaintext, HEADER)
  for (let bit = 0; bit < 8 * sealed.length; bit++)
    assert.equal(open(KEY, NONCE, withBitFlipped(sealed, bit), HEADER), undefined)
  for (let bit = 0; bit < 8 * KEY.length; bit++)
    assert.equal(open(withBitFlipped(KEY, bit), NONCE, sealed, HEADER), undefined)
  for (let bit = 0; bit < 8 * NONCE.length; bit++)
    assert.equal(open(KEY, withBitFlipped(NONCE, bit), sealed, HEADER), undefined)
  for (let bit = 0; bit < 8 * HEADER.length; bit++)
    assert.equal(open(KEY, NONCE, sealed, withBitFlipped(HEADER, bit)), undefined)
  assert.equal(open(KEY, NONCE, sealed), undefined, 'without the header')
})

test('no byte may be missing or added', () => {
  const sealed = seal(KEY, NONCE, utf8('meet me at noon'))
  const anonymous = sealWithRandomNonce(KEY, utf8('meet me at noon'))
  for (let length = 0; length < sealed.length; length++)
    assert.equal(open(KEY, NONCE, sealed.subarray(0, length)), undefined)
  for (let length = 0; length < anonymous.length; length++)
    assert.equal(openWithNonce(KEY, anonymous.subarray(0, length)), undefined)
  assert.equal(open(KEY, NONCE, Uint8Array.of(...sealed, 0)), undefined)
  assert.equal(openWithNonce(KEY, Uint8Array.of(...anonymous, 0)), undefined)
})

test('a random nonce is new each time, and no bit of the whole may change', () => {
  const plaintext = utf8('once')
  const sealed = sealWithRandomNonce(KEY, plaintext, HEADER)
  assert.notDeepEqual(sealWithRandomNonce(KEY, plaintext, HEADER), sealed)
  assert.equal(sealed.length, RANDOM_NONCE_BYTES + plaintext.length + SEAL_TAG_BYTES)
  for (let bit = 0; bit < 8 * sealed.length; bit++)
    assert.equal(openWithNonce(KEY, withBitFlipped(sealed, bit), HEADER), undefined)
})

test('a key or nonce of the wrong length is our own mistake', () => {
  assert.throws(() => seal(KEY.subarray(1), NONCE, TEXT), /32 bytes/u)
  assert.throws(() => open(KEY, NONCE.subarray(1), TEXT), /nonce/u)
})
