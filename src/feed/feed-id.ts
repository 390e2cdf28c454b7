import { utf8 } from '../base/bytes.ts'
import {
  idFromBytes,
  idToBytes,
  type DeviceId,
  type DocumentId,
  type FeedId,
  type OperationHash,
  type RoomId,
  type SessionId,
} from '../base/ids.ts'
import { sha256Of } from '../crypto/hash.ts'

/** Random part of a session id: new whenever local storage is new. */
export const SESSION_NONCE_BYTES = 16

const SESSION = utf8('parley session 1')
const LOG = utf8('parley log 1')
const FEED = utf8('parley feed 1')
const CLIENT = utf8('parley client 1')

export const sessionIdOf = (device: DeviceId, nonce: Uint8Array): SessionId =>
  idFromBytes(sha256Of(SESSION, idToBytes(device), nonce))

/** The chain of a session's access operations in a room. */
export const logIdOf = (room: RoomId, session: SessionId): FeedId =>
  idFromBytes(sha256Of(LOG, idToBytes(room), idToBytes(session)))

/** The chain of a session's entries in a document, written under one grant. A new grant means a new feed. */
export const feedIdOf = (session: SessionId, document: DocumentId, grant: OperationHash): FeedId =>
  idFromBytes(sha256Of(FEED, idToBytes(session), idToBytes(document), idToBytes(grant)))

/**
 * The Yjs client id that a feed is bound to: 53 bits, the most that a JavaScript number holds exactly. Two feeds can be
 * ground to one number, so the access log's registry decides, not this hash.
 */
export function clientIdOf(feed: FeedId, document: DocumentId): number {
  const digest = sha256Of(CLIENT, idToBytes(feed), idToBytes(document))
  let value = 0
  for (let i = 0; i < 6; i++) value = value * 256 + (digest[i] ?? 0)
  return value * 32 + ((digest[6] ?? 0) >> 3)
}
