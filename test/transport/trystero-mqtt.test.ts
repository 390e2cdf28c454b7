import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  connectPacket,
  MQTT_PACKET_BYTES_MAX,
  MqttReader,
  publishPacket,
  subscribePacket,
} from '../../src/transport/trystero-mqtt-packet.ts'

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)

test('[TD8] packets are those of the standard', () => {
  const connect = connectPacket({ client: 'ab', keepAliveS: 60, credentials: undefined })
  assert.deepEqual([...connect], [0x10, 14, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 2, 97, 98])
  const login = connectPacket({ client: 'a', keepAliveS: 1, credentials: { name: 'n', password: 'p' } })
  assert.deepEqual([...login].slice(8), [4, 0xc2, 0, 1, 0, 1, 97, 0, 1, 110, 0, 1, 112])
  assert.deepEqual([...subscribePacket(258, 't')], [0x82, 6, 1, 2, 0, 1, 116, 0])
  assert.deepEqual([...publishPacket('t', 'hi')], [0x30, 5, 0, 1, 116, 104, 105])
})

test('[TD8] what was published is read, wherever the network cuts the stream', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ topic: fc.string(), payload: fc.string({ maxLength: 400 }) }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      (messages, cut) => {
        const stream = Buffer.concat(messages.map(({ topic, payload }) => publishPacket(topic, payload)))
        const reader = new MqttReader()
        const read = []
        for (let at = 0; at < stream.length; at += cut) {
          const packets = reader.push(stream.subarray(at, at + cut))
          assert.ok(packets.ok)
          read.push(...packets.value)
        }
        assert.deepEqual(
          read,
          messages.map((message) => ({ type: 'publish', ...message })),
        )
      },
    ),
  )
})

test('[TD8] a broker that does not keep to the standard is found out, and nothing throws', () => {
  for (const wrong of [
    bytes(0x20, 1, 0),
    bytes(0x20, 0xff, 0xff, 0xff, 0xff, 1),
    bytes(0x30, 1, 0),
    bytes(0x30, 3, 0, 9, 1),
    bytes(0x32, 5, 0, 1, 116, 0, 1),
    bytes(0x90, 2, 0, 1),
  ])
    assert.equal(new MqttReader().push(wrong).ok, false)
  const long = publishPacket('t', 'x'.repeat(MQTT_PACKET_BYTES_MAX))
  assert.equal(new MqttReader().push(long.subarray(0, 5)).ok, false)
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (pieces) => {
      const reader = new MqttReader()
      for (const piece of pieces) if (!reader.push(piece).ok) return
    }),
  )
})

test('[TD8] answers of a broker and packets that mean nothing to us', () => {
  const read = new MqttReader().push(
    bytes(0x20, 2, 0, 5, 0x90, 3, 0, 1, 0x80, 0xd0, 0, 0xb0, 2, 0, 1, 0x30, 3, 0, 1, 0xff),
  )
  assert.deepEqual(read, {
    ok: true,
    value: [{ type: 'connack', code: 5 }, { type: 'suback', isGranted: false }, { type: 'pingresp' }],
  })
})
