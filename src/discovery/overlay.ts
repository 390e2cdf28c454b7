/**
 * Who is linked to whom in a room of any size, without anybody who knows the whole. Keeps a few links, half of them of
 * our own choosing, replaces the lost ones, and finds members through members, so that a door is needed for the first
 * link only. After HyParView (Leitão et al. 2007) and Basalt (Auvolat et al. 2021). The rules are in SPEC.md.
 *
 * Each event changes the state, then one decision looks at it: links that are missing are knocked for or searched for,
 * silent ones given up, and whoever waits for time to pass is woken.
 */
import { unreachable } from '../base/assert.ts'
import type { SessionId } from '../base/ids.ts'
import type { ActiveLink } from './active-view.ts'
import { Arrivals, type LinkUp } from './arrivals.ts'
import { Calls } from './calls.ts'
import { Losses } from './losses.ts'
import type { Card } from './card.ts'
import {
  ALONE_LINKS,
  CALM_DIAL_INTERVAL_MAX_MS,
  CALM_DIAL_INTERVAL_MS,
  CARD_RENEWAL_MS,
  CARD_RETRY_MS,
  MESHED_LINKS,
  QUOTA_ROOM_MEMBERS,
  REFUSAL_KEPT_MS,
  STATUS_INTERVAL_MS,
  SUSPECT_HIDDEN_MS,
  SUSPECT_MS,
  FAILURE_KEPT_MS,
  WAKE_ANSWER_MS,
} from './limits.ts'
import { acquaintanceOf, neighbourOf, type Acquaintance, type Neighbour } from './neighbour.ts'
import type { LinkId, OverlayEffect, OverlayEvent } from './overlay-event.ts'
import { decodeOverlayMessage, type OverlayMessage } from './overlay-message.ts'
import { OverlayState } from './overlay-state.ts'
import { Swaps } from './swaps.ts'
import { Walks } from './walks.ts'

export class Overlay {
  readonly #state: OverlayState
  readonly #calls: Calls
  readonly #walks: Walks
  readonly #swaps: Swaps
  readonly #arrivals: Arrivals
  readonly #losses = new Losses()
  #isHidden = false
  #isLeaving = false
  #renewAtMs = 0
  #statusAtMs = 0
  #calmDialAtMs = 0
  #calmIntervalMs = CALM_DIAL_INTERVAL_MS
  /** After sleep: who was not heard from by then is suspect. */
  #answersDueMs: number | undefined
  readonly #unanswered = new Set<LinkId>()
  #wakeAtMs = Infinity
  #doors = ''

  constructor(me: SessionId, random: () => number) {
    this.#state = new OverlayState(me, random)
    this.#swaps = new Swaps(this.#state)
    this.#calls = new Calls(this.#state, this.#swaps)
    this.#walks = new Walks(this.#state, (held) => {
      this.#calls.placeFound(held)
    })
    this.#arrivals = new Arrivals(this.#state)
  }

  get active(): readonly Neighbour[] {
    return [...this.#state.active.all].map(neighbourOf)
  }
  /** Of the active links the one that takes no place yet, because it is being compared with others. */
  get onTrial(): LinkId | undefined {
    return this.#state.active.onTrial?.link
  }
  get passive(): readonly Acquaintance[] {
    return [...this.#state.passive.cards].map(({ card }) => acquaintanceOf(card))
  }

  step(event: OverlayEvent, nowMs: number): OverlayEffect[] {
    const state = this.#state
    state.nowMs = nowMs
    state.effects = []
    this.#handle(event)
    this.#decide(event.type === 'tick')
    return state.effects
  }

  #handle(event: OverlayEvent): void {
    const state = this.#state
    switch (event.type) {
      case 'me':
        if (state.setCard(event.card)) this.#renewAtMs = state.nowMs + CARD_RENEWAL_MS
        return this.#tellStatus(true)
      case 'link-up':
        return this.#linkUp(event)
      case 'link-down':
        this.#unanswered.delete(event.link)
        if (state.active.get(event.link)?.trialUntilMs === undefined) this.#calmIntervalMs = CALM_DIAL_INTERVAL_MS
        if (event.wasDead && state.active.get(event.link)?.suspectSinceMs === undefined) this.#lost()
        this.#arrivals.linkDown(event.link, event.wasDead && !this.#isLeaving)
        return this.#swaps.keepLast()
      case 'standing':
        return this.#arrivals.standing(event)
      case 'message':
        return this.#message(event.link, event.bytes)
      case 'round-trip': {
        const link = state.active.get(event.link)
        if (link) link.roundTripMs = event.roundTripMs
        return this.#heard(event.link)
      }
      case 'suspect':
        return this.#suspect(event.link)
      case 'verified':
        return this.#arrivals.rolesChanged(state.verified(event.request, event.cards))
      case 'dialled':
        return this.#calls.dialled(event.dial, event.isOpen)
      case 'signal':
        return this.#calls.signalMade(event.dial, event.to, event.bytes)
      case 'size':
        state.members = event.members
        return
      case 'visibility':
        if (event.isHidden !== this.#isHidden) this.#renewAtMs = state.nowMs
        this.#isHidden = event.isHidden
        return event.isHidden ? undefined : this.#woken()
      case 'woken':
        return this.#woken()
      case 'mode':
        if (event.mode !== state.mode) this.#renewAtMs = state.nowMs
        state.mode = event.mode
        return this.#arrivals.shrink()
      case 'leave':
        this.#isLeaving = true
        for (const { link, peer } of state.active.all)
          state.send(link, { type: 'leave', reason: 'left', cards: state.alternatives(peer) })
        return
      case 'tick':
        return
      default:
        return unreachable(event)
    }
  }

  #linkUp(event: LinkUp): void {
    const link = this.#arrivals.linkUp(event, this.#calls.linkUp(event.peer))
    if (!link) return
    this.#tellStatus(false, link)
    if (link.trialUntilMs === undefined) this.#walks.linkUp()
  }

  #message(id: LinkId, bytes: Uint8Array): void {
    const state = this.#state
    const link = state.active.get(id)
    if (!link) return
    if (!state.may(id, 'messages')) return state.close(id, 'flood')
    const decoded = decodeOverlayMessage(bytes)
    if (!decoded.ok) return state.close(id, 'malformed')
    this.#heard(id)
    this.#carryOut(decoded.value, link)
  }

  #carryOut(message: OverlayMessage, link: ActiveLink): void {
    const state = this.#state
    switch (message.type) {
      case 'status': {
        link.degree = message.degree
        const [aged] = message.cards
        const isNewer = aged && aged.card.session === link.peer && aged.card.sequence > (link.card?.card.sequence ?? -1)
        if (isNewer && state.may(link.link, 'cards')) state.verify([aged])
        return
      }
      case 'walk':
        return this.#walks.walk(message, link.link)
      case 'walk-end':
        return this.#walks.walkEnd(message, link.link)
      case 'signal':
        return this.#calls.signal(message, link.link)
      case 'leave':
        state.learn(message.cards, link.link)
        if (message.reason === 'left') link.card = undefined
        // Whoever was given up for a nearer link finds another that lost one by the same swap.
        if (message.reason === 'swapped' && link.isOutbound) this.#calmDialAtMs = state.nowMs
        return state.passive.rest(
          link.peer,
          state.nowMs + (message.reason === 'left' ? FAILURE_KEPT_MS : REFUSAL_KEPT_MS),
        )
      case 'ping':
        return state.send(link.link, { type: 'pong' })
      case 'pong':
        return
      case 'keep':
        link.isToldKeep = true
        return
      default:
        return unreachable(message)
    }
  }

  #heard(id: LinkId): void {
    const link = this.#state.active.get(id)
    if (link) link.suspectSinceMs = undefined
    this.#unanswered.delete(id)
  }

  #suspect(id: LinkId): void {
    const link = this.#state.active.get(id)
    if (!link || link.suspectSinceMs !== undefined) return
    this.#lost()
    link.suspectSinceMs = this.#state.nowMs
    this.#state.send(id, { type: 'ping' })
  }

  #lost(): void {
    const { active, profile, nowMs } = this.#state
    this.#losses.lost(Math.min(active.size, profile.activeMax), nowMs)
  }

  /** The clock jumped or the network changed: nothing that was known of links and ways is sure. */
  #woken(): void {
    const state = this.#state
    state.passive.forgive()
    for (const { link } of state.active.all) {
      this.#unanswered.add(link)
      state.send(link, { type: 'ping' })
    }
    this.#answersDueMs = state.nowMs + WAKE_ANSWER_MS
  }

  #decide(isTick: boolean): void {
    const state = this.#state
    if (isTick || state.nowMs >= this.#wakeAtMs) {
      state.expire()
      this.#walks.expire()
    }
    this.#calls.expire()
    this.#judgeSilence()
    this.#renewCard()
    if (!this.#isLeaving) {
      this.#swaps.judgeTrials()
      this.#lookForLinks()
      this.#tryNearer()
      this.#walks.shuffleIfDue()
      if (state.nowMs >= this.#statusAtMs) this.#tellStatus(false)
    }
    this.#tellDoors()
    this.#wake()
  }

  #judgeSilence(): void {
    const state = this.#state
    if (this.#answersDueMs !== undefined && state.nowMs >= this.#answersDueMs) {
      this.#answersDueMs = undefined
      const silent = [...this.#unanswered]
      this.#unanswered.clear()
      for (const link of silent) this.#suspect(link)
    }
    for (const link of state.active.all)
      if (link.suspectSinceMs !== undefined && state.nowMs >= this.#deadAtMs(link)) {
        state.passive.rest(link.peer, state.nowMs + REFUSAL_KEPT_MS)
        state.close(link.link, 'silent')
      }
  }

  #deadAtMs({ suspectSinceMs = Infinity, card }: ActiveLink): number {
    return suspectSinceMs + (card?.card.isHidden === true ? SUSPECT_HIDDEN_MS : SUSPECT_MS)
  }

  #renewCard(): void {
    if (this.#state.nowMs < this.#renewAtMs) return
    this.#renewAtMs = this.#state.nowMs + CARD_RETRY_MS
    this.#state.effects.push({ type: 'renew-card' })
  }

  /** Knocks where a link is missing: at once when few are healthy, calmly when only our own choice is short. */
  #lookForLinks(): void {
    const state = this.#state
    const { activeMax, activeLow, outboundWanted } = state.profile
    if (state.active.size === 0) return
    const isWanted = (card: Card): boolean => this.#isWanted(card)
    for (;;) {
      const links = state.active.healthy + state.reserved()
      const outbound = state.active.healthyOutbound + this.#calls.ours
      if (links >= activeMax) return
      // Of the calls under way some will fail.
      const isUrgent = (links + state.active.healthy) / 2 < activeLow || outbound < outboundWanted - 1
      const isCalm = outbound < outboundWanted && (state.nowMs >= this.#calmDialAtMs || this.#calls.hasPlace(isWanted))
      if ((!isUrgent && !isCalm && !state.isSmallRoom) || !this.#calls.mayBegin) return
      // Besides the sample, whose places may be taken: somebody who says that he has one.
      if ((isUrgent || isCalm) && links < state.members - 1) this.#walks.seek()
      const card = this.#calls.takePlace(isWanted) ?? state.passive.pick(state.nowMs, isWanted)
      if (!card) {
        if (isCalm) this.#calmDialAtMs = this.#nextCalmDialMs()
        return
      }
      if (isCalm) this.#calmDialAtMs = this.#nextCalmDialMs()
      if (!this.#calls.begin(card, false)) return
    }
  }

  /** Knocks at somebody who may be nearer than a neighbour. Only one such link is made or on trial at a time. */
  #tryNearer(): void {
    const state = this.#state
    const isMissed = state.active.healthy < state.profile.activeLow
    if (isMissed || this.#calls.isTrying || !this.#calls.mayBegin || !this.#swaps.isTrialDue) return
    this.#swaps.trialBegun()
    const card = state.passive.pick(state.nowMs, (known) => this.#isWanted(known))
    if (card) this.#calls.begin(card, true)
  }

  #nextCalmDialMs(): number {
    this.#calmIntervalMs = Math.min(this.#calmIntervalMs * 2, CALM_DIAL_INTERVAL_MAX_MS)
    return this.#state.nowMs + this.#calmIntervalMs * (0.5 + this.#state.random())
  }

  #isWanted(card: Card): boolean {
    const state = this.#state
    if (card.session === state.me || state.active.to(card.session) || this.#calls.callWith(card.session)) return false
    if (state.members >= QUOTA_ROOM_MEMBERS && (card.isEdge || card.isHidden)) return false
    return state.hasQuota(card) && this.#calls.isReachable(card.session)
  }

  /** Our card and our number of links, to all or to one. */
  #tellStatus(isAtOnce: boolean, only?: ActiveLink): void {
    const state = this.#state
    const degree = state.active.healthy
    const sequence = state.card?.sequence ?? -1
    if (!only && !isAtOnce) this.#statusAtMs = Infinity
    for (const link of only ? [only] : state.active.all) {
      const isCardNew = link.sequenceTold < sequence
      if (!isCardNew && link.degreeTold === degree) continue
      link.sequenceTold = sequence
      link.degreeTold = degree
      state.send(link.link, { type: 'status', degree, cards: isCardNew ? state.ownCard : [] })
    }
    if (only) this.#statusAtMs = Math.min(this.#statusAtMs, state.nowMs + STATUS_INTERVAL_MS)
  }

  #tellDoors(): void {
    const state = this.#state
    const { activeMax, newcomerSlots } = state.profile
    const healthy = state.active.healthy
    const enough = Math.min(MESHED_LINKS, activeMax)
    const isMeshed = healthy > 0 && healthy >= Math.min(enough, state.members - 1)
    const mayDial = healthy < enough
    const places = mayDial ? activeMax - healthy : state.hasPlace ? this.#placesLeft() : 0
    const isReplaceable = places <= 0 && state.active.newcomerToReplace(newcomerSlots, state.nowMs) !== undefined
    const freeSlots = isReplaceable ? 1 : Math.max(0, places)
    const isTorn = this.#losses.isTorn(state.nowMs)
    const isAlone = healthy < Math.min(ALONE_LINKS, state.members - 1)
    const doors = `${freeSlots} ${mayDial} ${isMeshed} ${isTorn} ${isAlone}`
    if (doors === this.#doors) return
    this.#doors = doors
    state.effects.push({ type: 'doors', freeSlots, mayDial, isMeshed, isTorn, isAlone })
  }

  #placesLeft(): number {
    const { active, profile, members } = this.#state
    const reserved = this.#state.reserved()
    const all = profile.activeMax - active.healthy - reserved
    return members < QUOTA_ROOM_MEMBERS ? all : Math.min(all, profile.inboundMax - active.healthyInbound - reserved)
  }

  #wake(): void {
    const state = this.#state
    const { activeLow, outboundWanted } = state.profile
    const due = [this.#renewAtMs, this.#calls.nextEndMs, this.#walks.nextEndMs, this.#statusAtMs]
    if (this.#answersDueMs !== undefined) due.push(this.#answersDueMs)
    if (state.active.size > 0) due.push(this.#walks.shuffleAtMs, this.#swaps.nextMs)
    if (state.active.healthy < activeLow) due.push(this.#walks.seekAtMs)
    if (state.active.healthyOutbound < outboundWanted) due.push(this.#calmDialAtMs)
    for (const link of state.active.all) if (link.suspectSinceMs !== undefined) due.push(this.#deadAtMs(link))
    // What is due and was not done waits for an event, not for time.
    let atMs = Infinity
    for (const dueMs of due) if (dueMs > state.nowMs && dueMs < atMs) atMs = dueMs
    if (atMs === this.#wakeAtMs) return
    this.#wakeAtMs = atMs
    if (atMs < Infinity) state.effects.push({ type: 'wake', atMs })
  }
}
