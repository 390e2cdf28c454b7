import { Emitter } from '../base/emitter.ts'
import type { DocumentId, EpochId, FeedId } from '../base/ids.ts'
import { verifyRange, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import { GuardedDocument } from '../document/guarded-document.ts'
import type { DocumentKind } from '../document/document-content.ts'
import type { EntryOutcome, EntryReport, ReceivedEntry } from '../document/entry-outcome.ts'
import { insertedText } from '../document/plain-text.ts'
import type { FeedRecord } from '../access/feed-record.ts'
import type { Environment } from './environment.ts'
import { FeedShelf } from './feed-shelf.ts'
import type { FeedStore } from './feed-store.ts'
import { inCausalOrder } from './causal-order.ts'
import type { KeyRing } from './key-ring.ts'
import { OwnEntries, type PublishedEntries } from './own-entries.ts'
import { judgeOwnWriting } from './own-writing.ts'
import type { Session } from './session.ts'

/** Keystrokes of this long become one entry and one signature; short enough that nobody sees it. */
export const FLUSH_DELAY_MS = 60
/** Pauses before looking again at entries that were too costly to judge at once, or had to give way: ever longer. */
const RETRY_FIRST_MS = 200
const RETRY_LAST_MS = 60_000

/** Each waits for storage once more, for somebody who types all the while. */
const REBUILD_ATTEMPTS_MAX = 3

/** What becomes of a range of entries, in the words of the sync machine. */
export type IngestOutcome =
  | {
      readonly type: 'appended'
      readonly head: ChainHead
      readonly entries: readonly SignedEntry[]
      readonly refused?: string
    }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'forged' | 'retry' }

/** A change of the user's that was not let out, for the user to keep. */
export interface RefusedEdit {
  readonly document: DocumentId
  readonly reason: string
  readonly text: string
}

interface DocumentHostEvents {
  /** Own entries, stored and ready for others. */
  readonly published: PublishedEntries
  readonly refused: RefusedEdit
  /** Our own feed is not here as far as it was written: only a new session may go on. */
  readonly doubt: undefined
  /** An entry of this feed was refused, here and everywhere. */
  readonly ended: { readonly feed: FeedId; readonly reason: string }
  /** `lockedCount` changed. */
  readonly locked: undefined
  /** Entries that lie beyond what is kept of their feed came, and are stored. */
  readonly beyond: undefined
  /** Something that was written stands on a feed that is not registered here. */
  readonly missing: FeedId
}

/**
 * One document of a room on this device: entries from storage and from others go in, checked; the user's changes come
 * out, sealed, signed and stored.
 */
export class DocumentHost {
  readonly id: DocumentId
  readonly guarded: GuardedDocument
  readonly events = new Emitter<DocumentHostEvents>()
  readonly #shelf: FeedShelf
  readonly #store: FeedStore
  readonly #session: Session
  readonly #environment: Environment
  readonly #own: OwnEntries
  readonly #stopListening: () => void
  #unlocking: Promise<void> = Promise.resolve()
  #cancelFlush: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #retryDelayMs = RETRY_FIRST_MS
  /** Feeds of which entries gave way while they waited. They are still in storage. */
  readonly #dropped = new Set<FeedId>()
  #isClosed = false
  #isHalted = false
  /** The document shows changes that were refused; they are reported already. */
  #showsRefused = false

  constructor(options: {
    readonly document: DocumentId
    readonly kind: DocumentKind
    readonly ring: KeyRing
    readonly store: FeedStore
    readonly session: Session
    readonly environment: Environment
    /** Sees to it that there is an epoch to seal with; false if that is not possible here. */
    readonly ensureEpoch: () => Promise<boolean>
  }) {
    this.id = options.document
    this.guarded = new GuardedDocument({ document: options.document, kind: options.kind })
    const { ring, store, session, environment, ensureEpoch } = options
    this.#shelf = new FeedShelf(store, ring)
    this.#store = store
    this.#session = session
    this.#environment = environment
    this.#own = new OwnEntries({
      shelf: this.#shelf,
      store,
      ring,
      session,
      environment,
      ensureEpoch,
      published: (entries) => {
        this.events.emit('published', entries)
      },
    })
    this.#stopListening = ring.events.on('learned', () => {
      void this.#unlock()
    })
    this.guarded.events.on('local', () => {
      this.#scheduleFlush()
    })
  }

  /** The feeds that have been loaded, with how much of each is stored. */
  get heads(): ReadonlyMap<FeedId, ChainHead> {
    return this.#shelf.heads
  }

  hashAt(feed: FeedId, length: number): Uint8Array | undefined {
    return this.#shelf.hashAt(feed, length)
  }

  /** Entries that are stored here and can't be read, because their key has not come yet. */
  get lockedCount(): number {
    return this.#shelf.lockedCount
  }
  /** All that is stored of a feed and opens, whether it counts or not. */
  readStored(feed: FeedId): Promise<readonly ReceivedEntry[]> {
    return this.#shelf.readAgain(feed)
  }
  /** The epochs whose keys they wait for. */
  get lockedEpochs(): readonly EpochId[] {
    return this.#shelf.lockedEpochs
  }

  /**
   * Registers feeds as the access log says, and takes in what is stored of those that are new here. Returns the feeds
   * that others may be asked for now.
   */
  async register(
    feeds: readonly FeedRecord[],
  ): Promise<readonly { readonly feed: FeedId; readonly head: ChainHead }[]> {
    const fresh = feeds.filter(({ feed }) => !this.#shelf.has(feed))
    const stored = await Promise.all(fresh.map(({ feed }) => this.#shelf.readStored(feed)))
    if (this.#isClosed || this.#isHalted) return []
    this.flush()
    for (const { feed, client, limit, redactions } of feeds) {
      this.#note(this.guarded.registerFeed({ feed, client, rights: 'write', limit, redactions }))
    }
    const isDamaged = fresh.some(({ feed, session }) => session === this.#session.id && this.#shelf.isDamaged(feed))
    if (isDamaged) this.events.emit('doubt', undefined)
    const hasStored = stored.some((entries) => entries.length > 0)
    if (hasStored && (await this.#makeReady())) this.#take([...inCausalOrder(stored)])
    if (this.guarded.needsRebuild) await this.rebuild()
    if (this.lockedCount > 0) this.events.emit('locked', undefined)
    return fresh.map(({ feed }) => ({ feed, head: this.#shelf.chain(feed).head }))
  }

  /** Makes this session the writer of its feed here. False if the feed is not whole: see the event `doubt`. */
  openOwnFeed(feed: FeedId): boolean {
    if (this.guarded.ownFeed === feed) return true
    if (this.#isClosed || this.guarded.clientOf(feed) === undefined) return false
    const length = this.#shelf.chain(feed).head.length + this.#own.waitingOf(feed).length
    const isWhole = !this.#shelf.isDamaged(feed) && this.guarded.lengthOf(feed) === length
    if (this.guarded.endOf(feed) !== undefined || !isWhole) {
      this.events.emit('doubt', undefined)
      return false
    }
    this.guarded.openOwnFeed(feed)
    return true
  }

  /** Takes in what another peer sent: chain and signature, then seal, then the guard. Stored before it is passed on. */
  async ingest(feed: FeedRecord, from: number, entries: readonly SignedEntry[]): Promise<IngestOutcome> {
    if (feed.session === this.#session.id) return this.#hearOfOwn(feed, from, entries)
    const chain = this.#shelf.chain(feed.feed)
    if (from !== chain.head.length) return { type: 'retry' }
    const ended = this.#shelf.refusalOf(feed.feed)
    if (ended !== undefined) return { type: 'refused', reason: ended }
    const verified = await verifyRange(feed.feed, feed.device, chain.head, entries)
    if (!verified.ok) return verified.reason === 'size' ? { type: 'refused', reason: 'size' } : { type: 'forged' }
    if (!(await this.#makeReady()) || from !== chain.head.length) return { type: 'retry' }
    const receivedAtMs = this.#environment.now()
    const { hashes, head, entries: signed } = verified.value
    const { opened, length, refused } = this.#shelf.push(feed.feed, entries, hashes, receivedAtMs)
    if (length === 0) return { type: 'refused', reason: refused ?? 'empty' }
    const stored = this.#store.append(feed.feed, { from, entries: signed, receivedAtMs }, { durable: false })
    this.#take(opened)
    const result = await stored
    if (!result.ok) return { type: 'retry' }
    if (opened.length < length) this.events.emit('locked', undefined)
    if (feed.limit !== undefined && head.length > feed.limit) this.events.emit('beyond', undefined)
    if (this.#shelf.canUnlock) void this.#unlock()
    const end = this.guarded.endOf(feed.feed)
    const reason = refused ?? end?.reason
    return { type: 'appended', head, entries: signed, ...(reason === undefined ? {} : { refused: reason }) }
  }

  async #hearOfOwn(
    { feed, device }: FeedRecord,
    from: number,
    entries: readonly SignedEntry[],
  ): Promise<IngestOutcome> {
    const hashAt = (length: number): Uint8Array | undefined => this.hashAt(feed, length)
    const judged = await judgeOwnWriting({ feed, device, from, entries, hashAt })
    if (judged === 'forged') return { type: 'forged' }
    if (judged === 'news') this.events.emit('doubt', undefined)
    return { type: 'retry' }
  }

  /** Hands out the user's changes now. Must come before anything of others is let in. */
  flush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    if (this.#isClosed || this.#isHalted || !this.guarded.hasLocalChanges) return
    const { entries, refused } = this.guarded.takeLocalChanges({ nowMs: this.#environment.now() })
    this.#own.add(entries)
    if (refused && !this.#showsRefused) {
      this.#showsRefused = true
      this.events.emit('refused', { document: this.id, reason: refused.reason, text: refused.text })
      void this.rebuild()
    }
  }

  /** The session is in doubt: from here on it writes nothing, as others may have what it would write differently. */
  halt(): void {
    this.#isHalted = true
    this.#own.halt()
  }

  /** The room changed: what waited for an epoch to be sealed with may go out. */
  resume(): void {
    this.#own.seal()
  }

  /** Resolves when everything that was changed is sealed, signed and stored, or can't be without somebody else. */
  async settled(): Promise<void> {
    this.flush()
    await this.#own.settled()
  }

  /** Resolves when no key that is here is still to be tried. */
  async unlocked(): Promise<void> {
    await this.#unlocking
  }

  /** Makes the document anew from what is stored, for instance after a limit changed. */
  async rebuild(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.flush()
      const unread = this.#own.watch()
      await this.#own.settled()
      const { feeds } = this.#shelf
      const reading = Promise.all(feeds.map((feed) => this.#shelf.readAgain(feed)))
      const read = await reading.finally(() => unread.stop())
      const stored = read.map((entries, i) => withUnread(entries, feeds[i], unread.entries))
      if (this.#isClosed || this.#isHalted || !this.guarded.needsRebuild) return
      // What was typed meanwhile goes out first: the old document ends here.
      if (this.guarded.hasLocalChanges && !this.#showsRefused && attempt < REBUILD_ATTEMPTS_MAX) continue
      const { ownFeed } = this.guarded
      const own = ownFeed === undefined ? undefined : stored[feeds.indexOf(ownFeed)]
      if (ownFeed !== undefined && (own?.length ?? 0) < this.guarded.lengthOf(ownFeed)) {
        this.events.emit('doubt', undefined)
        return
      }
      this.#showsRefused = false
      // A rebuild believes what it is given, and storage also holds what is not judged yet or was refused.
      const applied = stored.map((entries, i) => entries.slice(0, this.#appliedLength(feeds[i])))
      this.#note(this.guarded.rebuild([...inCausalOrder(applied)]))
      return
    }
  }

  async close(): Promise<void> {
    this.flush()
    await this.#own.settled()
    if (this.#own.unstoredFrom !== undefined || this.#isHalted) this.#giveBack()
    this.#isClosed = true
    this.#own.halt()
    this.#stopListening()
    this.#cancelRetry?.()
    this.events.clear()
    this.guarded.destroy()
  }

  /** Own changes come out and the document is in order before anything of others goes in. False: not now. */
  async #makeReady(): Promise<boolean> {
    if (this.#isClosed || this.#isHalted) return false
    this.flush()
    if (!this.guarded.needsRebuild) return true
    await this.rebuild()
    // Typed between the rebuild and here.
    this.flush()
    return !this.#isClosed && !this.#isHalted && !this.guarded.needsRebuild
  }

  /** What was written too late for a session that is over goes back to the user. */
  #giveBack(): void {
    const from = this.#own.unstoredFrom ?? this.guarded.publishedClock
    const { doc } = this.guarded
    const text = insertedText(doc, doc.clientID, from)
    if (text !== '')
      this.events.emit('refused', { document: this.id, reason: this.#isHalted ? 'session-over' : 'no-key', text })
  }

  #scheduleFlush(): void {
    // One flush for a whole burst, and a first character that does not wait for the last.
    this.#cancelFlush ??= this.#environment.after(FLUSH_DELAY_MS, () => {
      this.flush()
    })
  }

  #take(entries: readonly ReceivedEntry[]): void {
    this.#note(this.guarded.receive(entries))
  }

  #note(reports: readonly EntryReport[]): void {
    for (const { entry, outcome } of reports) {
      if (outcome.status === 'rejected') this.events.emit('ended', { feed: entry.feed, reason: outcome.reason })
      else if (outcome.status === 'held') this.#noteHeld(outcome)
      else if (outcome.status === 'dropped') {
        this.#dropped.add(entry.feed)
        this.#scheduleRetry()
      }
    }
  }

  #noteHeld({ reason, missing }: Extract<EntryOutcome, { status: 'held' }>): void {
    if (reason === 'postponed') this.#scheduleRetry()
    if (reason !== 'heads') return
    for (const { feed } of missing) if (!this.#shelf.has(feed)) this.events.emit('missing', feed)
  }

  /** When others had time to arrive. One look at a time, so that nobody can buy our time with entries that never fit. */
  #scheduleRetry(): void {
    if (this.#cancelRetry) return
    this.#cancelRetry = this.#environment.after(this.#retryDelayMs, () => {
      this.#cancelRetry = undefined
      this.#retryDelayMs = Math.min(2 * this.#retryDelayMs, RETRY_LAST_MS)
      void this.#retry()
    })
  }

  async #retry(): Promise<void> {
    const feeds = [...this.#dropped]
    this.#dropped.clear()
    const stored = await Promise.all(feeds.map((feed) => this.#readAgain(feed)))
    if (!(await this.#makeReady())) return
    this.#note(this.guarded.retryPostponed())
    const missing = stored.map((entries, i) => entries.slice(this.#appliedLength(feeds[i])))
    const count = missing.reduce((sum, entries) => sum + entries.length, 0)
    if (count > 0) this.#take([...inCausalOrder(missing)])
    if (this.#dropped.size === 0 && !this.#cancelRetry) this.#retryDelayMs = RETRY_FIRST_MS
  }

  #appliedLength(feed: FeedId | undefined): number {
    return feed === undefined ? 0 : this.guarded.lengthOf(feed)
  }

  /** What is stored of a feed and opens, and of the own one what is not sealed yet. */
  async #readAgain(feed: FeedId): Promise<readonly ReceivedEntry[]> {
    return withUnread(await this.#shelf.readAgain(feed), feed, this.#own.waitingOf(feed))
  }

  /** Takes in what was locked and opens with the keys that came. One at a time, so that nothing is read twice. */
  #unlock(): Promise<void> {
    this.#unlocking = this.#unlocking.then(async () => {
      if (!this.#shelf.canUnlock || !(await this.#makeReady())) return
      const { opened, refused } = await this.#shelf.unlock()
      if (await this.#makeReady()) this.#take([...inCausalOrder(opened)])
      for (const end of refused) this.events.emit('ended', end)
      this.events.emit('locked', undefined)
    })
    return this.#unlocking
  }
}

/** What was read of a feed, and after it what was not in storage yet. */
const withUnread = (
  stored: readonly ReceivedEntry[],
  feed: FeedId | undefined,
  unread: readonly ReceivedEntry[],
): readonly ReceivedEntry[] => [
  ...stored,
  ...unread.filter((entry) => entry.feed === feed && entry.seq >= stored.length),
]
