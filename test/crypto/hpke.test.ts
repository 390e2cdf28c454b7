import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { BOX_TAG_BYTES, ENCAPSULATED_BYTES, openSealed, sealTo } from '../../src/crypto/hpke.ts'
import { agree, createKeyPair, isAcceptableAgreementKey, keyPairFromBytes } from '../../src/crypto/key-agreement.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { SMALL_ORDER_COORDINATES } from './vectors/agreement-vectors.ts'
import { withBitFlipped } from './vectors/signature-vectors.ts'

const INFO = utf8('a purpose')
const PLACE = utf8('a place')

/** RFC 9180, appendix A.2.1: base mode, the message with sequence number 0. */
const RFC_9180 = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  ephemeralPublic: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
  ephemeralPrivate: 'f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600',
  recipientPublic: '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
  recipientPrivate: '8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb',
  plaintext: '4265617574792069732074727574682c20747275746820626561757479',
  associatedData: '436f756e742d30',
  sealed: '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
} as const

test('[HP1] a box is the one of RFC 9180', async () => {
  const ephemeral = keyPairFromBytes(fromHex(RFC_9180.ephemeralPrivate))
  const recipient = keyPairFromBytes(fromHex(RFC_9180.recipientPrivate))
  assert.equal(toHex(ephemeral.publicKey), RFC_9180.ephemeralPublic)
  assert.equal(toHex(recipient.publicKey), RFC_9180.recipientPublic)
  const [info, plaintext] = [fromHex(RFC_9180.info), fromHex(RFC_9180.plaintext)]
  const associatedData = fromHex(RFC_9180.associatedData)
  const box = await sealTo(recipient.publicKey, info, plaintext, associatedData, ephemeral)
  assert.equal(toHex(box.encapsulated), RFC_9180.ephemeralPublic)
  assert.equal(toHex(box.sealed), RFC_9180.sealed)
  assert.deepEqual(await openSealed(recipient, box, info, associatedData), plaintext)
})

test('Bob opens what Alice sealed to him, and no box is like another', async () => {
  const bob = await createKeyPair()
  const message = utf8('for Bob alone')
  const [first, second] = [
    await sealTo(bob.publicKey, INFO, message, PLACE),
    await sealTo(bob.publicKey, INFO, message, PLACE),
  ]
  assert.equal(first.encapsulated.length, ENCAPSULATED_BYTES)
  assert.equal(first.sealed.length, message.length + BOX_TAG_BYTES)
  assert.notDeepEqual(first.sealed, second.sealed)
  for (const box of [first, second]) assert.deepEqual(await openSealed(bob, box, INFO, PLACE), message)
})

test('[HP1] a box opens for one key, one purpose and one place', async () => {
  const [bob, carol] = [await createKeyPair(), await createKeyPair()]
  const box = await sealTo(bob.publicKey, INFO, utf8('x'), PLACE)
  assert.equal(await openSealed(carol, box, INFO, PLACE), undefined)
  assert.equal(await openSealed(bob, box, PLACE, PLACE), undefined)
  assert.equal(await openSealed(bob, box, INFO, INFO), undefined)
  assert.equal(await openSealed({ ...bob, publicKey: carol.publicKey }, box, INFO, PLACE), undefined)
})

test('no bit of a box may change', async () => {
  const bob = await createKeyPair()
  const box = await sealTo(bob.publicKey, INFO, utf8('secret'), PLACE)
  for (let bit = 0; bit < 8 * box.sealed.length; bit++)
    assert.equal(await openSealed(bob, { ...box, sealed: withBitFlipped(box.sealed, bit) }, INFO, PLACE), undefined)
  for (let bit = 0; bit < 8 * ENCAPSULATED_BYTES; bit++) {
    const encapsulated = withBitFlipped(box.encapsulated, bit)
    assert.equal(await openSealed(bob, { ...box, encapsulated }, INFO, PLACE), undefined, `bit ${bit}`)
  }
})

test('[HP2] garbage is never opened and never throws', async () => {
  const bob = await createKeyPair()
  const bytes = fc.uint8Array({ maxLength: 80 })
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (encapsulated, sealed) => {
      assert.equal(await openSealed(bob, { encapsulated, sealed }, INFO, PLACE), undefined)
    }),
    { numRuns: 200 },
  )
  for (const hex of SMALL_ORDER_COORDINATES)
    assert.equal(await openSealed(bob, { encapsulated: fromHex(hex), sealed: randomBytes(40) }, INFO, PLACE), undefined)
})

test('[HP2] a key is acceptable exactly if others can agree with it', async () => {
  for (const hex of SMALL_ORDER_COORDINATES) {
    const key = fromHex(hex)
    const withHighBit = concatBytes(key.subarray(0, 31), Uint8Array.of((key[31] ?? 0) | 0x80))
    for (const candidate of [key, withHighBit]) {
      assert.equal(isAcceptableAgreementKey(candidate), false, hex)
      assert.equal(await agree(randomBytes(32), candidate), undefined)
      await assert.rejects(sealTo(candidate, INFO, INFO, PLACE), /could agree/u)
    }
  }
  assert.equal(isAcceptableAgreementKey(randomBytes(31)), false)
  for (let round = 0; round < 20; round++) {
    const key = randomBytes(32)
    assert.equal(isAcceptableAgreementKey(key), (await agree(randomBytes(32), key)) !== undefined)
  }
})
