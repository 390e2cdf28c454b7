import type { ChainHead, SignedEntry } from '../feed/chain.ts'
import { hashPrefixOf, isShownIn, type LocalFeed } from './feed-index.ts'
import { bytesOf } from './inbox.ts'
import {
  ENTRIES_PER_MESSAGE_MAX,
  HAVE_INTERVAL_MS,
  HAVE_ITEMS_MAX,
  HAVE_QUIET_MS,
  HEADS_TOLD_SINGLY_MAX,
  NEIGHBOURS_AFTER_MS,
  PUSH_BYTES_MAX,
  VECTOR_ITEMS_MAX,
  VECTOR_ITEMS_PER_STEP,
  WATCH_INTERVAL_MS,
} from './limits.ts'
import type { LinkFeed, LinkState } from './link-state.ts'
import type { SyncContext } from './sync-context.ts'
import type { LinkId } from './sync-event.ts'
import type { HaveItem, VectorItem } from './sync-message.ts'

/** New entries at a feed's end, and how they came here. */
export interface News {
  readonly entries: readonly SignedEntry[]
  readonly from: LinkId | undefined
  /** They came by themselves, not because we asked. */
  readonly wasPushed: boolean
}

/** Tells links what we have: new entries themselves where they continue what the other side has, else our heads. */
export class Announcer {
  readonly #context: SyncContext
  readonly #compare: (link: LinkState) => void

  /** `compare` starts a comparison, because telling every head would be longer. */
  constructor(context: SyncContext, compare: (link: LinkState) => void) {
    this.#context = context
    this.#compare = compare
  }

  /** A link is new. In a small room its other side hears of everything at once; else it is known after a comparison. */
  greet(link: LinkState): void {
    this.#context.toFlush.add(link)
    let count = 0
    for (const feed of this.#context.feeds.values()) {
      if (isShownIn(feed, link.scope)) count++
      if (link.device !== undefined && feed.writer === link.device) this.#acknowledgeTo(link, feed)
    }
    if (count <= HEADS_TOLD_SINGLY_MAX) this.tellAll(link)
  }

  /** Entries of others are stored: the device that wrote them hears of it, if it is linked to us. */
  acknowledge(feed: LocalFeed): void {
    if (feed.writer === undefined) return
    for (const link of this.#context.links.values()) if (link.device === feed.writer) this.#acknowledgeTo(link, feed)
  }

  /** Everything that this link may see and has not been told. */
  tellAll(link: LinkState): void {
    for (const feed of this.#context.feeds.values()) this.#markDirty(link, feed)
    link.tellAtMs = this.#context.awakeMs
  }

  /** A feed that came from storage while links are up. Many come together, so they wait a moment. */
  loaded(feed: LocalFeed): void {
    for (const link of this.#context.links.values()) this.#markDirty(link, feed)
  }

  /** Others may have a feed up to `head` from now on, which is longer than before. */
  show(feed: LocalFeed, head: ChainHead, news: News): void {
    const { feeds, links, spread } = this.#context
    const before = { length: feed.shown.length, version: feed.shownVersion }
    feeds.show(feed, head)
    const source = news.from === undefined ? undefined : links.get(news.from)
    const lacking: { readonly link: LinkState; readonly record: LinkFeed }[] = []
    const covered = new Set<LinkId>()
    for (const link of links.values()) {
      const record = link.hears(feed) ? link.open(feed.id, feed.kind) : undefined
      if (!record || record.isDiverged) continue
      if (link.hasAgreed(feed, before.version)) record.has = Math.max(record.has, before.length)
      if (link === source) note(record, head.length)
      else if (record.has >= head.length) {
        if (!spread) this.#markDirty(link, feed)
      } else if (source?.neighbours.has(link.shortSession) === true) {
        // The source speaks to that link itself. What it pushed to us it pushed there; a head it has told there.
        covered.add(link.id)
        if (spread) lacking.push({ link, record })
        else this.#cover(link, record, feed, news)
      } else if (link.isServing(feed.id)) this.#markDirty(link, feed)
      else lacking.push({ link, record })
    }
    if (lacking.length === 0) return
    const ids = lacking.map(({ link }) => link.id)
    const isOwn = news.from === undefined
    const eager = spread?.eagerLinks(feed.id, ids, bytesOf(news.entries), this.#context.nowMs, covered, isOwn)
    for (const { link, record } of lacking) {
      const isEager = eager?.has(link.id) ?? true
      if (isEager && this.#push(link, record, feed, news.entries)) continue
      if (!isEager && covered.has(link.id)) this.#cover(link, record, feed, news)
      else this.#tell(link, feed)
    }
  }

  /** Heads of these feeds are told to the link, if it may see them and does not know. */
  tell(link: LinkState, feeds: Iterable<LocalFeed>): void {
    for (const feed of feeds)
      if (link.hears(feed) && (link.get(feed.id)?.told ?? 0) < feed.shown.length) link.toTell.add(feed.id)
    this.#context.toFlush.add(link)
  }

  /** Sends what the step has left to tell. */
  flush(): void {
    const { awakeMs, neighboursDueMs } = this.#context
    if (neighboursDueMs <= awakeMs) this.#tellNeighbours()
    for (const link of this.#context.toFlush) {
      if (!this.#context.isOpen(link)) this.#context.toFlush.delete(link)
      else if (!link.isControlFull) {
        if (link.tellAtMs !== undefined && link.tellAtMs <= awakeMs) this.#tellDirty(link)
        if (link.toTell.size > 0) this.#tellHeads(link)
        if (link.haveAtMs !== undefined && link.haveAtMs <= awakeMs) this.#tellHaves(link)
        if (link.tellAtMs === undefined && link.haveAtMs === undefined) this.#context.toFlush.delete(link)
      }
    }
  }

  /** When something is to be told next. */
  get dueMs(): number {
    let dueMs = this.#context.neighboursDueMs
    for (const link of this.#context.toFlush)
      if (!link.isControlFull) dueMs = Math.min(dueMs, link.tellAtMs ?? dueMs, link.haveAtMs ?? dueMs)
    return dueMs
  }

  #cover(link: LinkState, record: LinkFeed, feed: LocalFeed, news: News): void {
    if (news.wasPushed) note(record, feed.shown.length)
    else if (this.#context.spread) this.#tell(link, feed)
    else this.#markDirty(link, feed)
  }

  #markDirty(link: LinkState, feed: LocalFeed): void {
    if (feed.shown.length === 0 || !link.hears(feed)) return
    if ((link.get(feed.id)?.told ?? 0) >= feed.shown.length) return
    link.dirty.add(feed.id)
    link.tellAtMs ??= this.#context.awakeMs + WATCH_INTERVAL_MS
    this.#context.toFlush.add(link)
  }

  /** In a mesh, news goes to many who have it already by then, so it waits a moment and is short. */
  #tell(link: LinkState, feed: LocalFeed): void {
    this.#context.toFlush.add(link)
    if (!this.#context.spread) {
      link.toTell.add(feed.id)
      return
    }
    link.toHave.add(feed.id)
    link.haveAtMs ??= Math.max(this.#context.awakeMs + HAVE_QUIET_MS, link.lastHaveAtMs + HAVE_INTERVAL_MS)
  }

  #acknowledgeTo(link: LinkState, feed: LocalFeed): void {
    if (feed.head.length === 0 || feed.use !== 'full') return
    link.toAcknowledge.add(feed.id)
    link.haveAtMs ??= Math.max(this.#context.awakeMs + HAVE_QUIET_MS, link.lastHaveAtMs + HAVE_INTERVAL_MS)
    this.#context.toFlush.add(link)
  }

  #push(link: LinkState, record: LinkFeed, feed: LocalFeed, entries: readonly SignedEntry[]): boolean {
    const first = feed.shown.length - entries.length
    // In a mesh a link that has met us is about as far as we; what it lacks before this it will ask for.
    const has = this.#context.spread && link.isMet ? Math.max(record.has, first) : record.has
    if (link.isControlFull || has < first) return false
    const lacking = entries.slice(has - first)
    const isWithinLimits = lacking.length <= ENTRIES_PER_MESSAGE_MAX && bytesOf(lacking) <= PUSH_BYTES_MAX
    if (!isWithinLimits || lacking.at(-1)?.signature === undefined) return false
    for (let at = 0; at < lacking.length;) {
      // An entry with a signature of its own is sent with it, so that the next peer may pass it on alone.
      const end = lacking.findIndex((entry, i) => i >= at && entry.signature !== undefined) + 1
      const seq = has + at
      const follows = end === at + 1 && record.pushedOut === seq
      this.#context.send(link, {
        type: 'push',
        feed: link.refer(record),
        seq: follows ? undefined : seq,
        entries: lacking.slice(at, end),
      })
      record.pushedOut = has + end
      at = end
    }
    note(record, feed.shown.length)
    return true
  }

  #tellDirty(link: LinkState): void {
    link.tellAtMs = undefined
    const untold: LocalFeed[] = []
    for (const id of link.dirty) {
      const feed = this.#context.feeds.get(id)
      if (feed && link.hears(feed) && (link.get(id)?.told ?? 0) < feed.shown.length) untold.push(feed)
    }
    link.dirty.clear()
    if (untold.length > HEADS_TOLD_SINGLY_MAX) this.#compare(link)
    else for (const feed of untold) link.toTell.add(feed.id)
  }

  #tellHeads(link: LinkState): void {
    let items: VectorItem[] = []
    let count = 0
    for (const id of link.toTell) {
      if (count++ >= VECTOR_ITEMS_PER_STEP) break
      link.toTell.delete(id)
      link.dirty.delete(id)
      const feed = this.#context.feeds.get(id)
      if (!feed || feed.shown.length === 0 || !link.hears(feed)) continue
      const record = link.open(id, feed.kind)
      if (!record) continue
      items.push({ feed: link.refer(record), length: feed.shown.length, hashPrefix: hashPrefixOf(feed.shown) })
      record.told = feed.shown.length
      record.acknowledged = feed.shown.length
      if (items.length < VECTOR_ITEMS_MAX) continue
      this.#context.send(link, { type: 'vector', items })
      items = []
    }
    if (items.length > 0) this.#context.send(link, { type: 'vector', items })
    if (link.toTell.size > 0) link.tellAtMs ??= this.#context.awakeMs + WATCH_INTERVAL_MS
  }

  #tellHaves(link: LinkState): void {
    const items: HaveItem[] = []
    for (const id of link.toAcknowledge) {
      if (items.length >= HAVE_ITEMS_MAX) break
      link.toAcknowledge.delete(id)
      const feed = this.#context.feeds.get(id)
      const record = feed && link.hears(feed) ? link.open(id, feed.kind) : undefined
      // Also what is stored and not shown to others yet: it is here, and that is what its writer asks.
      if (!feed || !record || record.acknowledged >= feed.head.length) continue
      record.acknowledged = feed.head.length
      record.told = Math.max(record.told, feed.shown.length)
      items.push({ feed: link.refer(record), length: feed.head.length })
    }
    for (const id of link.toHave) {
      if (items.length >= HAVE_ITEMS_MAX) break
      link.toHave.delete(id)
      const feed = this.#context.feeds.get(id)
      const record = feed && link.hears(feed) ? link.open(id, feed.kind) : undefined
      // It may have come there by another way since, as it told or pushed us.
      if (!feed || !record || record.has >= feed.shown.length || record.told >= feed.shown.length) continue
      record.told = feed.shown.length
      items.push({ feed: link.refer(record), length: feed.shown.length })
    }
    const isMore = link.toHave.size > 0 || link.toAcknowledge.size > 0
    link.haveAtMs = isMore ? this.#context.awakeMs + HAVE_INTERVAL_MS : undefined
    if (items.length === 0) return
    link.lastHaveAtMs = this.#context.awakeMs
    this.#context.send(link, { type: 'have', items })
  }

  #tellNeighbours(): void {
    const { links } = this.#context
    const settled = [...links.values()].filter((link) => this.#context.isSettled(link))
    const sessions = settled.map(({ shortSession }) => shortSession).toSorted()
    let dueMs = Number.POSITIVE_INFINITY
    for (const link of links.values()) {
      if (!this.#context.isSettled(link)) dueMs = Math.min(dueMs, link.upAtMs + NEIGHBOURS_AFTER_MS)
    }
    this.#context.neighboursDueMs = dueMs
    for (const link of settled) {
      const others = sessions.filter((session) => session !== link.shortSession)
      const told = others.join()
      if (told === link.toldNeighbours) continue
      link.toldNeighbours = told
      this.#context.send(link, { type: 'neighbours', sessions: others })
    }
  }
}

/** The other side should have this much now, and knows that we do. */
function note(record: LinkFeed, length: number): void {
  record.has = Math.max(record.has, length)
  record.told = Math.max(record.told, length)
}
