/** Rooms to begin a scenario with. */
import { idFromBytes, type PersonId } from '../../src/base/ids.ts'
import type { Mode } from '../../src/discovery/limits.ts'
import { composeSync } from './compose.ts'
import { SimulatedDoor } from './door.ts'
import { DoorKeeper } from './door-keeper.ts'
import type { WrittenFeed } from './ledger.ts'
import { Directory, Membership } from './membership.ts'
import { assignBranches, linkAtRandom } from './ready-mesh.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { Site } from './terrain.ts'
import { World, type WorldOptions } from './world.ts'

export interface RoomOptions extends WorldOptions {
  readonly nodes: number
  readonly writers?: number
  /** A mesh is there already; otherwise everybody stands outside. */
  readonly isMeshed?: boolean
  readonly hasDoors?: boolean
  /** What each node is for the mesh, by its number; `normal` unless it is said otherwise. */
  readonly modeOf?: (index: number) => Mode
  /** Where a node is, by its number; drawn where it is not said. */
  readonly siteOf?: (index: number) => Site | undefined
}

/** How often people write, in the scenarios that are not about that. */
const WRITE_INTERVAL_MS = 1_000
/** A line of chat or a few keystrokes, sealed. */
const ENTRY_BYTES = { min: 60, max: 180 }

export class SimulatedRoom {
  readonly world: World
  readonly directory = new Directory()
  readonly doors: readonly SimulatedDoor[]
  readonly feeds: WrittenFeed[] = []
  readonly writers: SimulatedNode[]
  readonly #hasDoors: boolean

  constructor(options: RoomOptions) {
    const { nodes, writers = 20, isMeshed = true, hasDoors = false, modeOf, siteOf } = options
    const world = new World(options)
    this.world = world
    this.#hasDoors = hasDoors
    this.doors = [new SimulatedDoor(world, 'y-webrtc', true), new SimulatedDoor(world, 'nostr', false)]
    for (let i = 0; i < nodes; i++) world.addNode(siteOf?.(i))
    assignBranches(world, world.nodes)
    this.writers = world.nodes.slice(0, writers)
    for (const writer of this.writers) this.openFeed(writer)
    for (const node of world.nodes) this.furnish(node, modeOf?.(node.index))
    if (!isMeshed) return
    for (const node of world.nodes) node.membership?.begin(nodes)
    linkAtRandom(world, world.nodes)
  }

  get members(): number {
    return this.world.nodes.length
  }

  /** Gives a node its part in the overlay and in the doors, and the feeds there are. */
  furnish(node: SimulatedNode, mode: Mode = 'normal'): void {
    const keeper = this.#hasDoors ? new DoorKeeper(node, this.doors) : undefined
    node.membership = new Membership(node, this.directory, keeper, mode)
    if (mode !== 'normal') node.machine = composeSync(mode)
    for (const feed of this.feeds) node.register(feed)
  }

  openFeed(author: SimulatedNode): WrittenFeed {
    const feed = this.world.ledger.open(author.index)
    this.feeds.push(feed)
    author.ownFeeds.push(feed)
    return feed
  }

  /** Somebody new, standing outside, invited by one who is in. */
  newcomer(): SimulatedNode {
    const node = this.world.addNode()
    const inviter = this.world.nodes[this.world.random.below(node.index)]
    node.branch = inviter?.branch ?? idFromBytes<PersonId>(this.world.random.bytes(32))
    this.furnish(node)
    return node
  }

  /** Everybody who writes goes on doing so for that long, once a second in the mean. */
  writeFor(durationMs: number, isMeasured = true): void {
    const { world } = this
    for (const writer of this.writers) {
      const count = Math.round(durationMs / WRITE_INTERVAL_MS)
      for (let i = 0; i < count; i++) {
        const size = Math.floor(world.random.between(ENTRY_BYTES.min, ENTRY_BYTES.max))
        const [feed] = writer.ownFeeds
        if (feed) world.call(world.random.next() * durationMs, () => writer.write(feed, size, isMeasured), writer.index)
      }
    }
  }

  /** A quiet start: cards go round, and each writer says a word so that its tree is there. */
  warmUp(durationMs = 5_000): void {
    this.writeFor(durationMs, false)
    this.world.runFor(durationMs + 2_000)
    this.world.measurements.reset()
  }
}
