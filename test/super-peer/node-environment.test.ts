// Peers in Node that meet at our tracker and talk over WebRTC, each with a WebRTC process of its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { WebSocketServer } from 'ws'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { listenForLinks, type LinkListener } from '../../src/super-peer/link-listener.ts'
import {
  nodeEnvironment,
  type NodeEnvironment,
  type NodeEnvironmentOptions,
} from '../../src/super-peer/node-environment.ts'
import { createRemoteDoor } from '../../src/super-peer/remote-door.ts'
import { attachTracker } from '../../src/super-peer/tracker.ts'
import type { DoorHealth, DoorSession } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import { Meeting, must, texts, until } from '../peer/meeting.ts'

const BOUND = { timeout: 90_000 }
/** Processes begin slowly where two tests run at once on a small machine. */
const PATIENCE_MS = 40_000

class NodeWorld {
  readonly meeting = new Meeting()
  readonly #environments: NodeEnvironment[] = []
  readonly #stops: (() => void)[] = []

  static open(t: TestContext): NodeWorld {
    const world = new NodeWorld()
    t.after(() => world.close())
    return world
  }

  /** A tracker of its own; returns its address. */
  async tracker(): Promise<string> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const tracker = attachTracker(server)
    this.#stops.push(() => {
      tracker.close()
      server.close()
    })
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/tracker`
  }

  /** A peer that takes links at an address. */
  async listener(): Promise<{ readonly listener: LinkListener; readonly address: string }> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const listener = listenForLinks(server)
    this.#stops.push(() => {
      listener.close()
      server.close()
    })
    return { listener, address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/link` }
  }

  /** A tracker that answers every frame with what no tracker should send. */
  async liar(): Promise<{ readonly address: string; readonly toldCount: () => number }> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    let told = 0
    server.on('connection', (socket) => {
      socket.on('error', () => undefined)
      socket.on('message', (data: Buffer) => {
        const { topics = [], topic = topics[0] } = JSON.parse(data.toString()) as { topics?: string[]; topic?: string }
        const signal = { type: 'signal', from: 'x', to: 'y', signal: { type: 'answer', sdp: 'v=0' } }
        const lies = ['{', 'null', '[]', '7', '{"type":"publish"}', '{"type":"pong"}', '"'.repeat(50_000)]
        for (const said of ['garbage', signal, null, { type: 'announce', from: 'x' }, 'A'.repeat(40_000)])
          lies.push(JSON.stringify({ type: 'publish', topic, data: said }))
        for (const lie of [...lies, 'x'.repeat(100_000)]) socket.send(lie)
        told++
      })
    })
    this.#stops.push(() => {
      for (const socket of server.clients) socket.terminate()
      server.close()
    })
    return { address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, toldCount: () => told }
  }

  node(options: NodeEnvironmentOptions): NodeEnvironment {
    const node = nodeEnvironment({ notice: () => undefined, ...options })
    this.#environments.push(node)
    return node
  }

  async peer(options: NodeEnvironmentOptions): Promise<readonly [Peer, NodeEnvironment]> {
    const node = this.node(options)
    const { environment, doors } = node
    return [await this.meeting.peer({ environment, doors }), node]
  }

  /** Ada starts a room, Ben joins it, and what each writes reaches the other. */
  async meet(adas: Peer, bens: Peer): Promise<readonly [Room, Room]> {
    const ada = must(await adas.createRoom({ name: 'Book club', myName: 'Ada' }))
    const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
    const ben = must(await bens.joinRoom({ link, myName: 'Ben' }))
    await until(ben, () => ben.status === 'member', 'Ben to be let in', PATIENCE_MS)
    await talk(ada, ben, 'first')
    return [ada, ben]
  }

  async close(): Promise<void> {
    await this.meeting.close()
    await Promise.all(this.#environments.map((node) => node.close()))
    for (const stop of this.#stops) stop()
  }
}

async function talk(ada: Room, ben: Room, what: string): Promise<void> {
  must(await ada.chat.send(`${what} from Ada`))
  must(await ben.chat.send(`${what} from Ben`))
  for (const room of [ada, ben])
    await until(
      room,
      () => ['Ada', 'Ben'].every((name) => texts(room).includes(`${what} from ${name}`)),
      `what was said (${what})`,
      PATIENCE_MS,
    )
}

const kindsOf = ({ connection }: Room): readonly string[] => connection.peers.map(({ kind }) => kind)
const doorOf = ({ connection }: Room, place: string) => connection.doors.find(({ address }) => address === place)

const isOpenAt = (places: DoorHealth['places'], tracker: string): boolean =>
  places.length === 1 && places[0]?.place === tracker && places[0].state === 'open'

const untilHealth = (session: DoorSession, isDone: (health: DoorHealth) => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (health: DoorHealth): void => {
      if (isDone(health)) resolve()
    }
    session.onHealth = look
    look(session.health())
  })

describe('peers in Node', () => {
  it('[NR8] meet at a tracker and talk over WebRTC; a tracker that is not there hinders nobody', BOUND, async (t) => {
    const world = NodeWorld.open(t)
    const trackers = ['ws://127.0.0.1:9/tracker', await world.tracker(), await world.tracker()]
    const [[adas], [bens]] = await Promise.all([world.peer({ trackers }), world.peer({ trackers })])
    const [ada, ben] = await world.meet(adas, bens)
    assert.deepEqual([kindsOf(ada), kindsOf(ben)], [['rtc'], ['rtc']])
    await until(ada, () => ada.connection.peers.every(({ path }) => path === 'direct'), 'the path', PATIENCE_MS)
    const [missing, ...others] = trackers.map((tracker) => doorOf(ada, tracker))
    assert.match(missing?.reason ?? '', /cannot connect/)
    assert.ok(
      others.every((door) => door?.state !== 'failed'),
      JSON.stringify(others),
    )
  })

  it('[NR5][NR8] go on when their WebRTC process is killed, and are linked again', BOUND, async (t) => {
    const world = NodeWorld.open(t)
    const trackers = [await world.tracker()]
    const limits = { restartFirstMs: 100, restartMaxMs: 500 }
    const [[adas, node], [bens]] = await Promise.all([world.peer({ trackers, limits }), world.peer({ trackers })])
    const [ada, ben] = await world.meet(adas, bens)
    const former = node.rtc.pid
    assert.ok(former !== undefined)
    process.kill(former, 'SIGKILL')
    await until(ada, () => kindsOf(ada).length === 0, 'Ada to lose her link', PATIENCE_MS)
    assert.match(doorOf(ada, trackers[0] ?? '')?.reason ?? '', /the WebRTC process ended; it is started again in 1 s/)
    must(await ada.chat.send('written while nobody is there'))
    await until(ada, () => kindsOf(ada).length === 1, 'Ada to be linked again', PATIENCE_MS)
    await until(ben, () => texts(ben).includes('written while nobody is there'), 'what was missed', PATIENCE_MS)
    await talk(ada, ben, 'again')
    assert.notEqual(node.rtc.pid, former)
  })

  it('[NR1] who have no door in common dial each other through a member between them', BOUND, async (t) => {
    const world = NodeWorld.open(t)
    const halls = [world.meeting.hall(), world.meeting.hall()] as const
    const inHall = (n: 0 | 1) => () => halls[n].door()
    const bens = world.node({})
    const cleos = world.node({})
    const adas = await world.meeting.peer({ doors: [inHall(0), inHall(1)] })
    const ada = must(await adas.createRoom({ name: 'Book club', myName: 'Ada' }))
    const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
    const rooms: Room[] = []
    for (const [name, hall, { environment }] of [
      ['Ben', 0, bens],
      ['Cleo', 1, cleos],
    ] as const) {
      const peer = await world.meeting.peer({ environment, doors: [inHall(hall)] })
      const room = must(await peer.joinRoom({ link, myName: name }))
      await until(room, () => room.status === 'member', `${name} to be let in`, PATIENCE_MS)
      rooms.push(room)
    }
    for (const room of rooms)
      await until(room, () => kindsOf(room).includes('rtc'), 'a link through the mesh', PATIENCE_MS)
    await adas.close()
    const [ben, cleo] = rooms
    assert.ok(ben && cleo)
    for (const room of [ben, cleo])
      await until(room, () => kindsOf(room).join(' ') === 'rtc', 'Ada to be gone', PATIENCE_MS)
    must(await ben.chat.send('Ada is gone'))
    await until(cleo, () => texts(cleo).includes('Ada is gone'), 'what Ben wrote', PATIENCE_MS)
  })

  it('[NR7] meet at an address where this platform has no WebRTC', BOUND, async (t) => {
    const world = NodeWorld.open(t)
    const { listener, address } = await world.listener()
    const tracker = await world.tracker()
    const adas = await world.meeting.peer({ doors: [() => listener.door] })
    const notices: string[] = []
    const [bens] = await world.peer({
      trackers: [tracker],
      addresses: [address],
      notice: (sentence) => notices.push(sentence),
      nodeFlags: ['--import', "data:text/javascript,Object.defineProperty(process,'arch',{value:'riscv64'})"],
    })
    const [ada, ben] = await world.meet(adas, bens)
    assert.deepEqual([kindsOf(ada), kindsOf(ben)], [['ws'], ['ws']])
    const door = (): { readonly state?: string; readonly reason?: string } =>
      ben.connection.doors.find(({ name }) => name === 'y-webrtc') ?? {}
    await until(ben, () => door().reason?.startsWith('WebRTC is off') === true, 'the door to say so', PATIENCE_MS)
    assert.equal(door().state, 'stopped')
    assert.equal(notices.length, 1)
  })

  it('[NR8] are not troubled by a tracker that sends them anything at all', BOUND, async (t) => {
    const world = NodeWorld.open(t)
    const liar = await world.liar()
    const trackers = [liar.address, await world.tracker()]
    const [[adas, node], [bens]] = await Promise.all([world.peer({ trackers }), world.peer({ trackers })])
    const [ada, ben] = await world.meet(adas, bens)
    const before = node.rtc.pid
    assert.ok(liar.toldCount() > 0, 'somebody has subscribed there')
    await talk(ada, ben, 'later')
    assert.equal(node.rtc.pid, before)
    assert.equal(node.rtc.state, 'ready')
  })

  it('[NR8] go to other trackers without losing a link', BOUND, async (t) => {
    const world = NodeWorld.open(t)
    const [former, later] = [await world.tracker(), await world.tracker()]
    const doors = ['Ada', 'Ben'].map(() => createRemoteDoor(world.node({}).rtc, { trackers: [former], password: 'p' }))
    const links: Link[] = []
    const sessions: DoorSession[] = []
    await new Promise<void>((resolve) => {
      for (const door of doors)
        sessions.push(
          door.start('a topic', (link) => {
            links.push(link)
            if (links.length === doors.length) resolve()
          }),
        )
    })
    for (const session of sessions) session.setPlaces?.([later])
    await Promise.all(sessions.map((session) => untilHealth(session, ({ places }) => isOpenAt(places, later))))
    assert.deepEqual(
      links.map(({ closeReason }) => closeReason),
      [undefined, undefined],
    )
    await Promise.all(sessions.map((session) => session.stop()))
    assert.deepEqual(
      links.map(({ closeReason }) => closeReason),
      [undefined, undefined],
      'links outlive the door',
    )
  })
})
