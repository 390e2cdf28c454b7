import { brokenInvariants, largestComponent } from '../invariants.ts'
import { SimulatedRoom } from '../room.ts'
import { atMost, told, type Scenario } from '../scenario.ts'

const LASTS_MS = 180_000
const SETTLING_MS = 90_000
/** Of all nodes, in each second: a room that has changed entirely after a few minutes. */
const CHURN_PER_SECOND = 0.005
const HIDDEN_SHARE = 0.2

export const churn: Scenario = {
  name: 'churn',
  purpose: 'pages close, crash, come back, and sleep in the background',
  nodes: 300,
  run: ({ nodes, seed }) => {
    const room = new SimulatedRoom({ seed, nodes, hasDoors: true })
    const { world } = room
    room.warmUp()
    for (const node of world.nodes)
      if (!room.writers.includes(node) && world.random.isHit(HIDDEN_SHARE)) {
        world.call(world.random.next() * LASTS_MS, () => node.membership?.setHidden(true))
        world.call(LASTS_MS + world.random.next() * 10_000, () => node.membership?.setHidden(false))
      }
    const others = world.nodes.filter((node) => !room.writers.includes(node))
    for (let atMs = 0; atMs < LASTS_MS; atMs += 1_000 / (CHURN_PER_SECOND * nodes)) {
      world.call(atMs, () => {
        const node = others[world.random.below(others.length)]
        if (!node?.isAlive) return
        if (world.random.isHit(0.5)) node.crash()
        else node.leave()
        world.call(world.random.between(1_000, 30_000), () => node.restart(nodes))
      })
    }
    room.writeFor(LASTS_MS)
    world.runFor(LASTS_MS)
    const p99 = world.measurements.delayMs.quantile(0.99)
    world.runFor(SETTLING_MS)
    const broken = brokenInvariants(world)
    const rows = [
      atMost({ metric: 'entries that somebody lacks in the end' }, 0, broken.length),
      atMost({ metric: 'nodes outside the largest part' }, 0, nodes - largestComponent(world.nodes)),
      told({ metric: 'edit visible, p99, absence included', unit: ' ms' }, p99),
    ]
    return { rows, broken, world }
  },
}
