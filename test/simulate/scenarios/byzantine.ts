import {
  Babbler,
  BlackHole,
  FeedInventor,
  Flooder,
  Forger,
  GraftSpammer,
  LengthLiar,
  NeighbourLiar,
  PruneSpammer,
  Repeater,
  Stuck,
  Withholder,
} from '../hostile.ts'
import type { Behaviour } from '../behaviour.ts'
import { accusationsOf, brokenInvariants, largestComponent } from '../invariants.ts'
import { CardLiar, SignalSpammer } from '../hostile-overlay.ts'
import { SimulatedRoom } from '../room.ts'
import { atMost, told, type MeshOutcome, type Row, type Scenario, type ScenarioOptions } from '../scenario.ts'

export const HOSTILE: Readonly<Record<string, () => Behaviour>> = {
  forger: () => new Forger(),
  withholder: () => new Withholder(),
  'length-liar': () => new LengthLiar(),
  repeater: () => new Repeater(),
  'neighbour-liar': () => new NeighbourLiar(),
  'black-hole': () => new BlackHole(),
  'graft-spammer': () => new GraftSpammer(),
  'prune-spammer': () => new PruneSpammer(),
  babbler: () => new Babbler(),
  'feed-inventor': () => new FeedInventor(),
  'card-liar': () => new CardLiar(),
  'signal-spammer': () => new SignalSpammer(),
}

const HOSTILE_SHARE = 0.1
const WRITING_MS = 15_000
/** A withheld promise is noticed after 30 s at the latest, and what was missed then comes from somebody else. */
const SETTLING_MS = 75_000

/** One kind of hostile member, a tenth of the room, from the moment when the mesh is there. */
export function underAttack(
  { nodes, seed }: ScenarioOptions,
  attack: () => Behaviour,
): MeshOutcome & { p99Ms: number } {
  const room = new SimulatedRoom({ seed, nodes, writers: 10 })
  const { world } = room
  room.warmUp(3_000)
  const others = world.nodes.filter((node) => !room.writers.includes(node))
  // A tenth and never nobody, as drawing each by itself could give.
  const hostile = world.random.shuffled(others).slice(0, Math.max(1, Math.round(nodes * HOSTILE_SHARE)))
  for (const node of hostile) {
    node.behaviour = attack()
    node.behaviour.begin?.(node)
  }
  room.writeFor(WRITING_MS)
  world.runFor(WRITING_MS + SETTLING_MS)
  const honest = world.nodes.filter((node) => node.isHonest)
  const apart = honest.length - largestComponent(honest)
  const broken = brokenInvariants(world)
  if (apart > 0) broken.push(`${apart} honest nodes are cut off`)
  return { rows: [], broken, world, p99Ms: world.measurements.delayMs.quantile(0.99) }
}

export const byzantine: Scenario = {
  name: 'byzantine',
  purpose: 'a tenth of the members is hostile, in twelve ways one after the other',
  nodes: 150,
  run: (options) => {
    const rows: Row[] = []
    const broken: string[] = []
    let last: MeshOutcome | undefined
    for (const [name, attack] of Object.entries(HOSTILE)) {
      const outcome = underAttack(options, attack)
      last = outcome
      broken.push(...outcome.broken.map((text) => `${name}: ${text}`))
      rows.push(atMost({ metric: `${name}: invariants broken` }, 0, outcome.broken.length))
      rows.push(told({ metric: `${name}: edit visible, p99`, unit: ' ms' }, outcome.p99Ms))
      rows.push(told({ metric: `${name}: links ended for` }, accusationsOf(outcome.world)))
    }
    if (!last) throw new Error('there are hostile behaviours')
    return { rows, broken, world: last.world }
  },
}

/** The 99th percentile of a quiet room, to compare with. */
function quietP99(options: ScenarioOptions): number {
  const room = new SimulatedRoom({ ...options, writers: 21 })
  room.warmUp()
  room.writeFor(WRITING_MS)
  room.world.runFor(WRITING_MS + 3_000)
  return room.world.measurements.delayMs.quantile(0.99)
}

export const flood: Scenario = {
  name: 'flood',
  purpose: 'one member writes 1,000 entries a second',
  nodes: 300,
  run: (options) => {
    const quiet = quietP99(options)
    const room = new SimulatedRoom({ ...options, writers: 21 })
    const { world } = room
    room.warmUp()
    const flooder = room.writers.pop()
    const [feed] = flooder?.ownFeeds ?? []
    if (!flooder || !feed) throw new Error('somebody floods')
    const before = feed.entries.length
    flooder.behaviour = new Flooder()
    flooder.behaviour.begin?.(flooder)
    room.writeFor(WRITING_MS)
    world.runFor(WRITING_MS)
    const neighbours = new Set([...flooder.links.values()].map((end) => end.other.node))
    const far = world.nodes.filter((node) => node !== flooder && !neighbours.has(node))
    const passed = Math.max(...far.map((node) => node.shelf.lengthOf(feed))) - before
    world.runFor(3_000)
    const p99 = world.measurements.delayMs.quantile(0.99)
    flooder.crash()
    world.runFor(60_000)
    const rows = [
      atMost(
        { metric: 'entries a second of the flooder, past the first hop', anchor: 'gossipsub: all' },
        20 + 200 / (WRITING_MS / 1000),
        passed / (WRITING_MS / 1000),
      ),
      atMost({ metric: "others' edits visible, p99, beside a quiet room", unit: ' ×' }, 1.1, p99 / quiet),
      told({ metric: 'the same in milliseconds', unit: ' ms' }, p99),
    ]
    return { rows, broken: brokenInvariants(world), world }
  },
}

export const slow: Scenario = {
  name: 'slow-neighbour',
  purpose: 'a twentieth of the room reads nothing any more',
  nodes: 300,
  run: (options) => {
    const quiet = quietP99(options)
    const room = new SimulatedRoom({ ...options, writers: 21 })
    const { world } = room
    room.warmUp()
    for (const node of world.nodes) {
      if (room.writers.includes(node) || !world.random.isHit(0.05)) continue
      node.behaviour = new Stuck()
      node.behaviour.begin?.(node)
    }
    room.writeFor(WRITING_MS)
    world.runFor(WRITING_MS + 3_000)
    const p99 = world.measurements.delayMs.quantile(0.99)
    world.runFor(60_000)
    const rows = [
      atMost(
        { metric: "others' edits visible, p99, beside a quiet room", anchor: 'iroh: wedged', unit: ' ×' },
        1.05,
        p99 / quiet,
      ),
      told({ metric: 'the same in milliseconds', unit: ' ms' }, p99),
    ]
    return { rows, broken: brokenInvariants(world), world }
  },
}
