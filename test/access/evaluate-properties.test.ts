/**
 * The evaluator against the naive specification, and what must hold of any order of arrival and of the work. Mutations
 * of the code of which it was seen that they make the test fail (`node test/access/mutations.mjs` applies them):
 *
 * - I1: what waited for an operation is not looked at again when it comes.
 * - I7: every change evaluates all again; a changed invite leaves the grants by it as they were; a later revocation is
 *   not applied to what is there.
 * - I10: a pin keeps all branches below its length.
 * - I15: what the revocations of a member come to is not kept, but found anew for each of their grants.
 * - 20,000 histories: a ban gives way to anybody; a junior amends; a junior's list of writers replaces a senior's; a
 *   younger device ends an older one; what ended root keys signed stays; of a log that was found whole, under this grant
 *   or one before it, the limits are not asked for again.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AccessLog } from '../../src/access/access-log.ts'
import { ROOT, type GrantBody } from '../../src/access/operation.ts'
import type { VerifiedLogRange } from '../../src/access/verify-log.ts'
import { compareIncrementally } from './differential.ts'
import { eachHistory, LONG, SHORT } from './histories.ts'
import { seededRandom, shuffled } from './random-history.ts'
import { REGRESSIONS } from './regressions.ts'
import { deliver } from './room-history.ts'
import { personNamed, SyntheticRoom } from './synthetic-room.ts'
import { judgeNaively, verdictOf } from './verdict.ts'
import { stateDigest } from './state-digest.ts'

const digestOf = (room: SyntheticRoom, ranges: readonly VerifiedLogRange[]): string =>
  stateDigest(room.log(ranges).evaluate())

/** Every kind that the histories are made of must count at times, and at times not. */
const KINDS = `grant revoke amend invite invite.revoke document.create feed.open document.writers policy.set redact
  device.revoke root.rotate root.offer root.accept epoch epoch.seal epoch.request profile room.name join.request
  join.decline`.split(/\s+/)

describe('the evaluator', () => {
  it('[A5] says what the naive specification says, of 20,000 histories with hostile authors, one operation at a time', () => {
    const tally = new Map<string, number>()
    eachHistory({ count: 20_000, operations: SHORT }, (room, random, seed) => {
      const state = compareIncrementally(room, random, seed % 4 === 0)
      for (const { operations } of room.ranges)
        for (const { hash, operation } of operations) {
          const key = `${operation?.body.kind} ${state.explain(hash).status}`
          tally.set(key, (tally.get(key) ?? 0) + 1)
        }
    })
    for (const kind of KINDS)
      for (const status of ['effective', 'not-effective'])
        assert((tally.get(`${kind} ${status}`) ?? 0) > 20, `hardly any ${kind} was ${status}`)
  })

  it('[A5] says what the naive specification says of long histories', () => {
    eachHistory({ count: 300, operations: LONG }, (room, random) => {
      compareIncrementally(room, random, true)
    })
  })

  it('[A5] still says what the naive specification says of what once went wrong', () => {
    for (const [seed, operations] of REGRESSIONS)
      eachHistory({ first: seed, count: 1, operations: () => operations }, (room, random) => {
        compareIncrementally(room, random, true)
      })
  })

  it('I1 the order of arrival, repetitions and partitions change nothing', () => {
    const check = (room: SyntheticRoom, random: () => number): void => {
      const expected = digestOf(room, room.ranges)
      assert.equal(digestOf(room, shuffled([...room.ranges, ...room.ranges], random)), expected)
      const half = shuffled(room.ranges, random).slice(0, room.ranges.length >> 1)
      const partition = new AccessLog({ genesis: room.genesis })
      for (const range of half) partition.add(range)
      partition.evaluate()
      deliver(partition, room.ranges)
      assert.equal(stateDigest(partition.evaluate()), expected)
    }
    eachHistory({ count: 2000, operations: SHORT }, check)
    eachHistory({ count: 60, operations: LONG }, check)
  })

  it('I7 one operation at a time comes to what all at once comes to, without evaluating all again', () => {
    const check = (room: SyntheticRoom, random: () => number): void => {
      const log = new AccessLog({ genesis: room.genesis })
      log.evaluate()
      const known: VerifiedLogRange[] = []
      let waiting = shuffled(room.ranges, random)
      while (waiting.length > 0) {
        waiting = waiting.filter((range) => {
          if (!log.add(range).ok) return true
          known.push(range)
          assert.equal(stateDigest(log.evaluate()), digestOf(room, known))
          return false
        })
      }
      assert.equal(log.counters.evaluations, 1)
    }
    eachHistory({ count: 400, operations: SHORT }, check)
    eachHistory({ count: 10, operations: LONG }, check)
  })

  it('I10 all interleavings of forked logs come to the same', () => {
    let forks = 0
    eachHistory({ count: 1500, operations: SHORT }, (room, random) => {
      const log = room.log(shuffled(room.ranges, random))
      for (const { isForked } of log.logs.values()) if (isForked) forks++
      assert.deepEqual(verdictOf(log.evaluate(), room.ranges).lines, judgeNaively(room.ranges, room.genesis).lines)
    })
    assert(forks > 500, `${forks} logs were forked`)
  })

  it('I15 the work is bounded by a small multiple of n log n', () => {
    const check = (room: SyntheticRoom, what: string): void => {
      const n = room.ranges.length
      const bound = 12 * n * Math.log2(n)
      const { steps } = room.evaluate()
      assert(steps <= bound, `${steps} steps for ${n} operations (${what})`)
    }
    for (const operations of [50, 250, 1000, 4000])
      for (const theme of ['anything', 'removals', 'nests', 'devices'] as const)
        eachHistory({ first: operations, count: 2, operations: () => operations, theme }, (room) => {
          check(room, theme)
        })
    for (const revocations of [500, 4000]) check(floodOfRevocations(revocations), 'a flood')
  })
})

/** Somebody removes one member over and over, who has many grants and did something under each of them. */
function floodOfRevocations(revocations: number): SyntheticRoom {
  const room = new SyntheticRoom(seededRandom(revocations))
  const [alice, bob] = ['alice', 'bob'].map((name) => room.session(room.certificate(personNamed(name), 1)))
  assert(alice && bob)
  const grant = { kind: 'grant', scope: '*', over: [], via: undefined } as const
  const admin: GrantBody = { ...grant, to: personNamed('alice'), role: 'admin', maxGrant: 'admin' }
  const { hash } = alice.append(ROOT, admin, { signers: [personNamed('root')] })
  const target = { type: 'person', person: personNamed('bob') } as const
  const note = new Uint8Array(0)
  for (let i = 0; i < revocations; i++) {
    const pins = [{ session: bob.binding.session, log: bob.head, feeds: [] }]
    alice.append(hash, { kind: 'revoke', target, scope: '*', pins, mode: 'kick', note })
    if (i % 10 > 0) continue
    const given = alice.append(hash, { ...grant, to: personNamed('bob'), role: 'writer', maxGrant: undefined })
    bob.append(given.hash, { kind: 'profile', counter: i, sealed: note })
  }
  return room
}
