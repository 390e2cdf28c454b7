/** What an operation needs to count, as far as its own grant goes. */
import { covers, coversScope, type AuthorityNode } from './authority-node.ts'
import { judgeGrant, judgeInvite, judgeInviteRevocation, type GrantContext } from './judge-grant.ts'
import type { LoggedOperation } from './logged-operation.ts'
import type { OperationBody } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { actionOf, concernsWholeRoom, roleAllows, type LeafBody } from './permission.ts'

/** Decided apart from any grant: by the session, or the person's devices. */
type ApartBody = Extract<OperationBody, { kind: 'session' | 'unknown' | 'device.revoke' }>

/** What a grant decides about. */
export type GrantedBody = Exclude<OperationBody, ApartBody>

/** Of that, what may give or take a right, and so is more than a leaf. */
export type JudgedBody = Exclude<GrantedBody, LeafBody>

export const isDeparture = (body: OperationBody): boolean => body.kind === 'revoke' && body.mode === 'leave'

/** Departures stand outside the order of seniority; sessions and devices need no grant. */
export const isGranted = (body: OperationBody): body is GrantedBody =>
  body.kind !== 'session' && body.kind !== 'unknown' && body.kind !== 'device.revoke' && !isDeparture(body)

/** What the root keys may sign. */
export const isForRoot = ({ kind }: OperationBody): boolean =>
  kind === 'grant' || kind === 'revoke' || kind === 'amend' || kind === 'root.rotate'

export function judgeBody(
  context: GrantContext,
  node: AuthorityNode,
  operation: LoggedOperation,
  body: JudgedBody,
): Outcome {
  switch (body.kind) {
    case 'grant':
      return judgeGrant(context, node, operation, body)
    case 'invite':
      return judgeInvite(node, body)
    case 'invite.revoke':
      return judgeInviteRevocation(node, operation, body, context.operations)
    case 'revoke':
      if (!roleAllows(node.role, 'remove')) return 'role'
      return coversScope(node.documents, body.scope) ? 'effective' : 'scope'
    case 'amend':
      return roleAllows(node.role, 'remove') ? 'effective' : 'role'
    case 'document.writers':
      if (!roleAllows(node.role, 'limit-writers')) return 'role'
      return covers(node.documents, body.document) ? 'effective' : 'scope'
    case 'policy.set':
      if (!roleAllows(node.role, 'set-policy')) return 'role'
      return node.documents === '*' ? 'effective' : 'scope'
    default:
      // The root keys' signatures decide about the one, the feed about the other.
      return 'effective'
  }
}

export function judgeLeaf(node: AuthorityNode, body: LeafBody): Outcome {
  const action = actionOf(body.kind)
  if (!roleAllows(node.role, action)) return 'role'
  if (body.kind === 'feed.open') return covers(node.documents, body.document) ? 'effective' : 'scope'
  return node.documents === '*' || !concernsWholeRoom(action) ? 'effective' : 'scope'
}
