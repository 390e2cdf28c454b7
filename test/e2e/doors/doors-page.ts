/** A page with one door to a public network. It counts the sockets and connections that the door makes. */
import type { DoorHealth, DoorSession } from '../../../src/transport/door.ts'
import type { Link } from '../../../src/transport/link.ts'
import { createTrysteroDoor, type TrysteroDoorOptions } from '../../../src/transport/trystero-door.ts'
import { TrysteroEnvelope } from '../../../src/transport/trystero-envelope.ts'

const sockets: WebSocket[] = []
const connections: RTCPeerConnection[] = []
/** Addresses of STUN and TURN servers that any connection was given. */
const iceServers: unknown[] = []

globalThis.WebSocket = class extends WebSocket {
  constructor(...given: ConstructorParameters<typeof WebSocket>) {
    super(...given)
    sockets.push(this)
  }
}
/** What a dishonest member says first on each of trystero's connections. */
const nonsense: Uint8Array<ArrayBuffer>[] = []
const NATIVE_SEND = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: Uint8Array<ArrayBuffer>) => void
let connectionsLost = 0

function speakNonsense(channel: RTCDataChannel): void {
  channel.addEventListener('open', () => {
    if (channel.label !== 'data' || nonsense.length === 0) return
    channel.addEventListener('close', () => connectionsLost++)
    for (const frame of nonsense) NATIVE_SEND.call(channel, frame)
  })
}

/** How many connections of our own are to fail, as some do by chance. */
let failuresLeft = 0

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  #isOurs = false

  constructor(configuration?: RTCConfiguration) {
    super(configuration)
    connections.push(this)
    iceServers.push(...(configuration?.iceServers ?? []))
    this.addEventListener('datachannel', ({ channel }) => {
      speakNonsense(channel)
    })
  }
  override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
    const channel = super.createDataChannel(label, init)
    speakNonsense(channel)
    if (label !== 'data') this.#isOurs = true
    return channel
  }
  override async setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
    const isToFail = this.#isOurs && failuresLeft > 0
    if (isToFail) failuresLeft--
    // The other side's certificate is then another than the one that it announced.
    const taken = isToFail ? sdp.replace(/(fingerprint:sha-256 )../, (_, name: string) => `${name}00`) : sdp
    await super.setRemoteDescription({ type, sdp: taken })
  }
}

class DoorsPage {
  readonly links: Link[] = []
  readonly heard: string[] = []
  linkedAfterMs = 0
  #session: DoorSession | undefined

  get health(): DoorHealth | undefined {
    return this.#session?.health()
  }
  get openSockets(): number {
    return sockets.filter(({ readyState }) => readyState === WebSocket.OPEN || readyState === WebSocket.CONNECTING)
      .length
  }
  get socketsMade(): number {
    return sockets.length
  }
  get connectionsMade(): number {
    return connections.length
  }
  get openConnections(): number {
    return connections.filter(({ connectionState }) => connectionState !== 'closed').length
  }
  get iceServersAsked(): number {
    return iceServers.length
  }
  get openLinks(): number {
    return this.links.filter(({ closeReason }) => closeReason === undefined).length
  }

  /** After nonsense was said over them. */
  get connectionsLost(): number {
    return connectionsLost
  }

  /** Makes this page's member a dishonest one. */
  beginWith(frames: readonly (readonly number[])[]): void {
    nonsense.push(...frames.map((frame) => Uint8Array.from(frame)))
  }
  get failuresLeft(): number {
    return failuresLeft
  }
  failNext(count: number): void {
    failuresLeft = count
  }
  start(topic: string, options: TrysteroDoorOptions, capacity?: readonly [number, boolean]): void {
    const startedMs = performance.now()
    this.#session = createTrysteroDoor(options).start(topic, (link) => {
      if (this.links.length === 0) this.linkedAfterMs = performance.now() - startedMs
      this.links.push(link)
      link.onMessage = (_, message) => this.heard.push(new TextDecoder().decode(message))
    })
    if (capacity) this.#session.setCapacity(...capacity)
  }
  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#session?.setCapacity(freeSlots, mayDial)
  }
  say(text: string): boolean {
    return this.links.at(-1)?.send('control', new TextEncoder().encode(text)) ?? false
  }
  async stop(): Promise<void> {
    await this.#session?.stop()
  }
  /** What a dishonest member who has the secret may publish. */
  async seal(text: string, network: string, topic: string, password: string, place: string): Promise<string> {
    return (await TrysteroEnvelope.of(password, network, topic)).seal(text, place)
  }
}

export type { DoorsPage }
Object.assign(globalThis, { doorsPage: new DoorsPage() })
