import assert from 'node:assert/strict'
import type { GuardReason } from '../../src/document/guard/reasons.ts'
import type { DocumentSchema } from '../../src/document/guard/schema.ts'
import { dumpOrder } from './dump.ts'
import { editAnything } from './honest-edits.ts'
import { converge } from './honest-run.ts'
import { Forger, targetsOf } from './hostile.ts'
import { Random } from './random.ts'
import { Replica, ShadowingReplica, World } from './world.ts'

const HONEST = 2
const HOSTILE = 2
const EDITS_WITHOUT = 4

export interface HostileTally {
  attempts: number
  accepted: number
  readonly reasons: Map<GuardReason, number>
}

export const newTally = (): HostileTally => ({ attempts: 0, accepted: 0, reasons: new Map() })

/**
 * Two honest people edit while two others send whatever they like, each update under a closed cut that may be old. What
 * one guard lets in, every guard must; what it refuses, every guard must, for the same reason; and all end equal.
 */
export function hostileRun(seed: number, schema: DocumentSchema, attempts: number, tally: HostileTally): void {
  const random = new Random(seed)
  const world = new World(schema, HONEST + HOSTILE)
  const replicas = [0, 1].map((author) => new Replica(world, author))
  const witness = new Replica(world, -1)
  let targets = targetsOf(witness.doc, schema)
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt % 16 === 0) {
      const replica = random.pick(replicas)
      replica.flush()
      replica.catchUp(random, random.below(30))
      for (let edits = random.below(3); edits >= 0; edits--) editAnything(random, replica)
      // What is not published yet must not change a verdict.
      if (random.chance(0.5)) replica.flush()
      witness.catchUp(random, Infinity)
      targets = targetsOf(witness.doc, schema)
    }
    const author = HONEST + random.below(HOSTILE)
    const client = world.clients[author] ?? 0
    const lane = witness.guard.laneOf(world.nameOf(author))
    const attacker = { client, lane, nextClock: witness.guard.nextClock(client) }
    const seen = world.randomCut(random, author)
    const update = new Forger(random, schema, targets, attacker, world.viewOf(seen)).forge()
    const cut = random.chance(0.15) ? world.randomCut(random, author) : seen
    const checked = witness.guard.check(client, world.viewOf(cut), update, Infinity)
    tally.attempts++
    if (!checked.ok) {
      tally.reasons.set(checked.reason, (tally.reasons.get(checked.reason) ?? 0) + 1)
      sameVerdict(random.pick(replicas), author, cut, update, checked.reason)
      continue
    }
    tally.accepted++
    const entry = { author, cut, update, to: checked.value.to }
    world.feeds[author]?.push(entry)
    witness.receive(entry)
    targets = targetsOf(witness.doc, schema)
  }
  for (const replica of replicas) replica.flush()
  converge(random, world, [...replicas, witness])
  goOnWithout(random, world, witness)
}

/**
 * After some authors were removed: the items keep their order, every verdict stays, and what somebody writes who sees
 * only what is left passes the guard of somebody who still sees all.
 */
function goOnWithout(random: Random, world: World, witness: Replica): void {
  const hidden = new Set(random.chance(0.5) ? [HONEST, HONEST + 1] : [random.below(HONEST + HOSTILE)])
  const replica = new ShadowingReplica(world, hidden)
  replica.catchUp(random, Infinity)
  assert.deepEqual(replica.heads, witness.heads, 'every entry was taken in')
  assert.equal(dumpOrder(replica.doc), dumpOrder(witness.doc), 'removing somebody moved something')
  const author = hidden.has(0) ? 1 : 0
  replica.become(author)
  for (let edits = 0; edits < EDITS_WITHOUT; edits++) {
    editAnything(random, replica)
    replica.flush()
  }
  witness.catchUp(random, Infinity)
  assert.equal(dumpOrder(replica.doc), dumpOrder(witness.doc), 'later edits stand elsewhere')
}

function sameVerdict(
  replica: Replica,
  author: number,
  cut: readonly number[],
  update: Uint8Array,
  reason: string,
): void {
  if (!replica.covers(cut)) return
  const { world } = replica
  const other = replica.guard.check(world.clients[author] ?? 0, world.viewOf(cut), update, Infinity)
  assert.deepEqual(other.ok ? 'accepted' : other.reason, reason, 'another replica decides otherwise')
}
