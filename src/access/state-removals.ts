/** Who may take rights from whom, and what a new grant has to overrule. */
import type { OperationHash, PersonId } from '../base/ids.ts'
import { compareSeniority, type AuthorityNode } from './authority-node.ts'
import { lifts, type Limits } from './limits.ts'
import type { RevokeBody } from './operation.ts'
import { roleAllows } from './permission.ts'
import { compareRevocations, type Revocation } from './revocation.ts'
import { mayGrant, ROLES, type Role } from './role.ts'

export interface RevocationRecord {
  readonly hash: OperationHash
  /** Who wrote it. */
  readonly author: PersonId
  /** Undefined for a departure, and where the grant that it cites does not count. */
  readonly authorNode: AuthorityNode | undefined
  readonly body: RevokeBody
  readonly isEffective: boolean
}

export const recordOf = ({ hash, operation, author, body }: Revocation): RevocationRecord => ({
  hash,
  author: operation.log.person,
  authorNode: author,
  body,
  isEffective: true,
})

/** The part of a state that tells who holds what. */
interface Memberships {
  members(): readonly { readonly person: PersonId; readonly nodes: readonly AuthorityNode[] }[]
  member(person: PersonId): { readonly nodes: readonly AuthorityNode[] } | undefined
  nodesOf(person: PersonId): readonly AuthorityNode[]
}

/**
 * Of what ended the last grants of somebody who is no member: the most senior. What a later grant has lifted is no
 * reason any more, and a change of role is none while anything else ended the grant that came with it.
 */
export function removalOf(
  person: PersonId,
  nodes: Iterable<AuthorityNode>,
  limits: Limits,
): RevocationRecord | undefined {
  const [first, ...others] = [...nodes].map((node) => limits.of(node, person))
  const reasons = first === undefined ? limits.ofPerson(person) : unlifted(first, others)
  const endings = reasons.filter(({ body }) => body.mode !== 'demote')
  const [found] = (endings.length > 0 ? endings : reasons).toSorted(compareRevocations)
  return found && recordOf(found)
}

/** Whether others ever took the membership or a role from the person. */
export function wasDenied(person: PersonId, nodes: readonly AuthorityNode[], limits: Limits): boolean {
  const isDenial = ({ body }: Revocation): boolean => body.mode !== 'leave'
  return limits.ofPerson(person).some(isDenial) || nodes.some((node) => limits.of(node, person).some(isDenial))
}

/** What binds all grants of somebody; where nothing does, what binds any of them. */
function unlifted(first: readonly Revocation[], others: readonly (readonly Revocation[])[]): readonly Revocation[] {
  let common = first
  for (const other of others) {
    const bound = new Set(other)
    common = common.filter((revocation) => bound.has(revocation))
  }
  return common.length > 0 ? common : [first, ...others].flat()
}

/** Of the revocations that a new grant would meet, those that it may overrule, or may not. */
export const newcomersRevocations = (
  limits: Limits,
  person: PersonId,
  granter: AuthorityNode,
  mayLift: boolean,
): OperationHash[] =>
  limits
    .ofNewcomer(person, granter)
    .filter((revocation) => lifts(granter, revocation) === mayLift)
    .map(({ hash }) => hash)

/** The grant under which the actor may take from the target all that they hold. */
export function nodeToRemove(state: Memberships, actor: PersonId, target: PersonId): AuthorityNode | undefined {
  if (actor === target) return undefined
  const [first] = state.member(target)?.nodes ?? []
  return state.nodesOf(actor).find((node) => mayRemove(node, first))
}

/** Everybody who may remove the person, most senior first. */
export function removersOf(state: Memberships, person: PersonId): PersonId[] {
  const [first] = state.member(person)?.nodes ?? []
  return state
    .members()
    .filter((member) => member.person !== person && member.nodes.some((node) => mayRemove(node, first)))
    .map((member) => member.person)
}

/** The roles that the actor may give in the whole room, weakest first. */
export function rolesToGive(state: Memberships, actor: PersonId): readonly Role[] {
  const nodes = state.nodesOf(actor).filter(({ holder, documents }) => holder !== '*' && documents === '*')
  return ROLES.filter((role) => nodes.some(({ maxGrant }) => mayGrant(maxGrant, role)))
}

const mayRemove = (node: AuthorityNode, target: AuthorityNode | undefined): boolean =>
  node.documents === '*' &&
  roleAllows(node.role, 'remove') &&
  (target === undefined || compareSeniority(node, target) < 0)
