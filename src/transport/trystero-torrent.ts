/**
 * BitTorrent trackers (the announcements of BEP 3 as JSON over WebSocket, with offers and answers in them). A tracker
 * hands our offers to some of those who announced the same hash, and their answers back to us.
 */
import { createStrategy, selfId, type JoinRoom, type OfferRecord, type StrategyOnMessage } from '@trystero-p2p/core'
import { toBase64url } from '../base/bytes.ts'
import { parsed } from './trystero-envelope.ts'
import { AnnounceClock, QUIET_MS, type TrysteroGate } from './trystero-gate.ts'
import { Relay, type RelayList } from './trystero-relay.ts'
import type { Network } from './trystero-topics.ts'

/** Trackers run by others for everybody, as trystero 0.25.4 lists them. */
export const PUBLIC_TORRENT_TRACKERS: readonly string[] = [
  'wss://open.ftorrent.com',
  'wss://tracker.webtorrent.dev',
  'wss://tracker.openwebtorrent.com',
  'wss://tracker.btorrent.xyz',
  'wss://tracker.files.fm:7073/announce',
]

/** Hashes and ids of the protocol have 20 bytes; trackers take them as text. */
const ID_CHARS = 20
/** Offers handed out at a time: each is a connection that waits. */
const OFFERS_MAX = 3
/** An offer that nobody answered is taken back; trystero would keep it for three minutes. */
const OFFER_MS_MAX = 60_000
/** How often a tracker hears that we are still there. Trackers forget those who are silent for some minutes. */
const PRESENCE_MS = 120_000
const REASON_CHARS_MAX = 120

const idOf = (): string => toBase64url(crypto.getRandomValues(new Uint8Array(ID_CHARS))).slice(0, ID_CHARS)

async function hashOf(topic: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(topic))
  return toBase64url(new Uint8Array(digest)).slice(0, ID_CHARS)
}

interface Outstanding {
  readonly record: OfferRecord
  readonly untilMs: number
}

/** One room at one tracker. */
interface SwarmOptions {
  readonly relay: Relay
  readonly gate: TrysteroGate
  readonly hash: string
  readonly topic: string
  /** Of this session, and not trystero's, which is the same in all rooms of a page. */
  readonly ownId: string
  readonly onMessage: StrategyOnMessage
  readonly getOffers: (count: number) => Promise<OfferRecord[]>
}

class Swarm {
  readonly #options: SwarmOptions
  readonly #outstanding = new Map<string, Outstanding>()
  readonly #presence: ReturnType<typeof setInterval>
  readonly #clock = new AnnounceClock()
  #isLeft = false

  constructor(options: SwarmOptions) {
    this.#options = options
    this.#presence = setInterval(() => {
      this.say({ numwant: 0, offers: [] })
    }, PRESENCE_MS)
    // Whoever only answers is known to the tracker from the beginning.
    if (!options.gate.mayAnnounce) this.say({ numwant: 0, offers: [] })
  }

  say(message: object): void {
    const { relay, hash, ownId } = this.#options
    relay.send(JSON.stringify({ action: 'announce', info_hash: hash, peer_id: ownId, ...message }))
  }

  /** Hands out offers if it is time; resolves to the milliseconds until it is time again. */
  async announce(): Promise<number> {
    const { gate, relay, getOffers } = this.#options
    if (this.#isLeft || !gate.mayAnnounce || !relay.isReady) return QUIET_MS
    const waitMs = this.#clock.take(performance.now())
    if (waitMs > 0) return waitMs
    this.#takeBack(performance.now())
    const missing = Math.min(OFFERS_MAX, gate.freeSlots) - this.#outstanding.size
    try {
      for (const record of missing > 0 ? await getOffers(missing) : []) {
        if (this.#isLeft) record.reclaim?.()
        else this.#outstanding.set(idOf(), { record, untilMs: performance.now() + OFFER_MS_MAX })
      }
    } catch {
      // No connection could be made now: the next announcement tries again.
    }
    const offers = await Promise.all(
      [...this.#outstanding].map(async ([id, { record }]) => ({
        offer_id: id,
        offer: { type: 'offer', sdp: await this.#seal({ peerId: selfId, offer: record.offer }) },
      })),
    )
    if (!this.#isLeft) this.say({ numwant: OFFERS_MAX, offers })
    return this.#clock.remainingMs(performance.now())
  }

  /** The tracker is there anew. */
  async returned(): Promise<void> {
    this.say({ numwant: 0, offers: [] })
    await this.announce()
  }

  async receive(message: Readonly<Record<string, unknown>>): Promise<void> {
    const { gate, topic, ownId, onMessage } = this.#options
    const { offer, answer, offer_id: offerId, peer_id: from } = message
    if (typeof offerId !== 'string' || typeof from !== 'string' || from === ownId) return
    const given = sdpOf(offer)
    // An offer is for anybody; an answer is for whoever made the offer.
    const signal = await gate.open(given ?? sdpOf(answer), topic, given === undefined)
    if (!signal || this.#isLeft) return
    try {
      if (signal.offer !== undefined && given !== undefined) {
        const hasOutgoingOffer = this.#outstanding.size > 0
        const { peerId } = signal
        await onMessage(topic, { peerId, offer: signal.offer, hasOutgoingOffer }, (_, reply) =>
          this.#answer(reply, offerId, from),
        )
      } else if (signal.answer !== undefined) await this.#answered(signal.peerId, signal.answer, offerId)
    } catch {
      gate.acquaintances.failed(signal.peerId, performance.now())
    }
  }

  leave(): void {
    this.#isLeft = true
    clearInterval(this.#presence)
    this.say({ event: 'stopped', numwant: 0, offers: [] })
    this.#takeBack(Infinity)
  }

  async #answered(peerId: string, answer: string, offerId: string): Promise<void> {
    const outstanding = this.#outstanding.get(offerId)
    if (!outstanding) return
    this.#outstanding.delete(offerId)
    outstanding.record.claim?.()
    const message = { peerId, answer, peer: outstanding.record.peer }
    await this.#options.onMessage(this.#options.topic, message, () => undefined)
  }

  async #answer(reply: string, offerId: string, to: string): Promise<void> {
    const sdp = await this.#options.gate.seal(reply, this.#options.topic)
    if (!this.#isLeft) this.say({ answer: { type: 'answer', sdp }, offer_id: offerId, to_peer_id: to })
  }

  #seal(message: object): Promise<string> {
    return this.#options.gate.seal(JSON.stringify(message), this.#options.topic)
  }

  #takeBack(nowMs: number): void {
    for (const [id, { record, untilMs }] of this.#outstanding) {
      if (nowMs < untilMs) continue
      this.#outstanding.delete(id)
      record.reclaim?.()
    }
  }
}

const sdpOf = (description: unknown): unknown =>
  typeof description === 'object' && description !== null ? (description as { readonly sdp?: unknown }).sdp : undefined

interface TorrentClient {
  readonly relay: Relay
  readonly ready: Promise<TorrentClient>
  readonly swarms: Map<string, Swarm>
}

export class TorrentNetwork implements Network {
  readonly #clients: readonly TorrentClient[]
  readonly #gate: TrysteroGate
  readonly #ownId = idOf()

  constructor(list: RelayList, count: number, gate: TrysteroGate, changed: () => void) {
    this.#gate = gate
    this.#clients = Array.from({ length: count }, () => openClient(list, changed))
  }

  get relays(): readonly Relay[] {
    return this.#clients.map(({ relay }) => relay)
  }

  announce(): void {
    for (const { swarms } of this.#clients) for (const swarm of swarms.values()) void swarm.announce()
  }

  join(): JoinRoom {
    const join = createStrategy<TorrentClient>({
      init: () => this.#clients.map(({ ready }) => ready),
      subscribe: async ({ relay, swarms }, topic, _ownTopic, onMessage, getOffers) => {
        const hash = await hashOf(topic)
        const gate = this.#gate
        const swarm = new Swarm({ relay, gate, hash, topic, ownId: this.#ownId, onMessage, getOffers })
        swarms.set(hash, swarm)
        return () => {
          swarm.leave()
          if (swarms.get(hash) === swarm) swarms.delete(hash)
        }
      },
      announce: async ({ swarms }, topic) => {
        const nextAnnounceMs = await swarms.get(await hashOf(topic))?.announce()
        return { nextAnnounceMs: nextAnnounceMs ?? QUIET_MS, reannounceOnDisconnect: false }
      },
    })
    return join
  }
}

function openClient(list: RelayList, changed: () => void): TorrentClient {
  const relay = new Relay(list, changed)
  const swarms = new Map<string, Swarm>()
  const ready = new Promise<void>((resolve) => {
    relay.start({
      opened: () => {
        relay.ready()
        resolve()
        for (const swarm of swarms.values()) void swarm.returned()
      },
      received: (data) => {
        const message = typeof data === 'string' ? parsed(data) : undefined
        if (message) receive(relay, swarms, message)
        else relay.countDropped()
      },
      lost: () => undefined,
    })
  })
  const client: TorrentClient = { relay, swarms, ready: ready.then(() => client) }
  return client
}

function receive(relay: Relay, swarms: ReadonlyMap<string, Swarm>, message: Readonly<Record<string, unknown>>): void {
  const failure = message['failure reason']
  const warning = message['warning message']
  const why = typeof failure === 'string' ? failure.slice(0, REASON_CHARS_MAX) : 'without a reason'
  if (failure !== undefined) relay.refuse(`refused: ${why}`)
  else if (typeof warning === 'string') relay.note(warning.slice(0, REASON_CHARS_MAX))
  const hash = message['info_hash']
  if (typeof hash === 'string' && message['offer_id'] !== undefined) void swarms.get(hash)?.receive(message)
}
