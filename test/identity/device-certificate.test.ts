import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type DeviceId } from '../../src/base/ids.ts'
import { createDeviceKey, createSeedDeviceKey } from '../../src/crypto/device-key.ts'
import {
  certifyDevice,
  decodeDeviceCertificate,
  DEVICE_CERTIFICATE_BYTES,
  verifyDeviceCertificate,
} from '../../src/identity/device-certificate.ts'
import { createPerson, type Person } from '../../src/identity/person.ts'
import { craft, torsion } from '../crypto/vectors/crafted-signature.ts'
import { SMALL_ORDER_ENCODINGS, withBitFlipped } from '../crypto/vectors/signature-vectors.ts'

const DOMAIN = utf8('parley device certificate\0')

const reasonOf = async (bytes: Uint8Array): Promise<string> => {
  const result = await verifyDeviceCertificate(bytes)
  return result.ok ? 'accepted' : result.reason
}

/** A certificate that says whatever it is told to, properly signed. */
async function certificateSaying(statement: Uint8Array, signer: Person): Promise<Uint8Array> {
  return concatBytes(statement, await signer.sign(concatBytes(DOMAIN, statement)))
}

test('a certified device is its person’s', async () => {
  const alice = createPerson()
  const device = await createDeviceKey()
  const bytes = await certifyDevice(alice, device.publicKey)
  assert.equal(bytes.length, DEVICE_CERTIFICATE_BYTES)
  const expected = { person: alice.id, device: idFromBytes<DeviceId>(device.publicKey), bytes }
  for (const result of [
    decodeDeviceCertificate(bytes),
    await verifyDeviceCertificate(bytes),
    await verifyDeviceCertificate(bytes), // remembered
  ]) {
    assert.ok(result.ok)
    assert.deepEqual(result.value, expected)
  }
})

test('a certificate does not change with the buffer that it came in', async () => {
  const bytes = await certifyDevice(createPerson(), createSeedDeviceKey().publicKey)
  const frame = concatBytes(Uint8Array.of(1, 2), bytes)
  const result = await verifyDeviceCertificate(frame.subarray(2))
  assert.ok(result.ok)
  frame.fill(0)
  assert.deepEqual(result.value.bytes, bytes)
})

test('no bit of a certificate may change, also after it was verified', async () => {
  const bytes = await certifyDevice(createPerson(), createSeedDeviceKey().publicKey)
  assert.equal(await reasonOf(bytes), 'accepted')
  for (let bit = 0; bit < 8 * bytes.length; bit += 3)
    assert.notEqual(await reasonOf(withBitFlipped(bytes, bit)), 'accepted', `bit ${bit}`)
})

test('[DC1] no byte may be missing or added', async () => {
  const bytes = await certifyDevice(createPerson(), createSeedDeviceKey().publicKey)
  for (let length = 0; length < bytes.length; length++)
    assert.equal(await reasonOf(bytes.subarray(0, length)), 'malformed')
  assert.equal(await reasonOf(Uint8Array.of(...bytes, 0)), 'malformed')
})

test('[DC1] other versions and kinds of issuer are malformed, however well signed', async () => {
  const alice = createPerson()
  const device = createSeedDeviceKey().publicKey
  const statement = (await certifyDevice(alice, device)).subarray(0, 66)
  for (const [at, value] of [
    [0, 0],
    [0, 2],
    [33, 1],
    [33, 255],
  ] as const) {
    const changed = statement.slice()
    changed[at] = value
    assert.equal(await reasonOf(await certificateSaying(changed, alice)), 'malformed')
  }
  assert.equal(await reasonOf(await certificateSaying(statement, alice)), 'accepted')
})

test('[DC3] Mallory cannot certify a device for Alice', async () => {
  const [alice, mallory] = [createPerson(), createPerson()]
  const statement = (await certifyDevice(alice, createSeedDeviceKey().publicKey)).subarray(0, 66)
  assert.equal(await reasonOf(await certificateSaying(statement, mallory)), 'signature')
})

test('[DC3] a signature of the same bytes for another purpose is no certificate', async () => {
  const alice = createPerson()
  const statement = (await certifyDevice(alice, createSeedDeviceKey().publicKey)).subarray(0, 66)
  assert.equal(await reasonOf(concatBytes(statement, await alice.sign(statement))), 'signature')
})

test('[DC2] keys of small or mixed order are neither people nor devices', async () => {
  const alice = createPerson()
  const good = (await certifyDevice(alice, createSeedDeviceKey().publicKey)).subarray(0, 66)
  const mixed = craft({ key: 'Mallory', keyTorsion: 1, message: utf8('') }).publicKey
  for (const key of [...SMALL_ORDER_ENCODINGS, mixed, torsion(3).toBytes()]) {
    const asDevice = good.slice()
    asDevice.set(key, 34)
    assert.equal(await reasonOf(await certificateSaying(asDevice, alice)), 'unacceptable-key')
    const asPerson = good.slice()
    asPerson.set(key, 1)
    assert.equal(await reasonOf(await certificateSaying(asPerson, alice)), 'unacceptable-key')
    await assert.rejects(certifyDevice(alice, key), /could sign/u)
  }
})
