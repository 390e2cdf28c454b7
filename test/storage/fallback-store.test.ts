import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FallbackStore } from '../../src/storage/fallback-store.ts'
import type { Change } from '../../src/storage/store.ts'
import { Disk } from '../peer/disk.ts'

const put = (key: string): Change => ({ kind: 'put', key, value: Uint8Array.of(1) })

describe('a store that others rely on', () => {
  test('refuses what the disk does not take, and takes it when the disk does again', async () => {
    const disk = new Disk()
    const failures: string[] = []
    const store = new FallbackStore(disk, (failure) => void failures.push(failure), false)
    assert.ok((await store.write([put('a')], { durable: true })).ok)
    disk.failure = 'full'
    const refused = await store.write([put('b')], { durable: true })
    assert.deepEqual([refused.ok, failures], [false, ['full']])
    assert.equal(await store.get('b'), undefined)
    disk.failure = undefined
    assert.ok((await store.write([put('c')], { durable: true })).ok)
    const stored = await disk.range({ from: 'a', to: 'd' })
    assert.deepEqual(
      stored.map(([key]) => key),
      ['a', 'c'],
    )
  })
})
