import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  GIVEN_AGAIN_MS,
  GIVEN_BYTES_PER_STEP,
  NOTICES_BURST,
  STATED_AFTER_MS,
  STATED_INTERVAL_MS,
  STATED_ITEMS_MAX,
  STATED_REPEAT_MS,
  STATED_REPEAT_STEP_MS,
  STATED_REPEAT_STEPS,
  STATEMENT_PATIENCE_LAST_MS,
  STATEMENT_PATIENCE_MS,
  STATEMENTS_MAX,
} from '../../src/sync/limits.ts'
import type { SessionId } from '../../src/base/ids.ts'
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

const SESSIONS = Array.from({ length: STATEMENTS_MAX + 500 }, (_, i) => sessionNamed(`session of ${i}`))
const itemsOf = (sessions: readonly SessionId[]) =>
  sessions.map((session) => ({ session: shortSessionOf(session), counter: 1 }))
const takeAll = (bench: Bench, sessions: readonly SessionId[], bytes = BYTES): void => {
  for (const session of sessions) bench.step({ type: 'heads', session, counter: 1, bytes, from: 99 })
}

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
    assert.equal(sent(bench.step({ type: 'link-down', link: 2 }), 'ask-stated', 3).length, 1)
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

  test('[SY36] two who name what they never bring, over and over, do not keep a third from being asked', () => {
    const bench = lastingLinks(1, 2, 3)
    for (const link of [1, 2]) name(bench, link, 2 ** 40)
    name(bench, 3, 7)
    let isAsked = false
    for (let i = 0; i < 10 && !isAsked; i++) {
      isAsked = sent(bench.pass(STATEMENT_PATIENCE_MS), 'ask-stated', 3).length > 0
      for (const link of [1, 2]) name(bench, link, 2 ** 40)
    }
    assert(isAsked)
  })

  test('[SY36] who did not bring it is not asked again until it names it again', () => {
    const bench = lastingLinks(1, 2)
    for (const link of [1, 2]) name(bench, link, 7)
    assert.equal(sent(bench.pass(4 * STATEMENT_PATIENCE_MS), 'ask-stated').length, 1)
    assert.equal(sent(name(bench, 1, 7), 'ask-stated', 1).length, 1)
  })

  test('[SY36] what is slow to come is waited for while the link brings some of it, and asked for in one message', () => {
    const bench = lastingLinks(1, 2)
    const sessions = SESSIONS.slice(0, 100)
    for (const link of [1, 2]) bench.hear(link, { type: 'stated', items: itemsOf(sessions) })
    for (const session of sessions.slice(0, 5)) {
      assert.equal(sent(bench.pass(STATEMENT_PATIENCE_MS - 500), 'ask-stated').length, 0)
      bench.hear(1, { type: 'heads', session, counter: 1, bytes: BYTES })
    }
    const asked = sent(bench.pass(STATEMENT_PATIENCE_MS), 'ask-stated', 2)
    assert.deepEqual(
      asked.map((message) => message.sessions.length),
      [95],
    )
  })

  test('[SY36] a link that brings only others is not waited for without end', () => {
    const bench = lastingLinks(1, 2)
    for (const link of [1, 2]) bench.hear(link, { type: 'stated', items: itemsOf(SESSIONS.slice(0, 30)) })
    let asked = 0
    for (const session of SESSIONS.slice(0, STATEMENT_PATIENCE_LAST_MS / 2_000)) {
      bench.hear(1, { type: 'heads', session, counter: 1, bytes: BYTES })
      bench.hear(2, { type: 'neighbours', sessions: [] })
      asked += sent(bench.pass(2_000), 'ask-stated', 2).length
    }
    assert.equal(asked, 1)
  })

  test('[SY37] what is asked for is given in parts, and not while the control lane is full', () => {
    const bench = lastingLinks(1)
    const sessions = SESSIONS.slice(0, 200)
    takeAll(bench, sessions, new Uint8Array(480))
    bench.step({ type: 'lane-full', link: 1, lane: 'control' })
    const ask = { type: 'ask-stated', sessions: sessions.map(shortSessionOf) } as const
    assert.equal(sent(bench.hear(1, ask), 'heads').length, 0)
    assert.equal(sent(bench.pass(1_000), 'heads').length, 0)
    const parts = [sent(bench.step({ type: 'lane-drained', link: 1, lane: 'control' }), 'heads')]
    for (let i = 0; i < 20; i++) parts.push(sent(bench.pass(500), 'heads'))
    for (const part of parts) assert(part.reduce((sum, { bytes }) => sum + bytes.length, 0) <= GIVEN_BYTES_PER_STEP)
    assert.equal(parts.flat().length, sessions.length)
  })

  test('[SY38] what came to nothing is named, asked for and given again two minutes later', () => {
    const [newcomer, other] = [lastingLinks(9), lastingLinks(8)]
    take(other, 5, undefined)
    bring(newcomer, 9, 5)
    const repeatMs = STATED_REPEAT_MS + STATED_REPEAT_STEPS * STATED_REPEAT_STEP_MS
    const hearAll = (bench: Bench, link: number): SyncEffect[] => {
      const effects: SyncEffect[] = []
      for (let passed = 0; passed < repeatMs; passed += 5_000) {
        effects.push(...bench.pass(5_000))
        bench.hear(link, { type: 'neighbours', sessions: [] })
      }
      return effects
    }
    hearAll(other, 8)
    const [digest] = sent(hearAll(newcomer, 9), 'stated-digest', 9)
    assert(digest)
    const [list] = sent(other.hear(8, digest), 'stated', 8)
    assert(list)
    const [ask] = sent(newcomer.hear(9, list), 'ask-stated', 9)
    assert(ask)
    assert.equal(sent(other.hear(8, ask), 'heads', 8)[0]?.counter, 5)
    other.hear(8, digest)
    assert.equal(sent(other.hear(8, ask), 'heads', 8).length, 0, `not twice within ${GIVEN_AGAIN_MS} ms`)
  })

  test('[SY39] peers with more statements than they compare have equal digests, whatever the order', () => {
    const [one, other] = [new Bench(), new Bench()]
    takeAll(one, SESSIONS)
    takeAll(other, SESSIONS.toReversed())
    one.up(9)
    const [digest] = sent(one.pass(STATED_AFTER_MS), 'stated-digest', 9)
    assert(digest)
    other.up(8)
    assert.equal(sent(other.hear(8, digest), 'stated').length, 0)
  })

  test('[SY39] of more sessions than are compared those that wrote last are still named and given', () => {
    const bench = new Bench()
    const sessions = SESSIONS.toSorted((a, b) => (shortSessionOf(a) < shortSessionOf(b) ? -1 : 1))
    takeAll(bench, sessions)
    bench.up(1)
    const last = sessions.slice(-1)
    assert(STATED_ITEMS_MAX < sessions.length)
    assert.equal(sent(bench.hear(1, { type: 'ask-stated', sessions: last.map(shortSessionOf) }), 'heads').length, 1)
  })
})
