import { Emitter } from '../base/emitter.ts'
import type { DeviceId, DocumentId, EpochId, FeedId, PersonId, RoomId, SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { decodeGenesis } from '../access/genesis.ts'
import type { AccessState } from '../access/access-state.ts'
import type { FeedRecord } from '../access/feed-record.ts'
import type { ChainHead, SignedEntry } from '../feed/chain.ts'
import type { ForkEvidence } from '../feed/fork.ts'
import { isDocumentEntry } from '../feed/entry.ts'
import { feedIdOf, logIdOf } from '../feed/feed-id.ts'
import type { SessionBinding } from '../access/verify-log.ts'
import type { Store } from '../storage/store.ts'
import { createHost } from './create-host.ts'
import { DeliveryMarks, isAcknowledged } from './delivery-marks.ts'
import type { DocumentHost, IngestOutcome } from './document-host.ts'
import type { Environment } from './environment.ts'
import { chooseEpoch } from './epoch-choice.ts'
import { EpochKeeper } from './epoch-keeper.ts'
import { isExcess } from './excess-entries.ts'
import { FeedUses, type NotesKept } from './feed-uses.ts'
import { FeedStore } from './feed-store.ts'
import { KeyRing } from './key-ring.ts'
import { isLateFeed } from './late-feed.ts'
import { LogHost } from './log-host.ts'
import { MeetingKeys } from './meeting-keys.ts'
import type { RemoteIdentity } from './link-handshake.ts'
import { hasPinAhead, leadsAstray } from './pinned-branch.ts'
import type { RoomCoreEvents } from './room-core-events.ts'
import { ingestWithin, type StorageQuota } from './quota.ts'
import { RoomLinks, type ReadRange, type RoomOfLinks } from './room-links.ts'
import { saveRoomRecord, type RoomRecord } from './room-record.ts'
import type { Session } from './session.ts'
import { ShadowFeeds } from './shadow-feeds.ts'

export interface RoomCoreOptions {
  readonly record: RoomRecord
  readonly session: Session
  readonly store: Store
  readonly environment: Environment
  /** Takes no key of the room, whatever others hand it. */
  readonly isBlind?: boolean
  /** Of those who store rooms for others. */
  readonly quota?: StorageQuota
}

/**
 * One room on this device: its access log, its documents and its links, wired to one another. What the room means to a
 * user is said by the classes above it.
 */
export class RoomCore implements RoomOfLinks {
  readonly events = new Emitter<RoomCoreEvents>()
  readonly id: RoomId
  /** By which members meet. */
  readonly keys: MeetingKeys
  /** With which they write. */
  readonly ring: KeyRing
  readonly keeper: EpochKeeper
  readonly session: Session
  readonly store: Store
  readonly environment: Environment
  readonly links: RoomLinks
  readonly documents = new Map<DocumentId, DocumentHost>()
  /** Notes that are open in this tab, and how often. */
  readonly openNotes = new Map<DocumentId, number>()
  readonly uses = new FeedUses()
  /** Undefined until its code is here. */
  keeping: NotesKept | undefined
  /** Feeds with two histories: proved, and so at their end here. */
  readonly forked = new Map<FeedId, ForkEvidence>()
  readonly quota: StorageQuota | undefined
  record: RoomRecord
  log: LogHost | undefined
  readonly #logStore: FeedStore
  readonly #documentStore: FeedStore
  readonly #held: DeliveryMarks
  readonly #shadows = new ShadowFeeds()
  #chosen: { readonly revision: string; readonly epoch: EpochId | undefined } | undefined
  #refreshing: Promise<void> = Promise.resolve()
  /** One that has not begun yet, and so will see everything that is here now. */
  #nextRefresh: Promise<void> | undefined
  #opening: Promise<boolean> = Promise.resolve(false)
  #isClosed = false

  constructor(options: RoomCoreOptions) {
    this.record = options.record
    this.id = options.record.room
    this.session = options.session
    this.store = options.store
    this.environment = options.environment
    this.keys = new MeetingKeys(options.record.meetingSecret)
    this.quota = options.quota
    const { isBlind = false } = options
    this.ring = new KeyRing({ store: this.store, room: this.id, isBlind, choose: () => this.#chooseEpoch() })
    this.keeper = new EpochKeeper(this)
    this.#logStore = new FeedStore(this.store, 'log', this.id)
    this.#documentStore = new FeedStore(this.store, 'entry', this.id)
    const { session, environment } = this
    this.links = new RoomLinks({ room: this, session, key: this.keys.link(), environment })
    this.#held = new DeliveryMarks(this.store, this.id, (feed, length) =>
      isAcknowledged(this.links, session.device, feed, length),
    )
  }

  get me(): PersonId {
    return this.session.person
  }
  get state(): AccessState | undefined {
    return this.log?.state
  }
  get isMember(): boolean {
    return (this.state?.nodesOf(this.me).length ?? 0) > 0
  }
  /** Whether what this device signs counts: until another of the person's devices ends it. */
  get isStanding(): boolean {
    return this.state?.isDeviceStanding(this.session.device, this.me) ?? true
  }

  /** Entries that are stored here and can't be read until their keys come. */
  get lockedCount(): number {
    return [...this.documents.values()].reduce((sum, host) => sum + host.lockedCount, 0)
  }
  get lockedEpochs(): readonly EpochId[] {
    return [...this.documents.values()].flatMap((host) => host.lockedEpochs)
  }

  /** Whose session this is, if its log is here. */
  bindingOf(session: SessionId): SessionBinding | undefined {
    return this.log?.access.binding(logIdOf(this.id, session))
  }
  /** How far own feeds are known to be on other devices. */
  get marks(): DeliveryMarks {
    return this.#held
  }
  /** Whether at least one other device has said that it has the first `length` entries of the feed. */
  isHeldByOthers(feed: FeedId, length: number): boolean {
    return this.#held.isHeld(feed, length)
  }

  /** Takes in what is stored. */
  async open(): Promise<void> {
    await Promise.all([this.#held.load(), this.ring.load()])
    if (this.record.genesis) await this.openLog(this.record.genesis)
  }

  /** Learns how the room began: from storage, from founding it, or from a member. Wrong bytes change nothing. */
  async openLog(genesis: Uint8Array): Promise<Result<LogHost, 'another-room'>> {
    if (this.log) return accepted(this.log)
    const decoded = decodeGenesis(genesis)
    if (!decoded.ok || decoded.value.room !== this.id) return rejected('another-room')
    const { session, environment } = this
    const log = new LogHost({ genesis: decoded.value, session, store: this.#logStore, environment })
    this.log = log
    log.events.on('changed', () => {
      // At once: until the documents follow, what others write must not go to whoever was removed.
      this.links.refreshRights()
      void this.refresh()
    })
    log.events.on('doubt', () => {
      this.events.emit('doubt', undefined)
    })
    log.events.on('published', ({ feed, head, entries }) => {
      this.links.tell({ type: 'appended', feed, head, entries, from: undefined })
    })
    await log.load()
    if (!this.record.genesis) await this.saveRecord({ genesis })
    for (const [feed, head] of log.heads) this.links.tell({ type: 'feed', feed, kind: 'log', head })
    await this.refresh()
    return accepted(log)
  }

  async saveRecord(changes: Partial<RoomRecord>): Promise<void> {
    this.record = { ...this.record, ...changes }
    await saveRoomRecord(this.store, this.record)
  }

  /** Brings documents, feeds and links in line with the access log. Calls that come while it runs share the next run. */
  refresh(): Promise<void> {
    if (this.#nextRefresh) return this.#nextRefresh
    this.#nextRefresh = this.#refreshing.then(() => {
      this.#nextRefresh = undefined
      return this.#refresh()
    })
    this.#refreshing = this.#nextRefresh
    return this.#nextRefresh
  }

  may(action: 'hold' | 'read', { person, device }: Pick<RemoteIdentity, 'person' | 'device'>): boolean {
    const { state } = this
    if (!state?.can(person, action)) return false
    return action === 'hold' ? state.isHolderDevice(device) : state.isDeviceStanding(device)
  }

  ingest(
    feed: FeedId,
    from: number,
    entries: readonly SignedEntry[],
    remote: RemoteIdentity | undefined,
  ): Promise<IngestOutcome> {
    return ingestWithin(this, feed, entries, () => this.#ingest(feed, from, entries, remote))
  }

  #ingest(
    feed: FeedId,
    from: number,
    entries: readonly SignedEntry[],
    remote: RemoteIdentity | undefined,
  ): Promise<IngestOutcome> {
    const { log } = this
    if (!log) return Promise.resolve({ type: 'retry' })
    if (this.isEndedByFork(feed) && !hasPinAhead(this, feed))
      return Promise.resolve({ type: 'refused', reason: 'fork' })
    // What others took in before the proof stays, and honest work stands on it; the author gets nothing more in.
    if (this.forked.has(feed) && remote?.person === this.authorOf(feed)?.person)
      return Promise.resolve({ type: 'retry' })
    if (leadsAstray(this, feed, from, entries)) return Promise.resolve({ type: 'retry' })
    const record = this.recordOf(feed)
    const host = record && this.documents.get(record.document)
    // Taken for a log it would be refused for good; it only came before the operation that opens it.
    const isEarly = !record && entries.some(({ bytes }) => isDocumentEntry(bytes))
    // Whoever has left is there to tell of it, not to read on.
    if (isEarly || (record && this.record.hasLeft)) return Promise.resolve({ type: 'retry' })
    if (!record) return log.ingest(feed, from, entries, remote?.session ?? 'unknown')
    // It will be held as soon as the documents have followed the log.
    if (isLateFeed(log, record)) return Promise.resolve({ type: 'retry' })
    if (record.status !== 'effective') {
      // What is held already goes on as a shadow, from the next refresh on: not a refusal, which would be for good.
      if (host?.heads.has(feed)) return Promise.resolve({ type: 'retry' })
      return Promise.resolve({ type: 'refused', reason: record.status })
    }
    const giver = { device: remote?.device, mayHold: remote !== undefined && this.may('hold', remote) }
    if (isExcess(record, from, giver))
      return Promise.resolve({ type: giver.device === record.device ? 'forged' : 'retry' })
    return host ? host.ingest(record, from, entries) : Promise.resolve({ type: 'retry' })
  }

  /** Removes from storage what a later session is to take anew. */
  async dropFeed(feed: FeedId): Promise<void> {
    const store = this.log?.has(feed) ? this.#logStore : this.#documentStore
    await store.remove(feed)
  }

  /** What is held of a feed, and how much of it is accepted. */
  recordOf(feed: FeedId): FeedRecord | undefined {
    const { log } = this
    return log && this.#shadows.recordOf(feed, log.state, log.openings)
  }
  /** All document feeds that are held, those of which nothing is accepted any more included. */
  get feedRecords(): readonly FeedRecord[] {
    const { log } = this
    return log ? [...this.#shadows.records(log.state, log.openings)] : []
  }

  /** Whose feed or log this is, as far as it is known. */
  authorOf(feed: FeedId): { readonly person: PersonId; readonly device: DeviceId } | undefined {
    return this.recordOf(feed) ?? this.log?.access.binding(feed)
  }

  /** Whether a feed was proved to be forked and is here as far as the proof reaches: it takes nothing more. */
  isEndedByFork(feed: FeedId): boolean {
    const evidence = this.forked.get(feed)
    return evidence !== undefined && this.hashAt(feed, evidence.length) !== undefined
  }

  hashAt(feed: FeedId, length: number): Uint8Array | undefined {
    const record = this.recordOf(feed)
    return record ? this.documents.get(record.document)?.hashAt(feed, length) : this.log?.hashAt(feed, length)
  }

  /** How far the document feeds of a session are known here. */
  feedHeadsOf(session: SessionId): readonly (ChainHead & { readonly feed: FeedId })[] {
    const heads: (ChainHead & { readonly feed: FeedId })[] = []
    for (const { feed, session: writer, document } of this.state?.feeds.values() ?? []) {
      const head = writer === session ? this.documents.get(document)?.heads.get(feed) : undefined
      if (head && head.length > 0) heads.push({ feed, ...head })
    }
    return heads
  }

  async read(feed: FeedId, from: number, bytesMax: number): Promise<ReadRange> {
    const store = this.log?.has(feed) ? this.#logStore : this.#documentStore
    return { entries: await store.read(feed, from, bytesMax), hashBefore: this.hashAt(feed, from) }
  }

  /**
   * Makes sure that this session has a feed of its own in a document, under a grant that stands. False when the person
   * may not write there.
   */
  openOwnFeed(document: DocumentId): Promise<boolean> {
    // One at a time: two at once would each announce the feed.
    const opened = this.#opening.then(() => this.#openOwnFeed(document))
    this.#opening = opened.catch(() => false)
    return opened
  }

  async #openOwnFeed(document: DocumentId): Promise<boolean> {
    const host = this.documents.get(document)
    const { log, me } = this
    if (!host || !log) return false
    const known = this.#ownFeed(document)
    // The log may know the feed before the document does.
    if (known && host.guarded.clientOf(known.feed) === undefined) await this.refresh()
    if (known) return host.openOwnFeed(known.feed)
    const node = log.state.nodeFor(me, 'write', document)
    if (!node) return false
    const feed = feedIdOf(this.session.id, document, node.hash)
    const opened = await log.appendUnder(node.hash, { kind: 'feed.open', document })
    if (!opened.ok) return false
    await this.refresh()
    return log.state.feeds.get(feed)?.status === 'effective' && host.openOwnFeed(feed)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.keeper.close()
    await this.links.close('room-closed')
    await this.#refreshing
    await this.keeper.settled()
    await Promise.all([...this.documents.values()].map((host) => host.close()))
    await this.log?.settled()
    this.events.clear()
  }

  /** The session is over: see `DocumentHost.halt`. */
  halt(): void {
    this.log?.halt()
    for (const host of this.documents.values()) host.halt()
  }

  flush(): void {
    for (const host of this.documents.values()) host.flush()
  }

  #ownFeed(document: DocumentId): FeedRecord | undefined {
    const state = this.state
    if (!state) return undefined
    for (const record of state.feeds.values()) {
      const isOwn = record.session === this.session.id && record.document === document
      if (isOwn && record.status === 'effective' && state.isStanding(record.node, this.me)) return record
    }
    return undefined
  }

  /** Computed again only when operations or keys came. */
  #chooseEpoch(): EpochId | undefined {
    const { log, ring } = this
    if (!log) return undefined
    const revision = `${log.access.revision} ${ring.revision}`
    if (this.#chosen?.revision !== revision) this.#chosen = { revision, epoch: chooseEpoch(log.state, ring) }
    return this.#chosen.epoch
  }

  async #refresh(): Promise<void> {
    const state = this.state
    if (!state || this.#isClosed) return
    // Keys first, so that what they open is taken in at once.
    await this.keeper.update()
    const feeds = new Map<DocumentId, FeedRecord[]>()
    // What was taken in before and counts no longer stays below what others wrote on it.
    for (const host of this.documents.values()) {
      for (const [feed, head] of host.heads) {
        if (state.feeds.get(feed)?.status === 'effective' || !this.#shadows.want(feed)) continue
        if (host.guarded.endOf(feed)) continue
        // Entries that came between the act that ended it and here were refused.
        this.links.tell({ type: 'feed', feed, kind: 'document', head })
      }
    }
    // What somebody wrote who had not heard of their removal may yet be let in.
    for (const record of state.feeds.values())
      if (this.log && isLateFeed(this.log, record)) this.#shadows.want(record.feed)
    for (const record of this.feedRecords) {
      const siblings = feeds.get(record.document)
      if (siblings) siblings.push(record)
      else feeds.set(record.document, [record])
    }
    for (const { id, kind } of state.documents.values()) {
      const host = this.documents.get(id) ?? this.#createHost(id, kind)
      for (const { feed, head } of await host.register(feeds.get(id) ?? [])) {
        if (this.#isClosed) return
        this.links.tell({ type: 'feed', feed, kind: 'document', head })
        // Ended in an earlier life of this page, before the links knew of the feed.
        const end = host.guarded.endOf(feed)
        if (end) this.links.tell({ type: 'refused', feed, reason: end.reason })
      }
    }
    for (const host of this.documents.values()) host.resume()
    this.links.refreshRights()
    this.events.emit('changed', undefined)
  }

  #createHost(document: DocumentId, kind: 'chat' | 'note'): DocumentHost {
    const onMissing = (feed: FeedId): void => {
      if (this.#shadows.want(feed)) void this.refresh()
    }
    return createHost(this, { document, kind, store: this.#documentStore, onMissing })
  }
}
