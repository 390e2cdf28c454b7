import { idFromBytes, type PersonId } from '../../../src/base/ids.ts'
import { Sybil } from '../hostile-overlay.ts'
import { largestComponent, brokenInvariants } from '../invariants.ts'
import { SimulatedRoom } from '../room.ts'
import { atLeast, atMost, told, type Row, type Scenario, type ScenarioOptions } from '../scenario.ts'
import type { World } from '../world.ts'

/** The attackers got in by three invitations and invited the rest themselves. */
const INVITES = 3
const ATTACK_MS = 600_000

function attacked({ nodes, seed }: ScenarioOptions, share: number): { rows: Row[]; broken: string[]; world: World } {
  const room = new SimulatedRoom({ seed, nodes, writers: 10 })
  const { world, directory } = room
  room.warmUp(3_000)
  const branches = Array.from({ length: INVITES }, () => idFromBytes<PersonId>(world.random.bytes(32)))
  const count = Math.round((nodes * share) / (1 - share))
  const sybils = Array.from({ length: count }, () => room.newcomer())
  for (const sybil of sybils) {
    sybil.branch = branches[world.random.below(INVITES)]
    sybil.behaviour = new Sybil(sybils, (node) => directory.cardOf(node))
    sybil.membership?.begin(nodes)
    sybil.behaviour.begin?.(sybil)
  }
  world.runFor(ATTACK_MS)
  const honest = world.nodes.filter((node) => node.isHonest)
  const eclipsed = honest.filter((node) => ![...node.links.values()].some((end) => end.other.node.isHonest))
  let links = 0
  let toSybils = 0
  for (const node of honest) {
    links += node.links.size
    for (const end of node.links.values()) if (!end.other.node.isHonest) toSybils++
  }
  room.writeFor(5_000)
  world.runFor(60_000)
  const percent = `${share * 100} %`
  const rows = [
    atMost(
      { metric: `${percent} sybils: honest nodes eclipsed`, anchor: 'HyParView 100 %', unit: ' %' },
      share > 0.1 ? 1 : 0,
      (eclipsed.length / honest.length) * 100,
    ),
    atLeast(
      { metric: `${percent} sybils: largest honest part`, unit: ' %' },
      99,
      (largestComponent(honest) / honest.length) * 100,
    ),
    told(
      { metric: `${percent} sybils: links of honest nodes that lead to them`, unit: ' %' },
      (toSybils / links) * 100,
    ),
  ]
  return { rows, broken: brokenInvariants(world), world }
}

export const sybil: Scenario = {
  name: 'sybil',
  purpose: 'members invite their own sessions and crowd in for ten minutes',
  nodes: 400,
  run: (options) => {
    const [tenth, fifth] = [attacked(options, 0.1), attacked(options, 0.2)]
    return { rows: [...tenth.rows, ...fifth.rows], broken: [...tenth.broken, ...fifth.broken], world: fifth.world }
  },
}
