/**
 * The members we could link to and don't: a sample that nobody can push himself into. Each slot has a secret number and
 * keeps the card whose session ranks lowest with it, so that what counts is how many sessions there are of a kind and
 * not how often they are spoken of (after Basalt, Auvolat et al. 2021). While there are fewer members than slots all of
 * them are kept. Knows nothing of links.
 */
import type { SessionId } from '../base/ids.ts'
import type { Card, CardClaim } from './card.ts'
import {
  FAILURE_KEPT_MS,
  FAILURES_KEPT_MAX,
  FAILURES_MAX,
  PASSIVE_SLOTS,
  REFUSAL_KEPT_MAX_MS,
  REFUSAL_KEPT_MS,
  SLOTS_REDRAWN,
} from './limits.ts'

export interface HeldCard {
  readonly card: Card
  /** When it was signed, as far as those say who brought it, by our clock. */
  readonly signedAtMs: number
}

interface Failure {
  readonly dials: number
  readonly refusals: number
  readonly untilMs: number
}

const NO_FAILURE: Failure = { dials: 0, refusals: 0, untilMs: 0 }

interface Slot {
  secret: number
  holder: SessionId | undefined
  rank: number
}

const lifetimeMs = (card: CardClaim): number => card.lifetimeS * 1_000

/** FNV-1a of an id's text: spreads ids over 32 bits before the slots' secrets order them. */
function hashOf(session: SessionId): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < session.length; i++) hash = Math.imul(hash ^ session.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** MurmurHash3's finaliser (public domain): an order that is known only to who knows the secret. */
function rankOf(secret: number, hash: number): number {
  let mixed = hash ^ secret
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13) ^ secret, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

export class PassiveView {
  readonly #random: () => number
  readonly #slots: Slot[] = []
  readonly #held = new Map<SessionId, HeldCard>()
  readonly #failures = new Map<SessionId, Failure>()
  #redrawn = 0

  constructor(random: () => number) {
    this.#random = random
    for (let i = 0; i < PASSIVE_SLOTS; i++)
      this.#slots.push({ secret: this.#draw(), holder: undefined, rank: Infinity })
  }

  get size(): number {
    return this.#held.size
  }
  get cards(): IterableIterator<HeldCard> {
    return this.#held.values()
  }
  get(session: SessionId): HeldCard | undefined {
    return this.#held.get(session)
  }

  /** Whether the card would be kept, so that it is worth checking its signature. */
  wouldTake(card: CardClaim, ageMs: number, nowMs: number): boolean {
    if (ageMs >= lifetimeMs(card) || this.isAvoided(card.session, nowMs)) return false
    const known = this.#held.get(card.session)
    if (known) return card.sequence > known.card.sequence
    if (this.#held.size < PASSIVE_SLOTS) return true
    const hash = hashOf(card.session)
    return this.#slots.some((slot) => rankOf(slot.secret, hash) < slot.rank)
  }

  insert(held: HeldCard): void {
    const { session, sequence } = held.card
    const known = this.#held.get(session)
    if (known && known.card.sequence >= sequence) return
    const hash = hashOf(session)
    let isHolder = false
    for (const slot of this.#slots) {
      const rank = rankOf(slot.secret, hash)
      if (rank < slot.rank) {
        slot.rank = rank
        slot.holder = session
      }
      isHolder ||= slot.holder === session
    }
    if (!isHolder && !known && this.#held.size >= PASSIVE_SLOTS) return
    this.#held.set(session, held)
    if (this.#held.size > PASSIVE_SLOTS) this.#forgetOne()
  }

  remove(session: SessionId): void {
    if (!this.#held.delete(session)) return
    for (const slot of this.#slots) if (slot.holder === session) this.#refill(slot)
  }

  expire(nowMs: number): void {
    for (const [session, { card, signedAtMs }] of this.#held)
      if (nowMs - signedAtMs >= lifetimeMs(card)) this.remove(session)
  }

  /** Gives the next slot in turn another secret. */
  redraw(): void {
    for (let i = 0; i < SLOTS_REDRAWN; i++) {
      const slot = this.#slots[this.#redrawn++ % PASSIVE_SLOTS]
      if (!slot) return
      slot.secret = this.#draw()
      this.#refill(slot)
    }
  }

  /** A dial to it failed. After two failures it is left alone for ten minutes. */
  failed(session: SessionId, nowMs: number): void {
    const failure = this.#failures.get(session) ?? NO_FAILURE
    const dials = failure.dials + 1
    const isGivenUp = dials >= FAILURES_MAX
    this.#avoid(session, { ...failure, dials, untilMs: nowMs + (isGivenUp ? FAILURE_KEPT_MS : REFUSAL_KEPT_MS) })
    if (isGivenUp) this.remove(session)
  }

  /** It had no place for us, or no way led there. Each time it is left alone for twice as long, unless it offers one. */
  refused(session: SessionId, nowMs: number): void {
    const failure = this.#failures.get(session) ?? NO_FAILURE
    const keptMs = Math.min(REFUSAL_KEPT_MS * 2 ** failure.refusals, REFUSAL_KEPT_MAX_MS)
    this.#avoid(session, { ...failure, refusals: failure.refusals + 1, untilMs: nowMs + keptMs })
  }

  /** It left the room, or we have a link that should not come back at once. */
  rest(session: SessionId, untilMs: number): void {
    this.#avoid(session, { ...(this.#failures.get(session) ?? NO_FAILURE), untilMs })
  }

  reached(session: SessionId): void {
    this.#failures.delete(session)
  }

  isAvoided(session: SessionId, nowMs: number): boolean {
    const failure = this.#failures.get(session)
    return failure !== undefined && failure.untilMs > nowMs
  }

  /** Avoided because a dial failed, so that an offered place would not help. */
  isFailing(session: SessionId, nowMs: number): boolean {
    return (this.#failures.get(session)?.dials ?? 0) > 0 && this.isAvoided(session, nowMs)
  }

  /** Our network changed: what could not be reached before may be now. */
  forgive(): void {
    this.#failures.clear()
  }

  /** A random slot's card that is wanted; each slot counts once, whoever was pushed how often. */
  pick(nowMs: number, isWanted: (card: Card) => boolean): Card | undefined {
    const first = Math.floor(this.#random() * PASSIVE_SLOTS)
    const isGood = (session: SessionId): Card | undefined => {
      const card = this.#held.get(session)?.card
      return card && !this.isAvoided(session, nowMs) && isWanted(card) ? card : undefined
    }
    for (let i = 0; i < PASSIVE_SLOTS; i++) {
      const holder = this.#slots[(first + i) % PASSIVE_SLOTS]?.holder
      const card = holder === undefined ? undefined : isGood(holder)
      if (card) return card
    }
    for (const session of this.#held.keys()) {
      const card = isGood(session)
      if (card) return card
    }
    return undefined
  }

  /** Up to `count` different cards at random. */
  sample(count: number): HeldCard[] {
    const all = [...this.#held.values()]
    const chosen: HeldCard[] = []
    while (chosen.length < count && all.length > 0) {
      const at = Math.floor(this.#random() * all.length)
      const [held] = all.splice(at, 1)
      if (held) chosen.push(held)
    }
    return chosen
  }

  #draw(): number {
    return Math.floor(this.#random() * 2 ** 32)
  }

  #refill(slot: Slot): void {
    slot.holder = undefined
    slot.rank = Infinity
    for (const session of this.#held.keys()) {
      const rank = rankOf(slot.secret, hashOf(session))
      if (rank >= slot.rank) continue
      slot.rank = rank
      slot.holder = session
    }
  }

  /** One more card than slots: at least one holds none. */
  #forgetOne(): void {
    const holders = new Set(this.#slots.map(({ holder }) => holder))
    for (const session of this.#held.keys()) {
      if (holders.has(session)) continue
      this.#held.delete(session)
      return
    }
  }

  #avoid(session: SessionId, failure: Failure): void {
    this.#failures.delete(session)
    this.#failures.set(session, failure)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > FAILURES_KEPT_MAX && oldest !== undefined) this.#failures.delete(oldest)
  }
}
