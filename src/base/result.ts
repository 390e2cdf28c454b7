/** An expected outcome: a value, or a rejection with a reason code. Hostile input ends here, never in an exception. */
export type Result<T, R extends string = string> = Accepted<T> | Rejected<R>

export interface Accepted<T> {
  readonly ok: true
  readonly value: T
}

export interface Rejected<R extends string = string> {
  readonly ok: false
  readonly reason: R
  /** For logs and tests; never shown to a user as it is. */
  readonly detail?: string
}

export const accepted = <T>(value: T): Accepted<T> => ({ ok: true, value })

export const rejected = <R extends string>(reason: R, detail?: string): Rejected<R> =>
  detail === undefined ? { ok: false, reason } : { ok: false, reason, detail }
