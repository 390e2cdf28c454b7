/**
 * Decides which frame goes to the network next. Without IO: it is asked, and told how much the network still holds.
 *
 * Invariants:
 * 1. No frame of a lane leaves while a lane above it has one.
 * 2. Messages of one lane leave in the order in which they were offered.
 * 3. A lane holds no more than `QUEUE_BYTES_MAX`.
 * 4. Sync and bulk leave only while less than the window is under way, control and ephemeral up to a MiB more.
 */
import { FRAME_BYTES_MAX, framePiece, frameWhole, HEADER_BYTES_MAX, nextStream, PIECE_BYTES_MIN } from './framing.ts'
import { fitsLane, LANES, QUEUE_BYTES_MAX, type Lane } from './link.ts'

/** How far urgent frames may exceed the window; far below what makes a data channel throw. */
const URGENT_BYTES = 1_048_576

export interface OutgoingFrame {
  readonly lane: Lane
  readonly frame: Uint8Array
  /** True for the last frame of a message. */
  readonly completes: boolean
}

interface Queue {
  readonly messages: Uint8Array[]
  /** Messages before this position have left; the array is cut now and then instead of shifted each time. */
  head: number
  /** Of the first message: bytes that have left, and its stream. */
  offset: number
  stream: number
  queuedBytes: number
  /** Set once the lane was refused or over half full, until it is told that there is room. */
  isTight: boolean
}

const emptyQueue = (): Queue => ({ messages: [], head: 0, offset: 0, stream: 0, queuedBytes: 0, isTight: false })

export class LaneScheduler {
  readonly #queues: Readonly<Record<Lane, Queue>> = {
    control: emptyQueue(),
    ephemeral: emptyQueue(),
    sync: emptyQueue(),
    bulk: emptyQueue(),
  }

  /** Queues a copy of the message, or refuses it when the lane is full. An empty lane takes any message that fits it. */
  offer(lane: Lane, message: Uint8Array): boolean {
    const queue = this.#queues[lane]
    if (!fitsLane(lane, message.length)) return false
    const queuedBytes = queue.queuedBytes + message.length
    if (queue.messages.length > queue.head && queuedBytes > QUEUE_BYTES_MAX[lane]) {
      queue.isTight = true
      return false
    }
    queue.messages.push(message.slice())
    queue.queuedBytes = queuedBytes
    if (queuedBytes > QUEUE_BYTES_MAX[lane] / 2) queue.isTight = true
    return true
  }

  queuedBytes(lane: Lane): number {
    return this.#queues[lane].queuedBytes
  }

  /**
   * The next frame, of at most `frameBytes` if it may be cut, or undefined when nothing waits or the network has to drain
   * first.
   */
  take(networkBytes: number, windowBytes: number, frameBytes = FRAME_BYTES_MAX): OutgoingFrame | undefined {
    for (const lane of LANES) {
      const queue = this.#queues[lane]
      const message = queue.messages[queue.head]
      if (!message) continue
      const isUrgent = lane === 'control' || lane === 'ephemeral'
      if (networkBytes >= windowBytes + (isUrgent ? URGENT_BYTES : 0)) return undefined
      return takeFrame(lane, queue, message, Math.max(frameBytes - HEADER_BYTES_MAX, PIECE_BYTES_MIN))
    }
    return undefined
  }

  /** The lanes that were tight and now have room, each reported once. */
  takeDrained(): readonly Lane[] {
    const drained = LANES.filter((lane) => {
      const queue = this.#queues[lane]
      return queue.isTight && queue.queuedBytes <= QUEUE_BYTES_MAX[lane] / 4
    })
    for (const lane of drained) this.#queues[lane].isTight = false
    return drained
  }
}

function takeFrame(lane: Lane, queue: Queue, message: Uint8Array, pieceBytes: number): OutgoingFrame {
  if (queue.offset === 0 && message.length <= pieceBytes) {
    dropFirst(queue)
    queue.queuedBytes -= message.length
    return { lane, frame: frameWhole(message), completes: true }
  }
  if (queue.offset === 0) queue.stream = nextStream(queue.stream)
  const end = Math.min(queue.offset + pieceBytes, message.length)
  const frame = framePiece(queue.stream, message, queue.offset, end)
  queue.queuedBytes -= end - queue.offset
  const completes = end === message.length
  if (completes) dropFirst(queue)
  else queue.offset = end
  return { lane, frame, completes }
}

function dropFirst(queue: Queue): void {
  queue.offset = 0
  queue.head++
  if (queue.head >= 64 || queue.head === queue.messages.length) queue.messages.splice(0, queue.head)
  else return
  queue.head = 0
}
