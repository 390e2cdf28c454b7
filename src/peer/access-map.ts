import type { DocumentId, PersonId } from '../base/ids.ts'
import type { AccessState } from '../access/access-state.ts'
import { isAtLeast, type Role } from '../access/role.ts'
import type { PersonSummary } from './people.ts'

/** `manage`: may decide who else comes in, and take rights away. */
export type AccessLevel = 'none' | 'read' | 'comment' | 'write' | 'manage'

export interface AccessPlace {
  readonly id: 'room' | DocumentId
  readonly title: string
  readonly kind: 'room' | 'chat' | 'note'
}

export interface AccessRow {
  readonly person: PersonSummary
  readonly role: Role
  /** One for each place, in the order of the places. */
  readonly cells: readonly AccessLevel[]
}

/** People by places: who may do what where. */
export interface AccessMap {
  readonly places: readonly AccessPlace[]
  readonly rows: readonly AccessRow[]
}

export function accessMapOf(
  state: AccessState,
  titleOf: (document: DocumentId) => string,
  summaryOf: (person: PersonId) => PersonSummary,
): AccessMap {
  const places: AccessPlace[] = [{ id: 'room', title: 'Room', kind: 'room' }]
  for (const { id, kind } of state.documents.values()) places.push({ id, title: titleOf(id), kind })
  const rows = state.members().map(({ person, role }) => ({
    person: summaryOf(person),
    role,
    cells: places.map(({ id }) => levelOf(state, person, id)),
  }))
  return { places, rows }
}

/** In a document the highest of what the person may do there; a list of its writers may have narrowed it. */
export function levelOf(state: AccessState, person: PersonId, place: 'room' | DocumentId): AccessLevel {
  const document = place === 'room' ? undefined : place
  const role = state.roleOf(person, document)
  if (role === undefined || !isAtLeast(role, 'reader')) return 'none'
  if (isAtLeast(role, 'moderator')) return 'manage'
  if (state.can(person, 'write', document)) return 'write'
  return state.can(person, 'comment', document) ? 'comment' : 'read'
}
