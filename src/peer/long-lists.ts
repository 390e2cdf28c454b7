/** What names more than fits into one operation takes several, published together. */

import type { OperationHash, PersonId } from '../base/ids.ts'
import type { AccessState } from '../access/access-state.ts'
import { DECLINED_MAX, KEEP_MAX } from '../access/operation-limits.ts'
import type { InviteRevokeBody, JoinDeclineBody } from '../access/operation.ts'

/** Ends an invite; whoever came by it stays. Several under one grant add up what they keep. */
export const endOfInvite = (state: AccessState, invite: OperationHash): readonly InviteRevokeBody[] =>
  inChunks(state.admissionsBy(invite), KEEP_MAX).map((keep) => ({ kind: 'invite.revoke', invite, keep }))

export const declineAll = (person: PersonId, requests: readonly OperationHash[]): readonly JoinDeclineBody[] =>
  inChunks(requests, DECLINED_MAX).map((some) => ({ kind: 'join.decline', person, requests: some }))

/** At least one, which may be empty. */
function inChunks<T>(items: readonly T[], sizeMax: number): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = []
  for (let i = 0; i === 0 || i < items.length; i += sizeMax) chunks.push(items.slice(i, i + sizeMax))
  return chunks
}
