import * as Y from 'yjs'
import { assert } from '../base/assert.ts'
import { Emitter } from '../base/emitter.ts'
import type { DocumentId, FeedId } from '../base/ids.ts'
import { CUT_HEADS_MAX, type CutHead } from '../feed/cut.ts'
import { createDocument, schemaOf, type DocumentKind } from './document-content.ts'
import { textOfBodies } from './body-text.ts'
import { EntryIntake, type FeedEnd } from './entry-intake.ts'
import type { AppliedEntry, EntryReport, ReceivedEntry } from './entry-outcome.ts'
import type { FeedPrefix, FeedRegistration } from './feed-prefix.ts'
import { Guard } from './guard/guard.ts'
import { assertHealthy } from './guard/health.ts'
import { SPLIT_BYTES } from './guard/limits.ts'
import { encodeLocalChanges, normaliseLocalAnchors, type DeleteSet } from './guard/local-changes.ts'
import { splitUpdate } from './guard/split-update.ts'
import type { LocalEntry, LocalFlush, RefusedChanges } from './local-flush.ts'
import { insertedText } from './plain-text.ts'
import { compactUpdate } from './update-body.ts'

export type { LocalEntry } from './local-flush.ts'

/** The origin of transactions that bring what others wrote; editors must not take them into their undo history. */
export const REMOTE_ORIGIN = 'remote'

/** Entries in one transaction while loading: in a single large one Yjs spends more on tidying up than on the entries. */
const LOAD_PAGE_ENTRIES = 256

/** Steps of the adjacency walk that one entry may take in idle time: some 30 ms, a hundred times the usual budget. */
const POSTPONED_STEPS_MAX = 2_000_000

interface GuardedDocumentEvents {
  /** Entries were taken in, or own ones handed out; in an order in which each follows what its author had seen. */
  readonly applied: readonly AppliedEntry[]
  /** The user changed something: call `takeLocalChanges` soon, and before the next `receive`. */
  readonly local: undefined
  /** An observer of the Yjs document threw, which is its mistake. See `needsRebuild`: the document may be lost. */
  readonly failed: unknown
  /** All entries will come once more, into a new document: forget what `applied` told. */
  readonly reset: undefined
  /** `doc` is another object: bind to it and forget the old one. */
  readonly replaced: Y.Doc
}

/**
 * One document as this device holds it: a Yjs document in which nothing stands that the guard has not let in. Entries
 * of all feeds go in by `receive`, the user's own changes come out of `takeLocalChanges`. The feeds are the truth and
 * the Yjs document a cache: `rebuild` makes it anew from entries.
 *
 * Knows nothing of signatures, keys, storage and time. SPEC.md has the rules (D1 and on).
 */
export class GuardedDocument {
  readonly id: DocumentId
  readonly kind: DocumentKind
  readonly events = new Emitter<GuardedDocumentEvents>()
  readonly #registrations = new Map<FeedId, FeedRegistration>()
  /** Entries on which Yjs failed, so that a rebuild does not try them again. */
  readonly #quarantine = new Map<FeedId, FeedEnd>()
  #intake: EntryIntake
  #own: FeedPrefix | undefined
  #localDeletes: DeleteSet[] = []
  /** Feeds that grew since the last own entry. */
  #unseen = new Set<FeedId>()
  #needsRebuild = false
  /** Where each feed parts whose other branch is the one that counts. */
  readonly #lostBranches = new Map<FeedId, number>()

  constructor({ document, kind }: { document: DocumentId; kind: DocumentKind }) {
    this.id = document
    this.kind = kind
    this.#intake = this.#createIntake()
  }

  get doc(): Y.Doc {
    return this.#intake.doc
  }

  /** Whether the document shows what it should not (a changed limit, refused own changes, a failure): see `rebuild`. */
  get needsRebuild(): boolean {
    return this.#needsRebuild || this.#intake.isDamaged || this.#intake.isStale
  }

  get hasLocalChanges(): boolean {
    const state = Y.getState(this.doc.store, this.doc.clientID)
    return this.#localDeletes.length > 0 || state > (this.#own?.endClock ?? 0)
  }

  /** The next clock of the own feed after what was handed out. */
  get publishedClock(): number {
    return this.#own?.endClock ?? 0
  }

  /** The clock of the item that this device makes next. */
  get nextClock(): number {
    return Y.getState(this.doc.store, this.doc.clientID)
  }

  get ownFeed(): FeedId | undefined {
    return this.#own?.feed
  }

  /** Entries taken in of a feed. */
  lengthOf(feed: FeedId): number {
    return this.#intake.prefixes.get(feed)?.length ?? 0
  }

  feedOfClient(client: number): FeedId | undefined {
    for (const { feed, client: bound } of this.#registrations.values()) if (bound === client) return feed
    return undefined
  }

  clientOf(feed: FeedId): number | undefined {
    return this.#registrations.get(feed)?.client
  }

  /** Where and why a feed ended, if one of its entries was refused. */
  endOf(feed: FeedId): FeedEnd | undefined {
    return this.#intake.ends.get(feed)
  }

  /** The name of the root in which only this feed appends. */
  laneOf(feed: FeedId): string {
    return this.#intake.guard.laneOf(feed)
  }

  /** All feeds with what is here of them. */
  heads(): readonly CutHead[] {
    return [...this.#intake.prefixes.values()].map(({ feed, length }) => ({ feed, length }))
  }

  /**
   * Lets a feed write here, as the access log says, or changes what of it is hidden. Entries that waited for it are
   * reported. A second feed for one client is refused: the log's registry keeps them apart.
   */
  registerFeed(registration: FeedRegistration): readonly EntryReport[] {
    const { feed, limit, redactions } = registration
    const known = this.#intake.prefixes.get(feed)
    if (known === undefined) {
      if (!this.#intake.register(registration)) return []
    } else {
      if (this.#intake.setVisibility(known, { limit, redactions })) this.#needsRebuild = true
    }
    this.#registrations.set(feed, registration)
    return this.needsRebuild ? [] : this.#run(() => this.#intake.reconsider(feed))
  }

  /**
   * The words of a feed's entries from a position on, taken in or waiting, without what the author deleted again. For
   * the author, when a limit cuts them off: ask before the document is rebuilt, which hides them.
   */
  cutOff(feed: FeedId, from: number): string {
    const prefix = this.#intake.prefixes.get(feed)
    if (prefix === undefined) return ''
    const { client, endClock } = prefix
    const taken = insertedText(this.doc, client, prefix.endClockAt(Math.min(from, prefix.length)))
    const bodies = this.#intake.held.following(feed, prefix.length).map(({ body }) => body)
    return [taken, textOfBodies(bodies, client, endClock, from - prefix.length)].filter(Boolean).join('\n')
  }

  /**
   * The pin of a forked feed names another branch than the one that is here from `seq` on. What is here of it goes at
   * the next `rebuild`, which judges all entries anew: those that stand on the lost branch may not pass any more.
   */
  leaveBranch(feed: FeedId, seq: number): void {
    this.#intake.forgetFrom(feed, seq)
    this.#quarantine.delete(feed)
    if (this.lengthOf(feed) <= seq) return
    this.#needsRebuild = true
    this.#lostBranches.set(feed, Math.min(seq, this.#lostBranches.get(feed) ?? seq))
  }

  /** Makes this device the writer of a registered feed. All of the feed must be here: see rule D9. */
  openOwnFeed(feed: FeedId): void {
    const prefix = this.#intake.prefixes.get(feed)
    assert(prefix !== undefined && !this.#intake.ends.has(feed), 'a registered feed in good order')
    assert(!this.hasLocalChanges, 'local changes belong to the feed that was open')
    assert(Y.getState(this.doc.store, prefix.client) === prefix.endClock, 'the feed goes on where it ended')
    this.doc.clientID = prefix.client
    this.#intake.ownFeed = feed
    this.#own = prefix
    this.#unseen = new Set()
    for (const other of this.#intake.prefixes.values()) {
      if (other !== prefix && other.length > prefix.seenOf(other)) this.#unseen.add(other.feed)
    }
  }

  /**
   * Takes entries in, in any order, as one change of the document. Each is applied, held until what it stands on is
   * here, or refused for good. Reports every entry on which something was decided, held ones of earlier calls included.
   */
  receive(batch: readonly ReceivedEntry[]): readonly EntryReport[] {
    assert(!this.hasLocalChanges, 'local changes are taken before remote ones are let in')
    assert(!this.needsRebuild, 'the document is rebuilt first')
    return this.#run(() => {
      for (const entry of batch) this.#intake.offer(entry)
    })
  }

  /** Takes in what this device has stored: entries that an earlier document of its own reported as applied. */
  load(entries: Iterable<ReceivedEntry>): readonly EntryReport[] {
    assert(!this.hasLocalChanges, 'a document is loaded before it is changed')
    return this.#load(entries, true)
  }

  #load(entries: Iterable<ReceivedEntry>, isTrusting: boolean): readonly EntryReport[] {
    const reports: EntryReport[] = []
    const intake = this.#intake
    let page: ReceivedEntry[] = []
    const take = (): void => {
      const entriesOfPage = page
      page = []
      reports.push(
        ...this.#run(() => {
          intake.isTrusting = isTrusting
          if (!isTrusting) intake.stepsMax = POSTPONED_STEPS_MAX
          for (const entry of entriesOfPage) intake.offer(entry)
          intake.isTrusting = false
          intake.stepsMax = undefined
        }),
      )
    }
    intake.isPartial = true
    for (const entry of entries) if (page.push(entry) === LOAD_PAGE_ENTRIES) take()
    intake.isPartial = false
    take()
    return reports
  }

  /** Judges entries that cost too much while the user was waiting. For idle time; what costs too much even then waits on. */
  retryPostponed(): readonly EntryReport[] {
    assert(!this.hasLocalChanges && !this.needsRebuild, 'as for receive')
    return this.#run(() => {
      this.#intake.stepsMax = POSTPONED_STEPS_MAX
      this.#intake.retryPostponed()
      this.#intake.stepsMax = undefined
    })
  }

  /**
   * Hands out what the user changed since the last call, as entries that follow one another. They pass this device's own
   * guard first, since a refused one would end the feed. Whoever calls stores them, or opens a new feed.
   */
  takeLocalChanges({ nowMs }: { readonly nowMs: number }): LocalFlush {
    if (!this.hasLocalChanges) return { entries: [] }
    const own = this.#own
    if (own === undefined) return this.#refuse([], 'no-feed', undefined)
    if (own.limit !== undefined) return this.#refuse([], 'limit', undefined)
    if (this.#unseen.size > CUT_HEADS_MAX) return this.#refuse([], 'cut', 'too many feeds')
    normaliseLocalAnchors(this.doc, own.client, own.endClock)
    const update = encodeLocalChanges(this.doc, own.client, own.endClock, this.#localDeletes)
    this.#localDeletes = []
    if (update === undefined) return { entries: [] }
    const sizeBytesMax = Math.min(SPLIT_BYTES, schemaOf(this.kind).updateBytesMax)
    const parts = splitUpdate(update, sizeBytesMax)
    if (!parts.ok) return this.#refuse([], parts.reason, parts.detail)
    const cut = [...this.#unseen].map((feed) => ({ feed, length: this.lengthOf(feed) }))
    this.#intake.seeAll(own, cut)
    const entries: LocalEntry[] = []
    for (const part of parts.value) {
      if (own.hides(own.length)) return this.#refuse(entries, 'redacted', undefined)
      const checked = this.#intake.guard.check(own.client, own.view, part, Number.MAX_SAFE_INTEGER)
      if (!checked.ok) return this.#refuse(entries, checked.reason, checked.detail)
      const { from: clockFrom, to: clockTo } = checked.value
      const entry = { feed: own.feed, seq: own.length, cut: entries.length === 0 ? cut : [], clockFrom, clockTo }
      entries.push({ ...entry, body: compactUpdate(part, own.client, clockFrom) })
      this.#intake.guard.commit(checked.value)
      this.#intake.pushOwn({ ...entry, client: own.client, receivedAtMs: nowMs, isShadow: false }, own)
    }
    this.#unseen.clear()
    this.#announce()
    return { entries }
  }

  /**
   * Makes the document anew from entries that were reported as applied, under the limits as they are now, and goes on
   * writing the own feed, unless it was cut off. What was held stays held.
   */
  rebuild(entries: readonly ReceivedEntry[]): readonly EntryReport[] {
    const former = this.#intake
    const own = this.#own
    this.#own = undefined
    this.#localDeletes = []
    this.#unseen.clear()
    this.#needsRebuild = false
    const isTrusting = this.#lostBranches.size === 0
    const reports = this.#reload(
      entries.filter(({ feed, seq }) => seq < (this.#lostBranches.get(feed) ?? Infinity)),
      isTrusting,
    )
    this.#lostBranches.clear()
    reports.push(...this.#run(() => this.#intake.inherit(former)))
    if (own !== undefined && this.lengthOf(own.feed) === own.length && !this.#intake.ends.has(own.feed)) {
      this.openOwnFeed(own.feed)
    } else assert(own?.limit !== undefined || own === undefined || !isTrusting, 'a rebuild has all own entries')
    // The former document is still whole, so that whoever is bound to it can carry a selection over.
    this.events.emit('replaced', this.doc)
    former.doc.destroy()
    return reports
  }

  destroy(): void {
    this.events.clear()
    this.doc.destroy()
  }

  /** Loads into new documents until Yjs fails on none of the entries; each time it has one feed fewer to fail on. */
  #reload(entries: readonly ReceivedEntry[], isTrusting: boolean): EntryReport[] {
    const former = this.#intake
    for (const [feed, end] of former.ends) if (end.reason === 'apply-failed') this.#quarantine.set(feed, end)
    this.#intake = this.#createIntake()
    this.events.emit('reset', undefined)
    for (const [feed, end] of this.#quarantine) this.#intake.ends.set(feed, end)
    for (const registration of this.#registrations.values()) {
      assert(this.#intake.register(registration), 'clients were told apart before')
    }
    const reports = [...this.#load(entries, isTrusting)]
    if (!this.#intake.isDamaged) {
      // What was refused is refused again, and what it named beyond a limit named again.
      const refused = [...former.ends].filter(([feed]) => !this.#quarantine.has(feed)).map(([, { entry }]) => entry)
      const others = this.#run(() => {
        for (const entry of refused) this.#intake.offer(entry)
      })
      return [...reports, ...others.filter(({ entry }) => !refused.includes(entry))]
    }
    assert(
      [...this.#intake.ends].some(([feed, { reason }]) => reason === 'apply-failed' && !this.#quarantine.has(feed)),
      'a new document is in good order',
    )
    for (const [feed, end] of former.ends) if (!this.#intake.ends.has(feed)) this.#intake.ends.set(feed, end)
    return this.#reload(entries, isTrusting)
  }

  #createIntake(): EntryIntake {
    const doc = createDocument(this.kind, { gc: false })
    doc.on('afterTransaction', (transaction) => this.#afterTransaction(transaction))
    return new EntryIntake(doc, new Guard({ doc, schema: schemaOf(this.kind) }))
  }

  #afterTransaction(transaction: Y.Transaction): void {
    if (!transaction.local || transaction.doc !== this.doc) return
    const { clientID } = this.doc
    const hasDeletes = transaction.deleteSet.clients.size > 0
    if (hasDeletes) this.#localDeletes.push(transaction.deleteSet)
    const hasInserts = transaction.afterState.get(clientID) !== transaction.beforeState.get(clientID)
    if (hasDeletes || hasInserts) this.events.emit('local', undefined)
  }

  /** Runs what takes entries in as one transaction, and tells of it afterwards. */
  #run(work: () => void): readonly EntryReport[] {
    const { doc } = this
    assert(doc._transaction === null, 'entries are not taken in within a transaction')
    let isDone = false
    try {
      Y.transact(
        doc,
        () => {
          work()
          this.#intake.finish()
          isDone = true
        },
        REMOTE_ORIGIN,
        false,
      )
    } catch (error) {
      // What was taken in is taken in; a listener that threw may have left the document without events.
      if (!isDone) throw error
      this.events.emit('failed', error)
    }
    this.#checkHealth()
    const { outcomes, applied } = this.#intake
    if (this.#own !== undefined) for (const { feed } of applied) this.#unseen.add(feed)
    this.#intake.outcomes = new Map()
    this.#announce()
    return Array.from(outcomes, ([entry, outcome]) => ({ entry, outcome }))
  }

  /** A document that is not as it must be is a mistake of ours; it is replaced, and must not stop the rest. */
  #checkHealth(): void {
    const { doc } = this
    try {
      // Before a feed is opened the id is of no use, and Yjs may change it.
      assertHealthy(doc, this.#own?.client ?? doc.clientID)
    } catch {
      this.#intake.isDamaged = true
    }
  }

  #announce(): void {
    const { applied } = this.#intake
    if (applied.length === 0) return
    this.#intake.applied = []
    this.events.emit('applied', applied)
  }

  #refuse(entries: readonly LocalEntry[], reason: RefusedChanges['reason'], detail?: string): LocalFlush {
    const text = insertedText(this.doc, this.doc.clientID, this.publishedClock)
    this.#needsRebuild = true
    this.#announce()
    return { entries, refused: { reason, detail, text } }
  }
}
