/** Histories on which the evaluator and the naive specification once differed. They are run for ever. */
export const REGRESSIONS: readonly (readonly [seed: number, operations: number, shown: string])[] = [
  [104, 37, 'a departure that was not genuine counted if it came after the first evaluation'],
  [2757, 26, 'a feed that was opened under the root node could be redacted'],
]
