import type { DocumentId, FeedId, OperationHash } from '../base/ids.ts'
import { compareSeniority, covers } from './authority-node.ts'
import { feedRecord, mergeRanges, UNLIMITED, type EntryRange } from './feed-record.ts'
import type { FeedBounds, FeedRecord, Opening } from './feed-record.ts'
import type { RedactBody } from './operation.ts'
import type { Outcome } from './outcome.ts'
import type { OutcomeTable } from './outcome-table.ts'
import { roleAllows } from './permission.ts'
import { dropPlaced, findPlaced, insertPlaced, removePlaced, type PlacedOperation } from './senior-register.ts'

/** A feed, with all operations that open it: one, or more in vain. */
interface Feed {
  readonly id: FeedId
  /** In their order. */
  readonly openings: Opening[]
  isStale: boolean
}

/** By client id: those that may write as it, the most senior first. */
type Clients = Map<number, Opening[]>

const NO_RANGES: readonly EntryRange[] = []

/**
 * The feeds of all documents: which session writes as which Yjs client, how far it is accepted and what of it is hidden.
 * Everything is decided anew from what is there, so that what came can go again.
 */
export class FeedRegistry {
  readonly records = new Map<FeedId, FeedRecord>()
  readonly #outcomes: OutcomeTable
  readonly #documents: { has(document: DocumentId): boolean }
  readonly #feeds = new Map<FeedId, Feed>()
  readonly #clients = new Map<DocumentId, Clients>()
  readonly #redacts = new Map<FeedId, PlacedOperation<RedactBody>[]>()
  /** Feeds whose record has to be made anew. */
  #stale: Feed[] = []

  constructor(outcomes: OutcomeTable, documents: { has(document: DocumentId): boolean }) {
    this.#outcomes = outcomes
    this.#documents = documents
  }

  place(opening: Opening): void {
    const { operation, refusal } = opening
    const id = operation.feed?.id
    if (id === undefined) return
    const feed = this.#feeds.get(id)
    const known = feed && findPlaced(feed.openings, opening)
    if (feed && known?.refusal === refusal && known?.node === opening.node) {
      this.#settle(known, feed)
      return
    }
    if (feed && known) this.#drop(feed, known)
    const own = feed ?? { id, openings: [], isStale: false }
    insertPlaced(own.openings, opening)
    this.#feeds.set(id, own)
    if (refusal === undefined) this.#takeClient(opening)
    this.#settle(opening, own)
    if (own.openings.length === 1) this.#settleRedacts(id)
  }

  remove({ hash, feed: registered }: Opening['operation']): void {
    const feed = registered && this.#feeds.get(registered.id)
    const known = feed?.openings.find(({ operation }) => operation.hash === hash)
    if (!feed || !known) return
    this.#drop(feed, known)
    if (feed.openings.length > 0) return
    this.#feeds.delete(feed.id)
    this.#settleRedacts(feed.id)
  }

  /** The document has come or gone. */
  updateDocument(document: DocumentId): void {
    for (const openings of this.#clients.get(document)?.values() ?? [])
      for (const opening of openings) this.#settle(opening)
  }

  /** What limits the feed has changed. */
  touch(id: FeedId): void {
    const feed = this.#feeds.get(id)
    if (feed) this.#markStale(feed)
  }

  touchDocument(document: DocumentId): void {
    for (const openings of this.#clients.get(document)?.values() ?? [])
      for (const { operation } of openings) if (operation.feed) this.touch(operation.feed.id)
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
      const { id, openings } = feed
      const chosen = this.#chosenOf(openings)
      if (chosen === undefined) {
        // The same feed may have been opened anew since.
        if (!this.#feeds.has(id)) this.records.delete(id)
        continue
      }
      const status = this.#statusOf(chosen)
      const bounds = status === 'effective' ? boundsOf(chosen, id) : UNLIMITED
      const record = feedRecord(chosen, status, bounds, this.#hidden(id))
      if (record) this.records.set(id, record)
    }
  }

  #drop(feed: Feed, opening: Opening): void {
    dropPlaced(feed.openings, opening)
    if (opening.refusal === undefined) this.#leaveClient(opening)
    this.#markStale(feed)
  }

  #markStale(feed: Feed): void {
    if (feed.isStale) return
    feed.isStale = true
    this.#stale.push(feed)
  }

  #statusOf({ refusal, body, operation }: Opening): Outcome {
    if (refusal !== undefined) return refusal
    if (!this.#documents.has(body.document)) return 'document'
    const first = this.#clients.get(body.document)?.get(operation.feed?.client ?? 0)?.[0]
    return first?.operation === operation ? 'effective' : 'client-taken'
  }

  #settle(opening: Opening, feed = opening.operation.feed && this.#feeds.get(opening.operation.feed.id)): void {
    this.#outcomes.set(opening.operation, this.#statusOf(opening))
    if (feed) this.#markStale(feed)
  }

  #takeClient(opening: Opening): void {
    const { document } = opening.body
    const client = opening.operation.feed?.client ?? 0
    let clients = this.#clients.get(document)
    if (!clients) this.#clients.set(document, (clients = new Map()))
    const openings = clients.get(client)
    if (!openings) clients.set(client, [opening])
    else if (insertPlaced(openings, opening) === 0 && openings[1]) this.#settle(openings[1])
  }

  #leaveClient(opening: Opening): void {
    const clients = this.#clients.get(opening.body.document)
    const client = opening.operation.feed?.client ?? 0
    const openings = clients?.get(client)
    const place = openings ? dropPlaced(openings, opening) : -1
    if (openings?.length === 0) clients?.delete(client)
    else if (place === 0 && openings?.[0]) this.#settle(openings[0])
  }

  /** The one that may write, else the first. All of one feed have the same client id. */
  #chosenOf(openings: readonly Opening[]): Opening | undefined {
    const [first] = openings
    const feed = first?.operation.feed
    const holder = feed && this.#clients.get(first.body.document)?.get(feed.client)?.[0]
    return holder?.operation.feed?.id === feed?.id ? (holder ?? first) : first
  }

  #settleRedacts(feed: FeedId): void {
    for (const redact of this.#redacts.get(feed) ?? [])
      this.#outcomes.set(redact.operation, this.#outcomeOfRedact(redact))
  }

  #outcomeOfRedact({ operation, node, body }: PlacedOperation<RedactBody>): Outcome {
    const opening = this.#feeds.get(body.feed)?.openings[0]
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
