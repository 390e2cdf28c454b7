/** A line of a given rate between two browsers: a relay for UDP with one deep queue each way, as routers have them. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

export interface LineOptions {
  readonly bitsPerSecond: number
  /** One way. */
  readonly delayMs: number
}

/** Half a second and more of a slow line: whoever fills it waits for it. */
const QUEUE_BYTES_MAX = 262_144
/** IP and UDP. */
const HEADER_BYTES = 28
const IDLE_MS = 1

interface Address {
  readonly address: string
  readonly port: number
}

interface Packet {
  readonly bytes: Buffer
  readonly arrivesMs: number
}

/** One direction: what comes in at one end leaves from the other, later. */
class Direction {
  readonly #options: LineOptions
  readonly #deliver: (bytes: Buffer) => void
  #packets: Packet[] = []
  #freeAtMs = 0
  #timer: NodeJS.Timeout | undefined
  dropped = 0
  /** How much later than the line would have brought them packets left: the machine had other work. */
  readonly lateMs: number[] = []

  constructor(options: LineOptions, deliver: (bytes: Buffer) => void) {
    this.#options = options
    this.#deliver = deliver
  }

  take(bytes: Buffer): void {
    const nowMs = performance.now()
    const { bitsPerSecond, delayMs } = this.#options
    const waitsMs = Math.max(0, this.#freeAtMs - nowMs)
    if ((waitsMs * bitsPerSecond) / 8_000 > QUEUE_BYTES_MAX) {
      this.dropped++
      return
    }
    this.#freeAtMs = nowMs + waitsMs + ((bytes.length + HEADER_BYTES) * 8_000) / bitsPerSecond
    this.#packets.push({ bytes, arrivesMs: this.#freeAtMs + delayMs })
    this.#timer ??= setTimeout(() => this.#release(), IDLE_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#packets = []
  }

  #release(): void {
    const nowMs = performance.now()
    for (let next = this.#packets[0]; next && next.arrivesMs <= nowMs; next = this.#packets[0]) {
      this.#packets.shift()
      this.lateMs.push(nowMs - next.arrivesMs)
      this.#deliver(next.bytes)
    }
    this.#timer = this.#packets.length > 0 ? setTimeout(() => this.#release(), IDLE_MS) : undefined
  }
}

export class SlowLine {
  readonly #sockets: readonly [Socket, Socket]
  readonly #directions: readonly [Direction, Direction]
  /** Where the two browsers are, as their packets tell. */
  readonly #ends: [Address | undefined, Address | undefined] = [undefined, undefined]

  private constructor(sockets: readonly [Socket, Socket], options: LineOptions) {
    this.#sockets = sockets
    const direction = (to: 0 | 1): Direction =>
      new Direction(options, (bytes) => {
        const end = this.#ends[to]
        if (end) sockets[to].send(bytes, end.port, end.address)
      })
    const directions = [direction(1), direction(0)] as const
    this.#directions = directions
    for (const side of [0, 1] as const)
      sockets[side].on('message', (bytes, { address, port }) => {
        this.#ends[side] = { address, port }
        directions[side].take(bytes)
      })
  }

  static async open(options: LineOptions): Promise<SlowLine> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const
    for (const socket of sockets) {
      socket.bind(0)
      await once(socket, 'listening')
    }
    return new SlowLine(sockets, options)
  }

  get dropped(): number {
    return this.#directions[0].dropped + this.#directions[1].dropped
  }

  /** For each packet how much too late it was, in ms. */
  get lateMs(): readonly number[] {
    return this.#directions.flatMap(({ lateMs }) => lateMs)
  }

  /** The description of the end `from`, as the other end has to see it: the only way there is this line. */
  reroute(from: 0 | 1, sdp: string): string {
    const own = /^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host.*$/im.exec(sdp)
    if (!own) throw new Error(`no address in ${sdp}`)
    const [, address = '', port = ''] = own
    this.#ends[from] = { address, port: Number(port) }
    const other = from === 0 ? 1 : 0
    const line = `a=candidate:1 1 udp 2113937151 ${address} ${this.#sockets[other].address().port} typ host`
    return sdp
      .split('\r\n')
      .flatMap((each) => (!each.startsWith('a=candidate:') ? [each] : each === own[0] ? [line] : []))
      .join('\r\n')
  }

  close(): void {
    for (const direction of this.#directions) direction.stop()
    for (const socket of this.#sockets) socket.close()
  }
}
