/** Growing pauses with full jitter, so that many devices that lost the same place do not come back at once. */
export interface BackOffOptions {
  readonly firstMs: number
  readonly maxMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

export class BackOff {
  readonly #options: BackOffOptions
  #attempts = 0

  constructor(options: BackOffOptions) {
    this.#options = options
  }

  /** The next pause in milliseconds, between half and all of a span that doubles each time. */
  next(): number {
    const { firstMs, maxMs, random } = this.#options
    const spanMs = Math.min(firstMs * 2 ** this.#attempts, maxMs)
    if (spanMs < maxMs) this.#attempts++
    return Math.round(spanMs * (0.5 + random() / 2))
  }

  reset(): void {
    this.#attempts = 0
  }
}
