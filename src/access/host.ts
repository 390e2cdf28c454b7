import type { PersonId } from '../base/ids.ts'
import type { AccessState, Member } from './access-state.ts'

/** Who invited a member. Any member's device may let in by a link, so it is who made the link, not who let in. */
export function hostOf(
  state: AccessState,
  { grantedBy, nodes: [first] }: Pick<Member, 'grantedBy' | 'nodes'>,
): PersonId | undefined {
  return first?.via ? state.invite(first.via.invite)?.inviter : grantedBy
}
