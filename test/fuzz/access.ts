/**
 * Random histories of access operations, evaluator against naive specification: `npm run fuzz access`, which goes on
 * with fresh seeds, or `npm run fuzz access <seed> <histories>`. A seed that fails belongs, with its number of
 * operations, in test/access/regressions.ts.
 */
import { compareIncrementally } from '../access/differential.ts'
import { eachHistory } from '../access/histories.ts'

const REPORT_EVERY = 5000
/** One history in so many is long. */
const LONG_EVERY = 50

export function fuzzAccess(first: number, histories: number): void {
  for (let run = 0; run < histories; run++) {
    const seed = first + run
    const operations = seed % LONG_EVERY === 0 ? 100 + (seed % 900) : 5 + (seed % 60)
    try {
      eachHistory({ first: seed, count: 1, operations: () => operations }, (room, random) => {
        compareIncrementally(room, random, seed % 4 === 0)
      })
    } catch (error) {
      console.error(`seed ${seed} with ${operations} operations fails:`, error)
      process.exitCode = 1
      return
    }
    if ((run + 1) % REPORT_EVERY === 0 || run + 1 === histories) console.log(`${run + 1} histories from seed ${first}`)
  }
}
