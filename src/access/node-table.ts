import type { OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { compareSeniority, type AuthorityNode } from './authority-node.ts'
import type { LoggedOperation, SessionLog } from './logged-operation.ts'
import type { Tips } from './pin-tips.ts'

/** What one session did under a grant. */
export interface SessionPart {
  readonly operations: LoggedOperation[]
  /** Those among them that open feeds. */
  readonly openings: LoggedOperation[]
}

/** An effective grant, and what the evaluator remembers of what was done under it. */
export interface NodeRecord {
  readonly node: AuthorityNode
  readonly parent: NodeRecord | undefined
  children: Set<NodeRecord> | undefined
  /** Operations under it to look at again. */
  stale: Set<LoggedOperation> | undefined
  isQueued: boolean
  /** Whether its operations were looked at at all. */
  isActive: boolean
  /** By session: what stays of the log, where something limits it. */
  tips: Map<SessionId, Tips> | undefined
  /** By session: what was done under it, as far as it was sorted when somebody was last removed. */
  parts: { readonly bySession: Map<SessionLog, SessionPart>; sorted: number } | undefined
}

const NONE: ReadonlySet<NodeRecord> = new Set()

/** The effective grants, by hash and by holder. */
export class NodeTable {
  readonly #records = new Map<OperationHash, NodeRecord>()
  readonly #byHolder = new Map<PersonId | '*', Set<NodeRecord>>()
  readonly #active = new Map<PersonId | '*', Set<NodeRecord>>()
  #sorted: ReadonlyMap<OperationHash, AuthorityNode> | undefined

  get(hash: OperationHash): NodeRecord | undefined {
    return this.#records.get(hash)
  }

  add(node: AuthorityNode, parent: NodeRecord | undefined): NodeRecord {
    const record: NodeRecord = {
      node,
      parent,
      children: undefined,
      stale: undefined,
      isQueued: false,
      isActive: false,
      tips: undefined,
      parts: undefined,
    }
    this.#records.set(node.hash, record)
    if (parent) (parent.children ??= new Set()).add(record)
    if (node.holder !== undefined) addTo(this.#byHolder, node.holder, record)
    this.#sorted = undefined
    return record
  }

  remove(record: NodeRecord): void {
    const { node, parent } = record
    this.#records.delete(node.hash)
    parent?.children?.delete(record)
    if (node.holder !== undefined) {
      removeFrom(this.#byHolder, node.holder, record)
      removeFrom(this.#active, node.holder, record)
    }
    this.#sorted = undefined
  }

  activate(record: NodeRecord): void {
    record.isActive = true
    if (record.node.holder !== undefined) addTo(this.#active, record.node.holder, record)
  }

  /** Whether this very record still stands in the table. */
  holds(record: NodeRecord): boolean {
    return this.#records.get(record.node.hash) === record
  }

  heldBy(holder: PersonId | '*'): ReadonlySet<NodeRecord> {
    return this.#byHolder.get(holder) ?? NONE
  }

  /** Those under which something was done. */
  activeOf(holder: PersonId | '*'): ReadonlySet<NodeRecord> {
    return this.#active.get(holder) ?? NONE
  }

  holders(): Iterable<PersonId | '*'> {
    return this.#byHolder.keys()
  }

  /** Most senior first. */
  get sorted(): ReadonlyMap<OperationHash, AuthorityNode> {
    this.#sorted ??= new Map(
      [...this.#records.values()]
        .map(({ node }) => node)
        .toSorted(compareSeniority)
        .map((node) => [node.hash, node]),
    )
    return this.#sorted
  }
}

function addTo(table: Map<PersonId | '*', Set<NodeRecord>>, holder: PersonId | '*', record: NodeRecord): void {
  const records = table.get(holder)
  if (records) records.add(record)
  else table.set(holder, new Set([record]))
}

function removeFrom(table: Map<PersonId | '*', Set<NodeRecord>>, holder: PersonId | '*', record: NodeRecord): void {
  const records = table.get(holder)
  if (records?.delete(record) && records.size === 0) table.delete(holder)
}

/** What each session did under a node. The list only grows, so that each operation is sorted once. */
export function partsOf(
  record: NodeRecord,
  operations: readonly LoggedOperation[],
): ReadonlyMap<SessionLog, SessionPart> {
  const parts: NonNullable<NodeRecord['parts']> = (record.parts ??= { bySession: new Map(), sorted: 0 })
  for (; parts.sorted < operations.length; parts.sorted++) {
    const operation = operations[parts.sorted]
    if (operation === undefined) break
    const known = parts.bySession.get(operation.log)
    const part: SessionPart = known ?? { operations: [], openings: [] }
    if (!known) parts.bySession.set(operation.log, part)
    part.operations.push(operation)
    if (operation.feed) part.openings.push(operation)
  }
  return parts.bySession
}
