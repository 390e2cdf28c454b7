import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { idFromBytes, type SessionId } from '../../src/base/ids.ts'
import type { Environment } from '../../src/peer/environment.ts'
import { LazyDoor } from '../../src/peer/lazy-door.ts'
import { MeshDoors } from '../../src/peer/mesh-doors.ts'
import type { Door, DoorHealth, DoorSession, DoorState } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { device } from './meeting.ts'

/** Time that passes when it is told to. */
class Hours {
  nowMs = 1_000_000
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>()
  readonly environment: Environment = {
    ...device(),
    now: () => this.nowMs,
    after: (delayMs, run) => {
      const timer = { atMs: this.nowMs + delayMs, run }
      this.#timers.add(timer)
      return () => void this.#timers.delete(timer)
    },
  }
  pass(ms: number): void {
    const endMs = this.nowMs + ms
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)[0]
      if (!due) break
      this.#timers.delete(due)
      this.nowMs = Math.max(this.nowMs, due.atMs)
      due.run()
    }
    this.nowMs = endMs
  }
}

/** A door that notes what is done with it. */
class NotedDoor implements Door {
  readonly name: string
  readonly done: string[] = []
  state: DoorState['state'] = 'connecting'
  hasPlaces = true
  session: DoorSession | undefined
  onLink: ((link: Link) => void) | undefined

  constructor(name: string) {
    this.name = name
  }

  start(_topic: string, onLink: (link: Link) => void): DoorSession {
    this.done.push('start')
    if (this.state === 'failed') this.state = 'connecting'
    this.onLink = onLink
    const health = (): DoorHealth => {
      const { state } = this
      const place = { place: 'there', state, detail: '', sinceMs: 0 }
      return { state, detail: '', sinceMs: 0, places: this.hasPlaces ? [place] : [], lastFailure: undefined }
    }
    const session: DoorSession = {
      onHealth: undefined,
      health,
      setCapacity: (slots, mayDial) => this.done.push(`${slots} ${mayDial ? 'dial' : 'wait'}`),
      stop: () => {
        this.done.push('stop')
        return Promise.resolve()
      },
    }
    this.session = session
    return session
  }
  fail(): void {
    this.state = 'failed'
    this.session?.onHealth?.(this.session.health())
  }
  take(): string[] {
    return this.done.splice(0)
  }
}

const me = idFromBytes<SessionId>(new Uint8Array(32).fill(3))

function scene(...names: string[]) {
  return sceneWith(names.map((name) => new NotedDoor(name)))
}
function sceneWith<D extends Door>(doors: readonly D[]) {
  const hours = new Hours()
  const arrivals: string[] = []
  const mesh = new MeshDoors({
    me,
    random: () => 0.5,
    environment: hours.environment,
    onLink: (_link, door, isOutbound) => arrivals.push(`${door} ${isOutbound ? 'out' : 'in'}`),
    onChange: () => undefined,
  })
  mesh.size(200)
  mesh.open(doors, 'topic')
  return { hours, doors, arrivals, mesh }
}
type Scene = ReturnType<typeof scene>

/** As when four links came and stayed. */
function meshed({ mesh }: Pick<Scene, 'mesh'>): void {
  mesh.linksChanged(4, 4)
  mesh.meshChanged({ freeSlots: 4, mayDial: false, isMeshed: true })
}
/** Who stays to greet is drawn by lot, anew every ten minutes; looks for a time in which it is not us. */
function untilLeft(it: Scene): void {
  for (let i = 0; i < 40 && it.mesh.list.some(({ reason }) => reason === 'greeting'); i++) it.hours.pass(300_000)
}

describe('the doors of a room', () => {
  test('[M7] are opened one after the other, the cheap ones first', () => {
    const { hours, doors } = scene('mqtt', 'y-webrtc', 'nostr')
    // None of them answers.
    const opened = (): boolean[] => doors.map(({ session }) => session !== undefined)
    assert.deepEqual(opened(), [false, true, false])
    hours.pass(500)
    assert.deepEqual(opened(), [false, true, true])
    hours.pass(4_000)
    assert.deepEqual(opened(), [true, true, true])
  })

  test('[DP11] where a network counts a crowd, whoever greets there may leave', async () => {
    const tracker = new NotedDoor('y-webrtc')
    const places = (): Promise<readonly string[]> => Promise.resolve(['there'])
    const it = sceneWith([new LazyDoor('y-webrtc', { places, load: () => Promise.resolve(tracker) })])
    meshed(it)
    const reason = (): string | undefined => it.mesh.list[0]?.reason
    for (let epoch = 0; epoch < 200; epoch++) {
      it.hours.pass(600_000)
      if (reason() !== 'greeting') continue
      // The code of the door is loaded.
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      tracker.session?.onStanding?.(20)
      assert.equal(reason(), 'greeting', 'twice as many as should greet')
      tracker.session?.onStanding?.(1_000)
      if (reason() === 'meshed') return
    }
    assert.fail('it stays whatever it hears')
  })

  test('[M7] those whose links outlive them are stopped when the mesh carries the room, the others let nobody in', () => {
    const it = scene('nostr', 'hall')
    const [nostr, hall] = it.doors
    assert(nostr && hall)
    it.hours.pass(4_000)
    meshed(it)
    it.hours.pass(11_000)
    untilLeft(it)
    assert.deepEqual(
      it.mesh.list.map(({ reason }) => reason),
      ['meshed', 'meshed'],
    )
    assert.equal(nostr.take().at(-1), 'stop')
    assert.equal(hall.take().at(-1), '0 wait')
    // Lonely again: both come back, and the tracker's session was there all the time.
    it.mesh.linksChanged(0, 0)
    it.mesh.meshChanged({ freeSlots: 8, mayDial: true, isMeshed: false })
    it.hours.pass(8_000)
    assert.equal(nostr.take()[0], 'start')
    const back = hall.take()
    assert.ok(!back.includes('start') && back.includes('8 dial'), back.join(', '))
  })

  test('[M7] one that tries its places again by itself is not closed for a failure', () => {
    const { hours, doors, mesh } = scene('y-webrtc')
    const [tracker] = doors
    assert(tracker)
    tracker.take()
    for (let i = 0; i < 8; i++) {
      tracker.fail()
      hours.pass(1_000)
    }
    assert.ok(!tracker.take().some((done) => done === 'stop' || done.startsWith('0 ')))
    assert.equal(mesh.list[0]?.reason, 'searching')
  })

  test('[M7] one that failed for good is begun anew after a pause, and ever more rarely', () => {
    const { hours, doors, mesh } = scene('y-webrtc')
    const [tracker] = doors
    assert(tracker)
    tracker.hasPlaces = false
    for (let i = 0; i < 5; i++) {
      tracker.fail()
      hours.pass(10_000)
    }
    const done = tracker.take()
    assert.equal(done.filter((what) => what === 'stop').length, 5)
    assert.equal(done.filter((what) => what === 'start').length, 5)
    assert.equal(mesh.list[0]?.reason, 'broken')
    mesh.woken()
    assert.equal(tracker.take()[0], 'start')
  })

  test('[M7] are opened again when fewer than two links live, though none is given up yet', () => {
    const it = scene('y-webrtc', 'hall')
    meshed(it)
    it.hours.pass(2_000)
    untilLeft(it)
    const [tracker] = it.doors
    assert(tracker)
    tracker.take()
    it.mesh.meshChanged({ freeSlots: 7, mayDial: true, isMeshed: false, isAlone: true })
    it.hours.pass(8_000)
    assert.equal(tracker.take()[0], 'start')
  })

  test('[DO8] that wait their turn are opened when somebody asks, and those that are open are left alone', () => {
    const { doors, mesh } = scene('y-webrtc', 'nostr', 'torrent')
    const [tracker, nostr, torrent] = doors
    assert(tracker && nostr && torrent)
    for (const door of doors) door.take()
    tracker.state = 'open'
    tracker.session?.onHealth?.(tracker.session.health())
    mesh.tryNow()
    assert.deepEqual(tracker.take(), [])
    for (const door of [nostr, torrent]) assert.equal(door.take()[0], 'start')
  })

  test('[DO8] all of whose places failed are begun anew when somebody asks, with the capacity they had', () => {
    const { doors, mesh } = scene('y-webrtc')
    const [tracker] = doors
    assert(tracker)
    tracker.fail()
    tracker.take()
    mesh.tryNow()
    assert.deepEqual(tracker.take(), ['stop', 'start', '8 dial'])
    // It is connecting now: asked again at once it is left to it.
    mesh.tryNow()
    assert.deepEqual(tracker.take(), [])
  })

  test('[DO8] that are not needed stay closed when somebody asks', () => {
    const it = scene('y-webrtc')
    meshed(it)
    it.hours.pass(2_000)
    untilLeft(it)
    const [tracker] = it.doors
    assert(tracker)
    tracker.take()
    it.mesh.tryNow()
    assert.deepEqual(tracker.take(), [])
  })

  test('[M7] are closed without a network, and opened when it is back', () => {
    const { doors, mesh } = scene('nostr', 'ws')
    const [, ws] = doors
    assert(ws)
    ws.take()
    mesh.network(false)
    assert.deepEqual(ws.take(), ['stop'])
    mesh.network(true)
    assert.equal(ws.take()[0], 'start')
  })

  test('[M8] say of each link who looked for whom', () => {
    const { hours, doors, arrivals, mesh } = scene('y-webrtc', 'ws', 'nostr')
    hours.pass(4_000)
    const { initiator, responder } = new MemoryNetwork().connect()
    for (const { onLink } of doors) for (const link of [initiator, responder]) onLink?.(link)
    mesh.meshChanged({ freeSlots: 4, mayDial: false, isMeshed: true })
    doors[2]?.onLink?.(initiator)
    assert.deepEqual(arrivals, ['y-webrtc in', 'y-webrtc out', 'ws out', 'ws in', 'nostr out', 'nostr out', 'nostr in'])
  })

  test('[M7] two of one kind are two doors', () => {
    const { doors, mesh } = scene('hall', 'hall')
    assert.ok(doors.every(({ session }) => session !== undefined))
    assert.deepEqual(
      mesh.list.map(({ name }) => name),
      ['hall', 'hall'],
    )
  })

  test('[M7] end with the room, and can be opened again', async () => {
    const it = scene('y-webrtc')
    const [tracker] = it.doors
    assert(tracker)
    await it.mesh.close()
    assert.equal(tracker.take().at(-1), 'stop')
    assert.deepEqual(it.mesh.list, [])
    it.mesh.open(it.doors, 'topic')
    assert.equal(tracker.take()[0], 'start')
  })
})
