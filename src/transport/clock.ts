/** Time for what waits and retries. Tests bring their own. */
export interface Clock {
  /** Milliseconds of a clock that does not go back. */
  nowMs(): number
  /** Calls `run` once after `delayMs`; returns the function that cancels it. */
  after(delayMs: number, run: () => void): () => void
}

export const platformClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => {
      clearTimeout(timer)
    }
  },
}
