import type { ChainHead } from '../feed/chain.ts'

const HASH_BYTES = 32
const CAPACITY_FIRST = 8

/**
 * The hash of a chain after each of its entries, in one buffer: whoever asks for a range proves by the hash before it
 * that both sides mean the same history. 32 bytes an entry, where an object for each would take several times that.
 */
export class HashLog {
  #bytes = new Uint8Array(CAPACITY_FIRST * HASH_BYTES)
  #length = 0

  /** `empty` is the hash of the chain without entries. */
  constructor(empty: Uint8Array) {
    this.#bytes.set(empty)
  }

  get length(): number {
    return this.#length
  }

  get head(): ChainHead {
    return { length: this.#length, hash: this.#view(this.#length) }
  }

  /** The hash over the first `length` entries; undefined beyond the head. */
  at(length: number): Uint8Array | undefined {
    return length <= this.#length ? this.#view(length) : undefined
  }

  push(hash: Uint8Array): void {
    this.#length++
    const end = (this.#length + 1) * HASH_BYTES
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(hash, this.#length * HASH_BYTES)
  }

  #view(length: number): Uint8Array {
    return this.#bytes.subarray(length * HASH_BYTES, (length + 1) * HASH_BYTES)
  }
}
