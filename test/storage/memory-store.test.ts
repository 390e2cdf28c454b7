import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { openIndexedDbStore } from '../../src/storage/indexeddb-store.ts'
import type { Change } from '../../src/storage/store.ts'
import { storeContract } from './store-contract.ts'

storeContract({ describe, it }, 'memory', () => Promise.resolve(new MemoryStore()))

describe('the memory store', () => {
  it('says that nothing outlives the page', () => {
    assert.equal(new MemoryStore().persistent, false)
  })

  it('holds what a plain map would hold after any changes', async () => {
    const key = fc.string({ maxLength: 3 })
    const change: fc.Arbitrary<Change> = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key, value: fc.integer() }),
      fc.record({ kind: fc.constant('delete' as const), key }),
      fc.record({ kind: fc.constant('delete-range' as const), from: key, to: key }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 40 }), key, key, async (changes, from, to) => {
        const store = new MemoryStore()
        const model = new Map<string, unknown>()
        for (const each of changes) {
          if (each.kind === 'put') model.set(each.key, each.value)
          else if (each.kind === 'delete') model.delete(each.key)
          else for (const name of model.keys()) if (name >= each.from && name < each.to) model.delete(name)
        }
        await store.write(changes)
        const expected = [...model]
          .filter(([name]) => name >= from && name < to)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
        assert.deepEqual(await store.range({ from, to }), expected)
        assert.deepEqual(await store.range({ from, to, reverse: true }), expected.toReversed())
      }),
    )
  })
})

describe('opening IndexedDB where there is none', () => {
  it('is refused with a reason and does not throw', async () => {
    const opened = await openIndexedDbStore('room')
    assert.equal(opened.ok, false)
    if (!opened.ok) assert.equal(opened.reason, 'unavailable')
  })
})
