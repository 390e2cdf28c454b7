/**
 * Goes on with fresh seeds until a run fails or the process is ended: `npm run fuzz`, or `npm run fuzz -- <seed>` to
 * begin with a seed, and `npm run fuzz -- <seed> <runs>` to stop. A seed that fails belongs in regressions.ts.
 * `npm run fuzz access`, with the same arguments behind it, does so for the access log, `npm run fuzz mesh` for what is
 * said on the way into the mesh and within it.
 */
import { chatSchema, noteSchema } from '../../src/document/guard/schemas.ts'
import { fuzzAccess } from './access.ts'
import { honestRun } from './honest-run.ts'
import { hostileRun, newTally } from './hostile-run.ts'
import { fuzzMesh } from './mesh-decoders.ts'
import { HONEST_AUTHORS, HONEST_ROUNDS, HONEST_UNDOING } from './regressions.ts'

const REPORT_EVERY = 200
const ATTEMPTS_PER_RUN = 300

const subject = ['access', 'mesh'].find((name) => name === process.argv[2])
const [seedAsked, runsAsked] = process.argv.slice(subject === undefined ? 2 : 3)
const first = Number(seedAsked ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(runsAsked ?? Infinity)
const tally = newTally()

if (subject === 'access') fuzzAccess(first, runs)
if (subject === 'mesh') await fuzzMesh(first, runs)
for (let run = subject === undefined ? 0 : runs; run < runs; run++) {
  const seed = first + run
  try {
    hostileRun(seed, seed % 16 === 0 ? chatSchema : noteSchema, ATTEMPTS_PER_RUN, tally)
    honestRun(seed, noteSchema, HONEST_AUTHORS, HONEST_ROUNDS, HONEST_UNDOING)
  } catch (error) {
    console.error(`seed ${seed} fails:`, error)
    process.exitCode = 1
    break
  }
  if ((run + 1) % REPORT_EVERY === 0 || run + 1 === runs) {
    console.log(`${run + 1} runs from seed ${first}: ${tally.attempts} hostile updates, ${tally.accepted} accepted`)
  }
}
