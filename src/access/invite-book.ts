import type { OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { compareSeniority, type AuthorityNode } from './authority-node.ts'
import type { LoggedOperation } from './logged-operation.ts'
import type { InviteBody, InviteRevokeBody } from './operation.ts'
import { allPlaced, firstPlaced, withoutPlaced, withPlaced, type PlacedList } from './placed-list.ts'
import { comparePlaces, dropPlaced, insertPlaced, type PlacedOperation } from './senior-register.ts'

export interface EffectiveInvite {
  readonly hash: OperationHash
  readonly body: InviteBody
  readonly node: AuthorityNode
  readonly inviter: PersonId
  /** The session in whose log it stands. */
  readonly session: SessionId
}

/** What revokes an invite under one grant: the admissions that any of its operations keeps. */
interface Revoker {
  readonly node: AuthorityNode
  readonly operations: Map<OperationHash, readonly OperationHash[]>
  readonly kept: Map<OperationHash, number>
}

/** A grant by an invite that would be effective if the invite has a use left. */
export type Admission = PlacedOperation<PersonId>

/**
 * The people who came by one invite, in the order of their first admissions. The first so many are in. Independent of
 * the order in which admissions are added.
 */
class Uses {
  readonly #usesMax: number
  readonly #people = new Map<PersonId, PlacedList<Admission>>()
  /** The first admission of each. Kept only where the number is limited. */
  readonly #order: Admission[] = []

  constructor(usesMax: number) {
    this.#usesMax = usesMax
  }

  get count(): number {
    return this.#usesMax === 0 ? this.#people.size : Math.min(this.#usesMax, this.#people.size)
  }

  isIn(person: PersonId): boolean {
    const first = firstPlaced(this.#people.get(person))
    if (first === undefined) return false
    return this.#usesMax === 0 || this.#order.length <= this.#usesMax || this.#isBeforeLimit(first)
  }

  /** Adds one, and gives those of the people for whom that changed whether they are in. */
  add(admission: Admission): readonly Admission[] {
    const person = admission.body
    const admissions = this.#people.get(person)
    const before = firstPlaced(admissions)
    if (before && this.#of(person).some(({ operation }) => operation === admission.operation)) return []
    this.#people.set(person, withPlaced(admissions, admission))
    return this.#reorder(person, before)
  }

  remove(operation: OperationHash, person: PersonId): readonly Admission[] {
    const admissions = this.#people.get(person)
    const before = firstPlaced(admissions)
    const admission = this.#of(person).find(({ operation: { hash } }) => hash === operation)
    if (!admission) return []
    const left = withoutPlaced(admissions, admission)
    if (left) this.#people.set(person, left)
    else this.#people.delete(person)
    return this.#reorder(person, before)
  }

  #isBeforeLimit(first: Admission): boolean {
    const last = this.#order[this.#usesMax - 1]
    return last !== undefined && comparePlaces(first, last) <= 0
  }

  #of(person: PersonId | undefined): readonly Admission[] {
    return person === undefined ? [] : allPlaced(this.#people.get(person))
  }

  #reorder(person: PersonId, before: Admission | undefined): readonly Admission[] {
    const first = firstPlaced(this.#people.get(person))
    if (this.#usesMax === 0 || before === first) return []
    const lastBefore = this.#order[this.#usesMax - 1]
    if (before) dropPlaced(this.#order, before)
    if (first) insertPlaced(this.#order, first)
    const lastAfter = this.#order[this.#usesMax - 1]
    if (lastBefore === lastAfter) return []
    // One person moved, so at most one other crossed the limit: the last who was in, or the last who is.
    return [person, lastBefore?.body, lastAfter?.body].flatMap((moved) => this.#of(moved))
  }
}

/** The effective invites, what revoked them, and who came by them. */
export class InviteBook {
  readonly invites = new Map<OperationHash, EffectiveInvite>()
  readonly #revokers = new Map<OperationHash, Map<OperationHash, Revoker>>()
  readonly #uses = new Map<OperationHash, Uses>()
  /** By invite: the grants that name it and were looked at. */
  readonly #grants = new Map<OperationHash, Set<LoggedOperation>>()

  note(invite: OperationHash, grant: LoggedOperation): void {
    const grants = this.#grants.get(invite)
    if (grants) grants.add(grant)
    else this.#grants.set(invite, new Set([grant]))
  }

  grantsBy(invite: OperationHash): Iterable<LoggedOperation> {
    return this.#grants.get(invite) ?? []
  }

  *grants(): Iterable<LoggedOperation> {
    for (const grants of this.#grants.values()) yield* grants
  }

  /** Whether it stands, as far as those go who act under the node: made, and not revoked, by somebody as senior. */
  isOpenTo(invite: OperationHash, node: AuthorityNode): boolean {
    const known = this.invites.get(invite)
    return known !== undefined && (known.node === node || compareSeniority(known.node, node) <= 0)
  }

  revoke({ operation, node, body }: PlacedOperation<InviteRevokeBody>): void {
    let revokers = this.#revokers.get(body.invite)
    if (!revokers) this.#revokers.set(body.invite, (revokers = new Map()))
    let revoker = revokers.get(node.hash)
    if (!revoker) revokers.set(node.hash, (revoker = { node, operations: new Map(), kept: new Map() }))
    if (revoker.operations.has(operation.hash)) return
    const keep = [...new Set(body.keep)]
    revoker.operations.set(operation.hash, keep)
    for (const hash of keep) revoker.kept.set(hash, (revoker.kept.get(hash) ?? 0) + 1)
  }

  unrevoke(operation: OperationHash, node: OperationHash, invite: OperationHash): void {
    const revokers = this.#revokers.get(invite)
    const revoker = revokers?.get(node)
    const keep = revoker?.operations.get(operation)
    if (!revokers || !revoker || !keep) return
    revoker.operations.delete(operation)
    for (const hash of keep) revoker.kept.set(hash, (revoker.kept.get(hash) ?? 0) - 1)
    if (revoker.operations.size === 0) revokers.delete(node)
    if (revokers.size === 0) this.#revokers.delete(invite)
  }

  isRevoked(invite: OperationHash): boolean {
    return this.#revokers.has(invite)
  }

  /** Whether a grant by the invite under this node lapses: somebody as senior revoked the invite and did not keep it. */
  lapses(invite: OperationHash, grant: OperationHash, node: AuthorityNode): boolean {
    for (const { node: author, kept } of this.#revokers.get(invite)?.values() ?? []) {
      const isSenior = author === node || compareSeniority(author, node) <= 0
      if (isSenior && (kept.get(grant) ?? 0) === 0) return true
    }
    return false
  }

  usesOf(invite: OperationHash): number {
    return this.#uses.get(invite)?.count ?? 0
  }

  isIn(invite: OperationHash, person: PersonId): boolean {
    return this.#uses.get(invite)?.isIn(person) ?? false
  }

  /** Counts a use; gives the grants that this pushed over the number of uses, or back. */
  use(invite: OperationHash, usesMax: number, admission: Admission): readonly Admission[] {
    let uses = this.#uses.get(invite)
    if (!uses) this.#uses.set(invite, (uses = new Uses(usesMax)))
    return uses.add(admission)
  }

  unuse(invite: OperationHash, grant: OperationHash, person: PersonId): readonly Admission[] {
    return this.#uses.get(invite)?.remove(grant, person) ?? []
  }
}
