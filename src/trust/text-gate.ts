import { TokenBucket } from '../base/token-bucket.ts'
import type { PersonId } from '../base/ids.ts'
import type { Allowances } from './allowance.ts'
import { RecentPeople } from './recent-people.ts'

export type TextVerdict =
  | { readonly isHeld: false; readonly isGated: boolean }
  | { readonly isHeld: true; readonly reason: TextHoldReason }

export type TextHoldReason = 'blocked' | 'too-long' | 'too-fast' | 'first-post'

const SECONDS_PER_MINUTE = 60

/**
 * Decides message by message of one room what is shown and what is held back. The caller gives the time at which a
 * message is shown as written, so that what was written in an hour and arrives in a second is not taken for a flood; and
 * the messages of one person in their order.
 */
export class TextGate {
  readonly #authors = new RecentPeople<{ readonly bucket: TokenBucket; readonly perMinuteMax: number }>()
  /** Whose first message with words was shown here. */
  readonly #heard = new RecentPeople<true>()

  judge(message: {
    readonly person: PersonId
    readonly text: Allowances['text']
    readonly firstPost: Allowances['firstPost']
    readonly sizeBytes: number
    readonly isOnlyMediaOrLink: boolean
    readonly atMs: number
  }): TextVerdict {
    const { person, text, firstPost, sizeBytes, isOnlyMediaOrLink, atMs } = message
    if (text.markup === 'none') return { isHeld: true, reason: 'blocked' }
    if (sizeBytes > text.sizeBytesMax) return { isHeld: true, reason: 'too-long' }
    if (!this.#bucketOf(person, text.perMinuteMax, atMs).take(atMs)) return { isHeld: true, reason: 'too-fast' }
    if (!isOnlyMediaOrLink) {
      this.#heard.set(person, true)
      return { isHeld: false, isGated: false }
    }
    if (this.#heard.get(person) || firstPost.onlyMediaOrLink === 'shown') return { isHeld: false, isGated: false }
    return firstPost.onlyMediaOrLink === 'gated'
      ? { isHeld: false, isGated: true }
      : { isHeld: true, reason: 'first-post' }
  }

  /** A level that changed has another rate, and begins with all of it. */
  #bucketOf(person: PersonId, perMinuteMax: number, nowMs: number): TokenBucket {
    const known = this.#authors.get(person)
    if (known?.perMinuteMax === perMinuteMax) return known.bucket
    const bucket = new TokenBucket({ burst: perMinuteMax, perSecond: perMinuteMax / SECONDS_PER_MINUTE, nowMs })
    this.#authors.set(person, { bucket, perMinuteMax })
    return bucket
  }
}
