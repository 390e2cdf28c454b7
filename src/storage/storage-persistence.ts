/** How safe the browser keeps what we store. Without persistence it may evict all of it when the disk runs low. */

export type PersistenceState = 'persistent' | 'best-effort' | 'unknown'

export interface StorageEstimate {
  readonly usedBytes: number
  readonly quotaBytes: number
}

const platformStorage = (): StorageManager | undefined => globalThis.navigator?.storage

/** Asks the browser to keep our data. Call it from a user's gesture: some browsers ask the user. Never throws. */
export async function requestPersistence(storage = platformStorage()): Promise<PersistenceState> {
  try {
    if (!storage?.persist) return 'unknown'
    return (await storage.persisted()) || (await storage.persist()) ? 'persistent' : 'best-effort'
  } catch {
    return 'unknown'
  }
}

/** What the site uses and may use, in bytes, or undefined where the browser does not tell. Never throws. */
export async function estimateStorage(storage = platformStorage()): Promise<StorageEstimate | undefined> {
  try {
    const estimate = await storage?.estimate()
    if (estimate?.usage === undefined || estimate.quota === undefined) return undefined
    return { usedBytes: estimate.usage, quotaBytes: estimate.quota }
  } catch {
    return undefined
  }
}
