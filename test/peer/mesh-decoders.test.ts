// What strangers, relays and neighbours say may be anything. `npm run fuzz mesh` goes on where these stop.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { bent, bentValue } from '../fuzz/bending.ts'
import { fuzzDecoder, meshDecoders, type FuzzedDecoder } from '../fuzz/mesh-decoders.ts'
import { MqttClient } from '../../src/transport/trystero-mqtt.ts'
import { publishPacket } from '../../src/transport/trystero-mqtt-packet.ts'
import { NostrClient } from '../../src/transport/trystero-nostr.ts'
import { RelayList } from '../../src/transport/trystero-relay.ts'
import { TorrentNetwork } from '../../src/transport/trystero-torrent.ts'
import { TrysteroEnvelope } from '../../src/transport/trystero-envelope.ts'
import { TrysteroGate } from '../../src/transport/trystero-gate.ts'
import { seeded } from '../transport/seeded-random.ts'

const RUNS = 300
const DECODERS = [
  'overlay message',
  'card',
  'sync message',
  'frames of a lane',
  'hello of a WebSocket',
  'packed description',
  'description',
  'hand code',
  'address',
  'signal of y-webrtc',
  'signal of trystero',
  'envelope of a relay',
  'frame of a meeting',
  'packets of a broker',
  'sealed signal',
  'what a member sealed as a signal',
]

describe('whatever is said', () => {
  let decoders: readonly FuzzedDecoder[] = []
  before(async () => {
    decoders = await meshDecoders()
  })

  test('[P7] all of it is bent here', () => {
    assert.deepEqual(
      decoders.map(({ name }) => name),
      DECODERS,
    )
  })

  for (const [index, name] of DECODERS.entries())
    test(`[P7] ${name}: it is read or rejected, and nothing throws`, async () => {
      const decoder = decoders[index] ?? assert.fail()
      for (let run = 0; run < RUNS; run++) assert.equal(await fuzzDecoder(decoder, 1_000 * index + run), undefined)
    })
})

/** A relay's end of a socket is the test's. */
class RelaySocket extends EventTarget {
  static readonly OPEN = 1
  static newest: RelaySocket | undefined
  readonly readyState = 1
  readonly bufferedAmount = 0
  readonly sent: unknown[] = []
  constructor() {
    super()
    RelaySocket.newest = this
  }
  send(data: unknown): void {
    this.sent.push(data)
  }
  close(): void {
    this.dispatchEvent(new Event('closing'))
  }
}

describe('whatever a relay says', () => {
  const platformSocket = globalThis.WebSocket
  /** What a listener throws, the platform reports instead of passing it on. */
  const thrown: unknown[] = []
  const note = (error: unknown): void => void thrown.push(error)
  before(() => {
    Object.assign(globalThis, { WebSocket: RelaySocket })
    process.on('uncaughtException', note)
  })
  after(() => {
    Object.assign(globalThis, { WebSocket: platformSocket })
    process.off('uncaughtException', note)
  })

  /** Opens a connection for each run, as one that said too much is not listened to any more. */
  async function rant(
    open: () => { close(): void },
    say: (random: () => number) => string | Uint8Array,
  ): Promise<void> {
    thrown.length = 0
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seeded(seed)
      const connection = open()
      const socket = RelaySocket.newest ?? assert.fail()
      socket.dispatchEvent(new Event('open'))
      for (let i = 0; i < 5; i++) {
        const said = say(random)
        const data = typeof said === 'string' ? said : said.slice().buffer
        socket.dispatchEvent(new MessageEvent('message', { data }))
      }
      connection.close()
      // Where a listener threw, the platform says so in a later turn.
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(thrown, [], `seed ${seed}`)
    }
  }
  const list = (): RelayList => new RelayList(['wss://one.example', 'wss://two.example'])
  const unheeded = (): void => undefined
  const jsonOf = (random: () => number, ...values: readonly unknown[]): string =>
    JSON.stringify(bentValue(values[Math.floor(random() * values.length)], random)) ?? 'nothing'

  test('[TD5] a Nostr relay makes nothing throw', async () => {
    const event = { content: 'AAAA', tags: [['x', 'topic']] }
    await rant(
      () => {
        const client = new NostrClient(list(), unheeded)
        client.subscribe('topic', unheeded)
        return client.relay
      },
      (random) =>
        jsonOf(random, ['EVENT', 'id', event], ['OK', 'id', false, 'why'], ['CLOSED', 'id', 'why'], ['NOTICE', 'x']),
    )
  })

  test('[TD5] a BitTorrent tracker makes nothing throw', async () => {
    const gate = new TrysteroGate(await TrysteroEnvelope.of('secret', 'torrent', 'a topic'))
    const hello = { info_hash: 'x', peer_id: 'y', offer_id: 'z', offer: { type: 'offer', sdp: 'AAAA' } }
    await rant(
      () => {
        const [relay] = new TorrentNetwork(list(), 1, gate, unheeded).relays
        return relay ?? assert.fail()
      },
      (random) => jsonOf(random, hello, { 'failure reason': 'full' }, { 'warning message': 'slow' }),
    )
  })

  test('[TD8] an MQTT broker makes nothing throw', async () => {
    const granted = Uint8Array.of(0x20, 2, 0, 0)
    await rant(
      () => {
        const client = new MqttClient(list(), unheeded)
        client.subscribe('topic', unheeded)
        return client.relay
      },
      (random) => bent(random() < 0.5 ? granted : new Uint8Array(publishPacket('topic', 'payload')), random),
    )
  })
})
