import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import { HAVE_ITEMS_MAX, NOTICES_BURST, STALL_MS, TOLD_PATIENCE_MAX_MS } from '../../src/sync/limits.ts'
import type { SyncEffect } from '../../src/sync/sync-event.ts'
import { Bench, chainOf, closes, named, NOTE, numbered, of, sent } from '../sync/bench.ts'
import { feedNamed, sessionNamed } from '../sync/simulation.ts'

function scene(links: readonly number[]) {
  const trees = new GossipTrees()
  const bench = new Bench(trees)
  bench.register(NOTE, 'document')
  for (const link of links) bench.up(link)
  return { trees, bench }
}

const scoreOf = (trees: GossipTrees, link: number, nowMs: number): number =>
  trees.scores.points(sessionNamed(`session ${link}`), nowMs)

const tell = (bench: Bench, link: number, length: number): SyncEffect[] =>
  bench.hear(link, { type: 'have', items: [{ feed: named(NOTE, 'document'), length }] })

/** Lets time pass in small steps. */
function wait(bench: Bench, durationMs: number): SyncEffect[] {
  const effects: SyncEffect[] = []
  for (let passed = 0; passed < durationMs; passed += 20) {
    bench.nowMs += 20
    effects.push(...bench.step({ type: 'tick' }))
  }
  return effects
}

describe('hostile links', () => {
  test('[SY28] what is only told is asked for after a while, with a graft, and not when it came meanwhile', () => {
    const { bench } = scene([1, 2])
    const chain = chainOf(NOTE, 1)
    assert.equal(sent(tell(bench, 1, 1), 'want').length, 0)
    const wants = sent(wait(bench, TOLD_PATIENCE_MAX_MS), 'want', 1)
    assert.deepEqual(
      wants.map(({ isGraft, from }) => [isGraft, from]),
      [[true, 0]],
    )
    const other = scene([1, 2])
    tell(other.bench, 1, 1)
    other.bench.hear(2, { type: 'push', feed: named(NOTE, 'document'), seq: 0, entries: chain.entries })
    other.bench.append(NOTE, chain, { from: 0, to: 1, by: 2 })
    assert.equal(sent(wait(other.bench, TOLD_PATIENCE_MAX_MS), 'want').length, 0)
  })

  test('[SY28] [SY30] a link that promises and does not deliver is passed over soon, and loses its good name', () => {
    const { bench, trees } = scene([1, 2])
    tell(bench, 1, 1)
    tell(bench, 2, 1)
    const effects = wait(bench, TOLD_PATIENCE_MAX_MS + 400)
    const first = sent(effects, 'want', 1)
    const second = sent(effects, 'want', 2)
    assert.deepEqual([first.length, second.length], [1, 1], 'the other announcer is asked within a second')
    assert.equal(sent(effects, 'cancel').length, 1)
    wait(bench, STALL_MS + 1000)
    assert.ok(scoreOf(trees, 1, bench.nowMs) < 0)
  })

  test('[SY17] a liar about lengths is asked, gives less than it said, and is closed', () => {
    const { bench } = scene([1])
    const chain = chainOf(NOTE, 3)
    tell(bench, 1, 2 ** 31)
    const [want] = sent(wait(bench, TOLD_PATIENCE_MAX_MS), 'want', 1)
    assert(want)
    const entries = chain.entries.slice(0, 1)
    const effects = bench.hear(1, { type: 'range', want: want.want, from: 0, end: 'done', entries })
    assert.deepEqual(closes(effects), ['promised-more'])
    assert.equal(bench.machine.missingEntries, 0)
  })

  test('[SY28] a forged push does not keep the true one out, and its link is no giver', () => {
    const { bench, trees } = scene([1, 2])
    const [forged, chain] = [chainOf(NOTE, 1, 10, 9), chainOf(NOTE, 1)]
    bench.hear(1, { type: 'push', feed: named(NOTE, 'document'), seq: 0, entries: forged.entries })
    bench.hear(2, { type: 'push', feed: named(NOTE, 'document'), seq: 0, entries: chain.entries })
    const effects = bench.step({ type: 'forged', feed: NOTE })
    assert.deepEqual(of(effects, 'ingest')[0]?.entries, chain.entries)
    assert(trees.wantsMore(NOTE, 1, bench.nowMs), 'only one gives')
  })

  test('[SY26] news, prunes and grafts beyond all measure close their link and no other', () => {
    for (const type of ['have', 'prune', 'graft'] as const) {
      const { bench, trees } = scene([1, 2])
      tell(bench, 1, 0)
      const reasons: string[] = []
      const feeds = Array.from({ length: HAVE_ITEMS_MAX }, () => numbered(0))
      for (let i = 0; i * HAVE_ITEMS_MAX <= NOTICES_BURST; i++) {
        const items = feeds.map((feed) => ({ feed, length: i }))
        reasons.push(...closes(bench.hear(1, type === 'have' ? { type, items } : { type, feeds })))
      }
      assert.deepEqual(reasons, ['too-many-notices'], type)
      assert.ok(scoreOf(trees, 1, bench.nowMs) < -20)
      assert.equal(bench.machine.linkCount, 1)
    }
  })

  test('[SY26] a link that asks to compare without end is closed', () => {
    const { bench } = scene([1])
    const parts = [{ depth: 0, prefix: 0, kind: 'states', hashes: [] }] as const
    const reasons: string[] = []
    for (let i = 0; i < 100; i++)
      reasons.push(...closes(bench.hear(1, { type: 'compare', scope: 'all', salt: i, parts })))
    assert.deepEqual(reasons, ['too-many-compares'])
  })

  test('[GO3] whoever prunes hears of the feed in short, and others still get it', () => {
    const { bench } = scene([1, 2])
    const chain = chainOf(NOTE, 3)
    for (const link of [1, 2]) bench.claim(link, named(NOTE, 'document'), 0, new Uint8Array(16))
    assert.equal(sent(bench.append(NOTE, chain, { from: 0, to: 1 }), 'push').length, 2)
    for (let i = 0; i < 50; i++) bench.hear(1, { type: 'prune', feeds: [numbered(0)] })
    const effects = [...bench.append(NOTE, chain, { from: 1, to: 2 }), ...wait(bench, 200)]
    assert.deepEqual([sent(effects, 'push', 1).length, sent(effects, 'push', 2).length], [0, 1])
    assert.deepEqual(
      sent(effects, 'have', 1).flatMap(({ items }) => items.map(({ length }) => length)),
      [2],
    )
    bench.hear(1, { type: 'graft', feeds: [numbered(0)] })
    assert.equal(sent(bench.append(NOTE, chain, { from: 2, to: 3 }), 'push', 1).length, 1)
  })

  test('[SY26] grafts and prunes of feeds that do not exist are remembered by nobody for long', () => {
    const { bench } = scene([1])
    for (let i = 0; i < 2000; i++) {
      const feeds = [named(feedNamed(`invented ${i}`), 'document')]
      assert.deepEqual(closes(bench.hear(1, { type: i % 2 === 0 ? 'graft' : 'prune', feeds })), [])
    }
    assert.equal(bench.machine.missingEntries, 0)
  })
})
