import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Scenario, ScenarioOptions } from './scenario.ts'
import { catchUp } from './scenarios/catch-up.ts'
import { churn } from './scenarios/churn.ts'
import { crash } from './scenarios/crash.ts'
import { doorOutage, flashCrowd, join } from './scenarios/joining.ts'
import { runMarkedSuperPeer } from './scenarios/marked-super-peer.ts'
import { runSuperPeers } from './scenarios/super-peers.ts'
import { tableOf } from './table.ts'

/** The three of an edge, and one on trial. */
const EDGE_LINKS_MAX = 4

/** A short walk through the full runs of `npm run simulate`: the same scenarios, fewer people, the same invariants. */
function runs(scenario: Scenario, options: ScenarioOptions): void {
  const { rows, broken } = scenario.run(options)
  assert.deepEqual(broken, [], `${scenario.name}, seed ${options.seed}\n${tableOf(rows)}`)
}

describe('the mesh, simulated', () => {
  test('the same seed gives the same run, event for event, and another seed another', () => {
    const traceOf = (seed: number): string => crash.run({ nodes: 40, seed }).world.trace.hex()
    assert.equal(traceOf(5), traceOf(5))
    assert.notEqual(traceOf(5), traceOf(6))
  })

  test('a third of the room crashes at once and nobody who is left misses an entry', () => {
    runs(crash, { nodes: 150, seed: 2 })
  })

  test('newcomers find a room at rest and get all of it', () => {
    runs(join, { nodes: 40, seed: 3 })
  })

  test('a crowd that comes all at once becomes one mesh', () => {
    runs(flashCrowd, { nodes: 100, seed: 4 })
  })

  test('the room and its newcomers outlive a door', () => {
    runs(doorOutage, { nodes: 60, seed: 5 })
  })

  test('pages that close, crash, come back and sleep end with everything', () => {
    runs(churn, { nodes: 40, seed: 6 })
  })

  test('peers with a thousand feeds find three that changed', () => {
    runs(catchUp, { nodes: 2, seed: 7 })
  })

  test('a room of edges and sleepers loses one of its two super peers and no entry', () => {
    const seed = 8
    const { rows, broken, world } = runSuperPeers({ nodes: 40, seed }, [2])
    const table = `seed ${seed}\n${tableOf(rows)}`
    assert.deepEqual(broken, [], table)
    assert.deepEqual(
      rows.filter(({ isMet }) => isMet === false),
      [],
      table,
    )
    assert.equal(world.nodes.filter(({ isAlive }) => !isAlive).length, 1, table)
    const edges = world.nodes.filter(({ membership }) => membership?.mode === 'edge')
    assert.ok(edges.length >= 20 && edges.every(({ links }) => links.size <= EDGE_LINKS_MAX), table)
  })

  test('[SU25] a super peer that withholds is nobody’s neighbour for long, and nobody misses an entry', () => {
    const seed = 9
    const { rows, broken } = runMarkedSuperPeer({ nodes: 24, seed })
    const table = `seed ${seed}\n${tableOf(rows)}`
    assert.deepEqual(broken, [], table)
    assert.deepEqual(
      rows.filter(({ isMet }) => isMet === false),
      [],
      table,
    )
  })
})
