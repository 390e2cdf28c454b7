/** What the links of a room run on, and what they ask of it. */
import type { DeviceId, FeedId, PersonId } from '../base/ids.ts'
import type { SignedEntry } from '../feed/chain.ts'
import type { GossipTrees } from '../gossip/gossip-trees.ts'
import type { SpreadPolicy } from '../sync/spread-policy.ts'
import type { FeedUse, LinkId, SyncEffect } from '../sync/sync-event.ts'
import type { SyncMachine } from '../sync/sync-machine.ts'
import type { Link } from '../transport/link.ts'
import type { IngestOutcome } from './document-host.ts'
import type { LinkEntrance } from './link-entrance.ts'
import type { RemoteIdentity } from './link-handshake.ts'
import type { Mesh } from './mesh.ts'
import type { RoomOfMesh } from './mesh-cards.ts'
import type { networkViewOf } from './network-view.ts'

/** What runs links. It may be fetched later than the room is shown. */
export interface LinksCode {
  readonly SyncMachine: new (options: {
    readonly spread: SpreadPolicy
    readonly useOf: (feed: FeedId) => FeedUse
  }) => SyncMachine
  readonly GossipTrees: new () => GossipTrees
  readonly Mesh: typeof Mesh
  readonly networkViewOf: typeof networkViewOf
  readonly LinkEntrance: typeof LinkEntrance
}

/** What the links ask of the room they belong to. */
export interface RoomOfLinks extends RoomOfMesh {
  /** What document feeds are used for here. */
  readonly uses: { of(feed: FeedId): FeedUse }
  /** Whose feed or log this is, as far as it is known. */
  authorOf(feed: FeedId): { readonly person: PersonId; readonly device: DeviceId } | undefined
  /** Whether the person at the other end may have the documents (`hold`), and the keys to them. */
  may(action: 'hold' | 'read', remote: RemoteIdentity): boolean
  ingest(
    feed: FeedId,
    from: number,
    entries: readonly SignedEntry[],
    remote: RemoteIdentity | undefined,
  ): Promise<IngestOutcome>
  read(feed: FeedId, from: number, bytesMax: number): Promise<ReadRange>
}

export interface ReadRange {
  readonly entries: readonly SignedEntry[]
  /** The chain's hash before the first of them. */
  readonly hashBefore: Uint8Array | undefined
}

export interface RoomLink {
  readonly id: LinkId
  readonly link: Link
  readonly remote: RemoteIdentity
  /** We looked for the other side, not it for us. */
  readonly isOutbound: boolean
  roundTripMs: number | undefined
  heardAtMs: number
}

export interface RoomLinksEvents {
  readonly change: undefined
  readonly up: RoomLink
  readonly down: RoomLink
  readonly application: { readonly link: RoomLink; readonly bytes: Uint8Array }
  readonly ephemeral: { readonly link: RoomLink; readonly bytes: Uint8Array }
  readonly heads: Extract<SyncEffect, { type: 'heads' }>
  readonly evidence: { readonly link: LinkId; readonly bytes: Uint8Array }
  /** Entries may have reached another device. */
  readonly delivered: undefined
  /** An entry that a link brought did not come in, and its feed is over. */
  readonly refused: { readonly link: LinkId; readonly feed: FeedId; readonly reason: string }
  readonly fork: Extract<SyncEffect, { type: 'fork-suspected' }>
}
