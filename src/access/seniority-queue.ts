/** A binary heap: takes values in any order and gives them back smallest first. */
export class SeniorityQueue<T> {
  readonly #heap: T[] = []
  readonly #compare: (a: T, b: T) => number
  /** Comparisons made so far, for the bound on the evaluator's work. */
  comparisons = 0

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  push(value: T): void {
    this.#rise(this.#heap.push(value) - 1, value)
  }

  pop(): T | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return top
    // The gap goes all the way down, and the last value up from there: it comes from the bottom, so it seldom gets far,
    // and on the way down nothing has to be compared with it (Wegener, Bottom-up heapsort, 1993).
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const leftChild = heap[left]
      if (leftChild === undefined) break
      const rightChild = heap[left + 1]
      const isRight = rightChild !== undefined && this.#isBefore(rightChild, leftChild)
      heap[at] = isRight ? rightChild : leftChild
      at = isRight ? left + 1 : left
    }
    this.#rise(at, last)
    return top
  }

  /** Puts the value where it belongs on the way from a place to the top. */
  #rise(from: number, value: T): void {
    const heap = this.#heap
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !this.#isBefore(value, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = value
  }

  #isBefore(a: T, b: T): boolean {
    this.comparisons++
    return this.#compare(a, b) < 0
  }
}
