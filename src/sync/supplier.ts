import { equalBytes } from '../base/bytes.ts'
import type { ChainHead, SignedEntry } from '../feed/chain.ts'
import { hashPrefixOf, type LocalFeed } from './feed-index.ts'
import {
  BRANCH_READS_MAX,
  CREDIT_BYTES_MAX,
  ENTRIES_PER_MESSAGE_MAX,
  RANGE_BYTES_AIM,
  RANGE_BYTES_MAX,
  SERVES_PER_LINK_MAX,
} from './limits.ts'
import type { LinkFeed, LinkState, Serve } from './link-state.ts'
import type { SyncContext } from './sync-context.ts'
import { HASH_PREFIX_BYTES, type RangeEnd, type SyncMessage } from './sync-message.ts'

type WantMessage = Extract<SyncMessage, { type: 'want' }>
type ReadRequest =
  | { readonly for: 'serve'; readonly link: LinkState; readonly serve: Serve }
  | { readonly for: 'branch'; readonly link: LinkState; readonly record: LinkFeed; readonly head: ChainHead }

/**
 * The answering side. Every want gets ranges in order, as far as its credit goes, and exactly one last range. What is
 * appended while a want is being answered goes into its ranges and is not pushed beside them.
 */
export class Supplier {
  readonly #context: SyncContext
  readonly #requests = new Map<number, ReadRequest>()
  #lastRequest = 0
  #branchReads = 0

  constructor(context: SyncContext) {
    this.#context = context
  }

  want(link: LinkState, record: LinkFeed, message: WantMessage): void {
    if (message.want <= link.lastServe) return this.#context.close(link, 'malformed', 'want number')
    if (link.serves.size >= SERVES_PER_LINK_MAX) return this.#context.close(link, 'too-many-wants')
    link.lastServe = message.want
    const feed = this.#context.feeds.get(record.id)
    const serve: Serve = {
      number: message.want,
      feed: record.id,
      hashPrefix: message.hashPrefix,
      to: message.to === 0 ? Number.POSITIVE_INFINITY : message.to,
      hadBefore: record.has,
      position: message.from,
      isChecked: false,
      creditBytes: message.creditBytes,
      isReading: false,
    }
    if (!isGiven(link, feed) || message.from > feed.shown.length) return this.#end(link, serve, 'declined')
    if (message.from === feed.shown.length) {
      const isSame = equalBytes(message.hashPrefix, hashPrefixOf(feed.shown))
      return this.#end(link, serve, isSame ? 'done' : 'diverged')
    }
    // This is what it really has, whatever we sent before.
    record.has = message.from
    link.serves.set(serve.number, serve)
    this.#pump(link)
  }

  credit(link: LinkState, number: number, creditBytes: number): void {
    const serve = link.serves.get(number)
    if (!serve) return
    serve.creditBytes = Math.min(serve.creditBytes + creditBytes, CREDIT_BYTES_MAX)
    this.#pump(link)
  }

  cancel(link: LinkState, number: number): void {
    const serve = link.serves.get(number)
    if (serve) this.#end(link, serve, 'declined')
  }

  laneDrained(link: LinkState): void {
    this.#pump(link)
  }

  /** The other side may not read documents any more, or we give some of them to nobody. */
  withdraw(link: LinkState): void {
    for (const serve of link.serves.values())
      if (!isGiven(link, this.#context.feeds.get(serve.feed))) this.#end(link, serve, 'declined')
  }

  /** Sends our signed head of `head.length` entries, once for each link and feed, if we still have its signature. */
  prove(link: LinkState, record: LinkFeed, head: ChainHead): void {
    if (record.hasSentBranch || head.length === 0 || this.#branchReads >= BRANCH_READS_MAX) return
    record.hasSentBranch = true
    this.#branchReads++
    const request = ++this.#lastRequest
    this.#requests.set(request, { for: 'branch', link, record, head })
    this.#context.emit({ type: 'read', request, feed: record.id, from: head.length - 1, bytesMax: 1 })
  }

  readDone(request: number, entries: readonly SignedEntry[], hashBefore: Uint8Array | undefined): void {
    const asked = this.#requests.get(request)
    if (!asked) return
    this.#requests.delete(request)
    if (asked.for === 'branch') return this.#sendBranch(asked.link, asked.record, asked.head, entries)
    const { link, serve } = asked
    link.reads--
    serve.isReading = false
    if (this.#context.isOpen(link) && link.serves.get(serve.number) === serve)
      this.#serve(link, serve, entries, hashBefore)
    this.#pump(link)
  }

  #serve(link: LinkState, serve: Serve, entries: readonly SignedEntry[], hashBefore: Uint8Array | undefined): void {
    const feed = this.#context.feeds.get(serve.feed)
    const record = link.get(serve.feed)
    if (!feed || !record) return this.#end(link, serve, 'declined')
    if (!serve.isChecked && hashBefore && !equalBytes(hashBefore.subarray(0, HASH_PREFIX_BYTES), serve.hashPrefix)) {
      this.#end(link, serve, 'diverged')
      record.isDiverged = true
      return this.prove(link, record, { length: serve.position, hash: hashBefore })
    }
    serve.isChecked = true
    const end = Math.min(feed.shown.length, serve.to)
    const range = cutRange(entries.slice(0, end - serve.position))
    if (range.length === 0) return this.#end(link, serve, 'declined')
    const from = serve.position
    for (const { bytes } of range) serve.creditBytes -= bytes.length
    serve.position += range.length
    record.has = Math.max(record.has, serve.position)
    record.told = Math.max(record.told, serve.position)
    if (serve.position >= end && serve.to <= feed.shown.length) record.has = Math.max(record.has, serve.hadBefore)
    if (serve.position >= end) return this.#end(link, serve, 'done', from, range)
    this.#context.send(link, { type: 'range', want: serve.number, from, end: 'more', entries: range }, 'sync')
  }

  #pump(link: LinkState): void {
    if (!this.#context.isOpen(link) || link.isSyncFull) return
    for (const serve of link.serves.values()) {
      if (link.reads >= SERVES_PER_LINK_MAX) return
      if (serve.isReading || serve.creditBytes <= 0) continue
      serve.isReading = true
      link.reads++
      const request = ++this.#lastRequest
      this.#requests.set(request, { for: 'serve', link, serve })
      const { feed, position: from } = serve
      this.#context.emit({ type: 'read', request, feed, from, bytesMax: RANGE_BYTES_MAX })
    }
  }

  #end(
    link: LinkState,
    serve: Serve,
    end: Exclude<RangeEnd, 'more'>,
    from: number = serve.position,
    entries: readonly SignedEntry[] = [],
  ): void {
    link.serves.delete(serve.number)
    this.#context.send(link, { type: 'range', want: serve.number, from, end, entries }, 'sync')
  }

  #sendBranch(link: LinkState, record: LinkFeed, head: ChainHead, entries: readonly SignedEntry[]): void {
    this.#branchReads--
    const signature = entries[0]?.signature
    if (!signature) return
    const { length, hash } = head
    this.#context.send(link, { type: 'branch', feed: link.refer(record), length, hash, signature })
  }
}

const isGiven = (link: LinkState, feed: LocalFeed | undefined): feed is LocalFeed =>
  feed !== undefined && link.sees(feed) && feed.use !== 'none'

/**
 * The longest part of `entries` that ends with a signature and stays under the aim, or the shortest that ends with one.
 * Since everybody cuts so, two signatures in a chain are never further apart than a range may be long.
 */
function cutRange(entries: readonly SignedEntry[]): readonly SignedEntry[] {
  let end = 0
  let bytes = 0
  for (const [i, entry] of entries.slice(0, ENTRIES_PER_MESSAGE_MAX).entries()) {
    bytes += entry.bytes.length
    if (end > 0 && bytes > RANGE_BYTES_AIM) break
    if (i > 0 && bytes > RANGE_BYTES_MAX) break
    if (entry.signature) end = i + 1
  }
  return entries.slice(0, end).map(({ bytes: entry, signature }, i) => ({
    bytes: entry,
    signature: i === end - 1 ? signature : undefined,
  }))
}
