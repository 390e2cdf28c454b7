import type { SessionId } from '../base/ids.ts'
import { QUOTA_ROOM_MEMBERS } from '../discovery/limits.ts'

/** How long somebody whose card was seen counts as being there: as long as a card may be used. */
const SEEN_MS = 600_000
/** More than any room has at one time that one device can hear of. */
const SEEN_MAX = 4_096

/** Who was heard of lately in a room, and so how many are there. */
export class Attendance {
  /** When a session was last known to be there; the latest last. */
  readonly #seen = new Map<SessionId, number>()

  see(session: SessionId, nowMs: number): void {
    this.#seen.delete(session)
    this.#seen.set(session, nowMs)
  }

  /**
   * How many may be there, ourselves included, and how many the overlay is to reckon with: at least so many as make its
   * quotas hold where the log names that many, or a crowd of strangers could be all that a newcomer hears of.
   */
  count(namedByLog: number, nowMs: number): { readonly there: number; readonly members: number } {
    for (const [session, atMs] of this.#seen) {
      if (nowMs - atMs < SEEN_MS && this.#seen.size <= SEEN_MAX) break
      this.#seen.delete(session)
    }
    const there = 1 + this.#seen.size
    return { there, members: Math.max(there, Math.min(namedByLog, QUOTA_ROOM_MEMBERS)) }
  }
}
