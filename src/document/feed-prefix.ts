import { assert } from '../base/assert.ts'
import type { FeedId } from '../base/ids.ts'
import type { CutDelta, CutHead } from '../feed/cut.ts'
import { hiddenRanges, isWithin, type EntryRange, type FeedVisibility } from './hidden-entries.ts'
import { NumberLog } from './number-log.ts'

export type FeedRights = 'write' | 'comment'

/** A feed of the document as the access log registers it. */
export interface FeedRegistration extends FeedVisibility {
  readonly feed: FeedId
  /** The Yjs client id that the feed is bound to. */
  readonly client: number
  readonly rights: FeedRights
}

/**
 * What was taken in of one feed: where each entry ended, and the causal cut that its author declared. The cut is kept
 * as a log of growth, so that an entry which saw nothing new costs four bytes.
 *
 * Invariants: the cut is monotone, it names entries that were taken in, and it is closed: whoever includes an entry
 * includes what that entry's author had seen.
 */
export class FeedPrefix {
  readonly feed: FeedId
  readonly client: number
  #visibility: FeedVisibility
  #hidden: readonly EntryRange[]
  /** Next clock for each client in the author's view; the guard reads it. */
  readonly view = new Map<number, number>()
  readonly #endClocks = new NumberLog()
  readonly #seen = new Map<FeedPrefix, number>()
  readonly #growthSeqs = new NumberLog()
  readonly #growthFeeds: FeedPrefix[] = []
  readonly #growthLengths = new NumberLog()
  /** Position whose cut was added to the view already: an entry that was put off is judged again. */
  #declaredSeq = -1

  constructor({ feed, client, ...visibility }: FeedRegistration) {
    this.feed = feed
    this.client = client
    this.#visibility = visibility
    this.#hidden = hiddenRanges(visibility, Infinity)
    this.view.set(client, 0)
  }

  get visibility(): FeedVisibility {
    return this.#visibility
  }
  set visibility(visibility: FeedVisibility) {
    this.#visibility = visibility
    this.#hidden = hiddenRanges(visibility, Infinity)
  }

  get limit(): number | undefined {
    return this.#visibility.limit
  }

  hides(seq: number): boolean {
    return isWithin(this.#hidden, seq)
  }

  /** Entries taken in, and so the next position. */
  get length(): number {
    return this.#endClocks.length
  }

  get endClock(): number {
    return this.endClockAt(this.length)
  }

  /** The feed's next clock after its first `length` entries. */
  endClockAt(length: number): number {
    return length === 0 ? 0 : this.#endClocks.at(length - 1)
  }

  /** The last clock of [from, to) that no hidden entry filled; undefined if there is none. */
  lastShownClock(from: number, to: number): number | undefined {
    let end = to
    for (let i = this.#hidden.length - 1; i >= 0; i--) {
      const hidden = this.#hidden[i]
      if (hidden === undefined || hidden.from >= this.length) continue
      if (this.endClockAt(Math.min(hidden.to, this.length)) < end) break
      end = Math.min(end, this.endClockAt(hidden.from))
    }
    return end > from ? end - 1 : undefined
  }

  seenOf(other: FeedPrefix): number {
    return this.#seen.get(other) ?? 0
  }

  /** Heads of `cut` that are not here yet. */
  missing(cut: CutDelta, find: (feed: FeedId) => FeedPrefix | undefined): readonly CutHead[] {
    if (cut.length === 0) return cut
    return cut.filter(({ feed, length }) => (find(feed)?.length ?? -1) < length)
  }

  /**
   * Adds to the author's view what the next entry declares to have newly seen; all of it must be here. False if the
   * declaration cannot be honest: the feed itself, no growth, or not closed. The feed is then of no further use.
   *
   * Closure is checked over the growth alone: what lay below was closed before, so that over the life of a document
   * each author passes over each growth of each other author once.
   */
  see(cut: CutDelta, find: (feed: FeedId) => FeedPrefix | undefined): boolean {
    if (cut.length === 0 || this.#declaredSeq === this.length) return true
    this.#declaredSeq = this.length
    const grown: { other: FeedPrefix; from: number; to: number }[] = []
    for (const { feed, length } of cut) {
      const other = find(feed)
      assert(other !== undefined && other.length >= length, 'heads are looked up before')
      const from = this.seenOf(other)
      if (other === this || length <= from) return false
      grown.push({ other, from, to: length })
      this.#seen.set(other, length)
      this.view.set(other.client, other.endClockAt(length))
    }
    return grown.every(({ other, from, to }) => this.#covers(other, from, to))
  }

  /** Ends the next entry at `endClock`. `cut` is what was given to `see`. */
  push(endClock: number, cut: CutDelta, find: (feed: FeedId) => FeedPrefix | undefined): void {
    for (const { feed, length } of cut) {
      const other = find(feed)
      assert(other !== undefined, 'heads are looked up before')
      this.#growthSeqs.push(this.length)
      this.#growthFeeds.push(other)
      this.#growthLengths.push(length)
    }
    this.#endClocks.push(endClock)
    this.view.set(this.client, endClock)
  }

  /** Whether this author has seen all that the entries [from, to) of `other` had seen. */
  #covers(other: FeedPrefix, from: number, to: number): boolean {
    for (let i = other.#growthSeqs.lowerBound(from); i < other.#growthSeqs.length; i++) {
      if (other.#growthSeqs.at(i) >= to) break
      const seen = other.#growthFeeds[i]
      const length = other.#growthLengths.at(i)
      assert(seen !== undefined, 'the logs of growth are equally long')
      if (length > (seen === this ? this.length : this.seenOf(seen))) return false
    }
    return true
  }
}
