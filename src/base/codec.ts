import * as encoding from 'lib0/encoding'
import { textOf } from './bytes.ts'
import { ID_BYTES, idFromBytes, idToBytes, type Id } from './ids.ts'
import { accepted, rejected, type Result } from './result.ts'

/** Leaves a decoder early; caught by `decode` and by nothing else. */
class DecodeError extends Error {}

/** Writes the lib0 encoding: little-endian base-128 unsigned integers, length-prefixed bytes and strings. */
export class Writer {
  readonly #encoder = encoding.createEncoder()

  u8(value: number): this {
    encoding.writeUint8(this.#encoder, value)
    return this
  }
  varuint(value: number): this {
    encoding.writeVarUint(this.#encoder, value)
    return this
  }
  /** Bytes whose length the reader knows. */
  fixed(bytes: Uint8Array): this {
    encoding.writeUint8Array(this.#encoder, bytes)
    return this
  }
  /** Bytes with their length before them. */
  bytes(bytes: Uint8Array): this {
    encoding.writeVarUint8Array(this.#encoder, bytes)
    return this
  }
  text(text: string): this {
    encoding.writeVarString(this.#encoder, text)
    return this
  }
  id(id: Id<string>): this {
    return this.fixed(idToBytes(id))
  }
  list<T>(items: readonly T[], write: (item: T) => void): this {
    this.varuint(items.length)
    for (const item of items) write(item)
    return this
  }
  finish(): Uint8Array {
    return encoding.toUint8Array(this.#encoder)
  }
}

/**
 * Reads strictly: integers in their shortest form and at most 2^53 - 1, lengths checked before anything is
 * allocated, text in valid UTF-8. Use it inside `decode`, which turns a failure into a rejection.
 */
export class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }
  get position(): number {
    return this.#at
  }
  get remaining(): number {
    return this.#bytes.length - this.#at
  }
  fail(detail: string): never {
    throw new DecodeError(detail)
  }
  u8(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) return this.fail('too short')
    this.#at++
    return value
  }
  /** An unsigned integer of at most `max`. */
  varuint(max: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER) this.fail('integer too large')
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) this.fail('integer not in shortest form')
        break
      }
      scale *= 128
    }
    if (value > max) this.fail(`integer over ${max}`)
    return value
  }
  /** A view, not a copy, of the next `length` bytes. */
  fixed(length: number): Uint8Array {
    if (length > this.remaining) this.fail('too short')
    const view = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return view
  }
  /** Length-prefixed bytes, at most `maxLength` of them. */
  bytes(maxLength: number): Uint8Array {
    return this.fixed(this.varuint(maxLength))
  }
  /** Length-prefixed UTF-8 of at most `maxBytes` bytes. */
  text(maxBytes: number): string {
    return textOf(this.bytes(maxBytes)) ?? this.fail('not UTF-8')
  }
  id<T extends Id<string>>(): T {
    return idFromBytes<T>(this.fixed(ID_BYTES))
  }
  list<T>(maxItems: number, read: () => T): T[] {
    const length = this.varuint(maxItems)
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(read())
    return items
  }
  rest(): Uint8Array {
    return this.fixed(this.remaining)
  }
}

/** Runs `read` over all of `bytes`. Anything malformed, and any byte left over, is a rejection. */
export function decode<T>(bytes: Uint8Array, read: (reader: Reader) => T): Result<T, 'malformed'> {
  const reader = new Reader(bytes)
  try {
    const value = read(reader)
    return reader.remaining === 0 ? accepted(value) : rejected('malformed', 'bytes left over')
  } catch (error) {
    if (error instanceof DecodeError) return rejected('malformed', error.message)
    throw error
  }
}
