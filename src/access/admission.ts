import type { OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { equalBytes } from '../base/bytes.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessState, InviteRecord } from './access-state.ts'
import { compareSeniority, covers, type AuthorityNode } from './authority-node.ts'
import type { JoinRequest } from './join-request.ts'
import { OVER_MAX } from './operation-limits.ts'
import type { GrantBody, Scope } from './operation.ts'
import { roleAllows } from './permission.ts'
import { isAtLeast, lowerRole, mayGrant, rankOf, usualMaxGrant, type Role } from './role.ts'

export type AdmissionReason =
  | 'unknown-invite'
  | 'wrong-invite-key'
  | 'revoked'
  | 'used-up'
  | 'needs-approval'
  | 'not-allowed'
  | 'already-member'
  /** Somebody senior banned them; or somebody did, and nobody said yes to this one. */
  | 'banned'
  | 'left-too-often'

export interface AdmissionGrant {
  /** The grant to act under. */
  readonly node: OperationHash
  readonly body: GrantBody
}

/**
 * Decides which grant, if any, one of the members gives in answer to a verified request. The most that they may give: a
 * member without a right to grant passes on the invite up to their own role; one with the right, the whole invite as
 * far as the right goes. Somebody else may add to it later.
 */
export function decideAdmission(options: {
  readonly state: AccessState
  readonly me: PersonId
  readonly session: SessionId
  readonly request: JoinRequest
  /** The user said yes to this one: needed for invites with manual approval. */
  readonly isApproved?: boolean
}): Result<AdmissionGrant, AdmissionReason> {
  const { state, me, session, request, isApproved = false } = options
  const { person } = request.certificate
  const invite = state.invite(request.invite)
  if (invite === undefined) return rejected('unknown-invite')
  if (!equalBytes(invite.body.inviteKey, request.consent.inviteKey)) return rejected('wrong-invite-key')
  if (invite.isRevoked) return rejected('revoked')
  const { usesMax, admitBy, approval } = invite.body
  if (usesMax > 0 && invite.uses >= usesMax && !state.wasMember(person)) return rejected('used-up')
  if (approval === 'manual' && !isApproved) return rejected('needs-approval')
  const offer = bestOffer(state, me, invite, admitBy === 'any' || invite.session === session)
  if (offer === undefined) return rejected('not-allowed')
  if (alreadyHolds(state, person, offer)) return rejected('already-member')
  const isBanned = state.removalOf(person)?.body.mode === 'ban'
  if ((isBanned && !isApproved) || state.bansAbove(person, offer.node).length > 0) return rejected('banned')
  const over = state.revocationsToOverrule(person, offer.node)
  if (over.length > OVER_MAX) return rejected('left-too-often')
  const via = { invite: invite.hash, consent: request.consent }
  const { node, role, maxGrant, scope } = offer
  return accepted({ node: node.hash, body: { kind: 'grant', to: person, role, scope, maxGrant, over, via } })
}

interface Offer {
  readonly node: AuthorityNode
  readonly role: Role
  readonly maxGrant: Role | undefined
  readonly scope: Scope
}

function bestOffer(state: AccessState, me: PersonId, invite: InviteRecord, isOpenToMe: boolean): Offer | undefined {
  let best: Offer | undefined
  for (const node of state.nodesOf(me)) {
    const mayUse = isOpenToMe && state.mayMembersAdmit(node)
    const offer =
      node.maxGrant === undefined ? (mayUse ? offerByInvite(node, invite) : undefined) : offerByRight(node, invite)
    if (offer && (best === undefined || rankOf(offer.role) > rankOf(best.role))) best = offer
  }
  return best
}

function offerByRight(node: AuthorityNode, { body }: InviteRecord): Offer | undefined {
  const scope = narrowScope(node, body.scope)
  if (node.maxGrant === undefined || node.holder === '*' || scope === undefined) return undefined
  const role = lowerRole(body.role, node.maxGrant)
  const usual = usualMaxGrant(role)
  const maxGrant = usual !== undefined && mayGrant(node.maxGrant, usual) ? usual : undefined
  return { node, role, maxGrant, scope }
}

function offerByInvite(node: AuthorityNode, invite: InviteRecord): Offer | undefined {
  const { body } = invite
  const scope = narrowScope(node, body.scope)
  const mayAdmit = node.holder !== '*' && roleAllows(node.role, 'admit') && body.approval === 'auto'
  // An invite counts for those below the one who made it, in the order of seniority.
  if (!mayAdmit || scope === undefined || compareSeniority(invite.node, node) >= 0) return undefined
  return { node, role: lowerRole(body.role, node.role), maxGrant: undefined, scope }
}

/** The part of the invite's scope that the grant covers, or undefined for none of it. */
function narrowScope(node: AuthorityNode, scope: Scope): Scope | undefined {
  if (node.documents === '*') return scope
  const covered = scope === '*' ? [...node.documents] : scope.filter((document) => covers(node.documents, document))
  return covered.length > 0 ? covered : undefined
}

const alreadyHolds = (state: AccessState, person: PersonId, { role, scope }: Offer): boolean =>
  state
    .nodesOf(person)
    .some(
      (node) =>
        isAtLeast(node.role, role) &&
        (node.documents === '*' || (scope !== '*' && scope.every((document) => covers(node.documents, document)))),
    )
