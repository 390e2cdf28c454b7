import { equalBytes } from '../base/bytes.ts'
import type { DeviceId, FeedId } from '../base/ids.ts'
import { emptyChain, verifyRange, type SignedEntry } from '../feed/chain.ts'

/**
 * What entries of our own feed or log mean that somebody else gives us. Only what we have signed ourselves proves that
 * we wrote more than is here; anybody could send the rest to make us open one session after the other.
 */
export async function judgeOwnWriting(options: {
  readonly feed: FeedId
  readonly device: DeviceId
  readonly from: number
  readonly entries: readonly SignedEntry[]
  /** The chain's hash at a length, as it is here. */
  readonly hashAt: (length: number) => Uint8Array | undefined
}): Promise<'news' | 'known' | 'forged'> {
  const { feed, device, from, entries, hashAt } = options
  const hash = from === 0 ? emptyChain(feed).hash : hashAt(from)
  if (hash === undefined) return 'known'
  const verified = await verifyRange(feed, device, { length: from, hash }, entries)
  if (!verified.ok) return 'forged'
  const { head } = verified.value
  const here = hashAt(head.length)
  return here !== undefined && equalBytes(here, head.hash) ? 'known' : 'news'
}
