import type { SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { JsonValue } from './json-value.ts'
import type { PresenceClaim, VerifiedPresence } from './presence.ts'

/** Sessions shown at once in one document: more cursors than anybody can tell apart. */
export const PRESENCE_SESSIONS_MAX = 256
/** Sessions whose counters are remembered, so that an old statement cannot come back after its time. */
const COUNTERS_MAX = 4096
/**
 * A page that is loaded again goes on from its clock in seconds: two years of silence. A jump beyond it would use up
 * the session's counter.
 */
export const PRESENCE_COUNTER_STEP_MAX = 2 ** 26
/** A session that says nothing for so long is gone; it says something every ten seconds. */
export const PRESENCE_EXPIRY_MS = 30_000
/** Statements that a session may make in a second. */
export const PRESENCE_RATE_PER_S = 10

export type PresenceChange = 'added' | 'updated' | 'removed' | 'none'
export type PresenceRefusal = 'old' | 'counter' | 'rate' | 'full'

interface Shown {
  readonly state: JsonValue
  heardAtMs: number
}

interface Counted {
  counter: number
  tokens: number
  filledAtMs: number
}

/**
 * Who shows what in one document. The latest statement of a session counts; only its owner or the passing of time takes
 * it away. Time is an argument.
 */
export class PresenceTable {
  readonly #shown = new Map<SessionId, Shown>()
  /** In the order in which they were last heard, so that the oldest are forgotten first. */
  readonly #counted = new Map<SessionId, Counted>()

  get states(): ReadonlyMap<SessionId, { readonly state: JsonValue }> {
    return this.#shown
  }

  /** Whether a claim would be refused whatever its signature says: asked before the signature is checked. */
  refusalOf(claim: PresenceClaim, nowMs: number): PresenceRefusal | undefined {
    const counted = this.#counted.get(claim.session)
    if (counted !== undefined) {
      if (claim.counter <= counted.counter) return 'old'
      if (claim.counter > counted.counter + PRESENCE_COUNTER_STEP_MAX) return 'counter'
      if (tokensAt(counted, nowMs) < 1) return 'rate'
    }
    const isNew = claim.state !== undefined && !this.#shown.has(claim.session)
    return isNew && this.#shown.size >= PRESENCE_SESSIONS_MAX ? 'full' : undefined
  }

  accept(claim: VerifiedPresence, nowMs: number): Result<PresenceChange, PresenceRefusal> {
    const refusal = this.refusalOf(claim, nowMs)
    if (refusal !== undefined) return rejected(refusal)
    const { session, counter, state } = claim
    const counted = this.#counted.get(session)
    const tokens = counted === undefined ? PRESENCE_RATE_PER_S : tokensAt(counted, nowMs)
    this.#counted.delete(session)
    this.#counted.set(session, { counter, tokens: tokens - 1, filledAtMs: nowMs })
    this.#forgetOldest()
    const isShown = this.#shown.has(session)
    if (state === undefined) {
      this.#shown.delete(session)
      return accepted(isShown ? 'removed' : 'none')
    }
    this.#shown.set(session, { state, heardAtMs: nowMs })
    return accepted(isShown ? 'updated' : 'added')
  }

  /** Takes away whom nothing was heard of since `timeMs`, which is `PRESENCE_EXPIRY_MS` ago; returns who that was. */
  expireBefore(timeMs: number): readonly SessionId[] {
    const gone = [...this.#shown].filter(([, { heardAtMs }]) => heardAtMs < timeMs).map(([session]) => session)
    for (const session of gone) this.#shown.delete(session)
    return gone
  }

  /** Takes a session away whose right to be here has ended. */
  remove(session: SessionId): boolean {
    return this.#shown.delete(session)
  }

  #forgetOldest(): void {
    for (const session of this.#counted.keys()) {
      if (this.#counted.size <= COUNTERS_MAX) return
      if (!this.#shown.has(session)) this.#counted.delete(session)
    }
  }
}

/** A token bucket that holds one second's worth. A clock that goes back fills nothing. */
const tokensAt = ({ tokens, filledAtMs }: Counted, nowMs: number): number =>
  Math.min(PRESENCE_RATE_PER_S, tokens + (Math.max(0, nowMs - filledAtMs) / 1000) * PRESENCE_RATE_PER_S)
