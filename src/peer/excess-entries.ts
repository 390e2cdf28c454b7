import type { DeviceId } from '../base/ids.ts'
import type { FeedRecord } from '../access/feed-record.ts'

/** Entries beyond what is kept of a feed that are taken from whoever wrote them: what one types in some hours offline. */
export const BEYOND_ENTRIES_MAX = 2_000

/**
 * Whether somebody goes on and on where nothing counts any more. What other members pass on is taken all the same:
 * honest work may stand on it.
 */
export function isExcess(
  { limit, device }: Pick<FeedRecord, 'limit' | 'device'>,
  from: number,
  giver: { readonly device: DeviceId | undefined; readonly mayHold: boolean },
): boolean {
  if (limit === undefined || from < limit + BEYOND_ENTRIES_MAX) return false
  return giver.device === device || !giver.mayHold
}
