import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { RoomAnnouncer } from '../../src/transport/room-announcer.ts'
import { seeded } from './seeded-random.ts'

const SEED = 5

/** An announcer on a clock that the test moves; `announcedMs` are the times of its announcements. */
function announcerAt(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  let nowMs = 0
  const announcedMs: number[] = []
  const announcer = new RoomAnnouncer({
    random: seeded(SEED),
    nowMs: () => nowMs,
    announce: () => {
      announcedMs.push(nowMs)
      return Promise.resolve()
    },
  })
  const run = (ms: number, each: () => void = () => undefined) => {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += 100
      context.mock.timers.tick(100)
      each()
    }
  }
  return { announcer, announcedMs, run }
}

const pauses = (times: readonly number[]) => times.slice(1).map((time, i) => time - (times[i] ?? 0))

describe('the announcer of a room', () => {
  it('[YD6] announces ever more rarely, at most every five minutes', (context) => {
    const { announcer, announcedMs, run } = announcerAt(context)
    announcer.start()
    run(3_600_000)
    const spans = pauses([0, ...announcedMs])
    assert.ok((spans[0] ?? 0) >= 2_500 && (spans[0] ?? 0) <= 5_100, `seed ${SEED}: ${spans[0]}`)
    for (const span of spans.slice(-5)) assert.ok(span >= 150_000 && span <= 300_100, `seed ${SEED}: ${span}`)
  })

  it('[YD6] announces within a second of a loss, when it has been quiet', (context) => {
    const { announcer, announcedMs, run } = announcerAt(context)
    announcer.start()
    run(720_000)
    const before = announcedMs.length
    announcer.soon()
    run(1_100)
    assert.equal(announcedMs.length, before + 1, `seed ${SEED}`)
  })

  it('[YD6] does not storm, however often links are lost', (context) => {
    const { announcer, announcedMs, run } = announcerAt(context)
    announcer.start()
    run(60_000, () => {
      announcer.soon()
    })
    assert.ok(announcedMs.length > 5, `seed ${SEED}: ${announcedMs.length}`)
    for (const span of pauses([0, ...announcedMs])) assert.ok(span >= 2_400, `seed ${SEED}: ${span}`)
  })

  it('is silent before it starts and after it stops', (context) => {
    const { announcer, announcedMs, run } = announcerAt(context)
    announcer.soon()
    run(10_000)
    announcer.start()
    announcer.stop()
    announcer.soon()
    run(600_000)
    assert.deepEqual(announcedMs, [])
  })
})
