import { fromBase64url, toBase64url } from './bytes.ts'

declare const brand: unique symbol

/** 32 bytes written as unpadded base64url, so that ids are map keys and compare with `===`. Made only by their decoder. */
export type Id<Kind extends string> = string & { readonly [brand]: Kind }

/** An ed25519 identity key. Shown to people as a `did:key`. */
export type PersonId = Id<'person'>
/** An ed25519 key certified by a person. */
export type DeviceId = Id<'device'>
/** H(device key, random): one storage instance of a device, with exactly one writer. */
export type SessionId = Id<'session'>
/** Hash of the room's genesis. */
export type RoomId = Id<'room'>
/** Hash of the operation that created the document. */
export type DocumentId = Id<'document'>
/** Names one chain: the access log of a session, or a session's entries in one document. */
export type FeedId = Id<'feed'>
/** Hash of an access operation. A grant's hash names the node of authority that it makes. */
export type OperationHash = Id<'operation'>
/** Hash of a room key, so that one id has one key only. */
export type EpochId = Id<'epoch'>

export const ID_BYTES = 32

export function idFromBytes<T extends Id<string>>(bytes: Uint8Array): T {
  if (bytes.length !== ID_BYTES) throw new RangeError(`an id has ${ID_BYTES} bytes, not ${bytes.length}`)
  return toBase64url(bytes) as T
}

/** The bytes of an id. Ids are made by `idFromBytes`, so this cannot fail. */
export function idToBytes(id: Id<string>): Uint8Array {
  const bytes = fromBase64url(id)
  if (bytes?.length !== ID_BYTES) throw new RangeError('not an id')
  return bytes
}

/** An id that came as text (a link, an address bar), or undefined. */
export function parseId<T extends Id<string>>(text: string): T | undefined {
  return fromBase64url(text)?.length === ID_BYTES ? (text as T) : undefined
}
