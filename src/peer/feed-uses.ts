import type { DocumentId, FeedId } from '../base/ids.ts'
import type { FeedUse } from '../sync/sync-event.ts'

/** Which notes this device keeps, as far as the rest of the room asks. */
export interface NotesKept {
  isKept(document: DocumentId): boolean
  readonly notKept: number
}

/**
 * What the feeds of a room are used for here. Each of those who have a say is asked; the least use counts. Whoever changes
 * their mind tells the room's links `uses`.
 */
export class FeedUses {
  readonly voices = new Set<(feed: FeedId) => FeedUse>()

  readonly of = (feed: FeedId): FeedUse => {
    const uses = [...this.voices].map((use) => use(feed))
    return uses.find((use) => use === 'none') ?? uses.find((use) => use === 'give') ?? 'full'
  }
}
