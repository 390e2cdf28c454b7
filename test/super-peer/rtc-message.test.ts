// What goes between a process and its WebRTC process, without either.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { RelayedLink, UNTAKEN_BYTES_MAX } from '../../src/super-peer/relayed-link.ts'
import { RemoteLink } from '../../src/super-peer/remote-link.ts'
import {
  COMMANDS,
  FRAME_COST_BYTES,
  MessageCodec,
  RECORD_BYTES_MAX,
  REPORTS,
  type Command,
  type Report,
} from '../../src/super-peer/rtc-message.ts'
import { RtcPipe } from '../../src/super-peer/rtc-pipe.ts'
import { readHealth, writeHealth } from '../../src/super-peer/rtc-settings.ts'
import type { Wire } from '../../src/transport/framed-link.ts'
import { frameWhole } from '../../src/transport/framing.ts'
import type { Lane } from '../../src/transport/link.ts'

const commands = new MessageCodec(COMMANDS)
const reports = new MessageCodec(REPORTS)

test('messages are read as they were written', () => {
  const said: readonly Command[] = [
    { type: 'dial', id: 1, settings: '{}' },
    { type: 'capacity', id: 2 ** 40, freeSlots: 0, mayDial: false },
    { type: 'frame', link: 3, lane: 2, frame: Uint8Array.of(0, 255) },
    { type: 'ping' },
  ]
  for (const command of said) assert.deepEqual(commands.read(commands.write(command)), { ok: true, value: command })
  const report: Report = { type: 'link', id: 7, link: 9, initiator: true, binding: new Uint8Array(32).fill(5) }
  assert.deepEqual(reports.read(reports.write(report)), { ok: true, value: report })
})

test('[NR6] whatever the bytes, reading a message or a door state does not throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const codec of [commands, reports]) {
        const read = codec.read(bytes)
        if (read.ok) assert.deepEqual(codec.write(read.value as never), bytes)
      }
    }),
    { numRuns: 2_000 },
  )
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      readHealth(text)
    }),
  )
  assert.equal(reports.read(new Uint8Array(RECORD_BYTES_MAX + 1)).ok, false)
})

test('the state of a door passes whole', () => {
  const health = {
    state: 'open',
    detail: 'connected',
    sinceMs: 5,
    lastFailure: undefined,
    places: [{ place: 'wss://tracker.example.org', state: 'failed', detail: 'cannot connect', sinceMs: 4 }],
  } as const
  assert.deepEqual(readHealth(writeHealth(health)), { ok: true, value: health })
})

test('records pass in whatever pieces the pipe brings them', () => {
  const lengths = [0, 1, 3, 300, 65_536]
  const sent = new PassThrough()
  const got: number[] = []
  const reader = new PassThrough()
  const pipe = new RtcPipe(sent, { onRecord: () => undefined, onEnd: () => undefined })
  const reading = new RtcPipe(reader, { onRecord: (record) => got.push(record.length), onEnd: () => undefined })
  const pieces: Buffer[] = []
  sent.on('data', (chunk: Buffer) => pieces.push(chunk))
  for (const length of lengths) pipe.send(new Uint8Array(length))
  return new Promise<void>((resolve) => {
    setImmediate(() => {
      const bytes = Buffer.concat(pieces)
      for (let at = 0; at < bytes.length; at += 7) reader.write(bytes.subarray(at, at + 7))
      reader.end(() => {
        reader.on('close', () => {
          assert.deepEqual(got, lengths)
          pipe.close()
          reading.close()
          resolve()
        })
      })
    })
  })
})

test('[NR6] a record of a length that none has ends the pipe', async () => {
  const stream = new PassThrough()
  const ended = new Promise<void>((resolve) => {
    const pipe = new RtcPipe(stream, { onRecord: () => assert.fail('that is no record'), onEnd: resolve })
    stream.write(Uint8Array.of(255, 0, 0, 0, 1))
    pipe.send(Uint8Array.of(1))
  })
  await ended
})

interface FakeWire extends Wire {
  waitingBytes: number
  closed: string | undefined
}

function relayed(): { link: RelayedLink; wire: FakeWire; said: Report[] } {
  const said: Report[] = []
  const wire: FakeWire = {
    waitingBytes: 0,
    closed: undefined,
    send: (_lane: Lane, frame) => {
      wire.waitingBytes += frame.length
    },
    bufferedBytes: (lane) => (lane === 'bulk' ? wire.waitingBytes : 0),
    close: (reason) => {
      wire.closed = reason
    },
  }
  const parts = { kind: 'rtc', initiator: true, binding: new Uint8Array(32), wire, nowMs: () => 0 } as const
  return { link: new RelayedLink(parts, 1, (report) => said.push(report)), wire, said }
}

test('[NR3] a frame that is longer than frames are ends its link, and not the process', () => {
  const { link, said } = relayed()
  link.receive('control', new Uint8Array(65_537))
  assert.equal(link.closeReason, 'bad-frame')
  assert.deepEqual(
    said.map(({ type }) => type),
    ['closed'],
  )
})

test('[NR3] who sends more than our side takes in is cut off', () => {
  const { link, wire, said } = relayed()
  const frame = new Uint8Array(16_384)
  const costBytes = frame.length + FRAME_COST_BYTES
  for (let bytes = costBytes; bytes <= UNTAKEN_BYTES_MAX; bytes += costBytes) link.receive('bulk', frame)
  assert.equal(link.closeReason, undefined)
  link.taken(costBytes)
  link.receive('bulk', frame)
  assert.equal(link.closeReason, undefined, 'what was taken counts no more')
  link.receive('bulk', frame)
  assert.equal(wire.closed, 'flooded')
  assert.deepEqual(said.at(-1), { type: 'closed', link: 1, reason: 'flooded' })
})

test('[NR3] frames of a few bytes are not free', () => {
  const { link, wire } = relayed()
  const frame = new Uint8Array(1)
  const framesMax = Math.floor(UNTAKEN_BYTES_MAX / FRAME_COST_BYTES)
  for (let i = 0; i <= framesMax && link.closeReason === undefined; i++) link.receive('ephemeral', frame)
  assert.equal(wire.closed, 'flooded')
})

test('[NR3] what is taken in here is told there as it was counted there', () => {
  const { link } = relayed()
  const said: Command[] = []
  const taken = new RemoteLink({
    id: 1,
    initiator: true,
    binding: new Uint8Array(32),
    send: (command) => {
      if (command.type === 'taken') link.taken(command.bytes)
      said.push(command)
    },
    onEnd: () => undefined,
  })
  taken.onMessage = () => undefined
  const frame = frameWhole(new Uint8Array(1))
  for (let bytes = 0; bytes < 3 * UNTAKEN_BYTES_MAX; bytes += frame.length + FRAME_COST_BYTES) {
    link.receive('ephemeral', frame)
    taken.receive('ephemeral', frame)
  }
  assert.ok(said.some(({ type }) => type === 'taken'))
  assert.equal(link.closeReason, undefined)
  link.close('done')
})

test('[NR3] the other process is told what the network has taken', () => {
  const { link, wire, said } = relayed()
  link.forward('bulk', new Uint8Array(1_000))
  link.drained()
  assert.deepEqual(said, [])
  wire.waitingBytes = 200
  link.drained()
  wire.waitingBytes = 0
  link.drained()
  assert.deepEqual(said, [
    { type: 'left', link: 1, lane: 3, bytes: 800 },
    { type: 'left', link: 1, lane: 3, bytes: 200 },
  ])
  link.close('done')
})
