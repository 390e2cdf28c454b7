/**
 * The browser's database as a `Store`. Writes that wait while a transaction runs go into the next one together
 * (group commit): one transaction costs about a millisecond however much it carries, a keystroke must not queue
 * behind a hundred of them.
 */
import { accepted, rejected, type Result } from '../base/result.ts'
import { mayLoseAll, renewLog } from './renew-log.ts'
import {
  copyOf,
  failureOf,
  StoreError,
  written,
  type Change,
  type RangeQuery,
  type Store,
  type StoredEntry,
  type StoredValue,
  type StoreFailure,
} from './store.ts'

const SCHEMA_VERSION = 1
const ENTRIES = 'entries'
/** Changes in one transaction. More would keep readers waiting for longer than a frame. */
const GROUP_CHANGES_MAX = 2_000

/**
 * `unavailable`: no database here (a private window, blocked by settings, a broken profile); `blocked`: another tab
 * holds the database and does not let go; `newer-version`: written by a newer build; `full`: no room to create it.
 */
export type OpenFailure = 'unavailable' | 'blocked' | 'newer-version' | 'full'

export interface IndexedDbOptions {
  /** The platform's factory, or undefined where there is none. */
  readonly factory?: IDBFactory | undefined
  /** Called before the store is there when the browser has given up a damaged database and begins an empty one. */
  readonly onDataLoss?: ((detail: string) => void) | undefined
}

/** Opens or creates the database `name`. Never throws: without a database the caller goes on in memory and says so. */
export async function openIndexedDbStore(
  name: string,
  { onDataLoss, ...options }: IndexedDbOptions = {},
): Promise<Result<Store, OpenFailure>> {
  let factory: IDBFactory | undefined
  try {
    factory = 'factory' in options ? options.factory : globalThis.indexedDB
  } catch (error) {
    return rejected('unavailable', String(error))
  }
  if (!factory) return rejected('unavailable', 'this platform has no IndexedDB')
  const opened = await openDatabase(factory, name, onDataLoss)
  if (!opened.ok) return opened
  // First: from here on it lets go when another tab wants to upgrade.
  const store = new IndexedDbStore(opened.value)
  // Before anything is written that must not be lost.
  if (mayLoseAll()) await renewLog(factory)
  return accepted(store)
}

function openDatabase(
  factory: IDBFactory,
  name: string,
  onDataLoss: IndexedDbOptions['onDataLoss'],
): Promise<Result<IDBDatabase, OpenFailure>> {
  return new Promise((resolve) => {
    let request: IDBOpenDBRequest
    try {
      request = factory.open(name, SCHEMA_VERSION)
    } catch (error) {
      resolve(rejected('unavailable', String(error)))
      return
    }
    let settled = false
    const settle = (result: Result<IDBDatabase, OpenFailure>) => {
      settled = true
      resolve(result)
    }
    request.addEventListener('upgradeneeded', (event) => {
      const loss = lossOf(event)
      if (loss !== undefined) onDataLoss?.(loss)
      if (!request.result.objectStoreNames.contains(ENTRIES)) request.result.createObjectStore(ENTRIES)
    })
    request.addEventListener('blocked', () => {
      settle(rejected('blocked', 'another tab keeps the database'))
    })
    request.addEventListener('error', (event) => {
      event.preventDefault()
      settle(openFailureOf(request.error))
    })
    request.addEventListener('success', () => {
      // Let go of a database that became free only after the caller was told that it is blocked.
      if (settled) request.result.close()
      else settle(accepted(request.result))
    })
  })
}

/** Chromium alone says it. */
function lossOf(event: IDBVersionChangeEvent): string | undefined {
  if (!('dataLoss' in event) || event.dataLoss === 'none') return undefined
  return 'dataLossMessage' in event ? String(event.dataLossMessage) : String(event.dataLoss)
}

function openFailureOf(error: DOMException | null): Result<never, OpenFailure> {
  const detail = `${error?.name}: ${error?.message}`
  if (error?.name === 'VersionError') return rejected('newer-version', detail)
  if (error?.name === 'QuotaExceededError') return rejected('full', detail)
  return rejected('unavailable', detail)
}

interface PendingWrite {
  readonly changes: readonly Change[]
  readonly durable: boolean
  readonly settle: (result: Result<void, StoreFailure>) => void
}

class IndexedDbStore implements Store {
  readonly persistent = true
  readonly #database: IDBDatabase
  #pending: PendingWrite[] = []
  /** The loop that empties `#pending`, while there is one. */
  #writing: Promise<void> | undefined
  #closed = false

  constructor(database: IDBDatabase) {
    this.#database = database
    // A newer build in another tab wants to upgrade, or the user deletes the site's data: holding on would block it.
    database.addEventListener('versionchange', () => {
      void this.close()
    })
    database.addEventListener('close', () => {
      this.#closed = true
    })
  }

  async get(key: string): Promise<StoredValue | undefined> {
    return await this.#read((entries) => entries.get(key) as IDBRequest<StoredValue | undefined>)
  }

  async range({ from, to, limit, reverse = false }: RangeQuery): Promise<readonly StoredEntry[]> {
    if (from >= to || limit === 0) return []
    const keyRange = IDBKeyRange.bound(from, to, false, true)
    if (reverse) return await this.#rangeReversed(keyRange, limit ?? Infinity)
    let keys: IDBRequest<IDBValidKey[]> | undefined
    const values = await this.#read((entries) => {
      // Two requests of one transaction see the same state; the first has its result before the second.
      keys = entries.getAllKeys(keyRange, limit)
      return entries.getAll(keyRange, limit) as IDBRequest<StoredValue[]>
    })
    return (keys?.result ?? []).map((key, index) => [key as string, values[index] ?? null] as const)
  }

  write(changes: readonly Change[], { durable }: { readonly durable: boolean }): Promise<Result<void, StoreFailure>> {
    if (this.#closed) return Promise.resolve(rejected('closed'))
    if (changes.length === 0) return Promise.resolve(written())
    let copies: readonly Change[]
    try {
      copies = changes.map((change) => (change.kind === 'put' ? { ...change, value: copyOf(change.value) } : change))
    } catch (error) {
      return Promise.resolve(failureOf(error))
    }
    return new Promise((settle) => {
      this.#pending.push({ changes: copies, durable, settle })
      this.#writing ??= this.#writePending()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#writing
    this.#database.close()
  }

  async #writePending(): Promise<void> {
    // Lets the other writes of this turn join the first transaction.
    await Promise.resolve()
    while (this.#pending.length > 0) {
      const group = this.#takeGroup()
      const result = await this.#commit(group)
      if (result.ok || group.length === 1) {
        for (const write of group) write.settle(result)
        continue
      }
      // One that cannot be written must not fail the others: a deletion still works on a full disk.
      for (const write of group) write.settle(await this.#commit([write]))
    }
    this.#writing = undefined
  }

  #takeGroup(): PendingWrite[] {
    let changes = 0
    let length = 0
    for (const write of this.#pending) {
      changes += write.changes.length
      if (length > 0 && changes > GROUP_CHANGES_MAX) break
      length++
    }
    return this.#pending.splice(0, length)
  }

  #commit(group: readonly PendingWrite[]): Promise<Result<void, StoreFailure>> {
    return new Promise((resolve) => {
      let transaction: IDBTransaction | undefined
      try {
        const durability = group.some((write) => write.durable) ? 'strict' : 'relaxed'
        transaction = this.#database.transaction(ENTRIES, 'readwrite', { durability })
        settleWith(transaction, resolve)
        const entries = transaction.objectStore(ENTRIES)
        for (const write of group) for (const change of write.changes) apply(entries, change)
        transaction.commit()
      } catch (error) {
        resolve(this.#closed ? rejected('closed', String(error)) : failureOf(error))
        try {
          transaction?.abort()
        } catch {
          // It has ended by itself already.
        }
      }
    })
  }

  async #rangeReversed(keyRange: IDBKeyRange, limit: number): Promise<readonly StoredEntry[]> {
    return await this.#transact<readonly StoredEntry[]>((entries, resolve) => {
      const found: StoredEntry[] = []
      const request = entries.openCursor(keyRange, 'prev')
      request.addEventListener('success', () => {
        const cursor = request.result
        if (!cursor) {
          resolve(found)
          return
        }
        found.push([cursor.key as string, cursor.value as StoredValue])
        if (found.length >= limit) resolve(found)
        else cursor.continue()
      })
    })
  }

  #read<T>(ask: (entries: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return this.#transact<T>((entries, resolve) => {
      const request = ask(entries)
      request.addEventListener('success', () => {
        resolve(request.result)
      })
    })
  }

  #transact<T>(body: (entries: IDBObjectStore, resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        reject(new StoreError(this.#closed ? 'closed' : failureOf(error).reason, { cause: error }))
      }
      if (this.#closed) {
        fail(undefined)
        return
      }
      try {
        const transaction = this.#database.transaction(ENTRIES, 'readonly')
        transaction.addEventListener('abort', () => {
          fail(transaction.error)
        })
        body(transaction.objectStore(ENTRIES), resolve)
      } catch (error) {
        fail(error)
      }
    })
  }
}

function apply(entries: IDBObjectStore, change: Change): void {
  switch (change.kind) {
    case 'put':
      entries.put(change.value, change.key)
      return
    case 'delete':
      entries.delete(change.key)
      return
    case 'delete-range':
      if (change.from < change.to) entries.delete(IDBKeyRange.bound(change.from, change.to, false, true))
  }
}

function settleWith(transaction: IDBTransaction, settle: (result: Result<void, StoreFailure>) => void): void {
  transaction.addEventListener('complete', () => {
    settle(written())
  })
  // A failed request aborts its transaction, so failures of all kinds arrive here.
  transaction.addEventListener('abort', () => {
    settle(failureOf(transaction.error))
  })
}
