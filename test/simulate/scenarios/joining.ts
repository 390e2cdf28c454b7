import { brokenInvariants, largestComponent } from '../invariants.ts'
import { Distribution } from '../measurements.ts'
import { SimulatedRoom } from '../room.ts'
import { atMost, told, type Scenario } from '../scenario.ts'
import type { SimulatedNode } from '../simulated-node.ts'

const DEGREE = 6
const LATEST_MS = 120_000
/** Until those who are in have left the doors to the greeters, and cards went round. */
const REST_MS = 40_000
const NEWCOMERS = 40
const NEWCOMER_EACH_MS = 2_500
/** How often a node is looked at. */
const STEP_MS = 100

/** When each node had its first link and its sixth, looked at while the room goes on. */
class Arrivals {
  readonly firstMs = new Distribution()
  readonly sixthMs = new Distribution()
  readonly #waiting = new Map<SimulatedNode, { readonly atMs: number; hasFirst: boolean }>()
  readonly #room: SimulatedRoom

  constructor(room: SimulatedRoom) {
    this.#room = room
    this.#look()
  }
  get waiting(): number {
    return this.#waiting.size
  }
  get waitingBehindNat(): number {
    return [...this.#waiting.keys()].filter((node) => node.site.nat === 'symmetric').length
  }
  come(node: SimulatedNode): void {
    this.#waiting.set(node, { atMs: this.#room.world.nowMs, hasFirst: false })
    node.membership?.begin(this.#room.members)
  }
  #look(): void {
    const { world } = this.#room
    for (const [node, arrival] of this.#waiting) {
      if (!arrival.hasFirst && node.links.size > 0) {
        arrival.hasFirst = true
        this.firstMs.add(world.nowMs - arrival.atMs)
      }
      if (node.links.size < DEGREE) continue
      this.sixthMs.add(world.nowMs - arrival.atMs)
      this.#waiting.delete(node)
    }
    world.call(STEP_MS, () => this.#look())
  }
}

/** Those who are in already have long left the doors to the greeters. */
function roomAtRest(seed: number, nodes: number): SimulatedRoom {
  const room = new SimulatedRoom({ seed, nodes, hasDoors: true })
  room.world.runFor(REST_MS)
  return room
}

const openDoors = (room: SimulatedRoom): number => room.doors.reduce((sum, door) => sum + door.clients.size, 0)
const deliveries = (room: SimulatedRoom): number => room.doors.reduce((sum, door) => sum + door.deliveries, 0)

export const join: Scenario = {
  name: 'join',
  purpose: 'one after the other, 40 newcomers come to a room at rest',
  nodes: 1_000,
  run: ({ nodes, seed }) => {
    const room = roomAtRest(seed, nodes)
    const { world } = room
    const greeters = openDoors(room)
    const atRest = deliveries(room)
    const startMs = world.nowMs
    world.runFor(REST_MS)
    const perMinute = ((deliveries(room) - atRest) / (world.nowMs - startMs)) * 60_000
    const before = deliveries(room)
    const arrivals = new Arrivals(room)
    for (let i = 0; i < NEWCOMERS; i++) world.call(i * NEWCOMER_EACH_MS, () => arrivals.come(room.newcomer()))
    const comingMs = NEWCOMERS * NEWCOMER_EACH_MS
    world.runFor(comingMs)
    const perJoin = (deliveries(room) - before - (perMinute * comingMs) / 60_000) / NEWCOMERS
    world.runUntil(() => arrivals.waiting === 0, LATEST_MS)
    room.writeFor(3_000)
    world.runFor(10_000)
    const rows = [
      atMost(
        { metric: 'first link, p50', anchor: 'trystero 0.2-5 s', unit: ' s' },
        2.5,
        arrivals.firstMs.quantile(0.5) / 1000,
      ),
      told({ metric: 'first link, p95', unit: ' s' }, arrivals.firstMs.quantile(0.95) / 1000),
      atMost({ metric: 'degree 6, p50', unit: ' s' }, 8, arrivals.sixthMs.quantile(0.5) / 1000),
      told({ metric: 'degree 6, p95', unit: ' s' }, arrivals.sixthMs.quantile(0.95) / 1000),
      atMost({ metric: 'newcomers still short of it' }, 0, arrivals.waiting),
      told({ metric: 'of these behind a symmetric NAT' }, arrivals.waitingBehindNat),
      told({ metric: 'signal deliveries a join', anchor: 'y-webrtc, 32 peers: 2,057' }, perJoin),
      told({ metric: 'sessions at the doors of the room at rest' }, greeters),
      told({ metric: 'deliveries a minute then, all doors', anchor: 'trystero 1,000-11,000' }, perMinute),
    ]
    return { rows, broken: brokenInvariants(world), world }
  },
}

export const flashCrowd: Scenario = {
  name: 'flash-crowd',
  purpose: 'everybody comes within 30 seconds',
  nodes: 1_000,
  run: ({ nodes, seed }) => {
    const room = new SimulatedRoom({ seed, nodes, hasDoors: true, isMeshed: false })
    const { world } = room
    const arrivals = new Arrivals(room)
    let atMs = 0
    for (const node of world.random.shuffled(world.nodes)) {
      world.call(atMs, () => arrivals.come(node), node.index)
      atMs += 30_000 / nodes
    }
    world.runFor(30_000)
    const allCameMs = world.nowMs
    const greetersAtMost = 8 * Math.ceil(Math.log2(nodes))
    world.runUntil(() => openDoors(room) <= greetersAtMost, LATEST_MS)
    const silentMs = world.nowMs - allCameMs
    world.runUntil(() => arrivals.waiting === 0, LATEST_MS)
    room.writeFor(5_000)
    world.runFor(15_000)
    const rows = [
      atMost({ metric: 'signal deliveries a join', anchor: 'y-webrtc about 2 N²' }, 150, deliveries(room) / nodes),
      told({ metric: 'first link, p50', unit: ' s' }, arrivals.firstMs.quantile(0.5) / 1000),
      told({ metric: 'first link, p99', unit: ' s' }, arrivals.firstMs.quantile(0.99) / 1000),
      told({ metric: 'degree 6, p99', unit: ' s' }, arrivals.sixthMs.quantile(0.99) / 1000),
      atMost({ metric: 'nodes that never got there' }, 0, arrivals.waiting),
      told({ metric: 'of these behind a symmetric NAT' }, arrivals.waitingBehindNat),
      atMost({ metric: 'doors left to greeters, after the last has come', unit: ' s' }, 20, silentMs / 1000),
      told({ metric: 'sessions at the doors in the end' }, openDoors(room)),
      atMost({ metric: 'nodes outside the largest part' }, 0, nodes - largestComponent(world.nodes)),
    ]
    return { rows, broken: brokenInvariants(world), world }
  },
}

export const doorOutage: Scenario = {
  name: 'door-outage',
  purpose: 'the door that everybody uses is taken down while people write and come',
  nodes: 300,
  run: ({ nodes, seed }) => {
    const room = roomAtRest(seed, nodes)
    const { world } = room
    room.writeFor(60_000)
    world.call(10_000, () => room.doors[0]?.fail())
    const arrivals = new Arrivals(room)
    for (let i = 0; i < 10; i++) world.call(12_000 + i * 3_000, () => arrivals.come(room.newcomer()))
    world.runFor(70_000)
    const lost = brokenInvariants(world)
    const rows = [
      atMost(
        { metric: 'first link of a newcomer, slowest', anchor: 'y-webrtc: never', unit: ' s' },
        10,
        arrivals.firstMs.max / 1000,
      ),
      atMost({ metric: 'newcomers without a link' }, 0, 10 - arrivals.firstMs.count),
      atMost({ metric: 'entries lost' }, 0, lost.length),
    ]
    return { rows, broken: lost, world }
  },
}
