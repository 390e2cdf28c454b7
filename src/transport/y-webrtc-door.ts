/**
 * y-webrtc as a door: its provider finds the others through its trackers and makes the connections; everything after
 * that is ours. Its document is empty and thrown away, its awareness says nothing, its own unauthenticated sync is
 * muted before a byte is sent or read. The packages are loaded with the first room that needs them.
 */
import type { Room, SignalingConn, WebrtcConn, WebrtcProvider } from 'y-webrtc'
import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession, type DoorState } from './door.ts'
import type { Link } from './link.ts'
import { RoomAnnouncer } from './room-announcer.ts'
import type { OpeningRtcLink, RtcPlatform } from './rtc-link.ts'
import { openSignalling, readSignalling, sealSignalling, type SignallingMessage } from './signalling-message.ts'
import { TokenBucket } from '../base/token-bucket.ts'
import { takeTurn } from './topic-turns.ts'
import { TrackerGuard, type GuardedRoom } from './tracker-guard.ts'
import { WaitingCallers } from './waiting-callers.ts'
import { isUnanswered, openLinkOver } from './y-webrtc-dial.ts'
import { Mailboxes } from './y-webrtc-mailbox.ts'

/** Candidates that take longer are left out: what is found in a second is what works. */
const ICE_GATHER_TIMEOUT_MS = 1_000
/** Signals opened for one room and tracker: a room of 100 that all arrive at once, then what one person can cause. */
const SIGNALS_BURST = 256
const SIGNALS_PER_SECOND = 32

export interface YWebrtcDoorOptions {
  /** WebSocket addresses of y-webrtc signalling servers. */
  readonly trackers: readonly string[]
  /** Derived from the room's secret, never the topic, which the trackers see: seals what passes through them. */
  readonly password: string
  /** STUN and TURN servers. None by default: people are not sent to strangers without being asked. */
  readonly iceServers?: readonly RTCIceServer[]
  /** Through relays (TURN) alone, so that the others do not learn our address. */
  readonly isAddressHidden?: boolean
  /** Whose WebRTC is used, where it is not the page's own. */
  readonly platform?: RtcPlatform
}

export const createYWebrtcDoor = (options: YWebrtcDoorOptions): Door => ({
  name: 'y-webrtc',
  start: (topic, onLink) => new YWebrtcSession(topic, onLink, options),
})

/** What y-webrtc knows too. */
type CheckedSignal = Exclude<SignallingMessage, { readonly type: 'full' }>

interface Running {
  readonly provider: WebrtcProvider
  guards: readonly TrackerGuard[]
  readonly move: (trackers: readonly string[]) => void
  readonly destroy: () => Promise<void>
}

/** How to have y-webrtc act on a message that came through that tracker. */
interface Call {
  readonly via: TrackerGuard
  readonly deliver: (message: unknown) => void
}

class YWebrtcSession implements DoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  onStanding: ((sessions: number) => void) | undefined
  readonly #topic: string
  readonly #onLink: (link: Link) => void
  readonly #options: YWebrtcDoorOptions
  #trackers: readonly string[]
  readonly #announcer = new RoomAnnouncer({
    random: Math.random,
    nowMs: () => performance.now(),
    announce: () => this.#announce(),
  })
  readonly #signals = new TokenBucket({ burst: SIGNALS_BURST, perSecond: SIGNALS_PER_SECOND, nowMs: performance.now() })
  readonly #closers = new Map<WebrtcConn, (reason: string) => void>()
  /** Those whose links were given out. They belong to whoever took them, and outlive the session. */
  readonly #given = new Set<WebrtcConn>()
  #running: Running | undefined
  #state: DoorState = { state: 'connecting', detail: 'loading', sinceMs: Date.now() }
  #lastFailure: string | undefined
  #freeSlots = DOOR_CAPACITY_DEFAULT
  #mayDial = true
  readonly #mailboxes = new Mailboxes()
  readonly #callers = new WaitingCallers<Call>(Math.random)
  /** The tracker that the message came through which y-webrtc is acting on now. */
  #via: TrackerGuard | undefined
  /** Signals are opened one after the other, so that a candidate does not overtake its offer. */
  #opening: Promise<void> = Promise.resolve()
  #released: () => void = () => undefined
  readonly #ended = new Promise<void>((resolve) => {
    this.#released = resolve
  })
  #stopping: Promise<void> | undefined

  constructor(topic: string, onLink: (link: Link) => void, options: YWebrtcDoorOptions) {
    this.#topic = topic
    this.#onLink = onLink
    this.#options = options
    this.#trackers = options.trackers
    const before = takeTurn(topic, this.#ended)
    if (before) this.#state = { ...this.#state, detail: 'waiting until this room has been closed in this page' }
    void this.#start(before)
  }

  health(): DoorHealth {
    const places = (this.#running?.guards ?? []).map((guard) => guard.place)
    const lastFailure = this.#lastFailure
    if (this.#stopping || places.length === 0) return { ...this.#state, places, lastFailure }
    const best = ['open', 'connecting', 'failed'] as const
    for (const state of best) {
      const place = places.find((each) => each.state === state)
      if (place) return { state, detail: place.detail, sinceMs: place.sinceMs, places, lastFailure }
    }
    return { ...this.#state, places, lastFailure }
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    const couldDial = this.#freeSlots > 0 && this.#mayDial
    this.#freeSlots = freeSlots
    this.#mayDial = mayDial
    this.#applyCapacity()
    if (!couldDial && freeSlots > 0 && mayDial) this.#announcer.soon()
  }

  setPlaces(trackers: readonly string[]): void {
    this.#trackers = trackers
    const running = this.#running
    if (!running || this.#stopping) return
    const before = running.provider.signalingConns
    running.move(trackers)
    const { signalingConns } = running.provider
    for (const conn of before) if (!signalingConns.includes(conn)) TrackerGuard.of(conn).detach(this.#topic)
    running.guards = signalingConns.map((conn) => (before.includes(conn) ? TrackerGuard.of(conn) : this.#guard(conn)))
    void this.#announce()
    this.#changed()
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #start(before: Promise<void> | undefined): Promise<void> {
    try {
      const { moveProvider, openProvider } = await import('./y-webrtc-provider.ts')
      await before
      if (this.#stopping) return
      const opened = openProvider({
        topic: this.#topic,
        trackers: this.#trackers,
        password: this.#options.password,
        peerOpts: {
          ...(this.#options.platform && { wrtc: this.#options.platform.classes }),
          trickle: false,
          iceCompleteTimeout: ICE_GATHER_TIMEOUT_MS,
          config: {
            iceServers: [...(this.#options.iceServers ?? [])],
            iceTransportPolicy: this.#options.isAddressHidden === true ? 'relay' : 'all',
          },
        },
      })
      const { provider } = opened
      const guards = provider.signalingConns.map((conn) => this.#guard(conn))
      const move = (trackers: readonly string[]): void => {
        moveProvider(provider, trackers)
      }
      this.#running = { provider, guards, move, destroy: opened.destroy }
      provider.on('peers', ({ added }) => {
        for (const id of added) this.#adopt(provider.room?.webrtcConns.get(id))
      })
      this.#applyCapacity()
      globalThis.addEventListener?.('online', this.#retryNow)
      this.#announcer.start()
      if (opened.refused.length > 0) this.#enter('failed', `not an address of a tracker: ${opened.refused.join(', ')}`)
      else this.#changed()
    } catch (error) {
      this.#enter('failed', error instanceof Error ? error.message : String(error))
    }
  }

  async #stop(): Promise<void> {
    this.#announcer.stop()
    globalThis.removeEventListener?.('online', this.#retryNow)
    const room = this.#running?.provider.room
    for (const [conn, close] of this.#closers) {
      // What y-webrtc does not know any more it does not end.
      if (this.#given.has(conn)) room?.webrtcConns.delete(conn.remotePeerId)
      else close('door-stopped')
    }
    for (const guard of this.#running?.guards ?? []) guard.detach(this.#topic)
    // A session that has not opened its room yet will not, now that it is stopping.
    await this.#running?.destroy()
    this.#released()
    this.#enter('stopped', 'stopped')
  }

  readonly #retryNow = (): void => {
    for (const guard of this.#running?.guards ?? []) guard.retryNow()
  }

  #enter(state: DoorState['state'], detail: string): void {
    this.#state = { state, detail, sinceMs: Date.now() }
    this.#changed()
  }

  #changed(): void {
    this.onHealth?.(this.health())
  }

  #failed(reason: string): void {
    this.#lastFailure = reason
    this.#changed()
  }

  get #room(): Room | undefined {
    return this.#stopping ? undefined : (this.#running?.provider.room ?? undefined)
  }

  #applyCapacity(): void {
    const provider = this.#running?.provider
    if (provider) provider.maxConns = (provider.room?.webrtcConns.size ?? 0) + Math.max(0, this.#freeSlots)
  }

  #hasRoomForOneMore(room: Room): boolean {
    return room.webrtcConns.size < (this.#running?.provider.maxConns ?? 0)
  }

  #guard(conn: SignalingConn): TrackerGuard {
    const guard = TrackerGuard.of(conn)
    const handlers: GuardedRoom = {
      receive: (data, deliver) => {
        if (!this.#signals.take(performance.now())) return
        this.#opening = this.#opening.then(() => this.#receive(guard, data, deliver))
      },
      connected: () => {
        guard.subscribe(this.#topic, this.#mailboxes.mine)
        void this.#announce()
      },
      counted: (listeners) => this.onStanding?.(listeners),
      stateChanged: () => {
        this.#changed()
      },
    }
    guard.attach(this.#topic, this.#mailboxes.mine, handlers)
    return guard
  }

  async #announce(): Promise<void> {
    const room = this.#room
    if (!room?.key || !this.#mayDial || !this.#hasRoomForOneMore(room)) return
    const data = await sealSignalling({ type: 'announce', from: room.peerId, mailbox: this.#mailboxes.mine }, room.key)
    for (const guard of this.#running?.guards ?? []) guard.publish(this.#topic, data)
  }

  async #receive(via: TrackerGuard, data: unknown, deliver: (message: unknown) => void): Promise<void> {
    const key = this.#room?.key
    if (!key) return
    const opened = await openSignalling(data, key)
    const room = this.#room
    if (!opened.ok || !room || opened.value.from === room.peerId) return
    const message = opened.value
    this.#mailboxes.learn(message.from, message.mailbox)
    if (message.type === 'full') this.#refused(room, message)
    else if (this.#isWelcome(room, message)) this.#act(room, key, message, { via, deliver })
    else await this.#turnAway(room, key, message, { via, deliver })
  }

  #act(room: Room, key: CryptoKey, message: SignallingMessage, { via, deliver }: Call): void {
    this.#callers.remove(message.from)
    // Without a key y-webrtc acts on the message at once, so what it throws for bad signals can be caught here;
    // with one it would decrypt anew and leave a rejected promise behind.
    room.key = null
    this.#via = via
    try {
      deliver(message)
    } catch (error) {
      const conn = room.webrtcConns.get(message.from)
      if (conn) this.#closers.get(conn)?.(`bad-signal: ${String(error)}`)
    } finally {
      room.key = key
      this.#via = undefined
    }
  }

  /** No slot is free: who announces itself is called when one is, who makes an offer is told to look elsewhere. */
  async #turnAway(room: Room, key: CryptoKey, message: CheckedSignal, call: Call): Promise<void> {
    const { from } = message
    if (room.webrtcConns.has(from)) return
    if (message.type === 'announce') {
      if (this.#mayDial && this.#freeSlots > 0) this.#callers.add(from, call, performance.now())
    } else if (message.to === room.peerId && message.signal.type === 'offer') {
      const full = { type: 'full', from: room.peerId, mailbox: this.#mailboxes.mine, to: from } as const
      call.via.publish(this.#mailboxes.of(from) ?? this.#topic, await sealSignalling(full, key))
    }
  }

  #refused(room: Room, { from, to }: SignallingMessage & { readonly type: 'full' }): void {
    const conn = to === room.peerId ? room.webrtcConns.get(from) : undefined
    if (conn && isUnanswered(conn)) this.#drop(room, conn)
  }

  /** Calls somebody who announced itself while no slot was free, as if that came now. */
  #callNext(room: Room): boolean {
    if (!room.key || !this.#mayDial || this.#freeSlots <= 0 || !this.#hasRoomForOneMore(room)) return false
    const next = this.#callers.take(performance.now())
    if (!next?.call.via.isConnected || room.webrtcConns.has(next.id)) return false
    this.#act(room, room.key, { type: 'announce', from: next.id }, next.call)
    return true
  }

  /** y-webrtc would publish it to all who stand at the room's topic. */
  async #signal(via: TrackerGuard, to: string, signal: unknown): Promise<void> {
    const room = this.#room
    if (!room?.key) return
    // Stock clients that both made an offer take that of the later token.
    const token = Date.now() + Math.random()
    const from = room.peerId
    const message = readSignalling({ type: 'signal', from, mailbox: this.#mailboxes.mine, to, token, signal })
    if (!message.ok) return
    const data = await sealSignalling(message.value, room.key)
    via.publish(this.#mailboxes.of(to) ?? this.#topic, data)
  }

  /** Whether y-webrtc may act on the message; may make way for it. */
  #isWelcome(room: Room, message: CheckedSignal): boolean {
    const existing = room.webrtcConns.get(message.from)
    if (message.type === 'announce') return existing === undefined && this.#hasRoomForOneMore(room)
    if (message.to !== room.peerId) return false
    const { type } = message.signal
    if (type === 'answer') return existing?.peer._pc?.signalingState === 'have-local-offer'
    if (type === 'candidate') return existing !== undefined
    if (!existing) return this.#hasRoomForOneMore(room)
    // Anybody in the room can claim to be anybody here: what is open stays open.
    if (this.#isOpen(existing)) return false
    // Both have made an offer at once: that of the lower id stands. y-webrtc's own rule (by clock) leaves an offer
    // under way that is published after it was given up, when candidates are gathered first.
    if (existing.peer.initiator && room.peerId < message.from) return false
    this.#drop(room, existing)
    return true
  }

  #isOpen(conn: WebrtcConn): boolean {
    return conn.peer._pc?.connectionState === 'connected'
  }

  #drop(room: Room, conn: WebrtcConn): void {
    room.webrtcConns.delete(conn.remotePeerId)
    this.#closers.get(conn)?.('replaced')
    conn.peer.destroy()
  }

  /** Takes the connection from y-webrtc. Called in the turn in which it was made, before its first description. */
  #adopt(conn: WebrtcConn | undefined): void {
    const room = this.#room
    if (!conn || !room || this.#closers.has(conn)) return
    const { peer } = conn
    for (const event of ['connect', 'data', 'close', 'error', 'signal'] as const) peer.removeAllListeners(event)
    const via = this.#via
    peer.on('signal', (signal) => {
      if (via) void this.#signal(via, conn.remotePeerId, signal)
    })
    // What comes on simple-peer's own channel is read and forgotten; unread it would pile up.
    peer.on('data', () => undefined)
    const connection = peer._pc
    if (!connection) {
      // simple-peer says why in a later turn, and throws if nobody listens.
      peer.on('error', (error) => {
        this.#failed(`connection-failed: ${error.message}`)
      })
      room.webrtcConns.delete(conn.remotePeerId)
      peer.destroy()
      return
    }
    const opening = openLinkOver(conn, connection, {
      makeLink: this.#options.platform?.makeLink,
      ended: () => this.#forget(conn),
    })
    this.#closers.set(conn, (reason) => {
      opening.abort(reason)
    })
    void this.#handOver(conn, opening)
  }

  async #handOver(conn: WebrtcConn, { opened }: OpeningRtcLink): Promise<void> {
    const link = await opened
    if (link.ok && this.#stopping) link.value.close('door-stopped')
    else if (link.ok) {
      this.#given.add(conn)
      this.#onLink(link.value)
    } else if (link.detail !== 'replaced') this.#failed(link.detail ?? link.reason)
  }

  #forget(conn: WebrtcConn): void {
    this.#closers.delete(conn)
    this.#given.delete(conn)
    const room = this.#room
    if (!room) return
    // Another attempt with the same peer may have taken its place.
    if (room.webrtcConns.get(conn.remotePeerId) === conn) room.webrtcConns.delete(conn.remotePeerId)
    // y-webrtc would announce at once each time; two peers that fail at once would do nothing else.
    if (!this.#callNext(room)) this.#announcer.soon()
  }
}
