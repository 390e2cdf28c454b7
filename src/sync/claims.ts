/** What the other sides of links have by their own word. They give it when the entries are stored. */
import type { FeedId } from '../base/ids.ts'
import type { LocalFeed } from './feed-index.ts'
import type { LinkState } from './link-state.ts'
import type { SyncContext } from './sync-context.ts'
import type { ClaimedFeed, LinkId } from './sync-event.ts'

export class Claims {
  readonly #context: SyncContext

  constructor(context: SyncContext) {
    this.#context = context
  }

  /**
   * How many of the entries that are here the other side has: as it said feed by feed, or by a digest that covers the
   * feed. The word of who may not have the feed counts for nothing.
   */
  claimOf(link: LinkId, feed: FeedId): number {
    const state = this.#context.links.get(link)
    const local = this.#context.feeds.get(feed)
    return state && local ? claimOf(state, local) : 0
  }

  /** Feeds of which it has not said that it has all that is here. */
  unclaimed(id: LinkId): readonly ClaimedFeed[] {
    const { links, feeds: index } = this.#context
    const link = links.get(id)
    // What it skips no agreement covers.
    if (!link || (link.agreedVersion >= index.version && link.skipped.size === 0)) return []
    const feeds: ClaimedFeed[] = []
    for (const feed of index.values()) {
      const { id: name, shown, refusal, use } = feed
      if (refusal !== undefined || use !== 'full' || shown.length === 0 || !link.sees(feed)) continue
      const claimed = claimOf(link, feed)
      const isBehind = claimed < shown.length && link.get(name)?.isDiverged !== true
      if (isBehind) feeds.push({ feed: name, length: shown.length, claimed })
    }
    return feeds
  }

  /** Feeds of which it says to have more than is here and which it was asked for, without our own being in the way. */
  unserved(id: LinkId): readonly ClaimedFeed[] {
    const { links, feeds: index } = this.#context
    const link = links.get(id)
    const feeds: ClaimedFeed[] = []
    if (!link) return feeds
    const asked = new Set([...link.wants.values()].map(({ feed }) => feed))
    for (const { id: name, claimed, isDiverged, avoidUntilMs } of link.feeds()) {
      const feed = index.get(name)
      if (!feed || feed.use !== 'full' || feed.isOwn || feed.isProvisional || isDiverged || claimed <= feed.head.length)
        continue
      const isRefused = feed.refusal !== undefined || feed.retries > 0
      if (isRefused || (avoidUntilMs === 0 && !asked.has(name))) continue
      feeds.push({ feed: name, length: feed.head.length, claimed })
    }
    return feeds
  }

  /** Whether it has said by itself that it has more of a feed, and was not asked for it yet: then the delay is ours. */
  isUnasked(id: LinkId, feed: FeedId): boolean {
    const { links, feeds: index } = this.#context
    const link = links.get(id)
    const record = link?.get(feed)
    if (!link || !record || record.avoidUntilMs !== 0) return false
    if (record.claimed <= (index.get(feed)?.head.length ?? 0)) return false
    for (const want of link.wants.values()) if (want.feed === feed) return false
    return true
  }

  /** Entries of a feed that others say to have, and that are neither here nor refused. */
  missingOf(feed: FeedId): number {
    return this.#context.feeds.get(feed)?.missing ?? 0
  }

  /** Whether the link has had all that is here of the feed, or said how much it has, since it was last taken. */
  isSettled(id: LinkId, feed: FeedId): boolean {
    const local = this.#context.feeds.get(feed)
    return local !== undefined && (this.#context.links.get(id)?.hasAgreed(local) ?? false)
  }

  /** Whether more of a feed would be taken in, as far as is known. */
  isOpen(feed: FeedId): boolean {
    const local = this.#context.feeds.get(feed)
    if (local?.use !== 'full' || local.isProvisional) return false
    return local.refusal === undefined && local.retries === 0
  }
}

function claimOf(link: LinkState, feed: LocalFeed): number {
  if (!link.sees(feed)) return 0
  const agreed = link.hasAgreed(feed) ? feed.shown.length : 0
  const claimed = link.get(feed.id)?.claimed ?? 0
  // Nobody has more of a feed than its writer. Who says so would also seem to have what is written next.
  if (feed.isOwn && claimed > feed.head.length) return agreed
  return Math.max(Math.min(claimed, feed.head.length), agreed)
}
