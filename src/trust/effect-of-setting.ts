import type { PersonId } from '../base/ids.ts'
import type { TrustLevel } from './level.ts'
import { withPersonSetting, type PersonSetting } from './settings.ts'
import { trustIn, type SharedRoom, type TrustContext } from './trust-in.ts'

export interface LevelChange {
  readonly person: PersonId
  readonly before: TrustLevel
  readonly after: TrustLevel
}

/**
 * Whose level changes if the user sets a person so: what the dialog lists before a demotion. Looked at are those about
 * whom that person has said something, and `people`: those of the rooms to which that person let the user in.
 */
export function effectOfSetting(
  person: PersonId,
  change: Partial<PersonSetting>,
  context: Omit<TrustContext, 'rooms'> & {
    readonly people?: Iterable<PersonId>
    readonly roomsOf: (person: PersonId) => readonly SharedRoom[]
  },
): readonly LevelChange[] {
  const { people = [], roomsOf } = context
  const candidates = new Set<PersonId>([person, ...people])
  for (const { claim } of context.statements.by(person)) if ('person' in claim) candidates.add(claim.person)
  const settings = withPersonSetting(context.settings, person, change)
  const changes: LevelChange[] = []
  for (const candidate of candidates) {
    const rooms = roomsOf(candidate)
    const before = trustIn(candidate, { ...context, rooms }).level
    const after = trustIn(candidate, { ...context, rooms, settings }).level
    if (before !== after) changes.push({ person: candidate, before, after })
  }
  return changes
}
