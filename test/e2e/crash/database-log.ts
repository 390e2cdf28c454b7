import assert from 'node:assert/strict'
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A log record begins with a checksum of 4 bytes, its length in 2 and its kind in 1; this one's 100 bytes never came. */
const HALF_RECORD = new Uint8Array([1, 2, 3, 4, 100, 0, 1])

/** The newest log of the databases that a profile holds, or undefined where the browser keeps no LevelDB. */
async function newestLog(profile: string): Promise<string | undefined> {
  const names = await readdir(join(profile, 'Default', 'IndexedDB'), { recursive: true })
  const newest = names
    .filter((name) => /\.indexeddb\.leveldb[/\\]\d+\.log$/.test(name))
    .toSorted()
    .at(-1)
  return newest === undefined ? undefined : join(profile, 'Default', 'IndexedDB', newest)
}

/** What a kill between the two steps of one write leaves. False where there is no such log. */
export async function tearLog(profile: string): Promise<boolean> {
  const log = await newestLog(profile)
  if (log !== undefined) await appendFile(log, HALF_RECORD)
  return log !== undefined
}

/** What a bad sector leaves: one byte in the middle is another. False where there is no such log. */
export async function damageLog(profile: string): Promise<boolean> {
  const log = await newestLog(profile)
  if (log === undefined) return false
  const bytes = await readFile(log)
  const middle = bytes.length >> 1
  assert.ok(middle > 0, 'the log is not empty')
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle)
  await writeFile(log, bytes)
  return true
}
