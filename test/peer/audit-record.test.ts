/** What a super peer's answers in a row are taken for. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AuditRecord } from '../../src/peer/audit-record.ts'
import { feedNamed } from '../sync/simulation.ts'

const [FIRST, SECOND] = [feedNamed('first'), feedNamed('second')]
const LOOK_MS = 31_000
const MINUTE_MS = 60_000

/** One look at a super peer that should have 1,000 entries of each feed. */
function compare(record: AuditRecord, nowMs: number, theirs: readonly [number, number]): void {
  const feeds = [FIRST, SECOND].map((feed, i) => ({ feed, ours: 1_000, theirs: theirs[i] ?? 0, isFull: false }))
  const verdict = record.judgeLengths(feeds, nowMs)
  if (verdict === undefined) record.forgive('lengths')
  else if (verdict !== '') record.strike('lengths', { isLie: false, reason: verdict })
}

/** One look at what it says to have, 1,000 of each feed, and has given so far. */
function expect(record: AuditRecord, nowMs: number, ours: ReadonlyMap<typeof FIRST, number>): void {
  const unserved = [...ours].map(([feed, length]) => ({ feed, length, claimed: 1_000 }))
  const { isNews, verdict } = record.promised(unserved, nowMs, (feed) => ours.get(feed) ?? 0)
  if (verdict !== undefined) record.strike('promised', { isLie: true, reason: verdict })
  else if (isNews) record.forgive('promised')
}

const stateOf = (record: AuditRecord): string => AuditRecord.summary(record, true).state

describe('what a super peer is taken for', () => {
  test('[SU24] one that takes in feed after feed is behind, and does not withhold those that wait', () => {
    const record = new AuditRecord(0, 0)
    for (let look = 1; look < 20; look++) {
      compare(record, look * LOOK_MS, [look * 50, 0])
      assert.equal(stateOf(record), 'behind')
    }
  })

  test('[SU24] one that takes in nothing withholds', () => {
    const record = new AuditRecord(0, 0)
    for (let look = 1; look <= 4; look++) compare(record, look * LOOK_MS, [50, 0])
    assert.equal(stateOf(record), 'withholding')
  })

  test('[SU24] one that has lost something withholds, whatever else it takes in', () => {
    const record = new AuditRecord(0, 0)
    for (let look = 1; look <= 4; look++) compare(record, look * LOOK_MS, [look * 50, 10 - look])
    assert.equal(stateOf(record), 'withholding')
  })

  test('[SU24] one that takes in a little of one feed, and nothing of another for half an hour, withholds', () => {
    const record = new AuditRecord(0, 0)
    for (let look = 1; look < 30; look++) compare(record, look * MINUTE_MS, [look, 0])
    assert.equal(stateOf(record), 'behind')
    for (let look = 30; look < 35; look++) compare(record, look * MINUTE_MS, [look, 0])
    assert.equal(stateOf(record), 'withholding')
  })

  test('[SU24] one that gives feed after feed to a newcomer does not lie about those that wait', () => {
    const record = new AuditRecord(0, 0)
    for (let look = 0; look < 20; look++) {
      expect(
        record,
        look * LOOK_MS,
        new Map([
          [FIRST, look * 50],
          [SECOND, 0],
        ]),
      )
      assert.notEqual(stateOf(record), 'lying')
    }
  })

  test('[SU24] one that gives nothing of what it says to have lies', () => {
    const record = new AuditRecord(0, 0)
    const ours = new Map([
      [FIRST, 50],
      [SECOND, 0],
    ])
    for (let look = 0; look < 4; look++) expect(record, look * LOOK_MS, ours)
    assert.equal(stateOf(record), 'lying')
  })
})
