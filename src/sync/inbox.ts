import type { SignedEntry } from '../feed/chain.ts'
import { INBOX_BYTES_MAX, INBOX_ENTRIES_MAX, RANGE_BYTES_MAX } from './limits.ts'
import type { LinkId } from './sync-event.ts'

/** Entries from `from` on that came together; the last is signed. */
export interface Chunk {
  readonly link: LinkId
  readonly from: number
  readonly entries: readonly SignedEntry[]
  /** A push rests on what the sender believes that we have; a range was asked for with the hash of our head. */
  readonly isPush: boolean
  /** It came by itself, or because news of it did; what catches up with the past is no news. */
  readonly isNews: boolean
}

const endOf = (chunk: Chunk): number => chunk.from + chunk.entries.length

export function bytesOf(entries: readonly SignedEntry[]): number {
  let bytes = 0
  for (const entry of entries) bytes += entry.bytes.length
  return bytes
}

/** What has come of one feed and is not durable yet: one ingest under way, and a bounded number of chunks behind it. */
export class Inbox {
  #inFlight: Chunk | undefined
  /** By where they begin, and by when they came. A flood may make it long, so it is never searched for each of its parts. */
  #queue: Chunk[] = []
  /** What `endFrom` found last, for which length, while nothing else changed. */
  #end: { readonly headLength: number; end: number } | undefined
  #bytes = 0
  #entries = 0

  get inFlight(): Chunk | undefined {
    return this.#inFlight
  }

  /** False when there is no room; then the chunk is forgotten. */
  offer(chunk: Chunk): boolean {
    const bytes = bytesOf(chunk.entries)
    if (this.#bytes + bytes > INBOX_BYTES_MAX || this.#entries + chunk.entries.length > INBOX_ENTRIES_MAX) return false
    let at = this.#queue.length
    while (at > 0 && (this.#queue[at - 1]?.from ?? 0) > chunk.from) at--
    this.#queue.splice(at, 0, chunk)
    // Most come in order, and then there is nothing more to find.
    if (this.#end && at === this.#queue.length - 1 && chunk.from <= this.#end.end)
      this.#end.end = Math.max(this.#end.end, endOf(chunk))
    else this.#end = undefined
    this.#bytes += bytes
    this.#entries += chunk.entries.length
    return true
  }

  /** Where the entries that are here, and follow one another from `headLength` on, end. */
  endFrom(headLength: number): number {
    if (this.#end?.headLength === headLength) return this.#end.end
    let end = this.#inFlight ? Math.max(headLength, endOf(this.#inFlight)) : headLength
    for (const chunk of this.#queue) {
      if (chunk.from > end) break
      end = Math.max(end, endOf(chunk))
    }
    this.#end = { headLength, end }
    return end
  }

  /** Where entries of this link begin that wait for others before them. */
  nextFrom(headLength: number, link: LinkId): number | undefined {
    let first: number | undefined
    for (const chunk of this.#queue)
      if (chunk.link === link && chunk.from > headLength) first = Math.min(first ?? chunk.from, chunk.from)
    return first
  }

  /** The next ingest that continues a chain of `headLength` entries, now under way; nothing while another is. */
  next(headLength: number): Chunk | undefined {
    if (this.#inFlight) return undefined
    this.#keep((chunk) => endOf(chunk) > headLength)
    const first = this.#queue.find((chunk) => chunk.from <= headLength)
    if (!first) return undefined
    const entries = first.entries.slice(headLength - first.from)
    const taken = new Set([first])
    let bytes = bytesOf(entries)
    for (const more of this.#queue) {
      const end = headLength + entries.length
      if (more.from > end) break
      if (more.from < end || more.link !== first.link || more.isPush !== first.isPush || more.isNews !== first.isNews)
        continue
      bytes += bytesOf(more.entries)
      if (bytes > RANGE_BYTES_MAX) break
      taken.add(more)
      entries.push(...more.entries)
    }
    this.#keep((chunk) => !taken.has(chunk))
    this.#inFlight = { ...first, from: headLength, entries }
    this.#end = undefined
    return this.#inFlight
  }

  /** The ingest under way has been answered. */
  settle(): Chunk | undefined {
    const settled = this.#inFlight
    this.#inFlight = undefined
    this.#end = undefined
    return settled
  }

  /** Has the ingest under way been accepted to its end? */
  isCovered(headLength: number): boolean {
    return this.#inFlight !== undefined && endOf(this.#inFlight) <= headLength
  }

  /** Forgets what waits, of one link or of all; the ingest under way goes on. */
  clear(link?: LinkId): void {
    this.#keep((chunk) => link !== undefined && chunk.link !== link)
  }

  #keep(isKept: (chunk: Chunk) => boolean): void {
    this.#end = undefined
    if (this.#queue.length === 0) return
    this.#queue = this.#queue.filter(isKept)
    this.#bytes = 0
    this.#entries = 0
    for (const { entries } of this.#queue) {
      this.#bytes += bytesOf(entries)
      this.#entries += entries.length
    }
  }
}
