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
/** A peer with whom it did not work is not tried again at once, and a replayed announcement is not answered for ever. */
const FAILED_MS = 60_000
/** Members that came and went; the oldest with whom it did not work are forgotten first. */
const REMEMBERED_MAX = 256

/** What is known of a link: whether it is still there. */
interface Closeable {
  readonly closeReason: string | undefined
}

type Acquaintance =
  | { readonly stage: 'heard' | 'meeting' | 'failed'; readonly untilMs: number }
  | { readonly stage: 'linked'; readonly link: Closeable }

export interface Approach {
  /** Said to us alone, not to everybody. */
  readonly isToUs: boolean
  readonly freeSlots: number
  readonly nowMs: number
}

export class Acquaintances {
  readonly #peers = new Map<string, Acquaintance>()

  /** Whether the peer may be connected now; if so, it is one of those whom we are meeting. */
  admits(peer: string, { isToUs, freeSlots, nowMs }: Approach): boolean {
    this.#forgetOld(nowMs)
    const stage = this.#peers.get(peer)?.stage
    if (stage === 'failed' || stage === 'linked') return false
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
    this.#peers.set(peer, { stage: 'linked', link })
  }

  failed(peer: string, nowMs: number): void {
    if (this.#peers.get(peer)?.stage === 'linked') return
    if (this.#peers.size >= REMEMBERED_MAX) this.#forgetOneFailed()
    this.#peers.delete(peer)
    this.#peers.set(peer, { stage: 'failed', untilMs: nowMs + FAILED_MS })
  }

  #count(wanted: Acquaintance['stage']): number {
    return [...this.#peers.values()].filter(({ stage }) => stage === wanted).length
  }

  #forgetOneFailed(): void {
    for (const [peer, { stage }] of this.#peers)
      if (stage === 'failed') {
        this.#peers.delete(peer)
        return
      }
  }

  #forgetOld(nowMs: number): void {
    for (const [peer, known] of this.#peers) {
      const isOver = known.stage === 'linked' ? known.link.closeReason !== undefined : nowMs >= known.untilMs
      if (isOver) this.#peers.delete(peer)
    }
  }
}
