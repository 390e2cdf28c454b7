import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NOTICES_BURST, STATED_AFTER_MS, STATED_INTERVAL_MS, STATEMENT_PATIENCE_MS } from '../../src/sync/limits.ts'
import { shortSessionOf } from '../../src/sync/link-state.ts'
import type { SyncEffect } from '../../src/sync/sync-event.ts'
import { Bench, closes, of, sent } from './bench.ts'
import { sessionNamed } from './simulation.ts'

const ADA = sessionNamed('Ada')
const NAME = shortSessionOf(ADA)
const BYTES = Uint8Array.of(1, 2, 3)

/** A statement of Ada's that was verified. */
const take = (bench: Bench, counter: number, from: number | undefined): SyncEffect[] =>
  bench.step({ type: 'heads', session: ADA, counter, bytes: BYTES, from })
const bring = (bench: Bench, link: number, counter: number): SyncEffect[] =>
  bench.hear(link, { type: 'heads', session: ADA, counter, bytes: BYTES })
const name = (bench: Bench, link: number, counter: number): SyncEffect[] =>
  bench.hear(link, { type: 'stated', items: [{ session: NAME, counter }] })

/** A bench with links that have lasted, and have nothing more to say to each other. */
function lastingLinks(...links: readonly number[]): Bench {
  const bench = new Bench()
  for (const link of links) bench.up(link)
  bench.pass(STATED_AFTER_MS)
  return bench
}

describe('statements', () => {
  test('[SY22] an author’s own goes to all neighbours at once, and once', () => {
    const bench = lastingLinks(1, 2)
    assert.equal(sent(take(bench, 5, undefined), 'heads').length, 2)
    assert.equal(sent(take(bench, 5, undefined), 'heads').length, 0)
    assert.equal(sent(take(bench, 4, undefined), 'heads').length, 0)
  })

  test('[SY33] others’ are named a second later, to those who may lack them, and given to who asks', () => {
    const bench = lastingLinks(1, 2, 3, 4)
    bench.hear(1, { type: 'neighbours', sessions: [shortSessionOf(sessionNamed('session 4'))] })
    const brought = bring(bench, 1, 5)
    assert.equal(of(brought, 'heads').length, 1)
    assert.equal(of(take(bench, 5, 1), 'send').length, 0)
    bring(bench, 2, 5)
    const named = sent(bench.pass(STATED_INTERVAL_MS), 'stated')
    assert.deepEqual(named, [{ type: 'stated', items: [{ session: NAME, counter: 5 }] }])
    const asked = bench.hear(3, { type: 'ask-stated', sessions: [NAME] })
    assert.equal(sent(asked, 'heads', 3)[0]?.counter, 5)
    assert.equal(sent(bench.hear(3, { type: 'ask-stated', sessions: [NAME] }), 'heads').length, 0, 'once over a link')
  })

  test('[SY33] what is named is asked for from one link, and from the next when that says nothing', () => {
    const bench = lastingLinks(1, 2, 3)
    assert.deepEqual(sent(name(bench, 1, 7), 'ask-stated', 1)[0]?.sessions, [NAME])
    assert.equal(sent(name(bench, 2, 7), 'ask-stated').length, 0)
    assert.deepEqual(sent(bench.pass(STATEMENT_PATIENCE_MS), 'ask-stated', 2)[0]?.sessions, [NAME])
    name(bench, 3, 7)
    assert.equal(sent(bench.step({ type: 'link-down', link: 2 }), 'ask-stated', 1).length, 1)
  })

  test('[SY33] one that was brought and not taken is not asked for there again, but elsewhere when that link is closed', () => {
    const bench = lastingLinks(1, 2)
    name(bench, 1, 7)
    name(bench, 2, 7)
    assert.equal(of(bring(bench, 1, 7), 'heads').length, 1)
    assert.equal(sent(name(bench, 1, 7), 'ask-stated').length, 0)
    assert.equal(sent(bench.pass(2 * STATEMENT_PATIENCE_MS), 'ask-stated').length, 0)
    assert.equal(sent(bench.step({ type: 'link-down', link: 1 }), 'ask-stated', 2).length, 1)
  })

  test('[SY34] a link that lasts is told what there is in eight bytes, and more only where that differs', () => {
    const [one, other] = [new Bench(), new Bench()]
    for (const bench of [one, other]) take(bench, 5, undefined)
    assert.equal(sent(one.up(9), 'heads').length, 0)
    const [digest] = sent(one.pass(STATED_AFTER_MS), 'stated-digest', 9)
    assert(digest)
    other.up(9)
    assert.equal(sent(other.hear(9, digest), 'stated').length, 0)
    take(other, 6, undefined)
    other.up(8)
    const [list] = sent(other.hear(8, digest), 'stated', 8)
    assert.deepEqual(list?.items, [{ session: NAME, counter: 6 }])
    assert.equal(sent(one.hear(9, list), 'ask-stated', 9).length, 1)
    assert.equal(sent(other.hear(8, { type: 'ask-stated', sessions: [NAME] }), 'heads', 8)[0]?.counter, 6)
  })

  test('[SY33] who asks and names without end is closed', () => {
    const bench = lastingLinks(1)
    const sessions = Array.from({ length: 1_000 }, (_, i) => shortSessionOf(sessionNamed(`${i}`)))
    const ended: string[] = []
    for (let i = 0; i <= NOTICES_BURST / sessions.length; i++)
      ended.push(...closes(bench.hear(1, { type: 'ask-stated', sessions })))
    assert.deepEqual(ended, ['too-many-notices'])
  })
})
