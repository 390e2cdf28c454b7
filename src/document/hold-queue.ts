import type { FeedId } from '../base/ids.ts'

/**
 * Entries that came before what they stand on. They wait here and never inside Yjs, which keeps such structs for ever
 * and without a bound. Everything in here can be fetched again, so what overflows is simply dropped.
 */
export interface HeldEntry {
  readonly feed: FeedId
  readonly seq: number
  readonly body: Uint8Array
}

/** Entries that one feed may have waiting: several catch-up pages. */
export const HELD_ENTRIES_PER_FEED_MAX = 1024
/** Bytes that one feed may have waiting: sixteen updates of the largest size. */
export const HELD_BYTES_PER_FEED_MAX = 4 * 1024 * 1024
/** Bytes that a document may have waiting: what a phone can spare. */
export const HELD_BYTES_MAX = 32 * 1024 * 1024
/** What an entry costs beside its body, so that a flood of empty ones is bounded by bytes as well. */
const HELD_OVERHEAD_BYTES = 256

interface FeedQueue<T> {
  readonly entries: Map<number, T>
  bytes: number
}

const costOf = (entry: HeldEntry): number => entry.body.length + HELD_OVERHEAD_BYTES

export class HoldQueue<T extends HeldEntry> {
  readonly #feeds = new Map<FeedId, FeedQueue<T>>()
  #bytes = 0

  get sizeBytes(): number {
    return this.#bytes
  }

  get length(): number {
    let length = 0
    for (const { entries } of this.#feeds.values()) length += entries.size
    return length
  }

  get(feed: FeedId, seq: number): T | undefined {
    return this.#feeds.get(feed)?.entries.get(seq)
  }

  /** Adds an entry at a free position and returns what had to give way: the latest of the feed that has the most. */
  add(entry: T): readonly T[] {
    let queue = this.#feeds.get(entry.feed)
    if (queue === undefined) this.#feeds.set(entry.feed, (queue = { entries: new Map(), bytes: 0 }))
    queue.entries.set(entry.seq, entry)
    queue.bytes += costOf(entry)
    this.#bytes += costOf(entry)
    const evicted: T[] = []
    while (queue.entries.size > HELD_ENTRIES_PER_FEED_MAX || queue.bytes > HELD_BYTES_PER_FEED_MAX) {
      evicted.push(...this.#evictLatest(entry.feed))
    }
    while (this.#bytes > HELD_BYTES_MAX) evicted.push(...this.#evictLatest(this.#largestFeed() ?? entry.feed))
    return evicted
  }

  take(feed: FeedId, seq: number): T | undefined {
    const queue = this.#feeds.get(feed)
    const entry = queue?.entries.get(seq)
    if (queue === undefined || entry === undefined) return undefined
    queue.entries.delete(seq)
    queue.bytes -= costOf(entry)
    this.#bytes -= costOf(entry)
    if (queue.entries.size === 0) this.#feeds.delete(feed)
    return entry
  }

  /** What waits in a feed without a gap from a position on. */
  following(feed: FeedId, seq: number): readonly T[] {
    const entries: T[] = []
    for (let entry = this.get(feed, seq); entry !== undefined; entry = this.get(feed, seq + entries.length)) {
      entries.push(entry)
    }
    return entries
  }

  /** Everything that waits in a feed, in order: it will never be let in. */
  takeAll(feed: FeedId): readonly T[] {
    const queue = this.#feeds.get(feed)
    if (queue === undefined) return []
    this.#feeds.delete(feed)
    this.#bytes -= queue.bytes
    return [...queue.entries.values()].toSorted((a, b) => a.seq - b.seq)
  }

  *values(): IterableIterator<T> {
    for (const { entries } of this.#feeds.values()) yield* entries.values()
  }

  #largestFeed(): FeedId | undefined {
    let largest: FeedId | undefined
    let bytes = -1
    for (const [feed, queue] of this.#feeds) {
      if (queue.bytes > bytes) [largest, bytes] = [feed, queue.bytes]
    }
    return largest
  }

  #evictLatest(feed: FeedId): readonly T[] {
    let latest = -1
    for (const seq of this.#feeds.get(feed)?.entries.keys() ?? []) latest = Math.max(latest, seq)
    const entry = this.take(feed, latest)
    return entry === undefined ? [] : [entry]
  }
}
