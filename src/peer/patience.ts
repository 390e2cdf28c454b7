/**
 * How long each of several needs has lasted. A need that is not named between `begin` and `end` is over, and starts anew
 * when it comes back.
 */
export class Patience {
  #since = new Map<string, number>()
  #named = new Map<string, number>()
  #nowMs = 0
  #nextMs: number | undefined

  begin(nowMs: number): void {
    this.#nowMs = nowMs
    this.#named = new Map()
    this.#nextMs = undefined
  }

  /** Whether the need has lasted `waitMs`. */
  isDue(need: string, waitMs: number): boolean {
    const since = this.#since.get(need) ?? this.#nowMs
    const remainingMs = since + waitMs - this.#nowMs
    if (remainingMs <= 0) return true
    this.#named.set(need, since)
    this.#nextMs = Math.min(this.#nextMs ?? Infinity, remainingMs)
    return false
  }

  /** In how many milliseconds the next need is due; undefined when nothing waits. */
  end(): number | undefined {
    this.#since = this.#named
    return this.#nextMs
  }
}
