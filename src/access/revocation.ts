import { compareBytes } from '../base/bytes.ts'
import type { DocumentId, FeedId, OperationHash, SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import { comparePositions, compareSeniority, coversScope, type AuthorityNode } from './authority-node.ts'
import type { Holdings, LoggedOperation, SessionLog } from './logged-operation.ts'
import type { AmendBody, RevokeBody } from './operation.ts'
import { PinSet } from './pin-set.ts'
import { keeps, union, type Tips } from './pin-tips.ts'

/** An effective amendment, whether it fits the revocation that it names or not. */
export interface Amendment {
  readonly operation: LoggedOperation
  readonly body: AmendBody
  readonly author: AuthorityNode
}

/** An effective revocation, as a limit on what its targets wrote: what its own pins keep, or those of its amendments. */
export class Revocation {
  readonly hash: OperationHash
  readonly operation: LoggedOperation
  readonly body: RevokeBody
  /** Undefined: the person left. */
  readonly author: AuthorityNode | undefined
  readonly #holdings: Holdings
  readonly #own: PinSet
  #amendments: readonly PinSet[] = []

  constructor(operation: LoggedOperation, body: RevokeBody, author: AuthorityNode | undefined, holdings: Holdings) {
    this.hash = operation.hash
    this.operation = operation
    this.body = body
    this.author = author
    this.#holdings = holdings
    this.#own = new PinSet(operation, body.pins, holdings)
  }

  /** Of the amendments that name it, those by nodes as senior as its author's count. */
  setAmendments(amendments: readonly Amendment[]): void {
    const { author } = this
    this.#amendments =
      author === undefined
        ? []
        : amendments
            .filter((amendment) => {
              const isSenior = amendment.author === author || compareSeniority(amendment.author, author) <= 0
              return isSenior && coversScope(amendment.author.documents, this.body.scope)
            })
            .map(({ operation, body }) => new PinSet(operation, body.pins, this.#holdings))
  }

  /** Whether it is about the document, or with `*` about the whole room or some of it. */
  reaches(document: DocumentId | '*'): boolean {
    const { scope } = this.body
    return scope === '*' || document === '*' || scope.includes(document)
  }

  tips(log: SessionLog): Tips {
    let tips = this.#own.tips(log)
    for (const amendment of this.#amendments) tips = union(tips, amendment.tips(log))
    return tips
  }

  keeps(operation: LoggedOperation): boolean {
    return keeps(this.tips(operation.log), operation)
  }

  /** The last position of a feed that stays: the longest that it or an amendment pins, then the smallest hash. */
  pinOf(session: SessionId, feed: FeedId): ChainHead {
    let best = this.#own.pinOf(session, feed)
    for (const amendment of this.#amendments) {
      const other = amendment.pinOf(session, feed)
      const isBetter =
        other.length > best.length || (other.length === best.length && compareBytes(other.hash, best.hash) < 0)
      if (isBetter) best = other
    }
    return best
  }
}

/** Departures first, which stand outside the order of seniority; then the most senior author's. */
export function compareRevocations(a: Revocation, b: Revocation): number {
  if (a.author !== b.author) {
    if (a.author === undefined) return -1
    if (b.author === undefined) return 1
    const order = compareSeniority(a.author, b.author)
    if (order !== 0) return order
  }
  return comparePositions(a.operation, b.operation)
}
