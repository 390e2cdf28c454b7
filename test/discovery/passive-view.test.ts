import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCard, type Card } from '../../src/discovery/card.ts'
import {
  CARD_LIFETIME_S,
  FAILURE_KEPT_MS,
  FAILURES_KEPT_MAX,
  PASSIVE_SLOTS,
  REFUSAL_KEPT_MS,
} from '../../src/discovery/limits.ts'
import { PassiveView } from '../../src/discovery/passive-view.ts'
import { makeCard, personNamed, seeded, sessionNamed } from './overlay-simulation.ts'

const cardOf = (name: string, sequence = 1): Card => {
  const decoded = decodeCard(makeCard(sessionNamed(name), sequence))
  assert.ok(decoded.ok)
  return { ...decoded.value, person: personNamed(name), branch: personNamed('founder') }
}
const always = (): boolean => true

test('[OV9] in a room of up to 48 all cards are kept', () => {
  const view = new PassiveView(seeded(1))
  for (let i = 0; i < PASSIVE_SLOTS; i++) view.insert({ card: cardOf(`member ${i}`), signedAtMs: 0 })
  assert.equal(view.size, PASSIVE_SLOTS)
})

test('[OV9] however often a tenth of the sessions is pushed, it holds about a tenth of the view', () => {
  let pushed = 0
  for (let seed = 1; seed <= 20; seed++) {
    const view = new PassiveView(seeded(seed))
    for (let i = 0; i < 900; i++) view.insert({ card: cardOf(`honest ${i}`), signedAtMs: 0 })
    for (let round = 0; round < 5; round++)
      for (let i = 0; i < 100; i++) view.insert({ card: cardOf(`sybil ${i}`, round + 1), signedAtMs: 0 })
    const sybils = new Set(Array.from({ length: 100 }, (_, i) => sessionNamed(`sybil ${i}`)))
    for (const { card } of view.cards) if (sybils.has(card.session)) pushed++
    assert.ok(view.size <= PASSIVE_SLOTS, `seed ${seed}`)
  }
  const share = pushed / (20 * PASSIVE_SLOTS)
  assert.ok(share > 0.05 && share < 0.17, `a share of ${share}`)
})

test('[OV9] a redrawn slot holds another member sooner or later', () => {
  const view = new PassiveView(seeded(2))
  for (let i = 0; i < 300; i++) view.insert({ card: cardOf(`member ${i}`), signedAtMs: 0 })
  const before = new Set([...view.cards].map(({ card }) => card.session))
  for (let i = 0; i < PASSIVE_SLOTS; i++) view.redraw()
  for (let i = 0; i < 300; i++) view.insert({ card: cardOf(`member ${i}`), signedAtMs: 0 })
  const kept = [...view.cards].filter(({ card }) => before.has(card.session)).length
  assert.ok(kept < PASSIVE_SLOTS / 2, `${kept} of ${PASSIVE_SLOTS} stayed`)
})

test('[OV7] a greater sequence replaces a card, a smaller or equal one does not, and none outlives its lifetime', () => {
  const view = new PassiveView(seeded(3))
  const bob = sessionNamed('Bob')
  view.insert({ card: cardOf('Bob', 5), signedAtMs: 0 })
  view.insert({ card: cardOf('Bob', 4), signedAtMs: 9_000 })
  view.insert({ card: cardOf('Bob', 5), signedAtMs: 9_000 })
  assert.equal(view.get(bob)?.signedAtMs, 0)
  assert.equal(view.wouldTake(cardOf('Bob', 5), 0, 0), false)
  assert.equal(view.wouldTake(cardOf('Bob', 6), 0, 0), true)
  assert.equal(view.wouldTake(cardOf('Bob', 6), CARD_LIFETIME_S * 1_000, 0), false)
  view.expire(CARD_LIFETIME_S * 1_000 - 1)
  assert.equal(view.size, 1)
  view.expire(CARD_LIFETIME_S * 1_000)
  assert.equal(view.size, 0)
  assert.equal(view.pick(0, always), undefined)
})

test('[OV11] twice failed is left alone for ten minutes, refused for twenty seconds', () => {
  const view = new PassiveView(seeded(4))
  const bob = sessionNamed('Bob')
  view.insert({ card: cardOf('Bob'), signedAtMs: 0 })
  view.refused(bob, 0)
  assert.equal(view.pick(REFUSAL_KEPT_MS - 1, always), undefined)
  assert.equal(view.pick(REFUSAL_KEPT_MS, always)?.session, bob)
  view.failed(bob, 0)
  assert.equal(view.pick(REFUSAL_KEPT_MS, always)?.session, bob)
  view.failed(bob, REFUSAL_KEPT_MS)
  assert.equal(view.size, 0)
  assert.equal(view.wouldTake(cardOf('Bob', 2), 0, FAILURE_KEPT_MS), false)
  assert.equal(view.wouldTake(cardOf('Bob', 2), 0, FAILURE_KEPT_MS + REFUSAL_KEPT_MS), true)
  view.failed(bob, 0)
  view.forgive()
  assert.equal(view.isAvoided(bob, 1), false)
})

test('[OV22] failures are remembered of so many sessions only', () => {
  const view = new PassiveView(seeded(5))
  for (let i = 0; i <= FAILURES_KEPT_MAX; i++) view.refused(sessionNamed(`member ${i}`), 0)
  assert.equal(view.isAvoided(sessionNamed('member 0'), 1), false)
  assert.equal(view.isAvoided(sessionNamed('member 1'), 1), true)
})
