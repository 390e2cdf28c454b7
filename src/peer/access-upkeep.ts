import type { OperationHash, PersonId } from '../base/ids.ts'
import type { AccessLog } from '../access/access-log.ts'
import type { AccessState } from '../access/access-state.ts'
import { compareStates } from '../access/compare-states.ts'
import type { RevokeBody } from '../access/operation.ts'
import type { PersonSummary } from './people.ts'

/** A removal that does not count since its author was removed. The person it was about may be back. */
export interface LapsedDenial {
  readonly hash: OperationHash
  readonly person: PersonSummary
  readonly by: PersonSummary
  readonly mode: 'kick' | 'ban'
}

/**
 * Removals that count before a change and no longer after it: the change would bring the removed people back. Those of
 * `except` are left out, since the change is about them.
 */
export function denialsAmong(
  access: AccessLog,
  before: AccessState,
  after: AccessState,
  except: PersonId,
): readonly { readonly person: PersonId; readonly body: RevokeBody }[] {
  const denials: { person: PersonId; body: RevokeBody }[] = []
  for (const hash of compareStates(before.snapshot(), after.snapshot()).lapsed) {
    const body = access.operation(hash)?.operation?.body
    if (body?.kind !== 'revoke' || body.target.type !== 'person' || !isDenial(body)) continue
    const { person } = body.target
    if (person !== except && !before.member(person) && after.member(person)) denials.push({ person, body })
  }
  return denials
}

/**
 * Removals by people whom `me` removed, that came too late to count, of people who are members. They are not done again
 * by themselves: whoever was removed could otherwise remove others in our name.
 */
export function lapsedDenialsOf(
  state: AccessState,
  me: PersonId,
  summaryOf: (person: PersonId) => PersonSummary,
): readonly LapsedDenial[] {
  const denials = new Map<PersonId, LapsedDenial>()
  for (const { hash, author, body, isEffective } of state.revocations) {
    if (isEffective || body.target.type !== 'person' || !isDenial(body)) continue
    const { person } = body.target
    if (person === me || !state.member(person) || state.removalOf(author)?.author !== me) continue
    denials.set(person, { hash, person: summaryOf(person), by: summaryOf(author), mode: body.mode })
  }
  return [...denials.values()]
}

const isDenial = (body: RevokeBody): body is RevokeBody & { readonly mode: 'kick' | 'ban' } =>
  body.mode === 'kick' || body.mode === 'ban'
