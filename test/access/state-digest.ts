/** For comparing what several evaluations decided. */
import type { AccessState } from '../../src/access/access-state.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { MEETING_PLACES } from '../../src/access/meeting-places.ts'

/** A hash of everything that was decided; empty where nothing is known yet. Equal sets of operations give equal digests. */
export function stateDigest(state: AccessState | undefined): string {
  if (!state) return ''
  const outcomes = [...state.snapshot().outcomes].map(([hash, outcome]) => `operation ${hash} ${outcome}`)
  return toHex(sha256(utf8([...outcomes.toSorted(), ...describeState(state)].join('\n'))))
}

/** Everything that a state says beside the outcomes of the operations, one fact a line, in a fixed order. */
function describeState(state: AccessState): string[] {
  const lines: string[] = []
  const people = new Set([...state.sessions.values()].map(({ person }) => person))
  for (const record of state.feeds.values()) {
    const { feed, operation, client, status, limit, pins, modes, redactions } = record
    const positions = pins.map(({ length, hash }) => `${length}:${toHex(hash)}`).join()
    const hidden = redactions.map(({ from, to }) => `${from}-${to}`).join()
    lines.push(`feed ${feed} ${operation} ${client} ${status} ${limit ?? '-'} ${positions} ${modes.join()} ${hidden}`)
  }
  for (const { person, nodes } of state.members())
    lines.push(`member ${person} ${nodes.map((node) => node.hash).join()}`)
  for (const { hash, uses, isRevoked } of state.invites) lines.push(`invite ${hash} ${uses} ${isRevoked}`)
  for (const [person, { operation }] of state.profiles) lines.push(`profile ${person} ${operation}`)
  for (const document of state.documents.keys()) {
    const list = state.writeListOf(document)
    lines.push(`writers ${document} ${list?.operation} ${state.writersOf(document).join()}`)
  }
  for (const person of people)
    for (const { device, isStanding, revokedBy } of state.devicesOf(person))
      lines.push(`device ${person} ${device} ${isStanding} ${revokedBy.toSorted().join()}`)
  for (const { device, person } of state.readerDevices()) lines.push(`reader ${device} ${person}`)
  for (const node of state.nodes.values())
    lines.push(`admit ${node.hash} ${toHex(state.policy('members-admit', node) ?? new Uint8Array(0))}`)
  for (const { operation, boxes } of state.epochs)
    lines.push(
      `epoch ${operation} ${[...boxes]
        .map(([device, by]) => `${device}:${by.join('+')}`)
        .toSorted()
        .join()}`,
    )
  for (const { operation, operations } of state.openRequests)
    lines.push(`request ${operation} ${operations.toSorted().join()}`)
  lines.sort()
  lines.push(
    `nodes ${[...state.nodes.keys()].join()}`,
    `epochs ${state.epochs.map(({ operation }) => operation).join()} ${state.currentEpoch()?.operation}`,
    `name ${state.roomName?.operation}`,
    `places ${toHex(state.policy(MEETING_PLACES) ?? new Uint8Array(0))}`,
    `root ${state.rootThreshold} ${state.rootKeys.join()} ${[...state.rootOperations].toSorted().join()}`,
    `offers ${state.rootOffers.map(({ operation }) => operation).join()}`,
    `consents ${state.rootConsents.map(({ operation }) => operation).join()}`,
  )
  return lines
}
