import type { PersonId } from '../base/ids.ts'
import { ALLOWANCES } from './allowance-table.ts'
import type { AllowanceKind, AllowanceOverrides, Allowances, FileAllowance } from './allowance.ts'
import type { TrustLevel } from './level.ts'
import { personSettingOf, type TrustPreset, type TrustSettings } from './settings.ts'

const NOT_AT_ALL: Partial<FileAllowance> = { fetch: 'never', sizeBytesMax: 0, autoKeepBytesMax: 0 }

/** At a public event pictures, sounds and files come from Known people only, and strangers cannot write in private. */
const STRICT_FOR_STRANGERS: AllowanceOverrides = {
  firstPost: { onlyMediaOrLink: 'held' },
  images: { before: 'sealed', fetch: 'never', sizeBytesMax: 0, pixelsMax: 0 },
  media: { fetch: 'never', voiceAutoBytesMax: 0, autoBytesMax: 0 },
  filesA: NOT_AT_ALL,
  filesB: NOT_AT_ALL,
  filesC: NOT_AT_ALL,
  directMessage: { as: 'off', requestsMax: 0, charactersMax: 0 },
  storage: { content: 'text' },
  relay: { chunks: 'none' },
}

/** What a preset changes in the table. Relaxed changes no cell: it lifts Unknown people by one level. */
const PRESET_CHANGES: Readonly<Record<TrustPreset, Partial<Record<TrustLevel, AllowanceOverrides>>>> = {
  relaxed: {},
  balanced: {},
  strict: { unknown: STRICT_FOR_STRANGERS, introduced: STRICT_FOR_STRANGERS },
}

/**
 * What somebody of this level may do: the table, over it the preset, over it what the user changed for this person. A
 * blocked person may do nothing, whatever was allowed to them before.
 */
export function allowanceFor<Kind extends AllowanceKind>(
  level: TrustLevel,
  kind: Kind,
  settings: TrustSettings,
  person?: PersonId,
): Allowances[Kind] {
  const cell = ALLOWANCES[kind][level]
  if (level === 'blocked') return cell
  const preset: Partial<Allowances[Kind]> | undefined = PRESET_CHANGES[settings.preset][level]?.[kind]
  const own: Partial<Allowances[Kind]> | undefined =
    person === undefined ? undefined : personSettingOf(settings, person).allowances[kind]
  return preset === undefined && own === undefined ? cell : { ...cell, ...preset, ...own }
}
