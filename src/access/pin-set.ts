import { idFromBytes, type FeedId, type OperationHash, type SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import type { PinLimit } from './device-standing.ts'
import type { Holdings, LoggedOperation, SessionLog } from './logged-operation.ts'
import type { Pin } from './operation.ts'
import { keeps, NOTHING, type Tips } from './pin-tips.ts'

/** Longer lists are looked up in a table. */
const SCANNED_MAX = 8

const NO_HEAD: ChainHead = { length: 0, hash: new Uint8Array(0) }

/**
 * The pins of one operation, as a limit: of each session the prefix that ends with the pinned position. A session
 * without a pin, and a pin that names something unknown, keep nothing; else the one who is removed could steer the
 * outcome by what they hold back.
 */
export class PinSet implements PinLimit {
  readonly hash: OperationHash
  readonly #holdings: Holdings
  readonly #pins: readonly Pin[]
  #bySession: ReadonlyMap<SessionId, Pin> | undefined
  readonly #heads = new Map<SessionId, ReadonlyMap<FeedId, ChainHead>>()

  constructor(operation: LoggedOperation, pins: readonly Pin[], holdings: Holdings) {
    this.hash = operation.hash
    this.#holdings = holdings
    this.#pins = pins
  }

  /** The last operation of the log that stays. */
  tips(log: SessionLog): Tips {
    const pin = this.#pinOfSession(log.session)
    if (pin === undefined) return NOTHING
    const pinned = this.#holdings.operations.get(idFromBytes(pin.log.hash))
    return pinned?.log === log && pinned.seq + 1 === pin.log.length ? [pinned] : NOTHING
  }

  keeps(operation: LoggedOperation): boolean {
    return keeps(this.tips(operation.log), operation)
  }

  pinOf(session: SessionId, feed: FeedId): ChainHead {
    const pin = this.#pinOfSession(session)
    if (pin === undefined) return NO_HEAD
    const heads = pin.feeds
    const found =
      heads.length <= SCANNED_MAX ? heads.find((head) => head.feed === feed) : this.#table(session, heads).get(feed)
    return found && found.length > 0 ? { length: found.length, hash: found.hash } : NO_HEAD
  }

  #pinOfSession(session: SessionId): Pin | undefined {
    if (this.#pins.length <= SCANNED_MAX) return this.#pins.find((pin) => pin.session === session)
    // Of several pins of one session the first counts, as in a short list.
    this.#bySession ??= new Map(this.#pins.toReversed().map((pin) => [pin.session, pin]))
    return this.#bySession.get(session)
  }

  #table(session: SessionId, heads: readonly (ChainHead & { feed: FeedId })[]): ReadonlyMap<FeedId, ChainHead> {
    const known = this.#heads.get(session)
    if (known) return known
    const table = new Map(heads.toReversed().map((head) => [head.feed, head]))
    this.#heads.set(session, table)
    return table
  }
}
