import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSteady } from './scenarios/steady.ts'
import { tableOf } from './table.ts'

test('a thousand nodes and twenty writers: everything arrives, on eight links, with one copy too many', () => {
  const seed = 1
  const { rows, broken, world } = runSteady({ nodes: 1_000, seed }, 4_000, 0)
  const table = `seed ${seed}\n${tableOf(rows)}`
  assert.deepEqual(broken, [], table)
  assert(world.measurements.redundancy <= 1.1, table)
  assert(world.measurements.lastHopMean <= 11, table)
  assert(world.measurements.controlBytesPerDelivery <= 25, table)
  assert(Math.max(...world.nodes.map((node) => node.links.size)) <= 8, table)
})
