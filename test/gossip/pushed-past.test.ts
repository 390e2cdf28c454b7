import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import { AUTHOR_ENTRIES_BURST } from '../../src/gossip/limits.ts'
import { emptyChain } from '../../src/feed/chain.ts'
import { NEWS_ENTRIES_MAX } from '../../src/sync/limits.ts'
import { Bench, chainOf, named, NOTE, numbered, of } from '../sync/bench.ts'

const CHAIN = chainOf(NOTE, 1000)
const [MALLORY, BOB] = [1, 2]

/** Alice's note at Carol's, who knows Mallory and Bob; `asked` is what the policy was asked to pass, and as what. */
function carols() {
  const trees = new GossipTrees()
  const asked: { count: number; isCatchUp: boolean; mayPass: boolean }[] = []
  const ask = trees.mayPass.bind(trees)
  trees.mayPass = (author, count, sizeBytes, isCatchUp, nowMs) => {
    const mayPass = ask(author, count, sizeBytes, isCatchUp, nowMs)
    asked.push({ count, isCatchUp, mayPass })
    return mayPass
  }
  const bench = new Bench(trees)
  bench.step({ type: 'feed', feed: NOTE, kind: 'document', head: emptyChain(NOTE), author: 'alice' })
  for (const link of [MALLORY, BOB]) bench.up(link)
  const isNamed = new Set<number>()
  const claim = (link: number, length: number): void => {
    const feed = isNamed.has(link) ? numbered(0) : named(NOTE, 'document')
    isNamed.add(link)
    bench.claim(link, feed, length, CHAIN.prefixAt(length))
  }
  const push = (link: number, from: number, to: number): void => {
    for (let seq = from; seq < to; seq++) {
      const feed = isNamed.has(link) ? numbered(0) : named(NOTE, 'document')
      isNamed.add(link)
      const effects = bench.hear(link, { type: 'push', feed, seq, entries: CHAIN.entries.slice(seq, seq + 1) })
      for (const { from: at, entries } of of(effects, 'ingest'))
        bench.append(NOTE, CHAIN, { from: at, to: at + entries.length, by: link })
    }
  }
  return { asked, claim, push }
}

describe("somebody else's past, pushed", () => {
  test('[SY29] a member that pushes what another one wrote long ago does not hold that author back', () => {
    const { asked, claim, push } = carols()
    claim(BOB, 1000)
    push(MALLORY, 0, 2 * AUTHOR_ENTRIES_BURST)
    assert.equal(asked.length, 2 * AUTHOR_ENTRIES_BURST)
    assert.ok(asked.every(({ isCatchUp, mayPass }) => isCatchUp && mayPass))
  })

  test('[SY29] what is pushed at the end of a feed is news, whatever its pusher says of what follows', () => {
    const { asked, claim, push } = carols()
    claim(BOB, NEWS_ENTRIES_MAX)
    claim(MALLORY, 1000)
    push(MALLORY, 0, 2 * AUTHOR_ENTRIES_BURST)
    assert.ok(asked.every(({ isCatchUp }) => !isCatchUp))
    assert.equal(asked.at(-1)?.mayPass, false)
  })

  test('[SY29] what is here already counts for nothing', () => {
    const { asked, push } = carols()
    push(BOB, 0, 10)
    push(MALLORY, 0, 10)
    assert.equal(
      asked.reduce((sum, { count }) => sum + count, 0),
      10,
    )
  })
})
