import type { ChainHead, SignedEntry } from '../feed/chain.ts'
import type { LocalFeed } from './feed-index.ts'
import { bytesOf } from './inbox.ts'
import { HELD_BACK_INTERVAL_MS, HELD_BACK_MAX } from './limits.ts'
import type { SyncContext } from './sync-context.ts'

/** Entries that are here and not yet passed on, up to `head`. */
interface Piece {
  readonly head: ChainHead
  readonly count: number
  readonly sizeBytes: number
  readonly isCatchUp: boolean
}

/**
 * Entries whose author writes faster than is passed on. To everybody else it is as if they had not come yet: they are
 * neither told, nor given, nor part of a digest, so a flood ends here however it is asked for. Nothing of it is lost;
 * it is shown as the author's rate allows.
 */
export class HoldBack {
  readonly #context: SyncContext
  readonly #held = new Map<LocalFeed, Piece[]>()
  #releaseAtMs: number | undefined

  constructor(context: SyncContext) {
    this.#context = context
  }

  get dueMs(): number | undefined {
    return this.#held.size === 0 ? undefined : this.#releaseAtMs
  }

  /** False when entries of somebody else, now part of the feed, have to wait. */
  mayShow(feed: LocalFeed, entries: readonly SignedEntry[], isCatchUp: boolean): boolean {
    if (!this.#context.spread) return true
    const piece = { head: feed.head, count: entries.length, sizeBytes: bytesOf(entries), isCatchUp }
    const held = this.#held.get(feed)
    if (!held && this.#mayPass(feed, piece)) return true
    if (!held) this.#held.set(feed, [piece])
    else {
      held.push(piece)
      if (held.length > HELD_BACK_MAX) this.#held.set(feed, inFewer(held))
    }
    this.#releaseAtMs ??= this.#context.awakeMs + HELD_BACK_INTERVAL_MS
    return false
  }

  /** Feeds of which more may be shown now, and up to where. */
  release(): { readonly feed: LocalFeed; readonly head: ChainHead }[] {
    if (this.#releaseAtMs === undefined || this.#releaseAtMs > this.#context.awakeMs) return []
    const released: { feed: LocalFeed; head: ChainHead }[] = []
    for (const [feed, pieces] of this.#held) {
      let head: ChainHead | undefined
      for (let first = pieces[0]; first && this.#mayPass(feed, first); first = pieces[0]) {
        head = first.head
        pieces.shift()
      }
      if (head) released.push({ feed, head })
      if (pieces.length === 0) this.#held.delete(feed)
    }
    this.#releaseAtMs = this.#held.size === 0 ? undefined : this.#context.awakeMs + HELD_BACK_INTERVAL_MS
    return released
  }

  #mayPass(feed: LocalFeed, { count, sizeBytes, isCatchUp }: Piece): boolean {
    const { spread, nowMs } = this.#context
    return spread?.mayPass(feed.author, count, sizeBytes, isCatchUp, nowMs) ?? true
  }
}

/** Half as many pieces, none of them larger than it must be: what waits is shown bit by bit and not all at last. */
function inFewer(pieces: readonly Piece[]): Piece[] {
  const total = pieces.reduce((sum, { count }) => sum + count, 0)
  // Two neighbours together are more than this, so that there are fewer than half of the most.
  const countMax = Math.ceil((4 * total) / HELD_BACK_MAX)
  const joined: Piece[] = []
  for (const piece of pieces) {
    const before = joined.at(-1)
    if (before && before.count + piece.count <= countMax) joined[joined.length - 1] = join(before, piece)
    else joined.push(piece)
  }
  return joined
}

const join = (earlier: Piece, later: Piece): Piece => ({
  head: later.head,
  count: earlier.count + later.count,
  sizeBytes: earlier.sizeBytes + later.sizeBytes,
  isCatchUp: earlier.isCatchUp && later.isCatchUp,
})
