import type { DocumentId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { toHex, utf8 } from '../base/bytes.ts'
import { sha256 } from '../crypto/hash.ts'
import { compareSeniority, covers, type AuthorityNode } from './authority-node.ts'
import type { EffectiveInvite, Evaluation } from './evaluate.ts'
import type { Holdings, SessionLog } from './logged-operation.ts'
import { ROOT } from './operation.ts'
import { explainOutcome, type Explanation } from './outcome.ts'
import { concernsWholeRoom, roleAllows, type Action } from './permission.ts'
import type { FeedRecord, Profile, RegisteredDocument, RoomKeyRecord } from './registry.ts'
import { rankOf, type Role } from './role.ts'

export interface Member {
  readonly person: PersonId
  /** The highest role held anywhere in the room. */
  readonly role: Role
  /** The grants held, most senior first. */
  readonly nodes: readonly AuthorityNode[]
  /** Whose session wrote the most senior of them. */
  readonly grantedBy: PersonId | undefined
  readonly since: OperationHash
}

export interface InviteRecord extends EffectiveInvite {
  /** How many people came by it. */
  readonly uses: number
  readonly isRevoked: boolean
}

/**
 * What the operations held so far come to. A view, not a copy: it stays right while operations are added that give
 * nobody a right; when one does, the log makes a new one. The log's `revision` tells both from before.
 */
export class AccessState {
  readonly #evaluation: Evaluation
  readonly #holdings: Holdings
  #members: readonly Member[] | undefined
  readonly #nodesByHolder = new Map<PersonId | '*', AuthorityNode[]>()

  constructor(evaluation: Evaluation, holdings: Holdings) {
    this.#evaluation = evaluation
    this.#holdings = holdings
    for (const node of evaluation.nodes.values()) {
      if (node.holder === undefined) continue
      const nodes = this.#nodesByHolder.get(node.holder)
      if (nodes) nodes.push(node)
      else this.#nodesByHolder.set(node.holder, [node])
    }
  }

  /** The people with a grant that no departure ended, most senior first. */
  members(): readonly Member[] {
    if (this.#members) return this.#members
    const members: Member[] = []
    for (const person of this.#nodesByHolder.keys()) {
      const nodes = person === '*' ? [] : this.#own(person)
      const [first] = nodes
      if (person === '*' || first === undefined) continue
      members.push({ person, role: first.role, nodes, grantedBy: first.grantedBy, since: first.hash })
    }
    this.#members = members.toSorted((a, b) => compareFirst(a.nodes, b.nodes))
    return this.#members
  }

  member(person: PersonId): Member | undefined {
    return this.members().find((member) => member.person === person)
  }

  /** Everybody that ever had a grant of their own, whether they left or not. */
  wasMember(person: PersonId): boolean {
    return this.#nodesByHolder.has(person)
  }

  hasLeft(person: PersonId): boolean {
    return this.wasMember(person) && this.#own(person).length === 0
  }

  /** The departures that a new grant to this person has to overrule. */
  departuresOf(person: PersonId): OperationHash[] {
    return this.#evaluation.revocationsOf(person).map((revocation) => revocation.hash)
  }

  /** The grants that this person may act under, everyone's included, most senior first. */
  nodesOf(person: PersonId): readonly AuthorityNode[] {
    const shared = (this.#nodesByHolder.get('*') ?? []).filter((node) => this.#isStanding(node, person))
    const own = this.#own(person)
    return shared.length === 0 ? own : [...own, ...shared].toSorted(compareSeniority)
  }

  /** The person's role in the whole room, or in one document. */
  roleOf(person: PersonId, document?: DocumentId): Role | undefined {
    let best: Role | undefined
    for (const node of this.nodesOf(person)) {
      const isCovered = document === undefined ? node.documents === '*' : covers(node.documents, document)
      if (isCovered && (best === undefined || rankOf(node.role) > rankOf(best))) best = node.role
    }
    return best
  }

  can(person: PersonId, action: Action, document?: DocumentId): boolean {
    return this.nodeFor(person, action, document) !== undefined
  }

  /** The most senior grant under which the person may do this: what the operation has to cite. */
  nodeFor(person: PersonId, action: Action, document?: DocumentId): AuthorityNode | undefined {
    return this.nodesOf(person).find((node) => {
      if (!roleAllows(node.role, action)) return false
      if (action === 'invite') return node.maxGrant !== undefined && node.holder !== '*'
      if (action === 'admit' && node.holder === '*') return false
      if (document !== undefined) return covers(node.documents, document)
      return !concernsWholeRoom(action) || node.documents === '*'
    })
  }

  /** Whether the person may still act under this grant. Keep to one that stands: another means another feed. */
  isStanding(node: OperationHash, person: PersonId): boolean {
    return this.nodesOf(person).some((candidate) => candidate.hash === node)
  }

  /** Every grant that counts, ended or not, most senior first. */
  get nodes(): ReadonlyMap<OperationHash, AuthorityNode> {
    return this.#evaluation.nodes
  }
  /** All sessions that introduced themselves, whether their person is a member or not. */
  get sessions(): ReadonlyMap<SessionId, SessionLog> {
    return this.#holdings.sessions
  }
  get documents(): ReadonlyMap<DocumentId, RegisteredDocument> {
    return this.#evaluation.registry.documents
  }
  get feeds(): ReadonlyMap<FeedId, FeedRecord> {
    return this.#evaluation.registry.feeds
  }
  get profiles(): ReadonlyMap<PersonId, Profile> {
    return this.#evaluation.registry.profiles
  }
  /** The room keys announced, the one to write with first. */
  get epochs(): readonly RoomKeyRecord[] {
    return this.#evaluation.registry.epochs
  }
  /** The sealed name of the room. */
  get roomName(): { readonly sealed: Uint8Array; readonly operation: OperationHash } | undefined {
    return this.#evaluation.registry.roomName
  }
  /** What the next name has to list in its `over`. */
  get roomNameOperations(): readonly OperationHash[] {
    return this.#evaluation.registry.roomNameOperations
  }
  /** In the order of seniority. */
  get invites(): readonly InviteRecord[] {
    return [...this.#evaluation.invites.values()].map((invite) => this.#inviteRecord(invite))
  }
  invite(hash: OperationHash): InviteRecord | undefined {
    const invite = this.#evaluation.invites.get(hash)
    return invite && this.#inviteRecord(invite)
  }
  /** The effective grants that came by an invite: what revoking it should keep. */
  admissionsBy(invite: OperationHash): OperationHash[] {
    return [...this.#evaluation.nodes.values()].filter((node) => node.invite === invite).map((node) => node.hash)
  }

  /** Why an operation counts or does not, in one code and one sentence. */
  explain(hash: OperationHash): Explanation {
    const operation = this.#holdings.operations.get(hash)
    return explainOutcome(operation && this.#evaluation.outcomeOf(operation))
  }

  /** The work that the evaluation took. */
  get steps(): number {
    return this.#evaluation.steps
  }

  /** A hash of everything that was decided. Equal sets of operations give equal digests. */
  digest(): string {
    const lines: string[] = []
    for (const operation of this.#holdings.operations.values())
      lines.push(`operation ${operation.hash} ${this.#evaluation.outcomeOf(operation)}`)
    for (const { feed, operation, client, status, limit, pins } of this.feeds.values()) {
      const positions = pins.map(({ length, hash }) => `${length}:${toHex(hash)}`).toSorted()
      lines.push(`feed ${feed} ${operation} ${client} ${status} ${limit ?? '-'} ${positions.join()}`)
    }
    for (const member of this.members())
      lines.push(`member ${member.person} ${member.nodes.map((node) => node.hash).join()}`)
    for (const invite of this.invites) lines.push(`invite ${invite.hash} ${invite.uses} ${invite.isRevoked}`)
    for (const [person, { operation }] of this.profiles) lines.push(`profile ${person} ${operation}`)
    lines.sort()
    lines.push(`epochs ${this.epochs.map(({ operation }) => operation).join()}`, `name ${this.roomName?.operation}`)
    return toHex(sha256(utf8(lines.join('\n'))))
  }

  #own(person: PersonId): AuthorityNode[] {
    return (this.#nodesByHolder.get(person) ?? []).filter((node) => this.#isStanding(node, person))
  }

  #isStanding(node: AuthorityNode, person: PersonId): boolean {
    return node.hash !== ROOT && this.#evaluation.limitsOf(node, person).length === 0
  }

  #inviteRecord(invite: EffectiveInvite): InviteRecord {
    const { hash } = invite
    return { ...invite, uses: this.#evaluation.usesOf(hash), isRevoked: this.#evaluation.isInviteRevoked(hash) }
  }
}

function compareFirst(a: readonly AuthorityNode[], b: readonly AuthorityNode[]): number {
  const [first] = a
  const [second] = b
  return first && second ? compareSeniority(first, second) : 0
}
