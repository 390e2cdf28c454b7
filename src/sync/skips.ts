import type { FeedId } from '../base/ids.ts'
import type { Announcer } from './announcer.ts'
import type { LocalFeed } from './feed-index.ts'
import type { Fetcher } from './fetcher.ts'
import { FEEDS_PER_LINK_MAX, SKIPS_INTERVAL_MS, SKIPS_PER_MESSAGE_MAX, SKIPS_QUIET_MS } from './limits.ts'
import type { LinkState } from './link-state.ts'
import type { SyncContext } from './sync-context.ts'
import { skipNameOf, type SkipItem } from './skipped-feeds.ts'
import type { Supplier } from './supplier.ts'
import type { SyncMessage } from './sync-message.ts'

/**
 * Feeds that one side of a link takes nothing of: a note that was never opened on a phone, or the messages of somebody
 * who is blocked. The other side is told once, tells and pushes nothing of them, and leaves them out of what is compared,
 * so that two peers of which one skips a feed are as much in step as any two.
 */
export class Skips {
  readonly #context: SyncContext
  readonly #fetcher: Fetcher
  readonly #supplier: Supplier
  readonly #announcer: Announcer

  constructor(context: SyncContext, fetcher: Fetcher, supplier: Supplier, announcer: Announcer) {
    this.#context = context
    this.#fetcher = fetcher
    this.#supplier = supplier
    this.#announcer = announcer
  }

  /** When something is to be told next. */
  get dueMs(): number {
    let dueMs = Number.POSITIVE_INFINITY
    for (const { skipsAtMs = dueMs, isControlFull } of this.#context.links.values())
      if (!isControlFull) dueMs = Math.min(dueMs, skipsAtMs)
    return dueMs
  }

  /** A link is new, or its device may read now: before it is told anything else. */
  greet(link: LinkState): void {
    for (const feed of this.#context.feeds.values())
      if (feed.use !== 'full' && link.sees(feed)) link.toTellSkips.add(feed.id)
    if (link.toTellSkips.size > 0) this.#tell(link)
  }

  /** The use of feeds may be another than before. */
  reconsider(feeds: Iterable<FeedId> | undefined): void {
    const { feeds: index, links } = this.#context
    const known = feeds === undefined ? [...index.values()] : [...feeds].flatMap((feed) => index.get(feed) ?? [])
    const changed = known.filter((feed) => index.reuse(feed))
    for (const feed of changed) {
      if (feed.use === 'full') this.#fetcher.registered(feed)
      else this.#fetcher.retire(feed)
      this.note(feed)
    }
    if (changed.some(({ use }) => use === 'none')) for (const link of links.values()) this.#supplier.withdraw(link)
  }

  /** The feed is new here, or longer than before. */
  note(feed: LocalFeed): void {
    const length = lengthToTell(feed)
    for (const link of this.#context.links.values()) {
      if (link.toldSkips.get(feed.id) === length) continue
      link.toTellSkips.add(feed.id)
      link.skipsAtMs ??= this.#context.awakeMs + SKIPS_QUIET_MS
    }
  }

  /** A feed that was registered may be one that others have spoken of as skipped. */
  registered(feed: LocalFeed): void {
    this.note(feed)
    for (const link of this.#context.links.values()) {
      const length = feed.kind === 'document' ? link.skipped.lengthOf(feed.id) : undefined
      if (length !== undefined && length > 0) this.#heedLength(link, feed, length)
    }
  }

  heed(link: LinkState, items: readonly SkipItem[]): void {
    const { feeds } = this.#context
    const news: LocalFeed[] = []
    for (const item of items) {
      feeds.setSkipped(link.skipped, item)
      const feed = feeds.named(item)
      if (feed) this.#heedLength(link, feed, item.length)
      if (item.isSkipped) continue
      // It has not been compared since.
      link.agreedVersion = 0
      if (feed && feed.shown.length > item.length) news.push(feed)
    }
    if (link.skipped.size > FEEDS_PER_LINK_MAX) return this.#context.close(link, 'too-many-feeds')
    if (news.length > 0) this.#announcer.tell(link, news)
  }

  /** Tells what is due. */
  flush(): void {
    for (const link of this.#context.links.values())
      if (link.skipsAtMs !== undefined && link.skipsAtMs <= this.#context.awakeMs && !link.isControlFull)
        this.#tell(link)
  }

  #heedLength(link: LinkState, feed: LocalFeed, length: number): void {
    const record = length > 0 ? link.open(feed.id, feed.kind) : link.get(feed.id)
    if (!record) return
    link.heedLength(record, length)
    this.#fetcher.updateMissing(feed)
  }

  #tell(link: LinkState): void {
    const items: SkipItem[] = []
    for (const id of link.toTellSkips) {
      if (items.length >= SKIPS_PER_MESSAGE_MAX) break
      link.toTellSkips.delete(id)
      const feed = this.#context.feeds.get(id)
      const told = link.toldSkips.get(id)
      if (!feed || !link.sees(feed)) continue
      const length = lengthToTell(feed)
      if (length === told) continue
      if (length === undefined) link.toldSkips.delete(id)
      else link.toldSkips.set(id, length)
      items.push({ name: skipNameOf(id), isSkipped: length !== undefined, length: length ?? feed.shown.length })
    }
    link.skipsAtMs = link.toTellSkips.size > 0 ? this.#context.awakeMs + SKIPS_INTERVAL_MS : undefined
    const message: SyncMessage = { type: 'skip', items }
    if (items.length > 0) this.#context.send(link, message)
  }
}

/** How much of a skipped feed can be had here; undefined for one that is in full use. */
const lengthToTell = ({ use, shown }: LocalFeed): number | undefined =>
  use === 'full' ? undefined : use === 'give' ? shown.length : 0
