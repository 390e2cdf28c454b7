import { idFromBytes } from '../base/ids.ts'
import type { FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { feedIdOf, type clientIdOf } from '../feed/feed-id.ts'
import type { ReceivedGenesis } from './genesis.ts'
import type { Holdings, LoggedOperation, RegisteredFeed, SessionLog } from './logged-operation.ts'
import type { ReceivedOperation } from './operation-codec.ts'
import { ROOT, type OperationBody, type Pin } from './operation.ts'
import type { SessionBinding, VerifiedOperation } from './verify-log.ts'

interface GrowingLog extends SessionLog {
  readonly tips: Set<LoggedOperation>
  isForked: boolean
  size: number
}

/** Everything of a room that has arrived, with the tables that the evaluator looks things up in. Only grows. */
export class HeldOperations implements Holdings {
  readonly genesis: ReceivedGenesis
  readonly sessions = new Map<SessionId, GrowingLog>()
  readonly logs = new Map<FeedId, GrowingLog>()
  readonly sessionsOf = new Map<PersonId, GrowingLog[]>()
  readonly operations = new Map<OperationHash, LoggedOperation>()
  readonly byNode = new Map<OperationHash, LoggedOperation[]>()
  readonly departures = new Map<PersonId, LoggedOperation[]>()
  readonly deviceRevocations = new Map<PersonId, LoggedOperation[]>()
  readonly consents = new Map<PersonId, LoggedOperation[]>()
  readonly rotations: LoggedOperation[] = []
  readonly #clientOf: typeof clientIdOf
  /** By what has not arrived: the operations that cite or pin it. */
  readonly #awaiting = new Map<string, LoggedOperation[]>()

  constructor(genesis: ReceivedGenesis, clientOf: typeof clientIdOf) {
    this.genesis = genesis
    this.#clientOf = clientOf
  }

  openLog(binding: SessionBinding): GrowingLog {
    const known = this.logs.get(binding.log)
    if (known) return known
    const log: GrowingLog = { ...binding, tips: new Set(), isForked: false, size: 0 }
    this.logs.set(log.log, log)
    this.sessions.set(log.session, log)
    addTo(this.sessionsOf, log.person, log)
    return log
  }

  /** `feed` is given where it was worked out before. */
  insert(
    binding: SessionBinding,
    previous: LoggedOperation | undefined,
    { hash, seq, operation, isGenuine }: Omit<VerifiedOperation, 'sizeBytes'>,
    feed?: RegisteredFeed,
  ): LoggedOperation {
    const log = this.openLog(binding)
    const registered = feed ?? this.#feedOf(log, operation)
    const index = this.operations.size
    const body = operation?.body
    const logged: LoggedOperation = { index, hash, seq, log, previous, operation, body, isGenuine, feed: registered }
    const isFork = previous === undefined ? log.size > 0 : !log.tips.delete(previous)
    log.tips.add(logged)
    log.size++
    if (isFork) log.isForked = true
    this.operations.set(hash, logged)
    if (operation) this.#index(logged, operation)
    return logged
  }

  /** The operations that waited for this one, once. */
  takeWaiting(hash: OperationHash): readonly LoggedOperation[] {
    const waiting = this.#awaiting.get(hash)
    this.#awaiting.delete(hash)
    return waiting ?? []
  }

  /** A copy of the part for which `includes` holds; an operation goes in only after those before it in its log. */
  copy(includes: (operation: LoggedOperation) => boolean): HeldOperations {
    const copy = new HeldOperations(this.genesis, this.#clientOf)
    for (const operation of this.operations.values()) {
      const previous = operation.previous && copy.operations.get(operation.previous.hash)
      if ((operation.previous && !previous) || !includes(operation)) continue
      copy.insert(operation.log, previous, operation, operation.feed)
      copy.takeWaiting(operation.hash)
    }
    return copy
  }

  #index(logged: LoggedOperation, { node, body }: ReceivedOperation): void {
    const { log, isGenuine, hash } = logged
    if (body.kind === 'session' || body.kind === 'unknown') return
    if (body.kind === 'device.revoke') addTo(this.deviceRevocations, log.person, logged)
    else if (body.kind === 'revoke' && body.mode === 'leave') {
      if (isGenuine) addTo(this.departures, log.person, logged)
    } else addTo(this.byNode, node, logged)
    if (body.kind === 'root.rotate' && isGenuine && node === ROOT) this.rotations.push(logged)
    if (body.kind === 'grant' && isGenuine && body.via && body.to !== '*') addTo(this.consents, body.to, logged)
    for (const cited of citationsOf(body))
      if (cited !== hash && !this.operations.has(cited)) addTo(this.#awaiting, cited, logged)
    for (const { log: pinned } of pinsIn(body)) {
      const last = idFromBytes<OperationHash>(pinned.hash)
      if (!this.operations.has(last)) addTo(this.#awaiting, last, logged)
    }
  }

  #feedOf(log: SessionBinding, operation: ReceivedOperation | undefined): RegisteredFeed | undefined {
    if (operation?.body.kind !== 'feed.open') return undefined
    const { document } = operation.body
    const id = feedIdOf(log.session, document, operation.node)
    return { id, client: this.#clientOf(id, document) }
  }
}

function addTo<Key, Value>(table: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = table.get(key)
  if (values) values.push(value)
  else table.set(key, [value])
}

function citationsOf(body: OperationBody): readonly OperationHash[] {
  if (body.kind === 'invite.revoke') return [body.invite]
  if (body.kind !== 'grant') return []
  return body.via ? [...body.over, body.via.invite] : body.over
}

const pinsIn = (body: OperationBody): readonly Pin[] => ('pins' in body ? body.pins : [])
