/**
 * Random walks over the mesh: shuffles, which fetch cards so that everybody has a fresh sample of the members, and
 * searches for somebody with a free place (the join of HyParView, Leitão et al. 2007, with the choice left to the one who
 * joins). Answers go back the way the walk came; each hop numbers the walks it forwards itself, so nobody can answer a
 * walk that was not given to him.
 */
import type { SessionId } from '../base/ids.ts'
import {
  CARD_HOPS_MAX,
  SEEK_INTERVAL_CALM_MAX_MS,
  SEEK_INTERVAL_MAX_MS,
  SEEK_INTERVAL_MS,
  SHORT_WALK_HOPS,
  SHORT_WALK_MEMBERS_MAX,
  SHUFFLE_ACTIVE_CARDS,
  SHUFFLE_INTERVAL_MAX_MS,
  SHUFFLE_INTERVAL_MS,
  SHUFFLE_INTERVAL_NEW_MS,
  SHUFFLE_NEW_FOR_MS,
  SHUFFLE_PASSIVE_CARDS,
  WALK_HOPS_MAX,
  WALK_KEPT_MS,
  WALKS_KEPT_MAX,
} from './limits.ts'
import type { LinkId } from './overlay-event.ts'
import type { AgedCard, OverlayMessage, WalkKind } from './overlay-message.ts'
import type { OverlayState } from './overlay-state.ts'
import type { HeldCard } from './passive-view.ts'

type Walk = Extract<OverlayMessage, { type: 'walk' }>
type WalkEnd = Extract<OverlayMessage, { type: 'walk-end' }>

interface OpenWalk {
  readonly kind: WalkKind
  /** Where it came from, and under which number; undefined if we began it. */
  readonly from: { readonly link: LinkId; readonly nonce: number } | undefined
  readonly to: LinkId
  readonly sentAtMs: number
}

/** A search ends here or later, so that it does not find only the neighbours of the one who searches. */
const SEEK_HOPS_BEFORE_PLACE = 2

/** As the next neighbour sees them. */
const farther = (cards: readonly AgedCard[]): AgedCard[] =>
  cards.map((aged) => ({ ...aged, hops: aged.hops + 1 })).filter(({ hops }) => hops <= CARD_HOPS_MAX)

export class Walks {
  readonly #state: OverlayState
  readonly #onPlace: (card: HeldCard) => void
  readonly #open = new Map<number, OpenWalk>()
  #nextNonce = 1
  #shuffleAtMs = 0
  /** Shuffles in a row that brought nobody new. */
  #vainShuffles = 0
  #newSinceMs: number | undefined
  #seekAtMs = 0
  #seekIntervalMs = SEEK_INTERVAL_MS
  #lastSeek: LinkId | undefined

  /** `onPlace` is told who has a place for us. */
  constructor(state: OverlayState, onPlace: (card: HeldCard) => void) {
    this.#state = state
    this.#onPlace = onPlace
  }

  get shuffleAtMs(): number {
    return this.#shuffleAtMs
  }
  get seekAtMs(): number {
    return this.#seekAtMs
  }

  /** When the oldest open walk is given up. */
  get nextEndMs(): number {
    for (const { sentAtMs } of this.#open.values()) return sentAtMs + WALK_KEPT_MS
    return Infinity
  }

  /** A link came up: a search that brought one may go on at once, the first link begins the shuffling. */
  linkUp(): void {
    const { nowMs } = this.#state
    this.#seekIntervalMs = SEEK_INTERVAL_MS
    this.#seekAtMs = Math.min(this.#seekAtMs, nowMs + SEEK_INTERVAL_MS)
    if (this.#newSinceMs !== undefined) return
    this.#newSinceMs = nowMs
    this.#shuffleAtMs = nowMs + SEEK_INTERVAL_MS
  }

  /** Begins a search unless one was begun just now. */
  seek(): void {
    const { nowMs } = this.#state
    if (nowMs < this.#seekAtMs || this.#state.ownCard.length === 0) return
    const via = this.#state.wayOn(({ link }) => link !== this.#lastSeek) ?? this.#state.wayOn(() => true)
    if (!via) return
    this.#lastSeek = via.link
    this.#seekAtMs = nowMs + this.#seekIntervalMs * (0.5 + this.#state.random())
    const isShort = this.#state.active.healthy < this.#state.profile.activeLow
    const longestMs = isShort ? SEEK_INTERVAL_MAX_MS : SEEK_INTERVAL_CALM_MAX_MS
    this.#seekIntervalMs = Math.min(this.#seekIntervalMs * 1.5, longestMs)
    this.#begin('seek', via.link)
  }

  shuffleIfDue(): void {
    const state = this.#state
    if (state.nowMs < this.#shuffleAtMs || state.active.size === 0) return
    const isNew = state.nowMs - (this.#newSinceMs ?? state.nowMs) < SHUFFLE_NEW_FOR_MS
    const usualMs = isNew ? SHUFFLE_INTERVAL_NEW_MS : SHUFFLE_INTERVAL_MS
    const intervalMs = Math.min(usualMs * 2 ** this.#vainShuffles, SHUFFLE_INTERVAL_MAX_MS)
    this.#shuffleAtMs = state.nowMs + intervalMs * (0.5 + state.random())
    const via = state.wayOn(() => true)
    if (!via || state.ownCard.length === 0) return
    state.passive.redraw()
    this.#begin('shuffle', via.link)
  }

  walk(message: Walk, from: LinkId): void {
    const state = this.#state
    const [origin] = message.cards
    if (!origin || !state.may(from, 'walks')) return
    const { session } = origin.card
    const hopsDone = WALK_HOPS_MAX - message.hopsLeft
    const isSeek = message.kind === 'seek'
    const isStranger = session !== state.me && !state.active.to(session)
    const next = this.#nextHop(message, from, session)
    if (isSeek && isStranger && state.card && state.hasPlace && (hopsDone >= SEEK_HOPS_BEFORE_PLACE || !next)) {
      state.learn(message.cards, from)
      return this.#answer(message, from, true, session)
    }
    if (next === undefined) {
      state.learn(message.cards, from)
      return this.#answer(message, from, false, session)
    }
    state.recordWays(message.cards, from)
    const nonce = this.#remember({ kind: message.kind, from: { link: from, nonce: message.nonce }, to: next })
    state.send(next, { ...message, nonce, hopsLeft: message.hopsLeft - 1, cards: farther(message.cards) })
  }

  walkEnd(message: WalkEnd, by: LinkId): void {
    const state = this.#state
    const walk = this.#open.get(message.nonce)
    if (walk?.to !== by) return
    this.#open.delete(message.nonce)
    if (walk.from) {
      state.recordWays(message.cards, by)
      if (state.active.get(walk.from.link))
        state.send(walk.from.link, { ...message, nonce: walk.from.nonce, cards: farther(message.cards) })
      return
    }
    const [place] = message.cards
    if (walk.kind === 'seek' && message.hasPlace && place) this.#place(place, by)
    if (walk.kind === 'shuffle') this.#vainShuffles = this.#isNobodyNew(message.cards) ? this.#vainShuffles + 1 : 0
    state.learn(message.cards, by)
  }

  expire(): void {
    for (const [nonce, { sentAtMs }] of this.#open) {
      if (this.#state.nowMs - sentAtMs < WALK_KEPT_MS && this.#open.size <= WALKS_KEPT_MAX) return
      this.#open.delete(nonce)
    }
  }

  #isNobodyNew(cards: readonly AgedCard[]): boolean {
    const { me, active, passive } = this.#state
    return cards.every(({ card: { session } }) => session === me || active.to(session) || passive.get(session))
  }

  #place(place: AgedCard, by: LinkId): void {
    const state = this.#state
    const { session, sequence } = place.card
    if (session === state.me || state.active.to(session) || state.passive.isFailing(session, state.nowMs)) return
    state.recordWays([place], by)
    const known = state.passive.get(session)
    if (known && known.card.sequence >= sequence) this.#onPlace(known)
    else if (state.may(by, 'cards')) state.verify([place], this.#onPlace)
  }

  #nextHop({ hopsLeft }: Walk, from: LinkId, origin: SessionId): LinkId | undefined {
    if (hopsLeft === 0 || this.#state.mode === 'edge') return undefined
    return this.#state.wayOn(({ link, peer }) => link !== from && peer !== origin)?.link
  }

  #answer({ kind, nonce }: Walk, to: LinkId, hasPlace: boolean, origin: SessionId): void {
    // Who seeks is answered briefly: the search is many times as frequent as a shuffle while a crowd comes in.
    const cards =
      kind === 'shuffle' ? this.#cardsFor(origin) : [...this.#state.ownCard, ...this.#state.sample(1, origin)]
    this.#state.send(to, { type: 'walk-end', nonce, hasPlace, cards })
  }

  #begin(kind: WalkKind, to: LinkId): void {
    const nonce = this.#remember({ kind, from: undefined, to })
    const isShort = kind === 'shuffle' && this.#state.members <= SHORT_WALK_MEMBERS_MAX
    const hopsLeft = isShort ? SHORT_WALK_HOPS : WALK_HOPS_MAX
    this.#state.send(to, { type: 'walk', kind, nonce, hopsLeft, cards: this.#state.ownCard })
  }

  #remember(walk: Omit<OpenWalk, 'sentAtMs'>): number {
    const nonce = this.#nextNonce
    this.#nextNonce = (nonce + 1) % 2 ** 32
    this.#open.set(nonce, { ...walk, sentAtMs: this.#state.nowMs })
    this.expire()
    return nonce
  }

  #cardsFor(peer: SessionId): AgedCard[] {
    const state = this.#state
    const others = state.sample(SHUFFLE_PASSIVE_CARDS, peer)
    return [...state.ownCard, ...state.neighbourCards(SHUFFLE_ACTIVE_CARDS, peer), ...others]
  }
}
