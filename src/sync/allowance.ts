/** How often something may happen: so many at once, and so many a second after that. */
export class Allowance {
  readonly #burst: number
  readonly #perSecond: number
  #left: number
  #atMs: number

  constructor(options: { readonly burst: number; readonly perSecond: number }, nowMs: number) {
    this.#burst = options.burst
    this.#perSecond = options.perSecond
    this.#left = options.burst
    this.#atMs = nowMs
  }

  /** False when there is not as much left; then nothing is taken. */
  take(count: number, nowMs: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + (Math.max(0, nowMs - this.#atMs) * this.#perSecond) / 1000)
    this.#atMs = Math.max(this.#atMs, nowMs)
    if (this.#left < count) return false
    this.#left -= count
    return true
  }
}
