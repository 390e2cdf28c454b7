import type { createTabDoor } from '../transport/tab-door.ts'
import type { LinksCode } from './room-links.ts'
import type { PeerTrust } from './peer-trust.ts'
import type { RoomRest } from './room-rest.ts'
import type { TabModes } from './tab-modes.ts'

/** What a room gets when the rest is there. */
export interface RestOfRoom {
  readonly code: RoomCode
  readonly trust: PeerTrust | undefined
}

/** What a room gets of `rest.ts`. */
export interface RoomCode extends LinksCode {
  readonly createTabDoor: typeof createTabDoor
  readonly RoomRest: typeof RoomRest
  readonly TabModes: typeof TabModes
}
