/** One property of all that a table holds, as a table: instead of a second one that repeats its keys. */
export class MappedTable<Key, Held, Value> implements ReadonlyMap<Key, Value> {
  readonly #held: ReadonlyMap<Key, Held>
  readonly #valueOf: (held: Held) => Value | undefined

  /** What `valueOf` has no value for is not in the table. */
  constructor(held: ReadonlyMap<Key, Held>, valueOf: (held: Held) => Value | undefined) {
    this.#held = held
    this.#valueOf = valueOf
  }

  get size(): number {
    let size = 0
    for (const held of this.#held.values()) if (this.#valueOf(held) !== undefined) size++
    return size
  }

  get(key: Key): Value | undefined {
    const held = this.#held.get(key)
    return held && this.#valueOf(held)
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined
  }

  *entries(): MapIterator<[Key, Value]> {
    for (const [key, held] of this.#held) {
      const value = this.#valueOf(held)
      if (value !== undefined) yield [key, value]
    }
  }

  *keys(): MapIterator<Key> {
    for (const [key] of this.entries()) yield key
  }

  *values(): MapIterator<Value> {
    for (const held of this.#held.values()) {
      const value = this.#valueOf(held)
      if (value !== undefined) yield value
    }
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries()
  }

  forEach(call: (value: Value, key: Key, table: ReadonlyMap<Key, Value>) => void): void {
    for (const [key, value] of this.entries()) call(value, key, this)
  }
}
