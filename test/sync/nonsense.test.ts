import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import { toBase64url } from '../../src/base/bytes.ts'
import { shortSessionOf } from '../../src/sync/link-state.ts'
import { emptyChain, extendChain, type SignedEntry } from '../../src/feed/chain.ts'
import type { SyncEffect } from '../../src/sync/sync-event.ts'
import type { FeedReference, SyncMessage } from '../../src/sync/sync-message.ts'
import { Bench, LOG, named, numbered, unsigned } from './bench.ts'
import { feedNamed, SeededRandom, sessionNamed } from './simulation.ts'

describe('nonsense', () => {
  test('[SY16] whatever a link says, in whatever order, nothing throws and little is kept', () => {
    for (let seed = 1; seed <= 60; seed++) rantAt(seed)
  })
})

/** Well-formed nonsense from three links, with storage that answers at random. */
function rantAt(seed: number): void {
  const random = new SeededRandom(seed)
  const bench = new Bench(seed % 2 === 0 ? undefined : new GossipTrees())
  const feeds = Array.from({ length: 6 }, (_, i) => feedNamed(`feed ${i}`))
  const heads = new Map(feeds.map((feed) => [feed, emptyChain(feed)]))
  for (const feed of feeds.slice(0, 4)) bench.register(feed, random.below(2) === 0 ? 'log' : 'document')
  const pending: SyncEffect[] = []
  let nextLink = 4
  const links = [1, 2, 3]
  for (const link of links) bench.up(link)
  const reference = (): FeedReference => {
    const feed = feeds[random.below(feeds.length)] ?? LOG
    return random.below(3) === 0 ? named(feed, random.below(2) === 0 ? 'log' : 'document') : numbered(random.below(3))
  }
  const entries = (): SignedEntry[] =>
    unsigned(
      Array.from({ length: 1 + random.below(3) }, () => ({ bytes: random.bytes(3), signature: random.bytes(64) })),
    )
  const nonsense: readonly (() => SyncMessage)[] = [
    () => ({
      type: 'vector',
      items: [{ feed: reference(), length: random.below(6), hashPrefix: random.bytes(16) }],
    }),
    () => ({ type: 'push', feed: reference(), seq: random.below(6), entries: entries() }),
    () => ({
      type: 'want',
      want: random.below(50),
      feed: reference(),
      from: random.below(4),
      to: random.below(2) * 5,
      hashPrefix: random.bytes(16),
      creditBytes: random.below(99),
    }),
    () => ({ type: 'credit', want: random.below(9), creditBytes: random.below(99) }),
    () => ({ type: 'cancel', want: random.below(9) }),
    () => ({
      type: 'range',
      want: 1 + random.below(4),
      from: random.below(3),
      end: random.below(2) === 0 ? 'more' : 'done',
      entries: entries(),
    }),
    () => ({ type: 'range', want: 1 + random.below(4), from: 0, end: 'diverged', entries: [] }),
    () => ({ type: 'range', want: 1 + random.below(4), from: 0, end: 'declined', entries: [] }),
    () => {
      const hashes = Array.from({ length: 64 }, () => random.bytes(2))
      return { type: 'compare', scope: 'all', salt: 1, parts: [{ depth: 0, prefix: 0, kind: 'ranges', hashes }] }
    },
    () => {
      const part = { depth: 1, prefix: random.below(64), kind: 'states', hashes: [random.bytes(3)] } as const
      return { type: 'compare', scope: 'all', salt: random.below(256), parts: [part] }
    },
    () => {
      const part = { depth: random.below(2), prefix: 0, hashes: [random.bytes(3)] }
      return { type: 'lacking', scope: 'all', salt: random.below(256), parts: [part] }
    },
    () => ({ type: 'have', items: [{ feed: reference(), length: random.below(9) }] }),
    () => ({ type: random.below(2) === 0 ? 'prune' : 'graft', feeds: [reference()] }),
    () => ({ type: 'branch', feed: reference(), length: 2, hash: random.bytes(32), signature: random.bytes(64) }),
    () => ({ type: 'pong', scope: 'all', digest: random.bytes(8) }),
    () => ({ type: 'stated-digest', digest: random.bytes(8) }),
    () => ({ type: 'stated', items: [{ session: toBase64url(random.bytes(8)), counter: random.below(9) }] }),
    () => ({ type: 'ask-stated', sessions: [shortSessionOf(sessionNamed('x')), toBase64url(random.bytes(8))] }),
    () => ({ type: 'heads', session: sessionNamed('x'), counter: random.below(9), bytes: random.bytes(9) }),
  ]
  const answer = (effect: SyncEffect): SyncEffect[] => {
    if (effect.type === 'read') {
      const given = random.below(2) === 0 ? [] : entries()
      return bench.step({ type: 'read-done', request: effect.request, entries: given, hashBefore: undefined })
    }
    if (effect.type !== 'ingest') return []
    const { feed, link } = effect
    const verdict = random.below(6)
    if (verdict === 0) return bench.step({ type: 'retry', feed })
    if (verdict === 1) return bench.step({ type: 'forged', feed })
    if (verdict === 2 && random.below(5) === 0) return bench.step({ type: 'refused', feed, reason: 'test' })
    let head = heads.get(feed) ?? emptyChain(feed)
    assert.equal(effect.from, head.length, `seed ${seed}`)
    for (const entry of effect.entries) head = extendChain(head, entry.bytes)
    heads.set(feed, head)
    return bench.step({ type: 'appended', feed, head, entries: effect.entries, from: link })
  }
  for (let i = 0; i < 1500; i++) {
    bench.nowMs += random.below(400)
    const link = links[random.below(links.length)] ?? 1
    const effects: SyncEffect[] = []
    const chance = random.next()
    if (chance < 0.6)
      effects.push(
        ...bench.hear(link, (nonsense[random.below(nonsense.length)] ?? (() => ({ type: 'cancel', want: 1 })))()),
      )
    else if (chance < 0.75) effects.push(...bench.step({ type: 'tick' }))
    else if (chance < 0.78) effects.push(...bench.step({ type: 'link-rights', link, mayRead: random.below(2) === 0 }))
    else if (chance < 0.8) effects.push(...bench.register(feeds[random.below(6)] ?? LOG, 'document'))
    const [taken] = pending.splice(random.below(pending.length), random.below(2))
    if (taken) effects.push(...answer(taken))
    for (const effect of effects) {
      if (effect.type === 'read' || effect.type === 'ingest') pending.push(effect)
      if (effect.type !== 'close') continue
      const fresh = nextLink++
      links.splice(links.indexOf(effect.link), 1, fresh)
      pending.push(...bench.up(fresh).filter(({ type }) => type === 'read' || type === 'ingest'))
    }
    const ingests = pending.filter(({ type }) => type === 'ingest').length
    assert.ok(ingests <= feeds.length, `seed ${seed}`)
    assert.ok(pending.length < 200, `seed ${seed}: ${pending.length} questions open`)
  }
}
