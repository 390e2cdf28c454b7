import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { VALUE_NODES_MAX } from '../../../src/document/guard/limits.ts'
import { Refusal, type GuardReason } from '../../../src/document/guard/reasons.ts'
import { UpdateReader } from '../../../src/document/guard/update-reader.ts'
import { readJson, readValue } from '../../../src/document/guard/value-reader.ts'

/** What a reader makes of bytes: a value, or the reason of the refusal. */
function reading<T>(bytes: Uint8Array, read: (reader: UpdateReader) => T): { value: T } | { reason: GuardReason } {
  const reader = new UpdateReader()
  reader.open(bytes)
  try {
    const value = read(reader)
    assert.equal(reader.at, bytes.length, 'reads to the end')
    return { value }
  } catch (error) {
    if (error instanceof Refusal) return { reason: error.reason }
    throw error
  }
}

const written = (write: (encoder: encoding.Encoder) => void): Uint8Array => {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}

const text = (...bytes: number[]): Uint8Array => Uint8Array.of(bytes.length, ...bytes)
const units = (reader: UpdateReader): number => reader.skipText()

test('[G5] integers are read as lib0 writes them', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = written((encoder) => encoding.writeVarUint(encoder, value))
      assert.deepEqual(
        reading(bytes, (reader) => reader.varuint()),
        { value },
      )
    }),
  )
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const bytes = written((encoder) => encoding.writeVarInt(encoder, value))
      assert.deepEqual(
        reading(bytes, (reader) => reader.varint()),
        { value },
      )
    }),
  )
})

test('[G5] integers that are cut off, padded or not exact are refused', () => {
  for (const bytes of [[], [0x80], [0x80, 0], [0xff, 0x80, 0], [255, 255, 255, 255, 255, 255, 255, 16]]) {
    assert.deepEqual(
      reading(Uint8Array.from(bytes), (reader) => reader.varuint()),
      { reason: 'parse' },
    )
  }
  for (const bytes of [[], [0x80], [0x80, 0], [0xc0, 0], [255, 255, 255, 255, 255, 255, 255, 255, 1]]) {
    assert.deepEqual(
      reading(Uint8Array.from(bytes), (reader) => reader.varint()),
      { reason: 'parse' },
    )
  }
})

test('[G5] the length of any text is counted in UTF-16 units', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const bytes = written((encoder) => encoding.writeVarString(encoder, value))
      assert.deepEqual(reading(bytes, units), { value: value.length })
      assert.deepEqual(
        reading(bytes, (reader) => reader.text(1000)),
        { value },
      )
    }),
  )
})

test('[G5] UTF-8 is refused where the platform would refuse it', () => {
  const platform = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x80, 0xbf, 0xc0, 0xe0, 0xed, 0xf0, 0xf4))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5 }), fc.array(byte, { maxLength: 5 }), (some, more) => {
      const bytes = Uint8Array.of(...some, ...more)
      let expected: { value: number } | { reason: GuardReason } = { reason: 'parse' }
      try {
        expected = { value: platform.decode(bytes).length }
      } catch {
        // Not UTF-8.
      }
      assert.deepEqual(reading(text(...bytes), units), expected)
    }),
    { numRuns: 5000 },
  )
})

test('[G5] a text that is longer than what is left is refused', () => {
  assert.deepEqual(reading(Uint8Array.of(3, 65, 65), units), { reason: 'parse' })
  assert.deepEqual(
    reading(Uint8Array.of(3, 65, 65), (reader) => reader.text(10)),
    { reason: 'parse' },
  )
  assert.deepEqual(
    reading(Uint8Array.of(3, 65, 65, 65), (reader) => reader.text(2)),
    { reason: 'content' },
  )
  assert.deepEqual(
    reading(Uint8Array.of(1, 0xff), (reader) => reader.text(2)),
    { reason: 'parse' },
  )
})

test('[S2] replacement characters that were written are noted with their units', () => {
  const reader = new UpdateReader()
  const bytes = written((encoder) => encoding.writeVarString(encoder, '\ufffd\ufffda😀\ufffd'))
  reader.open(bytes)
  reader.skipText(100)
  assert.deepEqual(reader.replacements, [100, 102, 105, 106])
})

test('[G6] values are read as lib0 writes them', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false, undefined),
      fc.integer(),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.uint8Array({ maxLength: 4 }),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(
        fc.string({ maxLength: 8 }).filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)),
        tie('any'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  })).any
  const plain = (read: unknown): unknown => {
    if (read instanceof Map) return Object.fromEntries([...read].map(([key, part]) => [key as string, plain(part)]))
    return Array.isArray(read) ? read.map(plain) : read
  }
  fc.assert(
    fc.property(value, (any) => {
      const bytes = written((encoder) => encoding.writeAny(encoder, any as encoding.AnyEncodable))
      const result = reading(bytes, readValue)
      assert('value' in result)
      assert.deepEqual(plain(result.value), plain(any))
    }),
  )
})

test('[G6] values that JSON does not know, unknown kinds and too many parts are refused', () => {
  const refused = [
    [122, 0, 0, 0, 0, 0, 0, 0, 0],
    [124, 0x7f, 0xc0, 0, 0],
    [124, 0x7f, 0x80, 0, 0],
    [115],
    [0],
    [255],
    [118, 2, 1, 97, 126, 1, 97, 126],
  ]
  for (const bytes of refused) assert.deepEqual(reading(Uint8Array.from(bytes), readValue), { reason: 'content' })
  const row = (length: number): Uint8Array =>
    written((encoder) =>
      encoding.writeAny(
        encoder,
        Array.from({ length }, () => null),
      ),
    )
  assert('value' in reading(row(VALUE_NODES_MAX - 1), readValue))
  assert.deepEqual(reading(row(VALUE_NODES_MAX), readValue), { reason: 'content' })
  assert.deepEqual(reading(Uint8Array.of(117, 5, 126), readValue), { reason: 'parse' })
})

test('[G6] JSON is measured before it is parsed', () => {
  const json = (string: string): ReturnType<typeof reading<unknown>> =>
    reading(
      written((encoder) => encoding.writeVarString(encoder, string)),
      readJson,
    )
  assert.deepEqual(json('{"a":[1,"]}]}\\"[[",null]}'), { value: { a: [1, ']}]}"[[', null] } })
  assert('value' in json(`${'['.repeat(16)}${']'.repeat(16)}`))
  assert.deepEqual(json(`${'['.repeat(17)}${']'.repeat(17)}`), { reason: 'content' })
  assert.deepEqual(json('['.repeat(5)), { reason: 'content' })
  assert.deepEqual(json(''), { reason: 'content' })
  assert.deepEqual(json(`"${'x'.repeat(8200)}"`), { reason: 'content' })
})
