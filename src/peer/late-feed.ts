import type { FeedRecord } from '../access/feed-record.ts'
import type { OperationBody } from '../access/operation.ts'
import type { LogHost } from './log-host.ts'

/** What a session does on its own account while it writes; none of it gives anybody a right. */
const WRITING: ReadonlySet<OperationBody['kind']> = new Set([
  'feed.open',
  'epoch',
  'epoch.seal',
  'epoch.request',
  'profile',
])

/** More than anybody announces between two looks at the network; bounds what somebody who is out can make us keep. */
const LATE_OPERATIONS_MAX = 64

/**
 * Whether the feed was announced after what a removal keeps of its author's log, in a session that did something that
 * counts, and with nothing but writing in between: as somebody does who is away and opens a note for the first time.
 * Such a feed is held, with nothing of it accepted, since letting it in would bring back nothing else.
 */
export function isLateFeed({ access, state }: LogHost, { status, operation }: FeedRecord): boolean {
  if (status !== 'outside-pins') return false
  let at = access.operation(operation)
  for (let steps = 0; at?.operation && steps < LATE_OPERATIONS_MAX; steps++) {
    const { kind } = at.operation.body
    if (state.explain(at.hash).status === 'effective') return kind !== 'session'
    if (!WRITING.has(kind)) return false
    at = at.previous
  }
  return false
}
