import { brokenInvariants } from '../invariants.ts'
import { atMost, type Scenario } from '../scenario.ts'
import type { SimulatedNode } from '../simulated-node.ts'
import { World } from '../world.ts'

const FEEDS = 1_000
const CHANGED = 3
const LATEST_MS = 10_000

/** Two peers that have the same thousand feeds, up to `changed` of them, meet. */
function meeting(seed: number, changed: number): { world: World; a: SimulatedNode; b: SimulatedNode; apart: number } {
  const world = new World({ seed, lossShare: 0, hasNats: false })
  const [a, b] = [world.addNode(), world.addNode()]
  for (let i = 0; i < FEEDS; i++) {
    const feed = world.ledger.open(0)
    for (let seq = 0; seq < 5; seq++) world.ledger.write(feed, 100, 0)
    a.shelf.append(feed, 5, 0)
    b.shelf.append(feed, i < changed ? 4 : 5, 0)
    a.register(feed)
    b.register(feed)
  }
  const end = world.link(a, b)
  b.linkUp(end.other)
  a.linkUp(end)
  return { world, a, b, apart: end.oneWayMs * 2 }
}

export const catchUp: Scenario = {
  name: 'catch-up',
  purpose: 'two peers with 1,000 feeds meet',
  nodes: 2,
  run: ({ seed }) => {
    const same = meeting(seed, 0)
    same.world.runFor(3_000)
    const equalBytes = same.world.measurements.traffic.controlBytes + same.world.measurements.traffic.livenessBytes
    const { world, b, apart } = meeting(seed, CHANGED)
    const isCaughtUp = world.runUntil(
      () => world.ledger.feeds.every((feed) => b.shelf.lengthOf(feed) === feed.entries.length),
      LATEST_MS,
    )
    const roundTrips = isCaughtUp ? Math.floor(world.nowMs / apart) : Infinity
    world.runFor(3_000)
    const rows = [
      atMost({ metric: 'equal states, both directions', anchor: 'full vector 34 KB', unit: ' B' }, 64, equalBytes),
      atMost(
        { metric: '3 feeds of 1,000 changed, without the entries', unit: ' B' },
        600,
        world.measurements.traffic.controlBytes,
      ),
      atMost({ metric: 'round trips until all is there' }, 3, roundTrips),
    ]
    return { rows, broken: brokenInvariants(world), world }
  },
}
