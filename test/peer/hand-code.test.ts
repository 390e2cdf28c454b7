import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { idFromBytes, type RoomId } from '../../src/base/ids.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import {
  HAND_CODE_CHARS_MAX,
  HandCodes,
  handInvitationOf,
  offerHash,
  readHandCode,
  splitHandInvitation,
} from '../../src/peer/hand-code.ts'
import { seeded } from '../transport/seeded-random.ts'

const roomOf = (seed: number) => idFromBytes<RoomId>(new Uint8Array(32).fill(seed))
const secret = new Uint8Array(32).fill(7)
const codes = new HandCodes(secret, roomOf(1))
const offer = Uint8Array.from({ length: 180 }, (_, i) => i)
const answer = Uint8Array.from({ length: 170 }, (_, i) => 255 - i)
const NOW_MS = 1_900_000_000_000

const reasonOf = (text: string, by = codes): string => {
  const read = by.decodeOffer(text)
  return read.ok ? 'read' : read.reason
}

describe('a code that people carry', () => {
  it('[HD1] brings what was sealed to another device of the room', () => {
    const there = new HandCodes(secret.slice(), roomOf(1))
    const read = there.decodeOffer(codes.encodeOffer(offer, NOW_MS))
    assert(read.ok)
    assert.deepEqual(read.value.offer, offer)
    assert(NOW_MS - read.value.madeAtMs >= 0 && NOW_MS - read.value.madeAtMs < 60_000)
    const back = codes.decodeAnswer(there.encodeAnswer(answer, offer))
    assert.deepEqual(back, { ok: true, value: { answer, offerHash: offerHash(offer) } })
  })

  it('[HD1] is short enough for a QR code, and says nothing twice', () => {
    const [first, second] = [codes.encodeOffer(offer, NOW_MS), codes.encodeOffer(offer, NOW_MS)]
    assert(first.length < 350, `${first.length} characters`)
    assert.notEqual(first.slice(20), second.slice(20))
  })

  it('[HD2] is read with words around it and line breaks inside', () => {
    const code = codes.encodeOffer(offer, NOW_MS)
    const broken = code.replace(/(.{40})/g, '$1\n  ')
    for (const text of [
      code,
      `Paste this: ${code} Thanks`,
      `> ${broken}\n`,
      `${code}.`,
      `"${code}"`,
      `${code} see you soon`,
    ])
      assert.equal(reasonOf(text), 'read', text)
  })

  it('[HD2] every beginning of it is found not to be complete', () => {
    const code = codes.encodeOffer(offer, NOW_MS)
    for (let length = 3; length < code.length; length++)
      assert.equal(reasonOf(code.slice(0, length)), 'not-complete', `${length} characters`)
    assert.equal(reasonOf(code.slice(6)), 'not-complete')
  })

  it('[HD2] a single wrong character is found, and a missing one', () => {
    const code = codes.encodeOffer(offer, NOW_MS)
    const start = 'parley-offer.'.length
    for (let at = start; at < code.length; at++) {
      const other = code[at] === 'A' ? 'B' : 'A'
      assert.notEqual(reasonOf(code.slice(0, at) + other + code.slice(at + 1)), 'read')
      assert.notEqual(reasonOf(code.slice(0, at) + code.slice(at + 1)), 'read')
    }
    const middle = Math.floor(code.length / 2)
    const wrong = code.slice(0, middle) + (code[middle] === 'A' ? 'B' : 'A') + code.slice(middle + 1)
    assert.equal(reasonOf(wrong), 'damaged')
  })

  it('[HD2] what it is instead is said: nothing of ours, the other kind, of another room, of a later version', () => {
    const code = codes.encodeOffer(offer, NOW_MS)
    for (const text of ['', 'hello', 'https://example.org/#/join/abc', 'x'.repeat(HAND_CODE_CHARS_MAX + 1)])
      assert.equal(reasonOf(text), 'not-a-code', text)
    assert.equal(reasonOf(codes.encodeAnswer(answer, offer)), 'wrong-kind')
    assert.equal(reasonOf(code, new HandCodes(secret, roomOf(2))), 'another-room')
    assert.equal(reasonOf(code, new HandCodes(randomBytes(32), roomOf(1))), 'another-room')
    assert.equal(reasonOf(code.replace('offer.A', 'offer.B')), 'newer-version')
  })

  it('[HD1] an answer is no offer, even under another name', () => {
    const code = codes.encodeAnswer(answer, offer).replace('-answer.', '-offer.')
    assert.equal(reasonOf(code), 'damaged')
  })

  it('[HD2] any text at all is read or refused', () => {
    const chars = fc.constantFrom(...'ABCxyz019-_. \n'.split(''))
    const texts = fc.oneof(
      fc.string({ maxLength: 400 }),
      fc.string({ unit: chars, maxLength: 400 }).map((rest) => `parley-offer.AQ${rest}`),
      fc.string({ unit: chars, maxLength: 400 }).map((rest) => `parley-answer.AQAA${rest}`),
    )
    fc.assert(
      fc.property(texts, (text) => {
        codes.decodeOffer(text)
        codes.decodeAnswer(text)
        splitHandInvitation(text)
      }),
    )
    // With a right checksum, so that what is inside is reached too.
    const seed = Date.now() & 0xffff
    const random = seeded(seed)
    for (let round = 0; round < 500; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256))
      const code = codes.encodeOffer(bytes, Math.floor(random() * NOW_MS))
      assert(readHandCode('offer', code).ok, `seed ${seed}, round ${round}`)
      assert.equal(reasonOf(code), 'read', `seed ${seed}, round ${round}`)
    }
  })

  it('[HD3] an invite link with an offer in it gives both back', () => {
    const link = 'https://example.org/app/#/join/AbC-_9'
    const code = codes.encodeOffer(offer, NOW_MS)
    assert.deepEqual(splitHandInvitation(` ${handInvitationOf(link, code)}\n`), { inviteLink: link, offerCode: code })
    const broken = handInvitationOf(link, code).replace(/(.{30})/g, '$1\n')
    assert.deepEqual(splitHandInvitation(broken), { inviteLink: link, offerCode: code })
    assert.deepEqual(splitHandInvitation(link), { inviteLink: link, offerCode: undefined })
  })
})
