/**
 * What peers of one room say to each other, as bytes. Feeds are named by their 32 bytes once on a link and by a small
 * number from then on; each side numbers what it names itself, in the order of its control lane. Nothing here knows
 * those tables: a reference is resolved by whoever holds the link.
 */
import { unreachable } from '../base/assert.ts'
import { decode, Writer, type Reader } from '../base/codec.ts'
import { toBase64url, fromBase64url } from '../base/bytes.ts'
import { ID_BYTES, type SessionId } from '../base/ids.ts'
import { rejected, type Result } from '../base/result.ts'
import { ENTRY_BYTES_MAX, SIGNATURE_BYTES, type SignedEntry } from '../feed/chain.ts'
import { readReference, writeReference, type FeedReference } from './feed-reference.ts'
import { readCompareParts, readLackingParts, writeCompareParts, writeLackingParts } from './feed-range.ts'
import type { ComparePart, LackingPart } from './feed-range.ts'
import {
  APPLICATION_BYTES_MAX,
  CREDIT_BYTES_MAX,
  ENTRIES_PER_MESSAGE_MAX,
  EVIDENCE_BYTES_MAX,
  FEED_LENGTH_MAX,
  HAVE_ITEMS_MAX,
  LINKS_MAX,
  MESSAGE_BYTES_MAX,
  STATED_ITEMS_MAX,
  STATEMENT_BYTES_MAX,
  VECTOR_ITEMS_MAX,
} from './limits.ts'
import { readSkips, writeSkips, type SkipItem } from './skipped-feeds.ts'

export type { FeedReference } from './feed-reference.ts'

/** Enough that nobody finds two histories with one; half of what a head's hash would cost. */
export const HASH_PREFIX_BYTES = 16
export const DIGEST_BYTES = 8
/** Names a session among a handful of neighbours. */
export const SHORT_SESSION_BYTES = 8

/** Which feeds a digest covers: what the other side may read. */
export type Scope = 'logs' | 'all'

export interface VectorItem {
  readonly feed: FeedReference
  readonly length: number
  readonly hashPrefix: Uint8Array
}

export interface HaveItem {
  readonly feed: FeedReference
  readonly length: number
}

/** A session by its short name, and which of its statements there is. */
export interface StatedItem {
  readonly session: string
  readonly counter: number
}

/** `more` goes on; the others are a want's last answer: all given, can't be served, not a continuation of our chain. */
export type RangeEnd = 'more' | 'done' | 'declined' | 'diverged'

export type SyncMessage =
  | { readonly type: 'vector'; readonly items: readonly VectorItem[] }
  /** The salt makes what one comparison overlooks visible to the next. */
  | {
      readonly type: 'compare'
      readonly scope: Scope
      readonly salt: number
      readonly parts: readonly ComparePart[]
    }
  | {
      readonly type: 'lacking'
      readonly scope: Scope
      readonly salt: number
      readonly parts: readonly LackingPart[]
    }
  /** News in short. Whoever misses it asks for it. */
  | { readonly type: 'have'; readonly items: readonly HaveItem[] }
  /** Push these feeds no more; push them again. */
  | { readonly type: 'prune' | 'graft'; readonly feeds: readonly FeedReference[] }
  /** Tell and push me nothing more of these feeds, and leave them out of digests; or do so again. */
  | { readonly type: 'skip'; readonly items: readonly SkipItem[] }
  /** `seq` undefined: the one after the last push of this feed on this link. */
  | {
      readonly type: 'push'
      readonly feed: FeedReference
      readonly seq: number | undefined
      readonly entries: readonly SignedEntry[]
    }
  | {
      readonly type: 'want'
      readonly want: number
      readonly feed: FeedReference
      readonly from: number
      /** Where to stop, because what follows was pushed already; 0 for all there is. */
      readonly to: number
      readonly hashPrefix: Uint8Array
      readonly creditBytes: number
      /** Push this feed from now on. */
      readonly isGraft?: boolean
    }
  | { readonly type: 'credit'; readonly want: number; readonly creditBytes: number }
  | { readonly type: 'cancel'; readonly want: number }
  | {
      readonly type: 'range'
      readonly want: number
      readonly from: number
      readonly end: RangeEnd
      readonly entries: readonly SignedEntry[]
    }
  | { readonly type: 'neighbours'; readonly sessions: readonly string[] }
  | { readonly type: 'ping' | 'pong'; readonly scope: Scope; readonly digest: Uint8Array }
  | {
      readonly type: 'branch'
      readonly feed: FeedReference
      readonly length: number
      readonly hash: Uint8Array
      readonly signature: Uint8Array
    }
  | { readonly type: 'evidence'; readonly bytes: Uint8Array }
  | { readonly type: 'heads'; readonly session: SessionId; readonly counter: number; readonly bytes: Uint8Array }
  /** All head vectors that the sender has, in eight bytes. */
  | { readonly type: 'stated-digest'; readonly digest: Uint8Array }
  /** The sender has these. Whoever lacks one asks for it. */
  | { readonly type: 'stated'; readonly items: readonly StatedItem[] }
  | { readonly type: 'ask-stated'; readonly sessions: readonly string[] }
  | { readonly type: 'application'; readonly bytes: Uint8Array }

const CODES = {
  vector: 1,
  compare: 2,
  lacking: 3,
  pushNext: 4,
  push: 5,
  pushGroup: 6,
  want: 7,
  credit: 8,
  cancel: 9,
  range: 10,
  neighbours: 11,
  ping: 12,
  pong: 13,
  branch: 14,
  evidence: 15,
  heads: 16,
  application: 17,
  have: 18,
  prune: 19,
  graft: 20,
  wantGraft: 21,
  statedDigest: 22,
  stated: 23,
  askStated: 24,
  skip: 25,
} as const

const ENDS: readonly RangeEnd[] = ['more', 'done', 'declined', 'diverged']
const SCOPES: readonly Scope[] = ['logs', 'all']
const writeShortSession = (writer: Writer, session: string): Writer =>
  writer.fixed(fromBase64url(session) ?? new Uint8Array(SHORT_SESSION_BYTES))

const readShortSession = (reader: Reader): string => toBase64url(reader.fixed(SHORT_SESSION_BYTES))

/** Entries that share the last one's signature, which stands after them. */
function writeEntries(writer: Writer, entries: readonly SignedEntry[]): Writer {
  writer.list(entries, ({ bytes }) => writer.bytes(bytes))
  const signature = entries.at(-1)?.signature
  return signature === undefined ? writer : writer.fixed(signature)
}

/** Copies, because a view that goes to storage would take the whole message with it. */
const copyOf = (view: Uint8Array): Uint8Array => view.slice()

function readEntries(reader: Reader): SignedEntry[] {
  const list = reader.list(ENTRIES_PER_MESSAGE_MAX, () => {
    const bytes = reader.bytes(ENTRY_BYTES_MAX)
    return bytes.length === 0 ? reader.fail('empty entry') : copyOf(bytes)
  })
  const signature = list.length === 0 ? undefined : copyOf(reader.fixed(SIGNATURE_BYTES))
  return list.map((bytes, i) => ({ bytes, signature: i === list.length - 1 ? signature : undefined }))
}

function readSingleEntry(reader: Reader): SignedEntry[] {
  const signature = copyOf(reader.fixed(SIGNATURE_BYTES))
  if (reader.remaining === 0 || reader.remaining > ENTRY_BYTES_MAX) reader.fail('entry size')
  return [{ bytes: copyOf(reader.rest()), signature }]
}

function writePush(writer: Writer, message: Extract<SyncMessage, { type: 'push' }>): Writer {
  const { feed, seq, entries } = message
  const [only] = entries
  if (entries.length !== 1 || only?.signature === undefined) {
    writeReference(writer.u8(CODES.pushGroup), feed).varuint(seq ?? 0)
    return writeEntries(writer, entries)
  }
  writeReference(writer.u8(seq === undefined ? CODES.pushNext : CODES.push), feed)
  if (seq !== undefined) writer.varuint(seq)
  return writer.fixed(only.signature).fixed(only.bytes)
}

function write(writer: Writer, message: SyncMessage): Writer {
  switch (message.type) {
    case 'vector':
      return writer.u8(CODES.vector).list(message.items, ({ feed, length, hashPrefix }) => {
        writeReference(writer, feed).varuint(length).fixed(hashPrefix)
      })
    case 'compare':
      writer.u8(CODES.compare).u8(SCOPES.indexOf(message.scope)).u8(message.salt)
      return writeCompareParts(writer, message.parts)
    case 'lacking':
      writer.u8(CODES.lacking).u8(SCOPES.indexOf(message.scope)).u8(message.salt)
      return writeLackingParts(writer, message.parts)
    case 'have':
      return writer.u8(CODES.have).list(message.items, ({ feed, length }) => {
        writeReference(writer, feed).varuint(length)
      })
    case 'prune':
    case 'graft':
      return writer.u8(CODES[message.type]).list(message.feeds, (feed) => writeReference(writer, feed))
    case 'skip':
      return writeSkips(writer.u8(CODES.skip), message.items)
    case 'push':
      return writePush(writer, message)
    case 'want':
      writer.u8(message.isGraft === true ? CODES.wantGraft : CODES.want).varuint(message.want)
      writeReference(writer, message.feed)
      return writer.varuint(message.from).varuint(message.to).fixed(message.hashPrefix).varuint(message.creditBytes)
    case 'credit':
      return writer.u8(CODES.credit).varuint(message.want).varuint(message.creditBytes)
    case 'cancel':
      return writer.u8(CODES.cancel).varuint(message.want)
    case 'range':
      writer.u8(CODES.range).varuint(message.want).varuint(message.from).u8(ENDS.indexOf(message.end))
      return writeEntries(writer, message.entries)
    case 'neighbours':
      return writer.u8(CODES.neighbours).list(message.sessions, (session) => writeShortSession(writer, session))
    case 'ping':
    case 'pong':
      return writer.u8(CODES[message.type]).u8(SCOPES.indexOf(message.scope)).fixed(message.digest)
    case 'branch':
      writeReference(writer.u8(CODES.branch), message.feed)
      return writer.varuint(message.length).fixed(message.hash).fixed(message.signature)
    case 'evidence':
      return writer.u8(CODES.evidence).fixed(message.bytes)
    case 'heads':
      return writer.u8(CODES.heads).id(message.session).varuint(message.counter).fixed(message.bytes)
    case 'stated-digest':
      return writer.u8(CODES.statedDigest).fixed(message.digest)
    case 'stated':
      return writer.u8(CODES.stated).list(message.items, ({ session, counter }) => {
        writeShortSession(writer, session).varuint(counter)
      })
    case 'ask-stated':
      return writer.u8(CODES.askStated).list(message.sessions, (session) => writeShortSession(writer, session))
    case 'application':
      return writer.u8(CODES.application).fixed(message.bytes)
    default:
      return unreachable(message)
  }
}

export const encodeSyncMessage = (message: SyncMessage): Uint8Array => write(new Writer(), message).finish()

const readOneOf = <T>(reader: Reader, values: readonly T[]): T => values[reader.u8()] ?? reader.fail('unknown value')

const readRest = (reader: Reader, sizeBytesMax: number): Uint8Array =>
  reader.remaining > sizeBytesMax ? reader.fail('too long') : copyOf(reader.rest())

function readVector(reader: Reader): SyncMessage {
  const items = reader.list(VECTOR_ITEMS_MAX, () => ({
    feed: readReference(reader),
    length: reader.varuint(FEED_LENGTH_MAX),
    hashPrefix: copyOf(reader.fixed(HASH_PREFIX_BYTES)),
  }))
  return { type: 'vector', items }
}

function readHave(reader: Reader): SyncMessage {
  const items = reader.list(HAVE_ITEMS_MAX, () => ({
    feed: readReference(reader),
    length: reader.varuint(FEED_LENGTH_MAX),
  }))
  return { type: 'have', items }
}

function readPush(reader: Reader, code: number): SyncMessage {
  const feed = readReference(reader)
  if (code === CODES.pushNext) return { type: 'push', feed, seq: undefined, entries: readSingleEntry(reader) }
  const seq = reader.varuint(FEED_LENGTH_MAX)
  if (code === CODES.push) return { type: 'push', feed, seq, entries: readSingleEntry(reader) }
  const entries = readEntries(reader)
  return entries.length < 2 ? reader.fail('not a group') : { type: 'push', feed, seq, entries }
}

function readWant(reader: Reader, isGraft: boolean): SyncMessage {
  const want = reader.varuint()
  const feed = readReference(reader)
  const from = reader.varuint(FEED_LENGTH_MAX)
  const to = reader.varuint(FEED_LENGTH_MAX)
  if (to !== 0 && to <= from) reader.fail('wants nothing')
  const hashPrefix = copyOf(reader.fixed(HASH_PREFIX_BYTES))
  const creditBytes = reader.varuint(CREDIT_BYTES_MAX)
  return { type: 'want', want, feed, from, to, hashPrefix, creditBytes, ...(isGraft ? { isGraft } : {}) }
}

function readRange(reader: Reader): SyncMessage {
  const want = reader.varuint()
  const from = reader.varuint(FEED_LENGTH_MAX)
  const end = readOneOf(reader, ENDS)
  const entries = readEntries(reader)
  if (end === 'more' && entries.length === 0) reader.fail('empty range')
  if (end !== 'more' && end !== 'done' && entries.length > 0) reader.fail('refusal with entries')
  return { type: 'range', want, from, end, entries }
}

function readBranch(reader: Reader): SyncMessage {
  const feed = readReference(reader)
  const length = reader.varuint(FEED_LENGTH_MAX)
  const hash = copyOf(reader.fixed(ID_BYTES))
  return { type: 'branch', feed, length, hash, signature: copyOf(reader.fixed(SIGNATURE_BYTES)) }
}

function read(reader: Reader): SyncMessage {
  const code = reader.u8()
  switch (code) {
    case CODES.vector:
      return readVector(reader)
    case CODES.compare:
      return { type: 'compare', scope: readOneOf(reader, SCOPES), salt: reader.u8(), parts: readCompareParts(reader) }
    case CODES.lacking:
      return { type: 'lacking', scope: readOneOf(reader, SCOPES), salt: reader.u8(), parts: readLackingParts(reader) }
    case CODES.have:
      return readHave(reader)
    case CODES.prune:
    case CODES.graft: {
      const feeds = reader.list(HAVE_ITEMS_MAX, () => readReference(reader))
      return { type: code === CODES.prune ? 'prune' : 'graft', feeds }
    }
    case CODES.skip:
      return { type: 'skip', items: readSkips(reader) }
    case CODES.pushNext:
    case CODES.push:
    case CODES.pushGroup:
      return readPush(reader, code)
    case CODES.want:
    case CODES.wantGraft:
      return readWant(reader, code === CODES.wantGraft)
    case CODES.credit:
      return { type: 'credit', want: reader.varuint(), creditBytes: reader.varuint(CREDIT_BYTES_MAX) }
    case CODES.cancel:
      return { type: 'cancel', want: reader.varuint() }
    case CODES.range:
      return readRange(reader)
    case CODES.neighbours:
      return { type: 'neighbours', sessions: reader.list(LINKS_MAX, () => readShortSession(reader)) }
    case CODES.ping:
    case CODES.pong: {
      const type = code === CODES.ping ? 'ping' : 'pong'
      return { type, scope: readOneOf(reader, SCOPES), digest: copyOf(reader.fixed(DIGEST_BYTES)) }
    }
    case CODES.branch:
      return readBranch(reader)
    case CODES.evidence:
      return { type: 'evidence', bytes: readRest(reader, EVIDENCE_BYTES_MAX) }
    case CODES.heads: {
      const session = reader.id<SessionId>()
      const counter = reader.varuint()
      return { type: 'heads', session, counter, bytes: readRest(reader, STATEMENT_BYTES_MAX) }
    }
    case CODES.statedDigest:
      return { type: 'stated-digest', digest: copyOf(reader.fixed(DIGEST_BYTES)) }
    case CODES.stated: {
      const readItem = (): StatedItem => ({ session: readShortSession(reader), counter: reader.varuint() })
      return { type: 'stated', items: reader.list(STATED_ITEMS_MAX, readItem) }
    }
    case CODES.askStated:
      return { type: 'ask-stated', sessions: reader.list(STATED_ITEMS_MAX, () => readShortSession(reader)) }
    case CODES.application:
      return { type: 'application', bytes: readRest(reader, APPLICATION_BYTES_MAX) }
    default:
      return reader.fail('unknown message')
  }
}

/** The message in `bytes`; anything else is a rejection. */
export const decodeSyncMessage = (bytes: Uint8Array): Result<SyncMessage, 'malformed'> =>
  bytes.length > MESSAGE_BYTES_MAX ? rejected('malformed', 'too long') : decode(bytes, read)
