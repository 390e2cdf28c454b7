/** Tells the loss of a neighbour now and then from the loss of many at once, which may have cut the room in two. */
import { TORN_FOR_MS, TORN_LOSSES_MIN, TORN_WITHIN_MS } from './limits.ts'

export class Losses {
  #recentMs: number[] = []
  #tornUntilMs = 0

  /** A neighbour went silent or died, of as many as there were. */
  lost(neighbours: number, nowMs: number): void {
    this.#recentMs = this.#recentMs.filter((atMs) => nowMs - atMs < TORN_WITHIN_MS)
    this.#recentMs.push(nowMs)
    if (this.#recentMs.length >= Math.max(TORN_LOSSES_MIN, neighbours / 3)) this.#tornUntilMs = nowMs + TORN_FOR_MS
  }

  isTorn(nowMs: number): boolean {
    return nowMs < this.#tornUntilMs
  }
}
