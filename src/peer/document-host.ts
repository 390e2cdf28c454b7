import { Emitter } from '../base/emitter.ts'
import type { DocumentId, FeedId } from '../base/ids.ts'
import { signHead, verifyRange, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import { GuardedDocument } from '../document/guarded-document.ts'
import type { DocumentKind } from '../document/document-content.ts'
import type { EntryReport, ReceivedEntry } from '../document/entry-outcome.ts'
import { insertedText } from '../document/plain-text.ts'
import type { FeedRecord } from '../access/registry.ts'
import type { Environment } from './environment.ts'
import { FeedChain } from './feed-chain.ts'
import type { FeedStore } from './feed-store.ts'
import { inCausalOrder } from './causal-order.ts'
import type { RoomKeys } from './room-keys.ts'
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
  readonly published: { readonly feed: FeedId; readonly head: ChainHead; readonly entries: readonly SignedEntry[] }
  readonly refused: RefusedEdit
  /** Our own feed is not here as far as it was written: only a new session may go on. */
  readonly doubt: undefined
  /** An entry of this feed was refused, here and everywhere. */
  readonly ended: { readonly feed: FeedId; readonly reason: string }
}

/**
 * One document of a room on this device: entries from storage and from others go in, checked; the user's changes come
 * out, sealed, signed and stored.
 */
export class DocumentHost {
  readonly id: DocumentId
  readonly guarded: GuardedDocument
  readonly events = new Emitter<DocumentHostEvents>()
  readonly #keys: RoomKeys
  readonly #store: FeedStore
  readonly #session: Session
  readonly #environment: Environment
  readonly #chains = new Map<FeedId, FeedChain>()
  /** Feeds of which more was stored than could be read. */
  readonly #damaged = new Set<FeedId>()
  #publishing: Promise<void> = Promise.resolve()
  #cancelFlush: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #retryDelayMs = RETRY_FIRST_MS
  /** Feeds of which entries gave way while they waited. They are still in storage. */
  readonly #dropped = new Set<FeedId>()
  #isClosed = false
  #isHalted = false
  /** The clock of the first own change that was handed out and not stored, since the session is over. */
  #unstoredFrom: number | undefined
  /** The document shows changes that were refused; they are reported already. */
  #showsRefused = false

  constructor(options: {
    readonly document: DocumentId
    readonly kind: DocumentKind
    readonly keys: RoomKeys
    readonly store: FeedStore
    readonly session: Session
    readonly environment: Environment
  }) {
    this.id = options.document
    this.guarded = new GuardedDocument({ document: options.document, kind: options.kind })
    this.#keys = options.keys
    this.#store = options.store
    this.#session = options.session
    this.#environment = options.environment
    this.guarded.events.on('local', () => {
      this.#scheduleFlush()
    })
  }

  /** The feeds that have been loaded, with how much of each is stored. */
  get heads(): ReadonlyMap<FeedId, ChainHead> {
    return new Map([...this.#chains].map(([feed, chain]) => [feed, chain.head]))
  }

  hashAt(feed: FeedId, length: number): Uint8Array | undefined {
    return this.#chains.get(feed)?.hashAt(length)
  }

  /**
   * Registers feeds as the access log says, and takes in what is stored of those that are new here. Returns the feeds
   * that others may be asked for now.
   */
  async register(
    feeds: readonly FeedRecord[],
  ): Promise<readonly { readonly feed: FeedId; readonly head: ChainHead }[]> {
    const fresh = feeds.filter(({ feed }) => !this.#chains.has(feed))
    const stored = await Promise.all(fresh.map(({ feed }) => this.#readStored(feed)))
    if (this.#isClosed || this.#isHalted) return []
    this.flush()
    for (const { feed, client, limit } of feeds) {
      this.#note(this.guarded.registerFeed({ feed, client, rights: 'write', limit }))
    }
    const isDamaged = fresh.some(({ feed, session }) => session === this.#session.id && this.#damaged.has(feed))
    if (isDamaged) this.events.emit('doubt', undefined)
    const hasStored = stored.some((entries) => entries.length > 0)
    if (hasStored && (await this.#makeReady())) this.#take([...inCausalOrder(stored)])
    if (this.guarded.needsRebuild) await this.rebuild()
    return fresh.map(({ feed }) => ({ feed, head: this.#chain(feed).head }))
  }

  /** Makes this session the writer of its feed here. False if the feed is not whole: see the event `doubt`. */
  openOwnFeed(feed: FeedId): boolean {
    if (this.guarded.ownFeed === feed) return true
    if (this.#isClosed || this.guarded.clientOf(feed) === undefined) return false
    const chain = this.#chain(feed)
    const isWhole = !this.#damaged.has(feed) && this.guarded.lengthOf(feed) === chain.head.length
    if (this.guarded.endOf(feed) !== undefined || !isWhole) {
      this.events.emit('doubt', undefined)
      return false
    }
    this.guarded.openOwnFeed(feed)
    return true
  }

  /** Takes in what another peer sent: chain and signature, then seal, then the guard. Stored before it is passed on. */
  async ingest(feed: FeedRecord, from: number, entries: readonly SignedEntry[]): Promise<IngestOutcome> {
    if (feed.session === this.#session.id) {
      this.events.emit('doubt', undefined)
      return { type: 'retry' }
    }
    const chain = this.#chain(feed.feed)
    if (from !== chain.head.length) return { type: 'retry' }
    const verified = await verifyRange(feed.feed, feed.device, chain.head, entries)
    if (!verified.ok) return verified.reason === 'size' ? { type: 'refused', reason: 'size' } : { type: 'forged' }
    if (!(await this.#makeReady()) || from !== chain.head.length) return { type: 'retry' }
    const receivedAtMs = this.#environment.now()
    const { hashes, head } = verified.value
    const opened: ReceivedEntry[] = []
    let refused: string | undefined
    for (const [i, { bytes }] of entries.entries()) {
      const entry = chain.open(bytes, hashes[i], this.#keys)
      if (!entry.ok) {
        refused = entry.reason
        break
      }
      opened.push({ feed: feed.feed, ...entry.value, receivedAtMs })
    }
    if (opened.length === 0) return { type: 'refused', reason: refused ?? 'empty' }
    const stored = this.#store.append(
      feed.feed,
      { from, entries: verified.value.entries, receivedAtMs },
      { durable: false },
    )
    this.#take(opened)
    const result = await stored
    if (!result.ok) return { type: 'retry' }
    const end = this.guarded.endOf(feed.feed)
    const reason = refused ?? end?.reason
    return {
      type: 'appended',
      head,
      entries: verified.value.entries,
      ...(reason === undefined ? {} : { refused: reason }),
    }
  }

  /** Hands out the user's changes now. Must come before anything of others is let in. */
  flush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    if (this.#isClosed || this.#isHalted || !this.guarded.hasLocalChanges) return
    const { entries, refused } = this.guarded.takeLocalChanges({ nowMs: this.#environment.now() })
    const written = entries.map(({ feed, cut, body, clockFrom }) => {
      return { feed, clockFrom, ...this.#chain(feed).write(cut, body, this.#keys) }
    })
    for (const { feed, bytes, head, clockFrom } of written) this.#publish(feed, bytes, head, clockFrom)
    if (refused && !this.#showsRefused) {
      this.#showsRefused = true
      this.events.emit('refused', { document: this.id, reason: refused.reason, text: refused.text })
      void this.rebuild()
    }
  }

  /** The session is in doubt: from here on it writes nothing, as others may have what it would write differently. */
  halt(): void {
    this.#isHalted = true
  }

  /** Resolves when everything that was handed out is stored. */
  async settled(): Promise<void> {
    this.flush()
    await this.#publishing
  }

  /** Makes the document anew from what is stored, for instance after a limit changed. */
  async rebuild(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.flush()
      await this.#publishing
      const feeds = [...this.#chains.keys()]
      const stored = await Promise.all(feeds.map((feed) => this.#readAgain(feed)))
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
    await this.settled()
    if (this.#isHalted) this.#giveBack()
    this.#isClosed = true
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
    const from = this.#unstoredFrom ?? this.guarded.publishedClock
    const { doc } = this.guarded
    const text = insertedText(doc, doc.clientID, from)
    if (text !== '') this.events.emit('refused', { document: this.id, reason: 'session-over', text })
  }

  #publish(feed: FeedId, bytes: Uint8Array, head: ChainHead, clockFrom: number): void {
    this.#publishing = this.#publishing.then(async () => {
      if (this.#isHalted) {
        this.#unstoredFrom ??= clockFrom
        return
      }
      const signature = await signHead(this.#session.signer, feed, head)
      const entries: readonly SignedEntry[] = [{ bytes, signature }]
      const block = { from: head.length - 1, entries, receivedAtMs: this.#environment.now() }
      const stored = await this.#store.append(feed, block, { durable: true })
      // Closed storage means that this page is going away: what was not stored was not promised to anybody.
      if (stored.ok) this.events.emit('published', { feed, head, entries })
    })
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
      else if (outcome.status === 'held' && outcome.reason === 'postponed') this.#scheduleRetry()
      else if (outcome.status === 'dropped') {
        this.#dropped.add(entry.feed)
        this.#scheduleRetry()
      }
    }
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

  #chain(feed: FeedId): FeedChain {
    let chain = this.#chains.get(feed)
    if (!chain) this.#chains.set(feed, (chain = new FeedChain(feed)))
    return chain
  }

  async #readStored(feed: FeedId): Promise<readonly ReceivedEntry[]> {
    const { entries, isWhole } = await this.#store.load(feed)
    const opened = openAll(this.#chain(feed), entries, this.#keys)
    if (!isWhole || opened.length < entries.length) this.#damaged.add(feed)
    return opened
  }

  async #readAgain(feed: FeedId): Promise<readonly ReceivedEntry[]> {
    return openAll(new FeedChain(feed), (await this.#store.load(feed)).entries, this.#keys)
  }
}

function openAll(
  chain: FeedChain,
  stored: readonly (SignedEntry & { readonly receivedAtMs: number })[],
  keys: RoomKeys,
): readonly ReceivedEntry[] {
  const entries: ReceivedEntry[] = []
  for (const { bytes, receivedAtMs } of stored) {
    const opened = chain.open(bytes, undefined, keys)
    if (!opened.ok) break
    entries.push({ feed: chain.feed, ...opened.value, receivedAtMs })
  }
  return entries
}
