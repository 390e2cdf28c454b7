import { assert } from '../base/assert.ts'
import type { PersonId } from '../base/ids.ts'
import { STORED_QUOTA_SHARE } from './allowance-table.ts'
import type { Allowances } from './allowance.ts'

export type StoreVerdict = 'stored' | 'not-allowed' | 'person-full' | 'quota-full'

/** How much of what others wrote this device keeps: for each person as their level allows, for all a share of its space. */
export class StorageBudget {
  readonly #usedBytes = new Map<PersonId, number>()
  readonly #allBytesMax: number
  #allBytes = 0

  /** `quotaBytes`: the space that this device gives to rooms at all. */
  constructor({ quotaBytes }: { readonly quotaBytes: number }) {
    this.#allBytesMax = quotaBytes * STORED_QUOTA_SHARE
  }

  usedBytesOf(person: PersonId): number {
    return this.#usedBytes.get(person) ?? 0
  }

  take(item: {
    readonly person: PersonId
    readonly storage: Allowances['storage']
    readonly sizeBytes: number
    readonly isText: boolean
  }): StoreVerdict {
    const { person, storage, sizeBytes, isText } = item
    assert(sizeBytes >= 0, 'a size is not negative')
    if (storage.content === 'none' || (storage.content === 'text' && !isText)) return 'not-allowed'
    const usedBytes = this.usedBytesOf(person) + sizeBytes
    if (usedBytes > storage.sizeBytesMax) return 'person-full'
    if (this.#allBytes + sizeBytes > this.#allBytesMax) return 'quota-full'
    this.#usedBytes.set(person, usedBytes)
    this.#allBytes += sizeBytes
    return 'stored'
  }

  /** Something of theirs was deleted here. */
  release(person: PersonId, sizeBytes: number): void {
    const used = this.usedBytesOf(person)
    const freed = Math.min(used, Math.max(0, sizeBytes))
    this.#allBytes -= freed
    if (used === freed) this.#usedBytes.delete(person)
    else this.#usedBytes.set(person, used - freed)
  }
}
