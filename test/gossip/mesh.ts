/** Rooms whose peers spread news by trees, on the simulated network of the sync machines. */
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import { feedNamed, SeededRandom, SimulatedNetwork, type SimulatedPeer } from '../sync/simulation.ts'

export interface MeshPeer {
  readonly peer: SimulatedPeer
  readonly trees: GossipTrees
}

export const noteOf = (peer: SimulatedPeer) => feedNamed(`note of ${peer.name}`)

/** Peers with about `degree` links each, the first `writers` of which have a note of their own that all know. */
export function mesh(options: { seed: number; size: number; degree: number; writers: number }) {
  const network = new SimulatedNetwork(options.seed)
  const random = new SeededRandom(options.seed + 1)
  const peers: MeshPeer[] = []
  for (let i = 0; i < options.size; i++) {
    const trees = new GossipTrees()
    peers.push({ peer: network.add(`Peer ${i}`, trees), trees })
  }
  const writers = peers.slice(0, options.writers).map(({ peer }) => peer)
  for (const { peer } of peers) for (const writer of writers) peer.register(noteOf(writer), 'document')
  const all = peers.map(({ peer }) => peer)
  for (const [i, peer] of all.entries()) {
    const next = all[(i + 1) % all.length]
    if (next && next !== peer) network.connect(peer, next)
  }
  for (let tries = 0; tries < options.size * options.degree * 4; tries++) {
    const [a, b] = [all[random.below(all.length)], all[random.below(all.length)]]
    if (!a || !b || a === b || a.connections.size >= options.degree || b.connections.size >= options.degree) continue
    network.connect(a, b)
  }
  network.runFor(6_000)
  return { network, random, peers, writers }
}
