/**
 * What is to happen, in order of time and, within one instant, of being asked for. A binary heap over typed arrays: the
 * times that are compared lie side by side, the events themselves stay where they are until their turn.
 */
export class EventQueue<Event> {
  #times = new Float64Array(1024)
  #orders = new Float64Array(1024)
  #events: Event[] = []
  #order = 0

  get size(): number {
    return this.#events.length
  }
  /** Infinity when nothing waits. */
  get nextAtMs(): number {
    return this.#events.length === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] ?? 0)
  }

  push(atMs: number, event: Event): void {
    if (Number.isNaN(atMs)) throw new RangeError('an event needs a time')
    const size = this.#events.length
    if (size === this.#times.length) this.#grow()
    this.#events.push(event)
    this.#rise(size, atMs, this.#order++, event)
  }

  /** Takes the next event; undefined when there is none. */
  pop(): Event | undefined {
    const first = this.#events[0]
    const last = this.#events.pop()
    const size = this.#events.length
    if (last !== undefined && size > 0) this.#sink(this.#times[size] ?? 0, this.#orders[size] ?? 0, last)
    return first
  }

  #rise(from: number, atMs: number, order: number, event: Event): void {
    const [times, orders, events] = [this.#times, this.#orders, this.#events]
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const parentAtMs = times[parent] ?? 0
      // What was asked for earlier is never behind: a later order never passes an equal time.
      if (parentAtMs <= atMs) break
      this.#put(at, parentAtMs, orders[parent] ?? 0, events[parent] ?? event)
      at = parent
    }
    this.#put(at, atMs, order, event)
  }

  #sink(atMs: number, order: number, event: Event): void {
    const [times, orders, events] = [this.#times, this.#orders, this.#events]
    const size = events.length
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && this.#isBefore(child + 1, times[child] ?? 0, orders[child] ?? 0)) child++
      if (!this.#isBefore(child, atMs, order)) break
      this.#put(at, times[child] ?? 0, orders[child] ?? 0, events[child] ?? event)
      at = child
    }
    this.#put(at, atMs, order, event)
  }

  #isBefore(at: number, otherMs: number, otherOrder: number): boolean {
    const atMs = this.#times[at] ?? 0
    return atMs < otherMs || (atMs === otherMs && (this.#orders[at] ?? 0) < otherOrder)
  }

  #put(at: number, atMs: number, order: number, event: Event): void {
    this.#times[at] = atMs
    this.#orders[at] = order
    this.#events[at] = event
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2)
    times.set(this.#times)
    this.#times = times
    const orders = new Float64Array(times.length)
    orders.set(this.#orders)
    this.#orders = orders
  }
}
