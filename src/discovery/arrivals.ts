/** Links that come and go: which of them stay, and at whose cost. */
import { TokenBucket } from '../base/token-bucket.ts'
import type { ActiveLink } from './active-view.ts'
import { BRIDGES, QUOTA_ROOM_MEMBERS, REFUSAL_KEPT_MS, TRIAL_MS } from './limits.ts'
import type { LinkId, OverlayEvent } from './overlay-event.ts'
import type { OverlayState } from './overlay-state.ts'

export type LinkUp = Extract<OverlayEvent, { type: 'link-up' }>

export class Arrivals {
  readonly #state: OverlayState
  #bridges: TokenBucket | undefined

  constructor(state: OverlayState) {
    this.#state = state
  }

  /** Takes the link into the active view, or gives undefined and has it closed. */
  linkUp(
    event: LinkUp,
    call: { readonly isTrial: boolean; readonly makesWay: boolean } | undefined,
  ): ActiveLink | undefined {
    const state = this.#state
    const { link, peer } = event
    const twin = state.active.to(peer)
    if (twin) state.close(twin.link, 'twin')
    state.allow(link)
    const active: ActiveLink = {
      link,
      peer,
      person: event.person,
      branch: event.branch,
      isOutbound: event.isOutbound,
      isSuper: event.isSuper,
      isEdge: event.isEdge,
      foundBy: call ? 'mesh' : 'door',
      sinceMs: state.nowMs,
      roundTripMs: undefined,
      degree: undefined,
      card: state.passive.get(peer),
      suspectSinceMs: undefined,
      sequenceTold: -1,
      degreeTold: -1,
      trialUntilMs: call?.isTrial === true ? state.nowMs + TRIAL_MS : undefined,
      hasToldKeep: false,
      isToldKeep: false,
      isByPlea: call?.makesWay === true,
      isNear: false,
    }
    state.passive.remove(peer)
    state.passive.reached(peer)
    const reason = this.#whyNot(active)
    if (reason) {
      state.leave(link, reason, peer)
      return undefined
    }
    state.active.add(active)
    return active
  }

  linkDown(id: LinkId, wasDead: boolean): void {
    const state = this.#state
    const link = state.forgetLink(id)
    if (!link) return
    const isFresh = link.card && state.nowMs - link.card.signedAtMs < link.card.card.lifetimeS * 1_000
    if (link.card && isFresh) state.passive.insert(link.card)
    if (wasDead) state.passive.rest(link.peer, state.nowMs + REFUSAL_KEPT_MS)
  }

  /** The access log says by now who that is; it may be one too many. */
  standing({ link: id, person, branch }: Extract<OverlayEvent, { type: 'standing' }>): void {
    const link = this.#state.active.get(id)
    if (!link) return
    link.person = person
    link.branch = branch
    if (!this.#state.hasQuota(link, id)) this.#state.leave(id, 'quota', link.peer)
  }

  /** Neighbours say that they are something else for the mesh now; one of them may be one super too many. */
  rolesChanged(links: readonly ActiveLink[]): void {
    for (const link of links)
      if (!this.#state.hasQuota(link, link.link)) this.#state.leave(link.link, 'quota', link.peer)
  }

  /** We may keep fewer than there are. */
  shrink(): void {
    const state = this.#state
    while (state.active.size > state.profile.activeMax) {
      const link = state.active.mostSpareable
      if (!link) return
      state.leave(link.link, 'full', link.peer)
    }
  }

  /** Why the new link can't stay. Makes a place for it if it may. */
  #whyNot(link: ActiveLink): 'full' | 'quota' | undefined {
    const state = this.#state
    // On trial it takes no place yet.
    if (link.trialUntilMs !== undefined) return state.hasQuota(link) ? undefined : 'quota'
    const { activeMax, inboundMax } = state.profile
    const isFull = state.active.size >= activeMax
    const isLarge = state.members >= QUOTA_ROOM_MEMBERS
    const isInboundFull = !link.isOutbound && isLarge && state.active.inbound >= inboundMax
    const spare = isFull || isInboundFull ? this.#spareFor(link, isInboundFull) : undefined
    if (!state.hasQuota(link, spare?.link)) return 'quota'
    if (!isFull && !isInboundFull) return undefined
    if (!spare) return 'full'
    state.leave(spare.link, spare.suspectSinceMs === undefined ? 'made-way' : 'silent', spare.peer)
    return undefined
  }

  #mayBridge(nowMs: number): boolean {
    this.#bridges ??= new TokenBucket({ ...BRIDGES, nowMs })
    return this.#bridges.take(nowMs)
  }

  #spareFor(link: ActiveLink, isInboundFull: boolean): ActiveLink | undefined {
    const { active, nowMs, profile } = this.#state
    const suspect = active.mostSuspect(({ isOutbound }) => !isInboundFull || !isOutbound)
    if (suspect) return suspect
    if (link.isByPlea) return active.generous
    // One that we looked for at a door while all was full may be the only way to another piece of the room.
    if (link.isOutbound && (link.foundBy === 'mesh' || !this.#mayBridge(nowMs))) return undefined
    return active.newcomerToReplace(profile.newcomerSlots, nowMs)
  }
}
