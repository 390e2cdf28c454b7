/** What a room says of those who are in it: how one gets in, and who let the user in. */
import type { PersonId } from '../base/ids.ts'
import type { AccessState } from '../access/access-state.ts'
import type { SharedRoom } from '../trust/trust-in.ts'
import type { RoomCore } from './room-core.ts'

const known = new WeakMap<AccessState, { readonly version: number; readonly shared: SharedRoom }>()

/** Undefined while nothing is known of the room but its link. */
export function sharedRoomOf({ id, state, me }: Pick<RoomCore, 'id' | 'state' | 'me'>): SharedRoom | undefined {
  if (!state) return undefined
  const former = known.get(state)
  if (former?.version === state.version) return former.shared
  const admission = isOpen(state) ? 'open' : 'invite-only'
  const shared: SharedRoom = { room: id, admission, inviter: inviterOf(state, me) }
  known.set(state, { version: state.version, shared })
  return shared
}

/**
 * Whether somebody whom no member has chosen can have got in: by a link for any number of people, without being asked. A
 * link that was revoked counts as well: else whoever may revoke it would raise everybody, themselves included.
 */
function isOpen(state: AccessState): boolean {
  if (state.invites.some(({ body }) => body.usesMax === 0 && body.approval === 'auto')) return true
  return [...state.nodes.values()].some(({ holder }) => holder === '*')
}

/** Whose link the user came by, not who was awake to open the door; the user, if they made the room. */
export function inviterOf(state: AccessState, me: PersonId): PersonId | undefined {
  const node = state.nodesOf(me)[0]
  if (!node) return undefined
  if (node.via) return state.invite(node.via.invite)?.inviter
  return node.grantedBy ?? me
}
