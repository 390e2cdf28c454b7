/** A mesh that is already there, for scenarios whose question begins later than joining. */
import { idFromBytes, type PersonId } from '../../src/base/ids.ts'
import { PROFILES, SUPER_LINKS_MAX, type Profile } from '../../src/discovery/limits.ts'
import type { SimulatedNode } from './simulated-node.ts'
import { canConnect } from './terrain.ts'
import type { World } from './world.ts'

/** Members that one inviter brought in, in a room that grew by word of mouth. */
const BRANCH_SIZE = 12
/** Links to one branch that the overlay allows. */
const LINKS_PER_BRANCH = 2

/** Gives every node an inviter's branch; a room of few has no use for that. */
export function assignBranches(world: World, nodes: readonly SimulatedNode[]): void {
  const inviters = Array.from({ length: Math.ceil(nodes.length / BRANCH_SIZE) }, () =>
    idFromBytes<PersonId>(world.random.bytes(32)),
  )
  for (const node of nodes) node.branch = inviters[world.random.below(inviters.length)]
}

const profileOf = (node: SimulatedNode): Profile => PROFILES[node.membership?.mode ?? 'normal']

/** Links every node to others of its own choice by chance: in a room without edges and super peers each to four. */
export function linkAtRandom(world: World, nodes: readonly SimulatedNode[]): void {
  const inbound = new Map<SimulatedNode, number>()
  const isFree = (from: SimulatedNode, to: SimulatedNode | undefined): to is SimulatedNode => {
    if (!to || to === from || (inbound.get(to) ?? 0) >= profileOf(to).inboundMax) return false
    if (!canConnect(from.site.nat, to.site.nat)) return false
    const ends = [...from.links.values()]
    if (ends.some((end) => end.other.node === to)) return false
    return mayHaveSuper(from, to) && mayHaveSuper(to, from) && hasRoomForBranch(from, to) && hasRoomForBranch(to, from)
  }
  const rounds = Math.max(...nodes.map((node) => profileOf(node).outboundWanted))
  for (let round = 0; round < rounds; round++) {
    for (const from of world.random.shuffled(nodes)) {
      if (round >= profileOf(from).outboundWanted) continue
      for (let attempt = 0; attempt < 60; attempt++) {
        const to = nodes[world.random.below(nodes.length)]
        if (!isFree(from, to)) continue
        inbound.set(to, (inbound.get(to) ?? 0) + 1)
        const end = world.link(from, to)
        from.linkUp(end)
        to.linkUp(end.other)
        break
      }
    }
  }
}

function hasRoomForBranch(node: SimulatedNode, other: SimulatedNode): boolean {
  if (other.branch === undefined) return true
  let count = 0
  for (const end of node.links.values()) if (end.other.node.branch === other.branch) count++
  return count < LINKS_PER_BRANCH
}

function mayHaveSuper(node: SimulatedNode, other: SimulatedNode): boolean {
  if (other.membership?.isSuper !== true) return true
  let count = 0
  for (const end of node.links.values()) if (end.other.node.membership?.isSuper === true) count++
  return count < SUPER_LINKS_MAX
}
