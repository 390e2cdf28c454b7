import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Point } from '@noble/ed25519'
import { fromHex, utf8 } from '../../src/base/bytes.ts'
import { signerFromSeed } from '../../src/crypto/device-key.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { isAcceptablePublicKey, rememberKeys } from '../../src/crypto/signature.ts'

/** Enough that they are tested together. */
const COUNT = 160
const keyOf = (name: string): Uint8Array => signerFromSeed(sha256(utf8(name))).publicKey
const keysOf = (name: string): Uint8Array[] => Array.from({ length: COUNT }, (_, i) => keyOf(`${name} ${i}`))

/** A point of order 8; its multiples are all of the small subgroup. */
const SMALL = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
const smallOf = (order: 2 | 4 | 8): Point => SMALL.multiply(BigInt(8 / order), false)

/** As many things as could stand where a key should, and not one of them a key. */
const badKeys = (good: Uint8Array): Uint8Array[] => [
  ...([2, 4, 8] as const).map((order) => Point.fromBytes(good).add(smallOf(order)).toBytes()),
  ...([2, 4, 8] as const).map((order) => smallOf(order).toBytes()),
  Point.ZERO.toBytes(),
  fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
  new Uint8Array(32).fill(2),
  good.subarray(1),
  new Uint8Array(0),
]

describe('many public keys at once', () => {
  it('[SG1] are each acceptable, as they are alone', () => {
    const keys = keysOf('good')
    rememberKeys(keys)
    for (const key of keys) assert.equal(isAcceptablePublicKey(key), true)
  })

  it('[SG1] do not hide one among them that is not, whatever is wrong with it', () => {
    for (const [i, bad] of badKeys(keyOf('Mallory')).entries()) {
      const keys = keysOf(`beside ${i}`)
      rememberKeys([...keys.slice(0, i), bad, ...keys.slice(i)])
      assert.equal(isAcceptablePublicKey(bad), false, `bad key ${i}`)
      for (const key of keys.slice(0, 3)) assert.equal(isAcceptablePublicKey(key), true)
    }
  })

  it('[SG1] do not hide two whose flaws cancel out', () => {
    const [first, second, ...rest] = keysOf('two')
    assert(first && second)
    const twisted = Point.fromBytes(first).add(smallOf(8)).toBytes()
    const untwisted = Point.fromBytes(second).subtract(smallOf(8)).toBytes()
    rememberKeys([twisted, untwisted, ...rest])
    assert.deepEqual([twisted, untwisted].map(isAcceptablePublicKey), [false, false])
  })
})
