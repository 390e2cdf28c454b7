import type { PersonId } from '../base/ids.ts'
import type { AccessLog } from './access-log.ts'
import type { RevokeBody } from './operation.ts'
import { revocationBody, type FeedHeads } from './removal.ts'

/**
 * Leaves the room: everything known of the person's sessions stays, nothing that comes later counts. `feedHeads` gives
 * a session's document feeds and how far each got. Append it to the leaver's own log, under any node or `ROOT`.
 */
export const departureBody = (log: AccessLog, person: PersonId, feedHeads: FeedHeads): RevokeBody =>
  revocationBody({ log, person, mode: 'leave', feedHeads })
