/**
 * Cuts messages into frames of at most 16 KiB and puts them together again. The rules are in SPEC.md.
 * Everything that comes in is hostile until it is checked; the first bad frame ends the link.
 */
import { assert } from '../base/assert.ts'
import { decode, Writer } from '../base/codec.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { MESSAGE_BYTES_MAX, type Lane } from './link.ts'

/** Data channels of all browsers pass 16 KiB. */
export const FRAME_BYTES_MAX = 16_384
/** The longest header of a frame with a piece. */
export const HEADER_BYTES_MAX = 16
/** Body bytes of a frame at most. */
export const PIECE_BYTES_MAX = FRAME_BYTES_MAX - HEADER_BYTES_MAX
/** Body bytes of every frame of a longer message but its last at least: a message of 1 MiB is some 1,000 pieces. */
export const PIECE_BYTES_MIN = 1_024
/** Stream numbers wrap here, so that they take one byte. 0 marks a message in one frame. */
const STREAM_MAX = 127
/** Messages that may be incomplete at once in a lane. A sender here sends one after the other. */
export const OPEN_STREAMS_MAX = 8
/** Bytes promised by all incomplete messages of a lane: two of the largest. */
const OPEN_MESSAGES_MAX = 2

const DATA = 0
/** How many bytes of frames were taken in; see `send-window.ts`. */
const RECEIPT = 1
/** Far more than may be under way. */
const RECEIPT_BYTES_MAX = 2 ** 30

const FIRST = 1
const FIN = 2
const CANCEL = 4

export type FrameRejection =
  | 'malformed'
  | 'frame-too-large'
  | 'unknown-frame-type'
  | 'message-too-large'
  | 'too-many-streams'
  | 'out-of-order'

/** A message that fits one frame. */
export const frameWhole = (message: Uint8Array): Uint8Array => {
  assert(message.length <= PIECE_BYTES_MAX, 'the message needs several frames')
  const frame = new Uint8Array(message.length + 3)
  frame[0] = DATA
  frame[1] = FIRST | FIN
  frame.set(message, 3)
  return frame
}

/** The piece of a long message from `offset` to `end`. */
export function framePiece(stream: number, message: Uint8Array, offset: number, end: number): Uint8Array {
  return new Writer()
    .u8(DATA)
    .u8((offset === 0 ? FIRST : 0) | (end === message.length ? FIN : 0))
    .varuint(stream)
    .varuint(message.length)
    .varuint(offset)
    .fixed(message.subarray(offset, end))
    .finish()
}

/** Tells the sender that so many bytes of frames were taken in since the last receipt. */
export const frameReceipt = (bytes: number): Uint8Array => new Writer().u8(RECEIPT).varuint(bytes).finish()

export const isReceipt = (frame: Uint8Array): boolean => frame[0] === RECEIPT

export const decodeReceipt = (frame: Uint8Array): Result<number, 'malformed'> =>
  decode(frame, (reader) => {
    reader.u8()
    return reader.varuint(RECEIPT_BYTES_MAX)
  })

/** Tells the receiver to forget an incomplete message. */
export const frameCancel = (stream: number): Uint8Array => new Writer().u8(DATA).u8(CANCEL).varuint(stream).finish()

export const nextStream = (stream: number): number => (stream % STREAM_MAX) + 1

interface Piece {
  readonly kind: 'whole' | 'piece' | 'cancel'
  readonly stream: number
  readonly total: number
  readonly offset: number
  readonly body: Uint8Array
}

function decodeFrame(frame: Uint8Array): Result<Piece, 'malformed'> {
  return decode(frame, (reader): Piece => {
    reader.u8()
    const flags = reader.u8()
    const stream = reader.varuint(STREAM_MAX)
    if (flags === (FIRST | FIN)) {
      if (stream !== 0) reader.fail('a message in one frame has no stream')
      return { kind: 'whole', stream, total: reader.remaining, offset: 0, body: reader.rest() }
    }
    if (stream === 0) reader.fail('a piece needs a stream')
    if (flags === CANCEL) return { kind: 'cancel', stream, total: 0, offset: 0, body: reader.fixed(0) }
    if (flags > (FIRST | FIN)) reader.fail('unknown flags')
    const total = reader.varuint()
    const offset = reader.varuint(total)
    const body = reader.rest()
    const end = offset + body.length
    if (total <= PIECE_BYTES_MIN) reader.fail('a short message in pieces')
    if (end > total) reader.fail('a piece beyond the end')
    if (body.length > PIECE_BYTES_MAX) reader.fail('a piece too long')
    if (body.length < (end === total ? 1 : PIECE_BYTES_MIN)) reader.fail('a piece too short')
    if (((flags & FIRST) !== 0) !== (offset === 0)) reader.fail('FIRST in the wrong place')
    if (((flags & FIN) !== 0) !== (end === total)) reader.fail('FIN in the wrong place')
    return { kind: 'piece', stream, total, offset, body }
  })
}

interface OpenMessage {
  readonly total: number
  /** By their offsets, and none overlaps another. */
  readonly pieces: { readonly offset: number; readonly body: Uint8Array }[]
  received: number
}

/** Puts the frames of one lane together. After a rejection it must not be used any more. */
export class Reassembler {
  readonly #lane: Lane
  /** False where the network may deliver frames in any order. */
  readonly #ordered: boolean
  readonly #open = new Map<number, OpenMessage>()
  #promisedBytes = 0

  constructor(lane: Lane) {
    this.#lane = lane
    this.#ordered = lane === 'control' || lane === 'sync'
  }

  /** The message that this frame completes, or undefined while more is needed. */
  receive(frame: Uint8Array): Result<Uint8Array | undefined, FrameRejection> {
    if (frame.length > FRAME_BYTES_MAX) return rejected('frame-too-large', `${frame.length} bytes`)
    if (frame[0] !== undefined && frame[0] !== DATA) return rejected('unknown-frame-type', String(frame[0]))
    const decoded = decodeFrame(frame)
    if (!decoded.ok) return decoded
    const piece = decoded.value
    if (piece.total > MESSAGE_BYTES_MAX[this.#lane]) return rejected('message-too-large', `${piece.total} bytes`)
    // A copy, as the network layer may use its buffer again.
    if (piece.kind === 'whole') return accepted(piece.body.slice())
    if (piece.kind === 'piece') return this.#add(piece)
    this.#forget(piece.stream)
    return accepted(undefined)
  }

  #add({ stream, total, offset, body }: Piece): Result<Uint8Array | undefined, FrameRejection> {
    let message = this.#open.get(stream)
    if (!message) {
      if (this.#ordered && offset !== 0) return rejected('out-of-order', 'a stream that was not begun')
      if (this.#open.size === OPEN_STREAMS_MAX) return rejected('too-many-streams')
      if (this.#promisedBytes + total > OPEN_MESSAGES_MAX * MESSAGE_BYTES_MAX[this.#lane])
        return rejected('too-many-streams', 'too many bytes promised')
      message = { total, pieces: [], received: 0 }
      this.#open.set(stream, message)
      this.#promisedBytes += total
    } else if (message.total !== total) return rejected('malformed', 'a message changed its length')
    else if (this.#ordered && offset !== message.received) return rejected('out-of-order', 'a gap or a repetition')
    const { pieces } = message
    const position = pieces.findLastIndex((before) => before.offset <= offset) + 1
    const [before, after] = [pieces[position - 1], pieces[position]]
    if ((before && before.offset + before.body.length > offset) || (after && offset + body.length > after.offset))
      return rejected('malformed', 'a piece came twice')
    pieces.splice(position, 0, { offset, body: body.slice() })
    message.received += body.length
    if (message.received < total) return accepted(undefined)
    this.#forget(stream)
    const whole = new Uint8Array(total)
    for (const part of pieces) whole.set(part.body, part.offset)
    return accepted(whole)
  }

  #forget(stream: number): void {
    this.#promisedBytes -= this.#open.get(stream)?.total ?? 0
    this.#open.delete(stream)
  }
}
