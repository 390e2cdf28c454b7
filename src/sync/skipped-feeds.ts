import { toBase64url, fromBase64url } from '../base/bytes.ts'
import type { Reader, Writer } from '../base/codec.ts'
import type { FeedId } from '../base/ids.ts'
import { FEED_LENGTH_MAX, SKIPS_PER_MESSAGE_MAX } from './limits.ts'
import { StateSum } from './state-sum.ts'

/** The beginning of a feed's id. Nobody finds two of 72 bits that are equal, and it is a quarter of the whole. */
const NAME_BYTES = 9
const NAME_LETTERS = (NAME_BYTES * 4) / 3

/** Whether the sender takes more of a feed, and how much of it can be had there. */
export interface SkipItem {
  /** The beginning of the feed's id. */
  readonly name: string
  readonly isSkipped: boolean
  readonly length: number
}

export const skipNameOf = (feed: FeedId): string => feed.slice(0, NAME_LETTERS)

export const writeSkips = (writer: Writer, items: readonly SkipItem[]): Writer =>
  writer.list(items, ({ name, isSkipped, length }) => {
    writer.fixed(fromBase64url(name) ?? new Uint8Array(NAME_BYTES)).varuint(length * 2 + (isSkipped ? 1 : 0))
  })

export const readSkips = (reader: Reader): SkipItem[] =>
  reader.list(SKIPS_PER_MESSAGE_MAX, () => {
    const name = toBase64url(reader.fixed(NAME_BYTES))
    const value = reader.varuint(FEED_LENGTH_MAX * 2 + 1)
    return { name, isSkipped: value % 2 === 1, length: Math.floor(value / 2) }
  })

/** Document feeds of which the other side of a link takes nothing more, registered here or not yet. */
export class SkippedFeeds {
  readonly #lengths = new Map<string, number>()
  /** What those that are known here add to this device's digest. Kept by the index of feeds. */
  readonly sum = new StateSum()

  get size(): number {
    return this.#lengths.size
  }
  has(feed: FeedId): boolean {
    return this.#lengths.size > 0 && this.#lengths.has(skipNameOf(feed))
  }
  /** How much of it can be had there; undefined where it is not skipped. */
  lengthOf(feed: FeedId): number | undefined {
    return this.#lengths.get(skipNameOf(feed))
  }
  add({ name, length }: SkipItem): void {
    this.#lengths.set(name, length)
  }
  delete({ name }: SkipItem): boolean {
    return this.#lengths.delete(name)
  }
}
