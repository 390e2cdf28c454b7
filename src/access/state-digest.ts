import { toHex } from '../base/bytes.ts'
import type { DeviceId, DocumentId, OperationHash, PersonId } from '../base/ids.ts'
import type { AuthorityNode } from './authority-node.ts'
import type { DeviceRecord } from './device-index.ts'
import type { FeedRecord } from './feed-record.ts'
import type { EpochRecord } from './key-epochs.ts'

interface ByOperation {
  readonly operation: OperationHash
}

/** The part of a state that the description reads. */
interface Described {
  readonly feeds: ReadonlyMap<unknown, FeedRecord>
  readonly invites: readonly { readonly hash: OperationHash; readonly uses: number; readonly isRevoked: boolean }[]
  readonly profiles: ReadonlyMap<PersonId, ByOperation>
  readonly documents: ReadonlyMap<DocumentId, unknown>
  readonly nodes: ReadonlyMap<OperationHash, AuthorityNode>
  readonly epochs: readonly EpochRecord[]
  readonly openRequests: readonly (ByOperation & { readonly operations: readonly OperationHash[] })[]
  readonly roomName: ByOperation | undefined
  readonly rootThreshold: number
  readonly rootKeys: readonly PersonId[]
  readonly rootOperations: readonly OperationHash[]
  readonly rootOffers: readonly ByOperation[]
  readonly rootConsents: readonly ByOperation[]
  members(): readonly { readonly person: PersonId; readonly nodes: readonly AuthorityNode[] }[]
  writeListOf(document: DocumentId): ByOperation | undefined
  writersOf(document: DocumentId): readonly PersonId[]
  devicesOf(person: PersonId): readonly DeviceRecord[]
  readerDevices(): readonly { readonly device: DeviceId; readonly person: PersonId }[]
  policy(key: string, node: AuthorityNode): Uint8Array | undefined
  currentEpoch(): ByOperation | undefined
}

/** Everything that a state says beside the outcomes of the operations, one fact a line, in a fixed order. */
export function describeState(state: Described, people: Iterable<PersonId>): string[] {
  const lines: string[] = []
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
    `root ${state.rootThreshold} ${state.rootKeys.join()} ${[...state.rootOperations].toSorted().join()}`,
    `offers ${state.rootOffers.map(({ operation }) => operation).join()}`,
    `consents ${state.rootConsents.map(({ operation }) => operation).join()}`,
  )
  return lines
}
