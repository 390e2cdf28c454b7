/**
 * The folder of a LevelDB database: opening it, mending it, and finding out whether the disk takes enough to open it
 * anew. LevelDB writes a table and a new index whenever it opens, so a full disk does not let a database in again that
 * was closed.
 */
import { open, readdir, rm, stat, statfs, access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClassicLevel } from 'classic-level'

export type Database = ClassicLevel<Uint8Array, Uint8Array>
export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }
export type PreparedChange = Operation | { readonly type: 'range'; readonly from: Uint8Array; readonly to: Uint8Array }

/** LevelDB's blocks and tables: entries are a few hundred bytes, and rooms are read from end to end. */
const TUNING = { cacheSize: 16 * 1024 * 1024, writeBufferSize: 8 * 1024 * 1024 }
/** There from before a repair until what belongs to the loss is written. LevelDB passes over names it does not know. */
const REPAIR_MARK = 'repair-not-noted'
const TRIAL_FILE = 'trial-of-room'
/** For names, the beginnings of new files, and what others write in the meantime. */
const SPARE_BYTES = 1024 * 1024

/** Rejects with LevelDB's own error. What is owed since a repair is written before anybody reads. */
export async function openDatabase(
  Level: typeof ClassicLevel,
  folder: string,
  afterRepair: readonly PreparedChange[],
): Promise<Database> {
  const database: Database = new Level(folder, { keyEncoding: 'view', valueEncoding: 'view', ...TUNING })
  try {
    await database.open()
  } catch (error) {
    // The first error only says that it did not open.
    throw error instanceof Error && error.cause !== undefined ? error.cause : error
  }
  try {
    await rm(join(folder, TRIAL_FILE), { force: true })
    if (await isThere(join(folder, REPAIR_MARK))) {
      const operations = await resolveRanges(database, afterRepair)
      if (operations.length > 0) await database.batch(operations, { sync: true })
      await rm(join(folder, REPAIR_MARK))
    }
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

/** Mends the folder of a database that is not open. Until it was opened again, the mark says that something is owed. */
export async function repairFolder(Level: typeof ClassicLevel, folder: string): Promise<void> {
  await writeSynced(join(folder, REPAIR_MARK), 0)
  await Level.repair(folder)
}

/** Ranges are deleted key by key, so that they are part of the one batch; what the batch itself puts there goes too. */
export async function resolveRanges(database: Database, changes: readonly PreparedChange[]): Promise<Operation[]> {
  const operations: Operation[] = []
  for (const change of changes) {
    if (change.type !== 'range') {
      operations.push(change)
      continue
    }
    const { from, to } = change
    if (Buffer.compare(from, to) >= 0) continue
    const before = operations.length
    for (const key of await database.keys({ gte: from, lt: to }).all()) operations.push({ type: 'del', key })
    for (let i = 0; i < before; i++) {
      const key = operations[i]?.key
      if (key && Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0) operations.push({ type: 'del', key })
    }
  }
  return operations
}

/** Rejects with the system's error while the disk does not take what opening anew and then writing `bytes` needs. */
export async function proveRoom(folder: string, bytes: number): Promise<void> {
  let needed = bytes + SPARE_BYTES
  for (const name of await readdir(folder))
    if (/^MANIFEST|\.log$/.test(name)) needed += (await stat(join(folder, name))).size
  const { bfree, bsize } = await statfs(folder)
  // Quotas and other limits are found out by writing only.
  if (bfree * bsize < needed) throw new Error('no space left on device')
  const trial = join(folder, TRIAL_FILE)
  try {
    await writeSynced(trial, needed)
  } finally {
    await rm(trial, { force: true })
  }
}

async function writeSynced(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(Buffer.alloc(sizeBytes, 1))
    await file.sync()
  } finally {
    await file.close()
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
