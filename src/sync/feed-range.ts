/**
 * Ranges of feeds, and what is said of them when two peers compare. A range is fixed by the first bits of the ids, so it
 * is named in two or three bytes and divided in the same way by everybody.
 */
import type { Reader, Writer } from '../base/codec.ts'
import { COMPARE_PARTS_MAX, FEEDS_MAX } from './limits.ts'

/** Of a range of feeds: one difference in 65,536 is not seen, until the next comparison with another salt. */
const FINGERPRINT_BYTES = 2
/** Of one feed's state, among the few dozen in its range. */
const STATE_BYTES = 3
/** Bits of a feed's id that are fixed in a range, by depth. The first step finds a few of a thousand feeds. */
export const DEPTH_BITS = [0, 6, 10] as const

/** All feeds whose ids begin with the same bits: the first `DEPTH_BITS[depth]`, read as a number. */
export interface FeedRange {
  readonly depth: number
  readonly prefix: number
}

/** What the sender has in a range: a fingerprint of each range one step deeper, or the state of every feed. */
export interface ComparePart extends FeedRange {
  readonly kind: 'ranges' | 'states'
  readonly hashes: readonly Uint8Array[]
}

/** States in a range that the other side named and this one does not have. */
export interface LackingPart extends FeedRange {
  readonly hashes: readonly Uint8Array[]
}

/** Into how many ranges a range of that depth is divided. */
export const childrenOf = (depth: number): number => {
  const [bits, deeper] = [DEPTH_BITS[depth], DEPTH_BITS[depth + 1]]
  return bits === undefined || deeper === undefined ? 0 : 2 ** (deeper - bits)
}

/** A range's fingerprint, of a hash over all it holds. */
export const fingerprintOf = (hash: Uint8Array): Uint8Array => hash.subarray(0, FINGERPRINT_BYTES)

/** A few bytes of a feed's head, others with each salt. */
export function stateOf(hash: Uint8Array, salt: number): Uint8Array {
  const from = (salt * STATE_BYTES) % (hash.length - STATE_BYTES)
  return hash.subarray(from, from + STATE_BYTES)
}

/** Depth and kind share a byte; the number of ranges follows from the depth. */
export const writeCompareParts = (writer: Writer, parts: readonly ComparePart[]): Writer =>
  writer.list(parts, ({ depth, prefix, kind, hashes }) => {
    writer.u8(depth * 2 + (kind === 'states' ? 1 : 0)).varuint(prefix)
    if (kind === 'states') writer.varuint(hashes.length)
    for (const hash of hashes) writer.fixed(hash)
  })

export const writeLackingParts = (writer: Writer, parts: readonly LackingPart[]): Writer =>
  writer.list(parts, ({ depth, prefix, hashes }) => {
    writer.u8(depth).varuint(prefix)
    writer.list(hashes, (hash) => writer.fixed(hash))
  })

export function readCompareParts(reader: Reader): ComparePart[] {
  const parts = reader.list(COMPARE_PARTS_MAX, () => readComparePart(reader))
  requireOrder(reader, parts)
  return parts
}

export function readLackingParts(reader: Reader): LackingPart[] {
  const parts = reader.list(COMPARE_PARTS_MAX, () => ({
    ...readRange(reader, reader.u8()),
    hashes: readStates(reader),
  }))
  requireOrder(reader, parts)
  return parts
}

function readComparePart(reader: Reader): ComparePart {
  const head = reader.u8()
  const range = readRange(reader, head >> 1)
  if (head % 2 === 1) return { ...range, kind: 'states', hashes: readStates(reader) }
  const count = childrenOf(range.depth)
  if (count === 0) return reader.fail('too deep')
  const hashes = Array.from({ length: count }, () => reader.fixed(FINGERPRINT_BYTES).slice())
  return { ...range, kind: 'ranges', hashes }
}

function readRange(reader: Reader, depth: number): FeedRange {
  const bits = DEPTH_BITS[depth]
  if (bits === undefined) return reader.fail('too deep')
  return { depth, prefix: reader.varuint(2 ** bits - 1) }
}

const readStates = (reader: Reader): Uint8Array[] => reader.list(FEEDS_MAX, () => reader.fixed(STATE_BYTES).slice())

/** Ranges of one depth in their order, so that nobody is made to look at the same feeds again and again. */
function requireOrder(reader: Reader, ranges: readonly FeedRange[]): void {
  for (const [i, { depth, prefix }] of ranges.entries()) {
    const before = ranges[i - 1]
    if (before && (before.depth !== depth || before.prefix >= prefix)) reader.fail('ranges out of order')
  }
}
