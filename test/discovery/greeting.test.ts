// What greeters do at the doors they stay at, and what happens when somebody asks for the doors to be tried.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ANNOUNCE_INTERVAL_MAX_MS,
  ANNOUNCE_INTERVAL_URGENT_MAX_MS,
  BRIDGE_MS,
  BRIDGES_MAX,
  FAILURES_TO_BREAK,
} from '../../src/discovery/door-event.ts'
import { Bench, bystander, DOORS } from './door-bench.ts'

/** A greeter: meshed, and at a door for good. */
function greeter(): Bench {
  const bench = new Bench()
  bench.step({ type: 'mode', mode: 'super' })
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  bench.step({ type: 'health', name: 'y-webrtc', state: 'open' })
  bench.mesh(8)
  // By then its announcements are as rare as they get.
  bench.runFor(3_600_000)
  bench.log.length = 0
  return bench
}
const told = (bench: Bench): unknown[] =>
  bench.log.flatMap(({ effect }) => (effect.type === 'capacity' ? [[effect.freeSlots, effect.mayDial]] : []))

test('[DP9] a greeter’s announcement makes two links welcome for ten seconds', () => {
  const bench = greeter()
  bench.runFor(6 * ANNOUNCE_INTERVAL_MAX_MS)
  const announced = bench.times('announce', 'y-webrtc')
  assert.ok(announced.length >= 5 && announced.length <= 6, `${announced.length} in an hour`)
  assert.deepEqual(
    told(bench),
    announced.flatMap(() => [
      [BRIDGES_MAX, true],
      [0, false],
    ]),
  )
  assert.deepEqual(
    bench.times('capacity', 'y-webrtc'),
    announced.flatMap((atMs) => [atMs, atMs + BRIDGE_MS]),
  )
})

test('[DP9] a greeter announces when a door that was lost is back, not when it merely opened', () => {
  const bench = greeter()
  bench.step({ type: 'health', name: 'y-webrtc', state: 'open' })
  assert.deepEqual(bench.times('announce', 'y-webrtc'), [])
  bench.step({ type: 'health', name: 'y-webrtc', state: 'connecting' })
  bench.step({ type: 'health', name: 'y-webrtc', state: 'open' })
  assert.deepEqual(bench.times('announce', 'y-webrtc'), [bench.nowMs])
  assert.deepEqual(told(bench), [[BRIDGES_MAX, true]])
})

test('[DP9] a greeter announces when the room was torn, and from then on every half minute', () => {
  const bench = greeter()
  const startMs = bench.nowMs
  bench.mesh(8, { isTorn: true })
  bench.runFor(600_000)
  const times = bench.times('announce', 'y-webrtc')
  assert.ok((times[0] ?? Infinity) - startMs <= 5_000, `first after ${(times[0] ?? Infinity) - startMs} ms`)
  const pauses = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0))
  // One late in its interval, one early in the next.
  assert.ok(Math.max(...pauses) <= ANNOUNCE_INTERVAL_URGENT_MAX_MS * 1.5, pauses.join())
  bench.mesh(8)
  bench.log.length = 0
  bench.runFor(6 * ANNOUNCE_INTERVAL_MAX_MS)
  assert.ok(bench.times('announce', 'y-webrtc').length <= 12, 'rare again when it is not torn any more')
})

test('[DP10] whoever asks has doors that wait their turn opened, and those that are open left alone', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS })
  bench.step({ type: 'health', name: 'y-webrtc', state: 'open' })
  bench.step({ type: 'try' })
  assert.deepEqual(
    bench.open,
    DOORS.map(({ name }) => name),
  )
  assert.equal(bench.times('open', 'y-webrtc').length, 1)
  assert.deepEqual(bench.times('close', 'y-webrtc'), [])
  assert.deepEqual(bench.times('announce', 'y-webrtc'), [])
})

test('[DP10] whoever asks has doors that failed tried at once, however often they failed', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  for (let i = 0; i < FAILURES_TO_BREAK; i++) {
    bench.step({ type: 'health', name: 'y-webrtc', state: 'failed' })
    bench.step({ type: 'try' })
    assert.deepEqual(bench.open, ['y-webrtc'])
  }
})

test('[DP10] doors that are not needed stay closed', () => {
  const bench = new Bench(bystander())
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: DOORS })
  bench.mesh(5)
  bench.runFor(20_000)
  bench.step({ type: 'try' })
  assert.deepEqual(bench.open, [])
})
