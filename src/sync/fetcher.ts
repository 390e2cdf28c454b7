import { assert } from '../base/assert.ts'
import { equalBytes } from '../base/bytes.ts'
import { SIGNATURE_BYTES, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import { hashPrefixOf, type LocalFeed } from './feed-index.ts'
import { bytesOf, type Chunk } from './inbox.ts'
import {
  AVOID_MS,
  BAD_PUSHES_MAX,
  FEED_LENGTH_MAX,
  NEWS_ENTRIES_MAX,
  RANGE_BYTES_MAX,
  RETRIES_MAX,
  RETRY_FIRST_MS,
  RETRY_LAST_MS,
  WATCH_INTERVAL_MS,
} from './limits.ts'
import type { LinkFeed, LinkState, Want } from './link-state.ts'
import { Expectations } from './expectations.ts'
import type { SyncContext } from './sync-context.ts'
import type { SyncMessage } from './sync-message.ts'
import { WantBook } from './want-book.ts'

type Push = Extract<SyncMessage, { type: 'push' }>
type Range = Extract<SyncMessage, { type: 'range' }>

/**
 * The asking side. It knows what every link claims to have, asks for what is missing, and hands contiguous entries on
 * to be judged. Invariants: a feed has at most one supplier and one ingest under way; a want ends with the other side's
 * last range and not before; what waits here is bounded by the wants' credit.
 */
export class Fetcher {
  readonly #context: SyncContext
  readonly #prove: (link: LinkState, record: LinkFeed, head: ChainHead) => void
  /** Feeds of which others have more, logs apart because they come first. */
  readonly #needy = { log: new Set<LocalFeed>(), document: new Set<LocalFeed>() }
  /** Feeds whose ingest is to be tried again. */
  readonly #resting = new Set<LocalFeed>()
  readonly #expected: Expectations
  readonly #wants: WantBook
  #missing = 0
  /** Somebody may be asked for something since the last plan. */
  #isPlanDue = false

  /** `prove` sends the other side our signed branch of a feed that it has another history of. */
  constructor(context: SyncContext, prove: (link: LinkState, record: LinkFeed, head: ChainHead) => void) {
    this.#context = context
    this.#prove = prove
    this.#expected = new Expectations(context)
    this.#wants = new WantBook(context)
  }

  get missingEntries(): number {
    return this.#missing
  }
  /** When to look after what is under way. */
  get dueMs(): number {
    const restingMs = this.#resting.size > 0 ? this.#context.awakeMs + WATCH_INTERVAL_MS : Number.POSITIVE_INFINITY
    return Math.min(restingMs, this.#wants.dueMs, this.#expected.dueMs)
  }

  /** The other side says how much of a feed it has. */
  heed(link: LinkState, record: LinkFeed, length: number, hashPrefix: Uint8Array): void {
    const isNews = length > record.claimed
    record.claimed = length
    record.claimedHashPrefix = hashPrefix
    record.has = Math.max(record.has, length)
    record.avoidUntilMs = 0
    const feed = this.#localFeed(record)
    if (!feed) return
    if (isNews && feed.retries > RETRIES_MAX) feed.retries = 0
    this.#checkHistory(link, record, feed)
    // A head is told of what was missed, so nobody else will bring it.
    if (length > feed.inbox.endFrom(feed.head.length)) this.#expected.remove(feed)
    this.updateMissing(feed)
  }

  /** The other side has so much of a feed. What is missing here may be on its way by another link. */
  heedHave(link: LinkState, record: LinkFeed, length: number): void {
    if (length > record.claimed) {
      this.#show(record, length)
      record.avoidUntilMs = 0
      const feed = this.#localFeed(record)
      if (feed?.use === 'full' && feed.missing === 0 && length > feed.inbox.endFrom(feed.head.length))
        this.#expected.add(feed)
      if (feed) this.updateMissing(feed)
    }
    const known = this.#context.feeds.get(record.id)
    if (known && (known.isOwn || known.use !== 'full')) return
    if (this.#context.spread?.wantsMore(record.id, link.id, this.#context.nowMs) !== true) return
    this.#context.spread.graft(record.id, link.id, this.#context.nowMs)
    this.#context.send(link, { type: 'graft', feeds: [link.refer(record)] })
  }

  heedPush(link: LinkState, record: LinkFeed, push: Push): void {
    const seq = push.seq ?? record.pushedIn
    if (seq === undefined) return this.#context.close(link, 'malformed', 'push without a number')
    const end = seq + push.entries.length
    if (end > FEED_LENGTH_MAX) return this.#context.close(link, 'malformed', 'push past the end')
    record.pushedIn = end
    this.#show(record, end)
    const feed = this.#localFeed(record)
    const chunk = { link: link.id, from: seq, entries: push.entries, isPush: true, isNews: true }
    if (!feed) {
      if (record.kind === 'document' && link.keepEarly(record.id, chunk)) record.told = Math.max(record.told, end)
      return
    }
    if (feed.refusal !== undefined || feed.use !== 'full') return
    this.#countCopy(link, record, feed, end)
    if (end <= feed.head.length) {
      record.told = Math.max(record.told, end)
      return
    }
    if (!record.isDiverged) {
      if (feed.inbox.offer(chunk)) record.told = Math.max(record.told, end)
      this.#ingest(feed)
    }
    this.updateMissing(feed)
  }

  heedRange(link: LinkState, range: Range): void {
    const want = link.wants.get(range.want)
    if (!want) return this.#context.close(link, 'range-not-asked-for')
    const bytes = bytesOf(range.entries)
    const count = range.entries.length
    if (count > 0) {
      if (want.creditBytes <= 0) return this.#context.close(link, 'range-over-credit')
      if (range.from !== want.next) return this.#context.close(link, 'malformed', 'range out of order')
      if (count > 1 && bytes > RANGE_BYTES_MAX) return this.#context.close(link, 'malformed', 'range too long')
      want.next += count
      want.creditBytes -= bytes
      want.progressAtMs = this.#context.awakeMs
    }
    const feed = this.#context.feeds.get(want.feed)
    const record = link.get(want.feed)
    assert(record, 'a want names a feed of its link')
    this.#show(record, want.next)
    record.told = Math.max(record.told, want.next)
    if (range.end !== 'more') this.#endWant(link, record, want, range.end)
    const isTaken = feed?.use === 'full' && feed.refusal === undefined
    if (!isTaken || !this.#context.isOpen(link)) return
    if (count > 0) {
      const { from, entries } = range
      const chunk = { link: link.id, from, entries, isPush: false, isNews: want.isNews }
      if (!feed.inbox.offer(chunk) && range.end === 'more') this.#wants.cancel(link, want)
    }
    this.#ingest(feed)
    this.updateMissing(feed)
  }

  /** The chain got longer. What the entries came as is returned, unless we wrote them. */
  appended(feed: LocalFeed, head: ChainHead, entries: readonly SignedEntry[]): Chunk | undefined {
    feed.head = head
    this.#context.changedAtMs = this.#context.awakeMs
    const settled = feed.inbox.isCovered(head.length) ? feed.inbox.settle() : undefined
    if (settled) this.#wants.accepted(feed, settled, entries)
    feed.retries = 0
    this.#resting.delete(feed)
    if (feed.kind === 'log') this.#wakeResting()
    for (const link of this.#context.links.values()) {
      const record = link.get(feed.id)
      if (record) this.#checkHistory(link, record, feed)
    }
    this.#ingest(feed)
    this.#expected.renew(feed)
    this.updateMissing(feed)
    return settled && { ...settled, isNews: settled.isNews && !this.#isPast(feed, settled) }
  }

  refused(feed: LocalFeed, reason: string): void {
    feed.refusal = reason
    this.#stop(feed)
    this.#resting.delete(feed)
    this.updateMissing(feed)
  }

  retry(feed: LocalFeed): void {
    this.#stop(feed)
    feed.retries++
    const pauseMs = Math.min(RETRY_FIRST_MS * 2 ** (feed.retries - 1), RETRY_LAST_MS)
    feed.retryAtMs = this.#context.awakeMs + pauseMs
    if (feed.retries <= RETRIES_MAX && feed.use === 'full') this.#resting.add(feed)
    this.updateMissing(feed)
  }

  /**
   * A push that does not continue our chain may come from an honest peer who has another branch, so we ask it for what
   * follows our head's hash. A range that does not continue it is the answer to that, and has no excuse.
   */
  forged(feed: LocalFeed): void {
    const settled = feed.inbox.settle()
    if (!settled) return
    feed.inbox.clear(settled.link)
    const link = this.#context.links.get(settled.link)
    if (link && !settled.isPush) this.#context.close(link, 'forged-range')
    else if (link) {
      this.#context.spread?.heedBadPush(feed.id, link.id)
      if (++link.badPushes > BAD_PUSHES_MAX) this.#context.close(link, 'bad-pushes')
    }
    this.#ingest(feed)
    this.updateMissing(feed)
  }

  /** A feed that links may have spoken of already. */
  registered(feed: LocalFeed): void {
    for (const link of this.#context.links.values()) {
      const record = link.get(feed.id)
      if (!record) continue
      for (const chunk of link.takeEarly(feed.id)) if (feed.use === 'full') feed.inbox.offer(chunk)
      this.#checkHistory(link, record, feed)
    }
    this.#ingest(feed)
    this.updateMissing(feed)
  }

  /** What the link has told of counts otherwise than before. */
  recount(link: LinkState): void {
    for (const { id } of link.feeds()) {
      const feed = this.#context.feeds.get(id)
      if (feed) this.updateMissing(feed)
    }
  }

  /** It is taken no more: nobody is asked for it, and what has come and is not being judged is forgotten. */
  retire(feed: LocalFeed): void {
    feed.inbox.clear()
    feed.retries = 0
    this.#resting.delete(feed)
    this.#cancel(feed)
    this.updateMissing(feed)
  }

  /** Asks others for what this link was asked for, and forgets the logs that it alone spoke of. */
  linkGone(link: LinkState): void {
    this.#wants.linkGone(link)
    this.#isPlanDue = true
    for (const { id } of link.feeds()) {
      const feed = this.#context.feeds.get(id)
      if (!feed) continue
      if (feed.supplier === link.id) feed.supplier = undefined
      feed.inbox.clear(link.id)
      this.updateMissing(feed)
      if (!feed.isProvisional || feed.inbox.inFlight || feed.supplier !== undefined) continue
      if ([...this.#context.links.values()].some((other) => (other.get(id)?.claimed ?? 0) > 0)) continue
      this.#resting.delete(feed)
      this.#expected.remove(feed)
      this.#needy.log.delete(feed)
      this.#context.feeds.removeProvisional(feed)
    }
  }

  /** Looks after suppliers that don't deliver and feeds that rested long enough. */
  watch(): void {
    const { awakeMs } = this.#context
    this.#isPlanDue = true
    for (const feed of this.#expected.overdue()) this.updateMissing(feed)
    for (const feed of this.#resting) {
      if (feed.retryAtMs > awakeMs) continue
      this.#resting.delete(feed)
      this.#ingest(feed)
    }
    this.#wants.watch()
  }

  /** Decides who is asked for what: logs before documents, each feed from the link with the least to do. */
  plan(): void {
    if (!this.#isPlanDue) return
    this.#isPlanDue = false
    for (const needy of [this.#needy.log, this.#needy.document]) {
      for (const feed of needy) {
        const isGraft = this.#expected.has(feed)
        if (this.#wants.isFull(isGraft) || this.#expected.isWaiting(feed)) continue
        if (feed.supplier !== undefined || feed.inbox.inFlight || this.#resting.has(feed)) continue
        if (feed.retries > RETRIES_MAX) continue
        const link = this.#wants.bestSupplier(feed, undefined, isGraft)
        if (link) this.#wants.ask(link, feed, isGraft)
        if (this.#wants.isFull(false) && this.#expected.isEmpty) return
      }
    }
  }

  updateMissing(feed: LocalFeed): void {
    let known = 0
    let believed = 0
    for (const link of this.#context.links.values()) {
      const record = link.get(feed.id)
      if (!record || record.isDiverged) continue
      known = Math.max(known, record.claimed)
      if (!link.isDoubted) believed = Math.max(believed, record.claimed)
    }
    const end = feed.inbox.endFrom(feed.head.length)
    const isTaken = feed.refusal === undefined && feed.use === 'full'
    const missing = isTaken ? Math.max(0, known - end) : 0
    feed.missing = missing
    if (missing === 0) this.#expected.remove(feed)
    const counted = this.#expected.isWaiting(feed) ? 0 : Math.min(missing, Math.max(0, believed - end))
    this.#missing += counted - feed.countedMissing
    feed.countedMissing = counted
    this.#needy.log.delete(feed)
    this.#needy.document.delete(feed)
    if (missing === 0) return
    this.#needy[feed.kind].add(feed)
    this.#isPlanDue = true
  }

  /** The other side has another history than we: it can neither serve us this feed nor be pushed it. */
  diverged(link: LinkState, record: LinkFeed, head: ChainHead): void {
    if (record.isDiverged) return
    record.isDiverged = true
    const { id } = record
    this.#context.emit({ type: 'fork-suspected', link: link.id, feed: id, length: head.length, branch: undefined })
    this.#prove(link, record, head)
  }

  /** Another copy of an entry. Whoever brings more than are wanted is asked to stop. */
  #countCopy(link: LinkState, record: LinkFeed, feed: LocalFeed, end: number): void {
    const { spread, nowMs } = this.#context
    if (!spread) return
    const copy = feed.copies.count(end)
    if (copy === 1) this.#expected.cameByItself(feed)
    // Of what we write ourselves any copy is one too many.
    if (spread.heedCopy(feed.id, link.id, copy, nowMs) || feed.isOwn)
      this.#context.send(link, { type: 'prune', feeds: [link.refer(record)] })
  }

  /**
   * Anybody may push what somebody else wrote long ago, and that must not count as the author's haste. Whether it was
   * written just now the others know; what the pusher itself says is no matter, as the author of a flood may push it.
   */
  #isPast(feed: LocalFeed, { link: pusher, isPush }: Chunk): boolean {
    if (!isPush) return false
    for (const link of this.#context.links.values()) {
      const record = link.id === pusher ? undefined : link.get(feed.id)
      if (record && !record.isDiverged && record.claimed - feed.head.length > NEWS_ENTRIES_MAX) return true
    }
    return false
  }

  #localFeed(record: LinkFeed): LocalFeed | undefined {
    const feed = this.#context.feeds.get(record.id)
    if (feed || record.kind !== 'log' || record.claimed === 0) return feed
    return this.#context.feeds.addProvisional(record.id)
  }

  /** The other side gave us entries up to `end`, so it has them. */
  #show(record: LinkFeed, end: number): void {
    record.has = Math.max(record.has, end)
    if (end <= record.claimed) return
    record.claimed = end
    record.claimedHashPrefix = undefined
  }

  #checkHistory(link: LinkState, record: LinkFeed, feed: LocalFeed): void {
    const { head } = feed
    if (record.claimed !== head.length || head.length === 0 || !record.claimedHashPrefix) return
    if (!equalBytes(record.claimedHashPrefix, hashPrefixOf(head))) this.diverged(link, record, head)
  }

  #ingest(feed: LocalFeed): void {
    if (feed.refusal !== undefined || feed.use !== 'full' || this.#resting.has(feed)) return
    const chunk = feed.inbox.next(feed.head.length)
    if (!chunk) return
    const { link, from, entries } = chunk
    assert(entries.at(-1)?.signature?.length === SIGNATURE_BYTES, 'an ingest ends with a signature')
    this.#context.emit({ type: 'ingest', link, feed: feed.id, from, entries })
  }

  /** A new operation may be what a feed's ingest waited for. */
  #wakeResting(): void {
    const woken = [...this.#resting]
    this.#resting.clear()
    this.#isPlanDue = true
    for (const feed of woken) {
      feed.retries = 0
      // What came while it rested is here already: nobody will be asked for it.
      this.#ingest(feed)
    }
  }

  #endWant(link: LinkState, record: LinkFeed, want: Want, end: 'done' | 'declined' | 'diverged'): void {
    this.#wants.end(link, want)
    this.#isPlanDue = true
    const feed = this.#context.feeds.get(want.feed)
    if (end === 'declined' && !want.isCancelled) record.avoidUntilMs = this.#context.awakeMs + AVOID_MS
    if (end === 'diverged' && feed) this.diverged(link, record, feed.head)
    if (end === 'done' && want.next < want.claimed) this.#context.close(link, 'promised-more')
  }

  #stop(feed: LocalFeed): void {
    feed.inbox.settle()
    feed.inbox.clear()
    this.#cancel(feed)
  }

  #cancel(feed: LocalFeed): void {
    const link = feed.supplier === undefined ? undefined : this.#context.links.get(feed.supplier)
    if (!link) return
    for (const want of link.wants.values()) if (want.feed === feed.id) this.#wants.cancel(link, want)
  }
}
