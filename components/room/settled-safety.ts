import type { RoomSafety } from '../../src/index.ts'

/** An acknowledgment takes a fraction of it, also over a slow line: whoever types sees nothing blink. */
export const SETTLE_MS = 2_000

const NOTHING_SAID: RoomSafety = { entriesUnsafe: 0, devices: 0, superPeers: 0 }

const isWorse = (now: RoomSafety, shown: RoomSafety): boolean =>
  (now.entriesUnsafe > 0 && shown.entriesUnsafe === 0) ||
  now.devices < shown.devices ||
  now.superPeers < shown.superPeers

/**
 * Where what I wrote is, at rest: every letter is on this device alone for a moment, which says nothing. What gets better
 * shows at once, what gets worse only when it stays so.
 */
export class SettledSafety {
  shown: RoomSafety = NOTHING_SAID
  readonly #changed: () => void
  #latest: RoomSafety = NOTHING_SAID
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(changed: () => void) {
    this.#changed = changed
  }

  take(now: RoomSafety): void {
    this.#latest = now
    if (isWorse(now, this.shown)) this.#timer ??= setTimeout(this.#settle, SETTLE_MS)
    else this.#settle()
  }

  /** Begins anew, as for another room. */
  reset(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.shown = this.#latest = NOTHING_SAID
  }

  readonly #settle = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { shown } = this
    this.shown = this.#latest
    const { entriesUnsafe, devices, superPeers } = this.#latest
    const isSame =
      entriesUnsafe > 0 === shown.entriesUnsafe > 0 && devices === shown.devices && superPeers === shown.superPeers
    if (!isSame) this.#changed()
  }
}
