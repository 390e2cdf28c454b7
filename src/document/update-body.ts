import { assert } from '../base/assert.ts'
import { decode, type Reader } from '../base/codec.ts'
import type { Result } from '../base/result.ts'

/**
 * The body of an entry: a Yjs update of the first format without what the receiver knows. A feed writes as one client
 * and begins where its last entry ended, so neither the number of blocks nor client and clock are sent, and a first
 * struct that follows the feed's own last one (typing, and nearly all of chat) does not name it. What is not sent can
 * not be forged either: an entry has no way to speak for another client.
 *
 * body      = structCount * 2 + continues, [structs], delete set    (as in the update from there on)
 * continues = 1: the first struct's origin is (client, clock - 1) and is left out
 */

/** Bit 8 of a struct's first byte in the Yjs format: an origin follows. */
const HAS_ORIGIN = 0x80
/** A struct's first byte without its flags names its content; 0 and 10 have no origin (GC and Skip). */
const CONTENT_BITS = 0x1f
const GC_CONTENT = 0
const SKIP_CONTENT = 10
/** One block count, three integers of at most eight bytes, the first byte of a struct, and two integers more. */
const PREFIX_BYTES_MAX = 1 + 3 * 8 + 1 + 2 * 8

/** Where a prefix is put together before its length is known; one at a time, since nothing here waits. */
const scratch = new Uint8Array(PREFIX_BYTES_MAX)

const NO_STRUCTS = new Uint8Array([0])

/** Writes the shortest form and returns the position after it. */
function writeVarUint(target: Uint8Array, at: number, value: number): number {
  let end = at
  let rest = value
  while (rest > 0x7f) {
    target[end++] = 0x80 | (rest % 128)
    rest = Math.floor(rest / 128)
  }
  target[end++] = rest
  return end
}

/** Reads one integer of an update that we wrote ourselves. */
function readVarUint(bytes: Uint8Array, position: { at: number }): number {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = bytes[position.at++]
    assert(byte !== undefined, 'our own update is whole')
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
    scale *= 128
  }
}

const mayHaveOrigin = (info: number): boolean =>
  (info & HAS_ORIGIN) !== 0 && (info & CONTENT_BITS) !== GC_CONTENT && (info & CONTENT_BITS) !== SKIP_CONTENT

function joined(prefix: Uint8Array, prefixLength: number, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(prefixLength + rest.length)
  for (let i = 0; i < prefixLength; i++) bytes[i] = prefix[i] ?? 0
  bytes.set(rest, prefixLength)
  return bytes
}

/** The body of our own update by `client` from `clock` on. */
export function compactUpdate(update: Uint8Array, client: number, clock: number): Uint8Array {
  const position = { at: 0 }
  const blocks = readVarUint(update, position)
  if (blocks === 0) return joined(NO_STRUCTS, 1, update.subarray(position.at))
  const count = readVarUint(update, position)
  assert(blocks === 1 && count > 0, 'our own update has one block')
  assert(readVarUint(update, position) === client && readVarUint(update, position) === clock, 'our own place')
  const first = position.at
  const info = update[first]
  assert(info !== undefined, 'our own update is whole')
  const prefix = scratch
  if (mayHaveOrigin(info)) {
    position.at++
    if (readVarUint(update, position) === client && readVarUint(update, position) === clock - 1) {
      const end = writeVarUint(prefix, 0, count * 2 + 1)
      prefix[end] = info
      return joined(prefix, end + 1, update.subarray(position.at))
    }
  }
  return joined(prefix, writeVarUint(prefix, 0, count * 2), update.subarray(first))
}

/**
 * The update that `compactUpdate` was given, byte for byte. What follows the first struct is not looked at: that is the
 * guard's work. A body has one form only, so one that names what it should leave out is malformed.
 */
export const expandUpdate = (body: Uint8Array, client: number, clock: number): Result<Uint8Array, 'malformed'> =>
  decode(body, (reader) => expand(reader, client, clock))

function expand(reader: Reader, client: number, clock: number): Uint8Array {
  const word = reader.varuint()
  if (word === 0) return joined(NO_STRUCTS, 1, reader.rest())
  const count = Math.floor(word / 2)
  const continues = word % 2 === 1
  if (count === 0) return reader.fail('continues without a struct')
  const prefix = scratch
  prefix[0] = 1
  let end = writeVarUint(prefix, 1, count)
  end = writeVarUint(prefix, end, client)
  end = writeVarUint(prefix, end, clock)
  const info = reader.u8()
  prefix[end++] = info
  const follows = mayHaveOrigin(info)
  if (continues) {
    if (!follows || clock === 0) reader.fail('continues nothing')
    end = writeVarUint(prefix, end, client)
    end = writeVarUint(prefix, end, clock - 1)
  } else if (follows) {
    const originClient = reader.varuint()
    const originClock = reader.varuint()
    if (originClient === client && originClock === clock - 1) reader.fail('names what it continues')
    end = writeVarUint(prefix, end, originClient)
    end = writeVarUint(prefix, end, originClock)
  }
  return joined(prefix, end, reader.rest())
}
