import { rejected, type Result } from '../base/result.ts'
import {
  copyOf,
  StoreError,
  written,
  type Change,
  type RangeQuery,
  type Store,
  type StoredEntry,
  type StoredValue,
  type StoreFailure,
} from './store.ts'

/** Keeps everything in memory: for tests, the simulator, and a page whose database cannot be opened. */
export class MemoryStore implements Store {
  readonly persistent = false
  readonly #values = new Map<string, StoredValue>()
  /** The keys of `#values`, in order. */
  #keys: string[] = []
  #closed = false

  get(key: string): Promise<StoredValue | undefined> {
    if (this.#closed) return Promise.reject(new StoreError('closed'))
    const value = this.#values.get(key)
    return Promise.resolve(value === undefined ? undefined : copyOf(value))
  }

  range({ from, to, limit = Infinity, reverse = false }: RangeQuery): Promise<readonly StoredEntry[]> {
    if (this.#closed) return Promise.reject(new StoreError('closed'))
    const start = this.#positionOf(from)
    const end = Math.max(start, this.#positionOf(to))
    const count = Math.max(0, Math.min(limit, end - start))
    const keys = reverse ? this.#keys.slice(end - count, end).toReversed() : this.#keys.slice(start, start + count)
    return Promise.resolve(keys.map((key) => [key, copyOf(this.#values.get(key) ?? null)] as const))
  }

  write(changes: readonly Change[]): Promise<Result<void, StoreFailure>> {
    if (this.#closed) return Promise.resolve(rejected('closed'))
    // Copied first, so that a value that cannot be copied leaves nothing half written.
    let copies: readonly Change[]
    try {
      copies = changes.map((change) => (change.kind === 'put' ? { ...change, value: copyOf(change.value) } : change))
    } catch (error) {
      return Promise.resolve(rejected('failed', String(error)))
    }
    for (const change of copies) this.#apply(change)
    return Promise.resolve(written())
  }

  close(): Promise<void> {
    this.#closed = true
    return Promise.resolve()
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case 'put':
        if (!this.#values.has(change.key)) this.#keys.splice(this.#positionOf(change.key), 0, change.key)
        this.#values.set(change.key, change.value)
        return
      case 'delete':
        if (this.#values.delete(change.key)) this.#keys.splice(this.#positionOf(change.key), 1)
        return
      case 'delete-range': {
        const start = this.#positionOf(change.from)
        const end = Math.max(start, this.#positionOf(change.to))
        for (const key of this.#keys.splice(start, end - start)) this.#values.delete(key)
      }
    }
  }

  /** The position of the first key that is not below `key`. */
  #positionOf(key: string): number {
    const last = this.#keys.at(-1)
    if (last === undefined || last < key) return this.#keys.length
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#keys[middle] ?? '') < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
