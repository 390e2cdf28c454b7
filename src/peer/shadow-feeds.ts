import type { DeviceId, DocumentId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { AccessState } from '../access/access-state.ts'
import type { FeedRecord } from '../access/feed-record.ts'
import { clientIdOf } from '../feed/feed-id.ts'

/** An announcement of a feed, whether it counts or not. */
export interface FeedOpening {
  readonly feed: FeedId
  readonly operation: OperationHash
  readonly session: SessionId
  readonly device: DeviceId
  readonly person: PersonId
  readonly document: DocumentId
  readonly node: OperationHash
}

/**
 * Feeds that do not count, or no longer, but on which honest people have built: those who had not heard of a removal yet.
 * They are held like any other, with nothing of them accepted, so that what stands on them has its place.
 */
export class ShadowFeeds {
  readonly #wanted = new Set<FeedId>()

  /** What somebody wrote stands on this feed, or it was taken in before. False if that is no news. */
  want(feed: FeedId): boolean {
    if (this.#wanted.has(feed)) return false
    this.#wanted.add(feed)
    return true
  }

  /** How a feed is to be held: as the state says, or as a shadow. */
  recordOf(feed: FeedId, state: AccessState, openings: ReadonlyMap<FeedId, FeedOpening>): FeedRecord | undefined {
    const record = state.feeds.get(feed)
    const opening = openings.get(feed)
    if (record?.status === 'effective' || !this.#wanted.has(feed) || !opening) return record
    return {
      ...opening,
      client: clientIdOf(feed, opening.document),
      role: record?.role,
      status: 'effective',
      limit: 0,
      pins: NOTHING_KEPT,
      modes: record?.modes ?? [],
      redactions: record?.redactions ?? [],
    }
  }

  /** All feeds that are to be held. */
  *records(state: AccessState, openings: ReadonlyMap<FeedId, FeedOpening>): Generator<FeedRecord> {
    for (const record of state.feeds.values()) if (record.status === 'effective') yield record
    for (const feed of this.#wanted) {
      const record = state.feeds.get(feed)?.status === 'effective' ? undefined : this.recordOf(feed, state, openings)
      if (record?.status === 'effective') yield record
    }
  }
}

const NOTHING_KEPT = [{ length: 0, hash: new Uint8Array(0) }]
