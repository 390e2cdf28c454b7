import * as Y from 'yjs'
import { assert } from '../base/assert.ts'
import { equalBytes } from '../base/bytes.ts'
import type { FeedId } from '../base/ids.ts'
import type { CutHead } from '../feed/cut.ts'
import type { AppliedEntry, EntryOutcome, HoldReason, ReceivedEntry, RejectReason } from './entry-outcome.ts'
import { FeedPrefix, type FeedRegistration } from './feed-prefix.ts'
import type { Guard } from './guard/guard.ts'
import { hideTheSame, type FeedVisibility } from './hidden-entries.ts'
import { HoldQueue } from './hold-queue.ts'
import { applyShadow, ShadowContainers, ShadowValues } from './shadow-entry.ts'
import { expandUpdate } from './update-body.ts'

/** The last refused entry of a feed, which ends it. */
export interface FeedEnd {
  readonly seq: number
  readonly reason: RejectReason
  readonly detail: string | undefined
  readonly entry: ReceivedEntry
}

/** A feed that waits for another to reach a length. */
type Waiters = Map<FeedId, number>

const APPLIED: EntryOutcome = { status: 'applied' }
const DUPLICATE: EntryOutcome = { status: 'duplicate' }
const DROPPED: EntryOutcome = { status: 'dropped' }
const NONE: readonly CutHead[] = []

/**
 * Takes entries into one Yjs document, each after what its author had seen: judges, applies, holds back. The verdict on
 * an entry is a function of its feed's prefix, its declared cut and its bytes; what is missing only delays it.
 *
 * Runs inside one transaction of its caller, so that a page of entries is one change for whoever watches the document.
 */
export class EntryIntake {
  readonly doc: Y.Doc
  readonly guard: Guard
  readonly prefixes = new Map<FeedId, FeedPrefix>()
  readonly ends = new Map<FeedId, FeedEnd>()
  readonly held = new HoldQueue<ReceivedEntry>()
  /** What was taken in since this was last emptied. */
  applied: AppliedEntry[] = []
  /** The last outcome of each entry since this was last emptied, in the order in which they were first looked at. */
  outcomes = new Map<ReceivedEntry, EntryOutcome>()
  /** The feed that this device writes: nobody else may continue it. */
  ownFeed: FeedId | undefined
  /** Yjs failed in the middle of an update: the document is of no further use. */
  isDamaged = false
  /** Something that was taken in earlier should look otherwise by now: the document is to be made anew. */
  isStale = false
  /** More comes at once: what depends on all of it is decided afterwards. */
  isPartial = false
  /** Whether entries come from this device's own storage, which holds only what was judged before. */
  isTrusting = false
  /** Steps that one check may take; undefined is the guard's own budget. */
  stepsMax: number | undefined
  readonly #waiters = new Map<FeedId, Waiters>()
  readonly #postponed = new Set<FeedId>()
  /** How far beyond their limit the entries of a feed are named by others. */
  readonly #wantedLengths = new Map<FeedId, number>()
  /** Feeds whose entries named what lies beyond a limit, with the position of the last that did. */
  readonly #wanters = new Map<FeedId, number>()
  /** The first entry of each feed that lies beyond the limit and found no room to wait. */
  readonly #letGo = new Map<FeedId, ReceivedEntry>()
  readonly #shadows = { values: new ShadowValues(), containers: new ShadowContainers() }
  readonly #byClient = new Map<number, FeedPrefix>()
  readonly #find = (feed: FeedId): FeedPrefix | undefined => this.prefixes.get(feed)

  constructor(doc: Y.Doc, guard: Guard) {
    this.doc = doc
    this.guard = guard
  }

  register(registration: FeedRegistration): boolean {
    const { feed, client, rights } = registration
    assert(!this.prefixes.has(feed), 'a feed is registered once')
    if (!this.guard.register(client, { feed, rights })) return false
    const prefix = new FeedPrefix(registration)
    this.prefixes.set(feed, prefix)
    this.#byClient.set(client, prefix)
    return true
  }

  /** Looks at one entry, and then at all that waited for it. */
  offer(entry: ReceivedEntry): void {
    const applied = this.#offer(entry)
    if (applied || this.ends.has(entry.feed)) this.advance(entry.feed)
  }

  /** Goes on with what is held of a feed and of those that wait for it. */
  advance(feed: FeedId): void {
    if (this.held.sizeBytes === 0 && this.#letGo.size === 0) return
    const feeds = [feed]
    for (let next = feeds.pop(); next !== undefined; next = feeds.pop()) {
      this.#advanceFeed(next, feeds)
      this.#wakeWaiters(next, feeds)
    }
  }

  /** After the feed was registered, or got another limit: those who wait for it may name what lies beyond. */
  reconsider(feed: FeedId): void {
    this.advance(feed)
    // A copy: who goes on waiting is put at the end again.
    const waiters = [...(this.#waiters.get(feed)?.keys() ?? [])]
    for (const waiter of waiters) this.advance(waiter)
  }

  retryPostponed(): void {
    const feeds = [...this.#postponed]
    this.#postponed.clear()
    for (const feed of feeds) this.advance(feed)
  }

  /** To be called at the end of each transaction. */
  finish(): void {
    if (this.isPartial) return
    this.#shadows.containers.deleteRest(this.doc)
    const hasChanged = this.#shadows.values.refresh(({ client, from, to }) => {
      const prefix = this.#byClient.get(client)
      return prefix === undefined ? to - 1 : prefix.lastShownClock(from, to)
    })
    if (hasChanged) this.isStale = true
  }

  /** Changes what of a feed is hidden. True if what is here is not right any more. */
  setVisibility(prefix: FeedPrefix, visibility: FeedVisibility): boolean {
    const former = prefix.visibility
    prefix.visibility = visibility
    // A limit above all that was looked at changes nothing that was done here.
    const reach = Math.max(prefix.length, (this.#wanters.get(prefix.feed) ?? -1) + 1)
    const isBounded = Math.min(visibility.limit ?? reach, reach) === Math.min(former.limit ?? reach, reach)
    return !isBounded || !hideTheSame(former, visibility, prefix.length)
  }

  /** Takes over what waited in the document that this one replaces. Called when the rest was loaded. */
  inherit(former: EntryIntake): void {
    for (const [feed, entry] of former.#letGo) this.#letGo.set(feed, entry)
    for (const entry of former.held.values()) this.offer(entry)
    for (const feed of this.#letGo.keys()) this.advance(feed)
  }

  /** Forgets what is here of a feed from a position on and not taken in: the pinned branch is another. */
  forgetFrom(feed: FeedId, seq: number): void {
    for (const entry of this.held.takeAll(feed)) if (entry.seq < seq) this.held.add(entry)
    const end = this.ends.get(feed)
    if (end !== undefined && end.seq >= seq) this.ends.delete(feed)
    this.#letGo.delete(feed)
  }

  /** Takes note of an own entry whose changes are in the document already. */
  pushOwn(entry: AppliedEntry, prefix: FeedPrefix): void {
    prefix.push(entry.clockTo, entry.cut, this.#find)
    this.applied.push(entry)
  }

  /** Adds a cut of everything that is here to the own feed's view. It is closed, since everything here is. */
  seeAll(prefix: FeedPrefix, cut: readonly CutHead[]): void {
    assert(prefix.see(cut, this.#find), 'what is here is closed')
  }

  #offer(entry: ReceivedEntry): boolean {
    const prefix = this.prefixes.get(entry.feed)
    const end = this.ends.get(entry.feed)
    if (end !== undefined && entry.seq >= end.seq) {
      this.outcomes.set(entry, { status: 'rejected', reason: 'feed-rejected', detail: end.reason })
      return false
    }
    if (prefix !== undefined && entry.seq < prefix.length) {
      this.outcomes.set(entry, DUPLICATE)
      return false
    }
    if (entry.feed === this.ownFeed) {
      this.outcomes.set(entry, { status: 'held', reason: 'own-feed', missing: NONE })
      return false
    }
    const waiting = this.held.sizeBytes === 0 ? undefined : this.held.get(entry.feed, entry.seq)
    if (waiting !== undefined) {
      const same = equalBytes(waiting.body, entry.body)
      this.outcomes.set(entry, same ? DUPLICATE : { status: 'rejected', reason: 'fork' })
      return false
    }
    if (prefix === undefined) return this.#hold(entry, 'feed-unknown', NONE)
    if (entry.seq > prefix.length) {
      return this.#hold(entry, 'earlier-entries', [{ feed: entry.feed, length: entry.seq }])
    }
    return this.#attempt(prefix, entry)
  }

  #advanceFeed(feed: FeedId, feeds: FeedId[]): void {
    const prefix = this.prefixes.get(feed)
    if (prefix === undefined || this.ends.has(feed) || feed === this.ownFeed) return
    const letGo = this.#letGo.get(feed)
    if (letGo !== undefined && !this.#isBeyondLimit(letGo)) {
      // It may come in after all, and is to be fetched once more.
      this.#letGo.delete(feed)
      this.outcomes.set(letGo, DROPPED)
    }
    for (;;) {
      const entry = this.held.take(feed, prefix.length)
      if (entry === undefined || !this.#attempt(prefix, entry, feeds)) return
    }
  }

  #wakeWaiters(feed: FeedId, feeds: FeedId[]): void {
    const waiters = this.#waiters.get(feed)
    if (waiters === undefined) return
    const length = this.prefixes.get(feed)?.length ?? 0
    const hasEnded = this.ends.has(feed)
    for (const [waiter, needed] of waiters) {
      if (length < needed && !hasEnded) continue
      waiters.delete(waiter)
      feeds.push(waiter)
    }
    if (waiters.size === 0) this.#waiters.delete(feed)
  }

  /** Judges the next entry of a feed. True if it was applied; `feeds` gets those worth looking at again. */
  #attempt(prefix: FeedPrefix, entry: ReceivedEntry, feeds?: FeedId[]): boolean {
    const { client } = prefix
    if (this.#isBeyondLimit(entry)) return this.#hold(entry, 'limit', NONE)
    const isShadow = prefix.hides(entry.seq)
    const missing = prefix.missing(entry.cut, this.#find)
    if (missing.length > 0) return this.#awaitHeads(entry, missing, feeds)
    const clockFrom = prefix.endClock
    const update = expandUpdate(entry.body, client, clockFrom)
    if (!update.ok) return this.#reject(entry, update.reason, update.detail)
    if (!prefix.see(entry.cut, this.#find)) return this.#reject(entry, 'cut')
    const checked = this.isTrusting
      ? this.guard.recall(client, update.value)
      : this.guard.check(client, prefix.view, update.value, this.stepsMax)
    if (!checked.ok) {
      assert(checked.reason !== 'view', 'a view names entries that are here')
      if (checked.reason !== 'postponed') return this.#reject(entry, checked.reason, checked.detail)
      this.#postponed.add(entry.feed)
      return this.#hold(entry, 'postponed', NONE)
    }
    const { to } = checked.value
    const range = { client, from: clockFrom, to }
    try {
      if (isShadow) applyShadow(this.doc, update.value, range, this.#shadows)
      else {
        Y.applyUpdate(this.doc, update.value)
        if (!this.#shadows.containers.keepAround(this.doc, range)) this.isStale = true
      }
    } catch (error) {
      this.isDamaged = true
      return this.#reject(entry, 'apply-failed', String(error))
    }
    this.guard.commit(checked.value)
    prefix.push(to, entry.cut, this.#find)
    const { feed, seq, cut, receivedAtMs } = entry
    this.applied.push({ feed, client, seq, cut, clockFrom, clockTo: to, receivedAtMs, isShadow })
    this.outcomes.set(entry, APPLIED)
    return true
  }

  /** An entry that includes a refused one can never be right; otherwise it waits for the first of what is missing. */
  #awaitHeads(entry: ReceivedEntry, missing: readonly CutHead[], feeds: FeedId[] | undefined): boolean {
    // Before anything is refused: what stands here must not depend on which of them came first.
    const wanted = missing.filter((head) => this.#want(head, entry)).map(({ feed }) => feed)
    for (const { feed, length } of missing) {
      const end = this.ends.get(feed)
      if (end !== undefined && end.seq < length) {
        this.#reject(entry, 'cut', 'includes a refused entry')
        this.#advanceAll(wanted, feeds)
        return false
      }
    }
    const [first] = missing
    assert(first !== undefined, 'something is missing')
    let waiters = this.#waiters.get(first.feed)
    if (waiters === undefined) this.#waiters.set(first.feed, (waiters = new Map()))
    waiters.set(entry.feed, first.length)
    this.#hold(entry, 'heads', missing)
    this.#advanceAll(wanted, feeds)
    return false
  }

  /** Lets in what lies beyond a limit, as `entry` names it. False if it does not, or it is let in already. */
  #want({ feed, length }: CutHead, entry: ReceivedEntry): boolean {
    const limit = this.prefixes.get(feed)?.limit
    if (limit === undefined || length <= limit) return false
    this.#wanters.set(entry.feed, entry.seq)
    if (length <= (this.#wantedLengths.get(feed) ?? 0)) return false
    this.#wantedLengths.set(feed, length)
    return true
  }

  #advanceAll(wanted: readonly FeedId[], feeds: FeedId[] | undefined): void {
    if (feeds !== undefined) feeds.push(...wanted)
    else for (const feed of wanted) this.advance(feed)
  }

  #hold(entry: ReceivedEntry, reason: HoldReason, missing: readonly CutHead[]): false {
    this.outcomes.set(entry, { status: 'held', reason, missing })
    for (const evicted of this.held.add(entry)) {
      const { feed, seq } = evicted
      if (this.#isBeyondLimit(evicted)) {
        if (seq < (this.#letGo.get(feed)?.seq ?? Infinity)) this.#letGo.set(feed, evicted)
        this.outcomes.set(evicted, { status: 'held', reason: 'limit', missing: NONE })
      } else this.outcomes.set(evicted, DROPPED)
    }
    return false
  }

  #isBeyondLimit({ feed, seq }: ReceivedEntry): boolean {
    const limit = this.prefixes.get(feed)?.limit
    return limit !== undefined && seq >= limit && seq >= (this.#wantedLengths.get(feed) ?? 0)
  }

  #reject(entry: ReceivedEntry, reason: RejectReason, detail?: string): false {
    this.outcomes.set(entry, { status: 'rejected', reason, detail })
    this.ends.set(entry.feed, { seq: entry.seq, reason, detail, entry })
    for (const later of this.held.takeAll(entry.feed)) {
      this.outcomes.set(later, { status: 'rejected', reason: 'feed-rejected', detail: reason })
    }
    return false
  }
}
