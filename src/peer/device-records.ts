import { Emitter } from '../base/emitter.ts'
import { parseId, type PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { StoreError, type Change, type Store, type StoredEntry, type StoredValue } from '../storage/store.ts'
import {
  personSettingOf,
  trustSettingsFrom,
  withPersonSetting,
  type FileHash,
  type PersonSetting,
  type TrustPreset,
  type TrustSettings,
} from '../trust/settings.ts'
import { cleanName } from './people.ts'
import type { PrivateRecords } from './private-records.ts'

const PREFIX = 'private/'
const PRESET = 'private/preset'
const PERSON = 'private/person/'
const FILE = 'private/file/'
const PETNAME = 'private/petname/'

/** The user's private records as one device keeps them, a key for each person and file. They do not leave it. */
export class DeviceRecords implements PrivateRecords {
  readonly #store: Store
  readonly #events = new Emitter<{ readonly change: undefined }>()
  readonly #petnames: Map<PersonId, string>
  #trust: TrustSettings

  private constructor(store: Store, trust: TrustSettings, petnames: Map<PersonId, string>) {
    this.#store = store
    this.#trust = trust
    this.#petnames = petnames
  }

  static async open(store: Store): Promise<DeviceRecords> {
    const all = await storedIn(store)
    const under = (prefix: string): readonly (readonly [string, StoredValue])[] =>
      all.filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value])
    const trust = trustSettingsFrom({
      preset: all.find(([key]) => key === PRESET)?.[1],
      people: under(PERSON),
      allowedFiles: under(FILE).map(([file]) => file),
    })
    const petnames = new Map<PersonId, string>()
    for (const [text, name] of under(PETNAME)) {
      const person = parseId<PersonId>(text)
      if (person !== undefined && typeof name === 'string') petnames.set(person, cleanName(name))
    }
    return new DeviceRecords(store, trust, petnames)
  }

  get trust(): TrustSettings {
    return this.#trust
  }

  petnameOf(person: PersonId): string | undefined {
    return this.#petnames.get(person)
  }

  setPreset(preset: TrustPreset): Promise<Result<void, 'not-stored'>> {
    return this.#write([{ kind: 'put', key: PRESET, value: preset }], () => {
      this.#trust = { ...this.#trust, preset }
    })
  }

  setPeople(people: readonly PersonId[], change: Partial<PersonSetting>): Promise<Result<void, 'not-stored'>> {
    const changed = people.map((person) => [person, { ...personSettingOf(this.#trust, person), ...change }] as const)
    const changes = changed.map(([person, setting]): Change => {
      return { kind: 'put', key: PERSON + person, value: storedSetting(setting) }
    })
    return this.#write(changes, () => {
      for (const person of people) this.#trust = withPersonSetting(this.#trust, person, change)
    })
  }

  setPetname(person: PersonId, name: string | undefined): Promise<Result<void, 'not-stored'>> {
    const clean = cleanName(name ?? '')
    const key = PETNAME + person
    return this.#write([clean === '' ? { kind: 'delete', key } : { kind: 'put', key, value: clean }], () => {
      if (clean === '') this.#petnames.delete(person)
      else this.#petnames.set(person, clean)
    })
  }

  allowFile(file: FileHash, isAllowed: boolean): Promise<Result<void, 'not-stored'>> {
    const key = FILE + file
    return this.#write([isAllowed ? { kind: 'put', key, value: true } : { kind: 'delete', key }], () => {
      const allowedFiles = new Set(this.#trust.allowedFiles)
      if (isAllowed) allowedFiles.add(file)
      else allowedFiles.delete(file)
      this.#trust = { ...this.#trust, allowedFiles }
    })
  }

  on(name: 'change', listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Nothing counts that would be gone after a reload. */
  async #write(changes: readonly Change[], apply: () => void): Promise<Result<void, 'not-stored'>> {
    if (!(await this.#store.write(changes, { durable: true })).ok) return rejected('not-stored')
    apply()
    this.#events.emit('change', undefined)
    return accepted(undefined)
  }
}

/** Where it can't be read, which the store itself tells, everybody is a stranger: nobody may do more than before. */
async function storedIn(store: Store): Promise<readonly StoredEntry[]> {
  try {
    return await store.range({ from: PREFIX, to: `${PREFIX}~` })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return []
  }
}

/** Without what is not set: a store has no undefined. */
const storedSetting = ({ level, isVerified, followsBlocks, allowances }: PersonSetting): StoredValue => ({
  ...(level !== undefined && { level }),
  isVerified,
  followsBlocks,
  allowances: Object.fromEntries(Object.entries(allowances).map(([kind, cell]) => [kind, { ...cell }])),
})
