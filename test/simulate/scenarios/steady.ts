import { brokenInvariants } from '../invariants.ts'
import { Distribution } from '../measurements.ts'
import { SimulatedRoom } from '../room.ts'
import { atMost, told, type MeshOutcome, type Row, type Scenario, type ScenarioOptions } from '../scenario.ts'
import { shortestWays } from '../shortest-ways.ts'
import type { SimulatedNode } from '../simulated-node.ts'
import type { World } from '../world.ts'

const WRITING_MS = 20_000
const SETTLING_MS = 5_000
/** From here on a room is large enough that its far ends are a hop further. */
const LARGE = 5_000

/** What the design aims at, in a room of a thousand and of ten thousand. */
const TARGETS = {
  usual: { p50Ms: 160, p99Ms: 260, lastHop: 11 },
  large: { p50Ms: 210, p99Ms: 300, lastHop: 14 },
}

/** In which nothing is written and members swap slow links for nearer ones. */
const REST_MS = 300_000

interface Rested {
  readonly room: SimulatedRoom
  readonly rows: readonly Row[]
}

function rested({ nodes, seed }: ScenarioOptions, delays: 'map' | 'uniform', restMs: number): Rested {
  const room = new SimulatedRoom({ seed, nodes, delays })
  room.warmUp()
  if (restMs === 0) return { room, rows: [] }
  const { world } = room
  const atFirst = waysOf(room, 'before the rest')
  const dialledAtFirst = dialled(world)
  world.runFor(restMs)
  const perHour = (dialled(world) - dialledAtFirst) / nodes / (restMs / 3_600_000)
  const rows = [
    ...atFirst,
    ...waysOf(room, `after ${restMs / 1_000} s`),
    told({ metric: 'connections made meanwhile, a node and hour' }, perHour),
  ]
  // Trees are forgotten when nothing was written for a minute.
  room.warmUp()
  return { room, rows }
}

const dialled = ({ nodes }: World): number => nodes.reduce((sum, { membership }) => sum + (membership?.dialled ?? 0), 0)

/** Links that take a place. */
const degreeOf = ({ links, membership }: SimulatedNode): number => links.size - (membership?.onTrial ?? 0)

/** How near the links are, and how far the writers are by them. */
function waysOf({ world, writers }: SimulatedRoom, when: string): Row[] {
  const ways = shortestWays(world, writers)
  const links = new Distribution()
  const degrees = new Distribution()
  for (const node of world.nodes) {
    degrees.add(degreeOf(node))
    for (const end of node.links.values()) links.add(end.oneWayMs)
  }
  const round = (value: number): string => value.toFixed(0)
  const text = [
    `link ${links.mean.toFixed(1)} ms`,
    `ways ${round(ways.quantile(0.5))}, p99 ${round(ways.quantile(0.99))}`,
    `${degrees.mean.toFixed(2)} links each, p1 ${round(degrees.quantile(0.01))}`,
  ]
  return [told({ metric: `the mesh ${when}` }, text.join('; '))]
}

function write({ room }: Rested, writingMs: number): void {
  room.writeFor(writingMs)
  room.world.runFor(writingMs + SETTLING_MS)
}

function traffic(world: World, durationMs: number): Row[] {
  const { traffic: sent, deliveries } = world.measurements
  const perNodeSecond = (bytes: number): number => bytes / world.nodes.length / (durationMs / 1_000)
  return [
    told({ metric: 'entry bytes a delivery, all copies', unit: ' B' }, sent.entryBytes / deliveries),
    told({ metric: 'pings, a node and second', unit: ' B' }, perNodeSecond(sent.livenessBytes)),
    told({ metric: 'overlay, a node and second', unit: ' B' }, perNodeSecond(sent.overlayBytes)),
  ]
}

export function runSteady(options: ScenarioOptions, writingMs = WRITING_MS, restMs = REST_MS): MeshOutcome {
  const mesh = rested(options, 'uniform', restMs)
  write(mesh, writingMs)
  const { world, writers } = mesh.room
  const { delayMs, hops, lastHopMean, redundancy, controlBytesPerDelivery } = world.measurements
  const ways = shortestWays(world, writers)
  const target = options.nodes >= LARGE ? TARGETS.large : TARGETS.usual
  const ms = ' ms'
  const p50 = { metric: 'edit visible, p50', anchor: 'Plumtree 400, flood 147', unit: ms }
  const p99 = { metric: 'edit visible, p99', anchor: 'Plumtree 620, flood 203', unit: ms }
  const copies = { metric: 'copies beyond the needed one', anchor: 'gossipsub 4-6, iroh 1' }
  const control = { metric: 'control bytes a delivery', anchor: 'IHAVE ≥ 33 a lazy link', unit: ' B' }
  const rows = [
    atMost(p50, target.p50Ms, delayMs.quantile(0.5)),
    atMost(p99, target.p99Ms, delayMs.quantile(0.99)),
    told({ metric: 'edit visible, slowest of all', unit: ms }, delayMs.max),
    told({ metric: 'the best these links allow, p50', unit: ms }, ways.quantile(0.5)),
    told({ metric: 'the best these links allow, p99', unit: ms }, ways.quantile(0.99)),
    atMost({ metric: 'last hop, mean', anchor: 'iroh 18' }, target.lastHop, lastHopMean),
    told({ metric: 'hops of a delivery, p99' }, hops.quantile(0.99)),
    atMost(copies, 1.1, redundancy),
    atMost(control, 25, controlBytesPerDelivery),
    ...traffic(world, writingMs + SETTLING_MS),
    atMost({ metric: 'degree, links on trial left out' }, 8, Math.max(...world.nodes.map(degreeOf))),
    told({ metric: 'nodes with a link on trial' }, world.nodes.filter(({ membership }) => membership?.onTrial).length),
    ...mesh.rows,
  ]
  return { rows, broken: brokenInvariants(world), world }
}

export const steady: Scenario = {
  name: 'steady',
  purpose: 'a room at rest in which 20 people write, links of 10 to 100 ms',
  nodes: 1_000,
  run: (options) => runSteady(options),
}

export const onMap: Scenario = {
  name: 'map',
  purpose: 'the same on a map, where a detour is never faster than the direct way',
  nodes: 1_000,
  run: (options) => {
    const mesh = rested(options, 'map', REST_MS)
    write(mesh, WRITING_MS)
    const { world, writers } = mesh.room
    const { delayMs, redundancy } = world.measurements
    const ways = shortestWays(world, writers)
    const rows = [
      told({ metric: 'edit visible, p50', unit: ' ms' }, delayMs.quantile(0.5)),
      told({ metric: 'edit visible, p99', unit: ' ms' }, delayMs.quantile(0.99)),
      told({ metric: 'the best these links allow, p50', unit: ' ms' }, ways.quantile(0.5)),
      told({ metric: 'the best these links allow, p99', unit: ' ms' }, ways.quantile(0.99)),
      atMost({ metric: 'copies beyond the needed one' }, 1.1, redundancy),
      ...mesh.rows,
    ]
    return { rows, broken: brokenInvariants(world), world }
  },
}
