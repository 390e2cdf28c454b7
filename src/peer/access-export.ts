import { toBase64url } from '../base/bytes.ts'
import { didOf } from '../identity/did.ts'
import { allOperations, eventOf, type EventNames } from './access-events.ts'
import type { RoomCore } from './room-core.ts'

/** Of one log at a time, so that a long one does not fill the memory twice. */
const READ_BYTES_MAX = 1024 * 1024

/**
 * Every operation of a room, oldest first, one JSON object a line. With `entry`, the exact bytes, and `signature`, which
 * covers the log up to there, anybody can check it without this program; SPEC.md says how.
 */
export async function exportLogOf(core: RoomCore, names: EventNames): Promise<string> {
  const { log } = core
  if (!log) return ''
  const signed = new Map<string, { readonly entry: string; readonly signature?: string }>()
  for (const [feed, { length }] of log.heads) {
    for (let from = 0; from < length;) {
      const { entries } = await core.read(feed, from, READ_BYTES_MAX)
      if (entries.length === 0) break
      for (const { bytes, signature } of entries) {
        const hash = log.hashAt(feed, ++from)
        if (!hash) continue
        const line = { entry: toBase64url(bytes), ...(signature && { signature: toBase64url(signature) }) }
        signed.set(toBase64url(hash), line)
      }
    }
  }
  const { access, state } = log
  const lines = [...allOperations(access)]
    .toSorted((a, b) => (a.operation?.atMs ?? 0) - (b.operation?.atMs ?? 0) || (a.hash < b.hash ? -1 : 1))
    .map((operation) => {
      const { hash, seq, log: session, operation: content } = operation
      const event = eventOf(operation, access, state, names)
      const { status, sentence } = state.explain(hash)
      return JSON.stringify({
        room: core.id,
        log: session.log,
        seq,
        hash,
        at: content && new Date(content.atMs).toISOString(),
        author: didOf(session.person),
        authorName: names.summaryOf(session.person).name,
        device: session.device,
        kind: content?.body.kind ?? 'malformed',
        ...(event && { text: event.text }),
        status,
        ...(status !== 'effective' && { why: sentence }),
        ...signed.get(hash),
      })
    })
  return lines.map((line) => `${line}\n`).join('')
}
