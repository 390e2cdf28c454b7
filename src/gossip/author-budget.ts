import {
  AUTHOR_BYTES_BURST,
  AUTHOR_BYTES_PER_SECOND,
  AUTHOR_ENTRIES_BURST,
  AUTHOR_ENTRIES_PER_SECOND,
  AUTHORS_MAX,
  CATCH_UP_BYTES_BURST,
  CATCH_UP_ENTRIES_BURST,
  OVER_BUDGET_KEPT_MS,
} from './limits.ts'

interface Amount {
  readonly entries: number
  readonly bytes: number
}

/** What may still be passed on at once. It fills up at the author's rates, to the burst or to what is waited for. */
class Allowance {
  readonly #burst: Amount
  #entries: number
  #bytes: number
  #atMs: number
  /** The most that was asked for since something passed: saved up for, and first in line. */
  #awaited: Amount = { entries: 0, bytes: 0 }

  constructor(burst: Amount, initial: Amount, nowMs: number) {
    this.#burst = burst
    this.#entries = initial.entries
    this.#bytes = initial.bytes
    this.#atMs = nowMs
  }

  /** Is all of it there, and of what is waited for? What is not will be. */
  isReady({ entries, bytes }: Amount, nowMs: number): boolean {
    this.#awaited = { entries: Math.max(entries, this.#awaited.entries), bytes: Math.max(bytes, this.#awaited.bytes) }
    this.#fill(nowMs)
    return this.#covers(this.#awaited)
  }

  /** Is all of it there, whatever else is waited for? */
  has(amount: Amount, nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#covers(amount)
  }

  charge({ entries, bytes }: Amount): void {
    this.#entries -= entries
    this.#bytes -= bytes
    this.#awaited = { entries: 0, bytes: 0 }
  }

  #covers({ entries, bytes }: Amount): boolean {
    return this.#entries >= entries && this.#bytes >= bytes
  }

  #fill(nowMs: number): void {
    const passedSeconds = Math.max(0, nowMs - this.#atMs) / 1000
    const entriesMax = Math.max(this.#burst.entries, this.#awaited.entries)
    const bytesMax = Math.max(this.#burst.bytes, this.#awaited.bytes)
    this.#entries = Math.min(entriesMax, this.#entries + passedSeconds * AUTHOR_ENTRIES_PER_SECOND)
    this.#bytes = Math.min(bytesMax, this.#bytes + passedSeconds * AUTHOR_BYTES_PER_SECOND)
    this.#atMs = Math.max(this.#atMs, nowMs)
  }
}

const NEWS: Amount = { entries: AUTHOR_ENTRIES_BURST, bytes: AUTHOR_BYTES_BURST }
const CATCH_UP: Amount = { entries: CATCH_UP_ENTRIES_BURST, bytes: CATCH_UP_BYTES_BURST }

interface Author {
  readonly news: Allowance
  /** What he may have written at his rate since we first heard of him, and has not passed. */
  readonly all: Allowance
  newsHeldAtMs: number
}

/**
 * How much of each author's writing is passed on. Every hop counts for itself, so what an author writes too fast gets to
 * its neighbours and no further. What was written in somebody's absence comes all at once, so more of it may pass than
 * of news; but not from an author whose news has to wait: he is here, and what is fetched of him is the same flood by
 * another way.
 */
export class AuthorBudget {
  readonly #authors = new Map<string, Author>()

  /** Takes the entries from the author's allowance, if all of it is there: they come as they were signed, or not yet. */
  take(name: string, count: number, sizeBytes: number, isCatchUp: boolean, nowMs: number): boolean {
    const author = this.#author(name, isCatchUp, nowMs)
    const { news, all } = author
    const amount = { entries: count, bytes: sizeBytes }
    if (isCatchUp && nowMs - author.newsHeldAtMs >= OVER_BUDGET_KEPT_MS) {
      if (!all.isReady(amount, nowMs)) return false
      all.charge(amount)
      return true
    }
    // What is caught up with neither saves up from the news' allowance nor makes the time longer in which it waits.
    const isThere = isCatchUp ? news.has(amount, nowMs) : news.isReady(amount, nowMs)
    if (!isThere || !all.has(amount, nowMs)) {
      if (!isCatchUp) author.newsHeldAtMs = nowMs
      return false
    }
    news.charge(amount)
    all.charge(amount)
    return true
  }

  #author(name: string, isCatchUp: boolean, nowMs: number): Author {
    const known = this.#authors.get(name)
    if (known) return known
    const author: Author = {
      news: new Allowance(NEWS, NEWS, nowMs),
      // Whose first word here is news has no past that we know of.
      all: new Allowance(CATCH_UP, isCatchUp ? CATCH_UP : NEWS, nowMs),
      newsHeldAtMs: Number.NEGATIVE_INFINITY,
    }
    this.#authors.set(name, author)
    if (this.#authors.size > AUTHORS_MAX)
      for (const oldest of this.#authors.keys()) {
        this.#authors.delete(oldest)
        break
      }
    return author
  }
}
