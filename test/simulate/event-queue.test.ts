import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventQueue } from './event-queue.ts'
import { SeededRandom } from './seeded-random.ts'

test('events come in order of time, and those of one instant in the order in which they were asked for', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new SeededRandom(seed)
    const queue = new EventQueue<{ atMs: number; order: number }>()
    const taken: { atMs: number; order: number }[] = []
    let order = 0
    while (order < 3_000) {
      const nowMs = taken.at(-1)?.atMs ?? 0
      if (random.isHit(0.6)) {
        // Few different times, so that many events share one.
        const atMs = nowMs + random.below(20)
        queue.push(atMs, { atMs, order: order++ })
      } else {
        const event = queue.pop()
        if (event) taken.push(event)
      }
    }
    for (let event = queue.pop(); event; event = queue.pop()) taken.push(event)
    assert.equal(taken.length, order, `seed ${seed}`)
    for (const [i, event] of taken.entries()) {
      const before = taken[i - 1]
      const isInOrder =
        !before || before.atMs < event.atMs || (before.atMs === event.atMs && before.order < event.order)
      assert(isInOrder, `seed ${seed}: ${JSON.stringify(before)} before ${JSON.stringify(event)}`)
    }
  }
})
