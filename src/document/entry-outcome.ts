import type { FeedId } from '../base/ids.ts'
import type { CutDelta, CutHead } from '../feed/cut.ts'
import type { GuardReason } from './guard/reasons.ts'

/** An entry whose chain, signature and seal are in order; what it says is not judged yet. */
export interface ReceivedEntry {
  readonly feed: FeedId
  readonly seq: number
  /** What the author had newly seen since the feed's previous entry. */
  readonly cut: CutDelta
  /** As `compactUpdate` writes it. */
  readonly body: Uint8Array
  /** By this device's clock, in milliseconds since 1970; for display only. */
  readonly receivedAtMs: number
}

/** Why an entry waits. None of them is a verdict: it is judged when what it waits for is there. */
export type HoldReason =
  /** The access log does not register the feed (yet). */
  | 'feed-unknown'
  /** Earlier entries of the feed are not here. */
  | 'earlier-entries'
  /** Entries that the author had seen are not here. */
  | 'heads'
  /** Beyond the limit of a feed whose author left or was removed, and nobody in standing built on it. */
  | 'limit'
  /** Costs more than the guard's budget: judged by `retryPostponed`. */
  | 'postponed'
  /** Comes back as news of the feed that this device itself writes: its storage is behind. Open a new feed. */
  | 'own-feed'

/** Why an entry is refused, here and on every other replica. It ends its feed. */
export type RejectReason =
  | Exclude<GuardReason, 'view' | 'postponed'>
  /** The body is not of the form that `compactUpdate` writes. */
  | 'malformed'
  /** The causal cut names the feed itself, does not grow, is not closed, or includes a refused entry. */
  | 'cut'
  /** An earlier entry of the feed was refused. */
  | 'feed-rejected'
  /** Another entry of the same position waits already. The chain decides which of them is signed. */
  | 'fork'
  /** Yjs failed on an update that the guard had accepted: a mistake of ours, kept from doing harm. */
  | 'apply-failed'

export type EntryOutcome =
  | { readonly status: 'applied' }
  | { readonly status: 'duplicate' }
  | { readonly status: 'held'; readonly reason: HoldReason; readonly missing: readonly CutHead[] }
  /** Had to give way in the queue of held entries; fetch it again later. */
  | { readonly status: 'dropped' }
  | { readonly status: 'rejected'; readonly reason: RejectReason; readonly detail?: string | undefined }

export interface EntryReport {
  readonly entry: ReceivedEntry
  readonly outcome: EntryOutcome
}

/** An entry that the document now holds, the user's own ones included. */
export interface AppliedEntry {
  readonly feed: FeedId
  readonly client: number
  readonly seq: number
  readonly cut: CutDelta
  /** Yjs clocks that it fills: from, inclusive, to, exclusive. */
  readonly clockFrom: number
  readonly clockTo: number
  readonly receivedAtMs: number
  /** Beyond its feed's limit: only the places of its structs are there. */
  readonly isShadow: boolean
}
