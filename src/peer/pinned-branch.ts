/**
 * Of a forked feed the branch counts that the removal of its author has pinned by hash. What leads past a pin on another
 * branch is not taken in; what is here already goes only if the fork is proved, since a pin alone could be somebody's
 * invention.
 */

import { equalBytes, toHex } from '../base/bytes.ts'
import type { FeedId } from '../base/ids.ts'
import { emptyChain, extendChain, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import type { AccessState } from '../access/access-state.ts'
import type { LogHost } from './log-host.ts'

/** What is here of the feeds and logs of a room. */
interface RoomOfBranches {
  readonly state: AccessState | undefined
  readonly log: LogHost | undefined
  /** Feeds with a proved fork. */
  readonly forked: ReadonlyMap<FeedId, unknown>
  hashAt(feed: FeedId, length: number): Uint8Array | undefined
}

/** The positions that what counts of a feed or a log must lead up to. */
function pinnedPositions({ state, log, forked }: RoomOfBranches, feed: FeedId): readonly ChainHead[] {
  const record = state?.feeds.get(feed)
  if (record) return record.pins.filter(({ length }) => length > 0)
  // All revocations are looked through, so not for every log that comes in.
  const session = forked.has(feed) ? log?.access.binding(feed)?.session : undefined
  if (session === undefined) return []
  return (state?.revocations ?? [])
    .filter(({ isEffective }) => isEffective)
    .flatMap(({ body }) => body.pins.filter((pin) => pin.session === session).map((pin) => pin.log))
}

/** Whether what is here of the feed is another branch than the pinned one, or is not known to lead up to the pin. */
export const isOnLostBranch = (core: RoomOfBranches, feed: FeedId): boolean =>
  pinnedPositions(core, feed).some(({ length, hash }) => {
    const held = core.hashAt(feed, length)
    return held === undefined || !equalBytes(held, hash)
  })

/** Names the pins that the feed has now; the same as long as none comes or goes. */
export const pinsKey = (core: RoomOfBranches, feed: FeedId): string =>
  pinnedPositions(core, feed)
    .map(({ length, hash }) => `${length} ${toHex(hash)}`)
    .toSorted()
    .join()

/** Whether a pin lies beyond what is here of the feed: up to there it may be taken in, forked or not. */
export const hasPinAhead = (core: RoomOfBranches, feed: FeedId): boolean =>
  pinnedPositions(core, feed).some(({ length }) => core.hashAt(feed, length) === undefined)

/** Whether entries that come next in the feed lead past a pinned position on another branch. */
export function leadsAstray(
  core: RoomOfBranches,
  feed: FeedId,
  from: number,
  entries: readonly SignedEntry[],
): boolean {
  const pins = pinnedPositions(core, feed).filter(({ length }) => length > from && length <= from + entries.length)
  const start = from === 0 ? emptyChain(feed).hash : core.hashAt(feed, from)
  if (pins.length === 0 || start === undefined) return false
  let head: ChainHead = { length: from, hash: start }
  for (const { bytes } of entries) {
    head = extendChain(head, bytes)
    if (pins.some(({ length, hash }) => length === head.length && !equalBytes(hash, head.hash))) return true
  }
  return false
}
