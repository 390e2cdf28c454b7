import { assert } from '../base/assert.ts'
import { fromBase64url } from '../base/bytes.ts'
import { idToBytes, type DeviceId, type FeedId } from '../base/ids.ts'
import { sha256 } from '../crypto/hash.ts'
import { emptyChain, type ChainHead } from '../feed/chain.ts'
import { CopyCounts } from './copy-counts.ts'
import { DEPTH_BITS, type FeedRange } from './feed-range.ts'
import { Inbox } from './inbox.ts'
import { FEEDS_MAX, PROVISIONAL_LOGS_MAX } from './limits.ts'
import { skipNameOf, type SkipItem, type SkippedFeeds } from './skipped-feeds.ts'
import { StateSum } from './state-sum.ts'
import { DIGEST_BYTES, HASH_PREFIX_BYTES, type Scope } from './sync-message.ts'
import type { FeedKind, FeedUse, LinkId } from './sync-event.ts'

/** A feed as this device has it. */
export interface LocalFeed {
  readonly id: FeedId
  /** The first bits of its id, as many as the deepest range fixes. */
  readonly place: number
  kind: FeedKind
  /** Whose rate its news counts on. */
  author: string
  /** The device that writes it, where that is known: it is told how much of it is here. */
  writer: DeviceId | undefined
  head: ChainHead
  /** How much of it others are told of and given: all, or less while its author writes faster than is passed on. */
  shown: ChainHead
  /** The index's version when `shown` last changed. */
  shownVersion: number
  /** We write it, so nobody needs to bring it. */
  isOwn: boolean
  /** Only links speak of it so far. */
  isProvisional: boolean
  /** Logs and what we write ourselves are always in full use. */
  use: FeedUse
  /** Why it ends here for good. */
  refusal: string | undefined
  readonly inbox: Inbox
  readonly copies: CopyCounts
  /** The link that is asked for it now. */
  supplier: LinkId | undefined
  /** Entries that others have and that are not here, not even in the inbox. */
  missing: number
  /** Of these, the ones that progress counts: not those that are expected to come by themselves. */
  countedMissing: number
  /** Only news of the missing entries came, so they may come by themselves; then they are asked for. */
  askAtMs: number | undefined
  /** When news of entries beyond our head first came, to see how much earlier it is than they. */
  toldAtMs: number | undefined
  retries: number
  retryAtMs: number
}

const DEEPEST_BITS = DEPTH_BITS[DEPTH_BITS.length - 1] ?? 0
/** Ids are kept in as many buckets as there are ranges of depth 1. */
const BUCKET_BITS = DEPTH_BITS[1]

export const hashPrefixOf = (head: ChainHead): Uint8Array => head.hash.subarray(0, HASH_PREFIX_BYTES)

export const isInScope = (feed: LocalFeed, scope: Scope): boolean => scope === 'all' || feed.kind === 'log'

/** Is the feed one that others hear of, in this scope? A feed without entries is nothing to speak of. */
export const isShownIn = (feed: LocalFeed, scope: Scope): boolean =>
  feed.shown.length > 0 && feed.use === 'full' && isInScope(feed, scope)

/** The first bits of an id, as many as the deepest range fixes. */
const placeOf = ([first = 0, second = 0]: Uint8Array): number => ((first << 8) | second) >> (16 - DEEPEST_BITS)

const placeIn = (feed: LocalFeed, depth: number): number => feed.place >> (DEEPEST_BITS - (DEPTH_BITS[depth] ?? 0))

/** The room's feeds, in ranges of their ids, with digests over what others are shown of them. */
export class FeedIndex {
  readonly #feeds = new Map<FeedId, LocalFeed>()
  readonly #buckets: readonly LocalFeed[][] = Array.from({ length: 2 ** BUCKET_BITS }, () => [])
  /** The chain's hash stands for the feed: it covers its id, its length and all its entries. */
  readonly #sums = { log: new StateSum(), document: new StateSum() }
  readonly #digests = new Map<Scope, Uint8Array>()
  /** What the other sides of links skip, to know what their digests leave out. */
  readonly skipped = new Set<SkippedFeeds>()
  readonly #useOf: (feed: FeedId) => FeedUse
  #provisional = 0
  /** Counts the changes of what others are shown. */
  version = 0

  constructor(useOf: (feed: FeedId) => FeedUse) {
    this.#useOf = useOf
  }

  get(id: FeedId): LocalFeed | undefined {
    return this.#feeds.get(id)
  }
  get size(): number {
    return this.#feeds.size
  }
  values(): Iterable<LocalFeed> {
    return this.#feeds.values()
  }

  /** A document feed, by the beginning of its id. */
  named({ name }: SkipItem): LocalFeed | undefined {
    const place = placeOf(fromBase64url(name) ?? new Uint8Array(2))
    const bucket = this.#buckets[place >> (DEEPEST_BITS - BUCKET_BITS)] ?? []
    return bucket.find(({ id, kind }) => kind === 'document' && skipNameOf(id) === name)
  }

  /** The feeds of a range that others hear of, in this scope. */
  shownIn({ depth, prefix }: FeedRange, scope: Scope): LocalFeed[] {
    if (depth === 0) return [...this.#feeds.values()].filter((feed) => isShownIn(feed, scope))
    const bits = DEPTH_BITS[depth] ?? 0
    const bucket = this.#buckets[prefix >> (bits - BUCKET_BITS)] ?? []
    return bucket.filter((feed) => placeIn(feed, depth) === prefix && isShownIn(feed, scope))
  }

  /** Undefined when there are too many; the feed then stays out of what links are told. */
  register(id: FeedId, kind: FeedKind, head: ChainHead, author?: string): LocalFeed | undefined {
    const known = this.#feeds.get(id)
    if (!known) return this.#feeds.size >= FEEDS_MAX ? undefined : this.#add(id, kind, head, author)
    if (known.isProvisional) this.#provisional--
    // What was refused as a log nobody knew, or as a feed that did not count, may be welcome as what it turns out to be.
    known.refusal = undefined
    known.isProvisional = false
    known.author = author ?? known.author
    if (known.kind !== kind) {
      this.#unsum(known)
      known.kind = kind
      known.use = this.#useFor(known)
      this.#sum(known)
    }
    if (head.length > known.head.length) {
      known.head = head
      this.show(known, head)
    }
    return known
  }

  /** A log that a link speaks of. */
  addProvisional(id: FeedId): LocalFeed | undefined {
    if (this.#feeds.size >= FEEDS_MAX || this.#provisional >= PROVISIONAL_LOGS_MAX) return undefined
    this.#provisional++
    const feed = this.#add(id, 'log', emptyChain(id), undefined)
    feed.isProvisional = true
    return feed
  }

  removeProvisional(feed: LocalFeed): void {
    if (!feed.isProvisional || !this.#feeds.delete(feed.id)) return
    this.#provisional--
    this.#unsum(feed)
    const bucket = this.#buckets[placeIn(feed, 1)]
    bucket?.splice(bucket.indexOf(feed), 1)
  }

  /** From now on others are told of the feed up to `head`. */
  show(feed: LocalFeed, head: ChainHead): void {
    assert(head.length <= feed.head.length, 'what is shown is here')
    this.#unsum(feed)
    feed.shown = head
    this.#sum(feed)
    feed.shownVersion = this.version
  }

  /** Finds out anew what the feed is used for. True if that is another use than before. */
  reuse(feed: LocalFeed): boolean {
    const use = this.#useFor(feed)
    if (use === feed.use) return false
    this.#unsum(feed)
    feed.use = use
    this.#sum(feed)
    // What was agreed before did not cover it.
    feed.shownVersion = this.version
    return true
  }

  /** The other side of a link skips the feed from now on, or takes it again. */
  setSkipped(skipped: SkippedFeeds, item: SkipItem): void {
    const feed = this.named(item)
    const isCounted = feed !== undefined && isShownIn(feed, 'all')
    const wasSkipped = skipped.delete(item)
    if (wasSkipped && isCounted) skipped.sum.remove(feed.shown.hash)
    if (!item.isSkipped) return
    skipped.add(item)
    this.skipped.add(skipped)
    if (isCounted) skipped.sum.add(feed.shown.hash)
  }

  /** Of all that is used in full, but for what the other side skips. */
  stateDigest(scope: Scope, skipped?: SkippedFeeds): Uint8Array {
    const isWhole = scope === 'logs' || skipped === undefined || skipped.size === 0
    const known = isWhole ? this.#digests.get(scope) : undefined
    if (known) return known
    const total = new StateSum()
    total.add(this.#sums.log.bytes())
    if (scope === 'all') total.add(this.#sums.document.bytes())
    if (!isWhole) total.remove(skipped.sum.bytes())
    const digest = sha256(total.bytes()).subarray(0, DIGEST_BYTES)
    if (isWhole) this.#digests.set(scope, digest)
    return digest
  }

  #sum(feed: LocalFeed): void {
    if (isShownIn(feed, 'all')) {
      this.#sums[feed.kind].add(feed.shown.hash)
      for (const skipped of this.#skippersOf(feed)) skipped.sum.add(feed.shown.hash)
    }
    this.#changed()
  }
  #unsum(feed: LocalFeed): void {
    if (isShownIn(feed, 'all')) {
      this.#sums[feed.kind].remove(feed.shown.hash)
      for (const skipped of this.#skippersOf(feed)) skipped.sum.remove(feed.shown.hash)
    }
    this.#changed()
  }
  #skippersOf({ id, kind }: LocalFeed): SkippedFeeds[] {
    return kind === 'log' ? [] : [...this.skipped].filter((skipped) => skipped.has(id))
  }
  #useFor({ id, kind, isOwn }: Pick<LocalFeed, 'id' | 'kind' | 'isOwn'>): FeedUse {
    return kind === 'log' || isOwn ? 'full' : this.#useOf(id)
  }
  #changed(): void {
    this.version++
    if (this.#digests.size > 0) this.#digests.clear()
  }

  #add(id: FeedId, kind: FeedKind, head: ChainHead, author: string | undefined): LocalFeed {
    const feed: LocalFeed = {
      id,
      place: placeOf(idToBytes(id)),
      kind,
      author: author ?? id,
      writer: undefined,
      head,
      shown: head,
      shownVersion: this.version + 1,
      isOwn: false,
      isProvisional: false,
      use: this.#useFor({ id, kind, isOwn: false }),
      refusal: undefined,
      inbox: new Inbox(),
      copies: new CopyCounts(),
      supplier: undefined,
      missing: 0,
      countedMissing: 0,
      askAtMs: undefined,
      toldAtMs: undefined,
      retries: 0,
      retryAtMs: 0,
    }
    this.#feeds.set(id, feed)
    this.#buckets[placeIn(feed, 1)]?.push(feed)
    this.#sum(feed)
    return feed
  }
}
