/** Stands between trystero and a network: what goes out is sealed, what comes in is opened, checked and let in or not. */
import { selfId } from '@trystero-p2p/core'
import { BackOff } from './back-off.ts'
import { Acquaintances } from './trystero-acquaintances.ts'
import type { TrysteroEnvelope, TrysteroSignal } from './trystero-envelope.ts'
import { TokenBucket } from '../base/token-bucket.ts'

/** Messages opened for one room: a room of 100 that all arrive at once, then what one person can cause. */
const MESSAGES_BURST = 256
const MESSAGES_PER_SECOND = 32
const ANNOUNCE_FIRST_MS = 2_000
/** Public relays are guests' ground: at most one word in some minutes from those who still look. */
const ANNOUNCE_MAX_MS = 300_000
/** How soon trystero may ask again after an announcement that was not made. */
export const QUIET_MS = 60_000

export class TrysteroGate {
  readonly acquaintances = new Acquaintances()
  readonly #envelope: TrysteroEnvelope
  readonly #messages = new TokenBucket({
    burst: MESSAGES_BURST,
    perSecond: MESSAGES_PER_SECOND,
    nowMs: performance.now(),
  })
  #freeSlots = 0
  #mayDial = false
  #isClosed = false

  constructor(envelope: TrysteroEnvelope) {
    this.#envelope = envelope
  }

  get freeSlots(): number {
    return this.#freeSlots
  }
  get mayDial(): boolean {
    return this.#mayDial
  }
  get mayAnnounce(): boolean {
    return !this.#isClosed && this.#mayDial && this.#freeSlots > 0
  }
  get isClosed(): boolean {
    return this.#isClosed
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#freeSlots = freeSlots
    this.#mayDial = mayDial
  }

  close(): void {
    this.#isClosed = true
  }

  seal(message: string, place: string): Promise<string> {
    return this.#envelope.seal(message, place)
  }

  /** The signal, or undefined when it is none, not for us, or there is no room for whoever sent it. */
  async open(data: unknown, place: string, isToUs: boolean): Promise<TrysteroSignal | undefined> {
    if (this.#isClosed || this.#freeSlots <= 0 || !this.#messages.take(performance.now())) return undefined
    const opened = await this.#envelope.open(data, place)
    if (!opened.ok || opened.value.peerId === selfId || this.#isClosed) return undefined
    return this.admits(opened.value.peerId, isToUs) ? opened.value : undefined
  }

  /** Whether there is room for the peer. */
  admits(peer: string, isToUs: boolean): boolean {
    if (this.#isClosed || this.#freeSlots <= 0) return false
    return this.acquaintances.admits(peer, { isToUs, freeSlots: this.#freeSlots, nowMs: performance.now() })
  }
}

/** When to announce at one relay. Trystero does it four times in the first two seconds and then for ever. */
export class AnnounceClock {
  readonly #interval = new BackOff({ firstMs: ANNOUNCE_FIRST_MS, maxMs: ANNOUNCE_MAX_MS, random: Math.random })
  #dueMs = -Infinity

  /** 0 when it is time, and the next time is settled; otherwise the milliseconds to wait. */
  take(nowMs: number): number {
    if (nowMs < this.#dueMs) return this.#dueMs - nowMs
    this.#dueMs = nowMs + this.#interval.next()
    return 0
  }

  /** Milliseconds until the next announcement. */
  remainingMs(nowMs: number): number {
    return Math.max(0, this.#dueMs - nowMs)
  }
}
