/**
 * Stands between a tracker and y-webrtc. y-webrtc shares one `SignalingConn` among all rooms that use the same
 * tracker, believes whatever comes and reconnects without a pause; the guard takes over its observers and its socket:
 * frames that are no messages stop here, and each reconnection waits longer than the one before.
 */
import type { SignalingConn } from 'y-webrtc'
import { BackOff } from './back-off.ts'
import type { DoorState } from './door.ts'
import { ENVELOPE_CHARS_MAX } from './signalling-message.ts'
import { TopicCrowd } from './topic-crowd.ts'

/** An envelope and the JSON around it. */
const FRAME_CHARS_MAX = ENVELOPE_CHARS_MAX + 4_096
const RECONNECT_FIRST_MS = 1_000
/** A tracker that comes back should be used again within a minute. */
const RECONNECT_MAX_MS = 60_000
/** A connection that lasted as long as this was a good one: the next pause starts small again. */
const STABLE_MS = 10_000

/** One room at one tracker. */
export interface GuardedRoom {
  /** The data of a publish on our topic, and the y-webrtc observer that acts on a message once it has been checked. */
  receive(data: unknown, deliver: (message: unknown) => void): void
  /** The connection was made (anew): time to subscribe. */
  connected(): void
  /** The tracker gave an announcement to so many who listen to our topic. */
  counted(listeners: number): void
  stateChanged(): void
}

interface KeptRoom {
  readonly room: GuardedRoom
  readonly crowd: TopicCrowd
  /** Until we listen to the topic again; undefined while we do. */
  away: ReturnType<typeof setTimeout> | undefined
}

const guards = new WeakMap<SignalingConn, TrackerGuard>()

export class TrackerGuard {
  readonly #conn: SignalingConn
  readonly #rooms = new Map<string, KeptRoom>()
  /** The topics of whose rooms sessions are answered where. */
  readonly #mailboxes = new Map<string, string>()
  readonly #originals: readonly ((message: unknown) => void)[]
  readonly #send: SignalingConn['send']
  readonly #backOff = new BackOff({ firstMs: RECONNECT_FIRST_MS, maxMs: RECONNECT_MAX_MS, random: Math.random })
  #socket: WebSocket | null
  #state: DoorState = { state: 'connecting', detail: 'connecting', sinceMs: Date.now() }
  #openedMs: number | undefined
  #closeDetail = ''
  #badFrames = 0
  #retry: ReturnType<typeof setTimeout> | undefined

  /** The guard of a connection: made with the first room that asks, so before anything has been received. */
  static of(conn: SignalingConn): TrackerGuard {
    let guard = guards.get(conn)
    if (!guard) guards.set(conn, (guard = new TrackerGuard(conn)))
    return guard
  }

  private constructor(conn: SignalingConn) {
    this.#conn = conn
    this.#originals = [...(conn._observers.get('message') ?? [])]
    for (const name of ['message', 'connect'] as const)
      for (const observer of conn._observers.get(name) ?? []) conn.off(name, observer)
    conn.on('message', (message) => {
      this.#receive(message)
    })
    conn.on('connect', () => {
      for (const { room } of this.#rooms.values()) room.connected()
    })
    this.#send = conn.send.bind(conn)
    conn.send = (message) => {
      this.#sendChecked(message)
    }
    this.#socket = conn.ws
    if (this.#socket) this.#watch(this.#socket)
    this.#takeOverSocket()
  }

  get place(): DoorState & { readonly place: string } {
    const bad = this.#badFrames === 0 ? '' : `, ${this.#badFrames} bad messages dropped`
    return { place: this.#conn.url, ...this.#state, detail: this.#state.detail + bad }
  }

  get isConnected(): boolean {
    return this.#conn.connected
  }

  /** What comes in the mailbox is taken as if it had come on the topic. */
  attach(topic: string, mailbox: string, room: GuardedRoom): void {
    this.#rooms.set(topic, { room, crowd: new TopicCrowd(Math.random), away: undefined })
    this.#mailboxes.set(mailbox, topic)
    // A connection that another room uses says nothing any more of being connected.
    this.subscribe(topic, mailbox)
  }

  detach(topic: string): void {
    clearTimeout(this.#rooms.get(topic)?.away)
    const topics = this.#rooms.delete(topic) ? [topic] : []
    for (const [mailbox, answered] of this.#mailboxes)
      if (answered === topic) {
        this.#mailboxes.delete(mailbox)
        topics.push(mailbox)
      }
    if (topics.length > 0 && this.isConnected) this.#send({ type: 'unsubscribe', topics })
    if (this.#rooms.size === 0) clearTimeout(this.#retry)
  }

  subscribe(topic: string, mailbox: string): void {
    const kept = this.#rooms.get(topic)
    clearTimeout(kept?.away)
    if (kept) kept.away = undefined
    if (this.isConnected) this.#send({ type: 'subscribe', topics: [topic, mailbox] })
  }

  publish(topic: string, data: string): void {
    if (this.isConnected) this.#send({ type: 'publish', topic, data })
  }

  /** Tries again now instead of after the pause: the device has a network again. */
  retryNow(): void {
    if (this.#retry === undefined || this.#socket) return
    clearTimeout(this.#retry)
    this.#backOff.reset()
    this.#reconnect()
  }

  /**
   * y-webrtc speaks for a room when it opens and closes it: to all trackers that the page knows, and of no mailbox. What
   * is to be said for a room is said here, where the room is to be found.
   */
  #sendChecked(message: unknown): void {
    const { type, topic } = message as { readonly type?: unknown; readonly topic?: unknown }
    if (type === 'publish' && typeof topic === 'string') this.#rooms.get(topic)?.room.connected()
    else if (type !== 'subscribe' && type !== 'unsubscribe') this.#send(message)
  }

  #receive(message: unknown): void {
    if (typeof message !== 'object' || message === null) return
    const { type, topic: named, data, clients } = message as Record<string, unknown>
    if (type !== 'publish' || typeof named !== 'string') return
    if (typeof clients === 'number' && Number.isSafeInteger(clients)) this.#counted(named, clients)
    const topic = this.#mailboxes.get(named) ?? named
    this.#rooms.get(topic)?.room.receive(data, (checked) => {
      for (const original of this.#originals) original({ type, topic, data: checked })
    })
  }

  /** In a crowd a few listen to the topic, and who does not is answered in its mailbox. */
  #counted(topic: string, listeners: number): void {
    const kept = this.#rooms.get(topic)
    if (!kept || kept.away !== undefined) return
    kept.room.counted(listeners)
    const pauseMs = kept.crowd.counted(listeners, performance.now())
    if (pauseMs === undefined) return
    this.#send({ type: 'unsubscribe', topics: [topic] })
    kept.away = setTimeout(() => {
      kept.away = undefined
      if (this.isConnected) this.#send({ type: 'subscribe', topics: [topic] })
    }, pauseMs)
  }

  /** lib0 assigns `ws` whenever it connects and null when it lost the connection; there are no events for a failure. */
  #takeOverSocket(): void {
    Object.defineProperty(this.#conn, 'ws', {
      configurable: true,
      get: () => this.#socket,
      set: (next: WebSocket | null) => {
        this.#socket = next
        if (next) this.#watch(next)
        else this.#lost()
      },
    })
  }

  #watch(socket: WebSocket): void {
    socket.addEventListener('open', () => {
      this.#openedMs = Date.now()
      this.#guardFrames(socket)
      this.#enter('open', 'connected')
    })
    socket.addEventListener('close', ({ code, reason }) => {
      this.#closeDetail = `closed with code ${code}${reason === '' ? '' : ` (${reason})`}`
    })
  }

  /** lib0's listener parses what came without a guard, and an exception there is an error of the whole page. */
  #guardFrames(socket: WebSocket): void {
    const parse = socket.onmessage
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- takes the place of lib0's own
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (isMessageFrame(event.data)) parse?.call(socket, event)
      else this.#badFrames++
    }
  }

  #lost(): void {
    // Without this lib0 would connect again by itself, at once if it had been connected.
    this.#conn.shouldConnect = false
    if (this.#conn.providers.size === 0) return
    if (this.#openedMs !== undefined && Date.now() - this.#openedMs >= STABLE_MS) this.#backOff.reset()
    const wasOpen = this.#openedMs !== undefined
    this.#openedMs = undefined
    const pauseMs = this.#backOff.next()
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      this.#reconnect()
    }, pauseMs)
    // The close event, which says why, comes right after this.
    queueMicrotask(() => {
      const why = wasOpen ? 'connection lost' : 'cannot connect'
      const code = this.#closeDetail === '' ? '' : `, ${this.#closeDetail}`
      this.#enter('failed', `${why}${code}; next try in ${Math.ceil(pauseMs / 1_000)} s`)
    })
  }

  #reconnect(): void {
    this.#retry = undefined
    this.#closeDetail = ''
    if (this.#conn.providers.size > 0) this.#conn.connect()
  }

  #enter(state: DoorState['state'], detail: string): void {
    this.#state = { state, detail, sinceMs: Date.now() }
    for (const { room } of this.#rooms.values()) room.stateChanged()
  }
}

function isMessageFrame(data: unknown): boolean {
  if (typeof data !== 'string' || data.length > FRAME_CHARS_MAX) return false
  try {
    const message: unknown = JSON.parse(data)
    return typeof message === 'object' && message !== null && 'type' in message
  } catch {
    return false
  }
}
