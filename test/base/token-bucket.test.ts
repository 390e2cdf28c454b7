import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TokenBucket } from '../../src/base/token-bucket.ts'

test('a bucket never gives more than its burst and what has come since', () => {
  const steps = fc.array(
    fc.record({ cost: fc.integer({ min: 1, max: 5 }), waitMs: fc.integer({ min: -50, max: 800 }) }),
  )
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 10 }), (list, burst, perSecond) => {
      const bucket = new TokenBucket({ burst, perSecond, nowMs: 0 })
      let [nowMs, forwardMs, taken] = [0, 0, 0]
      for (const { cost, waitMs } of list) {
        nowMs += waitMs
        forwardMs += Math.max(0, waitMs)
        if (bucket.take(nowMs, cost)) taken += cost
      }
      assert.ok(taken <= burst + (forwardMs / 1000) * perSecond + 1e-6)
    }),
  )
})

test('a bucket that has rested gives its burst again', () => {
  const bucket = new TokenBucket({ burst: 3, perSecond: 1, nowMs: 0 })
  assert.deepEqual([bucket.take(0, 3), bucket.take(999, 1), bucket.take(1000, 1)], [true, false, true])
  assert.deepEqual([bucket.take(1e6, 4), bucket.take(1e6, 3), bucket.take(1e6, 1)], [false, true, false])
})
