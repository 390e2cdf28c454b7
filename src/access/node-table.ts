import type { OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { compareSeniority, type AuthorityNode } from './authority-node.ts'
import { eachOf, withOne, withoutOne, type Few } from './few.ts'
import type { LoggedOperation, SessionLog } from './logged-operation.ts'
import type { Tips } from './pin-tips.ts'

/** What one session did under a grant. */
export interface SessionPart {
  readonly operations: LoggedOperation[]
  /** Those among them that open feeds. */
  readonly openings: LoggedOperation[]
}

/** The grants of one person, or of everyone. */
interface Holder {
  held: Few<NodeRecord>
  /** Those under which something was done. */
  active: Few<NodeRecord>
}

/** An effective grant, and what the evaluator remembers of what was done under it. */
export interface NodeRecord {
  readonly node: AuthorityNode
  readonly parent: NodeRecord | undefined
  /** Undefined for the root keys. */
  readonly holder: Holder | undefined
  /** Whether it still counts. */
  isHeld: boolean
  children: Few<NodeRecord>
  /** What was done under it, if that was known when it was made. Grows. */
  operations: readonly LoggedOperation[] | undefined
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

/** The effective grants, by hash and by holder. */
export class NodeTable {
  readonly #records = new Map<OperationHash, NodeRecord>()
  readonly #holders = new Map<PersonId | '*', Holder>()
  #sorted: ReadonlyMap<OperationHash, AuthorityNode> | undefined

  get(hash: OperationHash): NodeRecord | undefined {
    return this.#records.get(hash)
  }

  add(node: AuthorityNode, parent: NodeRecord | undefined): NodeRecord {
    const record: NodeRecord = {
      node,
      parent,
      holder: node.holder === undefined ? undefined : this.#holder(node.holder),
      isHeld: true,
      children: undefined,
      operations: undefined,
      stale: undefined,
      isQueued: false,
      isActive: false,
      tips: undefined,
      parts: undefined,
    }
    this.#records.set(node.hash, record)
    if (parent) parent.children = withOne(parent.children, record)
    if (record.holder) record.holder.held = withOne(record.holder.held, record)
    this.#sorted = undefined
    return record
  }

  remove(record: NodeRecord): void {
    const { node, parent, holder } = record
    record.isHeld = false
    this.#records.delete(node.hash)
    if (parent) parent.children = withoutOne(parent.children, record)
    if (holder) {
      holder.held = withoutOne(holder.held, record)
      holder.active = withoutOne(holder.active, record)
    }
    if (node.holder !== undefined && holder?.held === undefined) this.#holders.delete(node.holder)
    this.#sorted = undefined
  }

  activate(record: NodeRecord): void {
    record.isActive = true
    if (record.holder) record.holder.active = withOne(record.holder.active, record)
  }

  isHolder(person: PersonId): boolean {
    return this.#holders.has(person)
  }

  heldBy(holder: PersonId | '*'): Iterable<NodeRecord> {
    return eachOf(this.#holders.get(holder)?.held)
  }

  /** Those under which something was done. */
  activeOf(holder: PersonId | '*'): Iterable<NodeRecord> {
    return eachOf(this.#holders.get(holder)?.active)
  }

  holders(): Iterable<PersonId | '*'> {
    return this.#holders.keys()
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

  #holder(holder: PersonId | '*'): Holder {
    let known = this.#holders.get(holder)
    if (!known) this.#holders.set(holder, (known = { held: undefined, active: undefined }))
    return known
  }
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
