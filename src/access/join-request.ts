import { equalBytes, toHex, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { idToBytes, type OperationHash, type PersonId, type RoomId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { BoundedCache } from '../crypto/bounded-cache.ts'
import type { Signer } from '../crypto/device-key.ts'
import { sha256 } from '../crypto/hash.ts'
import { verify } from '../crypto/signature.ts'
import {
  decodeDeviceCertificate,
  verifyDeviceCertificate,
  type DeviceCertificate,
} from '../identity/device-certificate.ts'
import { readConsent, writeConsent } from './operation-fields.ts'
import { SEALED_BYTES_MAX } from './operation-limits.ts'
import type { JoinConsent } from './operation.ts'

/**
 * What somebody with an invite link sends to the members: the device's signature says that this person asks, the
 * invite key's signature that they hold the link. The consent goes into the grant, so that every replica checks both.
 */
export interface JoinRequest {
  readonly room: RoomId
  readonly invite: OperationHash
  readonly certificate: DeviceCertificate
  readonly sealedProfile: Uint8Array
  readonly consent: JoinConsent
}

const VERSION = 1
const DOMAIN = utf8('parley join 1')

/**
 * Consents found good, by their hash: one is checked when it is asked with, and again in the grant of each member who
 * answers. As many as may ask at once in a large room.
 */
const VERIFIED_CONSENTS_MAX = 4096
const verifiedConsents = new BoundedCache<true>(VERIFIED_CONSENTS_MAX)

export type JoinReason = 'malformed' | 'signature'

/** Both signatures cover all that the request claims, so neither fits another room, invite, person, device or name. */
function signedBytes(
  room: RoomId,
  invite: OperationHash,
  certificate: Pick<DeviceCertificate, 'person' | 'device'>,
  profileHash: Uint8Array,
): Uint8Array {
  const writer = new Writer().fixed(DOMAIN).id(room).id(invite).id(certificate.person).id(certificate.device)
  return writer.fixed(profileHash).finish()
}

/** Asks to be let in. `certificate` is the device's own; the signers are the device's and the invite link's. */
export async function createJoinRequest(options: {
  readonly room: RoomId
  readonly invite: OperationHash
  readonly certificate: DeviceCertificate
  readonly sealedProfile: Uint8Array
  readonly deviceSigner: Signer
  readonly inviteSigner: Signer
}): Promise<Uint8Array> {
  const { room, invite, certificate, sealedProfile, deviceSigner, inviteSigner } = options
  const profileHash = sha256(sealedProfile)
  const message = signedBytes(room, invite, certificate, profileHash)
  const consent: JoinConsent = {
    certificate: certificate.bytes,
    inviteKey: inviteSigner.publicKey,
    profileHash,
    inviteSignature: await inviteSigner.sign(message),
    deviceSignature: await deviceSigner.sign(message),
  }
  const writer = new Writer().u8(VERSION).id(room).id(invite).bytes(sealedProfile)
  writeConsent(writer, consent)
  return writer.finish()
}

/** Reads a request without believing it. */
export function decodeJoinRequest(bytes: Uint8Array): Result<JoinRequest, 'malformed'> {
  const fields = decode(bytes, (reader) => {
    if (reader.u8() !== VERSION) reader.fail('version')
    const room = reader.id<RoomId>()
    const invite = reader.id<OperationHash>()
    return { room, invite, sealedProfile: reader.bytes(SEALED_BYTES_MAX), consent: readConsent(reader) }
  })
  if (!fields.ok) return fields
  const certificate = decodeDeviceCertificate(fields.value.consent.certificate)
  return certificate.ok ? accepted({ ...fields.value, certificate: certificate.value }) : certificate
}

export async function verifyJoinRequest(bytes: Uint8Array): Promise<Result<JoinRequest, JoinReason>> {
  const request = decodeJoinRequest(bytes)
  if (!request.ok) return request
  const { room, invite, certificate, consent, sealedProfile } = request.value
  if (!equalBytes(consent.profileHash, sha256(sealedProfile))) return rejected('signature')
  return (await verifyConsent(room, invite, certificate.person, consent)) ? request : rejected('signature')
}

/** Whether `person` asked, from a device of theirs and with the invite's key, to be let into `room`. */
export async function verifyConsent(
  room: RoomId,
  invite: OperationHash,
  person: PersonId,
  consent: JoinConsent,
): Promise<boolean> {
  const writer = new Writer().id(room).id(invite).id(person)
  writeConsent(writer, consent)
  const cacheKey = toHex(sha256(writer.finish()))
  if (verifiedConsents.get(cacheKey) === true) return true
  const certificate = await verifyDeviceCertificate(consent.certificate)
  if (!certificate.ok || certificate.value.person !== person) return false
  const message = signedBytes(room, invite, certificate.value, consent.profileHash)
  const [isByInvite, isByDevice] = await Promise.all([
    verify(consent.inviteSignature, message, consent.inviteKey),
    verify(consent.deviceSignature, message, idToBytes(certificate.value.device)),
  ])
  if (isByInvite && isByDevice) verifiedConsents.set(cacheKey, true)
  return isByInvite && isByDevice
}
