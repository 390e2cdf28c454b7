import { compareBytes } from '../base/bytes.ts'
import type { DeviceId, DocumentId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import type { AuthorityNode } from './authority-node.ts'
import type { LoggedOperation, RegisteredFeed } from './logged-operation.ts'
import type { FeedOpenBody, RevokeMode } from './operation.ts'
import type { Outcome } from './outcome.ts'
import type { Role } from './role.ts'

/** Entries by position, from `from` on and before `to`. */
export interface EntryRange {
  readonly from: number
  readonly to: number
}

/** What cuts a feed off: a revocation, a list of writers, the end of the device. */
export interface FeedLimit {
  pinOf(session: SessionId, feed: FeedId): ChainHead
}

/** How much of a feed stays accepted. */
export interface FeedBounds {
  /** How many entries stay accepted; undefined for no limit. */
  readonly limit: number | undefined
  /**
   * Positions that the accepted entries must lead up to, hash and all: a fork on the other side of one is out. Each
   * once, by length; with the limit 0 that one alone.
   */
  readonly pins: readonly ChainHead[]
  /** The kinds of the revocations that limit it. */
  readonly modes: readonly RevokeMode[]
}

export interface FeedRecord extends FeedBounds {
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
  /** Entries that were hidden one by one, merged and ascending. */
  readonly redactions: readonly EntryRange[]
}

/** A `feed.open` under a grant that counts; refused for good reason, or not. */
export interface Opening {
  readonly operation: LoggedOperation
  readonly node: AuthorityNode
  readonly body: FeedOpenBody
  readonly refusal: Outcome | undefined
}

export const UNLIMITED: FeedBounds = { limit: undefined, pins: [], modes: [] }

/** What all limits together keep of a feed. */
export function boundsOf(
  limits: Iterable<FeedLimit>,
  modes: readonly RevokeMode[],
  session: SessionId,
  feed: FeedId,
): FeedBounds {
  const pins: ChainHead[] = []
  for (const limit of limits) {
    const pin = limit.pinOf(session, feed)
    // Whoever keeps nothing decides alone.
    if (pin.length === 0) return { limit: 0, pins: [pin], modes }
    pins.push(pin)
  }
  if (pins.length === 0) return UNLIMITED
  pins.sort(compareHeads)
  const distinct = pins.filter((pin, i) => i === 0 || compareHeads(pin, pins[i - 1] ?? pin) !== 0)
  return { limit: distinct[0]?.length ?? 0, pins: distinct, modes }
}

const compareHeads = (a: ChainHead, b: ChainHead): number => a.length - b.length || compareBytes(a.hash, b.hash)

/** Ranges that touch become one. */
export function mergeRanges(ranges: readonly EntryRange[]): readonly EntryRange[] {
  const merged: EntryRange[] = []
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const last = merged.at(-1)
    if (last && from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else merged.push({ from, to })
  }
  return merged
}

/** A record that looks at the operation instead of copying it: a room has one for every writer of every document. */
export class OpenedFeed implements FeedRecord {
  readonly status: Outcome
  readonly redactions: readonly EntryRange[]
  readonly #opening: Opening
  readonly #registered: RegisteredFeed
  readonly #bounds: FeedBounds

  constructor(
    opening: Opening,
    registered: RegisteredFeed,
    decided: { readonly status: Outcome; readonly bounds: FeedBounds; readonly redactions: readonly EntryRange[] },
  ) {
    this.status = decided.status
    this.redactions = decided.redactions
    this.#opening = opening
    this.#registered = registered
    this.#bounds = decided.bounds
  }

  get feed(): FeedId {
    return this.#registered.id
  }
  get client(): number {
    return this.#registered.client
  }
  get operation(): OperationHash {
    return this.#opening.operation.hash
  }
  get session(): SessionId {
    return this.#opening.operation.log.session
  }
  get device(): DeviceId {
    return this.#opening.operation.log.device
  }
  get person(): PersonId {
    return this.#opening.operation.log.person
  }
  get document(): DocumentId {
    return this.#opening.body.document
  }
  get node(): OperationHash {
    return this.#opening.node.hash
  }
  get role(): Role {
    return this.#opening.node.role
  }
  get limit(): number | undefined {
    return this.#bounds.limit
  }
  get pins(): readonly ChainHead[] {
    return this.#bounds.pins
  }
  get modes(): readonly RevokeMode[] {
    return this.#bounds.modes
  }
}
