/** What must hold after every run, whatever happened in it. */
import { PASSIVE_SLOTS } from '../../src/discovery/limits.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { World } from './world.ts'

/** Eight neighbours, a newcomer that is being shown on, and a replacement that is there before what it replaces goes. */
export const LINKS_MAX = 12
/** Lines of a report that nobody reads to the end. */
const EXAMPLES = 5

export interface Expectations {
  /** Nodes that must have everything: honest ones that run. */
  readonly nodes?: readonly SimulatedNode[]
  /** Authors whose entries must have come; those of flooders need not. */
  readonly authors?: (author: SimulatedNode | undefined) => boolean
  readonly linksMax?: number
}

/** What honest nodes ended links to hostile ones for, with how often. */
export function accusationsOf(world: World): string {
  const counts = new Map<string, number>()
  for (const node of world.nodes)
    if (node.isHonest) for (const { reason } of node.accusations) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ') || 'nothing'
}

/** Every honest node has every honest entry, in order and without a gap, which is what its shelf's length means. */
export function missingEntries(world: World, { nodes, authors }: Expectations = {}): string[] {
  const missing: string[] = []
  for (const node of nodes ?? world.nodes) {
    if (!node.isAlive || !node.isHonest) continue
    for (const feed of world.ledger.feeds) {
      const author = world.nodes[feed.author]
      if (authors ? !authors(author) : author?.isHonest !== true) continue
      const has = node.shelf.lengthOf(feed)
      if (has !== feed.entries.length)
        missing.push(`node ${node.index} has ${has} of ${feed.entries.length} entries of node ${feed.author}`)
    }
  }
  return missing
}

export function brokenInvariants(world: World, expectations: Expectations = {}): string[] {
  const broken = missingEntries(world, expectations)
  const linksMax = expectations.linksMax ?? LINKS_MAX
  for (const node of world.nodes) {
    if (!node.isAlive || !node.isHonest) continue
    if (node.degreeMax > linksMax) broken.push(`node ${node.index} had ${node.degreeMax} links at once`)
    for (const { reason, of } of node.accusations)
      if (of.isHonest) broken.push(`node ${node.index} ended its link to honest node ${of.index}: ${reason}`)
    const passive = node.membership?.overlay.passive.length ?? 0
    if (passive > PASSIVE_SLOTS) broken.push(`node ${node.index} remembers ${passive} others`)
  }
  const more = broken.length - EXAMPLES
  return more > 0 ? [...broken.slice(0, EXAMPLES), `and ${more} more`] : broken
}

/** The largest part of these nodes that are linked with one another, without going through anybody else. */
export function largestComponent(nodes: readonly SimulatedNode[]): number {
  const left = new Set(nodes)
  let largest = 0
  for (const start of nodes) {
    if (!left.delete(start)) continue
    const reached = [start]
    for (const node of reached)
      for (const end of node.links.values())
        if (end.other.isOpen && left.delete(end.other.node)) reached.push(end.other.node)
    largest = Math.max(largest, reached.length)
  }
  return largest
}
