import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { toBase64 } from 'lib0/buffer'
import { BackOff } from '../../src/transport/back-off.ts'
import { fingerprintOf } from '../../src/transport/rtc-link.ts'
import {
  ENVELOPE_CHARS_MAX,
  openSignalling,
  readSignalling,
  sealSignalling,
  type SignallingMessage,
} from '../../src/transport/signalling-message.ts'
import { TokenBucket } from '../../src/base/token-bucket.ts'
import { seeded } from './seeded-random.ts'

const keyOf = (byte: number) =>
  crypto.subtle.importKey('raw', new Uint8Array(32).fill(byte), 'AES-GCM', false, ['encrypt', 'decrypt'])
const offer = { type: 'signal', from: 'alice', to: 'bob', token: 1.5, signal: { type: 'offer', sdp: 'v=0' } } as const
const MAILBOX = '0b5c1f6e-1d2a-4c3b-8e4f-5a6b7c8d9e0f'

describe('a sealed signal', () => {
  it('opens with the key of the room and gives back the message', async () => {
    const key = await keyOf(1)
    const messages: SignallingMessage[] = [
      { type: 'announce', from: 'alice' },
      { type: 'announce', from: 'alice', mailbox: MAILBOX },
      offer,
      { ...offer, mailbox: MAILBOX },
      { ...offer, signal: { type: 'candidate', candidate: { candidate: 'c', sdpMLineIndex: 0, sdpMid: '0' } } },
    ]
    for (const message of messages)
      assert.deepEqual(await openSignalling(await sealSignalling(message, key), key), { ok: true, value: message })
  })

  it('[YD2] is refused with a reason when it is for another room, not text, too long, or garbage', async () => {
    const key = await keyOf(1)
    const reasonFor = async (data: unknown) => {
      const opened = await openSignalling(data, key)
      return opened.ok ? 'opened' : opened.reason
    }
    assert.equal(await reasonFor(await sealSignalling(offer, await keyOf(2))), 'not-sealed-for-us')
    assert.equal(await reasonFor({ type: 'announce', from: 'alice' }), 'malformed')
    assert.equal(await reasonFor(null), 'malformed')
    assert.equal(await reasonFor('A'.repeat(ENVELOPE_CHARS_MAX + 1)), 'too-large')
    for (const text of ['', 'garbage', '!!!!', 'AAAA', toBase64(new Uint8Array(200).fill(255))])
      assert.notEqual(await reasonFor(text), 'opened')
  })

  it('[YD2] never throws, whatever the bytes', async () => {
    const key = await keyOf(1)
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.uint8Array().map(toBase64)), async (data) => {
        assert.equal((await openSignalling(data, key)).ok, false)
      }),
    )
  })
})

describe('a signal from somebody who has the key', () => {
  const reasonFor = (plain: unknown) => (readSignalling(plain).ok ? 'read' : 'refused')

  it('[YD9] names a topic of its own, and no other, as the one on which it is answered', () => {
    assert.equal(reasonFor({ type: 'announce', from: 'alice', mailbox: MAILBOX }), 'read')
    // The topic of a room, text that is none, too much of it.
    for (const mailbox of ['q'.repeat(43), '', MAILBOX.toUpperCase(), `${MAILBOX} `, 7, null, [MAILBOX]])
      assert.equal(reasonFor({ type: 'announce', from: 'alice', mailbox }), 'refused')
  })

  it('[YD2] is read without anything that we do not know', () => {
    const more = { ...offer, extra: 1, signal: { ...offer.signal, renegotiate: true } }
    assert.deepEqual(readSignalling(more), { ok: true, value: offer })
  })

  it('[YD2] is refused when its shape is wrong', () => {
    const { signal: _, ...unsigned } = offer
    const bad: unknown[] = [
      undefined,
      null,
      7,
      [],
      {},
      unsigned,
      { ...offer, from: '' },
      { ...offer, from: 'x'.repeat(65) },
      { ...offer, to: undefined },
      { ...offer, token: Number.NaN },
      { ...offer, token: '1' },
      { ...offer, type: 'hello' },
      { ...offer, signal: null },
      { ...offer, signal: { type: 'offer' } },
      { ...offer, signal: { type: 'offer', sdp: 'x'.repeat(16_385) } },
      { ...offer, signal: { type: 'renegotiate', renegotiate: true } },
      { ...offer, signal: { type: 'candidate', candidate: { candidate: 'c' } } },
      { ...offer, signal: { type: 'candidate', candidate: { candidate: 1, sdpMid: '0' } } },
      { ...offer, signal: { type: 'candidate', candidate: { candidate: 'c', sdpMLineIndex: -1 } } },
    ]
    for (const plain of bad) assert.equal(reasonFor(plain), 'refused', JSON.stringify(plain))
  })

  it('[YD2] never makes the reader throw', () => {
    fc.assert(
      fc.property(fc.anything(), (plain) => {
        assert.equal(reasonFor(plain), 'refused')
      }),
    )
  })
})

describe('the fingerprint of a description', () => {
  const line = (byte: string, algorithm = 'sha-256') =>
    `a=fingerprint:${algorithm} ${Array(32).fill(byte).join(':')}\r\n`

  it('[RT2] is read when there is exactly one', () => {
    assert.deepEqual(fingerprintOf(`v=0\r\n${line('AB')}m=x\r\n${line('ab')}`), new Uint8Array(32).fill(0xab))
  })

  it('[RT2] is not taken from a description with none, two, or one of another kind', () => {
    for (const sdp of [
      undefined,
      '',
      'v=0',
      line('AB') + line('AC'),
      line('AB', 'sha-1'),
      line('AB') + line('AB', 'md5'),
    ])
      assert.equal(fingerprintOf(sdp), undefined)
    assert.equal(fingerprintOf('a=fingerprint:sha-256 AB:CD\r\n'), undefined)
  })
})

describe('a token bucket', () => {
  it('allows a burst, then so many a second, and never saves up more than the burst', () => {
    const bucket = new TokenBucket({ burst: 3, perSecond: 2, nowMs: 0 })
    const taken = (nowMs: number) => {
      let count = 0
      while (bucket.take(nowMs)) count++
      return count
    }
    assert.equal(taken(0), 3)
    assert.equal(taken(400), 0)
    assert.equal(taken(1_000), 2)
    assert.equal(taken(100_000), 3)
    // A clock that goes back gives nothing.
    assert.equal(taken(0), 0)
  })
})

describe('a back-off', () => {
  it('doubles up to its maximum with jitter, and starts again after a reset', () => {
    const seed = 11
    const backOff = new BackOff({ firstMs: 1_000, maxMs: 60_000, random: seeded(seed) })
    for (let round = 0; round < 2; round++) {
      for (const spanMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
        const pauseMs = backOff.next()
        assert.ok(pauseMs >= spanMs / 2 && pauseMs <= spanMs, `seed ${seed}: ${pauseMs} of ${spanMs}`)
      }
      backOff.reset()
    }
  })
})
