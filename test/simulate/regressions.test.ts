import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SCENARIOS } from './scenarios/index.ts'

/** Runs that once broke an invariant, each with what was wrong then. */
const REGRESSIONS: readonly { scenario: string; nodes: number; seed: number; was: string }[] = [
  { scenario: 'door-outage', nodes: 100, seed: 1, was: 'a message overtook another of its lane at a busy downlink' },
  { scenario: 'partition', nodes: 60, seed: 1, was: 'two halves that were both meshed never looked for each other' },
]

for (const { scenario: name, nodes, seed, was } of REGRESSIONS)
  test(`${name} with ${nodes} nodes and seed ${seed} holds: ${was}`, () => {
    const scenario = SCENARIOS.find((each) => each.name === name)
    assert(scenario)
    assert.deepEqual(scenario.run({ nodes, seed }).broken, [])
  })
