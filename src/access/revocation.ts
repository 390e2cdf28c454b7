import { idFromBytes, type FeedId, type OperationHash, type SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import type { Holdings, LoggedOperation } from './logged-operation.ts'
import type { Pin, RevokeBody } from './operation.ts'

/**
 * An effective revocation, as a limit on what its target wrote: of each session the prefix that ends with the pinned
 * position. A session without a pin, and a pin that names something unknown, keep nothing; else the one who is removed
 * could steer the outcome by what they hold back.
 */
export class Revocation {
  readonly hash: OperationHash
  readonly #holdings: Holdings
  readonly #pins: ReadonlyMap<SessionId, Pin>
  /** Per session whose log is forked: the pinned operation and all before it. Found once. */
  readonly #prefixes = new Map<SessionId, ReadonlySet<LoggedOperation>>()

  constructor(operation: LoggedOperation, body: RevokeBody, holdings: Holdings) {
    this.hash = operation.hash
    this.#holdings = holdings
    this.#pins = new Map(body.pins.map((pin) => [pin.session, pin]))
  }

  /** Whether the operation lies inside what stays accepted. */
  keeps(operation: LoggedOperation): boolean {
    const { log } = operation
    const pin = this.#pins.get(log.session)
    if (pin === undefined) return false
    const pinned = this.#holdings.operations.get(idFromBytes(pin.log.hash))
    if (pinned?.log !== log || pinned.seq + 1 !== pin.log.length || operation.seq > pinned.seq) return false
    return log.isForked ? this.#prefixOf(pinned).has(operation) : true
  }

  /** The last position of a feed that stays accepted; length 0 for nothing of it. */
  pinOf(session: SessionId, feed: FeedId): ChainHead {
    const feeds = this.#pins.get(session)?.feeds
    const heads = feeds && 'vector' in feeds ? this.#headsOf(session, feeds.vector) : feeds?.heads
    const head = heads?.find((candidate) => candidate.feed === feed)
    return head ? { length: head.length, hash: head.hash } : { length: 0, hash: new Uint8Array(0) }
  }

  #headsOf(session: SessionId, vectorHash: Uint8Array): readonly (ChainHead & { feed: FeedId })[] {
    const vector = this.#holdings.headVector(vectorHash)
    return vector?.session === session ? vector.heads : []
  }

  #prefixOf(pinned: LoggedOperation): ReadonlySet<LoggedOperation> {
    const known = this.#prefixes.get(pinned.log.session)
    if (known) return known
    const prefix = new Set<LoggedOperation>()
    for (let at: LoggedOperation | undefined = pinned; at; at = at.previous) prefix.add(at)
    this.#prefixes.set(pinned.log.session, prefix)
    return prefix
  }
}
