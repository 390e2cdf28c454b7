import { concatBytes, textOf, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { idToBytes, type DeviceId, type DocumentId, type RoomId, type SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { openWithNonce, sealWithRandomNonce } from '../crypto/body-cipher.ts'
import type { Signer } from '../crypto/device-key.ts'
import { verify } from '../crypto/signature.ts'
import { jsonDepth, parseJson, type JsonValue } from './json-value.ts'

/**
 * What a session shows of itself in a document for the moment: cursor, typing. One signed statement replaces the one
 * before; `undefined` takes it back. Sealed with a key of the room, so that whoever forwards it learns nothing. Yjs's own
 * awareness is not used: in it anybody may speak for anybody.
 *
 * envelope  = hint 8, nonce, sealed(document 32, session 32, counter, state, signature 64), with room and hint as
 *             associated data; the hint says which of the room's keys
 * signature = by the session's device, over domain, room, document, session, counter, state
 */
export interface PresenceClaim {
  readonly room: RoomId
  readonly document: DocumentId
  readonly session: SessionId
  /** Grows with each statement of the session in this document. */
  readonly counter: number
  /** Undefined when the session leaves. */
  readonly state: JsonValue | undefined
  readonly signature: Uint8Array
  readonly signedBytes: Uint8Array
}

declare const isVerified: unique symbol

/** A claim whose signature was checked; made by `verifyPresence` only. */
export type VerifiedPresence = PresenceClaim & { readonly [isVerified]: true }

/** Bytes of a state as JSON. With cursor and selection about 200; the rest is room for applications. */
export const PRESENCE_STATE_BYTES_MAX = 2048
export const PRESENCE_DEPTH_MAX = 4
/** First counter that does not exist: at ten statements a second, seven years. */
export const PRESENCE_COUNTER_END = 2 ** 31

/** Enough to tell the keys of one room apart. */
export const PRESENCE_HINT_BYTES = 8
const SIGNATURE_BYTES = 64
const ENVELOPE_BYTES_MAX = PRESENCE_STATE_BYTES_MAX + 256
const SIGNED = utf8('parley presence 1')
const SEALED = utf8('parley presence seal 1')

type PresenceReason = 'too-large' | 'too-deep' | 'counter'

const associatedData = (room: RoomId, hint: Uint8Array): Uint8Array =>
  new Writer().fixed(SEALED).id(room).fixed(hint).finish()

/** An empty state is a departure; a state that is JSON has at least one byte. */
const stateBytes = (state: JsonValue | undefined): Uint8Array =>
  state === undefined ? new Uint8Array(0) : utf8(JSON.stringify(state))

const signedBytesOf = (room: RoomId, document: DocumentId, session: SessionId, counter: number, state: Uint8Array) =>
  new Writer().fixed(SIGNED).id(room).id(document).id(session).varuint(counter).bytes(state).finish()

/** The envelope of a statement, ready to be sent. */
export async function sealPresence(
  claim: Pick<PresenceClaim, 'room' | 'document' | 'session' | 'counter' | 'state'>,
  keys: { readonly signer: Signer; readonly key: Uint8Array; readonly hint: Uint8Array },
): Promise<Result<Uint8Array, PresenceReason>> {
  const { room, document, session, counter } = claim
  const state = stateBytes(claim.state)
  if (state.length > PRESENCE_STATE_BYTES_MAX) return rejected('too-large')
  if (jsonDepth(textOf(state) ?? '') > PRESENCE_DEPTH_MAX) return rejected('too-deep')
  if (counter >= PRESENCE_COUNTER_END) return rejected('counter')
  const signature = await keys.signer.sign(signedBytesOf(room, document, session, counter, state))
  const plain = new Writer().id(document).id(session).varuint(counter).bytes(state).fixed(signature).finish()
  const { key, hint } = keys
  return accepted(concatBytes(hint, sealWithRandomNonce(key, plain, associatedData(room, hint))))
}

/** Opens an envelope of a room with the key that its hint names. What it says is not proved yet. */
export function openPresence(
  envelope: Uint8Array,
  room: RoomId,
  keyOf: (hint: Uint8Array) => Uint8Array | undefined,
): Result<PresenceClaim, 'malformed' | 'sealed'> {
  if (envelope.length > ENVELOPE_BYTES_MAX) return rejected('malformed', 'too large')
  if (envelope.length < PRESENCE_HINT_BYTES) return rejected('malformed')
  const hint = envelope.subarray(0, PRESENCE_HINT_BYTES)
  const key = keyOf(hint)
  const plain = key && openWithNonce(key, envelope.subarray(PRESENCE_HINT_BYTES), associatedData(room, hint))
  if (plain === undefined) return rejected('sealed')
  return decode(plain, (reader) => {
    const document = reader.id<DocumentId>()
    const session = reader.id<SessionId>()
    const counter = reader.varuint(PRESENCE_COUNTER_END - 1)
    const bytes = reader.bytes(PRESENCE_STATE_BYTES_MAX)
    const text = textOf(bytes)
    const state = bytes.length === 0 || text === undefined ? undefined : parseJson(text, PRESENCE_DEPTH_MAX)
    if (bytes.length > 0 && state === undefined) reader.fail('state is not JSON of the allowed form')
    const signature = reader.fixed(SIGNATURE_BYTES)
    const signedBytes = signedBytesOf(room, document, session, counter, bytes)
    return { room, document, session, counter, state, signature, signedBytes }
  })
}

/** Checks the signature by the session's device, which the access log names. */
export async function verifyPresence(
  claim: PresenceClaim,
  device: DeviceId,
): Promise<Result<VerifiedPresence, 'signature'>> {
  const isGood = await verify(claim.signature, claim.signedBytes, idToBytes(device))
  return isGood ? accepted(claim as VerifiedPresence) : rejected('signature')
}
