import { decode, Writer } from '../base/codec.ts'
import type { FeedId, RoomId } from '../base/ids.ts'
import { assert } from '../base/assert.ts'
import type { Result } from '../base/result.ts'
import { ENTRY_BYTES_MAX, SIGNATURE_BYTES, type SignedEntry } from '../feed/chain.ts'
import type { Change, Store, StoreFailure } from '../storage/store.ts'

/** An entry with the moment when this device first held it, which keeps a false clock from moving it later. */
export interface StoredEntry extends SignedEntry {
  readonly receivedAtMs: number
}

/** A block is what was verified by one signature, so every block ends with a signed entry. */
export interface Block {
  readonly from: number
  readonly entries: readonly StoredEntry[]
}

export interface LoadedFeed {
  readonly entries: readonly StoredEntry[]
  /** False when more of the feed was stored than could be read. */
  readonly isWhole: boolean
}

const BLOCK_ENTRIES_MAX = 1 << 20
/**
 * Records fetched while a range is put together: a few, as four of the largest fill it, then more and more, as blocks of
 * one entry are the rule in a chat.
 */
const READ_RECORDS_FIRST = 4
const READ_RECORDS_MAX = 256

/** Access logs and documents' feeds are kept apart: the logs say which feeds there are. */
export type FeedStoreKind = 'log' | 'entry'

/** The entries of one room's feeds, in blocks: `<kind>/<room>/<feed>/<first position, 8 hex digits>`. */
export class FeedStore {
  readonly #store: Store
  readonly #prefix: string

  constructor(store: Store, kind: FeedStoreKind, room: RoomId) {
    this.#store = store
    this.#prefix = `${kind}/${room}/`
  }

  /** `more` is written in the same transaction: what must not be known without the entries, or they without it. */
  append(
    feed: FeedId,
    block: { readonly from: number; readonly entries: readonly SignedEntry[]; readonly receivedAtMs: number },
    options: { readonly durable: boolean; readonly more?: readonly Change[] },
  ): Promise<Result<void, StoreFailure>> {
    assert(block.entries.at(-1)?.signature !== undefined, 'a stored block ends with a signed entry')
    const change: Change = { kind: 'put', key: this.#key(feed, block.from), value: encodeBlock(block) }
    return this.#store.write([change, ...(options.more ?? [])], { durable: options.durable })
  }

  /** Every feed of which at least one entry is stored. */
  async feeds(): Promise<readonly FeedId[]> {
    const feeds: FeedId[] = []
    let from = this.#prefix
    const to = `${this.#prefix}~`
    for (;;) {
      const [first] = await this.#store.range({ from, to, limit: 1 })
      if (!first) return feeds
      const feed = first[0].slice(this.#prefix.length, this.#prefix.length + 43) as FeedId
      feeds.push(feed)
      from = `${this.#prefix}${feed}/~`
    }
  }

  /** All entries of a feed from its start up to the first gap. Two tabs may have stored overlapping blocks. */
  async load(feed: FeedId): Promise<LoadedFeed> {
    const records = await this.#store.range({ from: this.#key(feed, 0), to: this.#end(feed) })
    const entries: StoredEntry[] = []
    for (const [key, value] of records) {
      const block = decodeBlock(positionOf(key), value)
      if (!block || block.from > entries.length) return { entries, isWhole: false }
      entries.push(...block.entries.slice(entries.length - block.from))
    }
    return { entries, isWhole: true }
  }

  /**
   * Entries from position `from` on, about `bytesMax` bytes of them, ending with a signed one. Every signature that is
   * stored comes along: ranges are cut at them.
   */
  async read(feed: FeedId, from: number, bytesMax: number): Promise<readonly SignedEntry[]> {
    const [before] = await this.#store.range({
      from: this.#key(feed, 0),
      to: this.#key(feed, from + 1),
      limit: 1,
      reverse: true,
    })
    const entries: SignedEntry[] = []
    let bytes = 0
    let next = before?.[0] ?? this.#key(feed, from)
    for (let limit = READ_RECORDS_FIRST; ; limit = Math.min(4 * limit, READ_RECORDS_MAX)) {
      const records = await this.#store.range({ from: next, to: this.#end(feed), limit })
      for (const [key, value] of records) {
        const block = decodeBlock(positionOf(key), value)
        const skip = from + entries.length - (block?.from ?? 0)
        if (!block || skip < 0) return entries
        const fresh = block.entries.slice(skip)
        const size = fresh.reduce((sum, entry) => sum + entry.bytes.length, 0)
        if (entries.length > 0 && bytes + size > bytesMax) return entries
        entries.push(...fresh)
        bytes += size
        next = `${key}!`
      }
      if (records.length < limit) return entries
    }
  }

  /** Forgets a feed, to take another branch of it. */
  remove(feed: FeedId): Promise<Result<void, StoreFailure>> {
    return this.removeFrom(feed, 0)
  }

  /** Forgets the blocks of a feed that begin at a position or after it. */
  async removeFrom(feed: FeedId, position: number): Promise<Result<void, StoreFailure>> {
    const records = await this.#store.range({ from: this.#key(feed, position), to: this.#end(feed) })
    const changes = records.map(([key]) => ({ kind: 'delete', key }) as const)
    return this.#store.write(changes, { durable: true })
  }

  #key(feed: FeedId, position: number): string {
    return `${this.#prefix}${feed}/${position.toString(16).padStart(8, '0')}`
  }
  #end(feed: FeedId): string {
    return `${this.#prefix}${feed}/~`
  }
}

export const positionOf = (key: string): number => Number.parseInt(key.slice(-8), 16)

function encodeBlock(block: { entries: readonly SignedEntry[]; receivedAtMs: number }): Uint8Array {
  const writer = new Writer().varuint(block.receivedAtMs)
  writer.list(block.entries, ({ bytes, signature }) => {
    writer.bytes(bytes).u8(signature ? 1 : 0)
    if (signature) writer.fixed(signature)
  })
  return writer.finish()
}

/** Undefined for a damaged record: the feed then ends before it, and the rest is fetched again from others. */
export function decodeBlock(from: number, value: unknown): Block | undefined {
  if (!(value instanceof Uint8Array)) return undefined
  const result = decode(value, (reader) => {
    const receivedAtMs = reader.varuint()
    return reader.list(BLOCK_ENTRIES_MAX, () => {
      const bytes = reader.bytes(ENTRY_BYTES_MAX)
      const signature = reader.u8() === 1 ? reader.fixed(SIGNATURE_BYTES) : undefined
      return { bytes, signature, receivedAtMs }
    })
  })
  return result.ok ? { from, entries: result.value } : undefined
}
