import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FRAME_BYTES_MAX, Reassembler } from '../../src/transport/framing.ts'
import { LaneScheduler } from '../../src/transport/lane-scheduler.ts'
import { LANES, MESSAGE_BYTES_MAX, QUEUE_BYTES_MAX, type Lane } from '../../src/transport/link.ts'

const WINDOW = 65_536
const sized = (length: number) => new Uint8Array(length)

describe('the lane scheduler', () => {
  it('[LN1] sends the frames of a lane only while none waits above it', () => {
    const lane = fc.constantFrom(...LANES)
    const action = fc.oneof(fc.record({ lane, size: fc.nat(60_000) }), fc.constant('take' as const))
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const scheduler = new LaneScheduler()
        for (const each of actions) {
          if (each !== 'take') {
            scheduler.offer(each.lane, sized(each.size))
            continue
          }
          const waiting = LANES.find((name) => scheduler.queuedBytes(name) > 0)
          const next = scheduler.take(0, WINDOW)
          // An empty message waits without bytes, so it may come before those that have some.
          if (next && waiting) assert.ok(LANES.indexOf(next.lane) <= LANES.indexOf(waiting))
          if (next) assert.ok(next.frame.length <= FRAME_BYTES_MAX)
        }
      }),
    )
  })

  it('[LN1] lets a keystroke pass a file after the frame that is being sent', () => {
    const scheduler = new LaneScheduler()
    scheduler.offer('bulk', sized(1_000_000))
    assert.equal(scheduler.take(0, WINDOW)?.lane, 'bulk')
    scheduler.offer('control', sized(60))
    assert.equal(scheduler.take(WINDOW * 4, WINDOW)?.lane, 'control')
    assert.equal(scheduler.take(0, WINDOW)?.lane, 'bulk')
  })

  it('[LN2] sends the messages of a lane in their order, and their frames so that they can be put together', () => {
    const scheduler = new LaneScheduler()
    const sizes = [0, 5, 40_000, 16_368, 16_369, 1]
    let frames = 0
    for (const size of sizes) scheduler.offer('sync', sized(size))
    const reassembler = new Reassembler('sync')
    const arrived: number[] = []
    const take = () => scheduler.take(0, WINDOW, frames++ % 2 === 0 ? 1_160 : FRAME_BYTES_MAX)
    for (let next = take(); next; next = take()) {
      const result = reassembler.receive(next.frame)
      assert.ok(result.ok)
      assert.equal(next.completes, result.value !== undefined)
      if (result.value) arrived.push(result.value.length)
    }
    assert.deepEqual(arrived, sizes)
    assert.equal(scheduler.queuedBytes('sync'), 0)
  })

  it('[LN3] refuses what the queue cannot hold, but takes any message that fits when it is empty', () => {
    for (const lane of LANES) {
      const scheduler = new LaneScheduler()
      assert.ok(scheduler.offer(lane, sized(MESSAGE_BYTES_MAX[lane])))
      assert.ok(!scheduler.offer(lane, sized(MESSAGE_BYTES_MAX[lane] + 1)))
      while (scheduler.offer(lane, sized(1_000)));
      assert.ok(scheduler.queuedBytes(lane) <= QUEUE_BYTES_MAX[lane])
      assert.ok(scheduler.queuedBytes(lane) > QUEUE_BYTES_MAX[lane] - 1_000)
    }
  })

  it('[LN4] holds sync and bulk back while the network is busy, and control until it holds far too much', () => {
    const blockedAt = (lane: Lane, networkBytes: number) => {
      const scheduler = new LaneScheduler()
      scheduler.offer(lane, sized(10))
      return scheduler.take(networkBytes, WINDOW) === undefined
    }
    for (const lane of ['sync', 'bulk'] as const) {
      assert.ok(!blockedAt(lane, WINDOW - 1))
      assert.ok(blockedAt(lane, WINDOW))
    }
    for (const lane of ['control', 'ephemeral'] as const) {
      assert.ok(!blockedAt(lane, WINDOW * 2))
      assert.ok(blockedAt(lane, WINDOW + 1_048_576))
    }
  })

  it('[LN5] reports a lane that was full once, when a quarter is in use', () => {
    const scheduler = new LaneScheduler()
    while (scheduler.offer('control', sized(10_000)));
    while (scheduler.queuedBytes('control') > QUEUE_BYTES_MAX.control / 4) {
      assert.deepEqual(scheduler.takeDrained(), [])
      scheduler.take(0, WINDOW)
    }
    assert.deepEqual(scheduler.takeDrained(), ['control'])
    assert.deepEqual(scheduler.takeDrained(), [])
  })
})
