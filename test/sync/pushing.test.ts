import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import { NEIGHBOURS_AFTER_MS } from '../../src/sync/limits.ts'
import { Bench, chainOf, LOG, named, NOTE, numbered, of, sent, unsigned } from './bench.ts'

describe('pushing', () => {
  test('[SY6] [SY7] an appended entry is pushed to links that have what is before it, and told to others', () => {
    const bench = new Bench()
    const chain = chainOf(NOTE, 3)
    bench.register(NOTE, 'document', chain.headAt(2))
    bench.up(1)
    bench.up(2)
    bench.claim(1, named(NOTE, 'document'), 2, chain.prefixAt(2))
    const effects = bench.append(NOTE, chain, { from: 2, to: 3 })
    assert.deepEqual(sent(effects, 'push', 1)[0]?.entries, chain.entries.slice(2))
    assert.equal(sent(effects, 'push', 2).length, 0)
    assert.equal(sent(effects, 'vector', 2)[0]?.items[0]?.length, 3)
  })

  test('[SY6] an entry over 16 KiB is told, not pushed', () => {
    const bench = new Bench()
    const chain = chainOf(NOTE, 1, 20_000)
    bench.register(NOTE, 'document')
    bench.up(1)
    const effects = bench.append(NOTE, chain, { from: 0, to: 1 })
    assert.equal(sent(effects, 'push').length, 0)
    assert.equal(sent(effects, 'vector').length, 1)
  })

  test('[SY7] entries that share a signature are pushed together', () => {
    const bench = new Bench()
    const chain = chainOf(NOTE, 4)
    bench.register(NOTE, 'document')
    bench.up(1)
    const [first, ...others] = chain.entries
    assert(first)
    const entries = [first, ...unsigned(others)]
    const effects = bench.step({ type: 'appended', feed: NOTE, head: chain.headAt(4), entries, from: undefined })
    assert.deepEqual(
      sent(effects, 'push').map((push) => [push.seq, push.entries.length]),
      [
        [0, 1],
        [1, 3],
      ],
    )
  })

  test('[SY8] a push for a document that the log registers a moment later is not lost', () => {
    const bench = new Bench()
    const chain = chainOf(NOTE, 2)
    bench.up(1)
    assert.equal(
      of(
        bench.hear(1, { type: 'push', feed: named(NOTE, 'document'), seq: 0, entries: chain.entries.slice(0, 1) }),
        'ingest',
      ).length,
      0,
    )
    bench.hear(1, { type: 'push', feed: numbered(0), seq: undefined, entries: chain.entries.slice(1) })
    const effects = bench.register(NOTE, 'document')
    assert.deepEqual(of(effects, 'ingest')[0]?.entries, chain.entries)
    assert.equal(sent(effects, 'want').length, 0)
  })

  test('[SY9] what a neighbour of both sides pushed is not passed on, but what we asked it for is told', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 2)
    bench.register(LOG, 'log')
    bench.up(1)
    for (const link of [2, 3, 4]) bench.up(link)
    const others = sent(bench.pass(500), 'neighbours', 1)[0]?.sessions ?? []
    assert.equal(others.length, 3)
    // Link 1 speaks to two of the others itself.
    bench.hear(1, { type: 'neighbours', sessions: others.slice(0, 2) })
    bench.hear(1, { type: 'push', feed: named(LOG), seq: 0, entries: chain.entries.slice(0, 1) })
    const effects = bench.append(LOG, chain, { from: 0, to: 1, by: 1 })
    assert.equal(sent(effects, 'push').length, 1)
    assert.equal(sent(effects, 'push', 1).length, 0)
    const [want] = sent(bench.claim(1, numbered(0), 2, chain.prefixAt(2)), 'want')
    assert(want)
    bench.hear(1, { type: 'range', want: want.want, from: 1, end: 'done', entries: chain.entries.slice(1) })
    const fetched = bench.append(LOG, chain, { from: 1, to: 2, by: 1 })
    assert.equal(sent(fetched, 'push').length, 1)
    assert.equal(sent(fetched, 'vector').length, 0)
    assert.equal(sent(bench.pass(1500), 'vector').length, 2)
  })

  test('[SY31] neighbours hear of a link that lasts, at once of its end, and nothing of one that ends where it began', () => {
    const bench = new Bench()
    bench.up(1)
    bench.pass(1_000)
    assert.equal(sent(bench.up(2), 'neighbours').length, 0)
    bench.nowMs += NEIGHBOURS_AFTER_MS / 2
    assert.equal(sent(bench.step({ type: 'link-down', link: 2 }), 'neighbours').length, 0)
    assert.equal(sent(bench.pass(1_000), 'neighbours').length, 0)
    bench.up(3)
    assert.equal(sent(bench.pass(1_000), 'neighbours', 1)[0]?.sessions.length, 1)
    assert.deepEqual(sent(bench.step({ type: 'link-down', link: 3 }), 'neighbours', 1)[0]?.sessions, [])
  })

  test('[SY32] whoever pushes us what we write ourselves is asked to stop', () => {
    const bench = new Bench(new GossipTrees())
    const chain = chainOf(LOG, 1)
    bench.register(LOG, 'log')
    bench.append(LOG, chain, { from: 0, to: 1 })
    bench.up(1)
    const push = { type: 'push', feed: named(LOG), seq: 0, entries: chain.entries } as const
    assert.equal(sent(bench.hear(1, push), 'prune', 1).length, 1)
  })

  test('[SY19] a full control lane gets no entries, and heads when it has drained', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 3)
    bench.register(LOG, 'log')
    bench.up(1)
    bench.step({ type: 'lane-full', link: 1, lane: 'control' })
    for (let i = 0; i < 3; i++)
      assert.deepEqual(of(bench.append(LOG, chain, { from: i, to: i + 1 }), 'send'), [], `entry ${i}`)
    const effects = bench.step({ type: 'lane-drained', link: 1, lane: 'control' })
    assert.deepEqual(
      sent(effects, 'vector').map(({ items }) => items[0]?.length),
      [3],
    )
  })
})
