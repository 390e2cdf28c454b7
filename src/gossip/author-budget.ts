import {
  AUTHOR_BYTES_BURST,
  AUTHOR_BYTES_PER_SECOND,
  AUTHOR_ENTRIES_BURST,
  AUTHOR_ENTRIES_PER_SECOND,
  AUTHORS_MAX,
  CATCH_UP_BYTES_BURST,
  CATCH_UP_ENTRIES_BURST,
} from './limits.ts'

/** What may still be passed on at once. */
interface Allowance {
  entries: number
  bytes: number
  atMs: number
}

/**
 * How much of each author's writing is passed on. Every hop counts for itself, so what an author writes too fast gets to
 * its neighbours and no further. What was asked for after an absence is counted apart, because it comes all at once.
 */
export class AuthorBudget {
  readonly #news = new Map<string, Allowance>()
  readonly #catchUp = new Map<string, Allowance>()

  /**
   * Takes the entries from the author's allowance, if anything is left of it. They come as they were signed, so the
   * allowance may be overdrawn once, which is paid back before the next ones pass.
   */
  take(author: string, count: number, sizeBytes: number, isCatchUp: boolean, nowMs: number): boolean {
    const burst = isCatchUp
      ? { entries: CATCH_UP_ENTRIES_BURST, bytes: CATCH_UP_BYTES_BURST }
      : { entries: AUTHOR_ENTRIES_BURST, bytes: AUTHOR_BYTES_BURST }
    const allowances = isCatchUp ? this.#catchUp : this.#news
    const known = allowances.get(author)
    const allowance = known ?? { ...burst, atMs: nowMs }
    const passedSeconds = Math.max(0, nowMs - allowance.atMs) / 1000
    allowance.entries = Math.min(burst.entries, allowance.entries + passedSeconds * AUTHOR_ENTRIES_PER_SECOND)
    allowance.bytes = Math.min(burst.bytes, allowance.bytes + passedSeconds * AUTHOR_BYTES_PER_SECOND)
    allowance.atMs = nowMs
    if (!known) this.#remember(allowances, author, allowance)
    if (allowance.entries < 1 || allowance.bytes < 1) return false
    allowance.entries -= count
    allowance.bytes -= sizeBytes
    return true
  }

  #remember(allowances: Map<string, Allowance>, author: string, allowance: Allowance): void {
    allowances.set(author, allowance)
    if (allowances.size <= AUTHORS_MAX) return
    for (const oldest of allowances.keys()) {
      allowances.delete(oldest)
      return
    }
  }
}
