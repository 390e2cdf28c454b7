import { idToBytes, type PersonId, type SessionId } from '../base/ids.ts'
import type { AccessLog } from './access-log.ts'
import { lastOf, type LoggedOperation, type SessionLog } from './logged-operation.ts'
import { PINS_MAX } from './operation-limits.ts'
import type { FeedHead, Pin, RevokeBody, RevokeMode, Scope } from './operation.ts'

/** A session's document feeds and how far each is to be kept. */
export type FeedHeads = (session: SessionId) => readonly FeedHead[]

/** Pins each session at the last operation of its log that is held, and its feeds where `feedHeads` says. */
export function pinsOf(log: AccessLog, sessions: Iterable<SessionLog>, feedHeads: FeedHeads): Pin[] {
  const pins: Pin[] = []
  for (const { log: id, session } of sessions) {
    const sessionLog = log.logs.get(id)
    const last = sessionLog && lastOf(sessionLog)
    if (last) pins.push(pinAt(last, feedHeads(session)))
  }
  return pins
}

/** Positions that fit into one operation, at 70 bytes each; what else is in it takes less than a tenth of it. */
const POSITIONS_MAX = 800

/**
 * As much of the pins as one operation holds, for statements that no amendment can complete. The sessions and feeds in
 * which the most was written go first: whoever opens a thousand others must not thereby escape.
 */
export function fittingPins(pins: readonly Pin[]): Pin[] {
  const size = ({ log, feeds }: Pin): number => feeds.reduce((sum, { length }) => sum + length, log.length)
  const chosen = new Set(pins.toSorted((a, b) => size(b) - size(a)).slice(0, PINS_MAX))
  const feeds = [...chosen].flatMap((pin) => pin.feeds).toSorted((a, b) => b.length - a.length)
  const kept = new Set(feeds.slice(0, POSITIONS_MAX - chosen.size))
  return pins.flatMap((pin) => (chosen.has(pin) ? [{ ...pin, feeds: pin.feeds.filter((feed) => kept.has(feed)) }] : []))
}

/** Takes from a person what they hold, keeping all that is known of what they did and wrote, or nothing. */
export function revocationBody(options: {
  readonly log: AccessLog
  readonly person: PersonId
  readonly mode: RevokeMode
  readonly scope?: Scope
  readonly keep?: 'all' | 'nothing'
  readonly feedHeads: FeedHeads
}): RevokeBody {
  const { log, person, mode, scope = '*', keep = 'all', feedHeads } = options
  const sessions = [...log.logs.values()].filter((candidate) => candidate.person === person)
  const pins = keep === 'nothing' ? [] : fittingPins(pinsOf(log, sessions, feedHeads))
  return { kind: 'revoke', target: { type: 'person', person }, scope, pins, mode, note: new Uint8Array(0) }
}

function pinAt({ log, seq, hash }: LoggedOperation, feeds: readonly FeedHead[]): Pin {
  return { session: log.session, log: { length: seq + 1, hash: idToBytes(hash) }, feeds }
}
