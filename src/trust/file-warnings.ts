import type { PersonId } from '../base/ids.ts'
import type { FileHash } from './settings.ts'
import { isInForce, warnSlot, type WarnReason } from './statement.ts'
import { voicesAbout, type VoiceContext } from './voices.ts'

/** One Trusted person, or two Known ones. */
export const CONCERN_STOPS_FROM = 2

export interface FileWarnings {
  readonly warners: readonly { readonly person: PersonId; readonly reason: WarnReason }[]
  readonly concern: number
  /** The user wants the file all the same. */
  readonly isOverridden: boolean
  /** It is not previewed, not served and not fetched ahead. */
  readonly isStopped: boolean
}

/** What the user's people say of a file: one Trusted person, or two Known ones, stop it. */
export function fileWarnings(file: FileHash, context: VoiceContext & { readonly nowMs: number }): FileWarnings {
  const warners: { person: PersonId; reason: WarnReason }[] = []
  let concern = 0
  for (const [person, { weight }] of voicesAbout(file, context)) {
    const warning = context.statements.said(person, warnSlot(file))
    if (warning?.claim.kind !== 'warn' || !isInForce(warning, context.nowMs)) continue
    concern += weight
    warners.push({ person, reason: warning.claim.reason })
  }
  const isOverridden = context.settings.allowedFiles.has(file)
  return { warners, concern, isOverridden, isStopped: concern >= CONCERN_STOPS_FROM && !isOverridden }
}
