import type { FeedId } from '../base/ids.ts'
import type { CutDelta } from '../feed/cut.ts'

interface Positioned {
  readonly feed: FeedId
  readonly seq: number
  readonly cut: CutDelta
}

/**
 * The entries of several feeds, each feed in its order, so that every entry comes after what its author had seen. What
 * stands on entries that are not among them comes last.
 */
export function* inCausalOrder<Entry extends Positioned>(feeds: readonly (readonly Entry[])[]): Generator<Entry> {
  const given = new Map<FeedId, number>()
  let pending = feeds.map((entries) => ({ entries, next: 0 })).filter(({ entries }) => entries.length > 0)
  const isReady = (entry: Entry): boolean => entry.cut.every(({ feed, length }) => (given.get(feed) ?? 0) >= length)
  for (let isStuck = false; pending.length > 0;) {
    let hasProgress = false
    for (const feed of pending) {
      for (;;) {
        const entry = feed.entries[feed.next]
        if (entry === undefined || !(isStuck || isReady(entry))) break
        yield entry
        hasProgress = true
        feed.next++
        given.set(entry.feed, entry.seq + 1)
      }
    }
    pending = pending.filter(({ entries, next }) => next < entries.length)
    isStuck = !hasProgress
  }
}
