import type { PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessState } from '../access/access-state.ts'
import { ROOT_KEEP_MAX, ROOT_KEYS_MAX } from '../access/operation-limits.ts'
import { signRootConsent, type IdentityKey } from '../access/operation-signatures.ts'
import { ROOT, type RootSignature } from '../access/operation.ts'
import { isAtLeast } from '../access/role.ts'
import type { AccessReason } from './access-reason.ts'
import type { Step } from './log-host.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

/** Who holds the room's root keys: they stand above everybody and can never be removed, only replace themselves. */
export interface OwnershipSummary {
  readonly owners: readonly PersonSummary[]
  /** How many owners have to sign together. */
  readonly threshold: number
  readonly iAmOwner: boolean
  /** We are the only owner: without us nobody could ever put right what goes wrong among the admins. */
  readonly needsSecondOwner: boolean
  /** Who asks us to own the room too. */
  readonly offeredToMe?: PersonSummary
  readonly offeredTo: readonly PersonSummary[]
}

/** A root key of the room that this device can sign with: the person's own, or one that was made for this room. */
export function rootKeyOf({ session }: RoomCore, state: AccessState): IdentityKey | undefined {
  for (const key of state.rootKeys) {
    const sign = session.rootSigner(key)
    if (sign) return { key, sign }
  }
  return undefined
}

/** Whether this device can sign alone for the root keys. */
export const mayActAsRoot = (core: RoomCore, state: AccessState): boolean =>
  state.rootThreshold === 1 && rootKeyOf(core, state) !== undefined

/**
 * Hands the room's root keys on. An owner asks somebody, they say yes on their own device, and then a device of the
 * owner's makes them an owner, by itself.
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
    const { rootKeys, rootThreshold } = state
    const open = openOffers(state)
    const offer = open.find(({ to }) => to === me)
    const iAmOwner = rootKeys.includes(me) || rootKeyOf(this.#core, state) !== undefined
    const isAccepted = state.rootConsents.some(({ key }) => key === me)
    return {
      owners: rootKeys.map(summaryOf),
      threshold: rootThreshold,
      iAmOwner,
      needsSecondOwner: iAmOwner && rootKeys.length === 1 && state.members().length > 1,
      ...(offer && !isAccepted && { offeredToMe: summaryOf(offer.by) }),
      offeredTo: [...new Set(open.map(({ to }) => to))].map(summaryOf),
    }
  }

  /** Asks a member to own the room too. */
  async offer(to: PersonId): Promise<Result<void, AccessReason>> {
    const { log } = this.#core
    const isOpen = (state: AccessState): boolean =>
      mayActAsRoot(this.#core, state) && state.member(to) !== undefined && !state.rootKeys.includes(to)
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
      openOffers(log.state).some(({ to }) => to === me) ? { kind: 'root.accept', signature } : undefined,
    )
    return written.ok ? accepted(undefined) : written
  }

  /** Makes somebody who has agreed the only owner, and an admin. */
  async transfer(to: PersonId): Promise<Result<void, AccessReason>> {
    return this.#rotate((state) => {
      const consent = consentsOf(state).find(({ key }) => key === to)
      const isOwner = state.rootKeys.includes(to)
      if (to === this.#core.me || (!isOwner && !consent)) return undefined
      return { rootKeys: [to], consents: isOwner || !consent ? [] : [consent], adminFor: to }
    })
  }

  /** Makes those owners who were asked by us and have agreed. */
  async #complete(): Promise<void> {
    const { state } = this.#core
    if (this.#isCompleting || !state || this.#agreed(state).length === 0 || !mayActAsRoot(this.#core, state)) return
    this.#isCompleting = true
    await this.#rotate((now) => {
      const consents = this.#agreed(now)
      if (consents.length === 0) return undefined
      return { rootKeys: [...now.rootKeys, ...consents.map(({ key }) => key)], consents, adminFor: undefined }
    })
    this.#isCompleting = false
  }

  #agreed(state: AccessState): readonly RootSignature[] {
    const asked = new Set(openOffers(state).flatMap(({ by, to }) => (by === this.#core.me ? [to] : [])))
    return consentsOf(state).filter(({ key }) => asked.has(key))
  }

  async #rotate(
    decide: (state: AccessState) =>
      | {
          readonly rootKeys: readonly PersonId[]
          readonly consents: readonly RootSignature[]
          readonly adminFor: PersonId | undefined
        }
      | undefined,
  ): Promise<Result<void, AccessReason>> {
    const { log } = this.#core
    const identity = log && rootKeyOf(this.#core, log.state)
    const written = await log?.appendAll((): readonly Step[] | undefined => {
      const { state } = log
      const decided = mayActAsRoot(this.#core, state) ? decide(state) : undefined
      if (!decided) return undefined
      const { rootKeys, consents, adminFor } = decided
      const grants = adminFor === undefined ? [] : adminGrant(state, adminFor)
      // More than a rotation holds: it would count for nobody, and be tried again at each change.
      const isTooLong = rootKeys.length > ROOT_KEYS_MAX || state.rootOperations.length + grants.length > ROOT_KEEP_MAX
      if (isTooLong) return undefined
      const rotation: Step = {
        node: ROOT,
        body: (former) => ({
          kind: 'root.rotate',
          rootKeys: rootKeys.toSorted(),
          threshold: 1,
          keep: [...state.rootOperations, ...former],
          consents,
        }),
      }
      return [...grants, rotation]
    }, identity)
    if (!written) return rejected('not-allowed')
    return written.ok ? accepted(undefined) : written
  }
}

/** Offers to others who own nothing yet; those to oneself are between a person's devices. */
const openOffers = (state: AccessState): AccessState['rootOffers'] =>
  state.rootOffers.filter(({ to, by }) => to !== by && !state.rootKeys.includes(to))

/** Of each person once: a rotation names every key once. */
const consentsOf = (state: AccessState): readonly RootSignature[] => [
  ...new Map(state.rootConsents.map(({ key, signature }) => [key, { key, signature }])).values(),
]

/** Whoever owns a room alone looks after it as well. */
function adminGrant(state: AccessState, person: PersonId): readonly Step[] {
  const root = state.nodes.get(ROOT)
  if (!root || isAtLeast(state.roleOf(person) ?? 'relay', 'admin')) return []
  const over = state.revocationsToOverrule(person, root)
  const body = {
    kind: 'grant',
    to: person,
    role: 'admin',
    scope: '*',
    maxGrant: 'admin',
    over,
    via: undefined,
  } as const
  return [{ node: ROOT, body }]
}
