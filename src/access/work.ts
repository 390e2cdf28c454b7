/** Counts what an evaluation does: operations looked at, comparisons made. For the bound on the work. */
export interface Work {
  steps: number
}
