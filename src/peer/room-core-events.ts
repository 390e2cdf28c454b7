import type { FeedId } from '../base/ids.ts'
import type { Mode } from '../discovery/limits.ts'
import type { DocumentHost, RefusedEdit } from './document-host.ts'

/** What a room's machinery tells the classes above it. */
export interface RoomCoreEvents {
  /** Members, rights, documents, invites or names may have changed. */
  readonly changed: undefined
  /** The host was made, and nothing was taken in yet. */
  readonly creating: DocumentHost
  readonly refused: RefusedEdit
  /** This session's feeds are not here as far as they were written: the peer must open a new session. */
  readonly doubt: undefined
  /** How many entries are here that can't be read yet has changed. */
  readonly locked: undefined
  /** A note was opened, or closed. */
  readonly opened: undefined
  /** What this device does for the room. */
  readonly mode: Mode
  /** Own entries are stored. */
  readonly published: { readonly feed: FeedId; readonly length: number }
}
