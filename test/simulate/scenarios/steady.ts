import { brokenInvariants } from '../invariants.ts'
import { SimulatedRoom } from '../room.ts'
import { atMost, told, type Outcome, type Row, type Scenario, type ScenarioOptions } from '../scenario.ts'
import { shortestWays } from '../shortest-ways.ts'
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

function writing({ nodes, seed }: ScenarioOptions, delays: 'map' | 'uniform', writingMs: number): SimulatedRoom {
  const room = new SimulatedRoom({ seed, nodes, delays })
  room.warmUp()
  room.writeFor(writingMs)
  room.world.runFor(writingMs + SETTLING_MS)
  return room
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

export function runSteady(options: ScenarioOptions, writingMs = WRITING_MS): Outcome {
  const { world, writers } = writing(options, 'uniform', writingMs)
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
    atMost({ metric: 'degree' }, 8, Math.max(...world.nodes.map((node) => node.links.size))),
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
    const { world, writers } = writing(options, 'map', WRITING_MS)
    const { delayMs, redundancy } = world.measurements
    const ways = shortestWays(world, writers)
    const rows = [
      told({ metric: 'edit visible, p50', unit: ' ms' }, delayMs.quantile(0.5)),
      told({ metric: 'edit visible, p99', unit: ' ms' }, delayMs.quantile(0.99)),
      told({ metric: 'the best these links allow, p50', unit: ' ms' }, ways.quantile(0.5)),
      told({ metric: 'the best these links allow, p99', unit: ' ms' }, ways.quantile(0.99)),
      atMost({ metric: 'copies beyond the needed one' }, 1.1, redundancy),
    ]
    return { rows, broken: brokenInvariants(world), world }
  },
}
