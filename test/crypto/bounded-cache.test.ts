import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoundedCache } from '../../src/crypto/bounded-cache.ts'

test('a full cache forgets what was used longest ago', () => {
  const cache = new BoundedCache<number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  assert.equal(cache.get('a'), 1)
  cache.set('c', 3)
  assert.equal(cache.get('b'), undefined)
  assert.equal(cache.get('a'), 1)
  assert.equal(cache.get('c'), 3)
  assert.equal(cache.size, 2)
})

test('a deleted entry is gone', () => {
  const cache = new BoundedCache<number>(2)
  cache.set('a', 1)
  cache.delete('a')
  assert.equal(cache.get('a'), undefined)
  assert.equal(cache.size, 0)
})

test('setting a key again replaces its value and takes no room', () => {
  const cache = new BoundedCache<number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  cache.set('a', 3)
  assert.equal(cache.size, 2)
  assert.equal(cache.get('a'), 3)
  assert.equal(cache.get('b'), 2)
})
