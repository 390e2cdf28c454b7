/**
 * How a member checks that a super peer has what it says to have. A **challenge** asks how much it has of some feeds, and
 * for a proof over a range of one of them: the HMAC (RFC 2104) of the entries under a fresh nonce, so that neither an
 * old answer nor the hashes of the chain will do. The proof names both sides, so that nobody can have another answer.
 */
import { decode, Writer } from '../base/codec.ts'
import type { FeedId, RoomId, SessionId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import { HASH_BYTES, hmacSha256 } from '../crypto/hash.ts'
import type { SignedEntry } from '../feed/chain.ts'

/** What members say to each other beside the feeds. */
export const AUDIT_CHALLENGE = 4
export const AUDIT_ANSWER = 5

export const NONCE_BYTES = 16
/** Feeds that one challenge asks about, at 32 bytes each. */
export const FEEDS_ASKED_MAX = 256
/** Entries that a proof covers; of the largest they take 1 MiB. */
export const PROOF_ENTRIES_MAX = 16
/** Read at a time. */
const READ_BYTES = 64 * 1024
const FEED_LENGTH_MAX = 2 ** 32

export interface ProofRange {
  readonly feed: FeedId
  readonly from: number
  readonly to: number
}

export interface Challenge {
  readonly nonce: Uint8Array
  readonly feeds: readonly FeedId[]
  readonly range: ProofRange | undefined
}

export interface HeldLength {
  readonly length: number
  /** No more of it is taken: what may be kept for its author is used up. */
  readonly isFull: boolean
}

export interface Answer {
  readonly nonce: Uint8Array
  /** One for each feed that was asked about. */
  readonly held: readonly HeldLength[]
  /** Undefined when the range is not here, or none was asked for. */
  readonly proof: Uint8Array | undefined
}

export function encodeChallenge({ nonce, feeds, range }: Challenge): Uint8Array {
  const writer = new Writer().u8(AUDIT_CHALLENGE).fixed(nonce)
  writer.list(feeds, (feed) => writer.id(feed))
  writer.u8(range ? 1 : 0)
  if (range)
    writer
      .id(range.feed)
      .varuint(range.from)
      .varuint(range.to - range.from)
  return writer.finish()
}

/** Without the first byte. */
export const decodeChallenge = (bytes: Uint8Array): Result<Challenge, 'malformed'> =>
  decode(bytes, (reader) => {
    const nonce = reader.fixed(NONCE_BYTES)
    const feeds = reader.list(FEEDS_ASKED_MAX, () => reader.id<FeedId>())
    if (reader.u8() !== 1) return { nonce, feeds, range: undefined }
    const [feed, from] = [reader.id<FeedId>(), reader.varuint(FEED_LENGTH_MAX)]
    const to = from + reader.varuint(PROOF_ENTRIES_MAX)
    return { nonce, feeds, range: { feed, from, to } }
  })

export function encodeAnswer({ nonce, held, proof }: Answer): Uint8Array {
  const writer = new Writer().u8(AUDIT_ANSWER).fixed(nonce)
  writer.list(held, ({ length, isFull }) => writer.varuint(length).u8(isFull ? 1 : 0))
  writer.u8(proof ? 1 : 0)
  if (proof) writer.fixed(proof)
  return writer.finish()
}

/** Without the first byte. */
export const decodeAnswer = (bytes: Uint8Array): Result<Answer, 'malformed'> =>
  decode(bytes, (reader) => {
    const nonce = reader.fixed(NONCE_BYTES)
    const held = reader.list(FEEDS_ASKED_MAX, () => ({
      length: reader.varuint(FEED_LENGTH_MAX),
      isFull: reader.u8() === 1,
    }))
    return { nonce, held, proof: reader.u8() === 1 ? reader.fixed(HASH_BYTES) : undefined }
  })

/** By whom, for whom and over what a proof is. */
export interface ProofTerms {
  readonly room: RoomId
  readonly answerer: SessionId
  readonly asker: SessionId
  readonly nonce: Uint8Array
  readonly range: ProofRange
}

export function proofOf(terms: ProofTerms, entries: readonly SignedEntry[]): Uint8Array {
  const { room, answerer, asker, nonce, range } = terms
  const writer = new Writer().text('parley audit 1').id(room).id(answerer).id(asker)
  writer.id(range.feed).varuint(range.from).varuint(range.to)
  writer.list(entries, ({ bytes }) => writer.bytes(bytes))
  return hmacSha256(nonce, writer.finish())
}

type ReadFeed = (feed: FeedId, from: number, bytesMax: number) => Promise<{ readonly entries: readonly SignedEntry[] }>

/** The entries of a range, or undefined when not all of them are here. */
export async function entriesOf(
  { feed, from, to }: ProofRange,
  read: ReadFeed,
): Promise<readonly SignedEntry[] | undefined> {
  const entries: SignedEntry[] = []
  while (from + entries.length < to) {
    const next = await read(feed, from + entries.length, READ_BYTES)
    if (next.entries.length === 0) return undefined
    entries.push(...next.entries)
  }
  return entries.slice(0, to - from)
}
