import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { countedAddress } from './network-address.ts'
import { TokenBucket } from '../base/token-bucket.ts'
import { TopicTable } from './topic-table.ts'
import { TRACKER_LIMITS, type TrackerLimits } from './tracker-limits.ts'
import { refuseUpgrade, upgradePathOf } from './upgrade-refusal.ts'
import { namesOf, parseTrackerMessage, publicationOf } from './tracker-message.ts'

const CLOSE_GOING_AWAY = 1001
const CLOSE_POLICY = 1008

type UpgradingServer = Pick<Server, 'on' | 'off'>

export interface TrackerOptions {
  /** Request paths on which the tracker answers, `['/tracker']` by default. Others are left to whoever else listens. */
  readonly paths?: readonly string[]
  readonly limits?: Partial<TrackerLimits>
  readonly nowMs?: () => number
  /** Calls back at an interval until the returned function is called. */
  readonly every?: (callback: () => void, intervalMs: number) => () => void
  /** The address that a connection is counted under. */
  readonly addressOf?: (request: IncomingMessage) => string
}

interface Client {
  readonly socket: WebSocket
  readonly bucket: TokenBucket
  strikes: number
  droppedInARow: number
  answeredPing: boolean
}

function everyUnreferenced(callback: () => void, intervalMs: number): () => void {
  const timer = setInterval(callback, intervalMs).unref()
  return () => {
    clearInterval(timer)
  }
}

const textOfFrame = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8')

/** Adds a tracker to an HTTP server. */
export const attachTracker = (server: UpgradingServer, options: TrackerOptions = {}): Tracker =>
  new Tracker(server, options)

/**
 * A place where devices that do not know each other yet meet. The rules TR1 to TR12 are in SPEC.md.
 *
 * Any web page may connect, whatever its origin: the tracker holds no cookies and no secrets, and is of use only if
 * strangers can reach it.
 */
export class Tracker {
  readonly #server: UpgradingServer
  readonly #limits: TrackerLimits
  readonly #paths: ReadonlySet<string>
  readonly #nowMs: () => number
  readonly #addressOf: (request: IncomingMessage) => string
  readonly #door: WebSocketServer
  readonly #topics: TopicTable<Client>
  readonly #clients = new Set<Client>()
  readonly #connectionsByAddress = new Map<string, number>()
  readonly #stopHeartbeat: () => void

  constructor(server: UpgradingServer, options: TrackerOptions) {
    this.#server = server
    this.#limits = { ...TRACKER_LIMITS, ...options.limits }
    this.#paths = new Set(options.paths ?? ['/tracker'])
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#addressOf = options.addressOf ?? ((request) => countedAddress(request.socket.remoteAddress))
    this.#door = new WebSocketServer({
      noServer: true,
      maxPayload: this.#limits.frameBytesMax,
      perMessageDeflate: false,
    })
    this.#topics = new TopicTable(this.#limits)
    const every = options.every ?? everyUnreferenced
    this.#stopHeartbeat = every(this.#beat, this.#limits.heartbeatIntervalMs)
    server.on('upgrade', this.#upgrade)
  }

  get connectionCount(): number {
    return this.#clients.size
  }

  get topicCount(): number {
    return this.#topics.topicCount
  }

  /** Says goodbye to all clients and stops answering; the HTTP server stays. */
  close(): void {
    this.#stopHeartbeat()
    this.#server.off('upgrade', this.#upgrade)
    for (const { socket } of this.#clients) socket.close(CLOSE_GOING_AWAY)
    this.#door.close()
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (!this.#paths.has(upgradePathOf(request))) return
    const address = this.#addressOf(request)
    const fromAddress = this.#connectionsByAddress.get(address) ?? 0
    if (this.#clients.size >= this.#limits.connectionsMax) return refuseUpgrade(socket, '503 Service Unavailable')
    if (fromAddress >= this.#limits.connectionsPerAddressMax) return refuseUpgrade(socket, '429 Too Many Requests')
    this.#door.handleUpgrade(request, socket, head, (webSocket) => {
      this.#welcome(webSocket, address)
    })
  }

  #welcome(socket: WebSocket, address: string): void {
    const { tokensBurst: burst, tokensPerSecond: perSecond } = this.#limits
    const bucket = new TokenBucket({ burst, perSecond, nowMs: this.#nowMs() })
    const client: Client = { socket, bucket, strikes: 0, droppedInARow: 0, answeredPing: true }
    this.#clients.add(client)
    this.#connectionsByAddress.set(address, (this.#connectionsByAddress.get(address) ?? 0) + 1)
    socket.on('close', () => {
      this.#clients.delete(client)
      this.#topics.leave(client)
      const left = (this.#connectionsByAddress.get(address) ?? 1) - 1
      if (left === 0) this.#connectionsByAddress.delete(address)
      else this.#connectionsByAddress.set(address, left)
    })
    // A broken or oversized frame; `ws` closes the connection itself, with the right code.
    socket.on('error', () => undefined)
    socket.on('pong', () => {
      client.answeredPing = true
    })
    socket.on('message', (data) => {
      if (socket.readyState === socket.OPEN) this.#receive(client, textOfFrame(data))
    })
  }

  #receive(client: Client, text: string): void {
    const cost = Math.max(1, Math.ceil(text.length / this.#limits.bytesPerToken))
    if (!client.bucket.take(this.#nowMs(), cost)) {
      client.droppedInARow++
      if (client.droppedInARow >= this.#limits.droppedMax) client.socket.close(CLOSE_POLICY, 'too many messages')
      return
    }
    client.droppedInARow = 0
    const message = parseTrackerMessage(text)
    if (!message.ok) return this.#strike(client)
    switch (message.value.type) {
      case 'subscribe':
        if (!message.value.topics.every((topic) => this.#topics.subscribe(client, topic))) this.#strike(client)
        return
      case 'unsubscribe':
        for (const topic of message.value.topics) this.#topics.unsubscribe(client, topic)
        return
      case 'publish':
        return this.#publish(client, message.value.topic, message.value.data)
      case 'ping':
        return this.#send(client, '{"type":"pong"}')
    }
  }

  #publish(sender: Client, topic: string, data: unknown): void {
    const { from, to } = namesOf(data)
    const publication = publicationOf(topic, data, this.#topics.clientCount(topic))
    if (!publication.ok) return this.#strike(sender)
    if (from !== undefined) this.#topics.learn(sender, topic, from)
    for (const receiver of this.#topics.receivers(sender, topic, to)) this.#send(receiver, publication.value)
  }

  #strike(client: Client): void {
    client.strikes++
    if (client.strikes >= this.#limits.strikesMax) client.socket.close(CLOSE_POLICY, 'malformed messages')
  }

  #send({ socket }: Client, text: string): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > this.#limits.queuedBytesMax) socket.terminate()
    else socket.send(text)
  }

  readonly #beat = (): void => {
    for (const client of this.#clients) {
      if (client.answeredPing) {
        client.answeredPing = false
        client.socket.ping()
      } else {
        client.socket.terminate()
      }
    }
  }
}
