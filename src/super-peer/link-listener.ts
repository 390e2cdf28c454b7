import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { platformClock, type Clock } from '../transport/clock.ts'
import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession } from '../transport/door.ts'
import type { Link } from '../transport/link.ts'
import { PACKET_BYTES_MAX, type WsLink } from '../transport/ws-link.ts'
import { welcomeSocket } from '../transport/ws-opening.ts'
import { countedAddress } from './network-address.ts'
import { refuseUpgrade, upgradePathOf } from './upgrade-refusal.ts'

/** What one listener grants to those who come. Every number is a bound on memory that a stranger can cause. */
export interface LinkListenerLimits {
  /** Members of many rooms; about 100 KB each while nothing is queued. */
  readonly connectionsMax: number
  /** A household or an office behind one address, and some spare for pages that come back before they are missed. */
  readonly connectionsPerAddressMax: number
  /** Sockets that have not said for which topic they come: they cost little, but nothing vouches for them. */
  readonly unboundMax: number
  /** Routers forget an idle TCP connection after a minute or more. */
  readonly heartbeatIntervalMs: number
}

export const LINK_LISTENER_LIMITS: LinkListenerLimits = {
  connectionsMax: 1_024,
  connectionsPerAddressMax: 64,
  unboundMax: 128,
  heartbeatIntervalMs: 30_000,
}

/** Where links are taken, unless it is said otherwise. */
export const LINK_PATH = '/link'
const CLOSE_GOING_AWAY = 1_001

type UpgradingServer = Pick<Server, 'on' | 'off'>

export interface LinkListenerOptions {
  /** Request paths on which links are taken, `['/link']` by default. Others are left to whoever else listens. */
  readonly paths?: readonly string[]
  readonly limits?: Partial<LinkListenerLimits>
  readonly clock?: Clock
  /** The address that a connection is counted under. */
  readonly addressOf?: (request: IncomingMessage) => string
}

/** Takes links over WebSockets that come to an HTTP server. Rooms get them through the listener's door. */
export const listenForLinks = (server: UpgradingServer, options: LinkListenerOptions = {}): LinkListener =>
  new LinkListener(server, options)

/**
 * The other end of `ws-door.ts`: peers come to our address and say for which topic. A topic that no room here has started
 * is refused, so a listener serves its own rooms and nobody else's. Who somebody is, the handshake above finds out.
 */
export class LinkListener {
  /** To be given to each room that is to be reached here. */
  readonly door: Door = { name: 'listener', start: (topic, onLink) => this.#start(topic, onLink) }
  readonly #server: UpgradingServer
  readonly #limits: LinkListenerLimits
  readonly #paths: ReadonlySet<string>
  readonly #clock: Clock
  readonly #addressOf: (request: IncomingMessage) => string
  readonly #sockets: WebSocketServer
  readonly #sessions = new Map<string, ListenerSession>()
  readonly #connectionsByAddress = new Map<string, number>()
  readonly #silent = new Set<WebSocket>()
  #unbound = 0
  #cancelBeat: () => void
  #isClosed = false

  constructor(server: UpgradingServer, options: LinkListenerOptions) {
    this.#server = server
    this.#limits = { ...LINK_LISTENER_LIMITS, ...options.limits }
    this.#paths = new Set(options.paths ?? [LINK_PATH])
    this.#clock = options.clock ?? platformClock
    this.#addressOf = options.addressOf ?? ((request) => countedAddress(request.socket.remoteAddress))
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: PACKET_BYTES_MAX, perMessageDeflate: false })
    this.#cancelBeat = this.#clock.after(this.#limits.heartbeatIntervalMs, this.#beat)
    server.on('upgrade', this.#upgrade)
  }

  get connectionCount(): number {
    return this.#sockets.clients.size
  }

  /** Ends all links and takes no more; the HTTP server stays. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelBeat()
    this.#server.off('upgrade', this.#upgrade)
    for (const session of this.#sessions.values()) void session.stop()
    for (const socket of this.#sockets.clients) socket.close(CLOSE_GOING_AWAY)
    this.#sockets.close()
  }

  #start(topic: string, onLink: (link: Link) => void): DoorSession {
    const session: ListenerSession = new ListenerSession(onLink, () => {
      if (this.#sessions.get(topic) === session) this.#sessions.delete(topic)
    })
    this.#sessions.set(topic, session)
    return session
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (!this.#paths.has(upgradePathOf(request))) return
    const address = this.#addressOf(request)
    const fromAddress = this.#connectionsByAddress.get(address) ?? 0
    if (this.connectionCount >= this.#limits.connectionsMax || this.#unbound >= this.#limits.unboundMax)
      return refuseUpgrade(socket, '503 Service Unavailable')
    if (fromAddress >= this.#limits.connectionsPerAddressMax) return refuseUpgrade(socket, '429 Too Many Requests')
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#connectionsByAddress.set(address, (this.#connectionsByAddress.get(address) ?? 0) + 1)
      webSocket.on('close', () => {
        const left = (this.#connectionsByAddress.get(address) ?? 1) - 1
        if (left === 0) this.#connectionsByAddress.delete(address)
        else this.#connectionsByAddress.set(address, left)
      })
      this.#welcome(webSocket)
    })
  }

  #welcome(socket: WebSocket): void {
    let session: ListenerSession | undefined
    const opening = welcomeSocket(
      socket,
      (topic) => {
        session = this.#sessions.get(topic)
        return session?.hasRoom === true
      },
      this.#clock,
    )
    socket.on('pong', () => this.#silent.delete(socket))
    socket.on('close', () => this.#silent.delete(socket))
    this.#unbound++
    void opening.opened.then((opened) => {
      this.#unbound--
      if (opened.ok && session) session.add(opened.value)
      // Who was refused gets to know why; who does not hang up then is cut off by the next beat.
      else if (!opened.ok && opened.reason !== 'refused') socket.terminate()
    })
  }

  readonly #beat = (): void => {
    for (const socket of this.#sockets.clients) {
      if (this.#silent.has(socket) || socket.readyState !== socket.OPEN) {
        socket.terminate()
        continue
      }
      this.#silent.add(socket)
      socket.ping()
    }
    this.#cancelBeat = this.#clock.after(this.#limits.heartbeatIntervalMs, this.#beat)
  }
}

/** One topic's part of the listener. */
class ListenerSession implements DoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  readonly #onLink: (link: Link) => void
  readonly #onStop: () => void
  readonly #links = new Set<WsLink>()
  #freeSlots = DOOR_CAPACITY_DEFAULT
  #isStopped = false
  readonly #sinceMs = Date.now()

  constructor(onLink: (link: Link) => void, onStop: () => void) {
    this.#onLink = onLink
    this.#onStop = onStop
  }

  get hasRoom(): boolean {
    return this.#freeSlots > 0
  }

  health(): DoorHealth {
    return {
      state: this.#isStopped ? 'stopped' : 'open',
      detail: this.#isStopped ? 'stopped' : 'takes links here',
      sinceMs: this.#sinceMs,
      places: [],
      lastFailure: undefined,
    }
  }

  /** A listener looks for nobody, so only the slots count. */
  setCapacity(freeSlots: number): void {
    this.#freeSlots = freeSlots
  }

  add(link: WsLink): void {
    if (this.#isStopped) return link.end('door-stopped')
    this.#links.add(link)
    void link.closed.then(() => this.#links.delete(link))
    this.#onLink(link)
  }

  stop(): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    this.#isStopped = true
    for (const link of this.#links) link.end('door-stopped')
    this.#onStop()
    this.onHealth?.(this.health())
    return Promise.resolve()
  }
}
