import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, fromHex, utf8 } from '../../src/base/bytes.ts'
import { Writer } from '../../src/base/codec.ts'
import { idFromBytes, type DeviceId } from '../../src/base/ids.ts'
import { createDeviceKey, createSeedDeviceKey, signerOf, type Signer } from '../../src/crypto/device-key.ts'
import { createKeyPair } from '../../src/crypto/key-agreement.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import {
  certifyByDevice,
  certifyDevice,
  CERTIFICATE_STEPS_MAX,
  decodeDeviceCertificate,
  DEVICE_CERTIFICATE_BYTES_MAX,
  mayCertify,
  pathOf,
  SERIAL_MAX,
  verifyDeviceCertificate,
  type CertifiedKeys,
  type DeviceCertificate,
} from '../../src/identity/device-certificate.ts'
import { createPerson, type Person } from '../../src/identity/person.ts'
import { SMALL_ORDER_COORDINATES } from '../crypto/vectors/agreement-vectors.ts'
import { craft, torsion } from '../crypto/vectors/crafted-signature.ts'
import { SMALL_ORDER_ENCODINGS, withBitFlipped } from '../crypto/vectors/signature-vectors.ts'

const DOMAIN = utf8('parley device certificate\0')
/** Where things are in a certificate of one step whose serial takes one byte. */
const [PERSON_AT, DEVICE_AT, SEAL_KEY_AT, SERIAL_AT, SIGNATURE_AT] = [1, 33, 65, 97, 98]

const reasonOf = async (bytes: Uint8Array): Promise<string> => {
  const result = await verifyDeviceCertificate(bytes)
  return result.ok ? 'accepted' : result.reason
}

async function verified(bytes: Uint8Array): Promise<DeviceCertificate> {
  const result = await verifyDeviceCertificate(bytes)
  assert.ok(result.ok)
  return result.value
}

async function keysOf(serial = 0): Promise<CertifiedKeys & { readonly signer: Signer }> {
  const key = createSeedDeviceKey()
  const { publicKey: sealKey } = await createKeyPair()
  return { device: idFromBytes<DeviceId>(key.publicKey), sealKey, serial, signer: signerOf(key) }
}

const bare = ({ device, sealKey, serial }: CertifiedKeys): CertifiedKeys => ({ device, sealKey, serial })
const anyCertificate = async (person: Person): Promise<Uint8Array> => certifyDevice(person, bare(await keysOf()))

/** A certificate that says whatever it is told to, properly signed. */
async function certificateSaying(
  statement: Uint8Array,
  signer: { sign(message: Uint8Array): Promise<Uint8Array> },
): Promise<Uint8Array> {
  return concatBytes(statement, await signer.sign(concatBytes(DOMAIN, statement)))
}

/** `steps` devices, each certified by the one before. */
async function path(person: Person, steps: number): Promise<{ certificate: DeviceCertificate; signer: Signer }[]> {
  const { signer, ...first } = await keysOf()
  const made = [{ certificate: await verified(await certifyDevice(person, first)), signer }]
  for (let step = 1; step < steps; step++) {
    const issuer = made.at(-1)
    assert.ok(issuer)
    const { signer: ownSigner, ...keys } = await keysOf(step)
    const bytes = await certifyByDevice({ issuerCertificate: issuer.certificate, signer: issuer.signer, ...keys })
    made.push({ certificate: await verified(bytes), signer: ownSigner })
  }
  return made
}

test('a certified device is its person’s', async () => {
  const alice = createPerson()
  const device = await createDeviceKey()
  const keys = {
    device: idFromBytes<DeviceId>(device.publicKey),
    sealKey: (await createKeyPair()).publicKey,
    serial: 7,
  }
  const bytes = await certifyDevice(alice, keys)
  assert.equal(bytes.length, 162)
  const expected = { ...keys, person: alice.id, issuer: undefined, chain: [], bytes }
  for (const result of [
    decodeDeviceCertificate(bytes),
    await verifyDeviceCertificate(bytes),
    await verifyDeviceCertificate(bytes), // remembered
  ]) {
    assert.ok(result.ok)
    assert.deepEqual(result.value, expected)
  }
})

test('[DC4] a device certifies the next one, and the certificate shows the whole path', async () => {
  const alice = createPerson()
  const [phone, laptop, tablet] = await path(alice, 3)
  assert.ok(phone && laptop && tablet)
  assert.deepEqual(pathOf(tablet.certificate), [phone.certificate, laptop.certificate, tablet.certificate])
  assert.deepEqual(tablet.certificate.chain, [laptop.certificate, phone.certificate])
  assert.equal(tablet.certificate.issuer, laptop.certificate.device)
  assert.equal(laptop.certificate.issuer, phone.certificate.device)
  assert.equal(phone.certificate.issuer, undefined)
  for (const { certificate } of [phone, laptop, tablet]) assert.equal(certificate.person, alice.id)
  const { bytes } = laptop.certificate
  assert.deepEqual(tablet.certificate.bytes.subarray(0, bytes.length), bytes)
})

test('a certificate does not change with the buffer that it came in', async () => {
  const bytes = await anyCertificate(createPerson())
  const frame = concatBytes(Uint8Array.of(1, 2), bytes)
  const result = await verifyDeviceCertificate(frame.subarray(2))
  assert.ok(result.ok)
  frame.fill(0)
  assert.deepEqual(result.value.bytes, bytes)
  assert.deepEqual(result.value.sealKey, bytes.subarray(SEAL_KEY_AT, SERIAL_AT))
})

test('no bit of a certificate may change, also after it was verified', async () => {
  for (const bytes of (await path(createPerson(), 2)).map(({ certificate }) => certificate.bytes)) {
    assert.equal(await reasonOf(bytes), 'accepted')
    for (let bit = 0; bit < 8 * bytes.length; bit += 3)
      assert.notEqual(await reasonOf(withBitFlipped(bytes, bit)), 'accepted', `bit ${bit}`)
  }
})

test('[DC1] no byte may be missing or added', async () => {
  const [, laptop] = await path(createPerson(), 2)
  assert.ok(laptop)
  const { bytes, chain } = laptop.certificate
  for (let length = 0; length < bytes.length; length++)
    if (length !== chain[0]?.bytes.length) assert.equal(await reasonOf(bytes.subarray(0, length)), 'malformed')
  assert.equal(await reasonOf(Uint8Array.of(...bytes, 0)), 'malformed')
})

test('[DC1] other versions are malformed, however well signed', async () => {
  const alice = createPerson()
  const statement = (await anyCertificate(alice)).subarray(0, SIGNATURE_AT)
  for (const version of [0, 1, 3, 255]) {
    const changed = statement.slice()
    changed[0] = version
    assert.equal(await reasonOf(await certificateSaying(changed, alice)), 'malformed')
  }
  assert.equal(await reasonOf(await certificateSaying(statement, alice)), 'accepted')
})

test('[DC1] a path of eight steps is the longest', async () => {
  const made = await path(createPerson(), CERTIFICATE_STEPS_MAX)
  const last = made.at(-1)
  assert.ok(last && last.certificate.bytes.length <= DEVICE_CERTIFICATE_BYTES_MAX)
  assert.deepEqual(
    made.map(({ certificate }) => mayCertify(certificate)),
    made.map((_, step) => step < CERTIFICATE_STEPS_MAX - 1),
  )
  const { signer: _, ...keys } = await keysOf()
  assert.throws(
    () => void certifyByDevice({ issuerCertificate: last.certificate, signer: last.signer, ...keys }),
    /too far/u,
  )
  const { device, sealKey, serial } = keys
  const step = new Writer().id(device).fixed(sealKey).varuint(serial).finish()
  const ninth = await certificateSaying(concatBytes(last.certificate.bytes, step), last.signer)
  assert.equal(await reasonOf(ninth), 'malformed')
})

test('[DC1] a device is never its own issuer, and a serial has a limit', async () => {
  const alice = createPerson()
  const [phone, laptop] = await path(alice, 2)
  assert.ok(phone && laptop)
  const { device, sealKey } = phone.certificate
  const again = new Writer().id(device).fixed(sealKey).varuint(0).finish()
  for (const { certificate, signer } of [phone, laptop])
    assert.equal(await reasonOf(await certificateSaying(concatBytes(certificate.bytes, again), signer)), 'malformed')
  const keys = bare(await keysOf())
  assert.equal(await reasonOf(await certifyDevice(alice, { ...keys, serial: SERIAL_MAX })), 'accepted')
  const head = new Writer().u8(2).id(alice.id).id(keys.device).fixed(keys.sealKey)
  assert.equal(await reasonOf(await certificateSaying(head.varuint(SERIAL_MAX + 1).finish(), alice)), 'malformed')
})

test('[DC2] keys of small or mixed order are neither people nor devices', async () => {
  const alice = createPerson()
  const good = (await anyCertificate(alice)).subarray(0, SIGNATURE_AT)
  const mixed = craft({ key: 'Mallory', keyTorsion: 1, message: utf8('') }).publicKey
  for (const key of [...SMALL_ORDER_ENCODINGS, mixed, torsion(3).toBytes()]) {
    for (const at of [PERSON_AT, DEVICE_AT]) {
      const changed = good.slice()
      changed.set(key, at)
      assert.equal(await reasonOf(await certificateSaying(changed, alice)), 'unacceptable-key')
    }
    await assert.rejects(
      certifyDevice(alice, { device: idFromBytes<DeviceId>(key), sealKey: randomBytes(32), serial: 0 }),
      /could sign/u,
    )
  }
})

test('[DC2] a seal key with which everybody agrees is refused', async () => {
  const alice = createPerson()
  const good = (await anyCertificate(alice)).subarray(0, SIGNATURE_AT)
  for (const hex of SMALL_ORDER_COORDINATES) {
    const changed = good.slice()
    changed.set(fromHex(hex), SEAL_KEY_AT)
    assert.equal(await reasonOf(await certificateSaying(changed, alice)), 'unacceptable-key')
    await assert.rejects(certifyDevice(alice, { ...bare(await keysOf()), sealKey: fromHex(hex) }), /could agree/u)
  }
})

test('[DC3] Mallory cannot certify a device for Alice', async () => {
  const [alice, mallory] = [createPerson(), createPerson()]
  const statement = (await anyCertificate(alice)).subarray(0, SIGNATURE_AT)
  assert.equal(await reasonOf(await certificateSaying(statement, mallory)), 'signature')
})

test('[DC3] a device is certified by the device before it and by nobody else', async () => {
  const alice = createPerson()
  const [phone, laptop] = await path(alice, 2)
  assert.ok(phone && laptop)
  const { device, sealKey, serial } = await keysOf()
  const statement = concatBytes(
    laptop.certificate.bytes,
    new Writer().id(device).fixed(sealKey).varuint(serial).finish(),
  )
  assert.equal(await reasonOf(await certificateSaying(statement, laptop.signer)), 'accepted')
  for (const signer of [phone.signer, alice, signerOf(createSeedDeviceKey())])
    assert.equal(await reasonOf(await certificateSaying(statement, signer)), 'signature')
})

test('[DC3] a step fits on one path only', async () => {
  const alice = createPerson()
  const [phone, laptop, tablet] = await path(alice, 3)
  assert.ok(phone && laptop && tablet)
  const step = tablet.certificate.bytes.subarray(laptop.certificate.bytes.length)
  const { device, sealKey } = laptop.certificate
  const laptopByIdentity = await certifyDevice(alice, { device, sealKey, serial: 3 })
  assert.equal(await reasonOf(laptopByIdentity), 'accepted')
  assert.equal(await reasonOf(concatBytes(laptopByIdentity, step)), 'signature')
})

test('[DC3] a signature of the same bytes for another purpose is no certificate', async () => {
  const alice = createPerson()
  const statement = (await anyCertificate(alice)).subarray(0, SIGNATURE_AT)
  assert.equal(await reasonOf(concatBytes(statement, await alice.sign(statement))), 'signature')
})

test('garbage is a rejection, never an exception', async () => {
  const bytes = (await path(createPerson(), 2))[1]?.certificate.bytes
  assert.ok(bytes)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.nat(bytes.length), async (noise, at) => {
      assert.notEqual(await reasonOf(noise), 'accepted')
      const changed = concatBytes(bytes.subarray(0, at), noise)
      if (changed.length !== bytes.length && changed.length !== 162)
        assert.notEqual(await reasonOf(changed), 'accepted')
    }),
    { numRuns: 300 },
  )
})
