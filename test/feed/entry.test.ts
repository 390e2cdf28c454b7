import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '../../src/base/bytes.ts'
import { idToBytes, type EpochId, type FeedId } from '../../src/base/ids.ts'
import { CutTable, type CutHead } from '../../src/feed/cut.ts'
import { decodeEntry, encodeEntry, openEntry, SALT_BYTES, type EntryHeader } from '../../src/feed/entry.ts'
import { damaged, idNamed } from './feed-samples.ts'

const feed: FeedId = idNamed('feed')
const bodyKey = new Uint8Array(32).fill(7)
const salt = new Uint8Array(SALT_BYTES).fill(3)
const update = utf8('an update')
const epoch: EpochId = idNamed('key')
const cut: readonly CutHead[] = [{ feed: idNamed('bob'), length: 4 }]

const encode = (header: EntryHeader, cutTable = new CutTable()): Uint8Array =>
  encodeEntry({ ...header, salt, cutTable }, bodyKey, update)

describe('an entry', () => {
  it('[F4] reads back what was written, and opens with its key only', () => {
    const read = decodeEntry(encode({ seq: 5, epoch, cut }), feed, 5, new CutTable())
    assert(read.ok)
    assert.equal(read.value.epoch, epoch)
    assert.deepEqual(read.value.cut, cut)
    assert.deepEqual(openEntry(read.value, bodyKey), update)
    assert.equal(openEntry(read.value, new Uint8Array(32)), undefined)
  })

  it('[F4] costs few bytes when neither key nor cut has changed', () => {
    const bytes = encode({ seq: 5, epoch: undefined, cut: [] })
    assert.equal(bytes.length, 2 + SALT_BYTES + update.length + 16)
  })

  it('[F4] is refused at another position, and in another version', () => {
    const bytes = encode({ seq: 5, epoch: undefined, cut: [] })
    assert.deepEqual(decodeEntry(bytes, feed, 6, new CutTable()), { ok: false, reason: 'seq' })
    const newer = Uint8Array.of(0x20, ...bytes.subarray(1))
    assert.deepEqual(decodeEntry(newer, feed, 5, new CutTable()), { ok: false, reason: 'version' })
    assert.deepEqual(decodeEntry(new Uint8Array(0), feed, 5, new CutTable()), { ok: false, reason: 'version' })
  })

  it('[F4] whatever is changed or cut off, it does not decode, or it does not open; it never throws', () => {
    for (const header of [
      { seq: 5, epoch, cut },
      { seq: 5, epoch: undefined, cut: [] },
    ])
      for (const bytes of damaged(encode(header))) {
        const read = decodeEntry(bytes, feed, 5, new CutTable())
        if (read.ok) assert.equal(openEntry(read.value, bodyKey), undefined)
      }
  })

  it('[F4] bytes that nobody wrote are no exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 0, max: 15 }), (noise, flags) => {
        decodeEntry(Uint8Array.of(0x10 | flags, ...noise), feed, 0, new CutTable())
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a causal cut', () => {
  const feeds = ['a', 'b', 'c', 'd'].map((name): FeedId => idNamed(name))

  it('[F5] is the same for reader and writer, entry after entry', () => {
    const growth = fc.uniqueArray(fc.record({ feed: fc.nat({ max: 3 }), by: fc.integer({ min: 1, max: 1e6 }) }), {
      selector: ({ feed: index }) => index,
    })
    fc.assert(
      fc.property(fc.array(growth, { maxLength: 12 }), (entries) => {
        const writing = new CutTable()
        const reading = new CutTable()
        for (const [seq, steps] of entries.entries()) {
          const delta = steps.map(({ feed: index, by }) => {
            const named = feeds[index] ?? feed
            return { feed: named, length: writing.lengthOf(named) + by }
          })
          const bytes = encode({ seq, epoch: undefined, cut: delta }, writing)
          const read = decodeEntry(bytes, feed, seq, reading)
          assert(read.ok)
          assert.deepEqual(read.value.cut, delta)
          writing.apply(delta)
          reading.apply(read.value.cut)
        }
        assert.deepEqual(reading.heads(), writing.heads())
      }),
    )
  })

  it('[F5] names a feed by 32 bytes once, and by a number from then on', () => {
    const table = new CutTable()
    const first = encode({ seq: 0, epoch: undefined, cut }, table)
    table.apply(cut)
    const second = encode({ seq: 1, epoch: undefined, cut: [{ feed: idNamed('bob'), length: 5 }] }, table)
    assert(second.length <= first.length - 32)
  })

  it('[F5] reading changes nothing until the cut is applied', () => {
    const table = new CutTable()
    assert(decodeEntry(encode({ seq: 0, epoch: undefined, cut }), feed, 0, table).ok)
    assert.deepEqual(table.heads(), [])
  })

  it('[F6] is refused when it names the own feed, a feed twice, a known feed as new, or does not grow', () => {
    const known = new CutTable()
    known.apply(cut)
    const bob = firstNaming('bob', 4)
    const refused: [number[], CutTable][] = [
      [[1, ...firstNaming('feed', 1)], new CutTable()],
      [[2, ...bob, ...bob], new CutTable()],
      [[1, ...bob], known],
      [[1, 1, 0], known],
      [[1, 2, 1], known],
      [[0], new CutTable()],
      [[1, ...firstNaming('bob', 0)], new CutTable()],
    ]
    for (const [cutBytes, table] of refused) {
      const bytes = Uint8Array.of(0x12, 0, ...cutBytes, ...salt, ...update)
      const read = decodeEntry(bytes, feed, 0, table)
      assert.deepEqual(read.ok ? 'accepted' : read.reason, 'malformed')
    }
    const fine = Uint8Array.of(0x12, 0, 1, 1, 1, ...salt, ...update)
    assert.equal(decodeEntry(fine, feed, 0, known).ok, true)
  })
})

/** The wire form of a feed named for the first time, by hand: the encoder refuses to lie. */
function firstNaming(name: string, length: number): number[] {
  return [0, ...idToBytes(idNamed(name)), length]
}
