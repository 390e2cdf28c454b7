/** Seeds that once failed, with what they showed. They are run for ever. */
export const HOSTILE_SEEDS: readonly (readonly [seed: number, shown: string])[] = [
  [20, 'an honest edit between two replacement characters that a hostile author had written was taken for damage'],
]

export const HONEST_SEEDS: readonly (readonly [seed: number, shown: string])[] = [
  [501_415, 'values of one key that were all deleted were sent as one struct'],
]

/** Of the honest runs that go on with fresh seeds. */
export const HONEST_AUTHORS = 3
export const HONEST_ROUNDS = 40
export const HONEST_UNDOING = 0.3
