import type { LocalFeed } from './feed-index.ts'
import { WATCH_INTERVAL_MS } from './limits.ts'
import { Skew } from './skew.ts'
import type { SyncContext } from './sync-context.ts'

/**
 * Feeds of which there is news, and whose entries are on their way, as far as anybody knows. After a while that is
 * measured they are asked for.
 */
export class Expectations {
  readonly #context: SyncContext
  readonly #expected = new Set<LocalFeed>()
  readonly #skew = new Skew()

  constructor(context: SyncContext) {
    this.#context = context
  }

  get isEmpty(): boolean {
    return this.#expected.size === 0
  }
  get dueMs(): number {
    const { awakeMs } = this.#context
    let dueMs = Number.POSITIVE_INFINITY
    // Those that are overdue wait for somebody to be free, which is no matter of time.
    for (const { askAtMs = awakeMs } of this.#expected)
      dueMs = Math.min(dueMs, askAtMs > awakeMs ? askAtMs : awakeMs + WATCH_INTERVAL_MS)
    return dueMs
  }

  add(feed: LocalFeed): void {
    feed.toldAtMs ??= this.#context.awakeMs
    feed.askAtMs = this.#context.awakeMs + this.#skew.patienceMs
    this.#expected.add(feed)
  }

  /** Some of it came, so what follows is on its way too. */
  renew(feed: LocalFeed): void {
    if (this.#expected.has(feed)) feed.askAtMs = this.#context.awakeMs + this.#skew.patienceMs
  }

  remove(feed: LocalFeed): void {
    if (!this.#expected.delete(feed)) return
    feed.askAtMs = undefined
    feed.toldAtMs = undefined
  }

  has(feed: LocalFeed): boolean {
    return this.#expected.has(feed)
  }

  /** It may still come by itself. */
  isWaiting(feed: LocalFeed): boolean {
    return feed.askAtMs !== undefined && feed.askAtMs > this.#context.awakeMs
  }

  overdue(): LocalFeed[] {
    return [...this.#expected].filter((feed) => !this.isWaiting(feed))
  }

  /** An entry was pushed, some time after the news of it, if that came before. */
  cameByItself(feed: LocalFeed): void {
    if (feed.toldAtMs === undefined) return
    this.#skew.heed(this.#context.awakeMs - feed.toldAtMs)
    feed.toldAtMs = undefined
  }
}
