/** Why the guard does not take an update in. All but `view` and `postponed` are final: the same on every replica. */
export type GuardReason =
  /** Larger than this kind of document allows. */
  | 'size'
  /** Not one well-formed update in the first format, or not in its shortest form. */
  | 'parse'
  /** Not registered, or a block of another client. */
  | 'client'
  /** Does not begin where the author's last update ended, or ends too far. */
  | 'clock'
  /** Names something the author had not declared to have seen. */
  | 'unseen'
  /** Content, names or values outside the schema. */
  | 'content'
  /** In a place that does not exist, or that takes nothing of the kind. */
  | 'placement'
  /** Not between two neighbours as the author saw them. */
  | 'adjacency'
  /** The author may not write or delete there. */
  | 'rights'
  /** A malformed set of deletions. */
  | 'deletes'
  /** Cuts a character in two. */
  | 'surrogate'
  /** The feed has used up what it may store. */
  | 'quota'
  /** The declared view names updates that are not here yet: fetch them and ask again. */
  | 'view'
  /** Takes longer than the given budget: ask again with a larger one when idle. */
  | 'postponed'

/**
 * Leaves a check early; caught by the guard and by nothing else. One object for all refusals, so that a flood of
 * hostile updates costs no stack traces.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  reason: GuardReason = 'parse'
  detail = ''
}

const refusal = new Refusal()

export function refuse(reason: GuardReason, detail: string): never {
  refusal.reason = reason
  refusal.detail = detail
  throw refusal
}
