/**
 * A rate limit: so many at once, so many each second in the long run. Time is an argument, in milliseconds of any clock
 * that does not go back.
 */
export class TokenBucket {
  readonly #burst: number
  readonly #perSecond: number
  #tokens: number
  #filledMs: number

  constructor({
    burst,
    perSecond,
    nowMs,
  }: {
    readonly burst: number
    readonly perSecond: number
    readonly nowMs: number
  }) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#tokens = burst
    this.#filledMs = nowMs
  }

  /** Takes `cost` tokens; false, and none taken, when there are not so many. */
  take(nowMs: number, cost = 1): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledMs)
    this.#filledMs = Math.max(nowMs, this.#filledMs)
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#perSecond) / 1_000)
    if (this.#tokens < cost) return false
    this.#tokens -= cost
    return true
  }
}
