import { TokenBucket } from '../base/token-bucket.ts'
import type { PersonId } from '../base/ids.ts'
import type { Allowances } from './allowance.ts'
import { RecentPeople } from './recent-people.ts'

const SECONDS_PER_HOUR = 3_600

export interface MentionVerdict {
  /** How many of the message's mentions are shown as such; the others are plain text. */
  readonly highlighted: number
  readonly notify: 'none' | 'badge' | 'alert'
}

/** Decides what a message that names people may do beyond being there. One gate serves all rooms. */
export class MentionGate {
  readonly #people = new RecentPeople<{ readonly bucket: TokenBucket; readonly perHourMax: number }>()

  /** `count`: the mentions in one message. `isForMe`: one of the first of them, as many as are shown, names the user. */
  judge(message: {
    readonly person: PersonId
    readonly mentions: Allowances['mentions']
    readonly count: number
    readonly isForMe: boolean
    /** The room shows mentions only. */
    readonly isMentionsOnly: boolean
    readonly nowMs: number
  }): MentionVerdict {
    const { person, mentions, count, isForMe, isMentionsOnly, nowMs } = message
    const highlighted = Math.min(count, mentions.perMessageMax)
    const isQuiet = mentions.notify === 'none' || !isForMe || highlighted === 0
    if (isQuiet || !this.#take(person, mentions.perHourMax, nowMs)) return { highlighted, notify: 'none' }
    const mayAlert = mentions.notify === 'alert' && (!isMentionsOnly || mentions.passesMentionsOnly)
    return { highlighted, notify: mayAlert ? 'alert' : 'badge' }
  }

  #take(person: PersonId, perHourMax: number, nowMs: number): boolean {
    if (perHourMax === Number.POSITIVE_INFINITY) return true
    const known = this.#people.get(person)
    if (known?.perHourMax === perHourMax) return known.bucket.take(nowMs)
    const bucket = new TokenBucket({ burst: perHourMax, perSecond: perHourMax / SECONDS_PER_HOUR, nowMs })
    this.#people.set(person, { bucket, perHourMax })
    return bucket.take(nowMs)
  }
}
