/**
 * What the parts of the overlay share: the views, the routes, the effects of the step that runs, and the checking of
 * cards. A card is checked only if it would be kept, and each link may bring so many to check.
 */
import type { PersonId, SessionId } from '../base/ids.ts'
import { TokenBucket } from '../base/token-bucket.ts'
import { ActiveView, type ActiveLink, type Standing } from './active-view.ts'
import { decodeCard, type Card, type CardClaim } from './card.ts'
import {
  CARD_HOPS_MAX,
  CARDS_PER_LINK,
  KNOCKS_PER_LINK,
  MESSAGES_PER_LINK,
  PROFILES,
  QUOTA_ROOM_MEMBERS,
  SHUFFLE_ACTIVE_CARDS,
  SIGNALS_PER_LINK,
  VERIFICATION_MS,
  VERIFICATIONS_MAX,
  WALKS_PER_LINK,
  type Mode,
  type Profile,
} from './limits.ts'
import type { LinkId, OverlayEffect, OverlayReason } from './overlay-event.ts'
import { encodeOverlayMessage, type AgedCard, type LeaveReason, type OverlayMessage } from './overlay-message.ts'
import { PassiveView, type HeldCard } from './passive-view.ts'
import { RouteTable } from './route-table.ts'

interface Allowance {
  readonly messages: TokenBucket
  readonly walks: TokenBucket
  readonly knocks: TokenBucket
  readonly signals: TokenBucket
  readonly cards: TokenBucket
}

interface Verification {
  readonly cards: readonly AgedCard[]
  readonly askedAtMs: number
  readonly onVerified: ((card: HeldCard) => void) | undefined
}

export class OverlayState {
  readonly me: SessionId
  readonly random: () => number
  readonly active = new ActiveView()
  readonly passive: PassiveView
  readonly routes = new RouteTable()
  effects: OverlayEffect[] = []
  nowMs = 0
  mode: Mode = 'normal'
  card: CardClaim | undefined
  cardSignedAtMs = 0
  /** Places kept free for those whom we welcomed, and taken by our own dials. */
  reserved: () => number = () => 0
  readonly #allowances = new Map<LinkId, Allowance>()
  readonly #verifications = new Map<number, Verification>()
  #nextRequest = 1
  #announcedMembers = 1

  constructor(me: SessionId, random: () => number) {
    this.me = me
    this.random = random
    this.passive = new PassiveView(random)
  }

  get profile(): Profile {
    return PROFILES[this.mode]
  }
  /** Members that may be there: what the runner says, and at least those we know of. */
  get members(): number {
    return Math.max(this.#announcedMembers, 1 + this.active.size + this.passive.size)
  }
  set members(members: number) {
    this.#announcedMembers = members
  }
  /** Everybody can be linked to everybody. */
  get isSmallRoom(): boolean {
    return this.members <= this.profile.activeMax + 1
  }
  /** Invitation branches that we know of. */
  get branches(): number {
    const branches = new Set<PersonId>()
    for (const { branch } of this.active.all) if (branch !== undefined) branches.add(branch)
    for (const { card } of this.passive.cards) if (card.branch !== undefined) branches.add(card.branch)
    return branches.size
  }

  hasQuota(standing: Standing, except?: LinkId): boolean {
    if (this.members < QUOTA_ROOM_MEMBERS) return true
    return this.active.hasQuota(
      standing,
      { profile: this.profile, members: this.members, branches: this.branches },
      except,
    )
  }

  /** Whether somebody who looks for a link would get one here. */
  get hasPlace(): boolean {
    const { activeMax, inboundMax } = this.profile
    const reserved = this.reserved()
    // Who is silent makes way for whoever comes.
    if (this.active.healthy + reserved >= activeMax) return false
    // In a small room it does not matter who found whom.
    return this.members < QUOTA_ROOM_MEMBERS || this.active.healthyInbound + reserved < inboundMax
  }

  send(link: LinkId, message: OverlayMessage): void {
    this.effects.push({ type: 'send', link, bytes: encodeOverlayMessage(message) })
  }

  close(link: LinkId, reason: OverlayReason): void {
    this.effects.push({ type: 'close', link, reason })
    this.forgetLink(link)
  }

  /** Says why, and whom to try instead. */
  leave(link: LinkId, reason: LeaveReason & OverlayReason, peer: SessionId): void {
    this.send(link, { type: 'leave', reason, cards: this.alternatives(peer) })
    this.close(link, reason)
  }

  allow(link: LinkId): void {
    this.#allowances.set(link, {
      messages: new TokenBucket({ ...MESSAGES_PER_LINK, nowMs: this.nowMs }),
      walks: new TokenBucket({ ...WALKS_PER_LINK, nowMs: this.nowMs }),
      knocks: new TokenBucket({ ...KNOCKS_PER_LINK, nowMs: this.nowMs }),
      signals: new TokenBucket({ ...SIGNALS_PER_LINK, nowMs: this.nowMs }),
      cards: new TokenBucket({ ...CARDS_PER_LINK, nowMs: this.nowMs }),
    })
  }
  /** Whether the link may do one more of these. */
  may(link: LinkId, what: keyof Allowance): boolean {
    return this.#allowances.get(link)?.[what].take(this.nowMs) ?? false
  }
  forgetLink(link: LinkId): ActiveLink | undefined {
    this.#allowances.delete(link)
    this.routes.forgetLink(link)
    return this.active.remove(link)
  }

  /** A random neighbour that forwards, or undefined. */
  wayOn(isWanted: (link: ActiveLink) => boolean): ActiveLink | undefined {
    const ways = this.active.kept.filter((link) => !link.isEdge && link.suspectSinceMs === undefined && isWanted(link))
    return ways[Math.floor(this.random() * ways.length)]
  }

  /** The cards as they may be passed on: those whose owners a signal would reach. */
  aged(held: readonly HeldCard[]): AgedCard[] {
    const aged: AgedCard[] = []
    for (const { card, signedAtMs } of held) {
      const hops = this.active.to(card.session) ? 1 : this.routes.hopsTo(card.session)
      const ageS = Math.ceil(Math.max(0, this.nowMs - signedAtMs) / 1_000)
      if (hops !== undefined && hops <= CARD_HOPS_MAX) aged.push({ card, hops, ageS: Math.min(ageS, card.lifetimeS) })
    }
    return aged
  }
  get ownCard(): AgedCard[] {
    if (!this.card) return []
    const ageS = Math.ceil((this.nowMs - this.cardSignedAtMs) / 1_000)
    return [{ card: this.card, hops: 0, ageS: Math.min(ageS, this.card.lifetimeS) }]
  }
  neighbourCards(count: number, except: SessionId | undefined): AgedCard[] {
    const held: HeldCard[] = []
    for (const { card, peer, suspectSinceMs, isEdge } of this.active.all)
      if (card && peer !== except && suspectSinceMs === undefined && !isEdge) held.push(card)
    while (held.length > count) held.splice(Math.floor(this.random() * held.length), 1)
    return this.aged(held)
  }
  /** Some others, for somebody who found no place here. */
  alternatives(except: SessionId | undefined): AgedCard[] {
    return [...this.neighbourCards(SHUFFLE_ACTIVE_CARDS, except), ...this.sample(SHUFFLE_ACTIVE_CARDS, except)]
  }
  sample(count: number, except: SessionId | undefined): AgedCard[] {
    return this.aged(this.passive.sample(count).filter(({ card }) => card.session !== except))
  }
  /** The cards came over a link: their owners are beyond it. */
  recordWays(cards: readonly AgedCard[], link: LinkId): void {
    for (const { card, hops } of cards)
      if (card.session !== this.me && !this.active.to(card.session))
        this.routes.record(card.session, link, hops + 1, this.nowMs)
  }

  /** Cards that a link brought: remembers the way to their owners, and has those checked that would be kept. */
  learn(cards: readonly AgedCard[], from: LinkId): void {
    this.recordWays(cards, from)
    const wanted = cards.filter(({ card, ageS }) => {
      if (card.session === this.me || this.active.to(card.session)) return false
      return this.passive.wouldTake(card, ageS * 1_000, this.nowMs) && this.may(from, 'cards')
    })
    if (wanted.length > 0) this.verify(wanted)
  }

  /** Has cards checked; `onVerified` is called for each that holds. Nothing happens when too much is being checked. */
  verify(cards: readonly AgedCard[], onVerified?: (card: HeldCard) => void): void {
    if (this.#verifications.size >= VERIFICATIONS_MAX) return
    const request = this.#nextRequest++
    this.#verifications.set(request, { cards, onVerified, askedAtMs: this.nowMs })
    this.effects.push({ type: 'verify', request, cards: cards.map(({ card }) => card.bytes) })
  }

  /** Gives the neighbours who are now something else for the mesh than they were. */
  verified(request: number, cards: readonly Card[]): readonly ActiveLink[] {
    const verification = this.#verifications.get(request)
    if (!verification) return []
    const changed: ActiveLink[] = []
    this.#verifications.delete(request)
    for (const card of cards) {
      const asked = verification.cards.find((aged) => aged.card.session === card.session)
      if (!asked || asked.card.sequence !== card.sequence) continue
      const held = { card, signedAtMs: this.nowMs - asked.ageS * 1_000 }
      const link = this.active.to(card.session)
      if (!link) this.passive.insert(held)
      else if (!link.card || link.card.card.sequence < card.sequence) {
        link.card = held
        if (link.isSuper !== card.isSuper || link.isEdge !== card.isEdge) changed.push(link)
        link.isSuper = card.isSuper
        link.isEdge = card.isEdge
      }
      verification.onVerified?.(held)
    }
    return changed
  }

  /** Our own card, signed anew. */
  setCard(bytes: Uint8Array): boolean {
    const decoded = decodeCard(bytes)
    if (!decoded.ok || decoded.value.session !== this.me) return false
    this.card = decoded.value
    this.cardSignedAtMs = this.nowMs
    return true
  }

  expire(): void {
    this.passive.expire(this.nowMs)
    for (const [request, { askedAtMs }] of this.#verifications)
      if (this.nowMs - askedAtMs >= VERIFICATION_MS) this.#verifications.delete(request)
  }
}
