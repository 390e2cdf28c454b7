import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { toBase64url } from '../../src/base/bytes.ts'
import { idFromBytes, type FeedId, type SessionId } from '../../src/base/ids.ts'
import type { SignedEntry } from '../../src/feed/chain.ts'
import { childrenOf, type ComparePart, type FeedRange } from '../../src/sync/feed-range.ts'
import { MESSAGE_BYTES_MAX } from '../../src/sync/limits.ts'
import {
  decodeSyncMessage,
  encodeSyncMessage,
  type FeedReference,
  type RangeEnd,
  type Scope,
  type SyncMessage,
} from '../../src/sync/sync-message.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const length = fc.nat({ max: 2 ** 31 - 1 })
const scope = fc.constantFrom<Scope>('logs', 'all')
const reference: fc.Arbitrary<FeedReference> = fc.oneof(
  fc.record({ isNew: fc.constant<false>(false), index: fc.nat({ max: 16_000 }) }),
  fc.record({ isNew: fc.constant<false>(false), index: fc.nat({ max: 16_000 }), isYours: fc.constant<true>(true) }),
  fc.record({
    isNew: fc.constant<true>(true),
    kind: fc.constantFrom<'log' | 'document'>('log', 'document'),
    feed: bytes(32).map((id) => idFromBytes<FeedId>(id)),
  }),
)
/** Entries under one signature. */
const entries = (minLength: number): fc.Arbitrary<SignedEntry[]> =>
  fc
    .tuple(fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength, maxLength: 5 }), bytes(64))
    .map(([list, signature]) =>
      list.map((entry, i) => ({ bytes: entry, signature: i === list.length - 1 ? signature : undefined })),
    )

const push: fc.Arbitrary<SyncMessage> = fc
  .tuple(reference, fc.option(length, { nil: undefined }), entries(1))
  .map(([feed, seq, pushed]) => ({
    type: 'push',
    feed,
    seq: pushed.length === 1 ? seq : (seq ?? 7),
    entries: pushed,
  }))

const range: fc.Arbitrary<SyncMessage> = fc
  .tuple(length, length, fc.constantFrom<RangeEnd>('more', 'done', 'declined', 'diverged'), entries(1))
  .map(([want, from, end, given]) => ({
    type: 'range',
    want,
    from,
    end,
    entries: end === 'declined' || end === 'diverged' ? [] : given,
  }))

/** Ranges of one depth, in order. */
const parts = <T>(of: (place: FeedRange) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc
    .tuple(fc.nat({ max: 2 }), fc.uniqueArray(fc.nat({ max: 63 }), { maxLength: 5 }))
    .chain(([depth, prefixes]) =>
      fc.tuple(...(depth === 0 ? [0] : prefixes.toSorted((a, b) => a - b)).map((prefix) => of({ depth, prefix }))),
    )

const comparePart = (place: FeedRange): fc.Arbitrary<ComparePart> => {
  const children = childrenOf(place.depth)
  const states = fc.array(bytes(3)).map((hashes): ComparePart => ({ ...place, kind: 'states', hashes }))
  if (children === 0) return states
  const ranges = fc
    .array(bytes(2), { minLength: children, maxLength: children })
    .map((hashes): ComparePart => ({ ...place, kind: 'ranges', hashes }))
  return fc.oneof(states, ranges)
}

const message: fc.Arbitrary<SyncMessage> = fc.oneof(
  fc.record({
    type: fc.constant<'vector'>('vector'),
    items: fc.array(fc.record({ feed: reference, length, hashPrefix: bytes(16) }), { maxLength: 10 }),
  }),
  fc.record({ type: fc.constant<'compare'>('compare'), scope, salt: fc.nat({ max: 255 }), parts: parts(comparePart) }),
  fc.record({
    type: fc.constant<'lacking'>('lacking'),
    scope,
    salt: fc.nat({ max: 255 }),
    parts: parts((place) => fc.array(bytes(3)).map((hashes) => ({ ...place, hashes }))),
  }),
  fc.record({ type: fc.constant<'have'>('have'), items: fc.array(fc.record({ feed: reference, length })) }),
  fc.record({ type: fc.constantFrom<'prune' | 'graft'>('prune', 'graft'), feeds: fc.array(reference) }),
  push,
  range,
  fc.record({
    type: fc.constant<'want'>('want'),
    want: length,
    feed: reference,
    from: length,
    to: fc.constantFrom(0, 2 ** 31),
    hashPrefix: bytes(16),
    creditBytes: fc.nat({ max: 200_000 }),
  }),
  fc.record({
    type: fc.constant<'want'>('want'),
    want: length,
    feed: reference,
    from: length,
    to: fc.constant(0),
    hashPrefix: bytes(16),
    creditBytes: fc.nat({ max: 200_000 }),
    isGraft: fc.constant<true>(true),
  }),
  fc.record({ type: fc.constant<'credit'>('credit'), want: length, creditBytes: fc.nat({ max: 200_000 }) }),
  fc.record({ type: fc.constant<'cancel'>('cancel'), want: length }),
  fc.record({ type: fc.constant<'neighbours'>('neighbours'), sessions: fc.array(bytes(8).map(toBase64url)) }),
  fc.record({ type: fc.constantFrom<'ping' | 'pong'>('ping', 'pong'), scope, digest: bytes(8) }),
  fc.record({
    type: fc.constant<'branch'>('branch'),
    feed: reference,
    length,
    hash: bytes(32),
    signature: bytes(64),
  }),
  fc.record({ type: fc.constant<'evidence'>('evidence'), bytes: fc.uint8Array() }),
  fc.record({
    type: fc.constant<'heads'>('heads'),
    session: bytes(32).map((id) => idFromBytes<SessionId>(id)),
    counter: length,
    bytes: fc.uint8Array(),
  }),
  fc.record({ type: fc.constant<'stated-digest'>('stated-digest'), digest: bytes(8) }),
  fc.record({
    type: fc.constant<'stated'>('stated'),
    items: fc.array(fc.record({ session: bytes(8).map(toBase64url), counter: length })),
  }),
  fc.record({ type: fc.constant<'ask-stated'>('ask-stated'), sessions: fc.array(bytes(8).map(toBase64url)) }),
  fc.record({ type: fc.constant<'application'>('application'), bytes: fc.uint8Array() }),
)

describe('sync messages', () => {
  test('[SY3] every message is read as it was written', () => {
    fc.assert(
      fc.property(message, (written) => {
        assert.deepEqual(decodeSyncMessage(encodeSyncMessage(written)), { ok: true, value: structuredClone(written) })
      }),
      { numRuns: 2000 },
    )
  })

  test('[SY16] mutated messages are read or rejected, and what is read was written in the only way', () => {
    fc.assert(
      fc.property(message, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }), (written, changes) => {
        const mutated = encodeSyncMessage(written)
        for (const [at, value] of changes) mutated[at % mutated.length] = value
        const result = decodeSyncMessage(mutated)
        if (result.ok) assert.deepEqual(encodeSyncMessage(result.value), mutated)
      }),
      { numRuns: 5000 },
    )
  })

  test('[SY16] garbage, cut and lengthened messages are rejected without an exception', () => {
    fc.assert(
      fc.property(message, fc.uint8Array(), (written, garbage) => {
        const whole = encodeSyncMessage(written)
        decodeSyncMessage(garbage)
        if (
          [
            'vector',
            'compare',
            'lacking',
            'have',
            'prune',
            'graft',
            'want',
            'ping',
            'pong',
            'branch',
            'neighbours',
          ].includes(written.type)
        ) {
          for (let end = 0; end < whole.length; end++) assert(!decodeSyncMessage(whole.subarray(0, end)).ok)
          assert(!decodeSyncMessage(Uint8Array.of(...whole, 0)).ok)
        }
      }),
      { numRuns: 300 },
    )
    assert.deepEqual(decodeSyncMessage(new Uint8Array(MESSAGE_BYTES_MAX + 1).fill(17)), {
      ok: false,
      reason: 'malformed',
      detail: 'too long',
    })
  })

  test('[SY6] an entry of a known feed costs two bytes beside itself and its signature, or three', () => {
    const entry: SignedEntry = { bytes: new Uint8Array(100).fill(1), signature: new Uint8Array(64) }
    const cost = (index: number): number =>
      encodeSyncMessage({ type: 'push', feed: { isNew: false, index }, seq: undefined, entries: [entry] }).length - 164
    assert.equal(cost(0), 2)
    assert.equal(cost(124), 2)
    assert.equal(cost(125), 3)
    assert.equal(cost(16_000), 3)
  })

  test('[SY16] entries that are read are copies, so that keeping one does not keep its message', () => {
    const entry: SignedEntry = { bytes: Uint8Array.of(1, 2, 3), signature: new Uint8Array(64) }
    const result = decodeSyncMessage(
      encodeSyncMessage({ type: 'range', want: 1, from: 0, end: 'done', entries: [entry] }),
    )
    assert(result.ok && result.value.type === 'range')
    assert.equal(result.value.entries[0]?.bytes.buffer.byteLength, 3)
  })
})
