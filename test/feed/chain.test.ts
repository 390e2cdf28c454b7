import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { emptyChain, ENTRY_BYTES_MAX, extendChain, signHead, verifyRange } from '../../src/feed/chain.ts'
import type { ChainHead, SignedEntry } from '../../src/feed/chain.ts'
import { damaged, deviceOf, idNamed, signerNamed } from './feed-samples.ts'

const alice = signerNamed('alice')
const feed = idNamed('feed')
const texts = ['one', 'two', 'three']

async function signed(start: ChainHead, items: readonly Uint8Array[], signer = alice): Promise<SignedEntry[]> {
  const head = items.reduce(extendChain, start)
  const signature = await signHead(signer, feed, head)
  return items.map((bytes, i) => ({ bytes, signature: i === items.length - 1 ? signature : undefined }))
}

const check = (entries: readonly SignedEntry[], start = emptyChain(feed)): ReturnType<typeof verifyRange> =>
  verifyRange(feed, deviceOf(alice), start, entries)

describe('a chain', () => {
  it('[F1] is verified over a range by the signature of its last entry', async () => {
    const outcome = await check(await signed(emptyChain(feed), texts.map(utf8)))
    assert(outcome.ok)
    assert.equal(outcome.value.head.length, 3)
    assert.equal(outcome.value.hashes.length, 3)
    assert.deepEqual(outcome.value.hashes.at(-1), outcome.value.head.hash)
  })

  it('[F1] comes to the same head whether it is verified at once or range by range', async () => {
    const whole = await check(await signed(emptyChain(feed), texts.map(utf8)))
    const first = await check(await signed(emptyChain(feed), texts.slice(0, 2).map(utf8)))
    assert(whole.ok && first.ok)
    const second = await check(await signed(first.value.head, texts.slice(2).map(utf8)), first.value.head)
    assert(second.ok)
    assert.deepEqual(second.value.head, whole.value.head)
  })

  it('[F1] refuses a range after another history, of another feed, or by another device', async () => {
    const start = extendChain(emptyChain(feed), utf8('zero'))
    const entries = await signed(start, texts.map(utf8))
    assert.equal((await check(entries, start)).ok, true)
    assert.deepEqual(await check(entries, extendChain(emptyChain(feed), utf8('other'))), rejectedAs('signature'))
    assert.deepEqual(await check(entries, { ...start, length: 2 }), rejectedAs('signature'))
    const elsewhere = await verifyRange(idNamed('other feed'), deviceOf(alice), start, entries)
    assert.deepEqual(elsewhere, rejectedAs('signature'))
    const bobs = await signed(start, texts.map(utf8), signerNamed('bob'))
    assert.deepEqual(await check(bobs, start), rejectedAs('signature'))
  })

  it('[F1] refuses entries that were swapped, left out or repeated', async () => {
    const [one, two, three] = await signed(emptyChain(feed), texts.map(utf8))
    assert(one && two && three)
    for (const entries of [
      [two, one, three],
      [one, three],
      [one, one, two, three],
    ])
      assert.deepEqual(await check(entries), rejectedAs('signature'))
  })

  it('[F2] passes on only the signature that was checked', async () => {
    const [one, two] = await signed(emptyChain(feed), texts.slice(0, 2).map(utf8))
    assert(one && two)
    const outcome = await check([{ ...one, signature: new Uint8Array(64) }, two])
    assert(outcome.ok)
    assert.deepEqual(
      outcome.value.entries.map(({ signature }) => signature !== undefined),
      [false, true],
    )
  })

  it('[F3] refuses an empty range, an unsigned one, and an entry that is empty or too large', async () => {
    assert.deepEqual(await check([]), rejectedAs('empty'))
    assert.deepEqual(await check([{ bytes: utf8('one'), signature: undefined }]), rejectedAs('unsigned'))
    assert.deepEqual(await check([{ bytes: utf8('one'), signature: new Uint8Array(63) }]), rejectedAs('unsigned'))
    assert.deepEqual(await check(await signed(emptyChain(feed), [new Uint8Array(0)])), rejectedAs('size'))
    const large = await signed(emptyChain(feed), [new Uint8Array(ENTRY_BYTES_MAX + 1)])
    assert.deepEqual(await check(large), rejectedAs('size'))
  })

  it('[F1] refuses every entry and signature with one bit changed', async () => {
    const [good] = await signed(emptyChain(feed), [utf8('one')])
    assert(good?.signature)
    for (const bytes of damaged(good.bytes)) assert.equal((await check([{ ...good, bytes }])).ok, false)
    for (const signature of damaged(good.signature)) assert.equal((await check([{ ...good, signature }])).ok, false)
  })
})

const rejectedAs = (reason: string): { ok: false; reason: string } => ({ ok: false, reason })
