import { COPIES_COUNTED_MAX } from './limits.ts'

/** How often the latest entries of a feed came, by their number. What is long past counts as new, which costs nothing. */
export class CopyCounts {
  #counts: { readonly end: number; copies: number }[] = []

  /** Another copy of the entry before `end`; the first one is 1. */
  count(end: number): number {
    for (const known of this.#counts) if (known.end === end) return ++known.copies
    this.#counts.push({ end, copies: 1 })
    if (this.#counts.length > COPIES_COUNTED_MAX) this.#counts.shift()
    return 1
  }
}
