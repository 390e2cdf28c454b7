import type { RoomId } from '../base/ids.ts'
import { rejected, type Result } from '../base/result.ts'
import type { Change, Store } from '../storage/store.ts'
import { SESSIONS_PREFIX } from './session.ts'

export type ForgetReason = 'not-allowed' | 'not-stored'

/** Under `<name>/<room>`: one value of each room. */
const VALUES = ['rooms', 'held', 'rejected', 'offline'] as const
/** Under `<name>/<room>/…`: entries, keys, links, statements, which notes were opened. */
const RANGES = ['log', 'entry', 'key', 'heads', 'fork', 'invite', 'chat', 'opened'] as const

/**
 * Deletes everything that a store holds of a room, at once or not at all. Nothing may write there any more. The sessions
 * that wrote in it end with it: one that came back would begin anew where others have more, and fork its feeds.
 */
export async function forgetRoom(store: Store, room: RoomId): Promise<Result<void, ForgetReason>> {
  const changes: Change[] = [
    ...VALUES.map((name) => ({ kind: 'delete', key: `${name}/${room}` }) as const),
    ...RANGES.map((name) => ({ kind: 'delete-range', from: `${name}/${room}/`, to: `${name}/${room}/~` }) as const),
    { kind: 'delete-range', from: SESSIONS_PREFIX, to: `${SESSIONS_PREFIX}~` },
  ]
  const stored = await store.write(changes, { durable: true })
  return stored.ok ? stored : rejected('not-stored', stored.reason)
}
