import type { Environment } from './environment.ts'

/**
 * Wakes a machine at the time that it asked for last, and never before: timers may run a little early, and a machine
 * that is woken then has nothing to do and does not ask again.
 */
export class WakeTimer {
  readonly #environment: Environment
  readonly #run: () => void
  #cancel: (() => void) | undefined

  constructor(environment: Environment, run: () => void) {
    this.#environment = environment
    this.#run = run
  }

  set(atMs: number): void {
    this.cancel()
    if (!Number.isFinite(atMs)) return
    const delayMs = Math.max(1, Math.ceil(atMs - this.#environment.now()))
    this.#cancel = this.#environment.after(delayMs, () => {
      if (this.#environment.now() < atMs) this.set(atMs)
      else this.#run()
    })
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
