import assert from 'node:assert/strict'
import type { DocumentSchema } from '../../src/document/guard/schema.ts'
import { dump } from './dump.ts'
import { editAnything } from './honest-edits.ts'
import { Random } from './random.ts'
import { Replica, World } from './world.ts'

/** Lets `authors` people edit at once, then compares every replica with a reader who got all in another order. */
export function honestRun(
  seed: number,
  schema: DocumentSchema,
  authors: number,
  rounds: number,
  undoing?: number,
): number {
  const random = new Random(seed)
  const world = new World(schema, authors)
  const replicas = world.feeds.map((_, author) => new Replica(world, author))
  for (let round = 0; round < rounds; round++) {
    const replica = random.pick(replicas)
    for (let edits = random.below(4); edits >= 0; edits--) editAnything(random, replica, undoing)
    replica.flush(random.chance(0.2) ? 200 + random.below(400) : undefined)
    const other = random.pick(replicas)
    other.flush()
    other.catchUp(random, random.below(8))
    // Mending an invalid node while taking in counts as a change of one's own.
    other.flush()
  }
  converge(random, world, replicas)
  return world.feeds.reduce((sum, feed) => sum + feed.length, 0)
}

export function converge(random: Random, world: World, replicas: readonly Replica[]): void {
  const reader = new Replica(world, -1)
  const everybody = [...replicas, reader]
  for (const replica of everybody) replica.catchUp(random, Infinity)
  const expected = dump(reader.doc)
  for (const replica of everybody) {
    assert.deepEqual(replica.heads, reader.heads, 'every entry was taken in')
    assert.equal(dump(replica.doc), expected, 'replicas differ')
  }
}
