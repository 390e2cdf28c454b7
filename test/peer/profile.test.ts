import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { idToBytes } from '../../src/base/ids.ts'
import { agree, createKeyPair } from '../../src/crypto/key-agreement.ts'
import { openSealed, sealTo } from '../../src/crypto/hpke.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { verify } from '../../src/crypto/signature.ts'
import { compareSeniority, verifyDeviceCertificate } from '../../src/identity/device-certificate.ts'
import { createPerson, phraseOf } from '../../src/identity/person.ts'
import { createDeviceKeys, deviceIdOf, Profile } from '../../src/peer/profile.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'

import type { Result } from '../../src/base/result.ts'

const MINUTE_MS = 60_000
const NOW_MS = 30_000_000 * MINUTE_MS

function must<T>(result: Result<T>): T {
  assert.ok(result.ok, 'rejected')
  return result.value
}

test('a profile is the same after a reload, and its keys still work', async () => {
  const store = new MemoryStore()
  const first = await Profile.open(store, NOW_MS)
  await first.setName('Alice')
  const again = await Profile.open(store, NOW_MS + MINUTE_MS)
  assert.equal(again.person, first.person)
  assert.equal(again.name, 'Alice')
  assert.deepEqual(again.certificate, first.certificate)
  assert.equal(again.certificate.serial, 30_000_000)
  const message = utf8('hello')
  const signature = await again.author.signer.sign(message)
  assert.ok(await verify(signature, message, idToBytes(first.author.device)))
  const box = await sealTo(first.certificate.sealKey, message, message, message)
  assert.deepEqual(await openSealed(again.author.sealKeyPair, box, message, message), message)
})

test('a damaged device is replaced by a new one of the same person', async () => {
  for (const [key, value] of [
    ['me/device', 'damaged'],
    ['me/seal', randomBytes(32)],
    ['me/certificate', randomBytes(162)],
  ] as const) {
    const store = new MemoryStore()
    const first = await Profile.open(store, NOW_MS)
    await store.write([{ kind: 'put', key, value }])
    const again = await Profile.open(store, NOW_MS + MINUTE_MS)
    assert.equal(again.person, first.person)
    assert.notEqual(again.author.device, first.author.device)
    assert.ok(compareSeniority(first.certificate, again.certificate) < 0)
    assert.equal((await Profile.open(store, NOW_MS)).author.device, again.author.device)
  }
})

test('[DV8] devices are certified by the person’s own key, and without it by the device, in their order', async () => {
  const store = new MemoryStore()
  const phone = await Profile.open(store, NOW_MS)
  const certified = async (nowMs: number) => {
    const keys = await createDeviceKeys()
    const bytes = await phone.certify({ device: deviceIdOf(keys), sealKey: keys.sealKeyPair.publicKey }, nowMs)
    return must(await verifyDeviceCertificate(bytes))
  }
  const laptop = await certified(NOW_MS) // in the same minute
  const tablet = await certified(NOW_MS - 5 * MINUTE_MS) // by a clock that went back
  must(await phone.forgetPhrase())
  const watch = await certified(NOW_MS)
  assert.deepEqual(
    [laptop, tablet, watch].map(({ issuer }) => issuer),
    [undefined, undefined, phone.author.device],
  )
  const order = [watch, tablet, laptop, phone.certificate].toSorted(compareSeniority)
  assert.deepEqual(
    order.map(({ device }) => device),
    [phone.certificate, laptop, tablet, watch].map(({ device }) => device),
  )
})

test('[DC6] a phrase that was forgotten is gone from the store, and nothing can sign as the person', async () => {
  const store = new MemoryStore()
  const profile = await Profile.open(store, NOW_MS)
  const { signAsPerson } = profile.author
  assert.ok(signAsPerson)
  must(await profile.forgetPhrase())
  assert.equal(await profile.phrase(), undefined)
  assert.equal(profile.author.signAsPerson, undefined)
  assert.equal(profile.author.rootSigner(profile.person), undefined)
  await assert.rejects(signAsPerson(utf8('too late')), /removed/u)
  const again = await Profile.open(store, NOW_MS)
  assert.equal(again.person, profile.person)
  assert.equal(again.author.device, profile.author.device)
  assert.equal(again.holdsPhrase, false)
})

test('a restored person gets a device of their own, younger than those before', async () => {
  const alice = createPerson()
  const [old, fresh] = [new MemoryStore(), new MemoryStore()]
  const before = must(await Profile.restore(old, alice, NOW_MS))
  const after = must(await Profile.restore(fresh, alice, NOW_MS + 10 * MINUTE_MS))
  assert.equal(after.person, alice.id)
  assert.equal(await after.phrase(), await phraseOf(alice))
  assert.ok(compareSeniority(before.certificate, after.certificate) < 0)
})

test('a root key for one room survives a reload and signs as itself', async () => {
  const store = new MemoryStore()
  const profile = await Profile.open(store, NOW_MS)
  assert.equal((await profile.rootKeyForNewRoom()).key, profile.person)
  must(await profile.forgetPhrase())
  const { key } = await profile.rootKeyForNewRoom()
  assert.notEqual(key, profile.person)
  const again = await Profile.open(store, NOW_MS)
  const message = utf8('rotate')
  const sign = again.author.rootSigner(key)
  assert.ok(sign && (await verify(await sign(message), message, idToBytes(key))))
  await again.forgetRootKey(key)
  assert.equal(again.author.rootSigner(key), undefined)
  assert.equal((await Profile.open(store, NOW_MS)).author.rootSigner(key), undefined)
})

test('a seal key made here cannot be read back', async () => {
  const { author } = await Profile.open(new MemoryStore(), NOW_MS)
  const { privateKey, publicKey } = author.sealKeyPair
  assert.ok(privateKey instanceof CryptoKey && !privateKey.extractable)
  const other = await createKeyPair()
  assert.deepEqual(await agree(privateKey, other.publicKey), await agree(other.privateKey, publicKey))
})
