import { rejected } from '../../src/base/result.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import {
  StoreError,
  type Change,
  type RangeQuery,
  type Store,
  type StoredValue,
  type StoreFailure,
} from '../../src/storage/store.ts'

const ALL: RangeQuery = { from: '', to: '\uffff' }

/** What stays when the page goes: a store that closing does not end, with the accidents that happen to disks. */
export class Disk implements Store {
  readonly persistent = true
  /** Set to make every later write fail. */
  failure: StoreFailure | undefined
  /** Set to make every later read from keys fail that begin so. */
  unreadable: string | undefined
  /** Set to let later writes reach the disk only when it resolves. */
  slowed: Promise<void> | undefined
  readonly #values: MemoryStore

  constructor(values = new MemoryStore()) {
    this.#values = values
  }

  get(key: string): Promise<StoredValue | undefined> {
    return this.#values.get(key)
  }
  range(query: RangeQuery): ReturnType<Store['range']> {
    const isUnreadable = this.unreadable !== undefined && query.from.startsWith(this.unreadable)
    return isUnreadable ? Promise.reject(new StoreError('failed')) : this.#values.range(query)
  }
  async write(changes: readonly Change[]): ReturnType<Store['write']> {
    await this.slowed
    return this.failure === undefined ? this.#values.write(changes) : rejected(this.failure)
  }
  close(): Promise<void> {
    return Promise.resolve()
  }

  /** A copy as it is now: a backup, or one of two machines made from one image. */
  async copy(): Promise<Disk> {
    const values = new MemoryStore()
    const entries = await this.#values.range(ALL)
    await values.write(entries.map(([key, value]) => ({ kind: 'put', key, value })))
    return new Disk(values)
  }

  async keys(prefix: string): Promise<readonly string[]> {
    const entries = await this.#values.range({ from: prefix, to: `${prefix}~` })
    return entries.map(([key]) => key)
  }

  /** What a bad sector leaves of a record. */
  async damage(key: string): Promise<void> {
    await this.#values.write([{ kind: 'put', key, value: new Uint8Array([7, 7, 7]) }])
  }
}
