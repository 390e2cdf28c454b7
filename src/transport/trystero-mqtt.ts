/**
 * MQTT brokers (MQTT 3.1.1 over WebSocket). Trystero's own package brings a client of 370 kB that comes back after every
 * end; what a door needs of the protocol is this.
 */
import {
  connectPacket,
  MqttReader,
  pingPacket,
  publishPacket,
  subscribePacket,
  unsubscribePacket,
  type MqttPacket,
} from './trystero-mqtt-packet.ts'
import { Relay, type RelayList } from './trystero-relay.ts'
import type { TopicClient } from './trystero-topics.ts'

/** Brokers whose operators offer them to everybody, for tests: whoever needs one to be there names his own. */
export const PUBLIC_MQTT_BROKERS: readonly string[] = [
  'wss://test.mosquitto.org:8081/mqtt',
  'wss://broker.emqx.io:8084/mqtt',
  'wss://broker.hivemq.com:8884/mqtt',
]

/** Brokers end a connection that was silent for one and a half times as long; proxies often after a minute. */
const KEEP_ALIVE_S = 45
const CLIENT_ID_CHARS = 23
/** What a broker answers to a connection (3.2.2.3). */
const REFUSALS = ['', 'unknown protocol', 'unknown client', 'unavailable', 'wrong name or password', 'not allowed']

export class MqttClient implements TopicClient {
  readonly relay: Relay
  onReady: (() => void) | undefined
  readonly #handlers = new Map<string, (data: unknown) => void>()
  #reader = new MqttReader()
  #packetId = 0
  #keepAlive: ReturnType<typeof setInterval> | undefined
  #isAnswered = true

  constructor(list: RelayList, changed: () => void) {
    this.relay = new Relay(list, changed)
    this.relay.start({
      subprotocol: 'mqtt',
      opened: () => {
        this.#reader = new MqttReader()
        const client = `parley${crypto.randomUUID().replaceAll('-', '')}`.slice(0, CLIENT_ID_CHARS)
        this.relay.send(connectPacket({ client, keepAliveS: KEEP_ALIVE_S, credentials: this.relay.credentials }))
      },
      received: (data) => {
        this.#receive(data)
      },
      lost: () => {
        clearInterval(this.#keepAlive)
      },
    })
  }

  subscribe(topic: string, receive: (data: unknown) => void): () => void {
    this.#handlers.set(topic, receive)
    this.relay.send(subscribePacket(this.#nextId(), topic))
    return () => {
      if (this.#handlers.get(topic) !== receive) return
      this.#handlers.delete(topic)
      this.relay.send(unsubscribePacket(this.#nextId(), topic))
    }
  }

  publish(topic: string, data: string): Promise<void> {
    if (this.relay.isReady) this.relay.send(publishPacket(topic, data))
    return Promise.resolve()
  }

  #receive(data: string | Uint8Array): void {
    const packets = typeof data === 'string' ? undefined : this.#reader.push(data)
    if (!packets?.ok) {
      this.relay.refuse('it does not speak MQTT')
      return
    }
    for (const packet of packets.value) this.#act(packet)
  }

  #act(packet: MqttPacket): void {
    switch (packet.type) {
      case 'connack':
        if (packet.code === 0) this.#opened()
        else this.relay.refuse(`refused: ${REFUSALS[packet.code] ?? `code ${packet.code}`}`)
        return
      case 'suback':
        if (!packet.isGranted) this.relay.refuse('refused: not allowed to subscribe')
        return
      case 'publish':
        this.#handlers.get(packet.topic)?.(packet.payload)
        return
      case 'pingresp':
        this.#isAnswered = true
    }
  }

  #opened(): void {
    this.relay.ready()
    for (const topic of this.#handlers.keys()) this.relay.send(subscribePacket(this.#nextId(), topic))
    clearInterval(this.#keepAlive)
    this.#isAnswered = true
    this.#keepAlive = setInterval(() => {
      if (!this.#isAnswered) {
        this.relay.refuse('it went silent')
        return
      }
      this.#isAnswered = false
      this.relay.send(pingPacket())
    }, KEEP_ALIVE_S * 1_000)
    this.onReady?.()
  }

  /** 1 to 65,535; nobody waits for what it names. */
  #nextId(): number {
    this.#packetId = (this.#packetId % 0xffff) + 1
    return this.#packetId
  }
}
