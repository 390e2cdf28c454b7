/**
 * Everything that strangers, relays and neighbours may say to a peer on its way into and within the mesh, bent at
 * random: `npm run fuzz mesh`, or `npm run fuzz mesh <seed> <runs>`. Each decoder answers or rejects, and takes no
 * longer than its input is long.
 */
import { idFromBytes, idToBytes, type FeedId, type RoomId } from '../../src/base/ids.ts'
import { concatBytes, textOf, utf8 } from '../../src/base/bytes.ts'
import { sealTo } from '../../src/crypto/hpke.ts'
import { decodeCard } from '../../src/discovery/card.ts'
import { decodeOverlayMessage, encodeOverlayMessage } from '../../src/discovery/overlay-message.ts'
import { HandCodes, readHandCode, splitHandInvitation } from '../../src/peer/hand-code.ts'
import { addressesOf } from '../../src/peer/meeting-place.ts'
import { openSignal, sealSignal, type SignalWay } from '../../src/peer/mesh-signal.ts'
import { decodeSyncMessage, encodeSyncMessage } from '../../src/sync/sync-message.ts'
import { decodeReceipt, Reassembler } from '../../src/transport/framing.ts'
import { unpackDescription, packDescription } from '../../src/transport/packed-description.ts'
import { fingerprintOf } from '../../src/transport/rtc-link.ts'
import { readSignalling } from '../../src/transport/signalling-message.ts'
import { isMeetingFrame } from '../../src/transport/trystero-connection.ts'
import { readSignal, TrysteroEnvelope } from '../../src/transport/trystero-envelope.ts'
import { MqttReader, publishPacket } from '../../src/transport/trystero-mqtt-packet.ts'
import { readWsAddress } from '../../src/transport/ws-address.ts'
import { decodeHello, encodeHello } from '../../src/transport/ws-opening.ts'
import { aged } from '../discovery/overlay-bench.ts'
import { makeCard, sessionNamed } from '../discovery/overlay-simulation.ts'
import { newSession } from '../peer/stranger.ts'
import { seeded } from '../transport/seeded-random.ts'
import { bent, bentJson } from './bending.ts'

export interface FuzzedDecoder {
  readonly name: string
  /** What honest peers say, to be bent. */
  readonly samples: readonly Uint8Array[]
  /** Must neither throw nor reject. */
  readonly read: (bytes: Uint8Array, random: () => number) => unknown
}

const SDP = [
  'v=0',
  'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=candidate:1 1 udp 2113937151 192.168.1.7 50000 typ host generation 0',
  'a=candidate:4 1 udp 1677729535 203.0.113.9 40000 typ srflx raddr 0.0.0.0 rport 0',
  'a=ice-ufrag:ab+/',
  'a=ice-pwd:aVeryLongPasswordOf24Chr',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=sctp-port:5000',
].join('\r\n')

const asText = (bytes: Uint8Array): string => textOf(bytes) ?? String.fromCharCode(...bytes)

function messages(): FuzzedDecoder[] {
  const cards = [aged('Carol', 1), aged('Dave', 2)]
  const [to, from] = [sessionNamed('Ada'), sessionNamed('Ben')]
  const feed = { isNew: true, kind: 'log', feed: idFromBytes<FeedId>(new Uint8Array(32).fill(4)) } as const
  const entries = [{ bytes: utf8('an entry'), signature: new Uint8Array(64) }]
  return [
    {
      name: 'overlay message',
      samples: [
        encodeOverlayMessage({ type: 'status', degree: 5, cards }),
        encodeOverlayMessage({ type: 'walk', kind: 'seek', nonce: 9, hopsLeft: 4, cards }),
        encodeOverlayMessage({
          type: 'signal',
          kind: 'offer',
          to,
          from,
          nonce: 7,
          hops: 1,
          cards: [],
          bytes: utf8('x'),
        }),
        encodeOverlayMessage({ type: 'leave', reason: 'full', cards }),
      ],
      read: decodeOverlayMessage,
    },
    { name: 'card', samples: [makeCard(to, 77)], read: decodeCard },
    {
      name: 'sync message',
      samples: [
        encodeSyncMessage({ type: 'push', feed, seq: 3, entries }),
        encodeSyncMessage({ type: 'vector', items: [{ feed, length: 3, hashPrefix: new Uint8Array(16) }] }),
        encodeSyncMessage({ type: 'range', want: 1, from: 0, end: 'done', entries }),
      ],
      read: decodeSyncMessage,
    },
    {
      name: 'frames of a lane',
      samples: [Uint8Array.of(0, 3, 0, 1, 2, 3), Uint8Array.of(1, 200, 5)],
      read: (bytes, random) => {
        const reassembler = new Reassembler(random() < 0.5 ? 'sync' : 'bulk')
        decodeReceipt(bytes)
        return [reassembler.receive(bytes), reassembler.receive(bytes)]
      },
    },
    {
      name: 'hello of a WebSocket',
      samples: [encodeHello({ nonce: new Uint8Array(32), topic: 'topic' })],
      read: (bytes) => [decodeHello(bytes, true), decodeHello(bytes, false)],
    },
  ]
}

function meetings(envelope: TrysteroEnvelope): FuzzedDecoder[] {
  const packed = packDescription(SDP)
  const codes = new HandCodes(new Uint8Array(32).fill(7), idFromBytes<RoomId>(new Uint8Array(32).fill(1)))
  const offer = packed.ok ? packed.value : new Uint8Array(0)
  const peerId = 'A'.repeat(20)
  const dial = concatBytes(Uint8Array.of(1, 0, 0), utf8('dial'.padEnd(32, '\0')), offer)
  return [
    { name: 'packed description', samples: [offer], read: unpackDescription },
    {
      name: 'description',
      samples: [utf8(SDP)],
      read: (bytes) => [packDescription(asText(bytes)), fingerprintOf(asText(bytes))],
    },
    {
      name: 'hand code',
      samples: [utf8(codes.encodeOffer(offer, 1_900_000_000_000)), utf8(codes.encodeAnswer(offer, offer))],
      read: (bytes) => {
        const text = asText(bytes)
        return [
          codes.decodeOffer(text),
          codes.decodeAnswer(text),
          readHandCode('offer', text),
          splitHandInvitation(text),
        ]
      },
    },
    {
      name: 'address',
      samples: [utf8('wss://ada.example:8080/link'), utf8('nostr+wss://relay.example')],
      read: (bytes) => [readWsAddress(asText(bytes)), addressesOf('nostr', [asText(bytes)])],
    },
    {
      name: 'signal of y-webrtc',
      samples: [
        utf8(JSON.stringify({ type: 'signal', from: peerId, to: peerId, signal: { type: 'offer', sdp: SDP } })),
      ],
      read: (bytes, random) => readSignalling(bentJson(asText(bytes), random)),
    },
    {
      name: 'signal of trystero',
      samples: [utf8(JSON.stringify({ peerId, offer: `${'12,'.repeat(15)}7$${btoa('sealed')}`, offerId: 'offer1' }))],
      read: (bytes, random) => readSignal(JSON.stringify(bentJson(asText(bytes), random)) ?? ''),
    },
    {
      name: 'envelope of a relay',
      samples: [utf8('AAAA'.repeat(20))],
      read: (bytes) => envelope.open(asText(bytes), 'place'),
    },
    { name: 'frame of a meeting', samples: [dial], read: (bytes) => isMeetingFrame(bytes.slice().buffer) },
    {
      name: 'packets of a broker',
      samples: [Uint8Array.of(0x20, 2, 0, 0), new Uint8Array(publishPacket('topic', 'payload'))],
      read: (bytes) => {
        const reader = new MqttReader()
        return [reader.push(bytes.subarray(0, bytes.length / 2)), reader.push(bytes.subarray(bytes.length / 2))]
      },
    },
  ]
}

/** A member may seal what he likes; what he seals is read after it was opened. */
async function signals(): Promise<FuzzedDecoder[]> {
  const [ada, ben] = await Promise.all([newSession(), newSession()])
  const way: SignalWay = { room: idFromBytes<RoomId>(new Uint8Array(32).fill(7)), from: ada.id, to: ben.id }
  const place = concatBytes(...[way.room, way.from, way.to].map((id) => idToBytes(id)))
  const open = (bytes: Uint8Array) => openSignal(bytes, way, { sealKeyPair: ben.sealKeyPair, sender: ada.device })
  const sealed = await sealSignal(
    { kind: 'offer', nonce: new Uint8Array(16), sequence: 1_000, description: utf8('here') },
    way,
    { signer: ada.signer, sealKey: ben.sealKeyPair.publicKey },
  )
  const inside = concatBytes(Uint8Array.of(1), new Uint8Array(16), Uint8Array.of(7, 4, 1, 2, 3, 4), new Uint8Array(64))
  return [
    { name: 'sealed signal', samples: sealed ? [sealed] : [], read: open },
    {
      name: 'what a member sealed as a signal',
      samples: [inside],
      read: async (bytes) => {
        const box = await sealTo(ben.sealKeyPair.publicKey, utf8('parley signal 1'), bytes, place)
        const opened = await open(concatBytes(box.encapsulated, box.sealed))
        if (!opened.ok && opened.reason === 'not-opened') throw new Error('the decoder was not reached')
        return opened
      },
    },
  ]
}

export async function meshDecoders(): Promise<readonly FuzzedDecoder[]> {
  const envelope = await TrysteroEnvelope.of('secret', 'nostr', 'a topic')
  return [...messages(), ...meetings(envelope), ...(await signals())]
}

/** Gives what is wrong, if anything is: the decoder and the bytes. */
export async function fuzzDecoder({ name, samples, read }: FuzzedDecoder, seed: number): Promise<string | undefined> {
  const random = seeded(seed)
  const sample = samples[Math.floor(random() * samples.length)] ?? new Uint8Array(0)
  const bytes = bent(sample, random)
  try {
    await read(bytes, random)
    return undefined
  } catch (error) {
    return `${name}, seed ${seed}, threw at ${Buffer.from(bytes).toString('hex')}: ${String(error)}`
  }
}

const REPORT_EVERY = 10_000

export async function fuzzMesh(first: number, runs: number): Promise<void> {
  const decoders = await meshDecoders()
  for (let run = 0; run < runs; run++) {
    for (const decoder of decoders) {
      const wrong = await fuzzDecoder(decoder, first + run)
      if (wrong === undefined) continue
      console.error(wrong)
      process.exitCode = 1
      return
    }
    if ((run + 1) % REPORT_EVERY === 0 || run + 1 === runs)
      console.log(`${run + 1} runs of ${decoders.length} decoders from seed ${first}`)
  }
}
