/**
 * Now and then a further link is tried, beside all places, and kept in place of a slower one: by whoever tries it, and by
 * the other side, which has to make a place too. After X-BOT (Leitão et al. 2012), but the two who are given up look for
 * another link as always. A few slots only: were all links near ones, the overlay would fall into pieces. Fruitless
 * trials become rarer.
 */
import type { SessionId } from '../base/ids.ts'
import type { ActiveLink } from './active-view.ts'
import {
  GENEROUS_DEGREE,
  GUEST_INTERVAL_MS,
  NEAR_SLOTS,
  REFUSAL_KEPT_MS,
  SWAP_GAIN,
  SWAP_INTERVAL_MS,
  TRIAL_RETRIES_MAX,
  TRIAL_RETRY_MS,
} from './limits.ts'
import type { OverlayState } from './overlay-state.ts'

const FRUITLESS_MAX = 4

export class Swaps {
  readonly #state: OverlayState
  #dueMs: number | undefined
  #fruitless = 0
  #refusals = 0
  #guestAtMs = -Infinity
  #madeWayAtMs = -Infinity

  constructor(state: OverlayState) {
    this.#state = state
  }

  /** Whether there is somebody to compare with and it is time. */
  get isTrialDue(): boolean {
    if (!this.#isPossible) return false
    this.#dueMs ??= this.#state.nowMs + this.#intervalMs()
    return this.#state.nowMs >= this.#dueMs
  }
  get nextMs(): number {
    const { nowMs, active } = this.#state
    const atMs = this.#dueMs !== undefined && this.#dueMs > nowMs ? this.#dueMs : Infinity
    return Math.min(atMs, active.onTrial?.trialUntilMs ?? Infinity)
  }

  trialBegun(): void {
    this.#dueMs = this.#state.nowMs + this.#intervalMs()
  }
  /** Somebody has a trial already, or nothing to give up: the next is asked soon. */
  refused(session: SessionId): void {
    const { passive, nowMs, random } = this.#state
    passive.rest(session, nowMs + REFUSAL_KEPT_MS)
    if (++this.#refusals <= TRIAL_RETRIES_MAX) this.#dueMs = nowMs + TRIAL_RETRY_MS * (0.5 + random())
    else this.#refusals = 0
  }

  /** Whether somebody may show us that he is nearer than another. */
  get isGuestWelcome(): boolean {
    const state = this.#state
    if (!this.#isPossible || state.nowMs - this.#guestAtMs < GUEST_INTERVAL_MS) return false
    return state.hasPlace || (this.#mayMakeWay && this.#slowest(false) !== undefined)
  }
  guestWelcomed(): void {
    this.#guestAtMs = this.#state.nowMs
  }

  /** All others are gone: what was to be compared with them is the only way on. */
  keepLast(): void {
    const { active } = this.#state
    const trial = active.onTrial
    if (trial && active.size === 0) trial.trialUntilMs = undefined
  }

  judgeTrials(): void {
    const { nowMs, active, mode } = this.#state
    const trial = active.onTrial
    if (trial?.trialUntilMs === undefined) return
    if (nowMs >= trial.trialUntilMs || mode !== 'normal') this.#end(trial)
    else if (trial.isOutbound) this.#judge(trial)
    else this.#judgeGuest(trial)
  }

  /** Ours: first we say that we want it, and when the other side does too we give up a slower one. */
  #judge(trial: ActiveLink): void {
    if (trial.roundTripMs === undefined) return
    const { active, profile } = this.#state
    const isMissing = active.healthyOutbound < profile.outboundWanted && active.size < profile.activeMax
    const loser = isMissing ? undefined : this.#slowerThan(trial)
    if (!isMissing && !loser) return this.#end(trial)
    if (!trial.hasToldKeep) {
      trial.hasToldKeep = true
      this.#state.send(trial.link, { type: 'keep' })
    }
    if (!trial.isToldKeep) return
    this.#fruitless = 0
    this.#refusals = 0
    this.#keep(trial, loser)
  }

  /** The other side's: when it wants the link and it is fast for us too. */
  #judgeGuest(trial: ActiveLink): void {
    const state = this.#state
    if (trial.roundTripMs === undefined) return
    const loser = state.hasPlace ? undefined : this.#mayMakeWay ? this.#slowerThan(trial) : undefined
    if (!state.hasPlace && !loser) return this.#end(trial)
    if (!trial.isToldKeep) return
    if (loser) this.#madeWayAtMs = state.nowMs
    state.send(trial.link, { type: 'keep' })
    this.#keep(trial, loser)
  }

  #keep(trial: ActiveLink, loser: ActiveLink | undefined): void {
    const { passive, nowMs } = this.#state
    trial.trialUntilMs = undefined
    trial.isNear = loser !== undefined
    if (!loser) return
    passive.rest(loser.peer, nowMs + REFUSAL_KEPT_MS)
    this.#state.leave(loser.link, 'swapped', loser.peer)
  }

  #end({ link, peer, isOutbound }: ActiveLink): void {
    const { passive, nowMs } = this.#state
    if (isOutbound) this.#fruitless = Math.min(this.#fruitless + 1, FRUITLESS_MAX)
    passive.rest(peer, nowMs + REFUSAL_KEPT_MS)
    this.#state.send(link, { type: 'leave', reason: 'swapped', cards: [] })
    this.#state.close(link, 'swapped')
  }

  get #isPossible(): boolean {
    const { isSmallRoom, mode, active } = this.#state
    return !isSmallRoom && mode === 'normal' && active.onTrial === undefined
  }
  get #mayMakeWay(): boolean {
    return this.#state.nowMs - this.#madeWayAtMs >= SWAP_INTERVAL_MS
  }

  #slowerThan({ isOutbound, roundTripMs = Infinity }: ActiveLink): ActiveLink | undefined {
    const slowest = this.#slowest(isOutbound)
    return slowest && roundTripMs < (slowest.roundTripMs ?? 0) * SWAP_GAIN ? slowest : undefined
  }

  /** The slowest of our choice, or of others', that can spare us. */
  #slowest(isOutbound: boolean): ActiveLink | undefined {
    const { active } = this.#state
    const isNearFull = active.count(({ isNear }) => isNear) >= NEAR_SLOTS
    let found: ActiveLink | undefined
    for (const link of active.kept) {
      if (link.isOutbound !== isOutbound || (isNearFull && !link.isNear)) continue
      const { degree = 0, roundTripMs, suspectSinceMs } = link
      if (degree < GENEROUS_DEGREE || roundTripMs === undefined || suspectSinceMs !== undefined) continue
      if (!found || roundTripMs > (found.roundTripMs ?? 0)) found = link
    }
    return found
  }

  #intervalMs(): number {
    return SWAP_INTERVAL_MS * 2 ** this.#fruitless * (0.5 + this.#state.random())
  }
}
