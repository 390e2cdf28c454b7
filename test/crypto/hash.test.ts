import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { hkdfSha256, hmacSha256, sha256, sha256Of } from '../../src/crypto/hash.ts'
import { randomBytes } from '../../src/crypto/random.ts'

test('SHA-256 of "abc" is that of FIPS 180-4', () => {
  assert.equal(toHex(sha256(utf8('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('a hash of parts is the hash of their concatenation, and what WebCrypto computes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), async (parts) => {
      const whole = concatBytes(...parts)
      assert.deepEqual(sha256Of(...parts), sha256(whole))
      assert.deepEqual(sha256(whole), new Uint8Array(await crypto.subtle.digest('SHA-256', whole.slice())))
    }),
  )
})

test('HMAC is that of RFC 4231, case 2', () => {
  assert.equal(
    toHex(hmacSha256(utf8('Jefe'), utf8('what do ya want for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('HKDF is that of RFC 5869, with and without salt', () => {
  const key = fromHex('0b'.repeat(22))
  assert.equal(
    toHex(hkdfSha256(key, fromHex('f0f1f2f3f4f5f6f7f8f9'), 42, fromHex('000102030405060708090a0b0c'))),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  )
  assert.equal(
    toHex(hkdfSha256(key, '', 42)),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  )
})

test('HKDF gives different keys for different purposes', () => {
  const key = randomBytes(32)
  assert.notDeepEqual(hkdfSha256(key, 'one'), hkdfSha256(key, 'two'))
  assert.deepEqual(hkdfSha256(key, 'one'), hkdfSha256(key, utf8('one'), 32))
})

test('random bytes have the length asked for and differ', () => {
  assert.equal(randomBytes(0).length, 0)
  assert.equal(randomBytes(65_536).length, 65_536)
  assert.notDeepEqual(randomBytes(32), randomBytes(32))
  assert.throws(() => randomBytes(65_537), /at once/u)
})
