/**
 * The packets of MQTT 3.1.1 (OASIS standard) that publishing and subscribing at most once take. What a broker sends is
 * checked: nothing here throws.
 */
import { concatBytes, textOf, utf8 } from '../base/bytes.ts'
import { accepted, rejected, type Result } from '../base/result.ts'

/** Of the packets that we read: a sealed description and a topic. */
export const MQTT_PACKET_BYTES_MAX = 32_768
const LENGTH_BYTES_MAX = 4
const CLEAN_SESSION = 0x02
const HAS_PASSWORD = 0x40
const HAS_NAME = 0x80
const QOS_BITS = 0x06

const TYPE = { connack: 2, publish: 3, suback: 9, pingresp: 13 } as const

export type MqttPacket =
  | { readonly type: 'connack'; readonly code: number }
  | { readonly type: 'publish'; readonly topic: string; readonly payload: string }
  | { readonly type: 'suback'; readonly isGranted: boolean }
  | { readonly type: 'pingresp' }

const text = (value: string): Uint8Array => {
  const bytes = utf8(value)
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes)
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)

function packet(firstByte: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concatBytes(...parts)
  const length: number[] = []
  let rest = body.length
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>= 7
  } while (rest > 0)
  return new Uint8Array(concatBytes(Uint8Array.of(firstByte, ...length), body))
}

export function connectPacket(options: {
  readonly client: string
  readonly keepAliveS: number
  readonly credentials: { readonly name: string; readonly password: string } | undefined
}): Uint8Array<ArrayBuffer> {
  const { client, keepAliveS, credentials } = options
  const flags = CLEAN_SESSION | (credentials ? HAS_NAME | HAS_PASSWORD : 0)
  const secrets = credentials ? [text(credentials.name), text(credentials.password)] : []
  return packet(0x10, text('MQTT'), Uint8Array.of(4, flags), u16(keepAliveS), text(client), ...secrets)
}

export const subscribePacket = (id: number, topic: string): Uint8Array<ArrayBuffer> =>
  packet(0x82, u16(id), text(topic), Uint8Array.of(0))

export const unsubscribePacket = (id: number, topic: string): Uint8Array<ArrayBuffer> =>
  packet(0xa2, u16(id), text(topic))

export const publishPacket = (topic: string, payload: string): Uint8Array<ArrayBuffer> =>
  packet(0x30, text(topic), utf8(payload))

export const pingPacket = (): Uint8Array<ArrayBuffer> => packet(0xc0)

/** Packets out of a stream that the network cuts anywhere. After a rejection the stream is of no use any more. */
export class MqttReader {
  #pending = new Uint8Array(0)

  push(bytes: Uint8Array): Result<readonly MqttPacket[], 'malformed'> {
    this.#pending = new Uint8Array(concatBytes(this.#pending, bytes))
    const packets: MqttPacket[] = []
    for (;;) {
      const header = readHeader(this.#pending)
      if (header === 'bad') return rejected('malformed', 'length')
      if (header === undefined || this.#pending.length < header.end) return accepted(packets)
      const body = this.#pending.subarray(header.start, header.end)
      const read = readBody(this.#pending[0] ?? 0, body)
      if (read === 'bad') return rejected('malformed', 'packet')
      if (read) packets.push(read)
      this.#pending = this.#pending.slice(header.end)
    }
  }
}

function readHeader(bytes: Uint8Array): { readonly start: number; readonly end: number } | 'bad' | undefined {
  let length = 0
  for (let at = 0; at < LENGTH_BYTES_MAX; at++) {
    const byte = bytes[at + 1]
    if (byte === undefined) return undefined
    length |= (byte & 0x7f) << (7 * at)
    if (byte < 0x80) return length > MQTT_PACKET_BYTES_MAX ? 'bad' : { start: at + 2, end: at + 2 + length }
  }
  return 'bad'
}

/** Undefined for packets that mean nothing to us. */
function readBody(firstByte: number, body: Uint8Array): MqttPacket | 'bad' | undefined {
  switch (firstByte >> 4) {
    case TYPE.connack:
      return body.length === 2 ? { type: 'connack', code: body[1] ?? 0 } : 'bad'
    case TYPE.suback:
      return body.length >= 3 ? { type: 'suback', isGranted: body.subarray(2).every((code) => code < 0x80) } : 'bad'
    case TYPE.pingresp:
      return { type: 'pingresp' }
    case TYPE.publish: {
      // We ask for "at most once", which has no packet number.
      const end = 2 + (((body[0] ?? 0) << 8) | (body[1] ?? 0))
      if ((firstByte & QOS_BITS) !== 0 || body.length < end) return 'bad'
      const topic = textOf(body.subarray(2, end))
      const payload = textOf(body.subarray(end))
      return topic === undefined || payload === undefined ? undefined : { type: 'publish', topic, payload }
    }
    default:
      return undefined
  }
}
