import { assert } from 'chai'
import { openIndexedDbStore } from '../../src/storage/indexeddb-store.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { estimateStorage, requestPersistence } from '../../src/storage/storage-persistence.ts'
import type { Change, Store } from '../../src/storage/store.ts'
import { storeContract } from '../storage/store-contract.ts'

const freshName = () => `store-${crypto.randomUUID()}`
const put = (key: string, length = 1): Change => ({ kind: 'put', key, value: new Uint8Array(length) })

async function openStore(name = freshName()): Promise<Store> {
  const opened = await openIndexedDbStore(name)
  if (!opened.ok) throw new Error(`not opened: ${opened.reason}`)
  return opened.value
}

/** A factory whose open requests end with `error`, as the platform's do when the profile is broken. */
const failingFactory = (error: DOMException): IDBFactory =>
  ({
    open: () => {
      const request = Object.assign(new EventTarget(), { error })
      queueMicrotask(() => request.dispatchEvent(new Event('error', { cancelable: true })))
      return request
    },
  }) as unknown as IDBFactory

/** Makes the transactions of one database end as they do on a full disk while `body` runs. */
async function withFullDisk(isRefused: (key: unknown) => boolean, body: () => Promise<void>): Promise<void> {
  const original = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
    if (isRefused(key)) {
      const { transaction } = this
      Object.defineProperty(transaction, 'error', { value: new DOMException('disk full', 'QuotaExceededError') })
      queueMicrotask(() => {
        if (transaction.error) transaction.abort()
      })
    }
    return original.call(this, value, key)
  }
  // A script cannot make the platform abort, so the commit that would beat our abort is held back.
  const commit = IDBTransaction.prototype.commit
  IDBTransaction.prototype.commit = function (this: IDBTransaction) {
    if (!this.error) commit.call(this)
  }
  try {
    await body()
  } finally {
    IDBObjectStore.prototype.put = original
    IDBTransaction.prototype.commit = commit
  }
}

storeContract({ describe, it }, 'memory, in the browser', () => Promise.resolve(new MemoryStore()))
storeContract({ describe, it }, 'IndexedDB', () => openStore())

describe('the IndexedDB store', () => {
  it('gives back after a reopening what it was given before', async () => {
    const name = freshName()
    const first = await openStore(name)
    await first.write([put('a', 5)], { durable: true })
    await first.close()
    const second = await openStore(name)
    assert.deepEqual(await second.get('a'), new Uint8Array(5))
    assert.isTrue(second.persistent)
    await second.close()
  })

  it('leaves nothing of the database that it makes to begin a new log', async () => {
    const name = freshName()
    const store = await openStore(name)
    const names = (await indexedDB.databases()).map((database) => database.name)
    assert.include(names, name)
    assert.notInclude(names, 'parley-log')
    await store.close()
  })

  it('opens though another tab is just beginning a new log', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => openStore()))
    for (const store of stores) {
      assert.isTrue((await store.write([put('a')], { durable: true })).ok)
      await store.close()
    }
  })

  it('tells of no loss where there was nothing', async () => {
    const losses: string[] = []
    const opened = await openIndexedDbStore(freshName(), { onDataLoss: (detail) => losses.push(detail) })
    assert.deepEqual(losses, [])
    if (opened.ok) await opened.value.close()
  })

  it('puts writes that wait into one transaction', async () => {
    const store = await openStore()
    let transactions = 0
    const begin = IDBDatabase.prototype.transaction
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...parameters: Parameters<typeof begin>) {
      transactions++
      return begin.apply(this, parameters)
    }
    try {
      await Promise.all(Array.from({ length: 500 }, (_, i) => store.write([put(`k${i}`)], { durable: false })))
    } finally {
      IDBDatabase.prototype.transaction = begin
    }
    assert.isAtMost(transactions, 2)
    await store.close()
  })

  it('asks the platform for a flush if one write of the group asks for it', async () => {
    const store = await openStore()
    const durabilities: (string | undefined)[] = []
    const begin = IDBDatabase.prototype.transaction
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...parameters: Parameters<typeof begin>) {
      durabilities.push(parameters[2]?.durability)
      return begin.apply(this, parameters)
    }
    try {
      await Promise.all([
        store.write([put('a')], { durable: false }),
        store.write([put('b')], { durable: true }),
        store.write([put('c')], { durable: false }),
      ])
      await store.write([put('d')], { durable: false })
    } finally {
      IDBDatabase.prototype.transaction = begin
    }
    assert.deepEqual(durabilities, ['strict', 'relaxed'])
    await store.close()
  })

  it('says full on a full disk, writes the others of the group, and goes on when there is room again', async () => {
    const store = await openStore()
    await withFullDisk(
      (key) => key === 'big',
      async () => {
        const [before, big, after, removal] = await Promise.all([
          store.write([put('before')], { durable: true }),
          store.write([put('half'), put('big')], { durable: true }),
          store.write([put('after')], { durable: true }),
          store.write([{ kind: 'delete', key: 'before' }], { durable: true }),
        ])
        assert.isTrue(before.ok)
        assert.isTrue(after.ok)
        assert.isTrue(removal.ok)
        assert.isFalse(big.ok)
        if (!big.ok) assert.equal(big.reason, 'full')
      },
    )
    assert.isUndefined(await store.get('half'))
    assert.isUndefined(await store.get('before'))
    assert.isTrue((await store.write([put('big')], { durable: true })).ok)
    await store.close()
  })

  it('lets go of the database when another tab deletes it, and says closed from then on', async () => {
    const name = freshName()
    const store = await openStore(name)
    await store.write([put('a')], { durable: true })
    await new Promise<void>((resolve, reject) => {
      const deletion = indexedDB.deleteDatabase(name)
      deletion.addEventListener('success', () => {
        resolve()
      })
      deletion.addEventListener('error', () => {
        reject(new Error('not deleted'))
      })
    })
    const late = await store.write([put('a')], { durable: true })
    assert.isFalse(late.ok)
    if (!late.ok) assert.equal(late.reason, 'closed')
  })
})

describe('opening the IndexedDB store', () => {
  const reasonOf = async (factory: IDBFactory | undefined, name = freshName()) => {
    const opened = await openIndexedDbStore(name, { factory })
    return opened.ok ? 'opened' : opened.reason
  }

  it('is refused as unavailable where there is no database', async () => {
    assert.equal(await reasonOf(undefined), 'unavailable')
  })

  it('is refused as unavailable where the settings forbid it', async () => {
    const forbidden = {
      open: () => {
        throw new DOMException('denied', 'SecurityError')
      },
    } as unknown as IDBFactory
    assert.equal(await reasonOf(forbidden), 'unavailable')
    assert.equal(await reasonOf(failingFactory(new DOMException('broken profile', 'UnknownError'))), 'unavailable')
  })

  it('is refused as full where there is no room for it', async () => {
    assert.equal(await reasonOf(failingFactory(new DOMException('no room', 'QuotaExceededError'))), 'full')
  })

  it('is refused when a newer build has written the database', async () => {
    const name = freshName()
    const newer = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open(name, 99)
      request.addEventListener('success', () => {
        resolve(request.result)
      })
    })
    newer.close()
    assert.equal(await reasonOf(indexedDB, name), 'newer-version')
  })

  it('is refused as blocked when another tab holds an older database, and does not hold it afterwards', async () => {
    const closed: string[] = []
    const database = {
      close: () => {
        closed.push('closed')
      },
    }
    const request = Object.assign(new EventTarget(), { result: database })
    const factory = { open: () => request } as unknown as IDBFactory
    const opening = reasonOf(factory)
    request.dispatchEvent(new Event('blocked'))
    assert.equal(await opening, 'blocked')
    request.dispatchEvent(new Event('success'))
    assert.deepEqual(closed, ['closed'])
  })
})

describe('storage persistence', () => {
  it('tells what the browser says, and never throws', async () => {
    assert.include(['persistent', 'best-effort', 'unknown'], await requestPersistence())
    const estimate = await estimateStorage()
    assert.isAbove(estimate?.quotaBytes ?? 0, 0)
    const broken = {
      persist: () => Promise.resolve(true),
      persisted: () => Promise.reject(new TypeError('no')),
    } as unknown as StorageManager
    assert.equal(await requestPersistence(broken), 'unknown')
    assert.isUndefined(await estimateStorage({} as StorageManager))
  })
})
