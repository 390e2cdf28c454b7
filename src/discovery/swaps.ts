/**
 * Now and then a further link is tried, and kept in place of one that is much slower. A few slots only: were all links
 * near ones, the overlay would fall into pieces. Fruitless trials become rarer.
 */
import type { ActiveLink } from './active-view.ts'
import { NEAR_SLOTS, REFUSAL_KEPT_MS, SWAP_GAIN, SWAP_INTERVAL_MS } from './limits.ts'
import type { OverlayState } from './overlay-state.ts'

const FRUITLESS_MAX = 4

export class Swaps {
  readonly #state: OverlayState
  #dueMs: number | undefined
  #fruitless = 0

  constructor(state: OverlayState) {
    this.#state = state
  }

  /** Whether there is somebody to compare with and it is time. */
  get isTrialDue(): boolean {
    const { nowMs, isSmallRoom, mode } = this.#state
    if (isSmallRoom || mode !== 'normal') return false
    this.#dueMs ??= nowMs + this.#intervalMs()
    return nowMs >= this.#dueMs
  }
  get nextMs(): number {
    let atMs = this.#dueMs !== undefined && this.#dueMs > this.#state.nowMs ? this.#dueMs : Infinity
    for (const { trialUntilMs } of this.#state.active.all) atMs = Math.min(atMs, trialUntilMs ?? Infinity)
    return atMs
  }

  trialBegun(): void {
    this.#dueMs = this.#state.nowMs + this.#intervalMs()
  }

  judgeTrials(): void {
    const { nowMs, active } = this.#state
    for (const link of active.all) {
      const { trialUntilMs, roundTripMs } = link
      if (trialUntilMs === undefined || (roundTripMs === undefined && nowMs < trialUntilMs)) continue
      link.trialUntilMs = undefined
      this.#judge(link)
    }
  }

  #judge(trial: ActiveLink): void {
    const { active, profile, passive, nowMs } = this.#state
    const nearLinks = active.count(({ isNear }) => isNear)
    const slowest = [...active.all]
      .filter((link) => link.isOutbound && link !== trial && (nearLinks < NEAR_SLOTS || link.isNear))
      .filter(({ degree = 0, roundTripMs }) => degree >= profile.activeLow && roundTripMs !== undefined)
      .toSorted((a, b) => (b.roundTripMs ?? 0) - (a.roundTripMs ?? 0))[0]
    const isFaster =
      trial.roundTripMs !== undefined &&
      slowest?.roundTripMs !== undefined &&
      trial.roundTripMs < slowest.roundTripMs * SWAP_GAIN
    this.#fruitless = isFaster ? 0 : Math.min(this.#fruitless + 1, FRUITLESS_MAX)
    const loser = isFaster ? slowest : trial
    if (isFaster) trial.isNear = true
    // With links to spare there is no need to lose one.
    else if (active.healthyOutbound <= profile.outboundWanted) return
    passive.rest(loser.peer, nowMs + REFUSAL_KEPT_MS)
    this.#state.leave(loser.link, 'swapped', loser.peer)
  }

  #intervalMs(): number {
    return SWAP_INTERVAL_MS * 2 ** this.#fruitless * (0.5 + this.#state.random())
  }
}
