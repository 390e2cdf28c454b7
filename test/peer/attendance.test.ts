import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QUOTA_ROOM_MEMBERS } from '../../src/discovery/limits.ts'
import { Attendance } from '../../src/peer/attendance.ts'
import { sessionNamed } from '../discovery/overlay-simulation.ts'

const MINUTE_MS = 60_000

test('[M9] who was heard of in the last ten minutes is there, once each', () => {
  const attendance = new Attendance()
  for (const name of ['Ben', 'Carol', 'Ben']) attendance.see(sessionNamed(name), 0)
  assert.equal(attendance.count(0, 0).there, 3, 'and ourselves')
  attendance.see(sessionNamed('Ben'), 5 * MINUTE_MS)
  assert.equal(attendance.count(0, 10 * MINUTE_MS - 1).there, 3)
  assert.equal(attendance.count(0, 10 * MINUTE_MS).there, 2)
  assert.equal(attendance.count(0, 15 * MINUTE_MS).there, 1)
})

test('[M9] quotas hold as soon as the log names sixteen, however few were heard of', () => {
  const attendance = new Attendance()
  attendance.see(sessionNamed('Ben'), 0)
  assert.deepEqual(attendance.count(9, 0), { there: 2, members: 9 })
  assert.deepEqual(attendance.count(10_000, 0), { there: 2, members: QUOTA_ROOM_MEMBERS })
})

test('[M9] a flood of sessions is forgotten from the oldest on', () => {
  const attendance = new Attendance()
  for (let i = 0; i < 6_000; i++) attendance.see(sessionNamed(`sybil ${i}`), i)
  assert.equal(attendance.count(0, 6_000).there, 4_097)
})
