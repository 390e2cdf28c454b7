/**
 * How a WebSocket becomes a link. Each side draws a nonce, and the hash of both is the link's binding. The side that
 * connected says first which topic it comes for, so that one address can serve many rooms.
 *
 *   client -> server   version u8 | nonce 32 | topic text
 *   server -> client   version u8 | nonce 32
 */
import { concatBytes, equalBytes, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { platformClock, type Clock } from './clock.ts'
import { INBOX_BYTES_MAX, TWIN } from './link.ts'
import { CLOSE_TWIN, WsLink, WsWire, type Socket } from './ws-link.ts'

const VERSION = 1
const NONCE_BYTES = 32
/** Ours have 39; it is the other side that decides which it knows. */
export const TOPIC_BYTES_MAX = 128
/** From the first attempt to an open link: a phone that wakes its radio, looks up a name and agrees on TLS. */
const OPEN_MS_MAX = 10_000
/** Says to the client that nobody at this address waits for its topic, or that there is no room now. */
export const CLOSE_REFUSED = 4_004
const CLOSE_BAD_HELLO = 4_000

/** `refused`: nobody there serves the topic, or it has no room for us. `bad-hello`: no peer of ours answers there. */
export type WsFailure = 'connection-failed' | 'timeout' | 'refused' | 'bad-hello' | 'aborted'

/** What a client and a server say first. */
export interface WsHello {
  readonly nonce: Uint8Array
  /** Only a client says it. */
  readonly topic: string | undefined
}

export function encodeHello({ nonce, topic }: WsHello): Uint8Array<ArrayBuffer> {
  const hello = new Writer().u8(VERSION).fixed(nonce)
  if (topic !== undefined) hello.text(topic)
  return hello.finish().slice()
}

export const decodeHello = (bytes: Uint8Array, isFromClient: boolean): Result<WsHello, 'malformed'> =>
  decode(bytes, (reader) => {
    if (reader.u8() !== VERSION) reader.fail('version')
    return {
      nonce: reader.fixed(NONCE_BYTES).slice(),
      topic: isFromClient ? reader.text(TOPIC_BYTES_MAX) : undefined,
    }
  })

export interface OpeningWsLink {
  /** Settles when the link is open or cannot be any more. Never rejects. */
  readonly opened: Promise<Result<WsLink, WsFailure>>
  /** Gives up, or closes the link with that reason if it is open. */
  abort(reason: string): void
}

/** Makes a socket that connects, or has connected, to a peer into a link for the topic. */
export const connectSocket = (socket: Socket, topic: string, clock: Clock = platformClock): OpeningWsLink =>
  new WsOpening(socket, { topic }, clock)

/** Makes a socket that came to us into a link, if `isWelcome` says so of its topic. */
export const welcomeSocket = (
  socket: Socket,
  isWelcome: (topic: string) => boolean,
  clock: Clock = platformClock,
): OpeningWsLink => new WsOpening(socket, { isWelcome }, clock)

type Side = { readonly topic: string } | { readonly isWelcome: (topic: string) => boolean }

class WsOpening implements OpeningWsLink {
  readonly opened: Promise<Result<WsLink, WsFailure>>
  readonly #socket: Socket
  readonly #side: Side
  readonly #clock: Clock
  readonly #nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  readonly #cancelTimeout: () => void
  #settle: (result: Result<WsLink, WsFailure>) => void = () => undefined
  #state: 'hello' | 'binding' | 'settled' = 'hello'
  #link: WsLink | undefined
  /** What came behind the hello while the binding was computed. */
  #early: Uint8Array[] = []
  #earlyBytes = 0

  constructor(socket: Socket, side: Side, clock: Clock) {
    this.#socket = socket
    this.#side = side
    this.#clock = clock
    this.opened = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#cancelTimeout = clock.after(OPEN_MS_MAX, () => {
      this.#fail('timeout')
    })
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      this.#greet()
    })
    socket.addEventListener('message', ({ data }) => {
      this.#receive(data)
    })
    // A close always follows, and says more.
    socket.addEventListener('error', () => undefined)
    socket.addEventListener('close', ({ wasClean, code, reason }) => {
      if (this.#link) this.#link.end(code === CLOSE_TWIN ? TWIN : wasClean ? 'closed-by-peer' : 'connection-lost')
      else if (code === CLOSE_REFUSED) this.#fail('refused', reason)
      else this.#fail('connection-failed', `closed with ${code}${reason === '' ? '' : `: ${reason}`}`)
    })
  }

  abort(reason: string): void {
    if (this.#link) this.#link.end(reason)
    else this.#fail('aborted', reason)
  }

  /** The client speaks first. */
  #greet(): void {
    if ('topic' in this.#side) this.#say({ nonce: this.#nonce, topic: this.#side.topic })
  }

  #say(hello: WsHello): void {
    try {
      this.#socket.send(encodeHello(hello))
    } catch (error) {
      this.#fail('connection-failed', String(error))
    }
  }

  #receive(data: unknown): void {
    if (this.#state === 'settled' && !this.#link) return
    if (!(data instanceof ArrayBuffer)) {
      if (this.#link) this.#link.end('bad-frame: not binary')
      else this.#fail('bad-hello', 'not binary')
      return
    }
    const packet = new Uint8Array(data)
    if (this.#link) this.#link.receivePacket(packet)
    else if (this.#state === 'hello') this.#heed(packet)
    else {
      this.#earlyBytes += packet.length
      if (this.#earlyBytes > INBOX_BYTES_MAX) this.#fail('bad-hello', 'flooded before the link was open')
      else this.#early.push(packet)
    }
  }

  #heed(packet: Uint8Array): void {
    const side = this.#side
    const isServer = 'isWelcome' in side
    const hello = decodeHello(packet, isServer)
    if (!hello.ok) return this.#fail('bad-hello', hello.detail)
    // Whoever sends everything back would be linked with itself.
    if (equalBytes(hello.value.nonce, this.#nonce)) return this.#fail('bad-hello', 'our own')
    if (isServer) {
      if (!side.isWelcome(hello.value.topic ?? '')) return this.#fail('refused')
      this.#say({ nonce: this.#nonce, topic: undefined })
    }
    if (!this.#hasFailed()) void this.#bind(hello.value.nonce, !isServer)
  }

  async #bind(remote: Uint8Array, initiator: boolean): Promise<void> {
    this.#state = 'binding'
    const [first, second] = initiator ? [this.#nonce, remote] : [remote, this.#nonce]
    const bound = concatBytes(utf8('ws'), first, second) as Uint8Array<ArrayBuffer>
    const binding = new Uint8Array(await crypto.subtle.digest('SHA-256', bound))
    if (this.#hasFailed()) return
    this.#state = 'settled'
    this.#cancelTimeout()
    const wire = new WsWire(this.#socket)
    const link = new WsLink({ initiator, binding, wire, clock: this.#clock })
    this.#link = link
    for (const packet of this.#early.splice(0)) link.receivePacket(packet)
    this.#settle(accepted(link))
  }

  /** A method, as the compiler would take the state before an `await` for the one after it. */
  #hasFailed(): boolean {
    return this.#state === 'settled'
  }

  #fail(reason: WsFailure, detail?: string): void {
    if (this.#state === 'settled') return
    this.#state = 'settled'
    this.#early = []
    this.#cancelTimeout()
    this.#socket.close(reason === 'refused' ? CLOSE_REFUSED : reason === 'bad-hello' ? CLOSE_BAD_HELLO : 1_000)
    this.#settle(rejected(reason, detail))
  }
}
