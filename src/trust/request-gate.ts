import { accepted, rejected, type Result } from '../base/result.ts'
import type { PersonId } from '../base/ids.ts'
import type { Allowances } from './allowance.ts'
import { RecentPeople } from './recent-people.ts'

/** Requests by Unknown people that wait for an answer: more than anybody reads through. */
export const REQUESTS_MAX = 100
/** Keys cost nothing, so Unknown people can fill their part; those whom the user's people vouch for have one more. */
export const REQUESTS_WITH_BADGE_MAX = 2 * REQUESTS_MAX

export type RequestReason = 'off' | 'too-long' | 'one-already' | 'declined' | 'full'

export interface RequestVerdict {
  /** `normal`: no request is needed. */
  readonly as: 'request' | 'request-with-badge' | 'normal'
}

/**
 * Who may write in private or invite to a room: somebody Known just does; a stranger asks once, in a few words, and
 * waits. Who was declined does not ask again, until the user does something about them.
 */
export class RequestGate {
  readonly #waiting = new Map<PersonId, number>()
  readonly #declined = new RecentPeople<boolean>()

  /** Whether this message may come in, and how. It counts as a request until it is answered. */
  ask({
    person,
    directMessage,
    text,
  }: {
    readonly person: PersonId
    readonly directMessage: Allowances['directMessage']
    readonly text: string
  }): Result<RequestVerdict, RequestReason> {
    const { as, requestsMax, charactersMax } = directMessage
    if (as === 'off') return rejected('off')
    if (as === 'normal') return accepted({ as })
    if (this.#declined.get(person) === true) return rejected('declined')
    if (isLongerThan(text, charactersMax)) return rejected('too-long')
    const waiting = this.#waiting.get(person) ?? 0
    if (waiting >= requestsMax) return rejected('one-already')
    const waitingMax = as === 'request' ? REQUESTS_MAX : REQUESTS_WITH_BADGE_MAX
    if (waiting === 0 && this.#waiting.size >= waitingMax) return rejected('full')
    this.#waiting.set(person, waiting + 1)
    return accepted({ as })
  }

  get waiting(): readonly PersonId[] {
    return [...this.#waiting.keys()]
  }

  /** The user answered, or raised them in another way. */
  accept(person: PersonId): void {
    this.#waiting.delete(person)
    this.#declined.set(person, false)
  }

  decline(person: PersonId): void {
    this.#waiting.delete(person)
    this.#declined.set(person, true)
  }
}

/** Characters as people count them at most: each code point is one. Looks no further than the limit. */
function isLongerThan(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return false
  if (text.length > 2 * charactersMax) return true
  return Array.from(text).length > charactersMax
}
