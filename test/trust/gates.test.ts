import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ALLOWANCES } from '../../src/trust/allowance-table.ts'
import { NO_LIMIT } from '../../src/trust/allowance.ts'
import type { OwnLevel, TrustLevel } from '../../src/trust/level.ts'
import { MentionGate } from '../../src/trust/mention-gate.ts'
import { RecentPeople } from '../../src/trust/recent-people.ts'
import { mayServeChunk, RelayBudget } from '../../src/trust/relay-budget.ts'
import { RequestGate, REQUESTS_MAX, REQUESTS_WITH_BADGE_MAX } from '../../src/trust/request-gate.ts'
import { StorageBudget } from '../../src/trust/storage-budget.ts'
import { TextGate } from '../../src/trust/text-gate.ts'
import { ben, cleo, NOW_MS, person } from './people.ts'

const MEGABYTE = 1024 ** 2

describe('text in a room', () => {
  const judge = (
    gate: TextGate,
    level: TrustLevel,
    more: { sizeBytes?: number; atMs?: number; isMedia?: boolean } = {},
  ) => {
    const { sizeBytes = 10, atMs = NOW_MS, isMedia = false } = more
    const [text, firstPost] = [ALLOWANCES.text[level], ALLOWANCES.firstPost[level]]
    const verdict = gate.judge({ person: ben, text, firstPost, sizeBytes, isOnlyMediaOrLink: isMedia, atMs })
    if (verdict.isHeld) return verdict.reason
    return verdict.isGated ? 'gated' : 'shown'
  }

  for (const [level, sizeBytes, perMinute] of [
    ['unknown', 2_048, 10],
    ['introduced', 8_192, 30],
    ['known', 32_768, 120],
    ['trusted', 65_536, 600],
  ] as const) {
    it(`[TS40] of ${level} people is held over ${sizeBytes} bytes`, () => {
      const gate = new TextGate()
      assert.equal(judge(gate, level, { sizeBytes }), 'shown')
      assert.equal(judge(gate, level, { sizeBytes: sizeBytes + 1 }), 'too-long')
    })

    it(`[TS40] of ${level} people is held over ${perMinute} a minute`, () => {
      const gate = new TextGate()
      for (let index = 0; index < perMinute; index++) assert.equal(judge(gate, level), 'shown')
      assert.equal(judge(gate, level), 'too-fast')
      assert.equal(judge(gate, level, { atMs: NOW_MS + 60_000 / perMinute }), 'shown')
    })
  }

  it('[TS40] of blocked people is held in any case', () => {
    assert.equal(judge(new TextGate(), 'blocked', { sizeBytes: 0 }), 'blocked')
  })

  it('[TS40] that was written in an hour and arrives at once is no flood', () => {
    const gate = new TextGate()
    for (let minute = 0; minute < 60; minute++)
      for (let index = 0; index < 10; index++)
        assert.equal(judge(gate, 'unknown', { atMs: NOW_MS + minute * 60_000 + index }), 'shown')
  })

  it('[TS40] a first post that is only media or a link waits for words', () => {
    const gate = new TextGate()
    assert.equal(judge(gate, 'unknown', { isMedia: true }), 'first-post')
    assert.equal(judge(gate, 'introduced', { isMedia: true }), 'gated')
    assert.equal(judge(gate, 'known', { isMedia: true }), 'shown')
    assert.equal(judge(gate, 'unknown'), 'shown')
    assert.equal(judge(gate, 'unknown', { isMedia: true }), 'shown')
  })

  it('[TS40] words that were held do not open the way for media', () => {
    const gate = new TextGate()
    assert.equal(judge(gate, 'unknown', { sizeBytes: 9_999 }), 'too-long')
    assert.equal(judge(gate, 'unknown', { isMedia: true }), 'first-post')
  })

  it('[TS40] a new level begins with all of its rate', () => {
    const gate = new TextGate()
    for (let index = 0; index < 11; index++) judge(gate, 'unknown')
    assert.equal(judge(gate, 'unknown'), 'too-fast')
    assert.equal(judge(gate, 'known'), 'shown')
  })
})

describe('mentions', () => {
  const judge = (
    gate: MentionGate,
    level: TrustLevel,
    more: { count?: number; isForMe?: boolean; isMentionsOnly?: boolean; nowMs?: number } = {},
  ) =>
    gate.judge({
      person: ben,
      mentions: ALLOWANCES.mentions[level],
      count: 1,
      isForMe: true,
      isMentionsOnly: false,
      nowMs: NOW_MS,
      ...more,
    })

  it('[TS41] of Unknown people are highlighted, three in a message, and never notify', () => {
    assert.deepEqual(judge(new MentionGate(), 'unknown', { count: 20 }), { highlighted: 3, notify: 'none' })
  })

  it('[TS41] of Introduced people make a badge three times an hour', () => {
    const gate = new MentionGate()
    const notified = Array.from({ length: 5 }, () => judge(gate, 'introduced').notify)
    assert.deepEqual(notified, ['badge', 'badge', 'badge', 'none', 'none'])
    assert.equal(judge(gate, 'introduced', { nowMs: NOW_MS + 20 * 60_000 }).notify, 'badge')
  })

  it('[TS41] of others than me cost nothing', () => {
    const gate = new MentionGate()
    for (let index = 0; index < 9; index++) assert.equal(judge(gate, 'introduced', { isForMe: false }).notify, 'none')
    assert.equal(judge(gate, 'introduced').notify, 'badge')
  })

  it('[TS41] of Known people alert, and of Trusted people also where only mentions are wanted', () => {
    assert.deepEqual(judge(new MentionGate(), 'known', { count: 20 }), { highlighted: 20, notify: 'alert' })
    assert.equal(judge(new MentionGate(), 'known', { isMentionsOnly: true }).notify, 'badge')
    assert.equal(judge(new MentionGate(), 'trusted', { isMentionsOnly: true }).notify, 'alert')
  })

  it('[TS41] of blocked people are plain text', () => {
    assert.deepEqual(judge(new MentionGate(), 'blocked'), { highlighted: 0, notify: 'none' })
  })
})

describe('requests', () => {
  const ask = (gate: RequestGate, level: TrustLevel, who = ben, text = 'hello') => {
    const answer = gate.ask({ person: who, directMessage: ALLOWANCES.directMessage[level], text })
    return answer.ok ? answer.value.as : answer.reason
  }

  it('[TS42] a stranger asks once, in 500 characters', () => {
    const gate = new RequestGate()
    assert.equal(ask(gate, 'unknown', ben, 'x'.repeat(501)), 'too-long')
    assert.equal(ask(gate, 'unknown', ben, '🙂'.repeat(500)), 'request')
    assert.equal(ask(gate, 'unknown', cleo, '🙂'.repeat(501)), 'too-long')
    assert.equal(ask(gate, 'unknown'), 'one-already')
    assert.equal(ask(gate, 'introduced', cleo), 'request-with-badge')
    assert.deepEqual(gate.waiting, [ben, cleo])
  })

  it('[TS42] declined once, they do not ask again, until I do something about them', () => {
    const gate = new RequestGate()
    ask(gate, 'unknown')
    gate.decline(ben)
    assert.equal(ask(gate, 'unknown'), 'declined')
    assert.deepEqual(gate.waiting, [])
    gate.accept(ben)
    assert.equal(ask(gate, 'unknown'), 'request')
  })

  it('[TS42] Known people need not ask, and blocked people cannot', () => {
    const gate = new RequestGate()
    for (const level of ['known', 'trusted'] as const satisfies readonly OwnLevel[])
      for (let index = 0; index < 3; index++) assert.equal(ask(gate, level, ben, 'x'.repeat(9_999)), 'normal')
    assert.equal(ask(gate, 'blocked'), 'off')
    assert.deepEqual(gate.waiting, [])
  })

  it('[TS42] Unknown people who fill their part leave room for the Introduced', () => {
    const gate = new RequestGate()
    for (let index = 0; index < REQUESTS_MAX; index++)
      assert.equal(ask(gate, 'unknown', person(100 + index)), 'request')
    assert.equal(ask(gate, 'unknown'), 'full')
    for (let index = REQUESTS_MAX; index < REQUESTS_WITH_BADGE_MAX; index++)
      assert.equal(ask(gate, 'introduced', person(100 + index)), 'request-with-badge')
    assert.equal(ask(gate, 'introduced'), 'full')
  })
})

describe('budgets', () => {
  const store = (
    budget: StorageBudget,
    level: TrustLevel,
    sizeBytes: number,
    more: { who?: typeof ben; isText?: boolean } = {},
  ) =>
    budget.take({ person: more.who ?? ben, storage: ALLOWANCES.storage[level], sizeBytes, isText: more.isText ?? true })

  it('[TS43] stores for each person what their level allows', () => {
    const budget = new StorageBudget({ quotaBytes: NO_LIMIT })
    assert.equal(store(budget, 'unknown', 5 * MEGABYTE), 'stored')
    assert.equal(store(budget, 'unknown', 1), 'person-full')
    assert.equal(store(budget, 'unknown', 1, { who: cleo, isText: false }), 'not-allowed')
    assert.equal(store(budget, 'introduced', 20 * MEGABYTE, { isText: false }), 'stored')
    assert.equal(budget.usedBytesOf(ben), 25 * MEGABYTE)
    assert.equal(store(budget, 'introduced', 1), 'person-full')
    assert.equal(store(budget, 'blocked', 0), 'not-allowed')
    budget.release(ben, 24 * MEGABYTE)
    assert.equal(store(budget, 'unknown', 4 * MEGABYTE), 'stored')
  })

  it('[TS43] stores for all together 60 % of the quota', () => {
    const budget = new StorageBudget({ quotaBytes: 100 })
    assert.equal(store(budget, 'trusted', 59), 'stored')
    assert.equal(store(budget, 'trusted', 2, { who: cleo }), 'quota-full')
    assert.equal(store(budget, 'trusted', 1, { who: cleo }), 'stored')
    budget.release(ben, 1_000)
    assert.equal(budget.usedBytesOf(ben), 0)
    assert.equal(store(budget, 'trusted', 59, { who: cleo }), 'stored')
  })

  it('[TS44] relays for each person at the rate of their level', () => {
    const budget = new RelayBudget()
    const take = (level: TrustLevel, sizeBytes: number, nowMs = NOW_MS): boolean =>
      budget.take({ person: ben, relay: ALLOWANCES.relay[level], sizeBytes, nowMs })
    assert.equal(take('unknown', 320 * 1024), true)
    assert.equal(take('unknown', 1), false)
    assert.equal(take('unknown', 16 * 1024, NOW_MS + 1_000), true)
    assert.equal(take('unknown', 1, NOW_MS + 1_000), false)
    assert.equal(take('trusted', 1e12), true)
    assert.equal(take('blocked', 1), false)
  })

  it('[TS44] serves chunks of opened files only, except for Trusted people', () => {
    const serves = (level: TrustLevel, wasOpenedHere: boolean) =>
      mayServeChunk(ALLOWANCES.relay[level], { wasOpenedHere })
    assert.deepEqual(
      (['blocked', 'unknown', 'introduced', 'known', 'trusted'] as const).map((level) => [
        serves(level, false),
        serves(level, true),
      ]),
      [
        [false, false],
        [false, false],
        [false, true],
        [false, true],
        [true, true],
      ],
    )
  })

  it('[TS44] remembers a bounded number of people, those met last', () => {
    const people = new RecentPeople<number>()
    people.set(ben, 1)
    for (let index = 0; index < 20_000; index++) {
      people.set(person(1_000 + index), index)
      people.get(ben)
    }
    assert.equal(people.size, 16_384)
    assert.equal(people.get(ben), 1)
    assert.equal(people.get(person(1_000)), undefined)
  })
})
