import type { PersonId } from '../base/ids.ts'
import { hostOf } from '../access/host.ts'
import type { Role } from '../access/role.ts'
import { inOrderOfAuthority } from './owners.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

export interface Member {
  readonly person: PersonSummary
  readonly role: Role
  readonly online: boolean
  readonly path?: 'direct' | 'relayed' | 'tab' | 'unknown'
  readonly roundTripMs?: number
  readonly invitedBy?: PersonSummary
}

/** In order of authority, the owners first. */
export function membersOf(core: RoomCore, summaryOf: (person: PersonId) => PersonSummary): readonly Member[] {
  const { state, links, me } = core
  if (!state) return []
  return inOrderOfAuthority(core, state).map(({ person, role, grantedBy, nodes }) => {
    const host = hostOf(state, { grantedBy, nodes })
    const link = links.links.find(({ remote }) => remote.person === person)
    return {
      person: summaryOf(person),
      role,
      online: link !== undefined || person === me,
      ...(link && { path: link.link.kind === 'tab' ? ('tab' as const) : link.link.stats.path }),
      ...(link?.roundTripMs !== undefined && { roundTripMs: link.roundTripMs }),
      ...(host !== undefined && host !== person && { invitedBy: summaryOf(host) }),
    }
  })
}
