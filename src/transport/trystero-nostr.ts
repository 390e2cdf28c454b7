/**
 * Nostr relays (NIP-01). The events are trystero's: of a kind that relays pass on and do not keep, signed by a key of this
 * page that means nothing. What is in them is sealed.
 */
import { createEvent, defaultRelayUrls, subscribe } from '@trystero-p2p/nostr'
import { isRelayAddress, Relay, type RelayList } from './trystero-relay.ts'
import type { TopicClient } from './trystero-topics.ts'
import { parsed } from './trystero-envelope.ts'

export const PUBLIC_NOSTR_RELAYS: readonly string[] = defaultRelayUrls.filter(isRelayAddress)

/** Relays leave out what is older than the subscription by the clock of whoever wrote it; clocks differ. */
const CLOCK_SKEW_S = 120
const REASON_CHARS_MAX = 120

export class NostrClient implements TopicClient {
  readonly relay: Relay
  onReady: (() => void) | undefined
  readonly #subscriptions = new Map<string, { readonly topic: string; readonly receive: (data: unknown) => void }>()

  constructor(list: RelayList, changed: () => void) {
    this.relay = new Relay(list, changed)
    this.relay.start({
      opened: () => {
        this.relay.ready()
        for (const [id, { topic }] of this.#subscriptions) this.#request(id, topic)
        this.onReady?.()
      },
      received: (data) => {
        this.#receive(data)
      },
      lost: () => undefined,
    })
  }

  subscribe(topic: string, receive: (data: unknown) => void): () => void {
    const id = crypto.randomUUID()
    this.#subscriptions.set(id, { topic, receive })
    this.#request(id, topic)
    return () => {
      this.#subscriptions.delete(id)
      this.relay.send(JSON.stringify(['CLOSE', id]))
    }
  }

  async publish(topic: string, data: string): Promise<void> {
    this.relay.send(await createEvent(topic, data))
  }

  #request(id: string, topic: string): void {
    const [type, , filter] = JSON.parse(subscribe(id, topic)) as [string, string, { readonly since: number }]
    this.relay.send(JSON.stringify([type, id, { ...filter, since: filter.since - CLOCK_SKEW_S }]))
  }

  #receive(data: string | Uint8Array): void {
    const message = typeof data === 'string' ? parsed(data) : undefined
    if (!Array.isArray(message)) {
      this.relay.countDropped()
      return
    }
    const [type, id, detail, reason] = message as unknown[]
    if (type === 'EVENT') this.#deliver(id, detail)
    else if (type === 'OK' && detail === false) this.#refused(reason)
    else if (type === 'CLOSED' && typeof id === 'string' && this.#subscriptions.has(id)) this.#refused(detail)
    else if (type === 'NOTICE') this.relay.note(readable(id))
  }

  #deliver(id: unknown, event: unknown): void {
    const subscription = typeof id === 'string' ? this.#subscriptions.get(id) : undefined
    if (!subscription || typeof event !== 'object' || event === null) return
    const { content, tags } = event as { readonly content?: unknown; readonly tags?: unknown }
    // What was published elsewhere would not open here; this saves the attempt.
    const isHere = Array.isArray(tags) && tags.some((tag) => Array.isArray(tag) && tag[1] === subscription.topic)
    if (isHere) subscription.receive(content)
  }

  /** Reasons begin with a word of NIP-01 and a colon. Too much is no reason to leave; all others are. */
  #refused(reason: unknown): void {
    const text = readable(reason)
    if (/^(?:rate-limited|duplicate):/.test(text)) this.relay.note(text)
    else this.relay.refuse(`refused: ${text}`)
  }
}

const readable = (text: unknown): string =>
  typeof text === 'string' ? text.slice(0, REASON_CHARS_MAX) : 'without a reason'
