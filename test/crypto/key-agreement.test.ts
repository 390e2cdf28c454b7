import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import {
  agree,
  agreeInJavaScript,
  createKeyPair,
  importPrivateKey,
  keyPairFromBytes,
} from '../../src/crypto/key-agreement.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { RFC_7748_AGREEMENT, RFC_7748_FUNCTION_VECTORS, SMALL_ORDER_COORDINATES } from './vectors/agreement-vectors.ts'

const hexOf = (bytes: Uint8Array | undefined): string | undefined => bytes && toHex(bytes)

test('both implementations give the results of RFC 7748', async () => {
  for (const { scalar, coordinate, result } of RFC_7748_FUNCTION_VECTORS) {
    assert.equal(hexOf(agreeInJavaScript(fromHex(scalar), fromHex(coordinate))), result)
    const key = await importPrivateKey(fromHex(scalar), crypto.subtle)
    assert.equal(hexOf(await agree(key, fromHex(coordinate))), result)
  }
  const { bobPrivate, bobPublic, alicePublic, shared } = RFC_7748_AGREEMENT
  assert.equal(toHex(keyPairFromBytes(fromHex(bobPrivate)).publicKey), bobPublic)
  assert.equal(hexOf(await agree(fromHex(bobPrivate), fromHex(alicePublic))), shared)
})

test('a thousand rounds of the function end where RFC 7748 says', () => {
  let scalar: Uint8Array = Uint8Array.of(9, ...new Uint8Array(31))
  let coordinate = scalar
  for (let round = 0; round < 1000; round++) {
    const result = agreeInJavaScript(scalar, coordinate)
    assert.ok(result)
    coordinate = scalar
    scalar = result
  }
  assert.equal(toHex(scalar), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51')
})

test('Alice and Bob agree, one of them through the fallback', async () => {
  const alice = await createKeyPair()
  const bob = keyPairFromBytes(randomBytes(32))
  assert.ok(alice.privateKey instanceof CryptoKey && !alice.privateKey.extractable)
  const secret = await agree(alice.privateKey, bob.publicKey)
  assert.ok(secret)
  assert.deepEqual(await agree(bob.privateKey, alice.publicKey), secret)
})

test('both implementations agree on every key and coordinate', async () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (privateKey, publicKey) => {
      const key = await importPrivateKey(privateKey, crypto.subtle)
      assert.equal(hexOf(await agree(key, publicKey)), hexOf(agreeInJavaScript(privateKey, publicKey)))
    }),
    { numRuns: 60 },
  )
})

test('a key of small order or wrong length agrees on nothing', async () => {
  const pair = await createKeyPair()
  for (const coordinate of SMALL_ORDER_COORDINATES.flatMap((hex) => [fromHex(hex), withHighBit(fromHex(hex))])) {
    assert.equal(await agree(pair.privateKey, coordinate), undefined, toHex(coordinate))
    assert.equal(await agree(randomBytes(32), coordinate), undefined, toHex(coordinate))
  }
  for (const length of [0, 31, 33]) {
    assert.equal(await agree(pair.privateKey, randomBytes(length)), undefined)
    assert.equal(await agree(randomBytes(32), randomBytes(length)), undefined)
  }
})

function withHighBit(bytes: Uint8Array): Uint8Array {
  bytes[31] = (bytes[31] ?? 0) | 0x80
  return bytes
}
