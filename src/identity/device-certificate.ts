/**
 * A person's signed statement that a device is theirs.
 *
 *   version u8 = 1 | person 32 | issuer kind u8 = 0, the person | device 32 | signature 64
 *
 * The signature covers everything before it, as received, behind a name that no other signature of ours starts with.
 * The other kinds of issuer are reserved for devices that certify devices and are malformed until then. Whether a
 * certificate still counts is not known here: revocations are decided by the access log.
 */
import { concatBytes, toHex, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { assert } from '../base/assert.ts'
import { idToBytes, type DeviceId, type PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { BoundedCache } from '../crypto/bounded-cache.ts'
import { sha256 } from '../crypto/hash.ts'
import { isAcceptablePublicKey, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verify } from '../crypto/signature.ts'
import type { Person } from './person.ts'

const VERSION = 1
const ISSUER_PERSON = 0
const DOMAIN = utf8('parley device certificate\0')
const SIGNED_BYTES = 1 + PUBLIC_KEY_BYTES + 1 + PUBLIC_KEY_BYTES

export const DEVICE_CERTIFICATE_BYTES = SIGNED_BYTES + SIGNATURE_BYTES

/** Certificates remembered as verified: one and a half devices for each member of the largest room aimed at. */
const VERIFIED_CERTIFICATES_MAX = 16_384

export interface DeviceCertificate {
  readonly person: PersonId
  readonly device: DeviceId
  /** The certificate as received: what is hashed, stored and passed on. */
  readonly bytes: Uint8Array
}

export type DeviceCertificateRejection = 'malformed' | 'unacceptable-key' | 'signature'

/** By the hash of the whole certificate, so that another signature is another certificate. */
const verifiedCertificates = new BoundedCache<DeviceCertificate>(VERIFIED_CERTIFICATES_MAX)

const messageOf = (certificate: Uint8Array): Uint8Array => concatBytes(DOMAIN, certificate.subarray(0, SIGNED_BYTES))

/** The certificate's bytes for a device key that the caller has made or has been shown by its owner. */
export async function certifyDevice(person: Person, devicePublicKey: Uint8Array): Promise<Uint8Array> {
  assert(isAcceptablePublicKey(devicePublicKey), 'not a key that could sign')
  const statement = new Writer().u8(VERSION).id(person.id).u8(ISSUER_PERSON).fixed(devicePublicKey).finish()
  return concatBytes(statement, await person.sign(messageOf(statement)))
}

/** Reads a certificate without believing it. */
export function decodeDeviceCertificate(bytes: Uint8Array): Result<DeviceCertificate, 'malformed'> {
  return decode(bytes, (reader) => {
    if (reader.u8() !== VERSION) reader.fail('unknown version')
    const person = reader.id<PersonId>()
    if (reader.u8() !== ISSUER_PERSON) reader.fail('unknown kind of issuer')
    const device = reader.id<DeviceId>()
    reader.fixed(SIGNATURE_BYTES)
    return { person, device, bytes: bytes.slice() } // a copy: the caller's buffer may be a whole message
  })
}

/** The certificate, if the person signed it and both keys are acceptable. */
export async function verifyDeviceCertificate(
  bytes: Uint8Array,
): Promise<Result<DeviceCertificate, DeviceCertificateRejection>> {
  const decoded = decodeDeviceCertificate(bytes)
  if (!decoded.ok) return decoded
  const certificate = decoded.value
  const cacheKey = toHex(sha256(certificate.bytes))
  const remembered = verifiedCertificates.get(cacheKey)
  if (remembered) return accepted(remembered)
  const personKey = idToBytes(certificate.person)
  if (!isAcceptablePublicKey(personKey)) return rejected('unacceptable-key', 'person')
  if (!isAcceptablePublicKey(idToBytes(certificate.device))) return rejected('unacceptable-key', 'device')
  const signature = certificate.bytes.subarray(SIGNED_BYTES)
  if (!(await verify(signature, messageOf(certificate.bytes), personKey))) return rejected('signature')
  verifiedCertificates.set(cacheKey, certificate)
  return accepted(certificate)
}
