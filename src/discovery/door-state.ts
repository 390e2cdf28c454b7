/** One door as the plan sees it: its failures, its strangers, its announcements. */
import {
  ANNOUNCE_INTERVAL_MAX_MS,
  ANNOUNCE_INTERVAL_MIN_MS,
  ANNOUNCE_INTERVAL_URGENT_MAX_MS,
  ANNOUNCE_REDUNDANCY,
  BACK_OFF_FIRST_MS,
  BACK_OFF_MAX_MS,
  BACK_OFF_TORN_MAX_MS,
  BREAK_MS,
  BRIDGE_MS,
  FAILURES_TO_BREAK,
  PAUSE_MS,
  REFUSED_PER_MINUTE_MAX,
  REFUSED_WINDOW_MS,
  type DoorReason,
  type PlannedDoor,
} from './door-event.ts'

export class DoorState {
  readonly door: PlannedDoor
  isOpen = false
  reason: DoorReason = 'searching'
  /** Not opened before. */
  retryAtMs = 0
  pausedUntilMs = 0
  capacityTold = ''
  /** Links from here are welcome until then, whoever else is known. */
  bridgesUntilMs = 0
  /** Whether somebody asked for it not to wait its turn. */
  isAskedFor = false
  /** Since when it answers, if it does. */
  answersSinceMs: number | undefined
  #wasLost = false
  readonly #random: () => number
  #failures = 0
  #refused = 0
  #refusedSinceMs = 0
  #intervalMs = ANNOUNCE_INTERVAL_MIN_MS
  #intervalEndMs = 0
  #announceAtMs: number | undefined
  #heard = 0

  constructor(door: PlannedDoor, random: () => number) {
    this.door = door
    this.#random = random
  }

  get isBroken(): boolean {
    return this.#failures >= FAILURES_TO_BREAK
  }
  get nextMs(): number {
    if (!this.isOpen) return Infinity
    return Math.min(this.#announceAtMs ?? Infinity, this.#intervalEndMs, this.bridgesUntilMs || Infinity)
  }

  /** A greeter who comes has time: those who were there before him speak too. */
  opened(nowMs: number, isSearching: boolean): void {
    this.isOpen = true
    this.isAskedFor = false
    this.capacityTold = ''
    if (isSearching) this.hurry(nowMs)
    else this.#beginInterval(ANNOUNCE_INTERVAL_MAX_MS, nowMs)
  }
  closed(): void {
    this.isOpen = false
    this.answersSinceMs = undefined
    this.bridgesUntilMs = 0
  }

  /** It works: the next failure is the first. True if it had been lost and is back. */
  worked(nowMs: number): boolean {
    const isBack = this.#wasLost
    this.#failures = 0
    this.#wasLost = false
    this.answersSinceMs ??= nowMs
    return isBack
  }
  /** It tries to reach its network again. */
  lost(): void {
    if (this.answersSinceMs !== undefined) this.#wasLost = true
    this.answersSinceMs = undefined
  }

  /** Full jitter, so that those who lost the same place do not come back together. */
  failed(nowMs: number, isTorn: boolean): void {
    this.#failures++
    this.#wasLost = true
    const spanMs = Math.min(
      BACK_OFF_FIRST_MS * 2 ** (this.#failures - 1),
      isTorn ? BACK_OFF_TORN_MAX_MS : BACK_OFF_MAX_MS,
    )
    const isBroken = this.isBroken && !isTorn
    this.retryAtMs = nowMs + (isBroken ? BREAK_MS * (0.5 + this.#random()) : spanMs * this.#random())
  }

  bridge(nowMs: number): void {
    this.bridgesUntilMs = nowMs + BRIDGE_MS
  }

  forgive(): void {
    this.#failures = 0
    this.retryAtMs = 0
  }

  refused(nowMs: number): void {
    if (nowMs - this.#refusedSinceMs >= REFUSED_WINDOW_MS) {
      this.#refused = 0
      this.#refusedSinceMs = nowMs
    }
    if (++this.#refused > REFUSED_PER_MINUTE_MAX) this.pausedUntilMs = nowMs + PAUSE_MS
  }

  heard(): void {
    this.#heard++
  }

  /** Something changed that others should know soon: the shortest interval again. */
  hurry(nowMs: number): void {
    this.#beginInterval(ANNOUNCE_INTERVAL_MIN_MS, nowMs)
  }

  /** Whether to announce now. One who searches does so even if others spoke. */
  isAnnouncementDue(nowMs: number, { isSearching, isTorn }: { isSearching: boolean; isTorn: boolean }): boolean {
    const intervalMaxMs = isSearching || isTorn ? ANNOUNCE_INTERVAL_URGENT_MAX_MS : ANNOUNCE_INTERVAL_MAX_MS
    let isDue = false
    if (this.#announceAtMs !== undefined && nowMs >= this.#announceAtMs) {
      this.#announceAtMs = undefined
      isDue = isSearching || this.#heard < ANNOUNCE_REDUNDANCY
    }
    if (nowMs >= this.#intervalEndMs) this.#beginInterval(Math.min(this.#intervalMs * 2, intervalMaxMs), nowMs)
    return isDue
  }

  #beginInterval(intervalMs: number, nowMs: number): void {
    this.#intervalMs = intervalMs
    this.#intervalEndMs = nowMs + intervalMs
    this.#announceAtMs = nowMs + intervalMs * (0.5 + this.#random() / 2)
    this.#heard = 0
  }
}
