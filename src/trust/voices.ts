import type { PersonId } from '../base/ids.ts'
import { allowanceFor } from './allowance-for.ts'
import type { FileHash, TrustSettings } from './settings.ts'
import type { StatementBook } from './statement-book.ts'

/** Somebody whose word the user's own setting makes count. Others' words never do: there is no third hop. */
export interface Voice {
  readonly weight: number
  readonly isFollowed: boolean
}

/** Whose word counts under these settings. Settings are never changed in place, so one reading of them lasts. */
const voicesOfSettings = new WeakMap<TrustSettings, ReadonlyMap<PersonId, Voice>>()

function voicesOf(settings: TrustSettings): ReadonlyMap<PersonId, Voice> {
  const known = voicesOfSettings.get(settings)
  if (known) return known
  const voices = new Map<PersonId, Voice>()
  for (const [person, { level = 'unknown', followsBlocks }] of settings.people) {
    const { weight, mayFollowBlocks } = allowanceFor(level, 'statements', settings, person)
    if (weight > 0) voices.set(person, { weight, isFollowed: followsBlocks && mayFollowBlocks })
  }
  voicesOfSettings.set(settings, voices)
  return voices
}

/** Whether somebody's statements count under these settings: for `StatementBook`, which keeps those first. */
export const hasVoice = (person: PersonId, settings: TrustSettings): boolean => voicesOf(settings).has(person)

export interface VoiceContext {
  readonly me: PersonId
  readonly settings: TrustSettings
  readonly statements: StatementBook
}

/**
 * The user's people who have said something of this subject: found by whichever of the two lists is shorter, and told in
 * the order of their keys, as it may depend on what strangers say which list that is.
 */
export function voicesAbout(
  subject: PersonId | FileHash,
  { me, settings, statements }: VoiceContext,
): readonly (readonly [PersonId, Voice])[] {
  const voices = voicesOf(settings)
  const issuers = statements.issuersAbout(subject)
  const found: (readonly [PersonId, Voice])[] = []
  for (const issuer of issuers.size < voices.size ? issuers : voices.keys()) {
    const voice = voices.get(issuer)
    if (voice && issuer !== me && issuers.has(issuer)) found.push([issuer, voice])
  }
  return found.toSorted(([a], [b]) => (a < b ? -1 : 1))
}
