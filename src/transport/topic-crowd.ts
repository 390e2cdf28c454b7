/**
 * Whether to listen where everybody announces himself. An announcement is delivered to all who listen there, so in a
 * crowd a few do, drawn by lot; whoever does not is answered in its mailbox as before. Opens and times nothing itself.
 */

/** So many may listen at a tracker's topic: enough to answer all who come, though most of them have no free slot. */
export const LISTENERS_MAX = 32
/** And so many are left of more. */
const LISTENERS_KEPT = 24
/** A lot is drawn at most so often: what comes in between was counted before the others left. */
const DRAW_INTERVAL_MS = 2_000
/** Whoever left listens again after this and up to as much more: those who stayed may have gone by then. */
const RETURN_MS = 5_000

export class TopicCrowd {
  readonly #random: () => number
  #drawnMs = -Infinity

  /** `random` is uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random
  }

  /** An announcement went to so many. Gives after how many milliseconds to listen again if we are to leave, or undefined. */
  counted(listeners: number, nowMs: number): number | undefined {
    if (listeners <= LISTENERS_MAX || nowMs - this.#drawnMs < DRAW_INTERVAL_MS) return undefined
    this.#drawnMs = nowMs
    if (this.#random() >= (listeners - LISTENERS_KEPT) / listeners) return undefined
    return RETURN_MS * (1 + this.#random())
  }
}
