import type { FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { SignedHeadVector } from '../feed/head-vector.ts'
import type { ReceivedOperation } from './operation-codec.ts'
import type { SessionBinding } from './verify-log.ts'

/** An operation in its place: a log is a list, or a tree where its author forked it. */
export interface LoggedOperation {
  readonly hash: OperationHash
  readonly seq: number
  readonly log: SessionLog
  readonly previous: LoggedOperation | undefined
  /** Undefined: malformed. */
  readonly operation: ReceivedOperation | undefined
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
  readonly sessions: ReadonlyMap<SessionId, SessionLog>
  readonly operations: ReadonlyMap<OperationHash, LoggedOperation>
  /** The operations that act under one grant. */
  readonly byNode: ReadonlyMap<OperationHash, readonly LoggedOperation[]>
  /** By the person who says that they leave. */
  readonly departures: ReadonlyMap<PersonId, readonly LoggedOperation[]>
  headVector(hash: Uint8Array): SignedHeadVector | undefined
}
