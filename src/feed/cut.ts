import { assert } from '../base/assert.ts'
import type { Reader, Writer } from '../base/codec.ts'
import type { FeedId } from '../base/ids.ts'

/** A feed of the same document and how many of its entries the author had seen. */
export interface CutHead {
  readonly feed: FeedId
  readonly length: number
}

/** What an author had newly seen since the previous entry of the same feed. */
export type CutDelta = readonly CutHead[]

/** Feeds that one entry may name. A room's busiest document has as many writers as people awake at once. */
export const CUT_HEADS_MAX = 4096

/**
 * The causal cut of one feed, entry after entry. A feed is named by its 32 bytes once and by a small number from then
 * on, and a length by its growth, so that a cut costs a few bytes. Monotone by construction: growth is at least one.
 */
export class CutTable {
  readonly #feeds: FeedId[] = []
  readonly #indexes = new Map<FeedId, number>()
  readonly #lengths: number[] = []

  lengthOf(feed: FeedId): number {
    const index = this.#indexes.get(feed)
    return index === undefined ? 0 : (this.#lengths[index] ?? 0)
  }
  heads(): CutHead[] {
    return this.#feeds.map((feed, i) => ({ feed, length: this.#lengths[i] ?? 0 }))
  }
  apply(delta: CutDelta): void {
    for (const { feed, length } of delta) {
      let index = this.#indexes.get(feed)
      if (index === undefined) {
        index = this.#feeds.push(feed) - 1
        this.#indexes.set(feed, index)
      }
      this.#lengths[index] = length
    }
  }
  write(writer: Writer, delta: CutDelta): void {
    for (const { feed, length } of delta) assert(length > this.lengthOf(feed), 'a cut grows')
    writer.list(delta, ({ feed, length }) => {
      const index = this.#indexes.get(feed)
      if (index === undefined) writer.varuint(0).id(feed).varuint(length)
      else writer.varuint(index + 1).varuint(length - (this.#lengths[index] ?? 0))
    })
  }
  /** Reads a delta without applying it. A feed named twice, a zero growth or an unknown number is malformed. */
  read(reader: Reader, own: FeedId): CutDelta {
    const seen = new Set<FeedId>([own])
    return reader.list(CUT_HEADS_MAX, () => {
      const reference = reader.varuint(this.#feeds.length)
      const feed = reference === 0 ? reader.id<FeedId>() : this.#feeds[reference - 1]
      if (feed === undefined || seen.has(feed)) return reader.fail('feed named twice')
      if (reference === 0 && this.#indexes.has(feed)) return reader.fail('known feed named as new')
      seen.add(feed)
      const growth = reader.varuint()
      if (growth === 0) return reader.fail('cut does not grow')
      const length = (reference === 0 ? 0 : (this.#lengths[reference - 1] ?? 0)) + growth
      if (length > Number.MAX_SAFE_INTEGER) return reader.fail('cut too long')
      return { feed, length }
    })
  }
}
