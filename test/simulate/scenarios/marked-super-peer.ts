import { DOUBT_INTERVAL_MS, LOOK_MS, PROOF_INTERVAL_MS } from '../../../src/peer/audits.ts'
import { Auditor } from '../auditor.ts'
import { Withholder } from '../hostile.ts'
import { brokenInvariants, largestComponent } from '../invariants.ts'
import { Distribution } from '../measurements.ts'
import { atMost, told, type MeshOutcome, type Scenario, type ScenarioOptions } from '../scenario.ts'
import type { SimulatedNode } from '../simulated-node.ts'
import { crowd, REST_MS, SUPER_LINKS_AT_ONCE_MAX } from './super-peers.ts'

const SUPERS = 4
const WRITING_MS = 20_000
const SETTLING_MS = 45_000
const SAMPLE_MS = 5_000
/** Until each that is linked to it has asked it for a proof, and three in a row have failed. */
const FOUND_MS_MAX = 1.5 * PROOF_INTERVAL_MS + 3 * (DOUBT_INTERVAL_MS + LOOK_MS)

const hasActive = (node: SimulatedNode, other: SimulatedNode): boolean =>
  node.membership?.overlay.active.some(({ peer }) => peer === other.session) === true

/** For how long, in one stretch, each node has had another for an active neighbour. */
class Stretches {
  readonly #sinceMs = new Map<SimulatedNode, number>()
  readonly #endedMs: number[] = []

  sample(nodes: readonly SimulatedNode[], other: SimulatedNode, nowMs: number): void {
    for (const node of nodes) {
      const sinceMs = this.#sinceMs.get(node)
      if (hasActive(node, other)) this.#sinceMs.set(node, sinceMs ?? nowMs)
      else if (sinceMs !== undefined) {
        this.#sinceMs.delete(node)
        this.#endedMs.push(nowMs - sinceMs)
      }
    }
  }

  /** Those that last included. */
  at(nowMs: number): Distribution {
    const all = new Distribution()
    for (const durationMs of this.#endedMs) all.add(durationMs)
    for (const sinceMs of this.#sinceMs.values()) all.add(nowMs - sinceMs)
    return all
  }
}

/** One of four super peers begins to withhold what it has. */
export function runMarkedSuperPeer(options: ScenarioOptions): MeshOutcome {
  const { room, of } = crowd(options, SUPERS)
  const { world } = room
  const [bad, ...others] = of.super
  if (!bad) throw new RangeError('there are super peers')
  const honest = world.nodes.filter((node) => node !== bad)
  room.warmUp()
  world.runFor(REST_MS)
  for (const node of honest) {
    // Who cannot read judges nobody.
    if (others.includes(node)) continue
    node.auditor = new Auditor(node)
    node.auditor.begin()
  }
  room.writeFor(WRITING_MS)
  world.runFor(WRITING_MS + SETTLING_MS)
  const p99BeforeMs = world.measurements.delayMs.quantile(0.99)
  world.measurements.reset()
  bad.behaviour = new Withholder()
  const stretches = new Stretches()
  const startedMs = world.nowMs
  const held = honest.filter((node) => hasActive(node, bad)).length
  room.writeFor(WRITING_MS)
  while (world.nowMs < startedMs + FOUND_MS_MAX) {
    stretches.sample(
      honest.filter((node) => node.auditor),
      bad,
      world.nowMs,
    )
    world.runFor(SAMPLE_MS)
  }
  const p99WhileMs = world.measurements.delayMs.quantile(0.99)
  world.measurements.reset()
  room.writeFor(WRITING_MS)
  world.runFor(WRITING_MS + SETTLING_MS)
  const judges = honest.filter(({ auditor }) => auditor)
  stretches.sample(judges, bad, world.nowMs)
  const lasting = stretches.at(world.nowMs)
  const broken = brokenInvariants(world, { linksMax: SUPER_LINKS_AT_ONCE_MAX })
  for (const { index, auditor } of judges)
    for (const other of others)
      if (auditor?.isCondemned(other) === true) broken.push(`node ${index} condemns honest super peer ${other.index}`)
  const written = room.feeds.reduce((sum, feed) => sum + feed.entries.length, 0)
  const had = honest.reduce(
    (all, { shelf }) => all + room.feeds.reduce((sum, feed) => sum + shelf.lengthOf(feed), 0),
    0,
  )
  const rows = [
    atMost({ metric: 'entries missed by the others' }, 0, honest.length * written - had),
    atMost({ metric: 'nodes outside the largest part' }, 0, honest.length - largestComponent(honest)),
    told({ metric: 'had it for an active neighbour when it began' }, held),
    told({ metric: 'one has it for so long, p50', unit: ' s' }, lasting.quantile(0.5) / 1_000),
    atMost({ metric: 'the longest of these', unit: ' s' }, FOUND_MS_MAX / 1_000, lasting.quantile(1) / 1_000),
    told({ metric: 'have it at the end, newly' }, judges.filter((node) => hasActive(node, bad)).length),
    told({ metric: 'have named it' }, judges.filter(({ auditor }) => auditor?.isCondemned(bad)).length),
    told({ metric: 'edit visible before, p99', unit: ' ms' }, p99BeforeMs),
    told({ metric: 'edit visible as it begins, p99', unit: ' ms' }, p99WhileMs),
    told({ metric: 'edit visible when it is named, p99', unit: ' ms' }, world.measurements.delayMs.quantile(0.99)),
  ]
  return { rows, broken, world }
}

export const markedSuperPeer: Scenario = {
  name: 'marked-super-peer',
  purpose: 'one of four super peers withholds what it has, and is checked as pages do',
  nodes: 300,
  run: runMarkedSuperPeer,
}
