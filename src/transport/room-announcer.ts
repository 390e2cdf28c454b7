/**
 * When to say "here I am" on a topic. Often at first and after a loss, ever more rarely later, never in a storm:
 * every announcement is answered by everybody who has a free slot. After the idea of Trickle (RFC 6206).
 */
import { BackOff } from './back-off.ts'

const INTERVAL_FIRST_MS = 5_000
const INTERVAL_MAX_MS = 300_000
/** The spread of a first announcement after a loss that many may have noticed at once. */
const SPREAD_MS = 1_000

export interface RoomAnnouncerOptions {
  readonly random: () => number
  /** A clock that only goes forward, in milliseconds. */
  readonly nowMs: () => number
  readonly announce: () => Promise<void>
}

export class RoomAnnouncer {
  readonly #options: RoomAnnouncerOptions
  readonly #interval: BackOff
  #timer: ReturnType<typeof setTimeout> | undefined
  #dueMs = 0
  #announcedMs = -Infinity
  #isRunning = false

  constructor(options: RoomAnnouncerOptions) {
    this.#options = options
    this.#interval = new BackOff({ firstMs: INTERVAL_FIRST_MS, maxMs: INTERVAL_MAX_MS, random: options.random })
  }

  start(): void {
    this.#isRunning = true
    this.#announcedMs = this.#options.nowMs()
    this.#schedule(this.#interval.next())
  }

  /** A link was lost or is wanted: announce shortly, but not within 2.5 to 5 seconds of the last time. */
  soon(): void {
    if (!this.#isRunning) return
    this.#interval.reset()
    const nowMs = this.#options.nowMs()
    const earliestMs = this.#announcedMs + this.#interval.next() - nowMs
    const pauseMs = Math.max(this.#options.random() * SPREAD_MS, earliestMs)
    if (nowMs + pauseMs < this.#dueMs) this.#schedule(pauseMs)
  }

  stop(): void {
    this.#isRunning = false
    clearTimeout(this.#timer)
  }

  #schedule(pauseMs: number): void {
    clearTimeout(this.#timer)
    this.#dueMs = this.#options.nowMs() + pauseMs
    this.#timer = setTimeout(() => {
      this.#announcedMs = this.#options.nowMs()
      void this.#options.announce()
      this.#schedule(this.#interval.next())
    }, pauseMs)
  }
}
