import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PROVISIONAL_LOGS_MAX, RETRIES_MAX, STALL_MS, WANTS_PER_LINK_MAX, WITHHELD_MS } from '../../src/sync/limits.ts'
import type { FeedReference } from '../../src/sync/sync-message.ts'
import { Bench, chainOf, closes, LOG, named, NOTE, numbered, of, sent, unsigned } from './bench.ts'
import { feedNamed } from './simulation.ts'

describe('catching up', () => {
  test('[SY10] logs are asked for before documents, each feed from one link', () => {
    const bench = new Bench()
    const notes = Array.from({ length: 6 }, (_, i) => feedNamed(`note ${i}`))
    for (const note of notes) bench.register(note, 'document')
    bench.up(1)
    const item = (feed: FeedReference) => ({ feed, length: 5, hashPrefix: new Uint8Array(16).fill(9) })
    const items = [...notes.map((note) => item(named(note, 'document'))), item(named(LOG))]
    const wants = sent(bench.hear(1, { type: 'vector', items }), 'want')
    assert.equal(wants.length, WANTS_PER_LINK_MAX)
    // Feeds are asked for by the numbers that the other side gave them; the log was its last.
    assert.deepEqual(wants[0]?.feed, { isNew: false, index: 6, isYours: true })
    bench.up(2)
    const more = sent(bench.hear(2, { type: 'vector', items }), 'want', 2)
    assert.equal(more.length, 3)
    const asked = [...wants, ...more].map(({ feed }) => (feed.isNew ? feed.feed : feed.index))
    assert.equal(new Set(asked).size, 7)
  })

  test('[SY11] the claims of a document are acted on when it is registered, and not before', () => {
    const bench = new Bench()
    bench.up(1)
    const before = bench.claim(1, named(NOTE, 'document'), 4, new Uint8Array(16).fill(9))
    assert.equal(sent(before, 'want').length, 0)
    assert.equal(bench.machine.missingEntries, 0)
    const effects = bench.register(NOTE, 'document')
    assert.equal(sent(effects, 'want').length, 1)
    assert.deepEqual(of(effects, 'progress'), [{ type: 'progress', missingEntries: 4 }])
  })

  test('[SY11] logs that one link invents are limited, and forgotten with it', () => {
    const bench = new Bench()
    bench.up(1)
    for (let i = 0; i < PROVISIONAL_LOGS_MAX + 100; i++)
      bench.claim(1, named(feedNamed(`invented ${i}`)), 1, new Uint8Array(16))
    assert.equal(bench.machine.missingEntries, PROVISIONAL_LOGS_MAX)
    bench.step({ type: 'link-down', link: 1 })
    assert.equal(bench.machine.missingEntries, 0)
    bench.up(2)
    const effects = bench.claim(2, named(LOG), 3, new Uint8Array(16))
    assert.equal(sent(effects, 'want', 2).length, 1)
  })

  test('[SY10] a log that is registered with entries whose ingest is not answered yet goes on afterwards', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 6)
    bench.up(1)
    bench.claim(1, named(LOG), 3, chain.prefixAt(3))
    bench.hear(1, { type: 'range', want: 1, from: 0, end: 'done', entries: unsigned(chain.entries.slice(0, 3)) })
    bench.register(LOG, 'log', chain.headAt(3))
    const appended = bench.append(LOG, chain, { from: 0, to: 3, by: 1 })
    assert.equal(sent(appended, 'want').length, 0)
    const [want] = sent(bench.claim(1, numbered(0), 5, chain.prefixAt(5)), 'want')
    assert.equal(want?.from, 3)
  })

  test('[SY2] [SY10] a push with a gap before it is kept, and only the gap is asked for', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 6)
    bench.register(LOG, 'log', chain.headAt(2))
    bench.up(1)
    const effects = bench.hear(1, { type: 'push', feed: named(LOG), seq: 5, entries: chain.entries.slice(5) })
    const [want] = sent(effects, 'want')
    assert.deepEqual([want?.from, want?.to], [2, 5])
    bench.hear(1, { type: 'range', want: 1, from: 2, end: 'done', entries: unsigned(chain.entries.slice(2, 5)) })
    const appended = bench.append(LOG, chain, { from: 2, to: 5, by: 1 })
    assert.equal(of(appended, 'ingest')[0]?.from, 5)
    assert.equal(sent(appended, 'want').length, 0)
  })

  test('[SY2] [SY10] a supplier stops where it is told to, and goes on pushing after what it pushed before', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 7)
    bench.register(LOG, 'log', chain.headAt(5))
    bench.up(1)
    bench.claim(1, named(LOG), 5, chain.prefixAt(5))
    bench.append(LOG, chain, { from: 5, to: 6 })
    const message = { type: 'want', want: 1, feed: numbered(0), from: 2, to: 5, creditBytes: 1000 } as const
    const [read] = of(bench.hear(1, { ...message, hashPrefix: chain.prefixAt(2) }), 'read')
    assert(read)
    const entries = chain.entries.slice(2, 6)
    const served = bench.step({ type: 'read-done', request: read.request, entries, hashBefore: undefined })
    assert.deepEqual(sent(served, 'range')[0]?.entries, unsigned(chain.entries.slice(2, 5)))
    assert.equal(sent(served, 'range')[0]?.end, 'done')
    assert.equal(sent(bench.append(LOG, chain, { from: 6, to: 7 }), 'push').length, 1)
  })

  test('[SY12] [SY13] ranges follow the credit, end with a signature, and go on when credit comes', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 20, 60_000)
    bench.register(LOG, 'log', chain.headAt(20))
    bench.up(1)
    const want = { type: 'want', want: 1, feed: named(LOG), from: 0, to: 0, hashPrefix: chain.prefixAt(0) } as const
    let effects = bench.hear(1, { ...want, creditBytes: 100_000 })
    let from = 0
    for (let [read] = of(effects, 'read'); read; [read] = of(effects, 'read')) {
      assert.equal(read.from, from)
      const entries = chain.entries.slice(from, from + 4)
      effects = bench.step({
        type: 'read-done',
        request: read.request,
        entries,
        hashBefore: chain.headAt(from).hash,
      })
      const [range] = sent(effects, 'range')
      assert.equal(range?.from, from)
      assert.deepEqual(range?.entries, chain.entries.slice(from, from + 1))
      from++
    }
    assert.equal(from, 2)
    effects = bench.hear(1, { type: 'credit', want: 1, creditBytes: 100_000 })
    assert.equal(of(effects, 'read')[0]?.from, 2)
  })

  test('[SY12] credit is given back as entries become durable', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 40, 10_000)
    bench.register(LOG, 'log')
    bench.up(1)
    bench.claim(1, named(LOG), 40, chain.prefixAt(40))
    for (let i = 0; i < 4; i++) {
      const entries = unsigned(chain.entries.slice(i * 6, i * 6 + 6))
      const effects = bench.hear(1, { type: 'range', want: 1, from: i * 6, end: 'more', entries })
      assert.equal(sent(effects, 'credit').length, 0)
      assert.equal(of(effects, 'ingest').length, i === 0 ? 1 : 0)
    }
    const first = bench.append(LOG, chain, { from: 0, to: 6, by: 1 })
    assert.equal(sent(first, 'credit').length, 0)
    assert.equal(of(first, 'ingest')[0]?.entries.length, 18)
    const second = bench.append(LOG, chain, { from: 6, to: 24, by: 1 })
    assert.deepEqual(sent(second, 'credit'), [{ type: 'credit', want: 1, creditBytes: 240_000 }])
  })

  test('[SY14] a stalled supplier is replaced after 3 s, and closed when it never answers', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 5)
    bench.register(LOG, 'log')
    bench.up(1)
    bench.claim(1, named(LOG), 5, chain.prefixAt(5))
    bench.up(2)
    bench.claim(2, named(LOG), 5, chain.prefixAt(5))
    const effects = bench.pass(STALL_MS + 500)
    assert.deepEqual(
      sent(effects, 'cancel', 1).map(({ want }) => want),
      [1],
    )
    assert.equal(sent(effects, 'want', 2).length, 1)
    const reasons: string[] = []
    for (let i = 0; i < WITHHELD_MS / 1000 + 5; i++) {
      for (const link of [1, 2]) bench.hear(link, { type: 'ping', scope: 'all', digest: new Uint8Array(8) })
      reasons.push(...closes(bench.pass(1000)))
    }
    assert.deepEqual(reasons, ['withheld', 'withheld'])
  })

  test('[SY14] another link is asked at once when a supplier goes', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 5)
    bench.register(LOG, 'log')
    for (const link of [1, 2]) {
      bench.up(link)
      bench.claim(link, named(LOG), 5, chain.prefixAt(5))
    }
    const effects = bench.step({ type: 'link-down', link: 1 })
    assert.equal(sent(effects, 'want', 2).length, 1)
  })

  test('[SY15] a refused feed is asked for no more, from nobody', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 5)
    bench.register(LOG, 'log')
    bench.up(1)
    bench.claim(1, named(LOG), 5, chain.prefixAt(5))
    bench.hear(1, { type: 'range', want: 1, from: 0, end: 'done', entries: unsigned(chain.entries) })
    bench.step({ type: 'refused', feed: LOG, reason: 'test' })
    bench.up(2)
    const effects = [...bench.claim(2, named(LOG), 9, chain.prefixAt(3)), ...bench.pass(10_000)]
    assert.equal(sent(effects, 'want').length, 0)
    assert.equal(bench.machine.missingEntries, 0)
  })

  test('[SY15] retries get rarer and end, and a longer log is a reason to try at once', () => {
    const bench = new Bench()
    const chain = chainOf(NOTE, 1)
    bench.register(NOTE, 'document')
    bench.register(LOG, 'log')
    bench.up(1)
    let effects = bench.claim(1, named(NOTE, 'document'), 1, chain.prefixAt(1))
    let asked = 0
    const answer = (): void => {
      for (const want of sent(effects, 'want')) {
        asked++
        bench.hear(1, { type: 'range', want: want.want, from: 0, end: 'done', entries: chain.entries })
        bench.step({ type: 'retry', feed: NOTE })
      }
    }
    answer()
    for (let i = 0; i < 1200; i++) {
      effects = [...bench.hear(1, { type: 'ping', scope: 'all', digest: new Uint8Array(8) }), ...bench.pass(1000)]
      answer()
    }
    assert.equal(asked, RETRIES_MAX + 1)
    const again = new Bench()
    again.register(NOTE, 'document')
    again.register(LOG, 'log')
    again.up(1)
    again.claim(1, named(NOTE, 'document'), 1, chain.prefixAt(1))
    again.hear(1, { type: 'range', want: 1, from: 0, end: 'done', entries: chain.entries })
    assert.equal(sent(again.step({ type: 'retry', feed: NOTE }), 'want').length, 0)
    assert.equal(sent(again.append(LOG, chainOf(LOG, 1), { from: 0, to: 1 }), 'want').length, 1)
  })

  test('[SY15] what is pushed while a feed rests is taken in as soon as a log gets longer', () => {
    const bench = new Bench()
    const chain = chainOf(NOTE, 1)
    bench.register(NOTE, 'document')
    bench.register(LOG, 'log')
    for (const link of [1, 2]) bench.up(link)
    const push = { type: 'push', feed: named(NOTE, 'document'), seq: 0, entries: chain.entries } as const
    assert.equal(of(bench.hear(1, push), 'ingest').length, 1)
    bench.step({ type: 'retry', feed: NOTE })
    assert.equal(of(bench.hear(2, push), 'ingest').length, 0)
    assert.equal(of(bench.append(LOG, chainOf(LOG, 1), { from: 0, to: 1 }), 'ingest').length, 1)
  })

  test('[SY24] what is claimed on a link in doubt alone is wanted, and not counted', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 5)
    bench.register(LOG, 'log')
    bench.up(1)
    bench.up(2)
    const asked = bench.claim(1, named(LOG), 5, chain.prefixAt(5))
    assert.equal(sent(asked, 'want', 1).length, 1)
    bench.claim(2, named(LOG), 2, chain.prefixAt(2))
    assert.equal(bench.machine.missingEntries, 5)
    assert.deepEqual(of(bench.step({ type: 'link-doubt', link: 1, isDoubted: true }), 'progress'), [
      { type: 'progress', missingEntries: 2 },
    ])
    bench.step({ type: 'link-down', link: 2 })
    assert.equal(bench.machine.missingEntries, 0)
    bench.claim(1, numbered(0), 9, chain.prefixAt(5))
    assert.equal(bench.machine.missingEntries, 0)
    bench.step({ type: 'link-doubt', link: 1, isDoubted: false })
    assert.equal(bench.machine.missingEntries, 9)
    bench.step({ type: 'link-doubt', link: 1, isDoubted: true })
    const range = { type: 'range', want: 1, from: 0, end: 'more' } as const
    const given = bench.hear(1, { ...range, entries: unsigned(chain.entries) })
    assert.equal(of(given, 'ingest').length, 1, 'what it gives is taken')
  })

  test('[SY24] progress counts what is claimed and not here, each feed once', () => {
    const bench = new Bench()
    const chain = chainOf(LOG, 9)
    bench.register(LOG, 'log', chain.headAt(4))
    for (const link of [1, 2]) bench.up(link)
    assert.deepEqual(of(bench.claim(1, named(LOG), 7, chain.prefixAt(7)), 'progress')[0]?.missingEntries, 3)
    assert.deepEqual(of(bench.claim(2, named(LOG), 9, chain.prefixAt(9)), 'progress')[0]?.missingEntries, 5)
    assert.deepEqual(of(bench.step({ type: 'link-down', link: 2 }), 'progress')[0]?.missingEntries, 3)
  })
})

describe('rights', () => {
  test('[SY5] documents are neither told nor served to a link whose device may not read', () => {
    const bench = new Bench()
    const [log, note] = [chainOf(LOG, 1), chainOf(NOTE, 2)]
    bench.register(LOG, 'log', log.headAt(1))
    bench.register(NOTE, 'document', note.headAt(1))
    const up = bench.up(1, false)
    assert.deepEqual(
      sent(up, 'vector').flatMap(({ items }) => items.map(({ feed }) => feed)),
      [named(LOG)],
    )
    assert.deepEqual(of(bench.append(NOTE, note, { from: 1, to: 2 }), 'send'), [])
    const want = { type: 'want', want: 1, feed: named(NOTE, 'document'), from: 0, to: 0, creditBytes: 1000 } as const
    const refused = bench.hear(1, { ...want, hashPrefix: note.prefixAt(0) })
    assert.deepEqual(
      sent(refused, 'range').map(({ end }) => end),
      ['declined'],
    )
    assert.equal(of(refused, 'read').length, 0)
    const allowed = bench.step({ type: 'link-rights', link: 1, mayRead: true })
    assert.equal(sent(allowed, 'vector')[0]?.items[0]?.length, 2)
  })

  test('[SY5] a want under way is declined when the right to read is withdrawn', () => {
    const bench = new Bench()
    const note = chainOf(NOTE, 3)
    bench.register(NOTE, 'document', note.headAt(3))
    bench.up(1)
    const want = { type: 'want', want: 1, feed: named(NOTE, 'document'), from: 0, to: 0, creditBytes: 1000 } as const
    const [read] = of(bench.hear(1, { ...want, hashPrefix: note.prefixAt(0) }), 'read')
    assert(read)
    const effects = bench.step({ type: 'link-rights', link: 1, mayRead: false })
    assert.equal(sent(effects, 'range')[0]?.end, 'declined')
    const late = bench.step({
      type: 'read-done',
      request: read.request,
      entries: note.entries,
      hashBefore: undefined,
    })
    assert.equal(sent(late, 'range').length, 0)
  })
})
