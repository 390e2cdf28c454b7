import { toHex } from '../base/bytes.ts'
import type { OperationHash, PersonId } from '../base/ids.ts'
import type { NodeRecord } from './node-table.ts'
import type { HandedOnRequest } from './registry.ts'

/** A wish to be let in that nobody has answered, with all operations that handed it on. */
export interface OpenRequest extends HandedOnRequest {
  readonly operations: readonly OperationHash[]
}

/** Of what strangers asked, what no grant has answered yet; each request once, however many members handed it on. */
export function openRequests(
  requests: readonly HandedOnRequest[],
  heldBy: (person: PersonId) => Iterable<NodeRecord>,
): OpenRequest[] {
  const open = new Map<string, OpenRequest & { operations: OperationHash[] }>()
  for (const request of requests) {
    const { person, decoded, operation } = request
    const profile = toHex(decoded.consent.profileHash)
    const isAnswered = [...heldBy(person)].some(
      ({ node: { via } }) => via !== undefined && toHex(via.consent.profileHash) === profile,
    )
    if (isAnswered) continue
    const known = open.get(`${person} ${profile}`)
    if (known) known.operations.push(operation)
    else open.set(`${person} ${profile}`, { ...request, operations: [operation] })
  }
  return [...open.values()]
}
