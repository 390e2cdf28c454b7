import { concatBytes } from '../../base/bytes.ts'
import { Writer } from '../../base/codec.ts'
import { accepted, rejected, type Result } from '../../base/result.ts'
import { DELETE_RANGES_MAX, SPLIT_BYTES, STRING_UNITS_MAX, STRUCTS_PER_UPDATE_MAX } from './limits.ts'
import type { GuardReason } from './reasons.ts'
import { UpdateReader } from './update-reader.ts'
import { skimUpdate, type DeleteRanges, type StructSpan } from './update-spans.ts'
import { readValue } from './value-reader.ts'

/** Room for the counts, the client and the clock around the structs of an update. */
const FRAME_BYTES = 32
/** Room for the head of a struct that goes on with the text of another: two ids of up to 13 bytes, and lengths. */
const HEAD_BYTES = 48
/** The most that one range of deletions takes: two integers. */
const RANGE_BYTES = 16

interface Piece {
  readonly clock: number
  readonly length: number
  readonly bytes: Uint8Array
}

/**
 * Cuts an update of one client into updates that each fit `sizeBytesMax` and the guard's limits, to be published one
 * after another; deletions come last. Long texts and rows of objects are cut within. Rejects with `size` what cannot be
 * cut, which is a single object that is too large.
 */
export function splitUpdate(
  update: Uint8Array,
  sizeBytesMax: number = SPLIT_BYTES,
): Result<readonly Uint8Array[], GuardReason> {
  const skimmed = skimUpdate(update)
  if (!skimmed.ok) return skimmed
  const { client, structs, deletes } = skimmed.value
  const room = sizeBytesMax - FRAME_BYTES
  const ranges = deletes.reduce((sum, { ranges: { length } }) => sum + length, 0)
  const fits = structs.length <= STRUCTS_PER_UPDATE_MAX && ranges <= DELETE_RANGES_MAX
  if (fits && update.length <= sizeBytesMax && !structs.some((struct) => struct.length > STRING_UNITS_MAX)) {
    return accepted([update])
  }
  const updates: Uint8Array[] = []
  let part: Piece[] = []
  let size = 0
  const flush = (): void => {
    if (part.length > 0) updates.push(withStructs(client, part))
    part = []
    size = 0
  }
  for (const struct of structs) {
    for (const piece of cut(update, client, struct, room - HEAD_BYTES)) {
      if (piece.bytes.length > room) return rejected('size', 'one object is too large')
      if (size + piece.bytes.length > room || part.length === STRUCTS_PER_UPDATE_MAX) flush()
      part.push(piece)
      size += piece.bytes.length
    }
  }
  flush()
  for (const some of portions(deletes, Math.min(DELETE_RANGES_MAX, Math.floor(room / RANGE_BYTES / 2)))) {
    updates.push(writeDeletes(new Writer().varuint(0), some).finish())
  }
  return accepted(updates)
}

function withStructs(client: number, pieces: readonly Piece[]): Uint8Array {
  const head = new Writer()
    .varuint(1)
    .varuint(pieces.length)
    .varuint(client)
    .varuint(pieces[0]?.clock ?? 0)
    .finish()
  return concatBytes(head, ...pieces.map(({ bytes }) => bytes), Uint8Array.of(0))
}

/** The struct itself, or several that follow one another in its place. */
function cut(update: Uint8Array, client: number, struct: StructSpan, room: number): readonly Piece[] {
  const whole = { clock: struct.clock, length: struct.length, bytes: update.subarray(struct.start, struct.end) }
  const kind = struct.info & 31
  const small = struct.end - struct.start <= room && struct.length <= STRING_UNITS_MAX
  if (small || struct.length === 1 || (kind !== 4 && kind !== 8)) return [whole]
  const contents = kind === 4 ? cutText(update, struct, room) : cutObjects(update, struct, room)
  let { clock } = struct
  return contents.map(({ length, bytes }) => {
    const writer = new Writer()
    if (clock === struct.clock) writer.fixed(update.subarray(struct.start, struct.placed))
    else {
      // Goes on right after the piece before it, with the same right origin.
      writer.u8((struct.info & 0x5f) | 0x80)
      writer.varuint(client).varuint(clock - 1)
      if ((struct.info & 0x40) > 0) writer.fixed(update.subarray(struct.right, struct.placed))
    }
    writer.varuint(kind === 4 ? bytes.length : length).fixed(bytes)
    const piece = { clock, length, bytes: writer.finish() }
    clock += length
    return piece
  })
}

interface Content {
  readonly length: number
  readonly bytes: Uint8Array
}

/** Between characters. No text has more units than bytes, so that the units stay within their limit too. */
function cutText(update: Uint8Array, struct: StructSpan, room: number): readonly Content[] {
  const reader = new UpdateReader()
  reader.open(update)
  reader.at = struct.placed
  reader.skipText()
  const text = update.subarray(reader.textStart, struct.end)
  const bytesMax = Math.min(room, STRING_UNITS_MAX)
  const contents: Content[] = []
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + bytesMax, text.length)
    while (end < text.length && ((text[end] ?? 0) & 0xc0) === 0x80) end--
    const bytes = text.subarray(start, end)
    let length = 0
    for (const byte of bytes) if ((byte & 0xc0) !== 0x80) length += byte >= 0xf0 ? 2 : 1
    contents.push({ length, bytes })
    start = end
  }
  return contents
}

function cutObjects(update: Uint8Array, struct: StructSpan, room: number): readonly Content[] {
  const reader = new UpdateReader()
  reader.open(update)
  reader.at = struct.placed
  reader.varuint()
  const contents: Content[] = []
  let start = reader.at
  let length = 0
  for (let i = 0; i < struct.length; i++) {
    const before = reader.at
    readValue(reader)
    if (length > 0 && (reader.at - start > room || length === STRUCTS_PER_UPDATE_MAX)) {
      contents.push({ length, bytes: update.subarray(start, before) })
      start = before
      length = 0
    }
    length++
  }
  contents.push({ length, bytes: update.subarray(start, reader.at) })
  return contents
}

/** Deletions in portions of at most `rangesMax` ranges, in the order of the update. */
function portions(deletes: readonly DeleteRanges[], rangesMax: number): DeleteRanges[][] {
  const all: DeleteRanges[][] = []
  let portion: DeleteRanges[] = []
  let count = 0
  for (const { client, ranges } of deletes) {
    for (let start = 0; start < ranges.length;) {
      const some = ranges.slice(start, start + rangesMax - count)
      portion.push({ client, ranges: some })
      start += some.length
      count += some.length
      if (count === rangesMax) {
        all.push(portion)
        portion = []
        count = 0
      }
    }
  }
  if (portion.length > 0) all.push(portion)
  return all
}

/** Deletions as an update has them at its end. */
function writeDeletes(writer: Writer, deletes: readonly DeleteRanges[]): Writer {
  return writer.list(deletes, ({ client, ranges }) => {
    writer.varuint(client).list(ranges, ([clock, length]) => writer.varuint(clock).varuint(length))
  })
}
