import type { SessionId } from '../base/ids.ts'
import {
  BANNED_MS,
  SCORE_BAD_FRAME,
  SCORE_BAD_SIGNATURE,
  SCORE_BEARABLE_MIN,
  SCORE_BROKEN_PROMISE,
  SCORE_FIRST_DELIVERY,
  SCORE_HALF_LIFE_MS,
  SCORE_KEPT_MS,
  SCORE_LINKED_MIN,
  SCORE_MAX,
  SCORE_PUSHES_AFTER_PRUNE,
  SCORE_TRUSTED_MIN,
  SCORES_MAX,
  UNLINKED_MS,
} from './limits.ts'

export type Deed = 'first-delivery' | 'broken-promise' | 'pushes-after-prune' | 'bad-frame' | 'bad-signature'

/** What follows from a score: all is well; its word on others counts nothing; no link for a while; none for long. */
export type Standing = 'good' | 'doubtful' | 'unlinked' | 'banned'

const POINTS: Readonly<Record<Deed, number>> = {
  'first-delivery': SCORE_FIRST_DELIVERY,
  'broken-promise': SCORE_BROKEN_PROMISE,
  'pushes-after-prune': SCORE_PUSHES_AFTER_PRUNE,
  'bad-frame': SCORE_BAD_FRAME,
  'bad-signature': SCORE_BAD_SIGNATURE,
}

interface Score {
  points: number
  atMs: number
  excludedUntilMs: number
  isBanned: boolean
}

/**
 * What this device thinks of the peers it met, from what they did to it. It is never shared: a score that others could
 * lower would be a weapon. It halves every minute, and outlives its link by an hour.
 */
export class ScoreBook {
  readonly #scores = new Map<SessionId, Score>()

  heed(session: SessionId, deed: Deed, nowMs: number): Standing {
    const score = this.#decayed(session, nowMs) ?? { points: 0, atMs: nowMs, excludedUntilMs: 0, isBanned: false }
    score.points = Math.min(SCORE_MAX, score.points + POINTS[deed])
    if (score.points < SCORE_BEARABLE_MIN) {
      score.excludedUntilMs = nowMs + BANNED_MS
      score.isBanned = true
    } else if (score.points < SCORE_LINKED_MIN) {
      score.excludedUntilMs = Math.max(score.excludedUntilMs, nowMs + UNLINKED_MS)
    }
    // The one heard of last stands last, so that the first to be forgotten did nothing for the longest time.
    this.#scores.delete(session)
    this.#scores.set(session, score)
    if (this.#scores.size > SCORES_MAX) this.#forgetOne()
    return this.standing(session, nowMs)
  }

  standing(session: SessionId, nowMs: number): Standing {
    const score = this.#decayed(session, nowMs)
    if (!score) return 'good'
    if (score.excludedUntilMs > nowMs) return score.isBanned ? 'banned' : 'unlinked'
    return score.points < SCORE_TRUSTED_MIN ? 'doubtful' : 'good'
  }

  points(session: SessionId, nowMs: number): number {
    return this.#decayed(session, nowMs)?.points ?? 0
  }

  #decayed(session: SessionId, nowMs: number): Score | undefined {
    const score = this.#scores.get(session)
    if (!score) return undefined
    const passedMs = Math.max(0, nowMs - score.atMs)
    if (passedMs > SCORE_KEPT_MS && score.excludedUntilMs <= nowMs) {
      this.#scores.delete(session)
      return undefined
    }
    score.points *= 2 ** (-passedMs / SCORE_HALF_LIFE_MS)
    score.atMs = nowMs
    if (score.excludedUntilMs <= nowMs) score.isBanned = false
    return score
  }

  /** Whoever made many identities must not wash one that is banned clean. */
  #forgetOne(): void {
    for (const [session, score] of this.#scores) {
      if (score.isBanned && this.#scores.size <= 2 * SCORES_MAX) continue
      this.#scores.delete(session)
      return
    }
  }
}
