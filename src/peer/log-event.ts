import type { OperationHash } from '../base/ids.ts'
import type { PersonSummary } from './people.ts'

/** What an event is about, for filters. */
export type LogKind =
  | 'role'
  | 'removal'
  | 'invite'
  | 'request'
  | 'document'
  | 'room'
  | 'ownership'
  | 'device'
  | 'key'
  | 'name'

/** One signed act of somebody in the room. */
export interface LogEvent {
  readonly hash: OperationHash
  /** What its author's device claimed; no rule looks at it. */
  readonly atMs: number
  readonly author: PersonSummary
  readonly kind: LogKind
  /** A sentence that begins after the author's name: `made Ben a reader`. */
  readonly text: string
  readonly about?: PersonSummary
  readonly isEffective: boolean
  /** Why it does not count. */
  readonly why?: string
  /** What else was written in the same gesture, oldest first. */
  readonly details?: readonly LogEvent[]
}
