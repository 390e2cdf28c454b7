import { assert, unreachable } from '../base/assert.ts'
import { equalBytes } from '../base/bytes.ts'
import type { FeedId, SessionId } from '../base/ids.ts'
import { Announcer } from './announcer.ts'
import { Claims } from './claims.ts'
import { Comparer } from './comparer.ts'
import { Fetcher } from './fetcher.ts'
import { HoldBack } from './hold-back.ts'
import { AWAKE_GAP_MS, LINKS_MAX, NEIGHBOURS_AFTER_MS, PING_INTERVAL_MS, SILENCE_MS, TICK_EARLY_MS } from './limits.ts'
import { LinkState, shortSessionOf, type LinkFeed } from './link-state.ts'
import type { SpreadPolicy } from './spread-policy.ts'
import { Skips } from './skips.ts'
import { Statements } from './statements.ts'
import { Supplier } from './supplier.ts'
import { SyncContext } from './sync-context.ts'
import type { FeedUse, LinkId, SyncEffect, SyncEvent } from './sync-event.ts'
import { decodeSyncMessage, type FeedReference, type SyncMessage } from './sync-message.ts'

type EventOf<T extends SyncEvent['type']> = Extract<SyncEvent, { type: T }>

/**
 * Keeps one room's feeds equal on both sides of every link: catch-up for what is missing, pushes for what is new. It
 * has no IO, no clock and no random numbers, and it judges nothing: entries are opaque here, and whether they may join
 * a feed comes back as an event. The rules SY1 to SY24 are in SPEC.md.
 */
export class SyncMachine {
  readonly #context: SyncContext
  readonly #supplier: Supplier
  readonly #fetcher: Fetcher
  readonly #announcer: Announcer
  readonly #comparer: Comparer
  readonly #holdBack: HoldBack
  readonly #statements: Statements
  readonly #skips: Skips
  /** What the other sides of links have by their own word. */
  readonly claims: Claims
  #lastStepMs: number | undefined
  #wakeAtMs: number | undefined
  #toldMissing = 0

  /**
   * Without `spread` all that is new goes to every link at once, which suits a few peers. `useOf` says what a document feed is
   * used for, until an event `uses` says that this may have changed; without it every feed is in full use.
   */
  constructor(
    options: { readonly spread?: SpreadPolicy; readonly useOf?: ((feed: FeedId) => FeedUse) | undefined } = {},
  ) {
    this.#context = new SyncContext(options.spread, options.useOf ?? (() => 'full'))
    this.#supplier = new Supplier(this.#context)
    this.#fetcher = new Fetcher(this.#context, (link, record, head) => {
      this.#supplier.prove(link, record, head)
    })
    this.#announcer = new Announcer(this.#context, (link) => {
      this.#comparer.start(link)
    })
    this.#comparer = new Comparer(this.#context, (link, feeds) => {
      this.#announcer.tell(link, feeds)
    })
    this.#holdBack = new HoldBack(this.#context)
    this.#statements = new Statements(this.#context)
    this.#skips = new Skips(this.#context, this.#fetcher, this.#supplier, this.#announcer)
    this.claims = new Claims(this.#context)
  }

  get missingEntries(): number {
    return this.#fetcher.missingEntries
  }
  get linkCount(): number {
    return this.#context.links.size
  }
  /** Entries that went out on any link so far. */
  get entriesGiven(): number {
    return this.#context.entriesGiven
  }

  /** Links whose other side has, or was sent, at least the first `length` entries of a feed. */
  holders(feed: FeedId, length: number): number {
    let holders = 0
    const local = this.#context.feeds.get(feed)
    const shown = local?.shown.length ?? 0
    for (const link of this.#context.links.values()) {
      const isAgreed = local !== undefined && shown >= length && link.hasAgreed(local)
      if ((isAgreed && link.sees(local)) || (link.get(feed)?.has ?? 0) >= length) holders++
    }
    return holders
  }

  /** Whether the other side of the link says that it is linked with that session too. */
  isNeighbour(link: LinkId, session: SessionId): boolean {
    return this.#context.links.get(link)?.neighbours.has(shortSessionOf(session)) ?? false
  }

  /** Takes one event at the time `nowMs` and says what is to be done, in this order. */
  step(event: SyncEvent, nowMs: number): SyncEffect[] {
    this.#context.nowMs = nowMs
    this.#context.awakeMs += Math.min(Math.max(0, nowMs - (this.#lastStepMs ?? nowMs)), AWAKE_GAP_MS)
    this.#lastStepMs = nowMs
    this.#handle(event, nowMs)
    this.#decide()
    return this.#context.takeEffects()
  }

  #handle(event: SyncEvent, nowMs: number): void {
    switch (event.type) {
      case 'link-up':
        return this.#linkUp(event)
      case 'link-down':
      case 'link-rights':
      case 'link-doubt':
      case 'lane-full':
      case 'lane-drained':
      case 'message': {
        // A link that we closed may still deliver what was under way.
        const link = this.#context.links.get(event.link)
        return link && this.#linkEvent(link, event)
      }
      case 'feed': {
        const feed = this.#context.feeds.register(event.feed, event.kind, event.head, event.author)
        if (!feed) return
        feed.writer = event.writer ?? feed.writer
        this.#fetcher.registered(feed)
        this.#skips.registered(feed)
        this.#announcer.loaded(feed)
        return
      }
      case 'uses':
        return this.#skips.reconsider(event.feeds)
      case 'appended':
        return this.#appended(event)
      case 'refused':
      case 'retry':
      case 'forged':
        return this.#notAppended(event)
      case 'read-done':
        return this.#supplier.readDone(event.request, event.entries, event.hashBefore)
      case 'heads':
        return this.#statements.heads(event.session, event.counter, event.bytes, event.from)
      case 'evidence':
        return this.#statements.evidence(event.bytes, event.from)
      case 'application':
        for (const link of this.#context.links.values())
          if (event.link === undefined || event.link === link.id)
            this.#context.send(link, { type: 'application', bytes: event.bytes })
        return
      case 'tick':
        // A tick that an earlier effect asked for may still come; the newest one is yet to.
        if (this.#wakeAtMs !== undefined && this.#wakeAtMs <= nowMs + TICK_EARLY_MS) this.#wakeAtMs = undefined
        return this.#tick()
      default:
        return unreachable(event)
    }
  }

  #linkUp({ link: id, session, mayRead, device }: EventOf<'link-up'>): void {
    const link = new LinkState(id, session, mayRead, this.#context.awakeMs, device)
    assert(!this.#context.links.has(id), 'a link comes up once')
    if (this.#context.links.size >= LINKS_MAX) {
      this.#context.emit({ type: 'close', link: id, reason: 'too-many-links' })
      return
    }
    this.#context.links.set(id, link)
    const dueMs = this.#context.awakeMs + NEIGHBOURS_AFTER_MS
    this.#context.neighboursDueMs = Math.min(this.#context.neighboursDueMs, dueMs)
    this.#context.spread?.linkUp(id, session)
    this.#skips.greet(link)
    this.#announcer.greet(link)
    this.#statements.linkUp(link)
    this.#ping(link)
  }

  #linkEvent(
    link: LinkState,
    event: EventOf<'link-down' | 'link-rights' | 'link-doubt' | 'lane-full' | 'lane-drained' | 'message'>,
  ): void {
    switch (event.type) {
      case 'link-down':
        return this.#context.drop(link)
      case 'link-rights':
        if (link.mayRead === event.mayRead) return
        link.allowReading(event.mayRead)
        if (!event.mayRead) return this.#supplier.withdraw(link)
        this.#skips.greet(link)
        return this.#announcer.tellAll(link)
      case 'link-doubt':
        link.isDoubted = event.isDoubted
        return this.#fetcher.recount(link)
      case 'lane-full':
        return link.setFull(event.lane, true)
      case 'lane-drained':
        this.#context.toFlush.add(link)
        link.setFull(event.lane, false)
        if (event.lane === 'sync') this.#supplier.laneDrained(link)
        return
      case 'message':
        return this.#receive(link, event.bytes)
      default:
        return unreachable(event)
    }
  }

  #receive(link: LinkState, bytes: Uint8Array): void {
    link.heardAtMs = this.#context.awakeMs
    const message = decodeSyncMessage(bytes)
    if (message.ok) this.#message(link, message.value)
    else this.#context.close(link, message.reason, message.detail)
  }

  #message(link: LinkState, message: SyncMessage): void {
    switch (message.type) {
      case 'vector':
        for (const { feed, length, hashPrefix } of message.items) {
          const record = this.#resolve(link, feed)
          if (!record) return
          this.#fetcher.heed(link, record, length, hashPrefix)
        }
        link.isMet = true
        return
      case 'compare':
        return this.#comparer.heedCompare(link, message)
      case 'lacking':
        return this.#comparer.heedLacking(link, message)
      case 'have':
      case 'prune':
      case 'graft':
      case 'skip':
        return this.#notice(link, message)
      case 'push': {
        const record = this.#resolve(link, message.feed)
        return record && this.#fetcher.heedPush(link, record, message)
      }
      case 'want': {
        const record = this.#resolve(link, message.feed)
        if (record && message.isGraft === true) this.#context.spread?.heedGraft(record.id, link.id, this.#context.nowMs)
        return record && this.#supplier.want(link, record, message)
      }
      case 'credit':
        return this.#supplier.credit(link, message.want, message.creditBytes)
      case 'cancel':
        return this.#supplier.cancel(link, message.want)
      case 'range':
        return this.#fetcher.heedRange(link, message)
      case 'neighbours':
        link.neighbours = new Set(message.sessions)
        return
      case 'ping':
        this.#comparer.meet(link, message)
        return this.#comparer.sendDigest(link, 'pong')
      case 'pong':
        return this.#pong(link, message)
      case 'branch':
        return this.#branch(link, message)
      case 'evidence':
        return this.#statements.heedEvidence(link, message.bytes)
      case 'heads':
        return this.#statements.heedHeads(link, message.session, message.counter, message.bytes)
      case 'stated-digest':
      case 'stated':
      case 'ask-stated':
        return this.#statements.heed(link, message)
      case 'application':
        return this.#context.emit({ type: 'application', link: link.id, bytes: message.bytes })
      default:
        return unreachable(message)
    }
  }

  #notice(link: LinkState, message: Extract<SyncMessage, { type: 'have' | 'prune' | 'graft' | 'skip' }>): void {
    const { spread, awakeMs, nowMs } = this.#context
    const list = 'items' in message ? message.items : message.feeds
    if (!link.notices.take(list.length, awakeMs)) return this.#context.close(link, 'too-many-notices')
    if (message.type === 'skip') return this.#skips.heed(link, message.items)
    if (message.type === 'have') {
      for (const { feed, length } of message.items) {
        const record = this.#resolve(link, feed)
        if (!record) return
        this.#fetcher.heedHave(link, record, length)
      }
      return
    }
    for (const feed of message.feeds) {
      const record = this.#resolve(link, feed)
      if (!record) return
      if (message.type === 'prune') spread?.heedPrune(record.id, link.id, nowMs)
      else spread?.heedGraft(record.id, link.id, nowMs)
    }
  }

  #resolve(link: LinkState, reference: FeedReference): LinkFeed | undefined {
    const record = link.resolve(reference)
    if (typeof record !== 'string') return record
    this.#context.close(link, record)
    return undefined
  }

  #appended(event: EventOf<'appended'>): void {
    const { head, entries } = event
    const known = this.#context.feeds.get(event.feed)
    const isKnown = known !== undefined && known.head.length >= head.length
    // The feed may have been registered with these very entries meanwhile. Their ingest is answered by this all the same.
    if (isKnown && !known.inbox.isCovered(known.head.length)) return
    // Only logs are ingested before anybody registers them.
    const kind = known?.kind ?? 'log'
    const feed = this.#context.feeds.register(event.feed, kind, known?.head ?? head)
    if (!feed) return
    if (event.from === undefined && !feed.isOwn) {
      feed.isOwn = true
      this.#skips.reconsider([feed.id])
    }
    feed.writer = event.writer ?? feed.writer
    const came = this.#fetcher.appended(feed, isKnown ? known.head : head, entries)
    const isOthers = event.from !== undefined && came !== undefined
    if (event.from !== undefined) this.#announcer.acknowledge(feed)
    if (isOthers && !this.#holdBack.mayShow(feed, entries, !came.isNews)) return
    const news = { entries, from: event.from, wasPushed: came?.isPush ?? false }
    this.#announcer.show(feed, feed.head, news)
    this.#skips.note(feed)
  }

  #notAppended(event: EventOf<'refused' | 'retry' | 'forged'>): void {
    const feed = this.#context.feeds.get(event.feed)
    if (!feed) return
    if (event.type === 'refused') this.#fetcher.refused(feed, event.reason)
    else if (event.type === 'retry') this.#fetcher.retry(feed)
    else this.#fetcher.forged(feed)
  }

  #pong(link: LinkState, message: Extract<SyncMessage, { type: 'ping' | 'pong' }>): void {
    if (link.pingSentAtMs === undefined) return
    const roundTripMs = Math.max(0, this.#context.nowMs - link.pingSentAtMs)
    link.pingSentAtMs = undefined
    link.roundTripMs = roundTripMs
    this.#context.emit({ type: 'round-trip', link: link.id, roundTripMs })
    this.#comparer.judge(link, message)
  }

  #branch(
    link: LinkState,
    { feed: reference, length, hash, signature }: Extract<SyncMessage, { type: 'branch' }>,
  ): void {
    const record = this.#resolve(link, reference)
    const feed = record && this.#context.feeds.get(record.id)
    if (!feed || record.hasReceivedBranch || length === 0 || length > feed.head.length) return
    const isHead = length === feed.head.length
    if (isHead && equalBytes(hash, feed.head.hash)) return
    record.hasReceivedBranch = true
    if (isHead) this.#fetcher.diverged(link, record, feed.head)
    const branch = { hash, signature }
    this.#context.emit({ type: 'fork-suspected', link: link.id, feed: feed.id, length, branch })
  }

  #tick(): void {
    for (const link of this.#context.links.values()) {
      if (this.#context.awakeMs - link.heardAtMs >= SILENCE_MS) this.#context.close(link, 'silent')
      else {
        if (link.pingAtMs <= this.#context.awakeMs) this.#ping(link)
        this.#comparer.watch(link)
      }
    }
    for (const { feed, head } of this.#holdBack.release()) {
      this.#announcer.show(feed, head, { entries: [], from: undefined, wasPushed: false })
      this.#skips.note(feed)
    }
    this.#fetcher.watch()
  }

  #ping(link: LinkState): void {
    link.pingAtMs = this.#context.awakeMs + PING_INTERVAL_MS
    link.pingSentAtMs ??= this.#context.nowMs
    this.#comparer.sendDigest(link, 'ping')
  }

  /** After every event: ask for what is missing, tell what is new, and say when to be woken. */
  #decide(): void {
    for (let link = this.#context.closed.pop(); link; link = this.#context.closed.pop()) {
      this.#fetcher.linkGone(link)
      this.#statements.linkGone(link)
    }
    this.#fetcher.plan()
    this.#skips.flush()
    this.#announcer.flush()
    this.#comparer.flush()
    this.#statements.flush()
    this.#wake()
    if (this.#fetcher.missingEntries === this.#toldMissing) return
    this.#toldMissing = this.#fetcher.missingEntries
    this.#context.emit({ type: 'progress', missingEntries: this.#toldMissing })
  }

  #wake(): void {
    let dueMs = Math.min(this.#fetcher.dueMs, this.#announcer.dueMs, this.#holdBack.dueMs ?? Number.POSITIVE_INFINITY)
    dueMs = Math.min(dueMs, this.#statements.dueMs, this.#skips.dueMs)
    for (const link of this.#context.links.values()) dueMs = Math.min(dueMs, link.pingAtMs, link.compareDueMs ?? dueMs)
    if (dueMs === Number.POSITIVE_INFINITY) return
    const atMs = this.#context.nowMs + Math.max(0, dueMs - this.#context.awakeMs)
    // One that is past did not come, or came too early to be known.
    if (this.#wakeAtMs !== undefined && this.#wakeAtMs >= this.#context.nowMs && this.#wakeAtMs <= atMs) return
    this.#wakeAtMs = atMs
    this.#context.emit({ type: 'wake', atMs })
  }
}
