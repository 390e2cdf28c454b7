/**
 * Everything that honest authors wrote, kept once for all nodes. A signature here is a copy of what the author's own
 * record holds: whoever compares has verified, and nobody can make one without being asked to write. Nodes keep numbers
 * only, so that ten thousand of them fit in memory.
 */
import { equalBytes } from '../../src/base/bytes.ts'
import { idFromBytes, type FeedId } from '../../src/base/ids.ts'
import { emptyChain, extendChain, type ChainHead, type SignedEntry } from '../../src/feed/chain.ts'
import type { SeededRandom } from './seeded-random.ts'

const SIGNATURE_BYTES = 64

export interface WrittenEntry {
  readonly signed: SignedEntry
  /** The same bytes as they are kept when only a later signature was checked. */
  readonly unsigned: SignedEntry
  readonly head: ChainHead
  readonly writtenAtMs: number
  readonly isMeasured: boolean
}

export interface WrittenFeed {
  readonly id: FeedId
  readonly index: number
  /** Node that writes it. */
  readonly author: number
  readonly entries: WrittenEntry[]
  readonly empty: ChainHead
}

export class Ledger {
  readonly feeds: WrittenFeed[] = []
  readonly #byId = new Map<FeedId, WrittenFeed>()
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  open(author: number): WrittenFeed {
    const id = idFromBytes<FeedId>(this.#random.bytes(32))
    const feed: WrittenFeed = { id, index: this.feeds.length, author, entries: [], empty: emptyChain(id) }
    this.feeds.push(feed)
    this.#byId.set(id, feed)
    return feed
  }

  get(id: FeedId): WrittenFeed | undefined {
    return this.#byId.get(id)
  }

  write(feed: WrittenFeed, sizeBytes: number, writtenAtMs: number, isMeasured = true): WrittenEntry {
    const bytes = this.#random.bytes(Math.max(1, sizeBytes))
    const head = extendChain(feed.entries.at(-1)?.head ?? feed.empty, bytes)
    const signed = { bytes, signature: this.#random.bytes(SIGNATURE_BYTES) }
    const unsigned = { bytes, signature: undefined }
    const entry = { signed, unsigned, head, writtenAtMs, isMeasured }
    feed.entries.push(entry)
    return entry
  }

  headOf(feed: WrittenFeed, length: number): ChainHead {
    return length === 0 ? feed.empty : (feed.entries[length - 1]?.head ?? feed.empty)
  }

  /** Do these entries continue the chain at `from`, with the author's signature under the last? */
  isGenuine(feed: WrittenFeed, from: number, entries: readonly SignedEntry[]): boolean {
    for (const [i, entry] of entries.entries()) {
      const written = feed.entries[from + i]
      if (!written || !equalBytes(written.signed.bytes, entry.bytes)) return false
      if (i < entries.length - 1) continue
      const { signature } = written.signed
      if (!signature || !entry.signature || !equalBytes(signature, entry.signature)) return false
    }
    return entries.length > 0
  }
}
