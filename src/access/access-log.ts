import { assert } from '../base/assert.ts'
import { idFromBytes, idToBytes } from '../base/ids.ts'
import type { FeedId, OperationHash, PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { emptyChain, extendChain, SIGNATURE_BYTES } from '../feed/chain.ts'
import { clientIdOf } from '../feed/feed-id.ts'
import { AccessState } from './access-state.ts'
import { Evaluation } from './evaluate.ts'
import type { ReceivedGenesis } from './genesis.ts'
import { HeldOperations } from './held-operations.ts'
import { lastOf, type LoggedOperation, type SessionLog } from './logged-operation.ts'
import { decodeOperation, encodeOperation } from './operation-codec.ts'
import { inKeyOrder } from './operation-fields.ts'
import type { OperationBody } from './operation.ts'
import { UngroundedShare } from './ungrounded-share.ts'
import type { SessionBinding, VerifiedLogRange } from './verify-log.ts'

export { UNGROUNDED_BYTES_MAX, UNGROUNDED_OPERATIONS_MAX } from './ungrounded-share.ts'

/** A session that writes one operation a minute fills this in six weeks of writing; then it opens a new session. */
export const LOG_OPERATIONS_MAX = 65_536

export type AddReason = 'gap' | 'log-full' | 'pending-full'

export interface Added {
  /** Those that were not held before, in the order of the log. */
  readonly operations: readonly LoggedOperation[]
  /** The log has two operations at one position: its author signed both. */
  readonly isForked: boolean
}

export interface AccessLogOptions {
  readonly genesis: ReceivedGenesis
  /** How feeds get their numbers; another one only to see what happens when two are alike. */
  readonly clientOf?: typeof clientIdOf
}

type WritableBody = Exclude<OperationBody, { kind: 'unknown' }>

/** An operation that is not written yet. */
export interface PreviewStep {
  /** Whose log it would go to. */
  readonly binding: SessionBinding
  readonly node: OperationHash
  /** What it says; where it names one of the steps before, by a function of their hashes. */
  readonly body: WritableBody | ((former: readonly OperationHash[]) => WritableBody)
  /** Under `ROOT`: whose root keys would sign. */
  readonly rootSigners?: readonly PersonId[]
}

/**
 * Holds all operations of a room, in whatever order they came, and the state that they come to. Takes only what
 * `verifyLogRange` let through. Nothing is ever removed: what does not count now may count later.
 */
export class AccessLog {
  readonly genesis: ReceivedGenesis
  /** Grows whenever something new is held. */
  revision = 0
  /** How often the state was computed from all operations, and how often one operation was added to it. */
  readonly counters = { evaluations: 0, additions: 0 }
  readonly #held: HeldOperations
  readonly #share = new UngroundedShare()
  #evaluation: Evaluation | undefined
  #state: AccessState | undefined

  constructor({ genesis, clientOf = clientIdOf }: AccessLogOptions) {
    this.genesis = genesis
    this.#held = new HeldOperations(genesis, clientOf)
  }

  get logs(): ReadonlyMap<FeedId, SessionLog> {
    return this.#held.logs
  }
  /** Who writes a log; what `verifyLogRange` needs for all but its first range. */
  binding(log: FeedId): SessionBinding | undefined {
    return this.#held.logs.get(log)
  }
  operation(hash: OperationHash): LoggedOperation | undefined {
    return this.#held.operations.get(hash)
  }
  /** All that is held, in the order of arrival. */
  operations(): Iterable<LoggedOperation> {
    return this.#held.operations.values()
  }
  get size(): number {
    return this.#held.operations.size
  }

  /**
   * Adds a range of a log, all of it or nothing. `source` names the peer that it came from, for its share of room; what
   * we stored ourselves has none.
   */
  add(range: VerifiedLogRange, source?: string): Result<Added, AddReason> {
    const { binding, after, operations } = range
    const held = this.#held
    const known = held.logs.get(binding.log)
    let previous = after === undefined ? undefined : held.operations.get(after)
    if (after !== undefined && (previous === undefined || previous.log !== known)) return rejected('gap')
    if ((operations[0]?.seq ?? 0) !== (previous ? previous.seq + 1 : 0)) return rejected('gap')
    const fresh = operations.filter(({ hash }) => !held.operations.has(hash))
    if ((known?.size ?? 0) + fresh.length > LOG_OPERATIONS_MAX) return rejected('log-full')
    const isGrounded = (person: PersonId): boolean => this.evaluate().nodesOf(person).length > 0
    if (
      source !== undefined &&
      !this.#share.makeRoom(binding, fresh, { source, isKnown: known !== undefined, isGrounded })
    )
      return rejected('pending-full')
    const log = held.openLog(binding)
    const added: LoggedOperation[] = []
    for (const operation of operations) {
      const before = held.operations.get(operation.hash)
      previous = before ?? held.insert(binding, previous, operation)
      if (before) continue
      added.push(previous)
      this.#takeIn(previous)
    }
    if (added.length > 0) this.revision++
    return accepted({ operations: added, isForked: log.isForked })
  }

  /**
   * What everything held comes to. Computed once from all operations; from then on only what an arrival may change is
   * looked at again, and the same state shows it.
   */
  evaluate(): AccessState {
    if (this.#state && this.#evaluation) {
      this.#evaluation.flush()
      return this.#state
    }
    this.counters.evaluations++
    this.#evaluation = new Evaluation(this.#held)
    this.#state = new AccessState(this.#evaluation, this.#held)
    return this.#state
  }

  /** What the state would be if these were written now, each at the end of its log. Nothing is stored. */
  preview(steps: readonly PreviewStep[]): AccessState {
    const held = this.#held.copy(() => true)
    const former: OperationHash[] = []
    for (const { binding, node, body, rootSigners = [] } of steps) {
      const log = held.openLog(binding)
      const last = lastOf(log)
      const head = last ? { length: last.seq + 1, hash: idToBytes(last.hash) } : emptyChain(binding.log)
      const bytes = encodeOperation({
        seq: head.length,
        atMs: 0,
        node,
        body: typeof body === 'function' ? body(former) : body,
        rootSignatures: inKeyOrder(rootSigners.map((key) => ({ key, signature: new Uint8Array(SIGNATURE_BYTES) }))),
      })
      const decoded = decodeOperation(bytes, head.length)
      assert(decoded.ok, 'what is to be written is well-formed')
      const hash = idFromBytes<OperationHash>(extendChain(head, bytes).hash)
      held.insert(binding, last, { hash, seq: head.length, operation: decoded.value, isGenuine: true })
      former.push(hash)
    }
    return new AccessState(new Evaluation(held), held)
  }

  /** What a part of the operations comes to: those for which it holds, as far as it holds for all before them too. */
  upTo(includes: (operation: LoggedOperation) => boolean): AccessState {
    const held = this.#held.copy(includes)
    return new AccessState(new Evaluation(held), held)
  }

  #takeIn(operation: LoggedOperation): void {
    const waiting = this.#held.takeWaiting(operation.hash)
    if (!this.#evaluation) return
    this.counters.additions++
    this.#evaluation.add(operation)
    for (const waiter of waiting) this.#evaluation.reconsider(waiter)
  }
}
