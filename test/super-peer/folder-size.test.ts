import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MeasuredFolder, SIZE_AGE_MS_MAX } from '../../src/super-peer/folder-size.ts'

test('[SU4] the folder is measured once a minute, however often and by how many it is asked for', async () => {
  let nowMs = 5_000
  let measured = 0
  let finish: () => void = () => undefined
  const folder = new MeasuredFolder(
    () =>
      new Promise((resolve) => {
        measured++
        finish = () => resolve(measured * 1_000)
      }),
    () => nowMs,
  )
  const first = Promise.all([folder.read(), folder.read(), folder.read()])
  nowMs += 300
  finish()
  for (const read of await first) assert.deepEqual(read, { bytes: 1_000, ageMs: 300 })
  nowMs += SIZE_AGE_MS_MAX - 301
  assert.deepEqual(await folder.read(), { bytes: 1_000, ageMs: SIZE_AGE_MS_MAX - 1 })
  assert.equal(measured, 1)
  nowMs += 1
  const later = folder.read()
  finish()
  assert.deepEqual(await later, { bytes: 2_000, ageMs: 0 })
})

test('[SU4] a folder that could not be measured is measured at the next question', async () => {
  let isBroken = true
  const folder = new MeasuredFolder(
    () => (isBroken ? Promise.reject(new Error('gone')) : Promise.resolve(7)),
    () => 0,
  )
  await assert.rejects(folder.read())
  isBroken = false
  assert.equal((await folder.read()).bytes, 7)
})
