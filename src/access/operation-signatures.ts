/**
 * The signatures inside operations: by root keys, by people who are willing to hold one, and by a person's identity key
 * about their own devices. None of them needs to know the state of the room. Each names its purpose, the room and what
 * it stands for, so that it fits nowhere else.
 */
import { utf8 } from '../base/bytes.ts'
import { Writer } from '../base/codec.ts'
import { idToBytes, type PersonId, type RoomId, type SessionId } from '../base/ids.ts'
import { verify } from '../crypto/signature.ts'
import { writeDeviceRevocation } from './body-codec.ts'
import { kindCodeOf, type KnownKind, type ReceivedOperation } from './operation-codec.ts'
import type { DeviceRevokeBody, RootRotateBody, RootSignature } from './operation.ts'

const ROOT_SIGNATURE = utf8('parley root 1')
const ROOT_CONSENT = utf8('parley root consent 1')
const DEVICE_REVOCATION = utf8('parley device revocation 1')

/** A person's identity key, which may be a root key of rooms. */
export interface IdentityKey {
  readonly key: PersonId
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** Where an operation stands. A signature inside it holds only there. */
export interface Place {
  readonly room: RoomId
  readonly session: SessionId
  readonly seq: number
}

/** What a root key signs: one body at one place. */
export const rootSignedBytes = (
  { room, session, seq }: Place,
  atMs: number,
  kind: KnownKind,
  body: Uint8Array,
): Uint8Array => {
  const writer = new Writer().fixed(ROOT_SIGNATURE).id(room).id(session).varuint(seq).varuint(atMs)
  return writer.varuint(kindCodeOf(kind)).bytes(body).finish()
}

/** What somebody signs who is willing to hold a root key of the room. */
export const rootConsentBytes = (room: RoomId, person: PersonId): Uint8Array =>
  new Writer().fixed(ROOT_CONSENT).id(room).id(person).finish()

/** What the identity key signs to end a device of its own. */
export function deviceRevocationBytes(
  { room, session, seq }: Place,
  statement: Pick<DeviceRevokeBody, 'device' | 'pins' | 'keep'>,
): Uint8Array {
  const writer = new Writer().fixed(DEVICE_REVOCATION).id(room).id(session).varuint(seq)
  return writeDeviceRevocation(writer, statement).finish()
}

/** The willingness of `identity` to hold a root key: for `root.accept`, and for `root.rotate` to carry. */
export const signRootConsent = async (room: RoomId, identity: IdentityKey): Promise<RootSignature> => ({
  key: identity.key,
  signature: await identity.sign(rootConsentBytes(room, identity.key)),
})

/**
 * Whether at least one key signed, and all that signed did it right. Whether they are root keys, and enough of them, is
 * for the evaluator, which knows the keys of that time.
 */
export function verifyRootSignatures(place: Place, operation: ReceivedOperation): Promise<boolean> {
  const { rootSignatures, atMs, body, bodyBytes } = operation
  if (body.kind === 'unknown' || rootSignatures.length === 0) return Promise.resolve(false)
  const message = rootSignedBytes(place, atMs, body.kind, bodyBytes)
  return areAll(rootSignatures.map(({ key, signature }) => verify(signature, message, idToBytes(key))))
}

/** Whether everybody who is said to be willing to hold a root key signed that. */
export const verifyRootConsents = (room: RoomId, consents: RootRotateBody['consents']): Promise<boolean> =>
  areAll(consents.map(({ key, signature }) => verifyRootConsent(room, key, signature)))

export const verifyRootConsent = (room: RoomId, person: PersonId, signature: Uint8Array): Promise<boolean> =>
  verify(signature, rootConsentBytes(room, person), idToBytes(person))

/** Whether a device revocation is unsigned, and so in a device's name, or signed by the person's identity key. */
export function verifyDeviceRevocation(place: Place, person: PersonId, body: DeviceRevokeBody): Promise<boolean> {
  if (body.identitySignature.length === 0) return Promise.resolve(true)
  return verify(body.identitySignature, deviceRevocationBytes(place, body), idToBytes(person))
}

const areAll = async (checks: readonly Promise<boolean>[]): Promise<boolean> =>
  (await Promise.all(checks)).every((isGood) => isGood)
