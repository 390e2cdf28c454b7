/**
 * A list of values that are combined over ranges (a segment tree): whatever the length of the list, a range costs a
 * logarithm. Combining must not depend on how often or in which order.
 */
export class RangeTree<Value> {
  readonly #combine: (a: Value, b: Value) => Value
  readonly #empty: Value
  /** The leaves are in the second half; each other place combines the two below it. */
  #values: Value[]
  #size: number
  #length: number

  constructor(leaves: readonly Value[], empty: Value, combine: (a: Value, b: Value) => Value) {
    this.#combine = combine
    this.#empty = empty
    this.#length = leaves.length
    this.#size = 1
    while (this.#size < leaves.length) this.#size *= 2
    this.#values = Array.from<Value>({ length: 2 * this.#size }).fill(empty)
    for (const [i, leaf] of leaves.entries()) this.#values[this.#size + i] = leaf
    for (let i = this.#size - 1; i > 0; i--) this.#values[i] = this.#below(i)
  }

  set(index: number, leaf: Value): void {
    let at = this.#size + index
    this.#values[at] = leaf
    for (at >>= 1; at > 0; at >>= 1) this.#values[at] = this.#below(at)
  }

  append(leaf: Value): void {
    if (this.#length === this.#size) this.#grow()
    this.set(this.#length++, leaf)
  }

  /** Of the values in [from, to). */
  over(from: number, to: number): Value {
    let found = this.#empty
    let low = from + this.#size
    let high = to + this.#size
    for (; low < high; low >>= 1, high >>= 1) {
      if (low & 1) found = this.#combine(found, this.#at(low++))
      if (high & 1) found = this.#combine(found, this.#at(--high))
    }
    return found
  }

  #grow(): void {
    const leaves = this.#values.slice(this.#size)
    const grown = new RangeTree([...leaves, ...leaves.map(() => this.#empty)], this.#empty, this.#combine)
    this.#values = grown.#values
    this.#size = grown.#size
  }

  #at(place: number): Value {
    return this.#values[place] ?? this.#empty
  }

  #below(place: number): Value {
    return this.#combine(this.#at(2 * place), this.#at(2 * place + 1))
  }
}
