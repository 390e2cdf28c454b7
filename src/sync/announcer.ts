import { equalBytes } from '../base/bytes.ts'
import type { SignedEntry } from '../feed/chain.ts'
import { hashPrefixOf, isInScope, type LocalFeed } from './feed-index.ts'
import { bytesOf } from './inbox.ts'
import {
  COMPARE_PAUSE_FIRST_MS,
  COMPARE_PAUSE_LAST_MS,
  ENTRIES_PER_MESSAGE_MAX,
  HEADS_TOLD_SINGLY_MAX,
  MISMATCHES_MAX,
  PUSH_BYTES_MAX,
  SETTLING_MS,
  UNSETTLED_PINGS_MAX,
  VECTOR_ITEMS_MAX,
  VECTOR_ITEMS_PER_STEP,
  WATCH_INTERVAL_MS,
} from './limits.ts'
import type { LinkFeed, LinkState } from './link-state.ts'
import type { SyncContext } from './sync-context.ts'
import type { LinkId } from './sync-event.ts'
import type { Scope, VectorItem } from './sync-message.ts'

/** Tells links what we have: new entries themselves where they continue what the other side has, else our heads. */
export class Announcer {
  readonly #context: SyncContext

  constructor(context: SyncContext) {
    this.#context = context
  }

  /** Everything that this link may see and has not been told. */
  tellAll(link: LinkState): void {
    for (const feed of this.#context.feeds.values()) this.#markDirty(link, feed)
    link.tellAtMs = this.#context.awakeMs
  }

  /** A feed that came from storage while links are up. Many come together, so they wait a moment. */
  loaded(feed: LocalFeed): void {
    for (const link of this.#context.links.values()) this.#markDirty(link, feed)
  }

  /** A feed got longer, by `entries` at its end, which came from the link `from` as a push or as the answer to a want. */
  headMoved(feed: LocalFeed, entries: readonly SignedEntry[], from: LinkId | undefined, wasPushed: boolean): void {
    const source = from === undefined ? undefined : this.#context.links.get(from)
    for (const link of this.#context.links.values()) {
      if (!link.sees(feed)) continue
      const record = link.open(feed.id, feed.kind)
      if (!record || record.isDiverged) continue
      const { length } = feed.head
      if (link === source) {
        record.has = Math.max(record.has, length)
        record.told = Math.max(record.told, length)
      } else if (source?.neighbours.has(link.shortSession) === true) {
        // The source speaks to that link itself. What it pushed to us it pushed there; a head it has told there.
        if (wasPushed) {
          record.has = Math.max(record.has, length)
          record.told = Math.max(record.told, length)
        } else this.#markDirty(link, feed)
      } else if (record.has >= length || link.isServing(feed.id)) this.#markDirty(link, feed)
      else if (!this.#push(link, record, feed, entries)) link.toTell.add(feed.id)
    }
  }

  /** The other side told us digests of what it has, because telling every head would be longer. */
  compareSummaries(link: LinkState, scope: Scope, digests: readonly Uint8Array[]): void {
    const { feeds } = this.#context
    const different: number[] = []
    for (const [bucket, own] of feeds.bucketDigests(scope).entries()) {
      const theirs = digests[bucket]
      const isEqual = theirs !== undefined && equalBytes(own, theirs)
      if (!isEqual) different.push(bucket)
      for (const feed of feeds.inBucket(bucket)) {
        if (feed.head.length === 0 || !isInScope(feed, scope)) continue
        const record = link.open(feed.id, feed.kind)
        if (!record) continue
        if (isEqual) {
          record.claimed = feed.head.length
          record.claimedHashPrefix = hashPrefixOf(feed.head)
          record.has = Math.max(record.has, feed.head.length)
          record.told = feed.head.length
        } else {
          record.told = 0
          if (link.sees(feed)) link.toTell.add(feed.id)
        }
      }
    }
    if (different.length > 0) this.#context.send(link, { type: 'difference', scope, buckets: different })
  }

  /** The other side found these buckets different from ours. */
  answerDifference(link: LinkState, buckets: readonly number[]): void {
    for (const bucket of buckets)
      for (const feed of this.#context.feeds.inBucket(bucket))
        if ((link.get(feed.id)?.told ?? 0) < feed.head.length) link.toTell.add(feed.id)
  }

  sendPing(link: LinkState, type: 'ping' | 'pong'): void {
    this.#context.send(link, { type, scope: link.scope, digest: this.#context.feeds.stateDigest(link.scope) })
  }

  /** The answer to our ping: twice another state than ours, with nothing asked and under way, is a reason to compare. */
  judgeDigest(link: LinkState, scope: Scope, digest: Uint8Array): void {
    if (equalBytes(digest, this.#context.feeds.stateDigest(scope))) {
      link.mismatches = 0
      link.comparePauseMs = COMPARE_PAUSE_FIRST_MS
      return
    }
    if (link.wants.size > 0 || link.serves.size > 0) return
    const isSettled = this.#context.awakeMs - this.#context.changedAtMs >= SETTLING_MS
    if (!isSettled && link.unsettledPings++ < UNSETTLED_PINGS_MAX) return
    link.unsettledPings = 0
    link.mismatches++
    if (link.mismatches < MISMATCHES_MAX || this.#context.awakeMs < link.compareAtMs) return
    link.mismatches = 0
    link.compareAtMs = this.#context.awakeMs + link.comparePauseMs
    link.comparePauseMs = Math.min(link.comparePauseMs * 2, COMPARE_PAUSE_LAST_MS)
    this.#sendSummary(link)
  }

  /** Sends what the step has left to tell. */
  flush(): void {
    for (const link of this.#context.links.values()) {
      this.#tellNeighbours(link)
      if (link.isControlFull) continue
      if (link.tellAtMs !== undefined && link.tellAtMs <= this.#context.awakeMs) this.#tellDirty(link)
      if (link.toTell.size > 0) this.#tellHeads(link)
    }
  }

  #markDirty(link: LinkState, feed: LocalFeed): void {
    if (feed.head.length === 0 || !link.sees(feed)) return
    if ((link.get(feed.id)?.told ?? 0) >= feed.head.length) return
    link.dirty.add(feed.id)
    link.tellAtMs ??= this.#context.awakeMs + WATCH_INTERVAL_MS
  }

  #push(link: LinkState, record: LinkFeed, feed: LocalFeed, entries: readonly SignedEntry[]): boolean {
    const first = feed.head.length - entries.length
    if (link.isControlFull || record.has < first) return false
    const lacking = entries.slice(record.has - first)
    const isWithinLimits = lacking.length <= ENTRIES_PER_MESSAGE_MAX && bytesOf(lacking) <= PUSH_BYTES_MAX
    if (!isWithinLimits || lacking.at(-1)?.signature === undefined) return false
    for (let at = 0; at < lacking.length;) {
      // An entry with a signature of its own is sent with it, so that the next peer may pass it on alone.
      const end = lacking.findIndex((entry, i) => i >= at && entry.signature !== undefined) + 1
      const seq = record.has + at
      const follows = end === at + 1 && record.pushedOut === seq
      this.#context.send(link, {
        type: 'push',
        feed: link.refer(record),
        seq: follows ? undefined : seq,
        entries: lacking.slice(at, end),
      })
      record.pushedOut = record.has + end
      at = end
    }
    record.has = feed.head.length
    record.told = Math.max(record.told, feed.head.length)
    return true
  }

  #tellDirty(link: LinkState): void {
    link.tellAtMs = undefined
    const untold: LocalFeed[] = []
    for (const id of link.dirty) {
      const feed = this.#context.feeds.get(id)
      if (feed && link.sees(feed) && (link.get(id)?.told ?? 0) < feed.head.length) untold.push(feed)
    }
    link.dirty.clear()
    if (untold.length > HEADS_TOLD_SINGLY_MAX) this.#sendSummary(link)
    else for (const feed of untold) link.toTell.add(feed.id)
  }

  #tellHeads(link: LinkState): void {
    let items: VectorItem[] = []
    let count = 0
    for (const id of link.toTell) {
      if (count++ >= VECTOR_ITEMS_PER_STEP) break
      link.toTell.delete(id)
      link.dirty.delete(id)
      const feed = this.#context.feeds.get(id)
      if (!feed || feed.head.length === 0 || !link.sees(feed)) continue
      const record = link.open(id, feed.kind)
      if (!record) continue
      items.push({ feed: link.refer(record), length: feed.head.length, hashPrefix: hashPrefixOf(feed.head) })
      record.told = feed.head.length
      if (items.length < VECTOR_ITEMS_MAX) continue
      this.#context.send(link, { type: 'vector', items })
      items = []
    }
    if (items.length > 0) this.#context.send(link, { type: 'vector', items })
    if (link.toTell.size > 0) link.tellAtMs ??= this.#context.awakeMs + WATCH_INTERVAL_MS
  }

  #sendSummary(link: LinkState): void {
    const { scope } = link
    this.#context.send(link, { type: 'summary', scope, digests: this.#context.feeds.bucketDigests(scope) })
  }

  #tellNeighbours(link: LinkState): void {
    const others = [...this.#context.links.values()].filter((other) => other !== link)
    const sessions = others.map((other) => other.shortSession).toSorted()
    const told = sessions.join()
    if (told === link.toldNeighbours) return
    link.toldNeighbours = told
    this.#context.send(link, { type: 'neighbours', sessions })
  }
}
