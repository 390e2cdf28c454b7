import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CARD_LIFETIME_MAX_S, CARDS_PER_MESSAGE_MAX, CARD_HOPS_MAX } from '../../src/discovery/limits.ts'
import { CARD_BYTES_MAX, decodeCard, readCard, type CardClaim } from '../../src/discovery/card.ts'
import {
  decodeOverlayMessage,
  encodeOverlayMessage,
  OVERLAY_MESSAGE_BYTES_MAX,
  type OverlayMessage,
} from '../../src/discovery/overlay-message.ts'
import { decode } from '../../src/base/codec.ts'
import { makeCard, sessionNamed } from './overlay-simulation.ts'

function claimOf(name: string, sequence = 1): CardClaim {
  const decoded = decodeCard(makeCard(sessionNamed(name), sequence))
  assert.ok(decoded.ok)
  return decoded.value
}

const record = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(fields, { noNullPrototype: true })
const nonce = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const name = fc.constantFrom('Alice', 'Bob', 'Carol', 'Ada', 'Ben', 'Cleo')
const aged = record({
  ageS: fc.integer({ min: 0, max: CARD_LIFETIME_MAX_S }),
  hops: fc.integer({ min: 0, max: CARD_HOPS_MAX }),
  card: fc.tuple(name, fc.integer({ min: 0, max: 2 ** 40 })).map(([who, sequence]) => claimOf(who, sequence)),
})
const cards = fc.array(aged, { maxLength: CARDS_PER_MESSAGE_MAX })
const session = name.map((who) => sessionNamed(who))
const message: fc.Arbitrary<OverlayMessage> = fc.oneof(
  record({ type: fc.constant('status' as const), degree: fc.integer({ min: 0, max: 60 }), cards }),
  record({
    type: fc.constant('walk' as const),
    kind: fc.constantFrom('shuffle' as const, 'seek' as const),
    nonce,
    hopsLeft: fc.integer({ min: 0, max: 6 }),
    cards: fc.array(aged, { minLength: 1, maxLength: CARDS_PER_MESSAGE_MAX }),
  }),
  record({ type: fc.constant('walk-end' as const), nonce, hasPlace: fc.boolean(), cards }),
  record({
    type: fc.constant('signal' as const),
    kind: fc.constantFrom(
      'knock' as const,
      'plea' as const,
      'trial' as const,
      'welcome' as const,
      'refuse' as const,
      'no-route' as const,
    ),
    to: session,
    from: session,
    nonce,
    hops: fc.integer({ min: 0, max: 12 }),
    cards,
    bytes: fc.constant(new Uint8Array(0)),
  }),
  record({
    type: fc.constant('signal' as const),
    kind: fc.constantFrom('offer' as const, 'answer' as const),
    to: session,
    from: session,
    nonce,
    hops: fc.integer({ min: 0, max: 12 }),
    cards,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4096 }),
  }),
  record({
    type: fc.constant('leave' as const),
    reason: fc.constantFrom('left' as const, 'full' as const, 'swapped' as const),
    cards,
  }),
  record({ type: fc.constantFrom('ping' as const, 'pong' as const, 'keep' as const) }),
)

test('[OV21] what an overlay says is what the other one reads', () => {
  fc.assert(
    fc.property(message, (said) => {
      const bytes = encodeOverlayMessage(said)
      assert.ok(bytes.length <= OVERLAY_MESSAGE_BYTES_MAX)
      const heard = decodeOverlayMessage(bytes)
      assert.ok(heard.ok)
      assert.deepEqual(heard.value, said)
    }),
  )
})

test('[OV21] any bytes are a message or rejected, and a message has one encoding only', () => {
  const damaged = fc
    .tuple(message, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat({ max: 40 }))
    .map(([said, at, value, cut]) => {
      const bytes = encodeOverlayMessage(said).slice()
      bytes[at % bytes.length] = value
      return cut > 20 ? bytes.subarray(0, Math.max(0, bytes.length - (cut - 20))) : bytes
    })
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 600 })), (bytes) => {
      const heard = decodeOverlayMessage(bytes)
      if (heard.ok) assert.deepEqual(encodeOverlayMessage(heard.value), bytes.slice())
    }),
    { numRuns: 2_000 },
  )
})

test('[OV21] a message over its length is not even looked at', () => {
  const heard = decodeOverlayMessage(new Uint8Array(OVERLAY_MESSAGE_BYTES_MAX + 1))
  assert.ok(!heard.ok)
  assert.equal(heard.detail, 'too long')
})

test('[OV7] a card has at most its length, and nothing after it', () => {
  const bytes = makeCard(sessionNamed('Alice'), Number.MAX_SAFE_INTEGER, {
    isEdge: true,
    isSuper: true,
    isHidden: true,
  })
  assert.ok(bytes.length <= CARD_BYTES_MAX)
  const decoded = decodeCard(bytes)
  assert.ok(decoded.ok && decoded.value.isEdge && decoded.value.isSuper && decoded.value.isHidden)
  assert.deepEqual(decoded.value.bytes, bytes)
  assert.ok(!decodeCard(Uint8Array.of(...bytes, 0)).ok)
  assert.ok(!decode(bytes.subarray(1), readCard).ok)
})
