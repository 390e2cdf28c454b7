import type { DeviceId, FeedId, SessionId } from '../base/ids.ts'
import type { ChainHead, SignedEntry } from '../feed/chain.ts'

/** A link's name on this device only. Whoever owns the links counts them up and never uses a number twice. */
export type LinkId = number

/** Logs hold access operations and go to every link; document feeds go to links whose device may read. */
export type FeedKind = 'log' | 'document'

/**
 * What this device does with a document feed. `full`: takes it and passes it on. `give`: takes nothing more of it, and
 * gives to others what is here. `none`: takes and gives nothing, as if it were not here.
 */
export type FeedUse = 'full' | 'give' | 'none'

/** Why a link was closed: the reason is for the log, the connection line and the tests. */
export type SyncReason =
  | 'malformed'
  | 'unknown-feed'
  | 'too-many-feeds'
  | 'too-many-wants'
  | 'range-not-asked-for'
  | 'range-over-credit'
  | 'promised-more'
  | 'withheld'
  | 'forged-range'
  | 'bad-pushes'
  | 'silent'
  | 'too-many-links'
  | 'too-many-notices'
  | 'too-many-compares'
  | 'mistrusted'

export type SyncEvent =
  /** The other side is authenticated as `session` of `device`, which is told what is here of its feeds. */
  | {
      readonly type: 'link-up'
      readonly link: LinkId
      readonly session: SessionId
      readonly mayRead: boolean
      readonly device?: DeviceId
    }
  | { readonly type: 'link-down'; readonly link: LinkId }
  | { readonly type: 'link-rights'; readonly link: LinkId; readonly mayRead: boolean }
  /** Whether what the other side says to have is in doubt. It is asked for it all the same. */
  | { readonly type: 'link-doubt'; readonly link: LinkId; readonly isDoubted: boolean }
  /** A whole message from the control or the sync lane. */
  | { readonly type: 'message'; readonly link: LinkId; readonly bytes: Uint8Array }
  /** The lane holds more than it should. It still takes every message; a link that refuses one must be closed. */
  | { readonly type: 'lane-full' | 'lane-drained'; readonly link: LinkId; readonly lane: SyncLane }
  /**
   * Registered by the access log, or loaded from storage. Feeds of one `author` share its rate; without one, the feed is
   * on its own. `writer` is the device that writes it, where that is known.
   */
  | {
      readonly type: 'feed'
      readonly feed: FeedId
      readonly kind: FeedKind
      readonly head: ChainHead
      readonly author?: string
      readonly writer?: DeviceId
    }
  /** The use of these feeds, or of any, may be another now. */
  | { readonly type: 'uses'; readonly feeds?: readonly FeedId[] }
  /** Accepted and durable. `entries` are the last ones up to `head`; `from` is the link they came by, if any. */
  | {
      readonly type: 'appended'
      readonly feed: FeedId
      readonly head: ChainHead
      readonly entries: readonly SignedEntry[]
      readonly from: LinkId | undefined
      readonly writer?: DeviceId
    }
  /** The feed ends here for good, whatever others have of it. */
  | { readonly type: 'refused'; readonly feed: FeedId; readonly reason: string }
  /** The ingest was dropped or can't be judged yet: ask again, later and later. */
  | { readonly type: 'retry'; readonly feed: FeedId }
  /** The ingest does not continue our chain (`verifyRange` refused it). */
  | { readonly type: 'forged'; readonly feed: FeedId }
  /**
   * Answers `read`. `hashBefore` is the chain's hash at `from`; without it a fork between peers of different length looks
   * like forgery to the one that asks.
   */
  | {
      readonly type: 'read-done'
      readonly request: number
      readonly entries: readonly SignedEntry[]
      readonly hashBefore: Uint8Array | undefined
    }
  /** A verified head vector: our own, or the answer to the effect of this name. */
  | {
      readonly type: 'heads'
      readonly session: SessionId
      readonly counter: number
      readonly bytes: Uint8Array
      readonly from: LinkId | undefined
    }
  /** Verified fork evidence: our own, or the answer to the effect of this name. */
  | { readonly type: 'evidence'; readonly bytes: Uint8Array; readonly from: LinkId | undefined }
  /** Hands `bytes` to the application on the other side; to all links when `link` is undefined. Not forwarded there. */
  | { readonly type: 'application'; readonly link: LinkId | undefined; readonly bytes: Uint8Array }
  | { readonly type: 'tick' }

/** What the other side of a link says to have of a feed, beside how much is here. */
export interface ClaimedFeed {
  readonly feed: FeedId
  readonly length: number
  readonly claimed: number
}

export type SyncLane = 'control' | 'sync'

export type SyncEffect =
  | { readonly type: 'send'; readonly link: LinkId; readonly lane: SyncLane; readonly bytes: Uint8Array }
  /** Entries from `from` on; the last is signed. Exactly one answer: appended to their end, refused, retry or forged. */
  | {
      readonly type: 'ingest'
      readonly link: LinkId
      readonly feed: FeedId
      readonly from: number
      readonly entries: readonly SignedEntry[]
    }
  /** Entries from `from` on, as many as fit `bytesMax` and at least one. Answered by `read-done`, empty on failure. */
  | {
      readonly type: 'read'
      readonly request: number
      readonly feed: FeedId
      readonly from: number
      readonly bytesMax: number
    }
  /** Another history of our feed. With `hash` and `signature` it may be proved; without, it is only known to differ. */
  | {
      readonly type: 'fork-suspected'
      readonly link: LinkId
      readonly feed: FeedId
      readonly length: number
      readonly branch: { readonly hash: Uint8Array; readonly signature: Uint8Array } | undefined
    }
  | { readonly type: 'evidence'; readonly link: LinkId; readonly bytes: Uint8Array }
  | {
      readonly type: 'heads'
      readonly link: LinkId
      readonly session: SessionId
      readonly counter: number
      readonly bytes: Uint8Array
    }
  | { readonly type: 'application'; readonly link: LinkId; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly link: LinkId; readonly reason: SyncReason; readonly detail?: string }
  /** A tick is due then. Only the newest of these counts. */
  | { readonly type: 'wake'; readonly atMs: number }
  /** Entries that others have and we don't, as far as their links say. */
  | { readonly type: 'progress'; readonly missingEntries: number }
  | { readonly type: 'round-trip'; readonly link: LinkId; readonly roundTripMs: number }
