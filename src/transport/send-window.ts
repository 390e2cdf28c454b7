/**
 * How much may be in the network's own buffer. What is there cannot be overtaken, so it should hold no more than the
 * network takes in a blink, and no less than keeps it busy. The rate is measured from what drained; see LEDBAT
 * (RFC 6817) for the idea of a sender that keeps its own queueing delay low.
 */

/** The delay that what was handed over may cause to something more urgent. */
const DELAY_MS = 40
/** Two frames, so that one can be sent while the next is handed over. */
export const WINDOW_BYTES_MIN = 32_768
export const WINDOW_BYTES_MAX = 524_288
const WINDOW_BYTES_START = 65_536
/** The weight of a new measurement. */
const GAIN = 0.25
/** Shorter spans measure the clock's grain instead of the network. */
const SPAN_MS_MIN = 5

export class SendWindow {
  #sizeBytes = WINDOW_BYTES_START
  #bytesPerMs: number | undefined
  /** Start of the span measured, with what was or came into the buffer since. */
  #spanStartMs = 0
  #spanBytes = 0

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** `bytes` were handed over while the buffer held `bufferedBytes`. */
  handedOver(bytes: number, bufferedBytes: number, nowMs: number): void {
    // Nothing drains from an empty buffer, so a pause must not count as slowness.
    if (bufferedBytes === 0) {
      this.#spanStartMs = nowMs
      this.#spanBytes = 0
    }
    this.#spanBytes += bytes
  }

  /** The network tells that its buffer has fallen to `bufferedBytes`. */
  drained(bufferedBytes: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#spanStartMs
    const bytes = this.#spanBytes - bufferedBytes
    if (elapsedMs < SPAN_MS_MIN || bytes <= 0) return
    const measured = bytes / elapsedMs
    this.#bytesPerMs =
      this.#bytesPerMs === undefined ? measured : this.#bytesPerMs + GAIN * (measured - this.#bytesPerMs)
    this.#sizeBytes = Math.round(Math.min(Math.max(this.#bytesPerMs * DELAY_MS, WINDOW_BYTES_MIN), WINDOW_BYTES_MAX))
    this.#spanStartMs = nowMs
    this.#spanBytes = bufferedBytes
  }
}
