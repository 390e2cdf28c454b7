import type { PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessState } from '../access/access-state.ts'
import { signRootConsent } from '../access/operation-signatures.ts'
import type { RootSignature } from '../access/operation.ts'
import type { AccessReason } from './access-reason.ts'
import type { Step } from './log-host.ts'
import { canBeManaged } from './membership.ts'
import { adminGrant, keysWithout, rotationStep, strayOwners } from './owner-steps.ts'
import { isOwner, mayActAsRoot, owningMembers, rootKeyOf } from './owners.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

/** Who holds the room's root keys: they stand above everybody, and only another of them can take that away. */
export interface OwnershipSummary {
  /** Those who are members. */
  readonly owners: readonly PersonSummary[]
  /** How many owners have to sign together. */
  readonly threshold: number
  readonly iAmOwner: boolean
  /** We are the only owner: without us nobody could ever put right what goes wrong among the admins. */
  readonly needsSecondOwner: boolean
  /** Who asks us to own the room too. */
  readonly offeredToMe?: PersonSummary
  readonly offeredTo: readonly PersonSummary[]
  /** No member is an owner or an admin, and nobody can make one. */
  readonly isUnkept?: true
}

/** What a rotation changes; `adminsToo` get a grant of the root keys with it. */
interface KeyChange {
  readonly rootKeys: readonly PersonId[]
  readonly consents?: readonly RootSignature[]
  readonly adminsToo?: readonly PersonId[]
}

/**
 * Hands the room's root keys on and takes them back. An owner asks somebody, they say yes on their own device, and then a
 * device of the owner's makes them an owner, by itself.
 */
export class Ownership {
  readonly #core: RoomCore
  #isCompleting = false

  constructor(core: RoomCore) {
    this.#core = core
    core.events.on('changed', () => void this.#complete())
  }

  summary(summaryOf: (person: PersonId) => PersonSummary): OwnershipSummary {
    const { state, me } = this.#core
    if (!state) return { owners: [], threshold: 0, iAmOwner: false, needsSecondOwner: false, offeredTo: [] }
    const owners = owningMembers(this.#core, state)
    const open = this.#openOffers(state)
    const offer = open.find(({ to }) => to === me)
    const iAmOwner = owners.includes(me)
    const isAccepted = this.#consents(state).some(({ key }) => key === me)
    return {
      owners: owners.map(summaryOf),
      threshold: state.rootThreshold,
      iAmOwner,
      needsSecondOwner: iAmOwner && owners.length === 1 && state.members().length > 1,
      ...(offer && !isAccepted && { offeredToMe: summaryOf(offer.by) }),
      offeredTo: [...new Set(open.map(({ to }) => to))].map(summaryOf),
      ...(state.member(me) && !canBeManaged(state) && { isUnkept: true }),
    }
  }

  /** Asks a member to own the room too. */
  async offer(to: PersonId): Promise<Result<void, AccessReason>> {
    const { log } = this.#core
    const isOpen = (state: AccessState): boolean =>
      mayActAsRoot(this.#core, state) && state.member(to) !== undefined && !isOwner(this.#core, state, to)
    const written = await log?.append('offer-root', () => (isOpen(log.state) ? { kind: 'root.offer', to } : undefined))
    if (!written) return rejected('not-allowed')
    return written.ok ? accepted(undefined) : written
  }

  /** Says yes to an offer. It takes effect when a device of the owner's hears of it. */
  async accept(): Promise<Result<void, AccessReason>> {
    const { log, me, id, session } = this.#core
    const { signAsPerson } = session
    if (!log || !signAsPerson) return rejected('not-allowed')
    const { signature } = await signRootConsent(id, { key: me, sign: signAsPerson })
    const written = await log.append('accept-root', () =>
      this.#openOffers(log.state).some(({ to }) => to === me) ? { kind: 'root.accept', signature } : undefined,
    )
    return written.ok ? accepted(undefined) : written
  }

  /** Makes somebody who has agreed the only owner, and an admin. */
  async transfer(to: PersonId): Promise<Result<void, AccessReason>> {
    return this.#rotate((state) => {
      const consent = this.#consents(state).find(({ key }) => key === to)
      const owned = state.rootKeys.filter((key) => key === to)
      if (to === this.#core.me || !state.member(to) || (owned.length === 0 && !consent)) return undefined
      return { rootKeys: [to], consents: owned.length > 0 || !consent ? [] : [consent], adminsToo: [to] }
    })
  }

  /** Takes another owner's ownership. They stay a member, with the role that they have. */
  async end(person: PersonId): Promise<Result<void, AccessReason>> {
    return this.#rotate((state) =>
      person === this.#core.me || !isOwner(this.#core, state, person)
        ? undefined
        : { rootKeys: keysWithout(this.#core, state, new Set([person])) },
    )
  }

  /** Gives up our own ownership: refused where no other owner is a member. */
  async giveUp(): Promise<Result<void, AccessReason>> {
    const { me, state: now } = this.#core
    const hasOther = (state: AccessState): boolean => owningMembers(this.#core, state).some((person) => person !== me)
    if (now && !hasOther(now)) return rejected('last-owner')
    return this.#rotate((state) =>
      hasOther(state) ? { rootKeys: keysWithout(this.#core, state, new Set([me])) } : undefined,
    )
  }

  /** Makes those owners who were asked by us and have agreed, and ends the ownership of those who are gone. */
  async #complete(): Promise<void> {
    const { state } = this.#core
    if (this.#isCompleting || !state || !mayActAsRoot(this.#core, state) || !this.#due(state)) return
    this.#isCompleting = true
    await this.#rotate((now) => this.#due(now))
    this.#isCompleting = false
  }

  #due(state: AccessState): KeyChange | undefined {
    const consents = this.#agreed(state)
    const stray = strayOwners(this.#core, state)
    if (consents.length === 0 && stray.size === 0) return undefined
    const joining = consents.map(({ key }) => key)
    return { rootKeys: [...keysWithout(this.#core, state, stray), ...joining], consents, adminsToo: joining }
  }

  #agreed(state: AccessState): readonly RootSignature[] {
    const { me } = this.#core
    const asked = new Set(this.#openOffers(state).flatMap(({ by, to }) => (by === me ? [to] : [])))
    return this.#consents(state).filter(({ key }) => asked.has(key))
  }

  /**
   * Offers by owners to members who own nothing yet and whom nobody has made an owner since; those to oneself are between
   * a person's devices. An offer and the rotation that answers it are mostly in one log; else the clocks are compared.
   */
  #openOffers(state: AccessState): AccessState['rootOffers'] {
    const { log } = this.#core
    const owners = new Set(owningMembers(this.#core, state))
    return state.rootOffers.filter(({ to, by, operation }) => {
      if (to === by || owners.has(to) || !owners.has(by) || !state.member(to)) return false
      const offer = log?.access.operation(operation)
      return this.#admissionsOf(state, to).every((hash) => {
        const admission = log?.access.operation(hash)
        if (!offer || !admission) return true
        if (offer.log === admission.log) return offer.seq > admission.seq
        return (offer.operation?.atMs ?? 0) > (admission.operation?.atMs ?? 0)
      })
    })
  }

  /** Of those who agreed once more than they were made an owner: who agrees again says the same as the first time. */
  #consents(state: AccessState): readonly RootSignature[] {
    const counts = new Map<PersonId, number>()
    for (const { key } of state.rootConsents) counts.set(key, (counts.get(key) ?? 0) + 1)
    const signatures = new Map(state.rootConsents.map(({ key, signature }) => [key, { key, signature }]))
    return [...signatures.values()].filter(
      ({ key }) => state.member(key) && (counts.get(key) ?? 0) > this.#timesMadeOwner(state, key),
    )
  }

  /** Rotations of several devices that did not know of each other are one time. */
  #timesMadeOwner(state: AccessState, person: PersonId): number {
    const admissions = new Set(this.#admissionsOf(state, person))
    const depths = new Map<string, number>()
    const depthOf = (hash: (typeof state.rootOperations)[number]): number => {
      const known = depths.get(hash)
      if (known !== undefined) return known
      const body = this.#core.log?.access.operation(hash)?.operation?.body
      const former = body?.kind === 'root.rotate' ? body.keep.filter((kept) => admissions.has(kept)) : []
      const depth = 1 + Math.max(0, ...former.map(depthOf))
      depths.set(hash, depth)
      return depth
    }
    return Math.max(0, ...[...admissions].map(depthOf))
  }

  /** The rotations that made somebody an owner. */
  #admissionsOf(state: AccessState, person: PersonId): AccessState['rootOperations'] {
    return state.rootOperations.filter((hash) => {
      const body = this.#core.log?.access.operation(hash)?.operation?.body
      return body?.kind === 'root.rotate' && body.consents.some(({ key }) => key === person)
    })
  }

  async #rotate(decide: (state: AccessState) => KeyChange | undefined): Promise<Result<void, AccessReason>> {
    const { log } = this.#core
    const identity = log && rootKeyOf(this.#core, log.state)
    const written = await log?.appendAll((): readonly Step[] | undefined => {
      const { state } = log
      const change = mayActAsRoot(this.#core, state) ? decide(state) : undefined
      if (!change) return undefined
      const grants = (change.adminsToo ?? []).flatMap((person) => adminGrant(state, person))
      const rotation = rotationStep(log.access, state, grants, change)
      return rotation && [...grants, rotation]
    }, identity)
    if (!written) return rejected('not-allowed')
    return written.ok ? accepted(undefined) : written
  }
}
