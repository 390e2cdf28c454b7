/**
 * Whom trystero may connect us with. It makes a connection for every peer it hears of; here that is limited to so many
 * at a time as there are free slots, and nobody is connected again to whom we have a link.
 */

/** Peers of whom we only heard that they are there: few beside the connections that carry a room. */
const HEARD_MAX = 4
/** Those who turned to us. Kept apart, or in a crowd everybody would wait for four others who wait for others. */
const MEETINGS_MAX = 8
/** By then somebody who has a slot for us has answered. */
const HEARD_MS_MAX = 8_000
/** From there to a link: trystero takes up to 23 s for a slow connection, ours then 12 s. */
const MEETING_MS_MAX = 40_000
/**
 * A peer with whom it did not work is tried again after this: most first failures are chance, and in a room of two there
 * is nobody else. Four times as long after each further one, so that a replayed announcement is not answered for ever.
 */
const FAILED_FIRST_MS = 2_000
const FAILED_MS_MAX = 60_000
/** Peers with whom it did not work; the one that failed longest ago is forgotten first. */
const FAILURES_MAX = 256

/** What is known of a link: whether it is still there. */
interface Closeable {
  readonly closeReason: string | undefined
}

type Acquaintance =
  | { readonly stage: 'heard' | 'meeting'; readonly untilMs: number }
  | { readonly stage: 'linked'; readonly link: Closeable }

interface Failure {
  readonly untilMs: number
  readonly pauseMs: number
}

export interface Approach {
  /** Said to us alone, not to everybody. */
  readonly isToUs: boolean
  readonly freeSlots: number
  readonly nowMs: number
}

export class Acquaintances {
  readonly #peers = new Map<string, Acquaintance>()
  readonly #failures = new Map<string, Failure>()

  /** Whether the peer may be connected now; if so, it is one of those whom we are meeting. */
  admits(peer: string, { isToUs, freeSlots, nowMs }: Approach): boolean {
    this.#forgetOld(nowMs)
    const stage = this.#peers.get(peer)?.stage
    if (stage === 'linked' || nowMs < (this.#failures.get(peer)?.untilMs ?? -Infinity)) return false
    if (stage === 'meeting') return true
    if (isToUs) {
      if (this.#count('meeting') >= Math.min(freeSlots, MEETINGS_MAX)) return false
      this.#peers.set(peer, { stage: 'meeting', untilMs: nowMs + MEETING_MS_MAX })
      return true
    }
    if (stage === 'heard') return true
    if (this.#count('heard') >= Math.min(freeSlots, HEARD_MAX)) return false
    this.#peers.set(peer, { stage: 'heard', untilMs: nowMs + HEARD_MS_MAX })
    return true
  }

  linked(peer: string, link: Closeable): void {
    this.#failures.delete(peer)
    this.#peers.set(peer, { stage: 'linked', link })
  }

  failed(peer: string, nowMs: number): void {
    if (this.#peers.get(peer)?.stage === 'linked') return
    this.#peers.delete(peer)
    const pauseMs = Math.min((this.#failures.get(peer)?.pauseMs ?? FAILED_FIRST_MS / 4) * 4, FAILED_MS_MAX)
    this.#failures.delete(peer)
    this.#failures.set(peer, { untilMs: nowMs + pauseMs, pauseMs })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > FAILURES_MAX && oldest !== undefined) this.#failures.delete(oldest)
  }

  #count(wanted: Acquaintance['stage']): number {
    return [...this.#peers.values()].filter(({ stage }) => stage === wanted).length
  }

  #forgetOld(nowMs: number): void {
    for (const [peer, known] of this.#peers) {
      const isOver = known.stage === 'linked' ? known.link.closeReason !== undefined : nowMs >= known.untilMs
      if (isOver) this.#peers.delete(peer)
    }
    for (const [peer, { untilMs }] of this.#failures) if (nowMs >= untilMs + FAILED_MS_MAX) this.#failures.delete(peer)
  }
}
