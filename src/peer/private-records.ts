/** What the user keeps for themselves. It reaches their own devices and nobody else. */
import type { PersonId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import type { FileHash, PersonSetting, TrustPreset, TrustSettings } from '../trust/settings.ts'

export interface PrivateRecords {
  /** Never changed in place: another object after each change. */
  readonly trust: TrustSettings
  /** The user's own name for somebody. */
  petnameOf(person: PersonId): string | undefined
  setPreset(preset: TrustPreset): Promise<Result<void, 'not-stored'>>
  /** One step, for one person or many at once. */
  setPeople(people: readonly PersonId[], change: Partial<PersonSetting>): Promise<Result<void, 'not-stored'>>
  /** Undefined or an empty name takes it back. */
  setPetname(person: PersonId, name: string | undefined): Promise<Result<void, 'not-stored'>>
  allowFile(file: FileHash, isAllowed: boolean): Promise<Result<void, 'not-stored'>>
  on(name: 'change', listener: () => void): () => void
}
