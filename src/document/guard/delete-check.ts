import { DELETE_RANGES_MAX } from './limits.ts'
import type { NewStruct } from './new-structs.ts'
import type { Place } from './places.ts'
import { refuse } from './reasons.ts'
import { indexAt, itemOf, structAt } from './struct-at.ts'
import type { CheckContext } from './check-context.ts'

/**
 * [G9] Reads the deletions that end an update: clients descending, ranges ascending and apart, nothing that the author
 * had not seen or just written, nothing in lanes, no half characters. Returns how many ranges there are.
 */
export function requireDeletes(check: CheckContext, ownEnd: number): number {
  const { reader, author } = check
  let total = 0
  let lastClient = Infinity
  for (let left = reader.varuint(); left > 0; left--) {
    const client = reader.varuint()
    if (client >= lastClient) refuse('deletes', 'clients not descending')
    lastClient = client
    const ranges = reader.varuint()
    total += ranges
    if (ranges < 1 || total > DELETE_RANGES_MAX) refuse('deletes', 'number of ranges')
    const limit = client === author.client ? ownEnd : check.limitOf(client)
    let end = -1
    for (let i = 0; i < ranges; i++) {
      const clock = reader.varuint()
      const length = reader.varuint()
      if (clock <= end || length < 1) refuse('deletes', 'ranges not ascending and apart')
      end = clock + length
      if (end > limit) refuse('deletes', 'range outside the view')
      requireDeletable(check, client, clock, end)
    }
  }
  return total
}

function requireDeletable(check: CheckContext, client: number, from: number, to: number): void {
  const { author } = check
  const limit = check.limitOf(client)
  const own = client === author.client
  const split = own ? Math.min(Math.max(author.nextClock, from), to) : to
  let clock = from
  const structs = check.doc.store.clients.get(client) ?? []
  for (let index = clock < split ? indexAt(structs, clock) : 0; clock < split; index++) {
    const item = itemOf(structs[index]) ?? refuse('view', 'not here yet')
    requireOpen(check, check.places.of(item.parent))
    const end = item.id.clock + item.length
    if (clock === from && clock > 0) {
      const before = clock > item.id.clock ? item : structAt(check.doc, client, clock - 1)
      if (before !== undefined && check.characters.isCutAt(before, clock)) refuse('surrogate', 'deletion')
    }
    if (split <= end && split < limit && check.characters.isCutAt(item, split)) refuse('surrogate', 'deletion')
    clock = end
  }
  clock = split
  while (clock < to) {
    const struct: NewStruct = check.fresh.at(clock) ?? refuse('deletes', 'not yet written')
    requireOpen(check, struct.place)
    const end = struct.clock + struct.length
    const bytes = check.reader.bytes
    if (clock > struct.clock && check.fresh.partsPair(struct, clock, bytes)) refuse('surrogate', 'deletion')
    if (to < end && check.fresh.partsPair(struct, to, bytes)) refuse('surrogate', 'deletion')
    clock = end
  }
}

function requireOpen(check: CheckContext, place: Place): void {
  if (place.lane !== undefined || !check.author.mayWrite) refuse('rights', 'may not delete here')
}
