/**
 * Chromium keeps the databases of a page in LevelDB, which writes a record of its log in two steps. A browser that is
 * killed between them leaves half a record at the log's end. The next one reads past it, but goes on writing behind it
 * (`reuse_logs`, google/leveldb issue 1287), and the one after that takes the half record for damage and starts with
 * an empty database: everything is gone, though it was written whole. Beginning a new log as soon as the database is
 * open leaves the half record behind. No page can ask for that, but deleting a database makes LevelDB compact what is
 * in memory, and that begins a new log.
 */

/** Deleted as soon as it is made. One name for all tabs: whoever comes first does it for the others. */
const DATABASE = 'parley-log'

/** Only an engine that may start anew with an empty database says so in this event; the others need no new log. */
export const mayLoseAll = (): boolean =>
  typeof IDBVersionChangeEvent === 'function' && 'dataLoss' in IDBVersionChangeEvent.prototype

/** Resolves when it is done or cannot be: nothing depends on it but the safety of what is written afterwards. */
export async function renewLog(factory: IDBFactory): Promise<void> {
  try {
    const made = factory.open(DATABASE, 1)
    await ended(made)
    made.result.close()
    await ended(factory.deleteDatabase(DATABASE))
  } catch {
    // It could not be made: there is no room, or another tab is at it.
  }
}

/** Resolves with the request's success and rejects when it fails or another tab keeps it from going on. */
const ended = (request: IDBOpenDBRequest): Promise<void> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => {
      resolve()
    })
    request.addEventListener('error', (event) => {
      event.preventDefault()
      reject(new Error('not made'))
    })
    request.addEventListener('blocked', () => {
      reject(new Error('another tab has it'))
    })
  })
