import { textOf } from '../../base/bytes.ts'
import { refuse } from './reasons.ts'

/**
 * Reads the primitives of an update in the first Yjs format, strictly: integers in their shortest form and exact,
 * strings in valid UTF-8 (RFC 3629). Leaves by `refuse`. One reader serves many updates, so that nothing is allocated.
 */
export class UpdateReader {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  /** Whether the last text that was passed over has a character of two UTF-16 units. */
  wide = false
  /** Where the text that was last passed over begins. */
  textStart = 0
  /** Where replacement characters stood in the texts that were passed over, as pairs of units from and to. */
  readonly replacements: number[] = []

  open(bytes: Uint8Array): void {
    this.bytes = bytes
    this.at = 0
    this.replacements.length = 0
  }

  u8(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) return refuse('parse', 'too short')
    this.at++
    return byte
  }

  varuint(): number {
    const bytes = this.bytes
    let byte = bytes[this.at] ?? refuse('parse', 'too short')
    this.at++
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    let scale = 128
    for (;;) {
      byte = bytes[this.at] ?? refuse('parse', 'too short')
      this.at++
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER) refuse('parse', 'integer too large')
      if (byte < 0x80) break
      scale *= 128
    }
    if (byte === 0) refuse('parse', 'integer not in shortest form')
    return value
  }

  /** A signed integer: the first byte holds six bits and the sign. */
  varint(): number {
    const first = this.u8()
    const sign = (first & 0x40) > 0 ? -1 : 1
    let value = first & 0x3f
    if (first < 0x80) return sign * value
    let scale = 64
    for (;;) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER) refuse('parse', 'integer too large')
      if (byte < 0x80) {
        if (byte === 0) refuse('parse', 'integer not in shortest form')
        return sign * value
      }
      scale *= 128
    }
  }

  /** A view, not a copy. */
  fixed(length: number): Uint8Array {
    const end = this.at + length
    if (end > this.bytes.length) refuse('parse', 'too short')
    const view = this.bytes.subarray(this.at, end)
    this.at = end
    return view
  }

  /** A string of at most `maxBytes` bytes. */
  text(maxBytes: number): string {
    const length = this.varuint()
    if (length > maxBytes) refuse('content', `text over ${maxBytes} bytes`)
    const bytes = this.fixed(length)
    return shortAscii(bytes) ?? textOf(bytes) ?? refuse('parse', 'not UTF-8')
  }

  /** Passes over a string and returns its length in UTF-16 units. `clock` is the unit at which it begins. */
  skipText(clock = 0): number {
    const length = this.varuint()
    const end = this.at + length
    if (end > this.bytes.length) refuse('parse', 'too short')
    this.wide = false
    this.textStart = this.at
    let units = 0
    while (this.at < end) {
      const size = this.#characterBytes(end)
      if (size === 4) this.wide = true
      else if (size === 3 && this.#isReplacement()) this.#noteReplacement(clock + units)
      units += size === 4 ? 2 : 1
      this.at += size
    }
    return units
  }

  #isReplacement(): boolean {
    const { bytes, at } = this
    return bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd
  }

  #noteReplacement(unit: number): void {
    const { replacements } = this
    if (replacements.at(-1) === unit) replacements[replacements.length - 1] = unit + 1
    else replacements.push(unit, unit + 1)
  }

  /** Bytes of the character at the position. Overlong forms, surrogates and what lies beyond Unicode are refused. */
  #characterBytes(end: number): 1 | 2 | 3 | 4 {
    const { bytes, at } = this
    const first = bytes[at] as number
    if (first < 0x80) return 1
    const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    if (first < 0xc2 || first > 0xf4 || at + size > end) refuse('parse', 'not UTF-8')
    const second = bytes[at + 1] as number
    let low = 0x80
    let high = 0xbf
    if (first === 0xe0) low = 0xa0
    else if (first === 0xed) high = 0x9f
    else if (first === 0xf0) low = 0x90
    else if (first === 0xf4) high = 0x8f
    if (second < low || second > high) refuse('parse', 'not UTF-8')
    for (let i = at + 2; i < at + size; i++) {
      if (((bytes[i] as number) & 0xc0) !== 0x80) refuse('parse', 'not UTF-8')
    }
    return size
  }
}

/** Above this the platform's decoder is faster. */
const SHORT_BYTES = 24

/** Names are short and plain, and a platform decoder's call costs more than they do. */
function shortAscii(bytes: Uint8Array): string | undefined {
  if (bytes.length > SHORT_BYTES) return undefined
  let text = ''
  for (const byte of bytes) {
    if (byte >= 0x80) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}
