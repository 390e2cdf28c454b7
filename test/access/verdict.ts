/** What an evaluation says, in one form for the evaluator and the naive specification, so that both can be asked alike. */
import { toHex } from '../../src/base/bytes.ts'
import type { DocumentId, PersonId } from '../../src/base/ids.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import type { AccessState } from '../../src/access/access-state.ts'
import { rankOf } from '../../src/access/role.ts'
import type { ReceivedGenesis } from '../../src/access/genesis.ts'
import { ROOT } from '../../src/access/operation.ts'
import type { VerifiedLogRange } from '../../src/access/verify-log.ts'
import { NaiveEvaluation, rank } from './naive-evaluate.ts'
import { NaiveRegisters } from './naive-registers.ts'
import { deliver } from './room-history.ts'

export interface VerdictNode {
  readonly hash: string
  /** Undefined for the root. */
  readonly holder: string | undefined
  readonly parent: string | undefined
  readonly rank: number
  readonly depth: number
  readonly invite: string | undefined
}

export interface Verdict {
  readonly effective: ReadonlySet<string>
  /** Most senior first. */
  readonly nodes: readonly VerdictNode[]
  /** The grants that stand, by person. */
  readonly members: ReadonlyMap<string, readonly string[]>
  /** One line for everything that was decided, sorted. */
  readonly lines: readonly string[]
}

export type Judge = (ranges: readonly VerifiedLogRange[], genesis: ReceivedGenesis) => Verdict

export const judgeNaively: Judge = (ranges, genesis) => {
  const registers = new NaiveRegisters(new NaiveEvaluation(ranges, genesis))
  const nodes = registers.evaluation.nodes.map(({ hash, holder, role, depth, invite, parent }) => ({
    hash,
    holder: parent && holder,
    parent: parent?.hash,
    rank: rank(role),
    depth,
    invite,
  }))
  return { effective: registers.effective, nodes, members: registers.members, lines: registers.lines() }
}

export const judge: Judge = (ranges, genesis) => {
  const log = new AccessLog({ genesis })
  deliver(log, ranges)
  return verdictOf(log.evaluate(), ranges)
}

/** The two that must agree, for properties of the rule as well as of the code. */
export const JUDGES: readonly (readonly [name: string, judge: Judge])[] = [
  ['the evaluator', judge],
  ['the naive specification', judgeNaively],
]

export function verdictOf(state: AccessState, ranges: readonly VerifiedLogRange[]): Verdict {
  const people = new Set(ranges.map(({ binding }) => binding.person))
  for (const { operations } of ranges)
    for (const { operation } of operations)
      if (operation?.body.kind === 'grant' && operation.body.to !== '*') people.add(operation.body.to)
  const hashes = new Set(ranges.flatMap(({ operations }) => operations.map(({ hash }) => hash)))
  const effective = new Set([...hashes].filter((hash) => state.explain(hash).status === 'effective'))
  const nodes = [...state.nodes.values()].map(({ hash, holder, parent, rank: level, depth, invite }) => ({
    hash,
    holder,
    parent: parent?.hash,
    rank: level,
    depth,
    invite,
  }))
  const members = new Map(
    state.members().map(({ person, nodes: held }) => [person, held.map(({ hash }) => hash).toSorted()] as const),
  )
  return { effective, nodes, members, lines: linesOf(state, { effective, members, people }) }
}

function linesOf(
  state: AccessState,
  { effective, members, people }: Pick<Verdict, 'effective' | 'members'> & { readonly people: Iterable<PersonId> },
): string[] {
  const lines = [...effective].map((hash) => `effective ${hash}`)
  for (const [person, nodes] of members) lines.push(`member ${person} ${nodes.join()}`)
  for (const { feed, operation, status, limit, redactions } of state.feeds.values()) {
    if (status !== 'effective') continue
    const hidden = redactions.map(({ from, to }) => `${from}-${to}`).join()
    lines.push(`feed ${feed} ${operation} ${limit ?? 'all'} ${hidden}`)
  }
  for (const [person, { operation }] of state.profiles) lines.push(`profile ${person} ${operation}`)
  for (const { hash, uses, isRevoked } of state.invites) lines.push(`invite ${hash} ${uses} ${isRevoked}`)
  for (const person of people)
    for (const { device, isStanding } of state.devicesOf(person)) lines.push(`device ${person} ${device} ${isStanding}`)
  for (const { device } of state.readerDevices()) lines.push(`reader ${device}`)
  for (const document of state.documents.keys())
    lines.push(`writers ${document} ${writersIn(state, document, members)}`)
  for (const node of state.nodes.values()) {
    const value = state.policy('members-admit', node)
    if (node.hash !== ROOT) lines.push(`policy ${node.hash} ${value?.length === 1 && value[0] === 0}`)
  }
  lines.push(`root ${state.rootThreshold} ${[...state.rootKeys].toSorted().join()}`)
  lines.push(`places ${toHex(state.policy('meeting-places') ?? new Uint8Array(0))}`)
  lines.push(`name ${state.roomName?.operation}`, `current ${state.currentEpoch()?.epoch}`)
  lines.push(`epochs ${state.epochs.map(({ epoch }) => epoch).join()}`)
  return lines.toSorted()
}

const writersIn = (state: AccessState, document: DocumentId, members: ReadonlyMap<string, readonly string[]>): string =>
  state
    .writersOf(document)
    .filter((person) => members.has(person))
    .toSorted()
    .join()

export const ADMIN_RANK = rankOf('admin')
