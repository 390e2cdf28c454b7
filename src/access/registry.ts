import { idFromBytes, idToBytes } from '../base/ids.ts'
import type { DocumentId, OperationHash, PersonId } from '../base/ids.ts'
import { decodeJoinRequest, type JoinRequest } from './join-request.ts'
import { KeyEpochs } from './key-epochs.ts'
import type { LoggedOperation } from './logged-operation.ts'
import { MappedTable } from './mapped-table.ts'
import type {
  DocumentCreateBody,
  DocumentKind,
  JoinDeclineBody,
  JoinRequestBody,
  ProfileBody,
  RoomNameBody,
  RootAcceptBody,
  RootOfferBody,
} from './operation.ts'
import type { LeafBody } from './permission.ts'
import { allPlaced, placedIn, withoutPlaced, withPlaced, type PlacedList } from './placed-list.ts'
import { insertPlaced, latestOfFirst, removePlaced, type PlacedOperation } from './senior-register.ts'

/** An operation that gives nobody a right and that its grant allows. Feeds are registered apart. */
export type PlacedLeaf = PlacedOperation<Exclude<LeafBody, { kind: 'feed.open' }>>

export interface RegisteredDocument {
  readonly id: DocumentId
  readonly kind: DocumentKind
  readonly schemaVersion: number
  readonly createdBy: PersonId
}

export interface Profile {
  readonly sealed: Uint8Array
  readonly counter: number
  readonly operation: OperationHash
}

/** What a person said of themselves. */
interface Profiles {
  placed: PlacedList<PlacedOperation<ProfileBody>>
  best: Profile
}

/** A join request that was handed on, as it came. */
export interface HandedOnRequest {
  readonly person: PersonId
  readonly request: Uint8Array
  readonly decoded: JoinRequest
  readonly operation: OperationHash
}

/** The operation in which a member agreed to hold a root key, with the signature that a rotation needs. */
export interface RootConsent {
  readonly person: PersonId
  /** The person's identity key, which becomes a root key. */
  readonly key: PersonId
  readonly signature: Uint8Array
  readonly operation: OperationHash
}

export interface RootOffer {
  readonly to: PersonId
  readonly by: PersonId
  readonly operation: OperationHash
}

/**
 * What the allowed operations add up to. Each register is decided from what is in it now, so that operations may come
 * in any order, one at a time, and go again: the outcome is that of the set.
 */
export class Registry {
  readonly documents = new Map<DocumentId, RegisteredDocument>()
  readonly profiles: ReadonlyMap<PersonId, Profile>
  readonly epochs = new KeyEpochs()
  readonly #placed = new Map<OperationHash, PlacedLeaf>()
  readonly #profiles = new Map<PersonId, Profiles>()
  readonly #names: PlacedOperation<RoomNameBody>[] = []
  readonly #requests: PlacedOperation<JoinRequestBody>[] = []
  readonly #declines: PlacedOperation<JoinDeclineBody>[] = []
  readonly #offers: PlacedOperation<RootOfferBody>[] = []
  readonly #accepts: PlacedOperation<RootAcceptBody>[] = []
  readonly #decoded = new Map<OperationHash, JoinRequest | undefined>()

  constructor() {
    this.profiles = new MappedTable(this.#profiles, ({ best }: Profiles) => best)
  }

  /** Adds one; whether it was not there. */
  add(placed: PlacedLeaf): boolean {
    const { operation, node, body } = placed
    if (body.kind === 'profile') return this.#addProfile({ operation, node, body })
    const known = this.#placed.get(operation.hash)
    if (known?.node === node) return false
    if (known) this.remove(operation)
    this.#placed.set(operation.hash, placed)
    switch (body.kind) {
      case 'document.create':
        this.#addDocument(placed.operation.hash, placed.operation.log.person, body)
        break
      case 'epoch':
      case 'epoch.seal':
      case 'epoch.request':
        this.epochs.add({ operation, node, body })
        break
      case 'room.name':
        insertPlaced(this.#names, { operation, node, body })
        break
      case 'join.request':
        insertPlaced(this.#requests, { operation, node, body })
        break
      case 'join.decline':
        insertPlaced(this.#declines, { operation, node, body })
        break
      case 'root.offer':
        insertPlaced(this.#offers, { operation, node, body })
        break
      case 'root.accept':
        insertPlaced(this.#accepts, { operation, node, body })
        break
    }
    return true
  }

  remove({ hash, log, body: removed }: LoggedOperation): boolean {
    if (removed?.kind === 'profile') return this.#removeProfile(log.person, hash)
    const placed = this.#placed.get(hash)
    if (!placed) return false
    const { body } = placed
    this.#placed.delete(hash)
    if (body.kind === 'document.create') {
      this.documents.delete(documentIdOf(hash))
    } else if (body.kind === 'epoch' || body.kind === 'epoch.seal' || body.kind === 'epoch.request') {
      this.epochs.remove(hash, body.epoch)
    } else {
      for (const list of [this.#names, this.#requests, this.#declines, this.#offers, this.#accepts])
        removePlaced(list, hash)
    }
    return true
  }

  /** Of the names that no other one replaces, the most senior author's latest. */
  get roomName(): { readonly sealed: Uint8Array; readonly operation: OperationHash } | undefined {
    const replaced = new Set(this.#names.flatMap(({ body }) => body.over))
    const chosen = latestOfFirst(this.#names.filter(({ operation }) => !replaced.has(operation.hash)))
    return chosen && { sealed: chosen.body.sealed, operation: chosen.operation.hash }
  }

  /** All names that count, for the `over` of the next one. */
  get roomNameOperations(): OperationHash[] {
    return this.#names.map(({ operation }) => operation.hash)
  }

  get rootOffers(): RootOffer[] {
    return this.#offers.map(({ operation, body }) => ({
      to: body.to,
      by: operation.log.person,
      operation: operation.hash,
    }))
  }

  get rootConsents(): RootConsent[] {
    return this.#accepts.map(({ operation, body }) => ({
      person: operation.log.person,
      key: operation.log.person,
      signature: body.signature,
      operation: operation.hash,
    }))
  }

  /** The requests that somebody declined, or nobody; in the order of seniority of who handed them on. */
  requests(isDeclined: boolean): HandedOnRequest[] {
    const declined = new Set(this.#declines.flatMap(({ body }) => body.requests))
    return this.#requests.flatMap(({ operation, body }) => {
      if (declined.has(operation.hash) !== isDeclined) return []
      if (!this.#decoded.has(operation.hash)) {
        const request = decodeJoinRequest(body.request)
        this.#decoded.set(operation.hash, request.ok ? request.value : undefined)
      }
      const decoded = this.#decoded.get(operation.hash)
      if (decoded === undefined) return []
      return [{ person: decoded.certificate.person, request: body.request, decoded, operation: operation.hash }]
    })
  }

  #addDocument(hash: OperationHash, createdBy: PersonId, { documentKind, schemaVersion }: DocumentCreateBody): void {
    const id = documentIdOf(hash)
    this.documents.set(id, { id, kind: documentKind, schemaVersion, createdBy })
  }

  #addProfile(profile: PlacedOperation<ProfileBody>): boolean {
    const { person } = profile.operation.log
    const known = this.#profiles.get(person)
    const best = profileOf(profile)
    if (known === undefined) {
      this.#profiles.set(person, { placed: profile, best })
      return true
    }
    const same = placedIn(known.placed, profile)
    if (same?.node === profile.node) return false
    known.placed = withPlaced(known.placed, profile)
    if (isBetter(best, known.best)) known.best = best
    return true
  }

  #removeProfile(person: PersonId, hash: OperationHash): boolean {
    const known = this.#profiles.get(person)
    const profile = allPlaced(known?.placed).find(({ operation }) => operation.hash === hash)
    if (!known || !profile) return false
    const left = withoutPlaced(known.placed, profile)
    if (left === undefined) this.#profiles.delete(person)
    else {
      known.placed = left
      if (known.best.operation === hash)
        known.best = allPlaced(left)
          .map(profileOf)
          .reduce((best, other) => (isBetter(other, best) ? other : best))
    }
    return true
  }
}

const profileOf = ({ body, operation }: PlacedOperation<ProfileBody>): Profile => ({
  sealed: body.sealed,
  counter: body.counter,
  operation: operation.hash,
})

const isBetter = (a: Profile, b: Profile): boolean =>
  a.counter > b.counter || (a.counter === b.counter && a.operation < b.operation)

export const documentIdOf = (hash: OperationHash): DocumentId => idFromBytes(idToBytes(hash))
