import type { FeedId } from '../base/ids.ts'
import type { AppliedEntry } from './entry-outcome.ts'

/** How far ahead of the time of receipt a message may claim to be: honest clocks that are a little off. */
export const FUTURE_MS_MAX = 2 * 60 * 1000

/**
 * Gives every chat item its effective time: what its author claims, not beyond the time of receipt by more than two
 * minutes, and later than everything that the author had seen. An answer so never stands above its question, whatever
 * the clocks say, and a wrong clock of one person does not carry a message into the future for good.
 */
export class ChatClock {
  /** For each feed the effective time at the end of each of its entries: it never falls. */
  readonly #timesMs = new Map<FeedId, number[]>()

  /** Starts an entry: the effective time of its items must be later than what this returns. */
  begin(entry: AppliedEntry): number {
    let latestMs = this.#timesMs.get(entry.feed)?.at(-1) ?? 0
    // The cut holds only what is new; what was seen before stands in the feed's own previous time already.
    for (const { feed, length } of entry.cut) latestMs = Math.max(latestMs, this.#timesMs.get(feed)?.[length - 1] ?? 0)
    return latestMs
  }

  effectiveMs(claimedMs: number, receivedAtMs: number, afterMs: number): number {
    return Math.max(Math.min(claimedMs, receivedAtMs + FUTURE_MS_MAX), afterMs + 1)
  }

  end(entry: AppliedEntry, latestMs: number): void {
    let times = this.#timesMs.get(entry.feed)
    if (times === undefined) this.#timesMs.set(entry.feed, (times = []))
    times[entry.seq] = latestMs
  }

  clear(): void {
    this.#timesMs.clear()
  }
}
