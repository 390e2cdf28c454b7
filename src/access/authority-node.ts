import type { DocumentId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { LoggedOperation } from './logged-operation.ts'
import { ROOT, type Admission, type GrantBody, type Scope } from './operation.ts'
import { rankOf, ROOT_RANK, type Role } from './role.ts'

/** An effective grant in the tree of authority; its root is the room's root keys. */
export interface AuthorityNode {
  readonly hash: OperationHash
  /** Who holds it; undefined for the root keys, which no session is bound to. */
  readonly holder: PersonId | '*' | undefined
  readonly role: Role
  readonly rank: number
  readonly maxGrant: Role | undefined
  readonly documents: '*' | ReadonlySet<DocumentId>
  readonly over: ReadonlySet<OperationHash>
  readonly depth: number
  readonly parent: AuthorityNode | undefined
  /** Where the grant stands: the last step of the node's path. */
  readonly session: SessionId | undefined
  readonly seq: number
  /** Whose session wrote the grant. */
  readonly grantedBy: PersonId | undefined
  /** The invite by which its holder came, and their consent. */
  readonly via: Admission | undefined
  readonly invite: OperationHash | undefined
}

const NOTHING_OVERRULED: ReadonlySet<OperationHash> = new Set()

export const rootNode = (): AuthorityNode => ({
  hash: ROOT,
  holder: undefined,
  role: 'admin',
  rank: ROOT_RANK,
  maxGrant: 'admin',
  documents: '*',
  over: NOTHING_OVERRULED,
  depth: 0,
  parent: undefined,
  session: undefined,
  seq: 0,
  grantedBy: undefined,
  via: undefined,
  invite: undefined,
})

export const isRoot = (node: AuthorityNode): boolean => node.parent === undefined

export const childNode = (parent: AuthorityNode, operation: LoggedOperation, grant: GrantBody): AuthorityNode => ({
  hash: operation.hash,
  holder: grant.to,
  role: grant.role,
  rank: rankOf(grant.role),
  maxGrant: grant.maxGrant,
  documents: grant.scope === '*' ? '*' : new Set(grant.scope),
  over: grant.over.length === 0 ? NOTHING_OVERRULED : new Set(grant.over),
  depth: parent.depth + 1,
  parent,
  session: operation.log.session,
  seq: operation.seq,
  grantedBy: operation.log.person,
  via: grant.via,
  invite: grant.via?.invite,
})

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** The order of a session's operations under one node. */
export const comparePositions = (a: LoggedOperation, b: LoggedOperation): number =>
  compareText(a.log.session, b.log.session) || a.seq - b.seq || compareText(a.hash, b.hash)

/**
 * K, the order of seniority: higher role, then fewer steps from the root, then the path of grants from the root down.
 * Fixed when the grant is made. A child never comes before its parent, so nobody gains rank by inviting puppets.
 */
export const compareSeniority = (a: AuthorityNode, b: AuthorityNode): number =>
  b.rank - a.rank || a.depth - b.depth || comparePaths(a, b)

/** Both have one depth, which is at most `DEPTH_MAX`, so the walk is short. */
function comparePaths(a: AuthorityNode, b: AuthorityNode): number {
  if (a === b || a.parent === undefined || b.parent === undefined) return 0
  return (
    comparePaths(a.parent, b.parent) ||
    compareText(a.session ?? '', b.session ?? '') ||
    a.seq - b.seq ||
    compareText(a.hash, b.hash)
  )
}

export const covers = (documents: AuthorityNode['documents'], document: DocumentId): boolean =>
  documents === '*' || documents.has(document)

/** Whether everything in `scope` is within `documents`. */
export const coversScope = (documents: AuthorityNode['documents'], scope: Scope): boolean =>
  documents === '*' || (scope !== '*' && scope.every((document) => documents.has(document)))
