import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DOCUMENT, PICTURE, PROGRAM, runSpreads } from './scenarios/spread.ts'
import { runSpread } from './spread.ts'

const NODES = 200
const FILES = [PROGRAM, DOCUMENT, PICTURE]
const SEEDS = [1, 2, 3]

test('where nobody taps, no other device holds a byte of what a stranger sent', () => {
  for (const seed of SEEDS)
    for (const file of FILES)
      for (const sender of ['unknown', 'introduced', 'blocked'] as const) {
        const { holders, servers, broken } = runSpread({ nodes: NODES, seed, sender, file, taps: 0 })
        assert.deepEqual(
          { holders, servers, broken },
          { holders: 0, servers: 0, broken: [] },
          `seed ${seed} ${file.name}`,
        )
      }
})

test("a stranger's program and picture, and anything of a blocked person, go nowhere even if everybody taps", () => {
  for (const seed of SEEDS) {
    const all = { nodes: NODES, seed, taps: 1 }
    for (const file of [PROGRAM, PICTURE])
      assert.equal(runSpread({ ...all, sender: 'unknown', file }).holders, 0, `seed ${seed} ${file.name}`)
    assert.equal(runSpread({ ...all, sender: 'introduced', file: PROGRAM }).holders, 0, `seed ${seed}`)
    for (const file of FILES)
      assert.equal(runSpread({ ...all, sender: 'blocked', file }).holders, 0, `seed ${seed} ${file.name}`)
  }
})

test("a stranger's document comes to those who ask, from its sender alone; the more tap the more have it", () => {
  for (const seed of SEEDS) {
    const counts = [0.05, 0.3, 1].map((taps) => {
      const run = runSpread({ nodes: NODES, seed, sender: 'unknown', file: DOCUMENT, taps })
      assert.deepEqual([run.unasked, run.servers, run.broken], [0, 0, []], `seed ${seed}`)
      return run.holders
    })
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
      `seed ${seed}`,
    )
    assert.ok((counts.at(-1) ?? 0) > NODES / 4, `seed ${seed}: ${counts.join()}`)
  }
})

test('a mesh that seeds what it sees carries it to nearly all', () => {
  for (const seed of SEEDS) {
    const all = { nodes: NODES, seed, sender: 'unknown', file: PROGRAM, taps: 0 } as const
    assert.ok(runSpread({ ...all, isSeedingAll: true }).holders > 0.9 * NODES, `seed ${seed}`)
  }
})

test('a stolen account reaches the friends of its owner, and not the room', () => {
  for (const seed of SEEDS) {
    const run = runSpread({ nodes: NODES, seed, sender: 'hijacked', file: PICTURE, taps: 0 })
    assert.deepEqual(run.broken, [], `seed ${seed}`)
    assert.ok(run.holders > 0 && run.holders < NODES / 10, `seed ${seed}: ${run.holders}`)
  }
})

test('the same seed gives the same hour, another seed another', () => {
  const hashOf = (seed: number): string => runSpreads({ nodes: NODES, seed }).world.trace.hex()
  assert.equal(hashOf(1), hashOf(1))
  assert.notEqual(hashOf(1), hashOf(2))
})
