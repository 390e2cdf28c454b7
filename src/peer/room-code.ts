import type { createTabDoor } from '../transport/tab-door.ts'
import type { AdmissionDesk } from './admission-desk.ts'
import type { HeadStatements } from './head-statements.ts'
import type { InviteExpiry } from './invite-expiry.ts'
import type { JoinRequests } from './join-requests.ts'
import type { NoteKeeping } from './note-keeping.ts'
import type { RoomAccess } from './room-access.ts'
import type { LinksCode } from './room-links.ts'
import type { SafetyDesk } from './safety-desk.ts'
import type { TabModes } from './tab-modes.ts'

/** What a room gets of `rest.ts`. */
export interface RoomCode extends LinksCode {
  readonly AdmissionDesk: typeof AdmissionDesk
  readonly createTabDoor: typeof createTabDoor
  readonly HeadStatements: typeof HeadStatements
  readonly InviteExpiry: typeof InviteExpiry
  readonly JoinRequests: typeof JoinRequests
  readonly NoteKeeping: typeof NoteKeeping
  readonly RoomAccess: typeof RoomAccess
  readonly SafetyDesk: typeof SafetyDesk
  readonly TabModes: typeof TabModes
}
