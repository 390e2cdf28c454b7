import type { DocumentId, FeedId, OperationHash } from '../base/ids.ts'
import { compareSeniority, covers } from './authority-node.ts'
import { mergeRanges, OpenedFeed, UNLIMITED, type EntryRange } from './feed-record.ts'
import type { FeedBounds, FeedRecord, Opening } from './feed-record.ts'
import type { RegisteredFeed } from './logged-operation.ts'
import { MappedTable } from './mapped-table.ts'
import type { RedactBody } from './operation.ts'
import type { Outcome } from './outcome.ts'
import type { OutcomeTable } from './outcome-table.ts'
import { roleAllows } from './permission.ts'
import { allPlaced, firstPlaced, placedIn, withoutPlaced, withPlaced, type PlacedList } from './placed-list.ts'
import { insertPlaced, removePlaced, type PlacedOperation } from './senior-register.ts'

/** A feed, with all operations that open it: one, or more in vain. */
interface Feed {
  readonly registered: RegisteredFeed
  readonly writers: Writers
  /** Undefined once none is left: then it is out of the table. */
  openings: PlacedList<Opening> | undefined
  isStale: boolean
  /** What was decided last; of one that is new, nothing yet. */
  record: FeedRecord | undefined
}

/** Who may write as one client id of a document, the most senior first: one, if ids do not collide. */
interface Writers {
  readonly document: DocumentFeeds
  openings: PlacedList<Opening> | undefined
}

interface DocumentFeeds {
  isKnown: boolean
  /** By client id. Only grows, with the operations held. */
  readonly writers: Map<number, Writers>
}

const NO_RANGES: readonly EntryRange[] = []

/**
 * The feeds of all documents: which session writes as which Yjs client, how far it is accepted and what of it is hidden.
 * Everything is decided anew from what is there, so that what came can go again.
 */
export class FeedRegistry {
  readonly records: ReadonlyMap<FeedId, FeedRecord>
  readonly #outcomes: OutcomeTable
  readonly #documents: { has(document: DocumentId): boolean }
  readonly #feeds = new Map<FeedId, Feed>()
  readonly #byDocument = new Map<DocumentId, DocumentFeeds>()
  readonly #redacts = new Map<FeedId, PlacedOperation<RedactBody>[]>()
  /** Feeds whose record has to be made anew. */
  #stale: Feed[] = []

  constructor(outcomes: OutcomeTable, documents: { has(document: DocumentId): boolean }) {
    this.#outcomes = outcomes
    this.#documents = documents
    this.records = new MappedTable(this.#feeds, ({ record }: Feed) => record)
  }

  place(opening: Opening): void {
    const registered = opening.operation.feed
    if (registered === undefined) return
    const { id } = registered
    const feed = this.#feeds.get(id)
    if (feed === undefined) {
      const writers = this.#writersOf(opening.body.document, registered.client)
      const opened: Feed = { registered, writers, openings: opening, isStale: true, record: undefined }
      this.#feeds.set(id, opened)
      this.#stale.push(opened)
      if (opening.refusal === undefined) this.#addWriter(writers, opening)
      this.#outcomes.set(opening.operation, statusOf(opening, writers))
      if (this.#redacts.size > 0) this.#settleRedacts(id)
      return
    }
    const known = feed.openings && placedIn(feed.openings, opening)
    if (known?.refusal === opening.refusal && known?.node === opening.node) {
      this.#settle(known, feed)
      return
    }
    if (known) this.#drop(feed, known)
    feed.openings = withPlaced(feed.openings, opening)
    if (opening.refusal === undefined) this.#addWriter(feed.writers, opening)
    this.#settle(opening, feed)
  }

  remove({ hash, feed: registered }: Opening['operation']): void {
    const feed = registered && this.#feeds.get(registered.id)
    const known = allPlaced(feed?.openings).find(({ operation }) => operation.hash === hash)
    if (!feed || !known) return
    this.#drop(feed, known)
    if (feed.openings !== undefined) return
    this.#feeds.delete(feed.registered.id)
    this.#settleRedacts(feed.registered.id)
  }

  /** The document has come or gone. */
  updateDocument(document: DocumentId): void {
    const known = this.#byDocument.get(document)
    if (known === undefined) return
    known.isKnown = this.#documents.has(document)
    for (const { openings } of known.writers.values()) for (const opening of allPlaced(openings)) this.#settle(opening)
  }

  /** What limits the feed has changed. */
  touch(id: FeedId): void {
    const feed = this.#feeds.get(id)
    if (feed) this.#markStale(feed)
  }

  touchDocument(document: DocumentId): void {
    for (const { openings } of this.#byDocument.get(document)?.writers.values() ?? [])
      for (const { operation } of allPlaced(openings)) if (operation.feed) this.touch(operation.feed.id)
  }

  redact(redact: PlacedOperation<RedactBody>): void {
    const { feed } = redact.body
    const known = this.#redacts.get(feed)
    if (known) insertPlaced(known, redact)
    else this.#redacts.set(feed, [redact])
    this.#outcomes.set(redact.operation, this.#outcomeOfRedact(redact))
    this.touch(feed)
  }

  unredact(hash: OperationHash, feed: FeedId): void {
    const known = this.#redacts.get(feed)
    if (!known) return
    removePlaced(known, hash)
    if (known.length === 0) this.#redacts.delete(feed)
    this.touch(feed)
  }

  /** Makes the records of all feeds that changed. */
  flush(boundsOf: (opening: Opening, feed: FeedId) => FeedBounds): void {
    const stale = this.#stale
    this.#stale = []
    for (const feed of stale) {
      feed.isStale = false
      const chosen = chosenOf(feed)
      if (chosen === undefined) continue
      const { registered, writers } = feed
      const status = statusOf(chosen, writers)
      const bounds = status === 'effective' ? boundsOf(chosen, registered.id) : UNLIMITED
      feed.record = new OpenedFeed(chosen, registered, { status, bounds, redactions: this.#hidden(registered.id) })
    }
  }

  #drop(feed: Feed, opening: Opening): void {
    feed.openings = withoutPlaced(feed.openings, opening)
    if (opening.refusal === undefined) this.#removeWriter(feed.writers, opening)
    this.#markStale(feed)
  }

  #markStale(feed: Feed): void {
    if (feed.isStale) return
    feed.isStale = true
    this.#stale.push(feed)
  }

  #settle(opening: Opening, feed = opening.operation.feed && this.#feeds.get(opening.operation.feed.id)): void {
    if (!feed) return
    this.#outcomes.set(opening.operation, statusOf(opening, feed.writers))
    this.#markStale(feed)
  }

  #writersOf(document: DocumentId, client: number): Writers {
    let feeds = this.#byDocument.get(document)
    if (!feeds) this.#byDocument.set(document, (feeds = { isKnown: this.#documents.has(document), writers: new Map() }))
    let writers = feeds.writers.get(client)
    if (!writers) feeds.writers.set(client, (writers = { document: feeds, openings: undefined }))
    return writers
  }

  #addWriter(writers: Writers, opening: Opening): void {
    const before = firstPlaced(writers.openings)
    writers.openings = withPlaced(writers.openings, opening)
    if (before && firstPlaced(writers.openings) !== before) this.#settle(before)
  }

  #removeWriter(writers: Writers, opening: Opening): void {
    const before = firstPlaced(writers.openings)
    writers.openings = withoutPlaced(writers.openings, opening)
    const first = firstPlaced(writers.openings)
    if (first && first !== before) this.#settle(first)
  }

  #settleRedacts(feed: FeedId): void {
    for (const redact of this.#redacts.get(feed) ?? [])
      this.#outcomes.set(redact.operation, this.#outcomeOfRedact(redact))
  }

  #outcomeOfRedact({ operation, node, body }: PlacedOperation<RedactBody>): Outcome {
    const opening = firstPlaced(this.#feeds.get(body.feed)?.openings)
    if (opening === undefined) return 'missing-feed'
    if (body.from >= body.to) return 'malformed'
    if (opening.operation.log.person === operation.log.person) return 'effective'
    if (!roleAllows(node.role, 'redact')) return 'role'
    if (!covers(node.documents, opening.body.document)) return 'scope'
    return compareSeniority(node, opening.node) < 0 ? 'effective' : 'outranked'
  }

  #hidden(feed: FeedId): readonly EntryRange[] {
    const redacts = this.#redacts.get(feed)
    if (redacts === undefined) return NO_RANGES
    return mergeRanges(
      redacts.flatMap((redact) => (this.#outcomeOfRedact(redact) === 'effective' ? [redact.body] : [])),
    )
  }
}

function statusOf({ refusal, operation }: Opening, { document, openings }: Writers): Outcome {
  if (refusal !== undefined) return refusal
  if (!document.isKnown) return 'document'
  return firstPlaced(openings)?.operation === operation ? 'effective' : 'client-taken'
}

/** The one that may write, else the first. All of one feed have the same client id. */
function chosenOf({ registered, writers, openings }: Feed): Opening | undefined {
  const first = firstPlaced(openings)
  const holder = firstPlaced(writers.openings)
  return first && holder && holder !== first && holder.operation.feed?.id === registered.id ? holder : first
}
