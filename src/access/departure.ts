import type { FeedId, PersonId, SessionId } from '../base/ids.ts'
import { idToBytes } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import type { AccessLog } from './access-log.ts'
import type { LoggedOperation, SessionLog } from './logged-operation.ts'
import type { Pin, RevokeBody } from './operation.ts'

/**
 * Leaves the room: everything known of the person's sessions stays, nothing that comes later counts. `feedHeads` gives
 * a session's document feeds and how far each got. Append it to the leaver's own log, under any node or `ROOT`.
 */
export function departureBody(
  log: AccessLog,
  person: PersonId,
  feedHeads: (session: SessionId) => readonly (ChainHead & { feed: FeedId })[],
): RevokeBody {
  const pins: Pin[] = []
  for (const sessionLog of log.logs.values()) {
    const last = sessionLog.person === person ? lastOf(sessionLog) : undefined
    if (last === undefined) continue
    const head = { length: last.seq + 1, hash: idToBytes(last.hash) }
    pins.push({ session: sessionLog.session, log: head, feeds: { heads: feedHeads(sessionLog.session) } })
  }
  const target = { type: 'person', person } as const
  return { kind: 'revoke', target, scope: '*', pins, mode: 'leave', note: new Uint8Array(0) }
}

/** The longest branch; of equal ones the one with the smallest hash, so that two devices of a person choose alike. */
function lastOf({ tips }: SessionLog): LoggedOperation | undefined {
  let last: LoggedOperation | undefined
  for (const tip of tips)
    if (last === undefined || tip.seq > last.seq || (tip.seq === last.seq && tip.hash < last.hash)) last = tip
  return last
}
