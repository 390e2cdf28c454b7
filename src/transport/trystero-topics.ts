/** Trystero over networks with topics that everybody can publish on and subscribe to. */
import { createTopicStrategy, type JoinRoom } from '@trystero-p2p/core'
import { AnnounceClock, QUIET_MS, type TrysteroGate } from './trystero-gate.ts'
import type { Relay } from './trystero-relay.ts'

/** A connection to one relay of such a network. */
export interface TopicClient {
  readonly relay: Relay
  /** Called when the relay is there, and again whenever it is there anew. */
  onReady: (() => void) | undefined
  subscribe(topic: string, receive: (data: unknown) => void): () => void
  publish(topic: string, data: string): Promise<void>
}

export interface Network {
  readonly relays: readonly Relay[]
  /** Trystero's function to join a room. Each stay in a room takes a new one. */
  join(): JoinRoom
  /** Says "here I am" now, if nobody said it lately. */
  announce(): void
}

export class TopicNetwork implements Network {
  readonly #clients: readonly TopicClient[]
  readonly #ready: readonly Promise<TopicClient>[]
  readonly #gate: TrysteroGate
  readonly #clocks = new Map<TopicClient, AnnounceClock>()
  readonly #announcements = new Map<TopicClient, { readonly topic: string; readonly message: string }>()

  constructor(clients: readonly TopicClient[], gate: TrysteroGate) {
    this.#clients = clients
    this.#gate = gate
    this.#ready = clients.map(
      (client) =>
        new Promise((resolve) => {
          client.onReady = () => {
            resolve(client)
            void this.#announceAt(client)
          }
        }),
    )
    for (const client of clients) this.#clocks.set(client, new AnnounceClock())
  }

  get relays(): readonly Relay[] {
    return this.#clients.map(({ relay }) => relay)
  }

  announce(): void {
    for (const client of this.#clients) void this.#announceAt(client)
  }

  join(): JoinRoom {
    this.#announcements.clear()
    for (const client of this.#clients) this.#clocks.set(client, new AnnounceClock())
    return createTopicStrategy<TopicClient>({
      init: () => [...this.#ready],
      subscribeTopic: (client, topic, onMessage, { kind }) =>
        client.subscribe(topic, (data) => {
          void this.#receive(topic, data, kind === 'self', onMessage)
        }),
      publishTopic: async (client, topic, message, { kind }) => {
        const text = typeof message === 'string' ? message : JSON.stringify(message)
        if (kind === 'signal') {
          if (!this.#gate.isClosed) await client.publish(topic, await this.#gate.seal(text, topic))
          return undefined
        }
        this.#announcements.set(client, { topic, message: text })
        const nextAnnounceMs = await this.#announceAt(client)
        return { nextAnnounceMs, reannounceOnDisconnect: false }
      },
    })
  }

  async #receive(
    topic: string,
    data: unknown,
    isToUs: boolean,
    onMessage: (topic: string, message: Record<string, unknown>) => void | Promise<void>,
  ): Promise<void> {
    const signal = await this.#gate.open(data, topic, isToUs)
    try {
      if (signal) await onMessage(topic, signal)
    } catch {
      // Trystero could not make a connection for it: the peer will be heard again.
      if (signal) this.#gate.acquaintances.failed(signal.peerId, performance.now())
    }
  }

  async #announceAt(client: TopicClient): Promise<number> {
    const announcement = this.#announcements.get(client)
    const clock = this.#clocks.get(client)
    if (!announcement || !clock || !this.#gate.mayAnnounce || !client.relay.isReady) return QUIET_MS
    const waitMs = clock.take(performance.now())
    if (waitMs > 0) return waitMs
    const sealed = await this.#gate.seal(announcement.message, announcement.topic)
    if (!this.#gate.isClosed) await client.publish(announcement.topic, sealed)
    return clock.remainingMs(performance.now())
  }
}
