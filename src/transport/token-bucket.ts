/** A rate limit: so many at once, so many each second in the long run. */
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

  /** Takes one; false when there is none. */
  take(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledMs)
    this.#filledMs = Math.max(nowMs, this.#filledMs)
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#perSecond) / 1_000)
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
