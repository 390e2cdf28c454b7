import { TOLD_PATIENCE_MAX_MS, TOLD_PATIENCE_MIN_MS, USUAL_SKEW_MS } from './limits.ts'

/** How far one observation moves the estimate. */
const STEP = 0.1
const QUANTILE = 0.9

/**
 * How much later than the news of it an entry comes: its ninetieth percentile, by stochastic approximation (Robbins and
 * Monro, 1951), so that nothing is kept but one number.
 */
export class Skew {
  #p90Ms = USUAL_SKEW_MS

  heed(skewMs: number): void {
    const stepMs = STEP * Math.max(this.#p90Ms, 1)
    this.#p90Ms += skewMs > this.#p90Ms ? stepMs * QUANTILE : -stepMs * (1 - QUANTILE)
  }

  /** How long to wait for an entry that there is only news of, before asking for it. */
  get patienceMs(): number {
    return Math.min(TOLD_PATIENCE_MAX_MS, Math.max(TOLD_PATIENCE_MIN_MS, 2 * this.#p90Ms))
  }
}
