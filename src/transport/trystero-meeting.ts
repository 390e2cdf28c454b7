/** One room on one public network: the relays, trystero's room while it is joined, and the links that come out of it. */
import type { Room } from '@trystero-p2p/core'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { DoorHealth } from './door.ts'
import type { Link } from './link.ts'
import { leashConnections, type LeashedConnections } from './trystero-connection.ts'
import type { TrysteroDoorOptions, TrysteroNetwork } from './trystero-options.ts'
import { TrysteroEnvelope } from './trystero-envelope.ts'
import { TrysteroGate } from './trystero-gate.ts'
import { Introduction } from './trystero-introduction.ts'
import { isRelayAddress, rankRelays, RelayList } from './trystero-relay.ts'
import { TopicNetwork, type Network } from './trystero-topics.ts'

const APPLICATION = 'parley'
/** Relays in use at a time: one may fail; more would only repeat. */
const RELAYS_IN_USE = 2
/** A room that is full may have a free slot again in a moment: trystero's room is not left and joined for that. */
const SETTLE_MS = 5_000
/** Joining makes connections that wait (trystero's stock): not more often than this. */
const REJOIN_MS_MIN = 10_000
/** For trystero's own exchange after its connection is open. */
const HANDSHAKE_MS_MAX = 10_000
/** While peers are being introduced the room is not left for a change of mode; looked at again after this. */
const BUSY_MS = 2_000

export interface MeetingOptions extends TrysteroDoorOptions {
  readonly topic: string
  readonly onLink: (link: Link) => void
  readonly onChange: () => void
  readonly onFailure: (reason: string) => void
}

type Mode = 'active' | 'passive'

interface Stay {
  readonly mode: Mode
  readonly room: Room
  readonly connections: LeashedConnections
  readonly introduction: Introduction
}

interface LoadedNetwork {
  readonly publicRelays: readonly string[]
  readonly open: (list: RelayList, count: number, gate: TrysteroGate, changed: () => void) => Network
}

/** The code of a network, with its cryptography, is fetched by those who use it. */
async function loadNetwork(network: TrysteroNetwork): Promise<LoadedNetwork> {
  if (network === 'torrent') {
    const { PUBLIC_TORRENT_TRACKERS, TorrentNetwork } = await import('./trystero-torrent.ts')
    return { publicRelays: PUBLIC_TORRENT_TRACKERS, open: (...given) => new TorrentNetwork(...given) }
  }
  const { publicRelays, Client } =
    network === 'nostr'
      ? await import('./trystero-nostr.ts').then((code) => ({
          publicRelays: code.PUBLIC_NOSTR_RELAYS,
          Client: code.NostrClient,
        }))
      : await import('./trystero-mqtt.ts').then((code) => ({
          publicRelays: code.PUBLIC_MQTT_BROKERS,
          Client: code.MqttClient,
        }))
  return {
    publicRelays,
    open: (list, count, gate, changed) =>
      new TopicNetwork(
        Array.from({ length: count }, () => new Client(list, changed)),
        gate,
      ),
  }
}

/** Rejects when there is no relay to meet at. */
export async function openMeeting(options: MeetingOptions): Promise<Result<TrysteroMeeting, 'no-relay'>> {
  const { network, topic, relays, usesPublicRelays = false, password } = options
  const loaded = await loadNetwork(network)
  const named = await rankRelays(relays.filter(isRelayAddress), topic)
  const others = usesPublicRelays ? await rankRelays(loaded.publicRelays, topic) : []
  const all = [...new Set([...named, ...others])]
  const refused = relays.filter((relay) => !isRelayAddress(relay))
  if (all.length === 0) {
    const why = 'no relay is named for this room, and public relays are switched off'
    return rejected('no-relay', refused.length > 0 ? `not addresses of relays: ${refused.length}` : why)
  }
  const gate = new TrysteroGate(await TrysteroEnvelope.of(password, network, topic))
  const open = (changed: () => void): Network =>
    loaded.open(new RelayList(all), Math.min(all.length, RELAYS_IN_USE), gate, changed)
  return accepted(new TrysteroMeeting(options, gate, open))
}

export class TrysteroMeeting {
  readonly #options: MeetingOptions
  readonly #gate: TrysteroGate
  readonly #open: (changed: () => void) => Network
  #network: Network | undefined
  #stay: Stay | undefined
  #joinedMs = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Joining and leaving, one after the other. */
  #work: Promise<void> = Promise.resolve()

  constructor(options: MeetingOptions, gate: TrysteroGate, open: (changed: () => void) => Network) {
    this.#options = options
    this.#gate = gate
    this.#open = open
  }

  get places(): DoorHealth['places'] {
    return (this.#network?.relays ?? []).map(({ place }) => place)
  }

  start(): void {
    this.#network = this.#open(this.#options.onChange)
    globalThis.addEventListener?.('online', this.#retryNow)
    this.#join(this.#wantedMode)
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    const couldAnnounce = this.#gate.mayAnnounce
    this.#gate.setCapacity(freeSlots, mayDial)
    if (!this.#stay) return
    const wanted = this.#wantedMode
    if (wanted === this.#stay.mode) {
      clearTimeout(this.#timer)
      if (!couldAnnounce && this.#gate.mayAnnounce) this.#network?.announce()
    } else if (couldAnnounce !== this.#gate.mayAnnounce) {
      const earliestMs = this.#joinedMs + REJOIN_MS_MIN - performance.now()
      this.#changeModeIn(Math.max(earliestMs, wanted === 'active' ? 0 : SETTLE_MS))
    }
  }

  async stop(): Promise<void> {
    this.#gate.close()
    clearTimeout(this.#timer)
    globalThis.removeEventListener?.('online', this.#retryNow)
    this.#work = this.#work.then(() => this.#leave())
    await this.#work
    for (const relay of this.#network?.relays ?? []) relay.close()
  }

  get #wantedMode(): Mode {
    return this.#gate.mayAnnounce ? 'active' : 'passive'
  }

  readonly #retryNow = (): void => {
    for (const relay of this.#network?.relays ?? []) relay.retryNow()
  }

  #changeModeIn(pauseMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#gate.isClosed || this.#wantedMode === this.#stay?.mode) return
      if ((this.#stay?.introduction.count ?? 0) > 0) this.#changeModeIn(BUSY_MS)
      else this.#work = this.#work.then(() => this.#rejoin())
    }, pauseMs)
  }

  async #rejoin(): Promise<void> {
    await this.#leave()
    if (!this.#gate.isClosed) this.#join(this.#wantedMode)
  }

  #join(mode: Mode): void {
    const network = this.#network
    if (!network) return
    const { topic, password, iceServers = [], isAddressHidden = false, platform } = this.#options
    const connections = leashConnections(platform)
    const configuration = {
      appId: APPLICATION,
      password,
      passive: mode === 'passive',
      trickleIce: false,
      // Without it trystero asks STUN servers of two large companies.
      rtcConfig: {
        iceServers: [...iceServers],
        iceTransportPolicy: isAddressHidden ? ('relay' as const) : ('all' as const),
      },
      rtcPolyfill: connections.Connection,
      relayConfig: { manualReconnection: true, warnOnRelayFailure: false },
    }
    const room = network.join()(configuration, topic, {
      handshakeTimeoutMs: HANDSHAKE_MS_MAX,
      onJoinError: ({ error, peerId }) => {
        this.#gate.acquaintances.failed(peerId, performance.now())
        this.#options.onFailure(error)
      },
    })
    const introduction = new Introduction({
      room,
      dialOptions: { iceServers, isAddressHidden, ...(platform && { platform }) },
      admits: (peer) => this.#gate.admits(peer, true),
      onEnd: (peer, result) => {
        this.#ended(peer, result)
      },
    })
    this.#stay = { mode, room, connections, introduction }
    this.#joinedMs = performance.now()
  }

  #ended(peer: string, result: Result<Link>): void {
    const { acquaintances } = this.#gate
    if (!result.ok) {
      acquaintances.failed(peer, performance.now())
      this.#options.onFailure(result.detail ?? result.reason)
      return
    }
    acquaintances.linked(peer, result.value)
    // Until whoever takes it says what is free now.
    this.setCapacity(this.#gate.freeSlots - 1, this.#gate.mayDial)
    this.#options.onLink(result.value)
  }

  async #leave(): Promise<void> {
    const stay = this.#stay
    if (!stay) return
    this.#stay = undefined
    stay.introduction.stop('door-stopped')
    try {
      await stay.room.leave()
    } catch {
      // A peer went in the same moment. What is left of the room ends with its connections and its relays.
    }
    stay.connections.closeAll()
  }
}
