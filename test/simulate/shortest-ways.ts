/**
 * How fast news could be at best on the links that there are: Dijkstra's shortest ways (1959) from some nodes to all,
 * with what every node needs to check an entry. A flood without queues and losses is exactly this fast.
 */
import { EventQueue } from './event-queue.ts'
import { Distribution } from './measurements.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { World } from './world.ts'

export function shortestWays(world: World, sources: readonly SimulatedNode[]): Distribution {
  const ways = new Distribution()
  for (const source of sources) {
    const atMs = new Float64Array(world.nodes.length).fill(Number.POSITIVE_INFINITY)
    const queue = new EventQueue<SimulatedNode>()
    atMs[source.index] = 0
    queue.push(0, source)
    for (;;) {
      const reachedMs = queue.nextAtMs
      const node = queue.pop()
      if (!node) break
      if (reachedMs > (atMs[node.index] ?? 0)) continue
      for (const end of node.links.values()) {
        const next = reachedMs + end.oneWayMs + world.judgeMs
        const other = end.other.node
        if (next >= (atMs[other.index] ?? 0)) continue
        atMs[other.index] = next
        queue.push(next, other)
      }
    }
    for (const ms of atMs) if (ms > 0 && Number.isFinite(ms)) ways.add(ms)
  }
  return ways
}
