import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ASK_FIRST_MS,
  BREAK_MS,
  CROWD_HALF_LIFE_MS,
  CROWD_STALE_MS,
  FAILURES_TO_BREAK,
  GREETER_EPOCH_MS,
  LEAVE_AFTER_MS,
  LINKED_PATIENCE_MS,
  LONELY_MS,
  LONELY_TORN_MS,
  PAUSE_MS,
  REFUSED_PER_MINUTE_MAX,
  RETURN_SPREAD_MS,
  UNMESHED_MS,
} from '../../src/discovery/door-event.ts'
import { greeterEpoch, greetersWanted, isGreeter } from '../../src/discovery/greeter.ts'
import { Bench, bystander, DOORS } from './door-bench.ts'
import { sessionNamed } from './overlay-simulation.ts'

test('[DP1] the doors open one after the other', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS })
  assert.deepEqual(bench.open, ['y-webrtc'])
  bench.runFor(10_000)
  for (const { name, delayMs } of DOORS) assert.deepEqual(bench.times('open', name), [delayMs])
})

test('[DP1] who has his links before a door is due does not open it when he has left', () => {
  const bench = new Bench(bystander())
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: [...DOORS, { name: 'late', network: 'late', delayMs: 60_000 }] })
  bench.mesh(5)
  bench.runFor(100_000)
  assert.deepEqual(bench.times('open', 'late'), [])
})

test('[DP2] whoever is meshed for a second leaves the doors', () => {
  const bench = new Bench(bystander())
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: DOORS })
  bench.runFor(5_000)
  bench.mesh(5)
  bench.runFor(LEAVE_AFTER_MS - 1)
  assert.equal(bench.open.length, 4)
  bench.runFor(1)
  assert.deepEqual(bench.open, [])
  assert.equal(bench.reason('nostr'), 'meshed')
})

test('[DP2] in a room of eight nobody leaves, nor does a super peer ever', () => {
  for (const [members, mode] of [
    [8, 'normal'],
    [1_000, 'super'],
  ] as const) {
    const bench = new Bench(bystander())
    bench.step({ type: 'mode', mode })
    bench.step({ type: 'size', members })
    bench.step({ type: 'doors', list: DOORS })
    bench.mesh(7)
    bench.runFor(60_000)
    assert.equal(bench.open.length, 4)
  }
})

test('[DP3] about as many greet as are wanted, and somebody does in every size of room', () => {
  for (const members of [12, 50, 200, 1_000]) {
    const sessions = Array.from({ length: members }, (_, i) => sessionNamed(`member ${i}`))
    let greeters = 0
    const epochs = 40
    for (let epoch = 0; epoch < epochs; epoch++) {
      const drawn = sessions.filter((session) =>
        isGreeter(session, 'nostr', members, greeterEpoch(session, epoch * GREETER_EPOCH_MS)),
      ).length
      assert.ok(drawn > 0, `${members} members, epoch ${epoch}`)
      greeters += drawn
    }
    const mean = greeters / epochs
    assert.ok(Math.abs(mean - greetersWanted(members)) < 2, `${members} members: ${mean} greeters`)
  }
})

/** Somebody who greets in a room of so many, and not in one of twice that. */
function greeterAmong(members: number, more = 2 * members): string {
  for (let i = 0; ; i++) {
    const session = sessionNamed(`member ${i}`)
    const epoch = greeterEpoch(session, 0)
    const isSoon = greeterEpoch(session, GREETER_EPOCH_MS - 60_000) !== epoch
    if (!isSoon && isGreeter(session, 'y-webrtc', members, epoch) && !isGreeter(session, 'y-webrtc', more, epoch))
      return `member ${i}`
  }
}

test('[DP11] where greeters are far too many the room is taken to be larger, and some of them leave', () => {
  const bench = new Bench(greeterAmong(30))
  bench.step({ type: 'size', members: 30 })
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  bench.mesh(5)
  bench.runFor(10_000)
  assert.equal(bench.reason('y-webrtc'), 'greeting')
  const wanted = greetersWanted(30)
  bench.step({ type: 'standing', name: 'y-webrtc', sessions: 2 * wanted })
  assert.equal(bench.reason('y-webrtc'), 'greeting')
  bench.step({ type: 'standing', name: 'y-webrtc', sessions: 2 * wanted + 1 })
  assert.equal(bench.reason('y-webrtc'), 'meshed')
  assert.deepEqual(bench.open, [])
})

test('[DP11] a network that names any number keeps nobody away who greets in a room eight times as large', () => {
  let name = ''
  for (let i = 0; name === ''; i++) {
    const session = sessionNamed(`member ${i}`)
    if (isGreeter(session, 'y-webrtc', 240, greeterEpoch(session, 0))) name = `member ${i}`
  }
  const bench = new Bench(name)
  bench.step({ type: 'size', members: 30 })
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  bench.mesh(5)
  bench.runFor(2_000)
  for (let i = 0; i < 5; i++) {
    bench.step({ type: 'standing', name: 'y-webrtc', sessions: 1_000_000 })
    bench.runFor(6_000)
  }
  assert.equal(bench.reason('y-webrtc'), 'greeting')
})

/** A greeter of a room of thirty that has just seen a crowd, and nobody new since. */
function afterCrowd(): Bench {
  const bench = new Bench(greeterAmong(30))
  bench.step({ type: 'size', members: 30 })
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  bench.mesh(5)
  bench.runFor(10_000)
  bench.step({ type: 'standing', name: 'y-webrtc', sessions: 5 * greetersWanted(30) })
  assert.equal(bench.reason('y-webrtc'), 'meshed')
  return bench
}

test('[DP11] whoever hears of nobody new for 20 s knows all of the room, whatever crowd came', () => {
  const bench = afterCrowd()
  bench.runFor(CROWD_STALE_MS - 1)
  assert.deepEqual(bench.open, [])
  bench.runFor(1)
  assert.equal(bench.reason('y-webrtc'), 'greeting')
  assert.deepEqual(bench.open, ['y-webrtc'])
})

test('[DP11] a network that says so again and again, while nobody new is heard of, keeps greeters away once', () => {
  const bench = afterCrowd()
  for (let passedMs = 0; passedMs < 4 * CROWD_STALE_MS; passedMs += 5_001) {
    bench.step({ type: 'standing', name: 'y-webrtc', sessions: 1_000_000 })
    bench.runFor(5_001)
  }
  assert.equal(bench.reason('y-webrtc'), 'greeting')
})

test('[DP11] a crowd counts half as much after every two minutes, while more and more members are heard of', () => {
  const bench = afterCrowd()
  const hearFor = (durationMs: number): void => {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 10_000) {
      bench.runFor(10_000)
      for (const members of [29, 30]) bench.step({ type: 'size', members })
    }
  }
  hearFor(2 * CROWD_STALE_MS)
  assert.equal(bench.reason('y-webrtc'), 'meshed')
  hearFor(3 * CROWD_HALF_LIFE_MS)
  assert.equal(bench.reason('y-webrtc'), 'greeting')
})

test('[DP3] a greeter stays at its door until its epoch ends', () => {
  const epochs = new Set<number>()
  for (let i = 0; i < 50; i++) epochs.add(greeterEpoch(sessionNamed(`member ${i}`), GREETER_EPOCH_MS / 2))
  assert.deepEqual(
    [...epochs].toSorted((a, b) => a - b),
    [0, 1],
  )
  const bench = new Bench('Alice')
  bench.step({ type: 'size', members: 20 })
  bench.step({ type: 'doors', list: DOORS })
  bench.mesh(6)
  bench.runFor(40 * GREETER_EPOCH_MS)
  const opened = bench.times('open', 'nostr').length
  assert.ok(opened > 3 && opened < 30, `${opened} times`)
})

test('[DP4] whoever is alone for five seconds is back within the next', () => {
  const bench = new Bench(bystander())
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: DOORS })
  bench.mesh(5)
  bench.runFor(20_000)
  assert.deepEqual(bench.open, [])
  bench.mesh(1)
  bench.runFor(LONELY_MS - 1)
  assert.deepEqual(bench.open, [])
  bench.runFor(RETURN_SPREAD_MS + 1)
  assert.deepEqual(bench.open, ['y-webrtc', 'nostr'].slice(0, bench.open.length))
  assert.ok(bench.open.length > 0)
})

test('[DP4] a short loss brings nobody back', () => {
  const bench = new Bench(bystander())
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: DOORS })
  bench.mesh(5)
  bench.runFor(20_000)
  bench.mesh(1)
  bench.runFor(LONELY_MS - 1)
  bench.mesh(2)
  bench.runFor(UNMESHED_MS - LONELY_MS)
  assert.deepEqual(bench.open, [])
  bench.runFor(LONELY_MS)
  assert.ok(bench.open.length > 0, 'two links for half a minute are too few')
})

test('[DP5] pauses grow, and after five failures the door rests for minutes', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  for (let i = 1; i < FAILURES_TO_BREAK; i++) {
    bench.step({ type: 'health', name: 'y-webrtc', state: 'failed' })
    assert.equal(bench.reason('y-webrtc'), 'backing-off')
    const failedMs = bench.nowMs
    bench.runFor(1_000 * 2 ** (i - 1))
    assert.deepEqual(bench.open, ['y-webrtc'], `after failure ${i} at ${failedMs}`)
  }
  bench.step({ type: 'health', name: 'y-webrtc', state: 'failed' })
  assert.equal(bench.reason('y-webrtc'), 'broken')
  bench.runFor(BREAK_MS / 2 - 1)
  assert.deepEqual(bench.open, [])
  bench.runFor(BREAK_MS)
  assert.deepEqual(bench.open, ['y-webrtc'])
  bench.step({ type: 'health', name: 'y-webrtc', state: 'open' })
  bench.step({ type: 'health', name: 'y-webrtc', state: 'failed' })
  assert.equal(bench.reason('y-webrtc'), 'backing-off')
})

test('[DP5] waking up forgets failures', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  bench.step({ type: 'health', name: 'y-webrtc', state: 'failed' })
  bench.step({ type: 'woken' })
  assert.deepEqual(bench.open, ['y-webrtc'])
})

test('[DP6] announcements become rare, and needless ones are not made', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  bench.mesh(7)
  bench.runFor(3_600_000)
  const alone = bench.times('announce', 'y-webrtc').length
  assert.ok(alone >= 8 && alone <= 16, `${alone} in an hour`)
  const crowd = new Bench()
  crowd.step({ type: 'doors', list: DOORS.slice(0, 1) })
  crowd.mesh(7)
  // The second interval ends, and with it the search.
  crowd.runFor(LEAVE_AFTER_MS + 5_000)
  const before = crowd.times('announce', 'y-webrtc').length
  for (let i = 0; i < 3_600; i++) {
    for (let j = 0; j < 4; j++) crowd.step({ type: 'announce-heard', name: 'y-webrtc' })
    crowd.runFor(1_000)
  }
  assert.equal(crowd.times('announce', 'y-webrtc').length, before)
})

test('[DP7] a greeter pauses when somebody tries keys; who has no link does not', () => {
  for (const links of [6, 0]) {
    const bench = new Bench()
    bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
    bench.mesh(links)
    for (let i = 0; i <= REFUSED_PER_MINUTE_MAX; i++) bench.step({ type: 'refused', name: 'y-webrtc' })
    assert.deepEqual(bench.open, links === 0 ? ['y-webrtc'] : [])
    bench.runFor(PAUSE_MS)
    assert.deepEqual(bench.open, ['y-webrtc'])
  }
})

test('[DP8] doors hear of capacity when they open and when it changed', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS.slice(0, 1) })
  bench.mesh(2)
  bench.mesh(2)
  bench.mesh(3)
  const told = bench.log.flatMap(({ effect }) => (effect.type === 'capacity' ? [effect.freeSlots] : []))
  assert.deepEqual(told, [8, 6, 5])
})

test('[DP8] offline all doors are closed, and online again they open', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS })
  bench.runFor(5_000)
  bench.step({ type: 'network', isOnline: false })
  assert.deepEqual(bench.open, [])
  bench.runFor(60_000)
  bench.step({ type: 'network', isOnline: true })
  bench.runFor(3_000)
  assert.equal(bench.open.length, 4)
})

test('[DP1] a door that is not named any more is closed, the others stay as they are', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS })
  bench.runFor(5_000)
  bench.step({ type: 'doors', list: DOORS.slice(1) })
  assert.deepEqual(bench.open, ['nostr', 'torrent', 'mqtt'])
  assert.equal(bench.times('open', 'nostr').length, 1)
})

test('[DP1] a door that answers is given two and a half seconds before the next is asked too', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS.slice(0, 2) })
  bench.runFor(300)
  bench.step({ type: 'health', name: 'y-webrtc', state: 'open' })
  bench.runFor(10_000)
  assert.deepEqual(bench.times('open', 'nostr'), [300 + ASK_FIRST_MS])
})

test('[DP1] the next door is not waited with when the first stops answering', () => {
  const bench = new Bench()
  bench.step({ type: 'doors', list: DOORS.slice(0, 2) })
  bench.step({ type: 'health', name: 'y-webrtc', state: 'open' })
  bench.runFor(1_000)
  bench.step({ type: 'health', name: 'y-webrtc', state: 'connecting' })
  assert.deepEqual(bench.times('open', 'nostr'), [1_000])
})

test('[DP1] with a first link the mesh is given eight seconds to bring the others', () => {
  const bench = new Bench()
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: DOORS })
  bench.mesh(1)
  bench.runFor(30_000)
  for (const { name, delayMs } of DOORS.slice(1))
    assert.deepEqual(bench.times('open', name), [delayMs + LINKED_PATIENCE_MS])
})

test('[DP4] whose links are all silent is alone, though they are not given up yet', () => {
  const bench = new Bench(bystander())
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: DOORS })
  bench.mesh(5)
  bench.runFor(20_000)
  bench.mesh(5, { isMeshed: false, isAlone: true })
  bench.runFor(LONELY_MS - 1)
  assert.deepEqual(bench.open, [])
  bench.runFor(RETURN_SPREAD_MS + 1)
  assert.equal(bench.open[0], 'y-webrtc')
})

test('[DP4] in a torn room whoever is alone waits half a second', () => {
  const bench = new Bench(bystander())
  bench.step({ type: 'size', members: 1_000 })
  bench.step({ type: 'doors', list: DOORS })
  bench.mesh(5)
  bench.runFor(20_000)
  bench.mesh(1, { isTorn: true })
  bench.runFor(LONELY_TORN_MS + RETURN_SPREAD_MS)
  assert.equal(bench.open[0], 'y-webrtc')
})
