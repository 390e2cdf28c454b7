import { idFromBytes, idToBytes } from '../base/ids.ts'
import type { DeviceId, DocumentId, EpochId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import { comparePositions, compareSeniority, type AuthorityNode } from './authority-node.ts'
import type { LoggedOperation } from './logged-operation.ts'
import type {
  DocumentCreateBody,
  DocumentKind,
  EpochBody,
  FeedOpenBody,
  ProfileBody,
  RoomNameBody,
} from './operation.ts'
import type { Outcome } from './outcome.ts'
import type { LeafBody } from './permission.ts'
import type { Revocation } from './revocation.ts'
import type { Role } from './role.ts'

/** An operation that its grant allows, with the grant: where it stands in the order of seniority. */
export interface Placed<Body extends LeafBody = LeafBody> {
  readonly operation: LoggedOperation
  readonly node: AuthorityNode
  readonly body: Body
  readonly limits: readonly Revocation[]
}

export interface RegisteredDocument {
  readonly id: DocumentId
  readonly kind: DocumentKind
  readonly schemaVersion: number
  readonly createdBy: PersonId
}

export interface FeedRecord {
  readonly feed: FeedId
  readonly operation: OperationHash
  readonly session: SessionId
  readonly device: DeviceId
  readonly person: PersonId
  readonly document: DocumentId
  /** The Yjs client id that the feed writes as. */
  readonly client: number
  readonly node: OperationHash
  readonly role: Role | undefined
  /** Only an effective feed's entries are accepted. */
  readonly status: Outcome
  /** How many entries stay accepted; undefined for no limit. */
  readonly limit: number | undefined
  /** Positions that the accepted entries must lead up to, hash and all: a fork on the other side of one is out. */
  readonly pins: readonly ChainHead[]
}

export interface Profile {
  readonly sealed: Uint8Array
  readonly counter: number
  readonly operation: OperationHash
}

export interface RoomKeyRecord {
  readonly epoch: EpochId
  readonly operation: OperationHash
  readonly person: PersonId
}

/**
 * What the allowed operations add up to. Each register keeps a smallest element of a total order, so operations may come
 * in any order and one at a time: the outcome is the same.
 */
export class Registry {
  readonly documents = new Map<DocumentId, RegisteredDocument>()
  readonly feeds = new Map<FeedId, FeedRecord>()
  readonly profiles = new Map<PersonId, Profile>()
  readonly #outcomes: Map<OperationHash, Outcome>
  readonly #waiting = new Map<DocumentId, Placed<FeedOpenBody>[]>()
  readonly #clients = new Map<string, Placed<FeedOpenBody>>()
  readonly #refused = new Map<FeedId, LoggedOperation>()
  readonly #epochs: Placed<EpochBody>[] = []
  readonly #names: Placed<RoomNameBody>[] = []

  constructor(outcomes: Map<OperationHash, Outcome>) {
    this.#outcomes = outcomes
  }

  add(placed: Placed): void {
    const { operation, node, body, limits } = placed
    this.#outcomes.set(operation.hash, 'effective')
    switch (body.kind) {
      case 'document.create':
        this.#addDocument(operation, body)
        break
      case 'feed.open':
        this.#openFeed({ operation, node, body, limits })
        break
      case 'epoch':
        insertSorted(this.#epochs, { operation, node, body, limits })
        break
      case 'profile':
        this.#addProfile(operation, body)
        break
      case 'room.name':
        insertSorted(this.#names, { operation, node, body, limits })
        break
    }
  }

  /** Keeps a feed that may not write in sight, so that its entries are refused with a reason. */
  refuseFeed(operation: LoggedOperation, body: FeedOpenBody, node: AuthorityNode | undefined, status: Outcome): void {
    this.#outcomes.set(operation.hash, status)
    const record = feedRecord(operation, body, node, status, [])
    if (record === undefined) return
    const known = this.feeds.get(record.feed)
    if (known?.status === 'effective') return
    // Opened twice in vain: the first attempt stands for both, in whatever order they came.
    const first = this.#refused.get(record.feed)
    if (first && first !== operation && comparePositions(first, operation) < 0) return
    this.#refused.set(record.feed, operation)
    this.feeds.set(record.feed, record)
  }

  /** The room keys that were announced, most senior author's first. */
  get epochs(): RoomKeyRecord[] {
    return this.#epochs.map(({ operation, body }) => ({
      epoch: body.epoch,
      operation: operation.hash,
      person: operation.log.person,
    }))
  }

  /** Of the names that no other one replaces, the most senior author's latest. */
  get roomName(): { readonly sealed: Uint8Array; readonly operation: OperationHash } | undefined {
    const replaced = new Set(this.#names.flatMap(({ body }) => body.over))
    let chosen: Placed<RoomNameBody> | undefined
    for (const name of this.#names) {
      if (replaced.has(name.operation.hash)) continue
      const isSameLog = chosen?.node === name.node && chosen.operation.log === name.operation.log
      if (chosen === undefined || isSameLog) chosen = name
    }
    return chosen && { sealed: chosen.body.sealed, operation: chosen.operation.hash }
  }

  /** All names that count, for the `over` of the next one. */
  get roomNameOperations(): OperationHash[] {
    return this.#names.map(({ operation }) => operation.hash)
  }

  #addDocument(operation: LoggedOperation, body: DocumentCreateBody): void {
    const id: DocumentId = idFromBytes(idToBytes(operation.hash))
    const { documentKind, schemaVersion } = body
    this.documents.set(id, { id, kind: documentKind, schemaVersion, createdBy: operation.log.person })
    const waiting = this.#waiting.get(id) ?? []
    this.#waiting.delete(id)
    for (const opening of waiting) this.add(opening)
  }

  #addProfile(operation: LoggedOperation, { counter, sealed }: ProfileBody): void {
    const { person } = operation.log
    const known = this.profiles.get(person)
    const isNewer =
      known === undefined || counter > known.counter || (counter === known.counter && operation.hash < known.operation)
    if (isNewer) this.profiles.set(person, { sealed, counter, operation: operation.hash })
  }

  #openFeed(opening: Placed<FeedOpenBody>): void {
    const { operation, node, body } = opening
    if (!this.documents.has(body.document)) {
      const waiting = this.#waiting.get(body.document)
      if (waiting) waiting.push(opening)
      else this.#waiting.set(body.document, [opening])
      this.refuseFeed(operation, body, node, 'document')
      return
    }
    const slot = `${body.document} ${operation.feed?.client}`
    const holder = this.#clients.get(slot)
    if (holder && comparePlaces(holder, opening) < 0) {
      this.refuseFeed(operation, body, node, 'client-taken')
      return
    }
    this.#clients.set(slot, opening)
    const record = feedRecord(operation, body, node, 'effective', opening.limits)
    if (holder) this.#demote(holder)
    if (record) this.feeds.set(record.feed, record)
  }

  #demote({ operation, node, body }: Placed<FeedOpenBody>): void {
    if (operation.feed) this.feeds.delete(operation.feed.id)
    this.refuseFeed(operation, body, node, 'client-taken')
  }
}

function feedRecord(
  operation: LoggedOperation,
  body: FeedOpenBody,
  node: AuthorityNode | undefined,
  status: Outcome,
  limits: readonly Revocation[],
): FeedRecord | undefined {
  const { feed, log } = operation
  if (feed === undefined || operation.operation === undefined) return undefined
  const pins = limits.map((revocation) => revocation.pinOf(log.session, feed.id))
  const limit = pins.length === 0 ? undefined : Math.min(...pins.map((pin) => pin.length))
  return {
    feed: feed.id,
    operation: operation.hash,
    session: log.session,
    device: log.device,
    person: log.person,
    document: body.document,
    client: feed.client,
    node: operation.operation.node,
    role: node?.role,
    status,
    limit,
    pins,
  }
}

const comparePlaces = (a: Placed, b: Placed): number =>
  compareSeniority(a.node, b.node) || comparePositions(a.operation, b.operation)

function insertSorted<Body extends LeafBody>(sorted: Placed<Body>[], placed: Placed<Body>): void {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = sorted[middle]
    if (other && comparePlaces(other, placed) < 0) low = middle + 1
    else high = middle
  }
  sorted.splice(low, 0, placed)
}
