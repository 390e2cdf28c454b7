/**
 * A link over one WebSocket: for peers that can be reached at an address, such as super peers. TLS may end at a proxy in
 * front of them, so what is underneath protects nothing: once the two know each other, `protect` seals every packet from
 * end to end. How a socket becomes a link is in `ws-opening.ts`.
 *
 *   packet = lane u8 | frame           until `protect`, which is after the handshake
 *          | 4 u8    | sealed packet   from then on
 */
import type { Clock } from './clock.ts'
import { FramedLink, type Wire } from './framed-link.ts'
import { FRAME_BYTES_MAX } from './framing.ts'
import { LANES, TWIN, type Lane, type LinkCipher } from './link.ts'

/** The part of the browser's WebSocket that we use; the one for Node has it too. */
export interface Socket {
  binaryType: string
  /** Bytes given to `send` that the network has not taken yet. */
  readonly bufferedAmount: number
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(
    type: 'close',
    listener: (event: { readonly wasClean: boolean; readonly code: number; readonly reason: string }) => void,
  ): void
}

/** The byte before a sealed packet; below it are the lanes. */
const SEALED = LANES.length
/** What sealing adds, with room for another cipher than ours. */
const SEAL_BYTES_MAX = 32
/** The largest packet: a sealed frame. */
export const PACKET_BYTES_MAX = FRAME_BYTES_MAX + SEAL_BYTES_MAX + 2
/** What may come sealed while this side still checks who sends it; as much as the handshake itself lets wait. */
const HELD_BYTES_MAX = 512 * 1_024

/** How many packets that have left are kept in the list before it is cut. */
const SENT_SPLICE_AT = 64

export const CLOSE_NORMAL = 1_000
/** The other end is told of this reason alone: its door is not to take us for gone. */
export const CLOSE_TWIN = 4_001

/** The socket as the place where frames go. */
export class WsWire implements Wire {
  /** Resolves with the reason when the link ends, whoever ended it. */
  readonly closed: Promise<string>
  cipher: LinkCipher | undefined
  readonly #socket: Socket
  #resolveClosed: (reason: string) => void = () => undefined
  /** Packets that the network still has, as far as we know: oldest first from `#first` on. */
  #sent: { readonly lane: Lane; readonly bytes: number }[] = []
  #first = 0
  readonly #bytesOf: Record<Lane, number> = { control: 0, ephemeral: 0, sync: 0, bulk: 0 }
  #bytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  send(lane: Lane, frame: Uint8Array): void {
    const bytes = this.#sendPacket(packetOf(LANES.indexOf(lane), frame))
    this.#sent.push({ lane, bytes })
    this.#bytesOf[lane] += bytes
    this.#bytes += bytes
    this.#forgetSent()
  }

  bufferedBytes(lane: Lane): number {
    this.#forgetSent()
    return this.#bytesOf[lane]
  }

  close(reason: string): void {
    this.#socket.close(reason === TWIN ? CLOSE_TWIN : CLOSE_NORMAL)
    this.#resolveClosed(reason)
  }

  #forgetSent(): void {
    const left = this.#socket.bufferedAmount
    // What was sent first has left first.
    for (let next = this.#sent[this.#first]; next && this.#bytes - next.bytes >= left; next = this.#sent[this.#first]) {
      this.#first++
      this.#bytes -= next.bytes
      this.#bytesOf[next.lane] -= next.bytes
    }
    if (this.#first === this.#sent.length || this.#first >= SENT_SPLICE_AT) {
      this.#sent.splice(0, this.#first)
      this.#first = 0
    }
  }

  #sendPacket(plain: Uint8Array<ArrayBuffer>): number {
    const packet = this.cipher ? packetOf(SEALED, this.cipher.seal(plain)) : plain
    this.#socket.send(packet)
    return packet.length
  }
}

export class WsLink extends FramedLink {
  readonly #wire: WsWire
  /** Sealed packets that came before `protect`. */
  #held: Uint8Array[] = []
  #heldBytes = 0

  constructor(options: {
    readonly initiator: boolean
    readonly binding: Uint8Array
    readonly wire: WsWire
    readonly clock: Clock
  }) {
    const { initiator, binding, wire, clock } = options
    super({ kind: 'ws', initiator, binding, wire, nowMs: () => clock.nowMs() })
    this.#wire = wire
  }

  /** Resolves with the reason when the link has ended; `onClose` belongs to who uses the link. */
  get closed(): Promise<string> {
    return this.#wire.closed
  }

  protect(cipher: LinkCipher): void {
    this.#wire.cipher = cipher
    const held = this.#held
    this.#held = []
    for (const packet of held) this.receivePacket(packet)
  }

  /** For the socket: a message came in. Whatever breaks the rules ends the link. */
  receivePacket(packet: Uint8Array): void {
    if (this.closeReason !== undefined) return
    const { cipher } = this.#wire
    const isSealed = packet[0] === SEALED
    if (packet.length > PACKET_BYTES_MAX) return this.end('bad-frame: too long')
    if (isSealed && !cipher) return this.#hold(packet)
    // Somebody in between could write what is not sealed.
    if (!isSealed && (cipher || this.#held.length > 0)) return this.end('bad-frame: not sealed')
    const plain = isSealed ? cipher?.open(packet.subarray(1)) : packet
    if (!plain) return this.end('bad-frame: does not open')
    const lane = LANES[plain[0] ?? LANES.length]
    if (!lane) return this.end('bad-frame: no such lane')
    this.receive(lane, plain.subarray(1))
  }

  #hold(packet: Uint8Array): void {
    this.#heldBytes += packet.length
    if (this.#heldBytes > HELD_BYTES_MAX) this.end('flooded-before-listening')
    else this.#held.push(packet)
  }
}

function packetOf(type: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(1 + body.length)
  packet[0] = type
  packet.set(body, 1)
  return packet
}
