/**
 * The signed statement that a device is a person's: by the person's identity key, or by a device of theirs that has
 * such a statement itself. It carries the whole path from the identity key to the device, so nothing else is needed to
 * check it.
 *
 *   version u8 = 2 | person 32 | one or more steps: device 32 | seal key 32 | serial varuint | signature 64
 *
 * Each signature covers everything before it, as received, behind a name that no other signature of ours starts with.
 * The first is the identity key's, each further one that of the device one step before. So the bytes of an issuer's
 * certificate are the beginning of those it issues. Whether a certificate still counts is not known here: revocations
 * are decided by the access log.
 */
import { concatBytes, toHex, utf8 } from '../base/bytes.ts'
import { decode, Writer, type Reader } from '../base/codec.ts'
import { assert } from '../base/assert.ts'
import { ID_BYTES, idToBytes, type DeviceId, type PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { BoundedCache } from '../crypto/bounded-cache.ts'
import type { Signer } from '../crypto/device-key.ts'
import { sha256 } from '../crypto/hash.ts'
import { AGREEMENT_KEY_BYTES, isAcceptableAgreementKey } from '../crypto/key-agreement.ts'
import { isAcceptablePublicKey, SIGNATURE_BYTES, verify } from '../crypto/signature.ts'
import type { Person } from './person.ts'

const VERSION = 2
const DOMAIN = utf8('parley device certificate\0')

/** Steps from the identity key to a device. Each device would have had to add the next one; eight is a long life. */
export const CERTIFICATE_STEPS_MAX = 8
/** What fits into four bytes of a varuint: more devices than anybody will own. */
export const SERIAL_MAX = 2 ** 28 - 1
const SERIAL_BYTES_MAX = 4
const STEP_BYTES_MAX = ID_BYTES + AGREEMENT_KEY_BYTES + SERIAL_BYTES_MAX + SIGNATURE_BYTES
/** The longest certificate, in bytes. */
export const DEVICE_CERTIFICATE_BYTES_MAX = 1 + ID_BYTES + CERTIFICATE_STEPS_MAX * STEP_BYTES_MAX

/** Certificates remembered as verified: one and a half devices for each member of the largest room aimed at. */
const VERIFIED_CERTIFICATES_MAX = 16_384

export interface CertifiedKeys {
  readonly device: DeviceId
  /** X25519: what is sealed to it, only this device opens. */
  readonly sealKey: Uint8Array
  /** Counts what one issuer certifies: of two devices the one with the smaller number is the older. */
  readonly serial: number
}

export interface DeviceCertificate extends CertifiedKeys {
  readonly person: PersonId
  /** The device that signed; undefined: the person's identity key did. */
  readonly issuer: DeviceId | undefined
  /** The issuers' certificates, the nearest first; empty if the identity key signed. */
  readonly chain: readonly DeviceCertificate[]
  /** The certificate as received, the whole chain in it: what is hashed, stored and passed on. */
  readonly bytes: Uint8Array
}

export type DeviceCertificateRejection = 'malformed' | 'unacceptable-key' | 'signature'

/** By the hash of the whole certificate, so that another signature is another certificate. */
const verifiedCertificates = new BoundedCache<DeviceCertificate>(VERIFIED_CERTIFICATES_MAX)

/** The certificate's bytes for keys that the caller has made or has been shown by their owner. */
export function certifyDevice(person: Person, keys: CertifiedKeys): Promise<Uint8Array> {
  return extend(new Writer().u8(VERSION).id(person.id).finish(), keys, person)
}

/** The same in the name of a device: `signer` is the key of the device in `issuerCertificate`. */
export function certifyByDevice(
  options: CertifiedKeys & { readonly issuerCertificate: DeviceCertificate; readonly signer: Signer },
): Promise<Uint8Array> {
  const { issuerCertificate, signer, ...keys } = options
  assert(issuerCertificate.chain.length + 1 < CERTIFICATE_STEPS_MAX, 'too far from the identity key')
  assert(!pathOf(issuerCertificate).some(({ device }) => device === keys.device), 'a device is its own issuer')
  return extend(issuerCertificate.bytes, keys, signer)
}

/** Whether a device with this certificate is near enough to the identity key to certify another. */
export const mayCertify = (certificate: DeviceCertificate): boolean =>
  certificate.chain.length + 1 < CERTIFICATE_STEPS_MAX

/** The certificates from the identity key's own to this one. */
export const pathOf = (certificate: DeviceCertificate): readonly DeviceCertificate[] => [
  ...certificate.chain.toReversed(),
  certificate,
]

/**
 * The order of a person's devices: below zero if `a` is older. Fewer steps from the identity key first, then step by
 * step the smaller serial, then the smaller device id.
 */
export function compareSeniority(a: DeviceCertificate, b: DeviceCertificate): number {
  const [path, other] = [pathOf(a), pathOf(b)]
  if (path.length !== other.length) return path.length - other.length
  for (const [step, { serial, device }] of path.entries()) {
    const rival = other[step]
    if (!rival) continue
    if (serial !== rival.serial) return serial - rival.serial
    if (device !== rival.device) return device < rival.device ? -1 : 1
  }
  return 0
}

/** Reads a certificate without believing it. */
export function decodeDeviceCertificate(bytes: Uint8Array): Result<DeviceCertificate, 'malformed'> {
  const own = bytes.slice() // a copy: the caller's buffer may be a whole message
  return decode(own, (reader) => {
    if (reader.u8() !== VERSION) reader.fail('unknown version')
    const person = reader.id<PersonId>()
    let certificate = readStep(reader, own, person, undefined)
    while (reader.remaining > 0) {
      const { device, chain } = certificate
      if (chain.length + 1 >= CERTIFICATE_STEPS_MAX) reader.fail('too many steps')
      certificate = readStep(reader, own, person, certificate)
      const isRepeated = certificate.chain.some((issuer) => issuer.device === certificate.device)
      if (isRepeated || device === certificate.device) reader.fail('a device twice')
    }
    return certificate
  })
}

/** The certificate, if every step is signed by the one before it and all keys are acceptable. */
export async function verifyDeviceCertificate(
  bytes: Uint8Array,
): Promise<Result<DeviceCertificate, DeviceCertificateRejection>> {
  if (bytes.length > DEVICE_CERTIFICATE_BYTES_MAX) return rejected('malformed', 'too long')
  const decoded = decodeDeviceCertificate(bytes)
  if (!decoded.ok) return decoded
  if (!isAcceptablePublicKey(idToBytes(decoded.value.person))) return rejected('unacceptable-key', 'person')
  for (const certificate of pathOf(decoded.value)) {
    const problem = await problemOf(certificate)
    if (problem !== undefined) return rejected(problem)
  }
  return accepted(decoded.value)
}

async function problemOf(certificate: DeviceCertificate): Promise<DeviceCertificateRejection | undefined> {
  const cacheKey = toHex(sha256(certificate.bytes))
  if (verifiedCertificates.get(cacheKey)) return undefined
  if (!isAcceptablePublicKey(idToBytes(certificate.device))) return 'unacceptable-key'
  if (!isAcceptableAgreementKey(certificate.sealKey)) return 'unacceptable-key'
  const end = certificate.bytes.length - SIGNATURE_BYTES
  const message = concatBytes(DOMAIN, certificate.bytes.subarray(0, end))
  const issuerKey = idToBytes(certificate.issuer ?? certificate.person)
  if (!(await verify(certificate.bytes.subarray(end), message, issuerKey))) return 'signature'
  verifiedCertificates.set(cacheKey, certificate)
  return undefined
}

async function extend(
  before: Uint8Array,
  { device, sealKey, serial }: CertifiedKeys,
  signer: { sign(message: Uint8Array): Promise<Uint8Array> },
): Promise<Uint8Array> {
  assert(isAcceptablePublicKey(idToBytes(device)), 'not a key that could sign')
  assert(isAcceptableAgreementKey(sealKey), 'not a key that could agree')
  assert(Number.isInteger(serial) && serial >= 0 && serial <= SERIAL_MAX, 'a serial is a small number')
  const statement = concatBytes(before, new Writer().id(device).fixed(sealKey).varuint(serial).finish())
  return concatBytes(statement, await signer.sign(concatBytes(DOMAIN, statement)))
}

/** One step; its certificate's bytes are all bytes up to its end. */
function readStep(
  reader: Reader,
  bytes: Uint8Array,
  person: PersonId,
  issuer: DeviceCertificate | undefined,
): DeviceCertificate {
  const device = reader.id<DeviceId>()
  const sealKey = reader.fixed(AGREEMENT_KEY_BYTES)
  const serial = reader.varuint(SERIAL_MAX)
  reader.fixed(SIGNATURE_BYTES)
  const chain = issuer ? [issuer, ...issuer.chain] : []
  return { person, device, sealKey, serial, issuer: issuer?.device, chain, bytes: bytes.subarray(0, reader.position) }
}
