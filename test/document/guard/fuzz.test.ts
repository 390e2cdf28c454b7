import assert from 'node:assert/strict'
import test from 'node:test'
import { chatSchema, noteSchema } from '../../../src/document/guard/schemas.ts'
import { hostileRun, newTally } from '../../fuzz/hostile-run.ts'
import { honestRun } from '../../fuzz/honest-run.ts'
import { HONEST_AUTHORS, HONEST_ROUNDS, HONEST_SEEDS, HONEST_UNDOING, HOSTILE_SEEDS } from '../../fuzz/regressions.ts'

const ATTEMPTS_PER_RUN = 300
const NOTE_RUNS = 340
const CHAT_RUNS = 20

function run(seed: number, schema: typeof noteSchema, tally: ReturnType<typeof newTally>): void {
  try {
    hostileRun(seed, schema, ATTEMPTS_PER_RUN, tally)
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error })
  }
}

test('[G1] hostile updates of notes are refused everywhere or harmless everywhere', () => {
  const tally = newTally()
  for (let seed = 1; seed <= NOTE_RUNS; seed++) run(seed, noteSchema, tally)
  assert(tally.attempts >= 100_000)
  assert(tally.accepted >= 20_000, 'what is accepted is the interesting part')
  for (const reason of ['parse', 'client', 'clock', 'unseen', 'content', 'placement', 'adjacency'] as const) {
    assert(tally.reasons.has(reason), reason)
  }
})

test('[G1] hostile updates of chats are refused everywhere or harmless everywhere', () => {
  const tally = newTally()
  for (let seed = 1; seed <= CHAT_RUNS; seed++) run(seed, chatSchema, tally)
  assert(tally.accepted > 0)
})

for (const [seed, shown] of HOSTILE_SEEDS) {
  test(`[G1] seed ${seed}: ${shown}`, () => run(seed, noteSchema, newTally()))
}

for (const [seed, shown] of HONEST_SEEDS) {
  test(`[G1] seed ${seed}: ${shown}`, () => {
    honestRun(seed, noteSchema, HONEST_AUTHORS, HONEST_ROUNDS, HONEST_UNDOING)
  })
}
