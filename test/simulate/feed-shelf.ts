/** What one node has of every feed: a length, and a byte an entry for its hop and whether its signature was kept. */
import type { SignedEntry } from '../../src/feed/chain.ts'
import type { WrittenFeed } from './ledger.ts'

const UNSIGNED = 0x80
const HOP_MAX = 0x7f

export class FeedShelf {
  readonly #lengths: number[] = []
  readonly #marks: (Uint8Array | undefined)[] = []

  lengthOf(feed: WrittenFeed): number {
    return this.#lengths[feed.index] ?? 0
  }
  hopOf(feed: WrittenFeed, seq: number): number {
    return (this.#marks[feed.index]?.[seq] ?? 0) & HOP_MAX
  }

  append(feed: WrittenFeed, count: number, hop: number): void {
    const from = this.lengthOf(feed)
    let marks = this.#marks[feed.index]
    if (!marks || marks.length < from + count) {
      const grown = new Uint8Array(Math.max(32, 2 * (from + count)))
      if (marks) grown.set(marks)
      this.#marks[feed.index] = marks = grown
    }
    // Of a range only the signature under its end was checked, and only that may be passed on.
    for (let i = from; i < from + count; i++) marks[i] = Math.min(hop, HOP_MAX) | (i < from + count - 1 ? UNSIGNED : 0)
    this.#lengths[feed.index] = from + count
  }

  /** Entries from `from` on, as many as fit and at least one. */
  read(feed: WrittenFeed, from: number, bytesMax: number): SignedEntry[] {
    const length = this.lengthOf(feed)
    const entries: SignedEntry[] = []
    let bytes = 0
    for (let seq = from; seq < length; seq++) {
      const written = feed.entries[seq]
      if (!written) break
      bytes += written.signed.bytes.length
      if (entries.length > 0 && bytes > bytesMax) break
      entries.push(this.entry(feed, seq))
    }
    return entries
  }

  entry(feed: WrittenFeed, seq: number): SignedEntry {
    const written = feed.entries[seq]
    if (!written) throw new RangeError('a shelf holds what was written')
    return ((this.#marks[feed.index]?.[seq] ?? 0) & UNSIGNED) === 0 ? written.signed : written.unsigned
  }
}
