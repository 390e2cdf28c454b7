import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LISTENERS_MAX, TopicCrowd } from '../../src/transport/topic-crowd.ts'
import { seeded } from '../discovery/overlay-simulation.ts'

const first = (): number => 0

describe('a crowd at a topic', () => {
  it('[YD11] is none up to 32 who listen', () => {
    const crowd = new TopicCrowd(first)
    assert.equal(crowd.counted(LISTENERS_MAX, 0), undefined)
    assert.notEqual(crowd.counted(LISTENERS_MAX + 1, 0), undefined)
  })

  it('[YD11] leaves about 24, whatever its size, when all hear the same number', () => {
    for (const size of [40, 100, 1_000]) {
      const random = seeded(size)
      let left = 0
      const rounds = 50
      for (let round = 0; round < rounds; round++)
        for (let i = 0; i < size; i++) if (new TopicCrowd(random).counted(size, 0) === undefined) left++
      assert.ok(Math.abs(left / rounds - 24) < 3, `${size}: ${left / rounds} stay`)
    }
  })

  it('[YD11] draws no lot for what was counted before the others had left', () => {
    // Stays the first time, and would leave with the second lot.
    const lots = [0.999, 0, 0]
    const crowd = new TopicCrowd(() => lots.shift() ?? 0)
    assert.equal(crowd.counted(100, 1_000), undefined)
    assert.equal(crowd.counted(100, 1_500), undefined)
    assert.equal(crowd.counted(24, 1_600), undefined)
    assert.equal(crowd.counted(100, 3_000), 5_000)
  })

  it('[YD11] whoever left comes back after 5 to 10 s', () => {
    assert.equal(new TopicCrowd(first).counted(100, 0), 5_000)
    const lots = [0, 0.5]
    assert.equal(new TopicCrowd(() => lots.shift() ?? 0).counted(100, 0), 7_500)
  })
})
