import { concatBytes } from '../base/bytes.ts'
import { Writer } from '../base/codec.ts'
import { idToBytes, type FeedId } from '../base/ids.ts'
import { sha256 } from '../crypto/hash.ts'
import { emptyChain, type ChainHead } from '../feed/chain.ts'
import { Inbox } from './inbox.ts'
import { FEEDS_MAX, PROVISIONAL_LOGS_MAX } from './limits.ts'
import { BUCKETS, DIGEST_BYTES, HASH_PREFIX_BYTES, type Scope } from './sync-message.ts'
import type { FeedKind, LinkId } from './sync-event.ts'

/** A feed as this device has it. */
export interface LocalFeed {
  readonly id: FeedId
  readonly bucket: number
  kind: FeedKind
  head: ChainHead
  /** Only links speak of it so far. */
  isProvisional: boolean
  /** Why it ends here for good. */
  refusal: string | undefined
  readonly inbox: Inbox
  /** The link that is asked for it now. */
  supplier: LinkId | undefined
  /** Entries that others have and that are not here, not even in the inbox. */
  missing: number
  retries: number
  retryAtMs: number
}

interface Bucket {
  readonly feeds: LocalFeed[]
  readonly digests: Map<Scope, Uint8Array>
}

export const hashPrefixOf = (head: ChainHead): Uint8Array => head.hash.subarray(0, HASH_PREFIX_BYTES)

export const isInScope = (feed: LocalFeed, scope: Scope): boolean => scope === 'all' || feed.kind === 'log'

/** The room's feeds with digests over (id, length, head hash), in 64 buckets so that few differences are found cheaply. */
export class FeedIndex {
  readonly #feeds = new Map<FeedId, LocalFeed>()
  readonly #buckets: readonly Bucket[] = Array.from({ length: BUCKETS }, () => ({ feeds: [], digests: new Map() }))
  #provisional = 0

  get(id: FeedId): LocalFeed | undefined {
    return this.#feeds.get(id)
  }
  get size(): number {
    return this.#feeds.size
  }
  values(): Iterable<LocalFeed> {
    return this.#feeds.values()
  }
  inBucket(bucket: number): readonly LocalFeed[] {
    return this.#buckets[bucket]?.feeds ?? []
  }

  /** Undefined when there are too many; the feed then stays out of what links are told. */
  register(id: FeedId, kind: FeedKind, head: ChainHead): LocalFeed | undefined {
    const known = this.#feeds.get(id)
    if (!known) return this.#feeds.size >= FEEDS_MAX ? undefined : this.#add(id, kind, head, false)
    if (known.isProvisional) this.#provisional--
    // What was refused as a log nobody knew, or as a feed that did not count, may be welcome as what it turns out to be.
    known.refusal = undefined
    known.isProvisional = false
    known.kind = kind
    this.setHead(known, known.head.length > head.length ? known.head : head)
    return known
  }

  /** A log that a link speaks of. */
  addProvisional(id: FeedId): LocalFeed | undefined {
    if (this.#feeds.size >= FEEDS_MAX || this.#provisional >= PROVISIONAL_LOGS_MAX) return undefined
    this.#provisional++
    return this.#add(id, 'log', emptyChain(id), true)
  }

  removeProvisional(feed: LocalFeed): void {
    if (!feed.isProvisional || !this.#feeds.delete(feed.id)) return
    this.#provisional--
    const bucket = this.#buckets[feed.bucket]
    bucket?.feeds.splice(bucket.feeds.indexOf(feed), 1)
  }

  setHead(feed: LocalFeed, head: ChainHead): void {
    feed.head = head
    this.#buckets[feed.bucket]?.digests.clear()
  }

  bucketDigests(scope: Scope): Uint8Array[] {
    return this.#buckets.map((bucket) => {
      let digest = bucket.digests.get(scope)
      if (!digest) bucket.digests.set(scope, (digest = digestOf(bucket.feeds, scope)))
      return digest
    })
  }

  stateDigest(scope: Scope): Uint8Array {
    return sha256(concatBytes(...this.bucketDigests(scope))).subarray(0, DIGEST_BYTES)
  }

  #add(id: FeedId, kind: FeedKind, head: ChainHead, isProvisional: boolean): LocalFeed {
    const bucketNumber = (idToBytes(id)[0] ?? 0) >> 2
    const feed: LocalFeed = {
      id,
      bucket: bucketNumber,
      kind,
      head,
      isProvisional,
      refusal: undefined,
      inbox: new Inbox(),
      supplier: undefined,
      missing: 0,
      retries: 0,
      retryAtMs: 0,
    }
    this.#feeds.set(id, feed)
    const bucket = this.#buckets[bucketNumber]
    if (bucket) {
      const at = bucket.feeds.findIndex((other) => other.id > id)
      bucket.feeds.splice(at < 0 ? bucket.feeds.length : at, 0, feed)
      bucket.digests.clear()
    }
    return feed
  }
}

/** Feeds are sorted by id, so that equal states give equal digests. A feed without entries is nothing to speak of. */
function digestOf(feeds: readonly LocalFeed[], scope: Scope): Uint8Array {
  const writer = new Writer()
  for (const feed of feeds) {
    if (feed.head.length === 0 || !isInScope(feed, scope)) continue
    writer.id(feed.id).varuint(feed.head.length).fixed(hashPrefixOf(feed.head))
  }
  return sha256(writer.finish()).subarray(0, DIGEST_BYTES)
}
