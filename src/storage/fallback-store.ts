import { MemoryStore } from './memory-store.ts'
import {
  StoreError,
  type Change,
  type RangeQuery,
  type Store,
  type StoredEntry,
  type StoredValue,
  type StoreFailure,
  type WriteOptions,
} from './store.ts'
import type { Result } from '../base/result.ts'

/**
 * A store that goes on in memory when the one beneath it takes no more writes, or gives nothing back, and says so. The
 * read that found this out throws all the same: what is there is not known to its reader. What was written before
 * can still be read, if anything can; what is written from then on is gone with the page. It never goes back by itself: a store that
 * has lost some writes and taken later ones would hold a history that never was.
 */
export class FallbackStore implements Store {
  readonly #beneath: Store
  readonly #overlay = new MemoryStore()
  readonly #deleted = new Set<string>()
  readonly #onFailure: (failure: StoreFailure) => void
  readonly #hasMemory: boolean
  #failure: StoreFailure | undefined
  #isClosed = false

  /** Without `hasMemory` what the store beneath does not take is refused: for whoever others rely on to have it. */
  constructor(beneath: Store, onFailure: (failure: StoreFailure) => void, hasMemory = true) {
    this.#beneath = beneath
    this.#onFailure = onFailure
    this.#hasMemory = hasMemory
  }

  get persistent(): boolean {
    return this.#beneath.persistent && this.#failure === undefined
  }
  /** Why nothing is kept any more, or undefined while all is well. */
  get failure(): StoreFailure | undefined {
    return this.#failure
  }

  async get(key: string): Promise<StoredValue | undefined> {
    if (this.#isBeneath) return this.#read(() => this.#beneath.get(key))
    const value = await this.#overlay.get(key)
    if (value !== undefined || this.#deleted.has(key)) return value
    return this.#readBeneath(() => this.#beneath.get(key), undefined)
  }

  async range(query: RangeQuery): Promise<readonly StoredEntry[]> {
    if (this.#isBeneath) return this.#read(() => this.#beneath.range(query))
    const { from, to } = query
    const merged = new Map(await this.#readBeneath(() => this.#beneath.range({ from, to }), []))
    for (const key of this.#deleted) merged.delete(key)
    for (const [key, value] of await this.#overlay.range({ from, to })) merged.set(key, value)
    const entries = [...merged].toSorted(([a], [b]) => (a < b ? -1 : 1))
    if (query.reverse === true) entries.reverse()
    return query.limit === undefined ? entries : entries.slice(0, query.limit)
  }

  async write(changes: readonly Change[], options: WriteOptions): Promise<Result<void, StoreFailure>> {
    if (this.#isBeneath) {
      const result = await this.#beneath.write(changes, options)
      if (result.ok || this.#isClosed) return result
      this.#fail(result.reason)
      if (!this.#hasMemory) return result
    }
    return this.#writeToOverlay(changes)
  }

  get #isBeneath(): boolean {
    return this.#failure === undefined || !this.#hasMemory
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#overlay.close()
    await this.#beneath.close()
  }

  #fail(failure: StoreFailure): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    this.#onFailure(failure)
  }

  async #writeToOverlay(changes: readonly Change[]): Promise<Result<void, StoreFailure>> {
    for (const change of changes) {
      if (change.kind === 'put') this.#deleted.delete(change.key)
      else if (change.kind === 'delete') this.#deleted.add(change.key)
      else for (const [key] of await this.range({ from: change.from, to: change.to })) this.#deleted.add(key)
    }
    return this.#overlay.write(changes)
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (error instanceof StoreError && !this.#isClosed) this.#fail(error.failure)
      throw error
    }
  }

  async #readBeneath<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await read()
    } catch {
      return otherwise // it has failed already and said so; memory is all there is
    }
  }
}
