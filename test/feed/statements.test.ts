import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { emptyChain, extendChain, signHead } from '../../src/feed/chain.ts'
import { clientIdOf, feedIdOf, logIdOf, sessionIdOf } from '../../src/feed/feed-id.ts'
import { decodeForkEvidence, encodeForkEvidence, verifyForkEvidence, type ForkEvidence } from '../../src/feed/fork.ts'
import { decodeHeadVector, signHeadVector, verifyHeadVector, type HeadVector } from '../../src/feed/head-vector.ts'
import { damaged, deviceOf, idNamed, signerNamed } from './feed-samples.ts'

const alice = signerNamed('alice')
const device = deviceOf(alice)
const feed = idNamed('feed')

async function forked(left: string, right: string, signer = alice): Promise<ForkEvidence> {
  const branches = await Promise.all(
    [left, right].map(async (text) => {
      const head = extendChain(emptyChain(feed), utf8(text))
      return { hash: head.hash, signature: await signHead(signer, feed, head) }
    }),
  )
  const [first, second] = branches
  assert(first && second)
  return { feed, length: 1, branches: [first, second] }
}

describe('fork evidence', () => {
  it('[F7] convinces anybody that a device signed two histories of one length', async () => {
    const decoded = decodeForkEvidence(encodeForkEvidence(await forked('one', 'other')))
    assert(decoded.ok)
    assert.equal((await verifyForkEvidence(decoded.value, device)).ok, true)
  })

  it('[F7] is none when both histories are one, or somebody else signed', async () => {
    assert.deepEqual(await verifyForkEvidence(await forked('one', 'one'), device), {
      ok: false,
      reason: 'same-branch',
    })
    const framed = await forked('one', 'other', signerNamed('mallory'))
    assert.deepEqual(await verifyForkEvidence(framed, device), { ok: false, reason: 'signature' })
    const longer = { ...(await forked('one', 'other')), length: 2 }
    assert.deepEqual(await verifyForkEvidence(longer, device), { ok: false, reason: 'signature' })
  })

  it('[F7] damaged, it is refused', async () => {
    for (const bytes of damaged(encodeForkEvidence(await forked('one', 'other')))) {
      const decoded = decodeForkEvidence(bytes)
      assert.equal(decoded.ok && (await verifyForkEvidence(decoded.value, device)).ok, false)
    }
  })
})

describe('a head vector', () => {
  const vector: HeadVector = {
    room: idNamed('room'),
    session: idNamed('session'),
    counter: 12,
    heads: [{ feed, length: 300, hash: new Uint8Array(32).fill(1) }],
  }

  it('[F8] reads back and is believed when its device signed it', async () => {
    const signed = await signHeadVector(alice, vector)
    const decoded = decodeHeadVector(signed.bytes)
    assert(decoded.ok)
    assert.deepEqual(decoded.value, signed)
    assert.equal((await verifyHeadVector(decoded.value, device)).ok, true)
    assert.equal((await verifyHeadVector(decoded.value, deviceOf(signerNamed('bob')))).ok, false)
  })

  it('[F8] damaged, it is refused', async () => {
    for (const bytes of damaged((await signHeadVector(alice, vector)).bytes)) {
      const decoded = decodeHeadVector(bytes)
      assert.equal(decoded.ok && (await verifyHeadVector(decoded.value, device)).ok, false)
    }
  })
})

describe('names', () => {
  it('[F9] of sessions, logs, feeds and clients differ with everything that they are made of', () => {
    const nonce = new Uint8Array(16)
    const other = new Uint8Array(16).fill(1)
    assert.notEqual(sessionIdOf(device, nonce), sessionIdOf(device, other))
    assert.notEqual(logIdOf(idNamed('room'), idNamed('a')), logIdOf(idNamed('room 2'), idNamed('a')))
    const ids = new Set([
      feedIdOf(idNamed('a'), idNamed('d'), idNamed('g')),
      feedIdOf(idNamed('b'), idNamed('d'), idNamed('g')),
      feedIdOf(idNamed('a'), idNamed('e'), idNamed('g')),
      feedIdOf(idNamed('a'), idNamed('d'), idNamed('h')),
      logIdOf(idNamed('a'), idNamed('d')),
    ])
    assert.equal(ids.size, 5)
  })

  it('[F9] a client id is a whole number that a double holds exactly', () => {
    const seen = new Set<number>()
    for (let i = 0; i < 500; i++) {
      const client = clientIdOf(idNamed(`feed ${i}`), idNamed('document'))
      assert(Number.isSafeInteger(client) && client >= 0)
      seen.add(client)
    }
    assert.equal(seen.size, 500)
    assert(Math.max(...seen) > 2 ** 52)
  })
})
