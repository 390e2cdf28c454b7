/**
 * Links made through the mesh: knock, welcome, offer, answer, each carried from neighbour to neighbour. The knock costs
 * a signature check and comes before anybody opens a connection; the offer and the answer are sealed, and opaque here.
 * If two knock at each other, the smaller id's call goes on.
 */
import type { SessionId } from '../base/ids.ts'
import type { Card } from './card.ts'
import {
  ANSWERS_MAX,
  DIAL_HOPEFUL_MS,
  DIAL_MS,
  DIALS_ALL_MAX,
  DIALS_MAX,
  DIALS_URGENT_MAX,
  MESHED_LINKS,
  KNOCK_MS,
  PLACE_KEPT_MS,
  PLACES_MAX,
  PLEA_INTERVAL_MS,
  PLEA_LINKS_MAX,
  GENEROUS_DEGREE,
  REFUSAL_CARDS,
  SIGNAL_HOPS_MAX,
  SIGNALS_PER_DIAL_MAX,
} from './limits.ts'
import type { LinkId } from './overlay-event.ts'
import type { AgedCard, Signal, SignalKind } from './overlay-message.ts'
import type { OverlayState } from './overlay-state.ts'
import type { HeldCard } from './passive-view.ts'
import type { Swaps } from './swaps.ts'

interface Call {
  readonly dial: number
  readonly nonce: number
  readonly peer: SessionId
  readonly isOurs: boolean
  /** Ours only. */
  readonly card: Card | undefined
  /** It takes no place before it was found to be fast. */
  readonly isTrial: boolean
  /** Theirs only: a neighbour goes when it comes. */
  readonly makesWay: boolean
  readonly begunAtMs: number
  /** Which of the known ways its signals take. */
  attempt: number
  phase: 'knocking' | 'calling'
  phaseEndMs: number
  signalsSent: number
  signalsHeard: number
}

const NO_BYTES = new Uint8Array(0)

export class Calls {
  readonly #state: OverlayState
  readonly #swaps: Swaps
  readonly #calls = new Map<number, Call>()
  #places: { readonly held: HeldCard; readonly atMs: number }[] = []
  #nextDial = 1
  #pleaHeardAtMs = -Infinity

  constructor(state: OverlayState, swaps: Swaps) {
    this.#state = state
    this.#swaps = swaps
    state.reserved = () => this.#count(() => true)
  }

  /** Our dials that may still bring a link. */
  get ours(): number {
    return this.#count(({ isOurs }) => isOurs)
  }
  /** When the state of a call changes by time alone. */
  get nextEndMs(): number {
    let endMs = Infinity
    for (const { phaseEndMs, begunAtMs } of this.#calls.values()) {
      const hopefulEndMs = begunAtMs + DIAL_HOPEFUL_MS
      endMs = Math.min(endMs, phaseEndMs, hopefulEndMs > this.#state.nowMs ? hopefulEndMs : phaseEndMs)
    }
    return endMs
  }
  callWith(session: SessionId): Call | undefined {
    for (const call of this.#calls.values()) if (call.peer === session) return call
    return undefined
  }

  /** Somebody has a place for us. */
  placeFound(held: HeldCard): void {
    this.#places.push({ held, atMs: this.#state.nowMs })
    if (this.#places.length > PLACES_MAX) this.#places.shift()
  }
  /** Whether somebody who is wanted has a place for us. */
  hasPlace(isWanted: (card: Card) => boolean): boolean {
    const { nowMs } = this.#state
    return this.#places.some(({ held, atMs }) => nowMs - atMs < PLACE_KEPT_MS && isWanted(held.card))
  }
  /** Takes the newest place that is wanted. */
  takePlace(isWanted: (card: Card) => boolean): Card | undefined {
    this.#places = this.#places.filter(({ atMs }) => this.#state.nowMs - atMs < PLACE_KEPT_MS)
    const at = this.#places.findLastIndex(({ held }) => isWanted(held.card))
    return at < 0 ? undefined : this.#places.splice(at, 1)[0]?.held.card
  }

  get mayBegin(): boolean {
    const dialsMax = this.#state.active.healthy < MESHED_LINKS ? DIALS_URGENT_MAX : DIALS_MAX
    return this.ours < dialsMax && this.#calls.size < DIALS_ALL_MAX && this.#state.card !== undefined
  }

  /** Whether a way to somebody is known. */
  isReachable(session: SessionId): boolean {
    return this.#wayTo(session, 0) !== undefined
  }

  /** Knocks at the card's owner. False if no way to it is known. */
  begin(card: Card, isTrial: boolean): boolean {
    const state = this.#state
    const call: Call = {
      dial: this.#nextDial++,
      nonce: Math.floor(state.random() * 2 ** 32),
      peer: card.session,
      isOurs: true,
      card,
      isTrial,
      makesWay: false,
      begunAtMs: state.nowMs,
      attempt: 0,
      phase: 'knocking',
      phaseEndMs: state.nowMs + KNOCK_MS,
      signalsSent: 0,
      signalsHeard: 0,
    }
    if (!this.#sendKnock(call)) return false
    this.#calls.set(call.dial, call)
    return true
  }

  /** Offers and answers made here. */
  signalMade(dial: number, to: SessionId, bytes: Uint8Array): void {
    const call = this.#calls.get(dial)
    if (call?.peer !== to || call.signalsSent >= SIGNALS_PER_DIAL_MAX) return
    call.signalsSent++
    if (!this.#sendFor(call, call.isOurs ? 'offer' : 'answer', [], bytes)) this.#fail(call)
  }

  dialled(dial: number, isOpen: boolean): void {
    const call = this.#calls.get(dial)
    // An open one keeps its place until its link is up.
    if (!call || isOpen) return
    this.#calls.delete(dial)
    if (call.isOurs) this.#state.passive.failed(call.peer, this.#state.nowMs)
  }

  /** A link to that session is up. Gives the call it came from. */
  linkUp(session: SessionId): Call | undefined {
    const call = this.callWith(session)
    if (call) {
      this.#calls.delete(call.dial)
      // A door was faster.
      if (call.isOurs && call.phase === 'knocking') return undefined
    }
    return call
  }

  expire(): void {
    for (const call of this.#calls.values()) if (this.#state.nowMs >= call.phaseEndMs) this.#fail(call)
  }

  /** A signal came over a link: for us, or to be carried on. */
  signal(signal: Signal, from: LinkId): void {
    const state = this.#state
    const isLarge = signal.kind === 'offer' || signal.kind === 'answer'
    if (signal.from === state.me || !state.may(from, isLarge ? 'signals' : 'knocks')) return
    if (!state.active.to(signal.from)) state.routes.record(signal.from, from, signal.hops + 1, state.nowMs)
    if (signal.to !== state.me) return this.#carryOn(signal, from)
    switch (signal.kind) {
      case 'knock':
      case 'plea':
      case 'trial':
        return this.#knocked(signal, from)
      case 'welcome':
        return this.#welcomed(signal)
      case 'refuse':
        return this.#refused(signal, from)
      case 'no-route':
        return this.#noRoute(signal)
      case 'offer':
      case 'answer':
        return this.#heard(signal)
    }
  }

  #carryOn(signal: Signal, from: LinkId): void {
    const state = this.#state
    if (state.mode === 'edge') return
    const isOpen = (link: LinkId): boolean => {
      const way = state.active.get(link)
      return link !== from && way !== undefined && !way.isEdge && way.suspectSinceMs === undefined
    }
    const direct = state.active.to(signal.to)
    const way = direct ? direct.link : state.routes.next(signal.to, state.nowMs, isOpen)
    if (way !== undefined && way !== from && signal.hops < SIGNAL_HOPS_MAX)
      return state.send(way, { ...signal, hops: signal.hops + 1 })
    if (signal.kind === 'no-route') return
    const { to, from: sender, nonce } = signal
    state.send(from, {
      type: 'signal',
      kind: 'no-route',
      to: sender,
      from: to,
      nonce,
      hops: 0,
      cards: [],
      bytes: NO_BYTES,
    })
  }

  #knocked(knock: Signal, from: LinkId): void {
    const state = this.#state
    const [aged] = knock.cards
    if (!aged || aged.card.session !== knock.from || aged.ageS >= aged.card.lifetimeS) return
    const other = this.callWith(knock.from)
    // Whoever is in need goes before somebody who only compares.
    const isOnlyTrial = other?.isTrial === true && knock.kind !== 'trial'
    if (other?.isOurs && !isOnlyTrial && state.me < knock.from) return this.#reply(knock, 'refuse')
    if (state.active.to(knock.from) || !this.#isWelcome(knock, other))
      return this.#reply(knock, 'refuse', state.sample(REFUSAL_CARDS, knock.from))
    const known = state.passive.get(knock.from)
    if (known && known.card.sequence >= aged.card.sequence) return this.#admit(knock, known)
    if (state.may(from, 'cards'))
      state.verify([aged], (held) => {
        this.#admit(knock, held)
      })
  }

  /** Whoever comes on trial finds nobody who calls already. */
  #isWelcome(knock: Signal, other: Call | undefined): boolean {
    if (knock.kind !== 'trial') return this.#hasPlaceBeside(other) || this.#makesWayFor(knock)
    return other === undefined && this.#mayAnswer && !this.isTrying && this.#swaps.isGuestWelcome
  }
  /** Whether a link on trial is being made. */
  get isTrying(): boolean {
    for (const { isTrial } of this.#calls.values()) if (isTrial) return true
    return false
  }
  /** The other call with the same session goes when this one comes. */
  #hasPlaceBeside(other: Call | undefined): boolean {
    return (other !== undefined && !other.isTrial) || (this.#mayAnswer && this.#state.hasPlace)
  }
  get #mayAnswer(): boolean {
    return this.#count(({ isOurs }) => !isOurs) < ANSWERS_MAX
  }
  #makesWayFor({ kind }: Signal): boolean {
    const { active, nowMs } = this.#state
    if (kind !== 'plea' || nowMs - this.#pleaHeardAtMs < PLEA_INTERVAL_MS || !this.#mayAnswer) return false
    if (active.count(({ isByPlea }) => isByPlea) >= PLEA_LINKS_MAX) return false
    return active.healthy >= GENEROUS_DEGREE && active.generous !== undefined
  }
  /** Calls that take a place: those that take longer than all that succeed do not. */
  #count(isCounted: (call: Call) => boolean): number {
    let count = 0
    for (const call of this.#calls.values())
      if (!call.isTrial && this.#state.nowMs - call.begunAtMs < DIAL_HOPEFUL_MS && isCounted(call)) count++
    return count
  }

  #admit(knock: Signal, { card }: HeldCard): void {
    const state = this.#state
    const other = this.callWith(card.session)
    if (state.active.to(card.session)) return
    const isTrial = knock.kind === 'trial'
    const makesWay = !isTrial && !this.#hasPlaceBeside(other)
    if (!this.#isWelcome(knock, other) || !state.hasQuota(card))
      return this.#reply(knock, 'refuse', state.sample(REFUSAL_CARDS, card.session))
    if (other) this.#drop(other)
    if (makesWay) this.#pleaHeardAtMs = state.nowMs
    if (isTrial) this.#swaps.guestWelcomed()
    const call: Call = {
      dial: this.#nextDial++,
      nonce: knock.nonce,
      peer: card.session,
      isOurs: false,
      card: undefined,
      isTrial,
      makesWay,
      begunAtMs: state.nowMs,
      attempt: 0,
      phase: 'calling',
      phaseEndMs: state.nowMs + KNOCK_MS,
      signalsSent: 0,
      signalsHeard: 0,
    }
    this.#calls.set(call.dial, call)
    this.#reply(knock, 'welcome')
  }

  #welcomed(signal: Signal): void {
    const call = this.#callOf(signal, true)
    if (call?.phase !== 'knocking' || !call.card) return
    call.phase = 'calling'
    call.phaseEndMs = this.#state.nowMs + DIAL_MS
    this.#state.effects.push({ type: 'dial', dial: call.dial, card: call.card })
  }

  #refused(signal: Signal, from: LinkId): void {
    const call = this.#callOf(signal, true)
    if (!call) return
    this.#drop(call)
    if (call.isTrial) this.#swaps.refused(call.peer)
    else this.#state.passive.refused(call.peer, this.#state.nowMs)
    const far = signal.hops + 1
    this.#state.learn(
      signal.cards.map((aged) => ({ ...aged, hops: aged.hops + far })),
      from,
    )
  }

  /** The first way led nowhere: a knock tries the other one. */
  #noRoute(signal: Signal): void {
    const call = this.#callOf(signal, true) ?? this.#callOf(signal, false)
    if (!call) return
    if (call.isOurs && call.phase === 'knocking' && call.attempt === 0) {
      call.attempt = 1
      if (this.#sendKnock(call)) return
    }
    if (call.isOurs) this.#state.passive.refused(call.peer, this.#state.nowMs)
    this.#drop(call)
  }

  #heard(signal: Signal): void {
    const call = this.#callOf(signal, signal.kind === 'answer')
    if (call?.phase !== 'calling' || call.signalsHeard >= SIGNALS_PER_DIAL_MAX) return
    if (!call.isOurs && call.signalsHeard === 0) call.phaseEndMs = this.#state.nowMs + DIAL_MS
    call.signalsHeard++
    this.#state.effects.push({ type: 'signal', dial: call.dial, from: signal.from, bytes: signal.bytes })
  }

  #callOf(signal: Signal, isOurs: boolean): Call | undefined {
    for (const call of this.#calls.values())
      if (call.isOurs === isOurs && call.nonce === signal.nonce && call.peer === signal.from) return call
    return undefined
  }

  #reply({ from, nonce }: Signal, kind: SignalKind, cards: readonly AgedCard[] = []): void {
    this.#dispatch({ kind, to: from, nonce, cards, bytes: NO_BYTES }, 0)
  }

  #sendKnock(call: Call): boolean {
    const { active, ownCard, members, profile } = this.#state
    // Behind some routers only half of the members can be reached at all, and those have neighbours enough.
    const isNeedy = active.healthy < Math.min(profile.activeLow, members - 1)
    return this.#sendFor(call, call.isTrial ? 'trial' : isNeedy ? 'plea' : 'knock', ownCard)
  }

  #sendFor(call: Call, kind: SignalKind, cards: readonly AgedCard[], bytes: Uint8Array = NO_BYTES): boolean {
    return this.#dispatch({ kind, to: call.peer, nonce: call.nonce, cards, bytes }, call.attempt)
  }

  #dispatch(signal: Pick<Signal, 'kind' | 'to' | 'nonce' | 'cards' | 'bytes'>, attempt: number): boolean {
    const state = this.#state
    const way = this.#wayTo(signal.to, attempt)
    if (way === undefined) return false
    state.send(way, { type: 'signal', from: state.me, hops: 0, ...signal })
    return true
  }

  #wayTo(session: SessionId, attempt: number): LinkId | undefined {
    const { active, routes, nowMs } = this.#state
    const isOpen = (link: LinkId): boolean => {
      const way = active.get(link)
      return way?.isEdge === false && way.suspectSinceMs === undefined
    }
    return active.to(session)?.link ?? routes.next(session, nowMs, isOpen, attempt)
  }

  #fail(call: Call): void {
    this.#drop(call)
    if (call.isOurs) this.#state.passive.failed(call.peer, this.#state.nowMs)
  }

  #drop(call: Call): void {
    this.#calls.delete(call.dial)
    // Nobody was told of one that only knocked, or was welcomed and made no offer.
    const wasTold = call.isOurs ? call.phase === 'calling' : call.signalsHeard > 0
    if (wasTold) this.#state.effects.push({ type: 'drop-dial', dial: call.dial })
  }
}
