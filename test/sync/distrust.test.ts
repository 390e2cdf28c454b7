import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FEEDS_PER_LINK_MAX, SERVES_PER_LINK_MAX } from '../../src/sync/limits.ts'
import { Bench, chainOf, closes, LOG, named, numbered, of, sent, unsigned } from './bench.ts'
import { feedNamed, sign } from './simulation.ts'

describe('distrust', () => {
  const wanting = () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 5)
    bench.register(LOG, 'log')
    bench.up(1)
    bench.claim(1, named(LOG), 5, chain.prefixAt(5))
    return { bench, chain }
  }
  const range = { type: 'range', want: 1, from: 0, end: 'more' } as const

  test('[SY17] a range that nobody asked for closes the link', () => {
    const { bench, chain } = wanting()
    assert.deepEqual(closes(bench.hear(1, { ...range, want: 2, entries: unsigned(chain.entries) })), [
      'range-not-asked-for',
    ])
  })

  test('[SY17] a want that ends below the claim closes the link', () => {
    const { bench, chain } = wanting()
    const effects = bench.hear(1, { ...range, end: 'done', entries: unsigned(chain.entries.slice(0, 3)) })
    assert.deepEqual(closes(effects), ['promised-more'])
  })

  test('[SY17] ranges out of order and past their credit close the link', () => {
    const { bench, chain } = wanting()
    assert.deepEqual(closes(bench.hear(1, { ...range, from: 1, entries: unsigned(chain.entries) })), ['malformed'])
    const long = new Bench()
    const large = chainOf(LOG, 40, 60_000)
    long.register(LOG, 'log')
    long.up(1)
    long.claim(1, named(LOG), 40, large.prefixAt(40))
    const reasons: string[] = []
    for (let i = 0; i < 10; i++)
      reasons.push(...closes(long.hear(1, { ...range, from: i, entries: large.entries.slice(i, i + 1) })))
    assert.deepEqual(reasons, ['range-over-credit'])
  })

  test('[SY17] a forged range closes the link, and the next link is asked', () => {
    const { bench, chain } = wanting()
    bench.up(2)
    bench.claim(2, named(LOG), 5, chain.prefixAt(5))
    bench.hear(1, { ...range, end: 'done', entries: unsigned(chain.entries) })
    const effects = bench.step({ type: 'forged', feed: LOG })
    assert.deepEqual(closes(effects), ['forged-range'])
    assert.equal(sent(effects, 'want', 2).length, 1)
  })

  test('[SY17] [SY18] a push of another branch is asked about, and the honest peer that has it stays', () => {
    const bench = new Bench()
    const [ours, theirs] = [chainOf(LOG, 5, 10, 1), chainOf(LOG, 7, 10, 2)]
    bench.register(LOG, 'log', ours.headAt(5))
    bench.up(1)
    const pushed = bench.hear(1, { type: 'push', feed: named(LOG), seq: 5, entries: theirs.entries.slice(5, 6) })
    assert.equal(of(pushed, 'ingest').length, 1)
    const effects = bench.step({ type: 'forged', feed: LOG })
    assert.deepEqual(closes(effects), [])
    const [want] = sent(effects, 'want')
    assert.deepEqual(want?.hashPrefix, ours.prefixAt(5))
    const answered = bench.hear(1, { ...range, want: want.want, from: 5, end: 'diverged', entries: [] })
    assert.deepEqual(of(answered, 'fork-suspected')[0]?.branch, undefined)
    const [read] = of(answered, 'read')
    assert.equal(read?.from, 4)
    const proof = bench.step({
      type: 'read-done',
      request: read.request,
      entries: ours.entries.slice(4),
      hashBefore: undefined,
    })
    assert.deepEqual(sent(proof, 'branch')[0]?.signature, ours.entries[4]?.signature)
    const more = bench.hear(1, { type: 'push', feed: numbered(0), seq: undefined, entries: theirs.entries.slice(6) })
    assert.equal(of(more, 'ingest').length, 0)
    assert.equal(bench.machine.missingEntries, 0)
  })

  test('[SY18] equal lengths with other hashes are suspected once, and signed heads are exchanged', () => {
    const bench = new Bench()
    const [ours, theirs] = [chainOf(LOG, 5, 10, 1), chainOf(LOG, 5, 10, 2)]
    bench.register(LOG, 'log', ours.headAt(5))
    bench.up(1)
    const first = bench.claim(1, named(LOG), 5, theirs.prefixAt(5))
    assert.equal(of(first, 'fork-suspected').length, 1)
    assert.equal(of(first, 'read').length, 1)
    assert.equal(of(bench.claim(1, numbered(0), 5, theirs.prefixAt(5)), 'fork-suspected').length, 0)
    const signature = sign(LOG, theirs.headAt(5))
    const branch = { type: 'branch', feed: numbered(0), length: 5, hash: theirs.headAt(5).hash, signature } as const
    const proved = of(bench.hear(1, branch), 'fork-suspected')
    assert.deepEqual(proved[0]?.branch, { hash: theirs.headAt(5).hash, signature })
    assert.equal(of(bench.hear(1, branch), 'fork-suspected').length, 0)
  })

  test('[SY18] a supplier that sees another history answers diverged, and proves it where it has a signature', () => {
    const bench = new Bench()
    const [ours, theirs] = [chainOf(LOG, 7, 10, 1), chainOf(LOG, 5, 10, 2)]
    bench.register(LOG, 'log', ours.headAt(7))
    bench.up(1)
    const want = { type: 'want', want: 1, feed: named(LOG), from: 5, to: 0, creditBytes: 1000 } as const
    const [read] = of(bench.hear(1, { ...want, hashPrefix: theirs.prefixAt(5) }), 'read')
    assert(read)
    const effects = bench.step({
      type: 'read-done',
      request: read.request,
      entries: ours.entries.slice(5),
      hashBefore: ours.headAt(5).hash,
    })
    assert.equal(sent(effects, 'range')[0]?.end, 'diverged')
    assert.equal(of(effects, 'read')[0]?.from, 4)
  })

  test('[SY17] a number that was never given, too many wants and too many feeds close the link', () => {
    const unknown = new Bench()
    unknown.up(1)
    assert.deepEqual(closes(unknown.claim(1, numbered(3), 1, new Uint8Array(16))), ['unknown-feed'])

    const greedy = new Bench()
    const chain = chainOf(LOG, 5)
    greedy.register(LOG, 'log', chain.headAt(5))
    greedy.up(1)
    const reasons: string[] = []
    for (let i = 1; i <= SERVES_PER_LINK_MAX + 1; i++) {
      const want = { type: 'want', want: i, from: 0, to: 0, creditBytes: 1000, hashPrefix: chain.prefixAt(0) } as const
      reasons.push(...closes(greedy.hear(1, { ...want, feed: i === 1 ? named(LOG) : numbered(0) })))
    }
    assert.deepEqual(reasons, ['too-many-wants'])

    const flooded = new Bench()
    flooded.up(1)
    let closed: string[] = []
    for (let i = 0; i <= FEEDS_PER_LINK_MAX && closed.length === 0; i++)
      closed = closes(flooded.claim(1, named(feedNamed(`flood ${i}`), 'document'), 1, new Uint8Array(16)))
    assert.deepEqual(closed, ['too-many-feeds'])
  })

  test('[SY17] wants cancelled again and again do not start reads without end', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 5)
    bench.register(LOG, 'log', chain.headAt(5))
    bench.up(1)
    let reads = 0
    for (let i = 1; i <= 100; i++) {
      const want = { type: 'want', want: i, from: 0, to: 0, creditBytes: 1000, hashPrefix: chain.prefixAt(0) } as const
      reads += of(bench.hear(1, { ...want, feed: i === 1 ? named(LOG) : numbered(0) }), 'read').length
      bench.hear(1, { type: 'cancel', want: i })
    }
    assert.ok(reads <= SERVES_PER_LINK_MAX)
  })
})
