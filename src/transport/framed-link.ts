/**
 * The part of a link that is the same over every network: frames, lanes, limits, counters and the end. The network
 * underneath (data channels, tabs, memory) is a `Wire` that sends frames and reports what happens through `receive`,
 * `pump` and `end`.
 */
import { decodeReceipt, frameReceipt, isReceipt, Reassembler } from './framing.ts'
import { LaneScheduler } from './lane-scheduler.ts'
import { INBOX_BYTES_MAX, QUEUE_BYTES_MAX, type Lane, type LaneStats, type Link, type LinkStats } from './link.ts'
import { RECEIPT_BYTES, SendWindow } from './send-window.ts'

export interface Wire {
  /** Hands a frame to the network. Throws when the network does not take it. */
  send(lane: Lane, frame: Uint8Array): void
  /** Bytes handed over that the network has not sent yet. */
  bufferedBytes(lane: Lane): number
  /** True where `bufferedBytes` are those that the other side has not taken in, so that it needs to give no receipts. */
  readonly isCounted?: boolean
  /** Called once, when the link ends. Must not throw. */
  close(reason: string): void
}

export interface FramedLinkOptions {
  readonly kind: Link['kind']
  readonly initiator: boolean
  readonly binding: Uint8Array
  readonly wire: Wire
  /** A clock that only goes forward, in milliseconds: for measuring the network's rate. */
  readonly nowMs: () => number
}

const emptyStats = (): LaneStats => ({
  messagesSent: 0,
  messagesReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  refused: 0,
})

export class FramedLink implements Link {
  readonly kind: Link['kind']
  readonly initiator: boolean
  readonly binding: Uint8Array
  readonly stats = {
    lanes: { control: emptyStats(), ephemeral: emptyStats(), sync: emptyStats(), bulk: emptyStats() },
    path: 'unknown' as LinkStats['path'],
    candidates: undefined as LinkStats['candidates'],
  }
  onDrain: ((lane: Lane) => void) | undefined
  onDisturbed: (() => void) | undefined
  readonly #wire: Wire
  readonly #nowMs: () => number
  readonly #scheduler = new LaneScheduler()
  readonly #window = new SendWindow()
  readonly #reassemblers: Readonly<Record<Lane, Reassembler>> = {
    control: new Reassembler('control'),
    ephemeral: new Reassembler('ephemeral'),
    sync: new Reassembler('sync'),
    bulk: new Reassembler('bulk'),
  }
  #inbox: { readonly lane: Lane; readonly message: Uint8Array }[] = []
  #inboxBytes = 0
  #onMessage: Link['onMessage']
  #onClose: Link['onClose']
  #closeReason: string | undefined
  #isPumping = false
  /** Bytes of frames taken in since the last receipt. */
  #takenBytes = 0

  constructor({ kind, initiator, binding, wire, nowMs }: FramedLinkOptions) {
    this.kind = kind
    this.initiator = initiator
    this.binding = binding
    this.#wire = wire
    this.#nowMs = nowMs
  }

  get closeReason(): string | undefined {
    return this.#closeReason
  }

  get onMessage(): Link['onMessage'] {
    return this.#onMessage
  }
  set onMessage(listener: Link['onMessage']) {
    this.#onMessage = listener
    while (this.#onMessage) {
      const next = this.#inbox.shift()
      if (!next) break
      this.#inboxBytes -= next.message.length
      this.#onMessage(next.lane, next.message)
    }
  }

  get onClose(): Link['onClose'] {
    return this.#onClose
  }
  set onClose(listener: Link['onClose']) {
    this.#onClose = listener
    if (this.#closeReason !== undefined) listener?.(this.#closeReason)
  }

  send(lane: Lane, message: Uint8Array): boolean {
    if (this.#closeReason !== undefined || !this.#scheduler.offer(lane, message)) {
      this.stats.lanes[lane].refused++
      return false
    }
    this.pump()
    return this.#closeReason === undefined
  }

  queuedBytes(lane: Lane): number {
    if (this.#closeReason !== undefined) return 0
    const networkBytes = Math.max(this.#wire.bufferedBytes(lane), this.#window.waitingBytes(lane))
    return this.#scheduler.queuedBytes(lane) + networkBytes
  }

  close(reason: string): void {
    this.end(reason)
  }

  /** For the wire: a frame came in. */
  receive(lane: Lane, frame: Uint8Array): void {
    if (this.#closeReason !== undefined) return
    const stats = this.stats.lanes[lane]
    stats.bytesReceived += frame.length
    if (lane === 'control' && isReceipt(frame)) {
      this.#takeReceipt(frame)
      return
    }
    const received = this.#reassemblers[lane].receive(frame)
    if (!received.ok) {
      this.end(`bad-frame: ${received.reason}`)
      return
    }
    this.#giveReceipt(lane, frame.length)
    const message = received.value
    if (!message || this.closeReason !== undefined) return
    stats.messagesReceived++
    if (this.#onMessage && this.#inbox.length === 0) {
      this.#onMessage(lane, message)
      return
    }
    this.#inboxBytes += message.length
    if (this.#inboxBytes > INBOX_BYTES_MAX) this.end('flooded-before-listening')
    else this.#inbox.push({ lane, message })
  }

  /** For the wire: between which kinds of ends it goes. */
  knowPath(candidates: NonNullable<LinkStats['candidates']>): void {
    this.stats.candidates = candidates
    this.stats.path = candidates.local === 'relay' || candidates.remote === 'relay' ? 'relayed' : 'direct'
  }

  /** For the wire: its buffer has drained, so more can go. */
  drained(): void {
    if (this.#closeReason !== undefined) return
    if (this.#wire.isCounted) {
      const takenBytes = this.#window.underWayBytes - this.#bufferedBytes()
      if (takenBytes > 0) this.#window.confirmed(takenBytes, this.#nowMs())
    }
    this.pump()
  }

  #takeReceipt(frame: Uint8Array): void {
    const taken = decodeReceipt(frame)
    if (!taken.ok) {
      this.end('bad-frame: malformed')
      return
    }
    this.#window.confirmed(taken.value, this.#nowMs())
    this.pump()
  }

  /** Cursors may get lost, so they are not counted. */
  #giveReceipt(lane: Lane, bytes: number): void {
    if (this.#wire.isCounted || lane === 'ephemeral') return
    this.#takenBytes += bytes
    if (this.#takenBytes < RECEIPT_BYTES) return
    const receipt = frameReceipt(this.#takenBytes)
    this.#takenBytes = 0
    // It passes all that waits: what the other side measures is the way, not our queue.
    if (this.#handToWire('control', receipt)) this.stats.lanes.control.bytesSent += receipt.length
  }

  /** Hands over what may go now. */
  pump(): void {
    // The wire or a listener may come back here from within: the loop that runs already sees what they added.
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      this.#handOver()
    } finally {
      this.#isPumping = false
    }
  }

  #handOver(): void {
    while (this.#closeReason === undefined) {
      const { underWayBytes, sizeBytes, frameBytes } = this.#window
      const next = this.#scheduler.take(underWayBytes, sizeBytes, frameBytes)
      if (!next) {
        const drained = this.#scheduler.takeDrained()
        if (drained.length === 0) return
        for (const lane of drained) this.onDrain?.(lane)
        continue
      }
      // An old cursor is worth nothing, and would only make what comes behind it later.
      if (next.lane === 'ephemeral' && this.#isLagging()) continue
      // Before it is handed over, as a network within the process may tell at once that it was taken.
      if (next.lane !== 'ephemeral') this.#window.sent(next.lane, next.frame.length, this.#nowMs())
      if (!this.#handToWire(next.lane, next.frame)) return
      const stats = this.stats.lanes[next.lane]
      stats.bytesSent += next.frame.length
      if (next.completes) stats.messagesSent++
    }
  }

  /** For the wire: the link is over. */
  end(reason: string): void {
    if (this.#closeReason !== undefined) return
    this.#closeReason = reason
    this.#inbox = []
    this.#wire.close(reason)
    this.#onClose?.(reason)
  }

  #handToWire(lane: Lane, frame: Uint8Array): boolean {
    try {
      this.#wire.send(lane, frame)
      return true
    } catch (error) {
      this.end(`send-failed: ${error instanceof Error ? error.message : String(error)}`)
      return false
    }
  }

  #isLagging(): boolean {
    return this.#wire.bufferedBytes('ephemeral') > QUEUE_BYTES_MAX.ephemeral || this.#window.isStalled(this.#nowMs())
  }

  /** Of what gets receipts. */
  #bufferedBytes(): number {
    return this.#wire.bufferedBytes('control') + this.#wire.bufferedBytes('sync') + this.#wire.bufferedBytes('bulk')
  }
}
