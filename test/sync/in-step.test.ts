import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ENTRIES_PER_MESSAGE_MAX, SILENCE_MS } from '../../src/sync/limits.ts'
import { Bench, chainOf, closes, LOG, of, sent } from './bench.ts'
import type { SyncEffect } from '../../src/sync/sync-event.ts'
import type { SyncMessage } from '../../src/sync/sync-message.ts'
import { feedNamed } from './simulation.ts'

describe('keeping in step', () => {
  test('[SY20] two pongs with another digest start a comparison, one does not', () => {
    const bench = new Bench()
    bench.register(LOG, 'log', chainOf(LOG, 1).headAt(1))
    bench.up(1)
    const pong = { type: 'pong', scope: 'all', digest: new Uint8Array(8) } as const
    bench.pass(2000)
    assert.equal(sent(bench.hear(1, pong), 'compare').length, 0)
    bench.pass(5000)
    const effects = bench.hear(1, pong)
    assert.equal(sent(effects, 'compare').length, 1)
    assert.equal(of(effects, 'round-trip').length, 1)
  })

  test('[SY4] a peer with nothing learns all from a comparison, whichever side starts it', () => {
    for (const isFullFirst of [true, false]) {
      const [full, empty] = [new Bench(), new Bench()]
      for (let i = 0; i < 100; i++) {
        const feed = feedNamed(`log ${i}`)
        full.register(feed, 'log', chainOf(feed, 2).headAt(2))
      }
      full.up(1)
      empty.up(1)
      const told = new Set<string>()
      const [first, second] = isFullFirst ? [full, empty] : [empty, full]
      let toSecond: SyncMessage[] = sent(mismatch(first), 'compare')
      for (let i = 0; toSecond.length > 0 && i < 5; i++) {
        const toFirst = toSecond.flatMap((message) => exchange(second, message, second === full ? told : undefined))
        toSecond = toFirst.flatMap((message) => exchange(first, message, first === full ? told : undefined))
      }
      assert.equal(told.size, 100)
    }
  })

  test('[SY21] a silent link is closed after 20 s, but not when it was this page that slept', () => {
    const bench = new Bench()
    bench.up(1)
    bench.nowMs += 3_600_000
    assert.deepEqual(closes(bench.step({ type: 'tick' })), [])
    assert.deepEqual(closes(bench.pass(SILENCE_MS)), ['silent'])
  })

  test('[SY22] evidence is passed on once', () => {
    const bench = new Bench()
    for (const link of [1, 2]) bench.up(link)
    const bytes = Uint8Array.of(1, 2, 3)
    assert.equal(of(bench.hear(1, { type: 'evidence', bytes }), 'evidence').length, 1)
    assert.equal(sent(bench.step({ type: 'evidence', bytes, from: 1 }), 'evidence', 2).length, 1)
    assert.deepEqual(bench.step({ type: 'evidence', bytes, from: 2 }), [])
    assert.equal(of(bench.hear(2, { type: 'evidence', bytes }), 'evidence').length, 0)
    assert.equal(sent(bench.up(3), 'evidence').length, 1)
  })

  test('[SY23] application messages reach the other side and are not passed on', () => {
    const bench = new Bench()
    for (const link of [1, 2]) bench.up(link)
    const bytes = Uint8Array.of(7)
    const heard = bench.hear(1, { type: 'application', bytes })
    assert.deepEqual(heard, [{ type: 'application', link: 1, bytes }])
    assert.equal(of(bench.step({ type: 'application', link: undefined, bytes }), 'send').length, 2)
    assert.equal(of(bench.step({ type: 'application', link: 2, bytes }), 'send').length, 1)
  })

  test('[SY6] a push of more entries than a message may hold is told instead', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, ENTRIES_PER_MESSAGE_MAX + 1, 1)
    bench.register(LOG, 'log')
    bench.up(1)
    const effects = bench.append(LOG, chain, { from: 0, to: ENTRIES_PER_MESSAGE_MAX + 1 })
    assert.equal(sent(effects, 'push').length, 0)
    assert.equal(sent(effects, 'vector').length, 1)
  })
})

/** Twice another digest, as the other side of link 1 says it. */
function mismatch(bench: Bench): SyncEffect[] {
  const pong = { type: 'pong', scope: 'all', digest: new Uint8Array(8) } as const
  bench.pass(2000)
  bench.hear(1, pong)
  bench.pass(5000)
  return bench.hear(1, pong)
}

/** What a peer answers to a part of a comparison; the feeds that it tells are added to `told`. */
function exchange(bench: Bench, message: SyncMessage, told?: Set<string>): SyncMessage[] {
  const effects = bench.hear(1, message)
  for (const { items } of sent(effects, 'vector'))
    for (const { feed } of items) told?.add(feed.isNew ? feed.feed : `${feed.index}`)
  return [...sent(effects, 'compare'), ...sent(effects, 'lacking')]
}
