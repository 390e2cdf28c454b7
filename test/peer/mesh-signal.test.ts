import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type RoomId } from '../../src/base/ids.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { CARD_LIFETIME_S, SIGNAL_BYTES_MAX } from '../../src/discovery/limits.ts'
import {
  OfferMemory,
  openSignal,
  sealSignal,
  SIGNAL_NONCE_BYTES,
  type MeshSignal,
  type SignalWay,
} from '../../src/peer/mesh-signal.ts'
import type { Session } from '../../src/peer/session.ts'
import { seeded } from '../transport/seeded-random.ts'
import { newSession } from './stranger.ts'

const offer = (changes: Partial<MeshSignal> = {}): MeshSignal => ({
  kind: 'offer',
  nonce: randomBytes(SIGNAL_NONCE_BYTES),
  sequence: 1_000_000,
  description: utf8('where I am'),
  ...changes,
})

describe('an offer on its way through the mesh', () => {
  let alice: Session
  let bob: Session
  let carol: Session
  const room = idFromBytes<RoomId>(new Uint8Array(32).fill(7))
  before(async () => {
    ;[alice, bob, carol] = await Promise.all([newSession(), newSession(), newSession()])
  })
  const way = (from: Session, to: Session): SignalWay => ({ room, from: from.id, to: to.id })
  const seal = (from: Session, to: Session, signal: MeshSignal, place = way(from, to)) =>
    sealSignal(signal, place, { signer: from.signer, sealKey: to.sealKeyPair.publicKey })
  const open = (bytes: Uint8Array, from: Session, to: Session, place = way(from, to)) =>
    openSignal(bytes, place, { sealKeyPair: to.sealKeyPair, sender: from.device })

  test('[M5] is opened by the one it is for, and by nobody else', async () => {
    const signal = offer()
    const sealed = await seal(alice, bob, signal)
    assert(sealed)
    assert.ok(sealed.length <= SIGNAL_BYTES_MAX)
    const opened = await open(sealed, alice, bob)
    assert.deepEqual(opened, { ok: true, value: signal })
    const other = await openSignal(sealed, way(alice, bob), { sealKeyPair: carol.sealKeyPair, sender: alice.device })
    assert.equal(other.ok ? '' : other.reason, 'not-opened')
  })

  test('[M5] counts in its room, from its sender and to its receiver only', async () => {
    const sealed = await seal(alice, bob, offer())
    assert(sealed)
    const elsewhere = idFromBytes<RoomId>(new Uint8Array(32).fill(8))
    assert.equal((await open(sealed, alice, bob, { ...way(alice, bob), room: elsewhere })).ok, false)
    assert.equal((await open(sealed, alice, bob, way(carol, bob))).ok, false)
    // Carol knows Bob's seal key as everybody does, and says that she is Alice.
    const forged = await seal(carol, bob, offer(), way(alice, bob))
    assert(forged)
    const opened = await open(forged, alice, bob)
    assert.equal(opened.ok ? '' : opened.reason, 'signature')
  })

  test('[M5] that was changed on its way, in whatever place, is refused', async () => {
    const random = seeded(31)
    const sealed = await seal(alice, bob, offer())
    assert(sealed)
    for (let i = 0; i < 40; i++) {
      const changed: Uint8Array = sealed.slice()
      const at = Math.floor(random() * changed.length)
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      // The last bit of an X25519 key means nothing: such a box is the same box.
      if (at === 31) continue
      assert.equal((await open(changed, alice, bob)).ok, false, `byte ${at}, seed 31`)
      assert.equal((await open(sealed.subarray(0, at), alice, bob)).ok, false, `cut at ${at}, seed 31`)
    }
    assert.equal((await open(new Uint8Array(SIGNAL_BYTES_MAX + 1), alice, bob)).ok, false)
  })

  test('[M5] is not sent if it would not fit', async () => {
    assert.equal(await seal(alice, bob, offer({ description: new Uint8Array(SIGNAL_BYTES_MAX) })), undefined)
    const largest = await seal(alice, bob, offer({ description: new Uint8Array(SIGNAL_BYTES_MAX - 256) }))
    assert.ok(largest && largest.length <= SIGNAL_BYTES_MAX)
  })

  test('[M6] is answered once, and not when the card it was made by is long past', () => {
    const memory = new OfferMemory()
    const sequence = 1_000_000
    const nowMs = sequence * 1_000
    const fresh = offer()
    assert.equal(memory.isFresh(fresh, sequence, nowMs), true)
    assert.equal(memory.isFresh(fresh, sequence, nowMs), false)
    assert.equal(memory.isFresh(offer(), sequence, nowMs + CARD_LIFETIME_S * 1_000), true)
    assert.equal(memory.isFresh(offer(), sequence, nowMs + 2 * CARD_LIFETIME_S * 1_000 + 1_000), false)
    assert.equal(memory.isFresh(offer({ sequence: sequence + 1 }), sequence, nowMs), false, 'no card has it')
  })

  test('[M6] a flood of offers is forgotten from the oldest on', () => {
    const memory = new OfferMemory()
    const kept = offer()
    assert.equal(memory.isFresh(kept, kept.sequence, 0), true)
    for (let i = 0; i < 1_023; i++) assert.equal(memory.isFresh(offer(), kept.sequence, 0), true)
    assert.equal(memory.isFresh(kept, kept.sequence, 0), false)
    assert.equal(memory.isFresh(offer(), kept.sequence, 0), true)
    assert.equal(memory.isFresh(kept, kept.sequence, 0), true)
  })
})
