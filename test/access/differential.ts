/** The evaluator against the naive specification, on one history that arrives in a random order. */
import assert from 'node:assert/strict'
import { AccessLog } from '../../src/access/access-log.ts'
import type { AccessState } from '../../src/access/access-state.ts'
import { shuffled } from './random-history.ts'
import { deliver } from './room-history.ts'
import type { SyntheticRoom } from './synthetic-room.ts'
import { judgeNaively, verdictOf } from './verdict.ts'
import { stateDigest } from './state-digest.ts'

/** Evaluates after every operation, so that what is compared at the end is the sum of many small changes. */
export function compareIncrementally(room: SyntheticRoom, random: () => number, withBatch: boolean): AccessState {
  const log = new AccessLog({ genesis: room.genesis })
  log.evaluate()
  deliver(log, shuffled(room.ranges, random), () => log.evaluate())
  const state = log.evaluate()
  const naive = judgeNaively(room.ranges, room.genesis)
  assert.deepEqual(verdictOf(state, room.ranges).lines, naive.lines)
  if (!withBatch) return state
  const batch = room.log().evaluate()
  assert.deepEqual(verdictOf(batch, room.ranges).lines, naive.lines)
  assert.equal(stateDigest(state), stateDigest(batch))
  return state
}
