import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isMeetingFrame } from '../../src/transport/trystero-connection.ts'
import {
  isPeerId,
  readSignal,
  TRYSTERO_ENVELOPE_CHARS_MAX,
  TrysteroEnvelope,
} from '../../src/transport/trystero-envelope.ts'

const ALICE = 'A'.repeat(20)
const OFFER = `${'12,'.repeat(15)}7$${btoa('sealed by trystero')}`
const envelope = (password = 'secret', network = 'nostr', topic = 'a topic'): Promise<TrysteroEnvelope> =>
  TrysteroEnvelope.of(password, network, topic)

test('[TD5] what a member seals opens at the place it was sealed for, and nowhere else', async () => {
  const message = { peerId: ALICE, offer: OFFER, offerId: 'offer1' }
  const sealed = await (await envelope()).seal(JSON.stringify(message), 'place')
  assert.deepEqual(await (await envelope()).open(sealed, 'place'), { ok: true, value: message })
  const others = [
    (await envelope()).open(sealed, 'elsewhere'),
    (await envelope('another secret')).open(sealed, 'place'),
    (await envelope('secret', 'mqtt')).open(sealed, 'place'),
    (await envelope('secret', 'nostr', 'another topic')).open(sealed, 'place'),
  ]
  for (const opened of await Promise.all(others))
    assert.equal(opened.ok ? 'opened' : opened.reason, 'not-sealed-for-us')
})

test('[TD5] an envelope does not show what is in it', async () => {
  const sealed = await (await envelope()).seal(JSON.stringify({ peerId: ALICE }), 'place')
  assert.match(sealed, /^[A-Za-z0-9_-]+$/)
  assert.notEqual(sealed, await (await envelope()).seal(JSON.stringify({ peerId: ALICE }), 'place'))
})

test('[TD5] anything else is rejected and nothing throws', async () => {
  const opener = await envelope()
  for (const data of [undefined, null, 7, {}, '', 'A', 'not base64!', 'AAAA', 'A'.repeat(64)])
    assert.equal((await opener.open(data, 'place')).ok, false)
  const long = await opener.open('A'.repeat(TRYSTERO_ENVELOPE_CHARS_MAX + 1), 'place')
  assert.deepEqual(long, { ok: false, reason: 'too-large' })
  await fc.assert(fc.asyncProperty(fc.anything(), async (data) => !(await opener.open(data, 'place')).ok))
})

test('[TD5] a message holds nothing but what is known', () => {
  const message = { peerId: ALICE, passive: true, offerId: 'x', offer: OFFER, hasOutgoingOffer: true, peer: {} }
  assert.deepEqual(readSignal(JSON.stringify(message)), {
    ok: true,
    value: { peerId: ALICE, passive: true, offerId: 'x', offer: OFFER },
  })
  for (const wrong of [
    { peerId: 'propertyIsEnumerable' },
    { peerId: 'short' },
    { peerId: [ALICE] },
    { peerId: ALICE, offer: 'v=0' },
    { peerId: ALICE, answer: null },
    { peerId: ALICE, offer: OFFER, answer: OFFER },
    { peerId: ALICE, offerId: '__proto__' },
    { peerId: ALICE, candidate: OFFER },
  ])
    assert.equal(readSignal(JSON.stringify(wrong)).ok, false, JSON.stringify(wrong))
})

test('[TD5] no property that every object has is the id of a peer', () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) assert.equal(isPeerId(name), false, name)
  assert.ok(isPeerId(ALICE))
})

test('[TD5] only the frames of a meeting pass', () => {
  const frame = (action: string): ArrayBuffer => {
    const name = new TextEncoder().encode(action.padEnd(32, '\0'))
    return Uint8Array.from([1, 0, 2, 0x61, 0x62, ...name, 0, 0, 9, 255]).buffer
  }
  for (const action of ['dial', '@_hsdata', '@_hsready', '@_leave']) assert.ok(isMeetingFrame(frame(action)), action)
  for (const action of ['', '@_signal', '@_ping', '@_stream', '__proto__', 'constructor', 'dialling', 'x'.repeat(32)])
    assert.equal(isMeetingFrame(frame(action)), false, action)
  for (const data of ['text', null, new Uint8Array(2), new ArrayBuffer(0), new ArrayBuffer(4_000)])
    assert.equal(isMeetingFrame(data), false)
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      (bytes) => typeof isMeetingFrame(bytes.slice().buffer) === 'boolean',
    ),
  )
})
