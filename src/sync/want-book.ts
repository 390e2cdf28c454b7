import { assert } from '../base/assert.ts'
import type { SignedEntry } from '../feed/chain.ts'
import { hashPrefixOf, type LocalFeed } from './feed-index.ts'
import { bytesOf, type Chunk } from './inbox.ts'
import {
  AVOID_MS,
  GRAFT_CREDIT_BYTES,
  GRAFT_PATIENCE_MIN_MS,
  GRAFT_ROUND_TRIPS,
  GRAFTS_MAX,
  NEWS_ENTRIES_MAX,
  SERVES_PER_LINK_MAX,
  STALL_MS,
  WANT_CREDIT_BYTES,
  WANTS_MAX,
  WANTS_PER_LINK_MAX,
  WATCH_INTERVAL_MS,
  WITHHELD_MS,
} from './limits.ts'
import type { LinkState, Want } from './link-state.ts'
import type { SyncContext } from './sync-context.ts'

/**
 * The wants under way: who may be asked, what credit they have, and what becomes of those that nobody answers. A graft
 * is a want for what there was only news of: small, urgent, and sent to the nearest.
 */
export class WantBook {
  readonly #context: SyncContext
  #wants = 0
  #grafts = 0

  constructor(context: SyncContext) {
    this.#context = context
  }

  isFull(isGraft: boolean): boolean {
    return isGraft ? this.#grafts >= GRAFTS_MAX : this.#wants >= WANTS_MAX
  }

  /** When to look after what is under way. */
  get dueMs(): number {
    const { awakeMs, links } = this.#context
    if (this.#wants + this.#grafts === 0) return Number.POSITIVE_INFINITY
    let dueMs = awakeMs + WATCH_INTERVAL_MS
    if (this.#grafts === 0) return dueMs
    for (const link of links.values())
      for (const want of link.wants.values()) {
        const atMs = want.progressAtMs + patienceOf(link, want)
        if (want.isGraft && !want.isCancelled && atMs > awakeMs) dueMs = Math.min(dueMs, atMs)
      }
    return dueMs
  }

  /** Who is asked: the link with the least to do, or, for news, the nearest. */
  bestSupplier(feed: LocalFeed, except: LinkState | undefined, isGraft: boolean): LinkState | undefined {
    const wantsMax = isGraft ? SERVES_PER_LINK_MAX : WANTS_PER_LINK_MAX
    let best: LinkState | undefined
    for (const link of this.#context.links.values()) {
      const record = link.get(feed.id)
      if (link === except || !record || record.isDiverged || record.claimed <= feed.head.length) continue
      if (record.avoidUntilMs > this.#context.awakeMs || link.wants.size >= wantsMax) continue
      const isNearer = best !== undefined && link.roundTripMs < best.roundTripMs
      const isFreer = best !== undefined && link.wants.size < best.wants.size
      if (!best || (isGraft ? isNearer : isFreer)) best = link
    }
    return best
  }

  ask(link: LinkState, feed: LocalFeed, isGraft: boolean): void {
    const record = link.get(feed.id)
    assert(record, 'a supplier has spoken of the feed')
    const to = feed.inbox.nextFrom(feed.head.length, link.id)
    const claimed = Math.min(record.claimed, to ?? record.claimed)
    const want: Want = {
      number: link.nextWant(),
      feed: feed.id,
      claimed,
      next: feed.head.length,
      creditBytes: isGraft ? GRAFT_CREDIT_BYTES : WANT_CREDIT_BYTES,
      spentBytes: 0,
      isCancelled: false,
      isGraft,
      isNews: isGraft && claimed - feed.head.length <= NEWS_ENTRIES_MAX,
      isOverdue: false,
      progressAtMs: this.#context.awakeMs,
    }
    link.wants.set(want.number, want)
    this.#count(want, 1)
    feed.supplier = link.id
    if (isGraft) this.#context.spread?.graft(feed.id, link.id, this.#context.nowMs)
    this.#context.send(link, {
      type: 'want',
      want: want.number,
      feed: link.refer(record),
      from: want.next,
      to: to ?? 0,
      hashPrefix: hashPrefixOf(feed.head),
      creditBytes: want.creditBytes,
      ...(isGraft ? { isGraft } : {}),
    })
  }

  /** The other side gave its last answer. */
  end(link: LinkState, want: Want): void {
    link.wants.delete(want.number)
    this.#count(want, -1)
    const feed = this.#context.feeds.get(want.feed)
    if (!want.isCancelled && feed?.supplier === link.id) feed.supplier = undefined
  }

  cancel(link: LinkState, want: Want): void {
    if (want.isCancelled) return
    want.isCancelled = true
    want.progressAtMs = this.#context.awakeMs
    const feed = this.#context.feeds.get(want.feed)
    if (feed?.supplier === link.id) feed.supplier = undefined
    this.#context.send(link, { type: 'cancel', want: want.number })
  }

  /** Entries became durable, so as many more may come. */
  accepted(feed: LocalFeed, settled: Chunk, entries: readonly SignedEntry[]): void {
    const link = this.#context.links.get(settled.link)
    if (!link) return
    if (settled.isPush) link.badPushes = 0
    for (const want of link.wants.values()) {
      if (want.feed !== feed.id || want.isCancelled || settled.isPush) continue
      want.spentBytes += bytesOf(entries)
      if (want.spentBytes * 2 < (want.isGraft ? GRAFT_CREDIT_BYTES : WANT_CREDIT_BYTES)) continue
      this.#context.send(link, { type: 'credit', want: want.number, creditBytes: want.spentBytes })
      want.creditBytes += want.spentBytes
      want.spentBytes = 0
      want.progressAtMs = this.#context.awakeMs
    }
  }

  linkGone(link: LinkState): void {
    for (const want of link.wants.values()) this.#count(want, -1)
    link.wants.clear()
  }

  /** Gives up on suppliers that don't deliver, where there is another, and at last on their links. */
  watch(): void {
    for (const link of this.#context.links.values())
      for (const want of link.wants.values()) {
        if (want.creditBytes > 0 || want.isCancelled) this.#watch(link, want)
        if (!this.#context.isOpen(link)) break
      }
  }

  #watch(link: LinkState, want: Want): void {
    const { awakeMs } = this.#context
    const stalledMs = awakeMs - want.progressAtMs
    if (stalledMs >= WITHHELD_MS) return this.#context.close(link, 'withheld')
    // News is small: three seconds are no matter of a slow link.
    if (want.isGraft && stalledMs >= STALL_MS && !want.isOverdue) {
      want.isOverdue = true
      this.#context.fault(link, 'broken-promise')
    }
    const feed = this.#context.feeds.get(want.feed)
    if (!feed || want.isCancelled || stalledMs < patienceOf(link, want)) return
    if (!this.bestSupplier(feed, link, want.isGraft)) return
    const record = link.get(want.feed)
    if (record) record.avoidUntilMs = awakeMs + AVOID_MS
    this.cancel(link, want)
  }

  #count(want: Want, by: 1 | -1): void {
    if (want.isGraft) this.#grafts += by
    else this.#wants += by
  }
}

/** How long a link that claims to have something may take, before another that does is asked. */
const patienceOf = (link: LinkState, want: Want): number =>
  want.isGraft ? Math.max(GRAFT_PATIENCE_MIN_MS, link.roundTripMs * GRAFT_ROUND_TRIPS) : STALL_MS
