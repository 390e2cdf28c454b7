import { concatBytes } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import type { EpochId, FeedId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { open, seal } from '../crypto/body-cipher.ts'
import { CutTable, type CutDelta } from './cut.ts'

/**
 * An entry of a document feed: a cleartext header, which anyone may check, and a sealed body. Room, document, session
 * and grant are not repeated: the feed id is a hash of them and starts the chain. The previous hash is not sent either,
 * because whoever checks the chain has just computed it.
 */
export interface EntryHeader {
  readonly seq: number
  /** Names the room key of the body; present when it differs from the previous entry's. */
  readonly epoch: EpochId | undefined
  readonly cut: CutDelta
}

export interface DecodedEntry extends EntryHeader {
  readonly header: Uint8Array
  readonly salt: Uint8Array
  readonly body: Uint8Array
}

/** Sealed bodies are bound to a position; the salt keeps a restored backup from ever using one nonce twice. */
export const SALT_BYTES = 8

const VERSION = 0x10
const HAS_EPOCH = 0x01
const HAS_CUT = 0x02
const SEQ_MAX = 2 ** 32 - 1

/** Used by one call at a time, since nothing here waits, and by nobody after it. */
const nonce = new Uint8Array(4 + SALT_BYTES)

function nonceOf(seq: number, salt: Uint8Array): Uint8Array {
  for (let i = 0; i < 4; i++) nonce[i] = seq >>> (8 * i)
  nonce.set(salt, 4)
  return nonce
}

/** Whether these bytes are of a document feed; the operations of access logs start with another version. */
export const isDocumentEntry = (bytes: Uint8Array): boolean => ((bytes[0] ?? 0) & 0xf0) === VERSION

/** `bodyKey` belongs to this feed and epoch alone, so that the sequence number may serve in the nonce. */
export function encodeEntry(
  header: EntryHeader & { readonly salt: Uint8Array; readonly cutTable: CutTable },
  bodyKey: Uint8Array,
  update: Uint8Array,
): Uint8Array {
  const flags = (header.epoch === undefined ? 0 : HAS_EPOCH) | (header.cut.length === 0 ? 0 : HAS_CUT)
  const writer = new Writer().u8(VERSION | flags).varuint(header.seq)
  if (header.epoch !== undefined) writer.id(header.epoch)
  if (header.cut.length > 0) header.cutTable.write(writer, header.cut)
  const cleartext = writer.fixed(header.salt).finish()
  return concatBytes(cleartext, seal(bodyKey, nonceOf(header.seq, header.salt), update, cleartext))
}

export type EntryReason = 'malformed' | 'version' | 'seq'

/** Reads the header against the feed's causal cut so far; the body stays sealed. */
export function decodeEntry(
  bytes: Uint8Array,
  feed: FeedId,
  seq: number,
  cutTable: CutTable,
): Result<DecodedEntry, EntryReason> {
  if (!isDocumentEntry(bytes)) return rejected('version')
  const result = decode(bytes, (reader) => {
    const flags = reader.u8() & 0x0f
    if ((flags & ~(HAS_EPOCH | HAS_CUT)) !== 0) reader.fail('unknown flag')
    const position = reader.varuint(SEQ_MAX)
    const epoch = flags & HAS_EPOCH ? reader.id<EpochId>() : undefined
    const cut = flags & HAS_CUT ? cutTable.read(reader, feed) : []
    if (flags & HAS_CUT && cut.length === 0) reader.fail('empty cut')
    const salt = reader.fixed(SALT_BYTES)
    const header = bytes.subarray(0, reader.position)
    return { seq: position, epoch, cut, salt, header, body: reader.rest() }
  })
  if (!result.ok) return result
  return result.value.seq === seq ? accepted(result.value) : rejected('seq')
}

/** The update inside, or undefined when the key is not the one it was sealed with. */
export const openEntry = (entry: DecodedEntry, bodyKey: Uint8Array): Uint8Array | undefined =>
  open(bodyKey, nonceOf(entry.seq, entry.salt), entry.body, entry.header)
