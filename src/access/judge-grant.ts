/** Whether a grant, an invite or the revocation of an invite counts, as a function of its node and what is senior to it. */
import { equalBytes } from '../base/bytes.ts'
import type { OperationHash } from '../base/ids.ts'
import { coversScope, type AuthorityNode } from './authority-node.ts'
import type { InviteBook } from './invite-book.ts'
import type { LoggedOperation } from './logged-operation.ts'
import { DEPTH_MAX } from './operation-limits.ts'
import type { GrantBody, InviteBody, InviteRevokeBody } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { roleAllows } from './permission.ts'
import { isAtLeast, mayGrant } from './role.ts'

export interface GrantContext {
  readonly operations: ReadonlyMap<OperationHash, LoggedOperation>
  readonly invites: InviteBook
  /** Whether those without a right to grant may let people in, as far as this node goes. */
  membersAdmit(node: AuthorityNode): boolean
}

export function judgeInvite(node: AuthorityNode, body: InviteBody): Outcome {
  if (node.holder === '*' || !mayGrant(node.maxGrant, body.role)) return 'role'
  return coversScope(node.documents, body.scope) ? 'effective' : 'scope'
}

export function judgeInviteRevocation(
  node: AuthorityNode,
  operation: LoggedOperation,
  body: InviteRevokeBody,
  operations: GrantContext['operations'],
): Outcome {
  const invite = operations.get(body.invite)
  if (invite?.operation?.body.kind !== 'invite') return 'invite'
  const isOwn = invite.log.person === operation.log.person
  return isOwn || isAtLeast(node.role, 'moderator') ? 'effective' : 'role'
}

/** Whether the grant counts if the invite that it names, if any, has a use left. */
export function judgeGrant(
  context: GrantContext,
  node: AuthorityNode,
  operation: LoggedOperation,
  body: GrantBody,
): Outcome {
  const { role, maxGrant, via } = body
  if (node.depth >= DEPTH_MAX) return 'depth'
  if (node.holder === '*') return 'role'
  if (body.to === '*' && (isAtLeast(role, 'moderator') || maxGrant !== undefined)) return 'role'
  if (!coversScope(node.documents, body.scope)) return 'scope'
  // Nobody passes on a right to grant above the role that comes with it: a child would come before its granter.
  if (maxGrant !== undefined && !isAtLeast(role, maxGrant)) return 'max-grant'
  const hasOwnRight = node.maxGrant !== undefined
  if (hasOwnRight) {
    if (!mayGrant(node.maxGrant, role)) return 'role'
    if (maxGrant !== undefined && !mayGrant(node.maxGrant, maxGrant)) return 'max-grant'
  } else if (maxGrant !== undefined) {
    return 'max-grant'
  } else if (via === undefined) {
    return 'role'
  }
  return via ? judgeAdmission(context, node, operation, body, hasOwnRight) : 'effective'
}

function judgeAdmission(
  { operations, invites, membersAdmit }: GrantContext,
  node: AuthorityNode,
  operation: LoggedOperation,
  body: GrantBody,
  hasOwnRight: boolean,
): Outcome {
  const { via, to } = body
  const invite = via && operations.get(via.invite)
  const terms = invite?.operation?.body
  if (via === undefined || terms?.kind !== 'invite' || to === '*') return 'invite'
  if (!equalBytes(terms.inviteKey, via.consent.inviteKey)) return 'invite-key'
  if (invites.lapses(via.invite, operation.hash, node)) return 'invite-revoked'
  if (!isCounted(terms, invite, operation) && !hasOwnRight) return 'not-inviter'
  if (hasOwnRight) return 'effective'
  // From here on the invite itself is the authority, bounded by the role of the one who admits.
  if (!invites.isOpenTo(via.invite, node)) return 'invite'
  if (terms.approval === 'manual') return 'approval'
  if (!membersAdmit(node)) return 'policy'
  if (!roleAllows(node.role, 'admit')) return 'role'
  if (!isAtLeast(terms.role, body.role) || !isAtLeast(node.role, body.role)) return 'role'
  return coversScope(terms.scope === '*' ? '*' : new Set(terms.scope), body.scope) ? 'effective' : 'scope'
}

/** An invite that only its inviter may use counts along the one chain that it stands in, and is exact there. */
export const isCounted = (terms: InviteBody, invite: LoggedOperation | undefined, grant: LoggedOperation): boolean =>
  terms.admitBy === 'any' || invite?.log === grant.log
