/** The links of a room, as the mesh sees them. */
import type { SessionId } from '../base/ids.ts'
import type { LinkId } from '../discovery/overlay-event.ts'
import type { Link } from '../transport/link.ts'
import type { RemoteIdentity } from './link-handshake.ts'

/** A link of the room, as far as the mesh cares. */
export interface LinkOfMesh {
  readonly id: LinkId
  readonly link: Link
  readonly remote: RemoteIdentity
  readonly isOutbound: boolean
  readonly heardAtMs: number
}

/** The links that the mesh looks after. */
export interface LinksOfMesh {
  readonly all: readonly LinkOfMesh[]
  send(link: LinkId, bytes: Uint8Array): void
  /** After what was sent has left. */
  part(link: LinkId, reason: string): void
  /** A link from a door. */
  welcome(link: Link, door: string, isOutbound: boolean): void
  /** A link that was called for. True if it is `peer`'s, and was taken. */
  welcomeCalled(link: Link, peer: SessionId, isOutbound: boolean): Promise<boolean>
  changed(): void
}
