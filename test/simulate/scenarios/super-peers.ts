import type { Mode } from '../../../src/discovery/limits.ts'
import { brokenInvariants, largestComponent, LINKS_MAX } from '../invariants.ts'
import { Distribution, Traffic } from '../measurements.ts'
import { SimulatedRoom } from '../room.ts'
import { atMost, told, type MeshOutcome, type Row, type Scenario, type ScenarioOptions } from '../scenario.ts'
import type { SimulatedNode } from '../simulated-node.ts'
import type { Site } from '../terrain.ts'

/** A room of phones: so many are at the edge, so many of the others are pages in the background. */
const EDGE_SHARE = 0.5
const SLEEPING_SHARE = 0.5
/** Until edges, super peers and the rest have sorted themselves out. */
export const REST_MS = 60_000
const WRITING_MS = 20_000
const SETTLING_MS = 5_000
/** While nobody can know yet that a super peer is gone. */
const UNNOTICED_MS = 5_000
/** Links that die at 20 s of silence, questions asked again after 3 s and 30 s, timers of sleeping pages after 60 s. */
const HEALING_MS = 90_000
/** A link beside those of the profile while one is on trial or being replaced. */
export const SUPER_LINKS_AT_ONCE_MAX = 40

/** A rented machine: no NAT, and a line of 100 Mbit/s both ways. */
const HOSTED = { accessMs: 3, nat: 'open', upBytesPerMs: 12_500, downBytesPerMs: 12_500 } as const
/** In different places of the map, so that what is near for one part of the room is not for the others. */
const PLACES: readonly Pick<Site, 'x' | 'y'>[] = [
  { x: 0.25, y: 0.25 },
  { x: 0.75, y: 0.75 },
  { x: 0.25, y: 0.75 },
  { x: 0.75, y: 0.25 },
]

type Kind = 'super' | 'awake' | 'sleeping' | 'edge'
const KINDS: readonly Kind[] = ['super', 'awake', 'sleeping', 'edge']

export interface Crowd {
  readonly room: SimulatedRoom
  readonly of: Readonly<Record<Kind, readonly SimulatedNode[]>>
}

/** The writers come first and are edges as often as others; the super peers are the last of the room. */
export function crowd({ nodes, seed }: ScenarioOptions, supers: number): Crowd {
  const isSuper = (index: number): boolean => index >= nodes
  const isEdge = (index: number): boolean => index % Math.round(1 / EDGE_SHARE) === 0
  const siteOf = (index: number): Site | undefined => {
    const place = PLACES[(index - nodes) % PLACES.length]
    return isSuper(index) && place ? { ...HOSTED, ...place } : undefined
  }
  const modeOf = (index: number): Mode => (isSuper(index) ? 'super' : isEdge(index) ? 'edge' : 'normal')
  const room = new SimulatedRoom({ seed, nodes: nodes + supers, hasDoors: true, modeOf, siteOf })
  const of: Record<Kind, SimulatedNode[]> = { super: [], awake: [], sleeping: [], edge: [] }
  for (const node of room.world.nodes) {
    const mode = modeOf(node.index)
    // Whoever writes looks at the page.
    const isAsleep = mode === 'normal' && !room.writers.includes(node) && room.world.random.isHit(SLEEPING_SHARE)
    of[mode === 'normal' ? (isAsleep ? 'sleeping' : 'awake') : mode].push(node)
    if (isAsleep)
      room.world.call(room.world.random.next() * REST_MS, () => node.membership?.setHidden(true), node.index)
  }
  return { room, of }
}

/** What nodes of a kind send, one of them in the mean, in a second. */
function loadRow(name: string, nodes: readonly SimulatedNode[], durationMs: number): Row {
  const seconds = (nodes.length * durationMs) / 1_000
  const sum = (of: (sent: Traffic) => number): number =>
    nodes.reduce((total, { sent }) => total + (sent ? of(sent) : 0), 0) / seconds
  const entries = sum((sent) => sent.copies)
  const all = sum((sent) => sent.entryBytes + sent.controlBytes + sent.livenessBytes + sent.overlayBytes)
  const links = nodes.reduce((total, node) => total + node.links.size, 0) / nodes.length
  const text = `${entries.toFixed(1)} entries, ${(all / 1_000).toFixed(2)} kB; ${links.toFixed(1)} links`
  return told({ metric: `sent by a node and second, ${name} (${nodes.length})` }, text)
}

function countAnew(nodes: readonly SimulatedNode[]): void {
  for (const node of nodes) node.sent = new Traffic()
}

function delays(when: string, room: SimulatedRoom): Row[] {
  const { delayMs } = room.world.measurements
  return [
    told({ metric: `edit visible ${when}, p50`, unit: ' ms' }, delayMs.quantile(0.5)),
    told({ metric: `edit visible ${when}, p99`, unit: ' ms' }, delayMs.quantile(0.99)),
  ]
}

function living(name: string, { room, of }: Crowd): Row[] {
  const { world } = room
  room.warmUp()
  world.runFor(REST_MS)
  room.warmUp()
  countAnew(world.nodes)
  room.writeFor(WRITING_MS)
  world.runFor(WRITING_MS + SETTLING_MS)
  const loads = KINDS.filter((kind) => of[kind].length > 0).map((kind) =>
    loadRow(`${kind}, ${name}`, of[kind], WRITING_MS + SETTLING_MS),
  )
  const { redundancy } = world.measurements
  return [...delays(name, room), told({ metric: `copies beyond the needed one, ${name}` }, redundancy), ...loads]
}

/** One of the super peers is gone without a word while all go on writing. */
function losing(name: string, { room, of }: Crowd): Row[] {
  const { world } = room
  const [lost] = of.super
  if (!lost) return []
  const orphans = [...lost.links.values()].map((end) => end.other.node)
  world.measurements.reset()
  lost.crash()
  room.writeFor(UNNOTICED_MS)
  world.runFor(UNNOTICED_MS)
  const unnoticed = delays(`${name}, 5 s from the death of one`, room)
  world.measurements.reset()
  room.writeFor(WRITING_MS)
  world.runFor(WRITING_MS + HEALING_MS)
  const alive = world.nodes.filter((node) => node.isAlive)
  const written = room.feeds.reduce((sum, feed) => sum + feed.entries.length, 0)
  const held = alive.reduce(
    (sum, { shelf }) => sum + room.feeds.reduce((all, feed) => all + shelf.lengthOf(feed), 0),
    0,
  )
  const least = new Distribution()
  for (const node of orphans) least.add([...node.links.values()].filter((end) => end.other.isOpen).length)
  return [
    ...unnoticed,
    ...delays(`${name}, the 20 s after that`, room),
    told(
      { metric: `who was linked to it, ${name}` },
      `${orphans.length}, fewest links 110 s later ${least.quantile(0)}`,
    ),
    atMost({ metric: `entries missed by those who live, ${name}` }, 0, alive.length * written - held),
    atMost({ metric: `nodes outside the largest part, ${name}` }, 0, alive.length - largestComponent(alive)),
  ]
}

/** The same room with so many super peers, one after the other. */
export function runSuperPeers(options: ScenarioOptions, counts: readonly number[]): MeshOutcome {
  const rows: Row[] = []
  const broken: string[] = []
  let last: Crowd | undefined
  for (const count of counts) {
    const name = `${count} super`
    const members = crowd(options, count)
    rows.push(...living(name, members), ...losing(name, members))
    const { world } = members.room
    broken.push(...brokenInvariants(world, { linksMax: count === 0 ? LINKS_MAX : SUPER_LINKS_AT_ONCE_MAX }))
    for (const kind of ['awake', 'sleeping', 'edge'] as const)
      for (const { index, degreeMax } of members.of[kind])
        if (degreeMax > LINKS_MAX) broken.push(`${kind} node ${index} had ${degreeMax} links at once`)
    last = members
  }
  if (!last) throw new RangeError('at least one room is run')
  return { rows, broken, world: last.room.world }
}

export const superPeers: Scenario = {
  name: 'super-peers',
  purpose: 'half the room at the edge, half of the others asleep; without super peers, with two and with four',
  nodes: 1_000,
  run: (options) => runSuperPeers(options, [0, 2, 4]),
}
