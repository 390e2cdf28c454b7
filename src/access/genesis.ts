import { utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { idFromBytes, type PersonId, type RoomId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import { sha256Of } from '../crypto/hash.ts'
import { readRootKeys } from './operation-fields.ts'
import { RESERVED_BYTES_MAX } from './operation-limits.ts'

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
    const { rootKeys, threshold } = readRootKeys(reader)
    const salt = reader.fixed(GENESIS_SALT_BYTES)
    const policy = reader.bytes(RESERVED_BYTES_MAX)
    return { rootKeys, threshold, salt, policy, bytes, room: roomIdOf(bytes) }
  })
