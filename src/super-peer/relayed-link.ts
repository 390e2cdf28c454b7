/** In the WebRTC process: a connection whose frames another process reads and writes. */
import { FramedLink, type FramedLinkOptions, type Wire } from '../transport/framed-link.ts'
import { FRAME_BYTES_MAX } from '../transport/framing.ts'
import { LANES, type Lane, type LinkStats } from '../transport/link.ts'
import { FRAME_COST_BYTES, type Report } from './rtc-message.ts'

/**
 * Frames that the other process has not taken in yet, in bytes, each with what it costs besides: what an honest peer may
 * have under way (LN4), twice. Who sends more pays no heed to receipts.
 */
export const UNTAKEN_BYTES_MAX = 16 * 1_048_576
/** How often to look whether the network took what it held. There is no event for the last 64 KiB. */
const LOOK_MS = 20

export class RelayedLink extends FramedLink {
  readonly id: number
  readonly #wire: Wire
  readonly #report: (report: Report) => void
  /** Bytes handed to the network of which the other process believes that they wait there. */
  readonly #waitingBytes: Record<Lane, number> = { control: 0, ephemeral: 0, sync: 0, bulk: 0 }
  #untakenBytes = 0
  #look: ReturnType<typeof setTimeout> | undefined
  #isLookSoon = false

  constructor(parts: FramedLinkOptions, id: number, report: (report: Report) => void) {
    super(parts)
    this.id = id
    this.#wire = parts.wire
    this.#report = report
    this.onDisturbed = () => {
      report({ type: 'disturbed', link: id })
    }
    this.onClose = (reason) => {
      clearTimeout(this.#look)
      report({ type: 'closed', link: id, reason })
    }
  }

  /** From the connection. */
  override receive(lane: Lane, frame: Uint8Array): void {
    if (this.closeReason !== undefined) return
    // A record that is too long would end the process for everybody.
    if (frame.length > FRAME_BYTES_MAX) return this.end('bad-frame')
    this.#untakenBytes += frame.length + FRAME_COST_BYTES
    if (this.#untakenBytes > UNTAKEN_BYTES_MAX) this.end('flooded')
    else this.#report({ type: 'frame', link: this.id, lane: LANES.indexOf(lane), frame })
  }

  override drained(): void {
    this.#reportLeft()
  }

  override knowPath(candidates: NonNullable<LinkStats['candidates']>): void {
    super.knowPath(candidates)
    this.#report({ type: 'path', link: this.id, ...candidates })
  }

  /** From the other process: a frame for the network. */
  forward(lane: Lane, frame: Uint8Array): void {
    if (this.closeReason !== undefined) return
    try {
      this.#wire.send(lane, frame)
    } catch (error) {
      return this.end(`send-failed: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.#waitingBytes[lane] += frame.length
    if (this.#isLookSoon) return
    this.#isLookSoon = true
    setImmediate(() => {
      this.#isLookSoon = false
      this.#reportLeft()
    })
  }

  /** From the other process: so many bytes more were taken in there, costs included. */
  taken(bytes: number): void {
    this.#untakenBytes = Math.max(0, this.#untakenBytes - bytes)
  }

  #reportLeft(): void {
    clearTimeout(this.#look)
    if (this.closeReason !== undefined) return
    for (const lane of LANES) {
      const bytes = this.#waitingBytes[lane] - this.#wire.bufferedBytes(lane)
      if (bytes <= 0) continue
      this.#waitingBytes[lane] -= bytes
      this.#report({ type: 'left', link: this.id, lane: LANES.indexOf(lane), bytes })
    }
    if (LANES.every((lane) => this.#waitingBytes[lane] === 0)) return
    this.#look = setTimeout(() => {
      this.#reportLeft()
    }, LOOK_MS)
  }
}
