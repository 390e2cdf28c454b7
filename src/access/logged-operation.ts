import type { FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { ReceivedOperation } from './operation-codec.ts'
import type { OperationBody } from './operation.ts'
import type { SessionBinding } from './verify-log.ts'

/** An operation in its place: a log is a list, or a tree where its author forked it. */
export interface LoggedOperation {
  /** Counts up as operations arrive, differently at every replica. Names the operation within these holdings. */
  readonly index: number
  readonly hash: OperationHash
  readonly seq: number
  readonly log: SessionLog
  readonly previous: LoggedOperation | undefined
  /** Undefined: malformed. */
  readonly operation: ReceivedOperation | undefined
  /** That of `operation`, one step nearer: an evaluation looks at every one. */
  readonly body: OperationBody | undefined
  readonly isGenuine: boolean
  /** Of a `feed.open`: what it registers. Hashed once, when the operation arrives. */
  readonly feed: RegisteredFeed | undefined
}

export interface RegisteredFeed {
  readonly id: FeedId
  readonly client: number
}

export interface SessionLog extends SessionBinding {
  /** The operations that nothing follows: one, or more where the author forked the log. */
  readonly tips: ReadonlySet<LoggedOperation>
  readonly isForked: boolean
}

/** Everything of a room that has arrived: what the evaluator looks at. */
export interface Holdings {
  readonly genesis: { readonly rootKeys: readonly PersonId[]; readonly threshold: number }
  readonly sessions: ReadonlyMap<SessionId, SessionLog>
  readonly sessionsOf: ReadonlyMap<PersonId, readonly SessionLog[]>
  readonly operations: ReadonlyMap<OperationHash, LoggedOperation>
  /** The operations that act under one grant. */
  readonly byNode: ReadonlyMap<OperationHash, readonly LoggedOperation[]>
  /** By the person who says that they leave. */
  readonly departures: ReadonlyMap<PersonId, readonly LoggedOperation[]>
  /** By the person in whose log they stand: the ends of devices. */
  readonly deviceRevocations: ReadonlyMap<PersonId, readonly LoggedOperation[]>
  /** By the person who came: the genuine grants that carry their consent, and a certificate with it. */
  readonly consents: ReadonlyMap<PersonId, readonly LoggedOperation[]>
  /** Genuine ones at the root. */
  readonly rotations: readonly LoggedOperation[]
}

/** All operations of a log that are held, each once. */
export function operationsOf({ tips }: SessionLog): Set<LoggedOperation> {
  const found = new Set<LoggedOperation>()
  for (const tip of tips)
    for (let at: LoggedOperation | undefined = tip; at && !found.has(at); at = at.previous) found.add(at)
  return found
}

/** The longest branch; of equal ones the one with the smallest hash, so that two devices of a person choose alike. */
export function lastOf({ tips }: SessionLog): LoggedOperation | undefined {
  let last: LoggedOperation | undefined
  for (const tip of tips)
    if (last === undefined || tip.seq > last.seq || (tip.seq === last.seq && tip.hash < last.hash)) last = tip
  return last
}
