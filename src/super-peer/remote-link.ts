/** A link whose connection is in the WebRTC process. All that makes it a link is here: framing, lanes, receipts. */
import { FramedLink, type Wire } from '../transport/framed-link.ts'
import { LANES, type Lane } from '../transport/link.ts'
import { FRAME_COST_BYTES, type Command } from './rtc-message.ts'

/** The other process is told what was taken in when it comes to that; far below what it lets wait. */
const TAKEN_BYTES = 262_144

export interface RemoteLinkOptions {
  readonly id: number
  readonly initiator: boolean
  readonly binding: Uint8Array
  readonly send: (command: Command) => void
  /** Called once, when the link ends. */
  readonly onEnd: () => void
}

export class RemoteLink extends FramedLink {
  readonly #options: RemoteLinkOptions
  readonly #wire: RemoteWire
  #takenBytes = 0

  constructor(options: RemoteLinkOptions) {
    const { initiator, binding } = options
    const wire = new RemoteWire(options)
    super({ kind: 'rtc', initiator, binding, wire, nowMs: () => performance.now() })
    this.#options = options
    this.#wire = wire
  }

  override receive(lane: Lane, frame: Uint8Array): void {
    super.receive(lane, frame)
    this.#takenBytes += frame.length + FRAME_COST_BYTES
    if (this.#takenBytes < TAKEN_BYTES) return
    this.#options.send({ type: 'taken', link: this.#options.id, bytes: this.#takenBytes })
    this.#takenBytes = 0
  }

  /** The network took so many bytes of a lane more. */
  left(lane: Lane, bytes: number): void {
    this.#wire.left(lane, bytes)
    this.drained()
  }
}

class RemoteWire implements Wire {
  readonly #options: RemoteLinkOptions
  readonly #waitingBytes: Record<Lane, number> = { control: 0, ephemeral: 0, sync: 0, bulk: 0 }

  constructor(options: RemoteLinkOptions) {
    this.#options = options
  }

  send(lane: Lane, frame: Uint8Array): void {
    this.#waitingBytes[lane] += frame.length
    this.#options.send({ type: 'frame', link: this.#options.id, lane: LANES.indexOf(lane), frame })
  }

  bufferedBytes(lane: Lane): number {
    return this.#waitingBytes[lane]
  }

  left(lane: Lane, bytes: number): void {
    this.#waitingBytes[lane] = Math.max(0, this.#waitingBytes[lane] - bytes)
  }

  close(reason: string): void {
    this.#options.send({ type: 'close', link: this.#options.id, reason })
    this.#options.onEnd()
  }
}
