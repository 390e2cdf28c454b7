import { assert } from '../base/assert.ts'

/** A map that keeps the `sizeMax` entries used last, so that strangers can cost us work but never memory. */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #sizeMax: number

  constructor(sizeMax: number) {
    assert(sizeMax > 0, 'a cache holds at least one entry')
    this.#sizeMax = sizeMax
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key) // a Map iterates in the order of insertion: back in means used last
    this.#entries.set(key, value)
    return value
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#sizeMax) return
    const oldest = this.#entries.keys().next()
    if (oldest.done !== true) this.#entries.delete(oldest.value)
  }
}
