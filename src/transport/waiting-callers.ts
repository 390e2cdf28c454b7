/**
 * Those who announced themselves at a door while no slot was free there. When one becomes free, whoever is remembered
 * here is called at once: nobody needs to announce anything anew, and a crowd that came together does not wait for the
 * next round. Who is called is drawn by lot, or all would call the same one.
 */

/** Whoever announced itself so long ago has found others by now, or has left the door. */
const KEPT_MS = 5_000
/** More than one device can call while it remembers them. */
const CALLERS_MAX = 64

export class WaitingCallers<T> {
  readonly #random: () => number
  readonly #callers = new Map<string, { readonly atMs: number; readonly call: T }>()

  /** `random` is uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random
  }

  add(id: string, call: T, nowMs: number): void {
    this.remove(id)
    this.#callers.set(id, { atMs: nowMs, call })
    for (const oldest of this.#callers.keys()) {
      if (this.#callers.size > CALLERS_MAX) this.#callers.delete(oldest)
      return
    }
  }

  remove(id: string): void {
    this.#callers.delete(id)
  }

  /** One of them, who is forgotten with that. */
  take(nowMs: number): { readonly id: string; readonly call: T } | undefined {
    for (const [id, { atMs }] of this.#callers) if (nowMs - atMs > KEPT_MS) this.#callers.delete(id)
    const [id, caller] = [...this.#callers][Math.floor(this.#random() * this.#callers.size)] ?? []
    if (id === undefined || !caller) return undefined
    this.#callers.delete(id)
    return { id, call: caller.call }
  }
}
