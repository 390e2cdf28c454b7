/** The only source of chance in a run: the same seed gives the same world, event for event. */
export class SeededRandom {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  /** Uniform in [0, 1): mulberry32 by Tommy Ettinger, public domain. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }
  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }
  isHit(probability: number): boolean {
    return this.next() < probability
  }
  /** The index that a list of shares, which sum to 1, gives by chance. */
  share(shares: readonly number[]): number {
    let left = this.next()
    for (let i = 0; i < shares.length - 1; i++) {
      left -= shares[i] ?? 0
      if (left < 0) return i
    }
    return shares.length - 1
  }
  shuffled<T>(items: readonly T[]): T[] {
    const mixed = [...items]
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const [a, b] = [mixed[i], mixed[j]]
      if (a === undefined || b === undefined) continue
      mixed[i] = b
      mixed[j] = a
    }
    return mixed
  }
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.next() * 256
    return bytes
  }
  /** Another source that depends on this one and on nothing that is drawn here later. */
  fork(): SeededRandom {
    return new SeededRandom(Math.floor(this.next() * 4294967296))
  }
}
