import type { OperationHash, PersonId } from '../base/ids.ts'
import { roleAllows } from '../access/permission.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessState } from '../access/access-state.ts'
import { decideAdmission } from '../access/admission.ts'
import { verifyJoinRequest, type JoinRequest } from '../access/join-request.ts'
import type { Role } from '../access/role.ts'
import type { AccessReason } from './access-reason.ts'
import type { Step } from './log-host.ts'
import { declineAll } from './long-lists.ts'
import { needsPerson } from './membership.ts'
import { openGreeting, type PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

/** Somebody who asks to be let in and whom a person has to decide about. */
export interface JoinRequestSummary {
  readonly id: string
  readonly person: PersonSummary
  /** What their link promises. */
  readonly role: Role
  /** When a member handed it on, by that member's clock. */
  readonly atMs: number
  /** The label of the invite they came by. */
  readonly note?: string
}

/**
 * The wishes of people whom no invite lets in by itself, or who reach nobody who may let them in. Members hand them on;
 * those who may decide see them.
 */
export class JoinRequests {
  /** Operations that hand on what the person did not ask. */
  readonly forged = new Set<OperationHash>()
  readonly #core: RoomCore

  constructor(core: RoomCore) {
    this.#core = core
  }

  /** Oldest first, one for each person. */
  list(summaryOf: (person: PersonId, name: string) => PersonSummary): readonly JoinRequestSummary[] {
    const { state, log } = this.#core
    const requests = new Map<PersonId, JoinRequestSummary>()
    for (const { person, decoded, operation, operations } of state?.openRequests ?? []) {
      const invite = state?.invite(decoded.invite)
      if (!invite || requests.has(person)) continue
      const isForged = operations.every((hash) => this.forged.has(hash))
      if (!isForged && !needsPerson(this.#core, person, invite.hash)) continue
      const name = openGreeting(this.#core.keys, decoded.sealedProfile)
      const label = this.#labelOf(invite.body.sealedLabel)
      requests.set(person, {
        id: operation,
        person: summaryOf(person, name),
        role: invite.body.role,
        atMs: log?.access.operation(operation)?.operation?.atMs ?? 0,
        ...(label !== undefined && { note: label }),
      })
    }
    return [...requests.values()].toSorted((a, b) => a.atMs - b.atMs)
  }

  /** Whether this person's wish, by this invite, waits already or was declined. */
  isKnown(state: AccessState, request: JoinRequest): boolean {
    return [...state.openRequests, ...state.declinedRequests].some(
      ({ person, decoded }) => person === request.certificate.person && decoded.invite === request.invite,
    )
  }

  /** Hands a verified request on to those who may decide. */
  async handOn(request: JoinRequest, bytes: Uint8Array): Promise<void> {
    const { log } = this.#core
    await log?.append('hand-on-request', () =>
      this.isKnown(log.state, request) ? undefined : { kind: 'join.request', request: bytes },
    )
  }

  async approve(id: string): Promise<Result<void, AccessReason>> {
    const { log, state } = this.#core
    const open = state?.openRequests.find(({ operation }) => operation === id)
    if (!log || !open) return rejected('not-allowed')
    const verified = await verifyJoinRequest(open.request)
    if (!verified.ok) return rejected('not-allowed')
    return this.admit(verified.value, true)
  }

  /**
   * Lets somebody in and hands their device the room's key, if they may read, in one publication. `isApproved`: a person said yes.
   */
  async admit(request: JoinRequest, isApproved: boolean): Promise<Result<void, AccessReason>> {
    const { log, me, session, keeper } = this.#core
    if (!log) return rejected('not-allowed')
    const boxes = await keeper.boxesFor(request.certificate)
    let reason: AccessReason = 'not-allowed'
    const written = await log.appendAll((): readonly Step[] | undefined => {
      const { state } = log
      const decided = decideAdmission({ state, me, session: session.id, request, isApproved })
      if (!decided.ok) {
        if (decided.reason === 'banned') reason = 'outranked'
        return undefined
      }
      // Whoever is let in to pass the room on gets no key to it.
      const sealing = roleAllows(decided.value.body.role, 'read') ? state.nodeFor(me, 'hand-on-key') : undefined
      return [decided.value, ...(sealing ? boxes.map((body) => ({ node: sealing.hash, body })) : [])]
    })
    return written.ok ? accepted(undefined) : rejected(written.reason === 'not-stored' ? 'not-stored' : reason)
  }

  /** The person may ask again by another invite. */
  async decline(id: string): Promise<Result<void, AccessReason>> {
    const { log } = this.#core
    const written = await log?.appendAll(() => {
      const { openRequests } = log.state
      const node = log.state.nodeFor(this.#core.me, 'decline-request')
      const person = openRequests.find(({ operation }) => operation === id)?.person
      if (person === undefined || !node) return undefined
      const requests: OperationHash[] = openRequests
        .filter((request) => request.person === person)
        .flatMap(({ operations }) => operations)
      return declineAll(person, requests).map((body) => ({ node: node.hash, body }))
    })
    if (!written) return rejected('not-allowed')
    return written.ok ? accepted(undefined) : written
  }

  #labelOf(sealed: Uint8Array): string | undefined {
    if (sealed.length === 0) return undefined
    const label = this.#core.ring.open('invite-label', sealed)
    return label === '' ? undefined : label
  }
}
