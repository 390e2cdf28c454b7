import { assert } from '../base/assert.ts'

/** Numbers below 2^32, one after the other: what is kept for each of 26,000 entries is four bytes and no object. */
export class NumberLog {
  #numbers = new Uint32Array(8)
  #length = 0

  get length(): number {
    return this.#length
  }

  at(index: number): number {
    assert(index >= 0 && index < this.#length, 'index within the log')
    return this.#numbers[index] as number
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const grown = new Uint32Array(this.#length * 2)
      grown.set(this.#numbers)
      this.#numbers = grown
    }
    this.#numbers[this.#length++] = value
  }

  /** The first index whose number is at least `value`. The numbers must not fall. */
  lowerBound(value: number): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#numbers[middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }
}
