import { utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { ID_BYTES, idToBytes, type DeviceId, type FeedId, type RoomId, type SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { Signer } from '../crypto/device-key.ts'
import { verify } from '../crypto/signature.ts'
import { SIGNATURE_BYTES, type ChainHead } from './chain.ts'

/**
 * Everything that a session has written in a room, in one signed statement. A later revocation pins it by hash; until
 * then it tells others how much there is to fetch. Of one session only the newest counts.
 */
export interface HeadVector {
  readonly room: RoomId
  readonly session: SessionId
  /** Grows with every statement of the session. */
  readonly counter: number
  readonly heads: readonly (ChainHead & { readonly feed: FeedId })[]
}

export interface SignedHeadVector extends HeadVector {
  readonly bytes: Uint8Array
}

/** One log and one feed for each document and grant; a session with more opens a new one. */
export const HEAD_VECTOR_FEEDS_MAX = 4096

const DOMAIN = utf8('parley heads 1')

export async function signHeadVector(signer: Signer, vector: HeadVector): Promise<SignedHeadVector> {
  const writer = new Writer().id(vector.room).id(vector.session).varuint(vector.counter)
  writer.list(vector.heads, ({ feed, length, hash }) => writer.id(feed).varuint(length).fixed(hash))
  const statement = writer.finish()
  const signature = await signer.sign(new Writer().fixed(DOMAIN).fixed(statement).finish())
  return { ...vector, bytes: new Writer().fixed(signature).fixed(statement).finish() }
}

export const decodeHeadVector = (bytes: Uint8Array): Result<SignedHeadVector, 'malformed'> =>
  decode(bytes, (reader) => {
    reader.fixed(SIGNATURE_BYTES)
    const room = reader.id<RoomId>()
    const session = reader.id<SessionId>()
    const counter = reader.varuint()
    const heads = reader.list(HEAD_VECTOR_FEEDS_MAX, () => ({
      feed: reader.id<FeedId>(),
      length: reader.varuint(),
      hash: reader.fixed(ID_BYTES),
    }))
    if (new Set(heads.map(({ feed }) => feed)).size !== heads.length) reader.fail('feed named twice')
    return { room, session, counter, heads, bytes }
  })

export async function verifyHeadVector(
  vector: SignedHeadVector,
  device: DeviceId,
): Promise<Result<SignedHeadVector, 'signature'>> {
  const signature = vector.bytes.subarray(0, SIGNATURE_BYTES)
  const statement = vector.bytes.subarray(SIGNATURE_BYTES)
  const message = new Writer().fixed(DOMAIN).fixed(statement).finish()
  return (await verify(signature, message, idToBytes(device))) ? accepted(vector) : rejected('signature')
}
