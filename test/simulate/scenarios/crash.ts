import { brokenInvariants, largestComponent } from '../invariants.ts'
import { Distribution } from '../measurements.ts'
import { SimulatedRoom } from '../room.ts'
import { atLeast, atMost, told, type Scenario } from '../scenario.ts'

const CRASHED_SHARE = 0.3
/** Until the crash is noticed: what is written now must find its way around the dead. */
const UNNOTICED_MS = 5_000
/** Then everybody must have neighbours again within this. */
const HEALED_MS = 15_000
const DEGREE_HEALED = 6
/** Links that die at 20 s of silence, questions asked again after 3 s and 30 s. */
const SETTLING_MS = 45_000

export const crash: Scenario = {
  name: 'crash',
  purpose: '30 % of the room are gone at once, without a word',
  nodes: 1_000,
  run: ({ nodes, seed }) => {
    // With doors: whoever loses all neighbours at once has no other way back.
    const room = new SimulatedRoom({ seed, nodes, hasDoors: true })
    const { world } = room
    room.warmUp()
    for (const node of world.nodes) if (!room.writers.includes(node) && world.random.isHit(CRASHED_SHARE)) node.crash()
    const alive = world.nodes.filter((node) => node.isAlive)
    room.writeFor(UNNOTICED_MS)
    world.runFor(UNNOTICED_MS)
    const before = { p50: world.measurements.delayMs.quantile(0.5), p99: world.measurements.delayMs.quantile(0.99) }
    room.writeFor(HEALED_MS)
    world.runFor(HEALED_MS - UNNOTICED_MS)
    const degrees = new Distribution()
    for (const node of alive) degrees.add([...node.links.values()].filter((end) => end.other.isOpen).length)
    const apart = alive.length - largestComponent(alive)
    const poor = alive.filter((node) => node.links.size < DEGREE_HEALED)
    const behindNat = poor.filter((node) => node.site.nat === 'symmetric').length
    world.runFor(SETTLING_MS)
    const broken = brokenInvariants(world)
    const missed = alive.length * room.feeds.reduce((sum, feed) => sum + feed.entries.length, 0) - haveAll(room)
    const rows = [
      atMost({ metric: 'entries missed by survivors', anchor: 'iroh-like 2.1 %' }, 0, missed),
      atMost(
        { metric: 'edit visible before the crash is noticed, p99', anchor: 'iroh-like 991', unit: ' ms' },
        600,
        before.p99,
      ),
      told({ metric: 'the same, p50', unit: ' ms' }, before.p50),
      atLeast({ metric: 'living neighbours 15 s later, 1st percentile' }, DEGREE_HEALED, degrees.quantile(0.01)),
      told({ metric: 'nodes with fewer than 6 links then' }, poor.length),
      told({ metric: 'of these behind a symmetric NAT' }, behindNat),
      atMost({ metric: 'nodes outside the largest part then' }, 0, apart),
    ]
    return { rows, broken, world }
  },
}

function haveAll(room: SimulatedRoom): number {
  let sum = 0
  for (const node of room.world.nodes) if (node.isAlive) for (const feed of room.feeds) sum += node.shelf.lengthOf(feed)
  return sum
}
