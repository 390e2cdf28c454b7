import type { Role } from '../access/role.ts'
import type { PersonSummary } from './people.ts'

export interface Member {
  readonly person: PersonSummary
  readonly role: Role
  readonly online: boolean
  readonly path?: 'direct' | 'relayed' | 'tab' | 'unknown'
  readonly roundTripMs?: number
  readonly invitedBy?: PersonSummary
}
