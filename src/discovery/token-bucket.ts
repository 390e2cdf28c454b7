export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** So many at once, so many each second in the long run. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #filledMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#filledMs = nowMs
  }

  /** Takes a token; false when there is none. */
  take(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledMs)
    this.#filledMs = Math.max(nowMs, this.#filledMs)
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsedMs * this.#rate.perSecond) / 1_000)
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
