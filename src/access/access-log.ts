import { idFromBytes, idToBytes } from '../base/ids.ts'
import type { FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { sha256 } from '../crypto/hash.ts'
import { clientIdOf, feedIdOf } from '../feed/feed-id.ts'
import type { SignedHeadVector } from '../feed/head-vector.ts'
import { AccessState } from './access-state.ts'
import { Evaluation } from './evaluate.ts'
import type { ReceivedGenesis } from './genesis.ts'
import type { Holdings, LoggedOperation, RegisteredFeed, SessionLog } from './logged-operation.ts'
import { ROOT } from './operation.ts'
import { isLeaf } from './permission.ts'
import type { ReceivedOperation } from './operation-codec.ts'
import type { SessionBinding, VerifiedLogRange, VerifiedOperation } from './verify-log.ts'

/** A session that writes one operation a minute fills this in six weeks of writing; then it opens a new session. */
export const LOG_OPERATIONS_MAX = 65_536
/** What one source may make us hold for people that nobody has let in. */
export const UNGROUNDED_OPERATIONS_MAX = 1000
export const UNGROUNDED_BYTES_MAX = 1024 * 1024

export type AddReason = 'gap' | 'log-full' | 'pending-full'

export interface Added {
  /** Those that were not held before, in the order of the log. */
  readonly operations: readonly LoggedOperation[]
  /** The log has two operations at one position: its author signed both. */
  readonly isForked: boolean
}

/** Of a log whose person holds no grant yet: who gave it to us, and how much it takes. */
interface Ungrounded {
  readonly source: string
  operations: number
  bytes: number
}

interface GrowingLog extends SessionLog {
  readonly tips: Set<LoggedOperation>
  isForked: boolean
  size: number
}

export interface AccessLogOptions {
  readonly genesis: ReceivedGenesis
  /** How feeds get their numbers; another one only to see what happens when two are alike. */
  readonly clientOf?: typeof clientIdOf
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
  readonly #clientOf: typeof clientIdOf
  readonly #sessions = new Map<SessionId, GrowingLog>()
  readonly #logs = new Map<FeedId, GrowingLog>()
  readonly #operations = new Map<OperationHash, LoggedOperation>()
  readonly #byNode = new Map<OperationHash, LoggedOperation[]>()
  readonly #departures = new Map<PersonId, LoggedOperation[]>()
  readonly #awaited = new Set<OperationHash>()
  readonly #newestVectors = new Map<SessionId, SignedHeadVector>()
  readonly #vectors = new Map<string, SignedHeadVector>()
  readonly #pinnedVectors = new Set<string>()
  readonly #ungrounded = new Map<FeedId, Ungrounded>()
  /** By source: what all its ungrounded logs take. */
  readonly #shares = new Map<string, { operations: number; bytes: number }>()
  #groundedBy: AccessState | undefined
  readonly #holdings: Holdings
  #evaluation: Evaluation | undefined
  #state: AccessState | undefined

  constructor({ genesis, clientOf = clientIdOf }: AccessLogOptions) {
    this.genesis = genesis
    this.#clientOf = clientOf
    this.#holdings = {
      sessions: this.#sessions,
      operations: this.#operations,
      byNode: this.#byNode,
      departures: this.#departures,
      headVector: (hash) => this.#vectors.get(idFromBytes(hash)),
    }
  }

  get logs(): ReadonlyMap<FeedId, SessionLog> {
    return this.#logs
  }
  /** Who writes a log; what `verifyLogRange` needs for all but its first range. */
  binding(log: FeedId): SessionBinding | undefined {
    return this.#logs.get(log)
  }
  operation(hash: OperationHash): LoggedOperation | undefined {
    return this.#operations.get(hash)
  }
  get size(): number {
    return this.#operations.size
  }

  /** Adds a range of a log, all of it or nothing. `source` names the peer that it came from, for its share of room. */
  add(range: VerifiedLogRange, source = ''): Result<Added, AddReason> {
    const { binding, after, operations } = range
    const known = this.#logs.get(binding.log)
    let previous = after === undefined ? undefined : this.#operations.get(after)
    if (after !== undefined && (previous === undefined || previous.log !== known)) return rejected('gap')
    if ((operations[0]?.seq ?? 0) !== (previous ? previous.seq + 1 : 0)) return rejected('gap')
    const fresh = operations.filter(({ hash }) => !this.#operations.has(hash))
    if ((known?.size ?? 0) + fresh.length > LOG_OPERATIONS_MAX) return rejected('log-full')
    if (!this.#makeRoom(binding, fresh, source)) return rejected('pending-full')
    const log = known ?? this.#openLog(binding)
    const added: LoggedOperation[] = []
    for (const operation of operations) {
      const held = this.#operations.get(operation.hash)
      previous = held ?? this.#insert(log, previous, operation)
      if (!held) added.push(previous)
    }
    if (added.length > 0) this.revision++
    return accepted({ operations: added, isForked: log.isForked })
  }

  /** Takes a verified head vector of a session. The newest is kept, and those that a pin names. */
  addHeadVector(vector: SignedHeadVector): void {
    if (vector.room !== this.genesis.room) return
    const hash = idFromBytes(sha256(vector.bytes))
    const newest = this.#newestVectors.get(vector.session)
    const isPinned = this.#pinnedVectors.has(hash)
    if (this.#vectors.has(hash) || (!isPinned && newest && newest.counter >= vector.counter)) return
    this.#vectors.set(hash, vector)
    if (!newest || newest.counter < vector.counter) {
      this.#newestVectors.set(vector.session, vector)
      const old = newest && idFromBytes(sha256(newest.bytes))
      if (old !== undefined && !this.#pinnedVectors.has(old)) this.#vectors.delete(old)
    }
    if (isPinned) this.#forget()
    this.revision++
  }

  newestHeadVector(session: SessionId): SignedHeadVector | undefined {
    return this.#newestVectors.get(session)
  }

  /** What everything held comes to. Cheap when nothing changed, or only what gives nobody a right. */
  evaluate(): AccessState {
    if (this.#state && this.#evaluation) return this.#state
    this.counters.evaluations++
    this.#evaluation = new Evaluation(this.#holdings)
    this.#state = new AccessState(this.#evaluation, this.#holdings)
    return this.#state
  }

  #openLog(binding: SessionBinding): GrowingLog {
    const log: GrowingLog = { ...binding, tips: new Set(), isForked: false, size: 0 }
    this.#logs.set(log.log, log)
    this.#sessions.set(log.session, log)
    return log
  }

  #insert(log: GrowingLog, previous: LoggedOperation | undefined, verified: VerifiedOperation): LoggedOperation {
    const { hash, seq, operation, isGenuine } = verified
    const feed = this.#feedOf(log, operation)
    const logged: LoggedOperation = { hash, seq, log, previous, operation, isGenuine, feed }
    const isFork = previous === undefined ? log.size > 0 : !log.tips.delete(previous)
    log.tips.add(logged)
    log.size++
    if (isFork) log.isForked = true
    this.#operations.set(hash, logged)
    const body = operation?.body
    if (operation && body) {
      const siblings = this.#byNode.get(operation.node)
      if (siblings) siblings.push(logged)
      else this.#byNode.set(operation.node, [logged])
      this.#noteCitations(operation)
    }
    if (isGenuine && body?.kind === 'revoke' && body.mode === 'leave') {
      const departures = this.#departures.get(log.person)
      if (departures) departures.push(logged)
      else this.#departures.set(log.person, [logged])
    }
    this.#takeIntoState(logged, isFork)
    return logged
  }

  /** Adds to the state when that is sure to give what evaluating everything again would; else forgets the state. */
  #takeIntoState(logged: LoggedOperation, isFork: boolean): void {
    const isAwaited = this.#awaited.delete(logged.hash)
    const kind = logged.operation?.body
    const isInert = kind === undefined || kind.kind === 'session' || kind.kind === 'unknown' || isLeaf(kind)
    if (isAwaited || isFork || !isInert) this.#forget()
    else if (this.#evaluation) {
      this.counters.additions++
      this.#evaluation.addLeaf(logged)
    }
  }

  #forget(): void {
    this.#evaluation = undefined
    this.#state = undefined
  }

  #noteCitations({ node, body }: ReceivedOperation): void {
    const awaitUnlessHeld = (hash: OperationHash): void => {
      if (hash !== ROOT && !this.#operations.has(hash)) this.#awaited.add(hash)
    }
    awaitUnlessHeld(node)
    if (body.kind === 'grant') {
      for (const hash of body.over) awaitUnlessHeld(hash)
      if (body.via) awaitUnlessHeld(body.via.invite)
    } else if (body.kind === 'invite.revoke') {
      awaitUnlessHeld(body.invite)
    } else if (body.kind === 'revoke') {
      for (const { log, feeds } of body.pins) {
        awaitUnlessHeld(idFromBytes(log.hash))
        if ('vector' in feeds) this.#pinnedVectors.add(idFromBytes(feeds.vector))
      }
    }
  }

  #feedOf(log: SessionBinding, operation: ReceivedOperation | undefined): RegisteredFeed | undefined {
    if (operation?.body.kind !== 'feed.open') return undefined
    const { document } = operation.body
    const id = feedIdOf(log.session, document, operation.node)
    return { id, client: this.#clientOf(id, document) }
  }

  /** Whether what a source has given us for people without a grant stays within its share. */
  #makeRoom(binding: SessionBinding, fresh: readonly VerifiedOperation[], source: string): boolean {
    const held = this.#ungrounded.get(binding.log)
    if (held === undefined && this.#logs.has(binding.log)) return true
    const bytes = fresh.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    const entry: Ungrounded = held ?? { source, operations: 0, bytes: 0 }
    if (!this.#fits(entry.source, fresh.length, bytes)) {
      if (this.#ground(binding.person)) return true
      if (!this.#fits(entry.source, fresh.length, bytes)) return false
    }
    entry.operations += fresh.length
    entry.bytes += bytes
    this.#ungrounded.set(binding.log, entry)
    this.#charge(entry.source, fresh.length, bytes)
    return true
  }

  #fits(source: string, operations: number, bytes: number): boolean {
    const share = this.#shares.get(source)
    return (
      (share?.operations ?? 0) + operations <= UNGROUNDED_OPERATIONS_MAX &&
      (share?.bytes ?? 0) + bytes <= UNGROUNDED_BYTES_MAX
    )
  }

  #charge(source: string, operations: number, bytes: number): void {
    const share = this.#shares.get(source) ?? { operations: 0, bytes: 0 }
    share.operations += operations
    share.bytes += bytes
    if (share.operations > 0) this.#shares.set(source, share)
    else this.#shares.delete(source)
  }

  /** Stops counting those who have been let in since; whether `person` is a member. Done only when a share is used up. */
  #ground(person: PersonId): boolean {
    const state = this.evaluate()
    if (this.#groundedBy !== state) {
      this.#groundedBy = state
      for (const [id, { source, operations, bytes }] of this.#ungrounded) {
        const holder = this.#logs.get(id)?.person
        if (holder === undefined || state.nodesOf(holder).length === 0) continue
        this.#ungrounded.delete(id)
        this.#charge(source, -operations, -bytes)
      }
    }
    return state.nodesOf(person).length > 0
  }
}

/** The id by which a pin names a head vector. */
export const headVectorHash = (vector: SignedHeadVector): Uint8Array => idToBytes(idFromBytes(sha256(vector.bytes)))
