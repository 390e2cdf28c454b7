import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  HELD_BYTES_MAX,
  HELD_BYTES_PER_FEED_MAX,
  HELD_ENTRIES_PER_FEED_MAX,
  HoldQueue,
  type HeldEntry,
} from '../../src/document/hold-queue.ts'
import { feedNamed } from './replica.ts'

const entry = (name: string, seq: number, sizeBytes: number): HeldEntry => ({
  feed: feedNamed(name),
  seq,
  body: new Uint8Array(sizeBytes),
})

describe('the queue of held entries', () => {
  it('[D6] gives entries back by feed and position', () => {
    const queue = new HoldQueue()
    const first = entry('Alice', 3, 10)
    assert.deepEqual(queue.add(first), [])
    assert.equal(queue.take(feedNamed('Bob'), 3), undefined)
    assert.equal(queue.take(feedNamed('Alice'), 3), first)
    assert.equal(queue.take(feedNamed('Alice'), 3), undefined)
    assert.equal(queue.sizeBytes, 0)
  })

  it('[D6] keeps the earliest of a feed that has too many', () => {
    const queue = new HoldQueue()
    for (let seq = 0; seq < HELD_ENTRIES_PER_FEED_MAX; seq++)
      assert.deepEqual(queue.add(entry('Alice', seq + 1, 0)), [])
    const late = entry('Alice', 5000, 0)
    assert.deepEqual(queue.add(late), [late])
    const evicted = queue.add(entry('Alice', 0, 0))
    assert.deepEqual(
      evicted.map(({ seq }) => seq),
      [HELD_ENTRIES_PER_FEED_MAX],
    )
    assert.equal(queue.length, HELD_ENTRIES_PER_FEED_MAX)
  })

  it('[D6] bounds the bytes of a feed', () => {
    const queue = new HoldQueue()
    for (let seq = 0; seq < 100; seq++) queue.add(entry('Alice', seq, 256 * 1024))
    assert(queue.sizeBytes <= HELD_BYTES_PER_FEED_MAX)
    assert(queue.length >= 15)
    assert.equal(queue.get(feedNamed('Alice'), 0)?.seq, 0)
  })

  it('[D6] takes from the feed that has most when the document has too much', () => {
    const queue = new HoldQueue()
    queue.add(entry('small', 0, 1000))
    for (let i = 0; i < 20; i++) {
      for (let seq = 0; seq < 15; seq++) queue.add(entry(`flood ${i}`, seq, 256 * 1024))
    }
    assert(queue.sizeBytes <= HELD_BYTES_MAX)
    assert.notEqual(queue.get(feedNamed('small'), 0), undefined)
    const rest = queue.takeAll(feedNamed('flood 0'))
    assert.deepEqual(
      rest.map(({ seq }) => seq),
      rest.map((_, i) => i),
    )
    for (const held of queue.values()) queue.take(held.feed, held.seq)
    assert.equal(queue.sizeBytes, 0)
    assert.equal(queue.length, 0)
  })
})
