/** Runs a property over seeded histories; a failure names its seed. */
import { RandomHistory, seededRandom, type Theme } from './random-history.ts'
import type { SyntheticRoom } from './synthetic-room.ts'

export interface HistoryRange {
  readonly first?: number
  readonly count: number
  /** By seed. */
  readonly operations: (seed: number) => number
  readonly theme?: Theme
}

export const SHORT = (seed: number): number => 5 + (seed % 36)
export const LONG = (seed: number): number => 80 + (seed % 160)

export function eachHistory(
  { first = 1, count, operations, theme }: HistoryRange,
  run: (room: SyntheticRoom, random: () => number, seed: number) => void,
): void {
  for (let seed = first; seed < first + count; seed++) {
    try {
      run(new RandomHistory(seed, operations(seed), theme).history, seededRandom(seed ^ 0x5eed), seed)
    } catch (error) {
      const told = error instanceof Error ? error.stack : String(error)
      throw new Error(`seed ${seed}, ${operations(seed)} operations: ${told}`, { cause: error })
    }
  }
}
