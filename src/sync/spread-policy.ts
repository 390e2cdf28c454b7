import type { FeedId, SessionId } from '../base/ids.ts'
import type { LinkId } from './sync-event.ts'

/** What a link did that it should not have: it did not send what it said it has, sent nonsense, or sent a forgery. */
export type SpreadFault = 'broken-promise' | 'bad-frame' | 'bad-signature'

/**
 * Decides over which links news travels at once, and how fast one author's news may travel. Without one, everything
 * goes to everybody at once. It remembers what it likes; the sync machine asks it nothing twice.
 */
export interface SpreadPolicy {
  linkUp(link: LinkId, session: SessionId): void
  linkDown(link: LinkId, nowMs: number): void
  /**
   * Over which of the links entries of that many bytes go at once; the others hear only how long the feed is now, and
   * those in `covered`, with whom the sender says it speaks itself, hear nothing unless they are chosen. `isOwn`: this
   * device wrote them.
   */
  eagerLinks(
    feed: FeedId,
    links: readonly LinkId[],
    sizeBytes: number,
    nowMs: number,
    covered?: ReadonlySet<LinkId>,
    isOwn?: boolean,
  ): ReadonlySet<LinkId>
  /** The n-th copy (1 is the first) of an entry came over a link. True: ask that link to push this feed no more. */
  heedCopy(feed: FeedId, link: LinkId, copy: number, nowMs: number): boolean
  heedPrune(feed: FeedId, link: LinkId, nowMs: number): void
  /** The other side asked for what it was only told of. */
  heedGraft(feed: FeedId, link: LinkId, nowMs: number): void
  /** We ask that link for what it only told us of, so it will push this feed from now on. */
  graft(feed: FeedId, link: LinkId, nowMs: number): void
  /** That link spoke of a feed that too few push to us. True: ask it to push this feed as well. */
  wantsMore(feed: FeedId, link: LinkId, nowMs: number): boolean
  /** May that many new entries of an author be passed on now? A catch-up may be longer than news. */
  mayPass(author: string, count: number, sizeBytes: number, isCatchUp: boolean, nowMs: number): boolean
  /** What that link pushed of the feed was no continuation of it, so it is not one to rely on for this feed. */
  heedBadPush(feed: FeedId, link: LinkId): void
  /** True: a link whose other side does such things is to be closed. */
  heedFault(link: LinkId, fault: SpreadFault, nowMs: number): boolean
}
