import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Writer } from '../../src/base/codec.ts'
import {
  FRAME_BYTES_MAX,
  frameCancel,
  framePiece,
  frameWhole,
  nextStream,
  OPEN_STREAMS_MAX,
  decodeReceipt,
  frameReceipt,
  PIECE_BYTES_MAX,
  PIECE_BYTES_MIN,
  Reassembler,
} from '../../src/transport/framing.ts'
import { LANES, MESSAGE_BYTES_MAX, type Lane } from '../../src/transport/link.ts'
import { seeded } from './seeded-random.ts'

const message = (length: number, seed = 3) => Uint8Array.from({ length }, (_, i) => (i * seed + (i >> 9)) & 255)

const PIECE_BYTES = PIECE_BYTES_MAX

/** In pieces whose sizes `pieceBytes` says, as a sender chooses them while the line's rate changes. */
function framesOf(bytes: Uint8Array, stream = 1, pieceBytes: () => number = () => PIECE_BYTES): Uint8Array[] {
  const frames: Uint8Array[] = []
  let offset = 0
  while (offset < bytes.length || frames.length === 0) {
    const end = Math.min(offset + pieceBytes(), bytes.length)
    frames.push(offset === 0 && end === bytes.length ? frameWhole(bytes) : framePiece(stream, bytes, offset, end))
    offset = end
  }
  return frames
}

function receiveAll(reassembler: Reassembler, frames: readonly Uint8Array[]): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (const frame of frames) {
    const result = reassembler.receive(frame)
    assert.ok(result.ok, result.ok ? '' : `${result.reason}: ${result.detail}`)
    if (result.value) messages.push(result.value)
  }
  return messages
}

function reasonOf(lane: Lane, ...frames: readonly Uint8Array[]): string {
  const reassembler = new Reassembler(lane)
  for (const frame of frames) {
    const result = reassembler.receive(frame)
    if (!result.ok) return result.reason
  }
  return 'accepted'
}

/** A piece as a hostile sender may write it. */
const piece = (flags: number, stream: number, total: number, offset: number, length: number) =>
  new Writer().u8(0).u8(flags).varuint(stream).varuint(total).varuint(offset).fixed(new Uint8Array(length)).finish()

const [LONG, FIRST, FIN, CANCEL] = [PIECE_BYTES * 2 + 5, 1, 2, 4]

describe('frames', () => {
  it('[FR1] of a message of any size are at most 16 KiB and give the message back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 1, max: 127 }), (length, stream) => {
        const original = message(length)
        const frames = framesOf(original, stream)
        for (const frame of frames) assert.ok(frame.length <= FRAME_BYTES_MAX)
        assert.deepEqual(receiveAll(new Reassembler('sync'), frames), [original])
      }),
      { numRuns: 40 },
    )
  })

  it('[FR4] [FR6] may have pieces of many sizes, and in bulk come in any order', () => {
    const sizes = fc.infiniteStream(fc.integer({ min: PIECE_BYTES_MIN, max: PIECE_BYTES_MAX }))
    const orders = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), sizes, orders, (length, size, order) => {
        const frames = framesOf(message(length), 5, () => Number(size.next().value))
        assert.deepEqual(
          receiveAll(new Reassembler('control'), length > 65_536 ? [] : frames).length,
          length > 65_536 ? 0 : 1,
        )
        const shuffled = frames
          .map((frame) => ({ frame, order: Number(order.next().value) }))
          .toSorted((one, other) => one.order - other.order)
          .map(({ frame }) => frame)
        assert.deepEqual(receiveAll(new Reassembler('bulk'), shuffled), [message(length)])
      }),
      { numRuns: 60 },
    )
  })

  it('[FR10] say how many bytes were taken in', () => {
    for (const bytes of [1, 1_160, 1_000_000]) {
      const decoded = decodeReceipt(frameReceipt(bytes))
      assert.ok(decoded.ok && decoded.value === bytes)
    }
    for (const frame of [[1], [1, 0x80], [1, 0x80, 0], [1, 5, 5], [1, 255, 255, 255, 255, 255, 1]])
      assert.ok(!decodeReceipt(Uint8Array.from(frame)).ok, String(frame))
  })

  it('[FR3] cost a message in one frame three bytes', () => {
    assert.equal(frameWhole(message(60)).length, 63)
    assert.equal(frameWhole(message(PIECE_BYTES)).length, PIECE_BYTES + 3)
  })

  it('[FR4] number their streams from 1 to 127 and again', () => {
    let stream = 0
    const seen = new Set<number>()
    for (let i = 0; i < 254; i++) seen.add((stream = nextStream(stream)))
    assert.deepEqual([Math.min(...seen), Math.max(...seen), seen.size], [1, 127, 127])
  })

  it('[FR6] [FR7] of several messages may alternate, and in bulk come in any order', () => {
    for (const seed of [1, 2, 3]) {
      const random = seeded(seed)
      const originals = [1, 2, 3].map((stream) => message(PIECE_BYTES * 3 + stream, stream))
      const frames = originals
        .flatMap((original, i) => framesOf(original, i + 1))
        .map((frame) => ({ frame, order: random() }))
        .toSorted((a, b) => a.order - b.order)
        .map(({ frame }) => frame)
      const got = receiveAll(new Reassembler('bulk'), frames).toSorted((a, b) => a.length - b.length)
      assert.deepEqual(got, originals, `seed ${seed}`)
    }
    const [a, b] = [framesOf(message(LONG, 5), 1), framesOf(message(LONG, 7), 2)]
    const alternating = a.flatMap((frame, i) => [frame, b[i] ?? frame])
    assert.deepEqual(receiveAll(new Reassembler('sync'), alternating), [message(LONG, 5), message(LONG, 7)])
  })

  it('[FR8] that cancel free what was kept and hurt nothing else', () => {
    const reassembler = new Reassembler('sync')
    for (let round = 0; round < 3 * OPEN_STREAMS_MAX; round++) {
      const [first] = framesOf(message(500_000), nextStream(round))
      receiveAll(reassembler, [first ?? new Uint8Array(), frameCancel(nextStream(round))])
    }
    assert.deepEqual(receiveAll(reassembler, [frameCancel(99), ...framesOf(message(LONG))]), [message(LONG)])
  })
})

describe('hostile frames', () => {
  it('[FR1] [FR2] [FR3] are refused by size, type and flags', () => {
    assert.equal(reasonOf('sync', new Uint8Array(FRAME_BYTES_MAX + 1)), 'frame-too-large')
    assert.equal(reasonOf('sync', Uint8Array.of(1, 3, 0)), 'unknown-frame-type')
    assert.equal(reasonOf('sync', new Uint8Array(0)), 'malformed')
    for (let length = 1; length < 3; length++) assert.equal(reasonOf('sync', new Uint8Array(length)), 'malformed')
    assert.equal(reasonOf('sync', Uint8Array.of(0, 3, 1)), 'malformed')
    assert.equal(reasonOf('sync', Uint8Array.of(0, 3, 0x80, 0)), 'malformed')
    for (const flags of [5, 6, 7, 8, 255])
      assert.equal(reasonOf('sync', piece(flags, 1, LONG, 0, PIECE_BYTES)), 'malformed')
  })

  it('[FR4] are refused when a piece is not where or what it says', () => {
    const [min, max] = [PIECE_BYTES_MIN, PIECE_BYTES_MAX]
    assert.equal(reasonOf('bulk', piece(FIRST, 1, LONG, 0, max)), 'accepted')
    assert.equal(reasonOf('bulk', piece(FIRST, 1, LONG, 0, min)), 'accepted')
    assert.equal(reasonOf('bulk', piece(0, 1, LONG, 7, max)), 'accepted')
    assert.equal(reasonOf('bulk', piece(FIN, 1, LONG, LONG - 1, 1)), 'accepted')
    assert.equal(reasonOf('bulk', piece(FIRST, 0, LONG, 0, max)), 'malformed')
    assert.equal(reasonOf('bulk', piece(FIRST, 128, LONG, 0, max)), 'malformed')
    assert.equal(reasonOf('bulk', piece(FIRST, 1, LONG, max, max)), 'malformed')
    assert.equal(reasonOf('bulk', piece(0, 1, LONG, 0, max)), 'malformed')
    assert.equal(reasonOf('bulk', piece(FIRST, 1, LONG, 0, min - 1)), 'malformed')
    assert.equal(reasonOf('bulk', piece(FIRST, 1, LONG, 0, max + 1)), 'malformed')
    assert.equal(reasonOf('bulk', piece(FIN, 1, LONG, max, max)), 'malformed')
    assert.equal(reasonOf('bulk', piece(0, 1, LONG, LONG - min, min)), 'malformed')
    assert.equal(reasonOf('bulk', piece(FIN, 1, LONG, LONG - min, min + 1)), 'malformed')
    assert.equal(reasonOf('bulk', piece(FIN, 1, LONG, LONG, 0)), 'malformed')
    assert.equal(reasonOf('bulk', piece(FIRST, 1, min, 0, min)), 'malformed')
  })

  it('[FR5] are refused when the message is too large for the lane, before anything is kept', () => {
    for (const lane of LANES)
      assert.equal(
        reasonOf(lane, piece(FIRST, 1, Math.max(MESSAGE_BYTES_MAX[lane], PIECE_BYTES) + 1, 0, PIECE_BYTES)),
        'message-too-large',
      )
    assert.equal(reasonOf('ephemeral', frameWhole(new Uint8Array(1_101))), 'message-too-large')
    assert.equal(reasonOf('bulk', piece(FIRST, 1, Number.MAX_SAFE_INTEGER, 0, PIECE_BYTES)), 'message-too-large')
  })

  it('[FR5] are refused when a message changes its length or a piece comes twice', () => {
    const first = piece(FIRST, 1, LONG, 0, PIECE_BYTES)
    assert.equal(reasonOf('bulk', first, first), 'malformed')
    for (const [offset, length] of [
      [0, PIECE_BYTES_MIN],
      [PIECE_BYTES_MIN, PIECE_BYTES_MIN],
      [PIECE_BYTES - 1, PIECE_BYTES_MIN],
    ] as const)
      assert.equal(reasonOf('bulk', first, piece(offset === 0 ? FIRST : 0, 1, LONG, offset, length)), 'malformed')
    const middle = piece(0, 1, LONG, PIECE_BYTES_MIN + 1, PIECE_BYTES_MIN)
    assert.equal(reasonOf('bulk', middle, piece(FIRST, 1, LONG, 0, PIECE_BYTES_MIN + 1)), 'accepted')
    assert.equal(reasonOf('bulk', middle, piece(FIRST, 1, LONG, 0, PIECE_BYTES_MIN + 2)), 'malformed')
    assert.equal(reasonOf('bulk', first, piece(0, 1, LONG + 1, PIECE_BYTES, PIECE_BYTES)), 'malformed')
  })

  it('[FR6] are refused in the ordered lanes when there is a gap', () => {
    assert.equal(reasonOf('sync', piece(0, 1, LONG, PIECE_BYTES, PIECE_BYTES)), 'out-of-order')
    const [first, , last] = framesOf(message(LONG))
    assert.ok(first && last)
    assert.equal(reasonOf('control', first, last), 'out-of-order')
    assert.equal(reasonOf('control', first, first), 'out-of-order')
    assert.equal(reasonOf('bulk', first, last), 'accepted')
  })

  it('[FR7] are refused when too much is left incomplete', () => {
    const open = (count: number, total: number) =>
      Array.from({ length: count }, (_, i) => piece(FIRST, i + 1, total, 0, PIECE_BYTES))
    assert.equal(reasonOf('sync', ...open(OPEN_STREAMS_MAX, LONG)), 'accepted')
    assert.equal(reasonOf('sync', ...open(OPEN_STREAMS_MAX + 1, LONG)), 'too-many-streams')
    assert.equal(reasonOf('sync', ...open(2, MESSAGE_BYTES_MAX.sync)), 'accepted')
    assert.equal(reasonOf('sync', ...open(3, MESSAGE_BYTES_MAX.sync)), 'too-many-streams')
  })

  it('[FR8] are refused when a cancel carries more or names no stream', () => {
    assert.equal(reasonOf('sync', Uint8Array.of(0, CANCEL, 1)), 'accepted')
    assert.equal(reasonOf('sync', Uint8Array.of(0, CANCEL, 1, 0)), 'malformed')
    assert.equal(reasonOf('sync', Uint8Array.of(0, CANCEL, 0)), 'malformed')
  })

  it('[FR9] never throw, whatever the bytes', () => {
    const header = fc.tuple(fc.constantFrom(0, 0, 0, 1), fc.nat(8), fc.uint8Array({ maxLength: 30 }))
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      header.map(([type, flags, rest]) => Uint8Array.of(type, flags, ...rest)),
    )
    fc.assert(
      fc.property(fc.constantFrom(...LANES), fc.array(any, { maxLength: 20 }), (lane, frames) => {
        reasonOf(lane, ...frames)
      }),
      { numRuns: 500 },
    )
  })
})
