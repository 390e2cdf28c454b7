/**
 * A WebSocket to a relay that ends when it is told to. Trystero's own stay open for as long as the page, and come back
 * when they are closed. A relay that cannot be reached or will not have us makes way for the next of the list.
 */
import { BackOff } from './back-off.ts'
import type { DoorState } from './door.ts'
import { TokenBucket } from '../base/token-bucket.ts'

const RECONNECT_FIRST_MS = 1_000
const RECONNECT_MAX_MS = 300_000
/** A connection that lasted as long as this was a good one: the next pause starts small again. */
const STABLE_MS = 30_000
/** TCP, TLS, WebSocket and, for MQTT, the broker's word. */
const CONNECT_MS_MAX = 8_000
/** Failures in a row after which the next relay of the list is tried. */
const FAILURES_MAX = 2
/** The longest frame that is looked at: a sealed description and what a relay puts around it. */
const FRAME_BYTES_MAX = 32_768
/** Frames of one relay: a room of 100 that all arrive at once, then what a busy room needs. */
const FRAMES_BURST = 256
const FRAMES_PER_SECOND = 64
/** What waits to be sent to a relay that does not read; more is dropped. */
const QUEUE_BYTES_MAX = 262_144

/** The relays of a room in the order in which they are tried, shared by all connections of one session. */
export class RelayList {
  readonly #waiting: string[]

  constructor(addresses: readonly string[]) {
    this.#waiting = [...addresses]
  }

  /** The next one that nobody uses, which may be the one given back. */
  next(used?: string): string {
    if (used !== undefined) this.#waiting.push(used)
    const address = this.#waiting.shift()
    if (address === undefined) throw new RangeError('more connections than relays')
    return address
  }
}

/** What is spoken with a relay. */
export interface RelayProtocol {
  /** Of the WebSocket. */
  readonly subprotocol?: string
  /** The socket is there: says hello, and calls `ready` when the relay can be used. */
  opened(): void
  received(data: string | Uint8Array): void
  lost(): void
}

export class Relay {
  readonly #list: RelayList
  readonly #changed: () => void
  readonly #backOff = new BackOff({ firstMs: RECONNECT_FIRST_MS, maxMs: RECONNECT_MAX_MS, random: Math.random })
  readonly #frames = new TokenBucket({
    burst: FRAMES_BURST,
    perSecond: FRAMES_PER_SECOND,
    nowMs: performance.now(),
  })
  #protocol: RelayProtocol | undefined
  #address: string
  #socket: WebSocket | undefined
  #state: DoorState = { state: 'connecting', detail: 'connecting', sinceMs: Date.now() }
  #readySinceMs: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #failures = 0
  #dropped = 0
  #isClosed = false

  constructor(list: RelayList, changed: () => void) {
    this.#list = list
    this.#changed = changed
    this.#address = list.next()
  }

  get place(): DoorState & { readonly place: string } {
    const dropped = this.#dropped === 0 ? '' : `, ${this.#dropped} messages dropped`
    return { place: withoutCredentials(this.#address), ...this.#state, detail: this.#state.detail + dropped }
  }

  get isReady(): boolean {
    return this.#readySinceMs !== undefined
  }

  get credentials(): { readonly name: string; readonly password: string } | undefined {
    const { username, password } = new URL(this.#address)
    return username === '' ? undefined : { name: decodeURIComponent(username), password: decodeURIComponent(password) }
  }

  start(protocol: RelayProtocol): void {
    this.#protocol = protocol
    this.#connect()
  }

  /** The relay answered as it should. */
  ready(): void {
    if (this.isReady || this.#isClosed) return
    clearTimeout(this.#timer)
    this.#readySinceMs = performance.now()
    this.#failures = 0
    this.#enter('open', 'connected')
  }

  /** False, and nothing sent, when there is no connection or the relay does not read. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > QUEUE_BYTES_MAX) return false
    socket.send(data)
    return true
  }

  /** The relay said, or showed, that it is of no use: the next of the list is tried. */
  refuse(reason: string): void {
    if (this.#isClosed) return
    this.#failures = FAILURES_MAX
    this.#lose(reason)
  }

  /** Something that the relay says which a person may want to know. */
  note(detail: string): void {
    const text = `connected, it says: ${detail}`
    if (this.isReady && this.#state.detail !== text) this.#enter('open', text)
  }

  countDropped(): void {
    this.#dropped++
  }

  /** Tries again now instead of after the pause: the device has a network again. */
  retryNow(): void {
    if (this.#isClosed || this.#socket || this.#timer === undefined) return
    this.#backOff.reset()
    this.#connect()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#drop()
    this.#enter('stopped', 'stopped')
  }

  #connect(): void {
    clearTimeout(this.#timer)
    this.#enter('connecting', 'connecting')
    const subprotocol = this.#protocol?.subprotocol
    const address = withoutCredentials(this.#address)
    let socket: WebSocket
    try {
      socket = new WebSocket(address, subprotocol === undefined ? [] : [subprotocol])
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : String(error))
      return
    }
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      if (socket === this.#socket) this.#protocol?.opened()
    })
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (socket === this.#socket) this.#receive(data)
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (socket !== this.#socket) return
      const what = this.isReady ? 'connection lost' : 'cannot connect'
      this.#lose(`${what}, closed with code ${code}${reason === '' ? '' : ` (${reason.slice(0, 80)})`}`)
    })
    this.#timer = setTimeout(() => {
      this.#lose(`no answer in ${CONNECT_MS_MAX / 1_000} s`)
    }, CONNECT_MS_MAX)
  }

  #receive(data: unknown): void {
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data
    const isFrame = typeof bytes === 'string' || bytes instanceof Uint8Array
    if (!isFrame || bytes.length > FRAME_BYTES_MAX || !this.#frames.take(performance.now())) this.#dropped++
    else this.#protocol?.received(bytes)
  }

  #lose(why: string): void {
    if (this.#readySinceMs !== undefined && performance.now() - this.#readySinceMs >= STABLE_MS) this.#backOff.reset()
    this.#drop()
    this.#failures++
    const pauseMs = this.#backOff.next()
    const failed = withoutCredentials(this.#address)
    if (this.#failures >= FAILURES_MAX) {
      this.#failures = 0
      this.#address = this.#list.next(this.#address)
    }
    const isOther = withoutCredentials(this.#address) !== failed
    const next = `next try in ${Math.ceil(pauseMs / 1_000)} s`
    this.#enter('failed', isOther ? `${failed}: ${why}; this one is tried next` : `${why}; ${next}`)
    this.#timer = setTimeout(() => {
      this.#connect()
    }, pauseMs)
  }

  #drop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const socket = this.#socket
    this.#socket = undefined
    this.#readySinceMs = undefined
    socket?.close()
    if (socket) this.#protocol?.lost()
  }

  #enter(state: DoorState['state'], detail: string): void {
    this.#state = { state, detail, sinceMs: Date.now() }
    this.#changed()
  }
}

/** A secure page may open insecure sockets to its own machine only. */
export function isRelayAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  if (protocol === 'wss:') return true
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  return protocol === 'ws:' && (isLocal || globalThis.location?.protocol !== 'https:')
}

/** What may be shown and what browsers open: they refuse some addresses with a password in them. */
function withoutCredentials(address: string): string {
  const url = new URL(address)
  url.username = ''
  url.password = ''
  return url.href
}

/** The same order for everybody who knows the topic, another one for each topic (rendezvous hashing). */
export async function rankRelays(addresses: readonly string[], topic: string): Promise<string[]> {
  const ranked = await Promise.all(
    [...new Set(addresses)].map(async (address) => {
      const text = new TextEncoder().encode(`${topic} ${withoutCredentials(address)}`)
      const hash = new DataView(await crypto.subtle.digest('SHA-256', text))
      return { address, rank: hash.getUint32(0) }
    }),
  )
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ address }) => address)
}
