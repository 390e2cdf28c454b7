import { utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { idFromBytes, idToBytes, type PersonId, type RoomId, type SessionId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import { sha256Of } from '../crypto/hash.ts'
import { verify } from '../crypto/signature.ts'
import { kindCodeOf, type KnownKind, type ReceivedOperation } from './operation-codec.ts'
import { RESERVED_BYTES_MAX, ROOT_KEYS_MAX } from './operation-limits.ts'

/** How a room begins: the keys above all roles. The room's id is the hash of this, so nothing in it ever changes. */
export interface Genesis {
  readonly rootKeys: readonly PersonId[]
  /** How many of the root keys must sign what is done in their name. */
  readonly threshold: number
  /** Random, so that one person can start many rooms. */
  readonly salt: Uint8Array
  /** Reserved; opaque to this version. */
  readonly policy: Uint8Array
}

export interface ReceivedGenesis extends Genesis {
  readonly bytes: Uint8Array
  readonly room: RoomId
}

export const GENESIS_SALT_BYTES = 32

const VERSION = 1
const ROOM = utf8('parley room 1')
const ROOT_SIGNATURE = utf8('parley root 1')

export function encodeGenesis(genesis: Genesis): Uint8Array {
  const writer = new Writer().u8(VERSION)
  writer.list(genesis.rootKeys, (key) => writer.id(key))
  return writer.varuint(genesis.threshold).fixed(genesis.salt).bytes(genesis.policy).finish()
}

export const roomIdOf = (genesis: Uint8Array): RoomId => idFromBytes(sha256Of(ROOM, genesis))

/** Compare the `room` of the outcome with the id that was expected: it is what makes a genesis the right one. */
export const decodeGenesis = (bytes: Uint8Array): Result<ReceivedGenesis, 'malformed'> =>
  decode(bytes, (reader) => {
    if (reader.u8() !== VERSION) reader.fail('version')
    const rootKeys = reader.list(ROOT_KEYS_MAX, () => reader.id<PersonId>())
    if (rootKeys.length === 0 || new Set(rootKeys).size !== rootKeys.length) reader.fail('root keys')
    const threshold = reader.varuint(rootKeys.length)
    if (threshold === 0) reader.fail('threshold')
    const salt = reader.fixed(GENESIS_SALT_BYTES)
    const policy = reader.bytes(RESERVED_BYTES_MAX)
    return { rootKeys, threshold, salt, policy, bytes, room: roomIdOf(bytes) }
  })

/** What a root key signs: one body, at one position of one session's log of one room. */
export const rootSignedBytes = (
  room: RoomId,
  session: SessionId,
  seq: number,
  kind: KnownKind,
  body: Uint8Array,
): Uint8Array =>
  new Writer().fixed(ROOT_SIGNATURE).id(room).id(session).varuint(seq).varuint(kindCodeOf(kind)).bytes(body).finish()

/** Whether enough root keys signed. One wrong signature spoils the operation. */
export async function verifyRootSignatures(
  genesis: ReceivedGenesis,
  session: SessionId,
  operation: ReceivedOperation,
): Promise<boolean> {
  const { rootSignatures, seq, body, bodyBytes } = operation
  if (body.kind === 'unknown' || rootSignatures.length < genesis.threshold) return false
  const message = rootSignedBytes(genesis.room, session, seq, body.kind, bodyBytes)
  for (const { key, signature } of rootSignatures) {
    const rootKey = genesis.rootKeys[key]
    if (rootKey === undefined || !(await verify(signature, message, idToBytes(rootKey)))) return false
  }
  return true
}
