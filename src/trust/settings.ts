/**
 * What the user set: it lives in their own private document and reaches no other person. It comes from storage and from
 * the user's other devices, which may run another version, so whatever cannot be understood counts as not set.
 */
import { parseId, type Id, type PersonId } from '../base/ids.ts'
import { ALLOWANCES } from './allowance-table.ts'
import type { AllowanceKind, AllowanceOverrides } from './allowance.ts'
import { OWN_LEVELS, TRUST_LEVELS, type OwnLevel } from './level.ts'

/** Relaxed: everybody is at least Introduced. Strict: for public events. */
export const TRUST_PRESETS = ['relaxed', 'balanced', 'strict'] as const
export type TrustPreset = (typeof TRUST_PRESETS)[number]

/** SHA-256 of a file's content. */
export type FileHash = Id<'file'>

export interface PersonSetting {
  /** Undefined: what statements and rooms lead to. `unknown` set by the user stays so, whoever vouches. */
  readonly level: OwnLevel | undefined
  /** The user compared this very key, by QR code or words. Says who it is, not what they may do. */
  readonly isVerified: boolean
  /** Counts while the table lets the level that the user gave them be followed. */
  readonly followsBlocks: boolean
  readonly allowances: AllowanceOverrides
}

export interface TrustSettings {
  readonly preset: TrustPreset
  readonly people: ReadonlyMap<PersonId, PersonSetting>
  /** Files that the user wants in spite of a warning. */
  readonly allowedFiles: ReadonlySet<FileHash>
}

export const DEFAULT_PERSON_SETTING: PersonSetting = {
  level: undefined,
  isVerified: false,
  followsBlocks: false,
  allowances: {},
}

export const DEFAULT_TRUST_SETTINGS: TrustSettings = { preset: 'balanced', people: new Map(), allowedFiles: new Set() }

export const personSettingOf = (settings: TrustSettings, person: PersonId): PersonSetting =>
  settings.people.get(person) ?? DEFAULT_PERSON_SETTING

/** The settings with one person's changed. */
export function withPersonSetting(
  settings: TrustSettings,
  person: PersonId,
  change: Partial<PersonSetting>,
): TrustSettings {
  const people = new Map(settings.people)
  people.set(person, { ...personSettingOf(settings, person), ...change })
  return { ...settings, people }
}

/** One person's setting from a stored value. */
export function personSettingFrom(value: unknown): PersonSetting {
  if (!isRecord(value)) return DEFAULT_PERSON_SETTING
  return {
    level: OWN_LEVELS.find((level) => level === own(value, 'level')),
    isVerified: own(value, 'isVerified') === true,
    followsBlocks: own(value, 'followsBlocks') === true,
    allowances: overridesFrom(own(value, 'allowances')),
  }
}

export function trustSettingsFrom(stored: {
  readonly preset?: unknown
  readonly people?: Iterable<readonly [person: string, setting: unknown]>
  readonly allowedFiles?: Iterable<unknown>
}): TrustSettings {
  const people = new Map<PersonId, PersonSetting>()
  for (const [text, setting] of stored.people ?? []) {
    const person = parseId<PersonId>(text)
    if (person !== undefined) people.set(person, personSettingFrom(setting))
  }
  const allowedFiles = new Set<FileHash>()
  for (const text of stored.allowedFiles ?? []) {
    const file = typeof text === 'string' ? parseId<FileHash>(text) : undefined
    if (file !== undefined) allowedFiles.add(file)
  }
  return { preset: TRUST_PRESETS.find((preset) => preset === stored.preset) ?? 'balanced', people, allowedFiles }
}

type Field = string | number | boolean

/**
 * Changed cells from a stored value. A number may be any from 0 on; a word or a yes or no only one that stands somewhere
 * in the same row of the table.
 */
function overridesFrom(value: unknown): AllowanceOverrides {
  if (!isRecord(value)) return {}
  const overrides: Partial<Record<AllowanceKind, Record<string, Field>>> = {}
  for (const kind of Object.keys(ALLOWANCES) as AllowanceKind[]) {
    const cell = own(value, kind)
    if (!isRecord(cell)) continue
    const columns = ALLOWANCES[kind] as Readonly<Record<string, Readonly<Record<string, Field>>>>
    const fields: Record<string, Field> = {}
    for (const name of Object.keys(columns['unknown'] ?? {})) {
      const field = own(cell, name)
      const inTable = TRUST_LEVELS.map((level) => columns[level]?.[name])
      if (isFieldLike(field, inTable, kind)) fields[name] = field
    }
    if (Object.keys(fields).length > 0) overrides[kind] = fields
  }
  return overrides
}

function isFieldLike(field: unknown, inTable: readonly unknown[], kind: AllowanceKind): field is Field {
  // How much somebody's word counts is one of three numbers; any other number is an amount.
  if (typeof field === 'number' && typeof inTable[0] === 'number' && kind !== 'statements') return field >= 0
  if (typeof field !== 'string' && typeof field !== 'boolean' && typeof field !== 'number') return false
  return inTable.includes(field)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const own = (record: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined
