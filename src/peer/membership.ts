import type { OperationHash, PersonId } from '../base/ids.ts'
import type { AccessState, InviteRecord } from '../access/access-state.ts'
import type { RevocationRecord } from '../access/state-removals.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

/**
 * `joining`: nobody has let us in yet. `waiting`: somebody has to decide about it. `removed`: what was read until then
 * stays here.
 */
export type RoomStatus = 'joining' | 'waiting' | 'declined' | 'member' | 'left' | 'removed'

/** Why nobody will let us in by the link that we came by. */
export type JoinProblem = 'invite-revoked' | 'invite-used-up' | 'invite-expired' | 'banned'

export type Refusal = Exclude<JoinProblem, 'invite-expired'> | 'declined' | 'removed' | 'left'

/** Who took us out of the room. */
export interface RemovedBy {
  readonly person: PersonSummary
  readonly mode: 'kick' | 'ban'
  readonly atMs: number
}

/**
 * The removal by others that ended the membership of this device's person; not their own leaving. Of several the newest
 * of those that no grant has lifted.
 */
export function removalOf({ state, log, me, isMember }: RoomCore): RevocationRecord | undefined {
  if (!state || !log || isMember) return undefined
  const limits = [...state.nodes.values()]
    .filter(({ holder }) => holder === me)
    .map((node) => state.limitsFor(node, me).filter(({ body }) => body.mode === 'kick' || body.mode === 'ban'))
  const [first = [], ...others] = limits
  const common = first.filter(({ hash }) => others.every((other) => other.some((candidate) => candidate.hash === hash)))
  const removals = common.length > 0 ? common : limits.flat()
  const timeOf = ({ hash }: RevocationRecord): number => log.access.operation(hash)?.operation?.atMs ?? 0
  return removals.toSorted((a, b) => timeOf(b) - timeOf(a) || (a.hash < b.hash ? -1 : 1))[0]
}

/**
 * Whether the link that we hold has let us in before: then it is not one that we got to come back. Asked where this
 * device does not remember having been a member.
 */
export function isTicketSpent({ record, state, me }: RoomCore): boolean {
  const invite = record.ticket?.invite
  if (invite === undefined || !state) return false
  return [...state.nodes.values()].some(({ holder, via }) => holder === me && via?.invite === invite)
}

/** Keeps that we were taken out, once. By the link that we came by we must not be asked for again, unknown to us. */
export async function noteRemoval(core: RoomCore, wasMember: boolean): Promise<void> {
  const removal = removalOf(core)
  if (!removal || core.record.removal === removal.hash) return
  // One that we got afterwards may.
  const isSpent = wasMember || isTicketSpent(core)
  await core.saveRecord({ removal: removal.hash, ...(isSpent && { ticket: undefined }) })
}

/**
 * Whether asking to be let in is what the user of this device meant. By the link that they came by they do not ask for
 * what others took from them; by one that they got after a removal they do.
 */
export function mayAsk(core: RoomCore): boolean {
  const { state, me, record } = core
  if (!state) return true
  const removal = removalOf(core)
  if (removal) return record.removal === removal.hash
  return !state.member(me) || !state.wasDenied(me)
}

export function statusOf(core: RoomCore): RoomStatus {
  const { record, isMember, state, me } = core
  if (record.hasLeft) return 'left'
  if (isMember) return 'member'
  const removal = removalOf(core)
  const isComingBack = record.ticket !== undefined && record.removal === removal?.hash
  if (removal && !isComingBack) return 'removed'
  if (state?.openRequests.some(({ person, decoded }) => person === me && needsPerson(core, me, decoded.invite)))
    return 'waiting'
  const isDeclined = state?.declinedRequests.some(
    ({ person, decoded }) => person === me && decoded.invite === record.ticket?.invite,
  )
  return isDeclined ? 'declined' : 'joining'
}

/** Whether a wish in the log waits for somebody's word. What relays hand on, members answer by themselves where they may. */
export function needsPerson({ state, environment }: RoomCore, person: PersonId, hash: OperationHash): boolean {
  const invite = state?.invite(hash)
  if (!state || !invite) return true
  const isOpen = !invite.isRevoked && !isExpired(invite, environment.now())
  return invite.body.approval === 'manual' || !isOpen || state.wasDenied(person)
}

/** Whether an invite's date has passed. Everybody's clock is their own, so this decides nothing for others. */
export const isExpired = ({ body }: InviteRecord, nowMs: number): boolean =>
  body.expiresAtMs > 0 && nowMs >= body.expiresAtMs

export function joinProblemOf(core: RoomCore): JoinProblem | undefined {
  const { record, state, me, environment } = core
  if (!record.ticket || !state || core.isMember || record.hasLeft) return undefined
  if (removalOf(core)?.body.mode === 'ban') return 'banned'
  const invite = state.invite(record.ticket.invite)
  if (!invite) return undefined
  if (invite.isRevoked) return 'invite-revoked'
  if (isExpired(invite, environment.now())) return 'invite-expired'
  const isFull = invite.body.usesMax > 0 && invite.uses >= invite.body.usesMax
  return isFull && !state.wasMember(me) ? 'invite-used-up' : undefined
}

/**
 * Why what waits to be sent will never be, by the link that we hold. A link whose date has passed is none: the date is
 * by everybody's own clock.
 */
export function refusalOf(core: RoomCore): Refusal | undefined {
  const problem = joinProblemOf(core)
  if (problem && problem !== 'invite-expired') return problem
  const status = statusOf(core)
  return status === 'declined' || status === 'removed' || status === 'left' ? status : undefined
}

export function removedByOf(core: RoomCore, summaryOf: (person: PersonId) => PersonSummary): RemovedBy | undefined {
  const { log } = core
  const removal = statusOf(core) === 'removed' ? removalOf(core) : undefined
  if (!removal || !log) return undefined
  const atMs = log.access.operation(removal.hash)?.operation?.atMs ?? 0
  return { person: summaryOf(removal.author), mode: removal.body.mode === 'ban' ? 'ban' : 'kick', atMs }
}

/** Whether somebody is left who may let people in and take rights away, of everybody. A room without people needs nobody. */
export function canBeManaged(state: AccessState): boolean {
  const members = state.members()
  return members.length === 0 || members.some(({ person }) => isKeeper(state, person))
}

/** An owner, or an admin of the whole room. */
export const isKeeper = (state: AccessState, person: PersonId): boolean =>
  state.rootKeys.includes(person) || state.roleOf(person) === 'admin'

/** Whether nobody could let people in or take rights away any more if we went. */
export function isLastKeeper({ state, me, isMember }: RoomCore): boolean {
  if (!state || !isMember || !canBeManaged(state)) return false
  const others = state.members().filter(({ person }) => person !== me)
  return others.length > 0 && !others.some(({ person }) => isKeeper(state, person))
}

/** Whether we have left and no other device is known to have heard of it. */
export const isDepartureUnheard = ({ record }: RoomCore): boolean =>
  record.hasLeft && record.isDepartureUnheard === true
