import type { DeviceId, DocumentId, EpochId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { compareSeniority, covers, type AuthorityNode } from './authority-node.ts'
import type { DeviceRecord } from './device-index.ts'
import type { Evaluation } from './evaluate.ts'
import type { FeedRecord } from './feed-record.ts'
import type { EffectiveInvite } from './invite-book.ts'
import type { EpochRecord } from './key-epochs.ts'
import type { Holdings, LoggedOperation, SessionLog } from './logged-operation.ts'
import { ROOT } from './operation.ts'
import { explainOutcome, type Explanation, type Outcome } from './outcome.ts'
import { concernsWholeRoom, roleAllows, type Action } from './permission.ts'
import type { HandedOnRequest, Profile, RegisteredDocument, RootConsent, RootOffer } from './registry.ts'
import { rankOf, type Role } from './role.ts'
import { currentEpoch, knownDevices, type KnownDevices, type ReaderDevice } from './state-keys.ts'
import { openRequests, type OpenRequest } from './state-requests.ts'
import * as removals from './state-removals.ts'

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

export interface WriteList {
  readonly people: '*' | readonly PersonId[]
  readonly operation: OperationHash
  readonly setBy: PersonId
}

/** What a state came to, to compare later states with. */
export interface StateSnapshot {
  readonly roles: ReadonlyMap<PersonId, Role>
  readonly outcomes: ReadonlyMap<OperationHash, Outcome>
  /** How many entries are accepted; undefined for all. */
  readonly limits: ReadonlyMap<FeedId, number | undefined>
}

/**
 * What the operations held so far come to. A view, not a copy: it shows whatever is held when the log's `evaluate` was
 * last called, and the log's `revision` tells whether that was before. `snapshot` keeps what is needed to compare.
 */
export class AccessState {
  readonly #evaluation: Evaluation
  readonly #holdings: Holdings
  #members: { readonly version: number; readonly list: readonly Member[] } | undefined
  #devices: { readonly version: number; readonly known: KnownDevices } | undefined

  constructor(evaluation: Evaluation, holdings: Holdings) {
    this.#evaluation = evaluation
    this.#holdings = holdings
  }

  /** Changes when a right, a limit or a device has changed. */
  get version(): number {
    return this.#evaluation.version
  }

  /** The people with a grant that nothing ended, most senior first. */
  members(): readonly Member[] {
    const { version, nodes } = this.#evaluation
    if (this.#members?.version === version) return this.#members.list
    const members: Member[] = []
    for (const person of nodes.holders()) {
      const member = person === '*' ? undefined : this.member(person)
      if (member) members.push(member)
    }
    const list = members.toSorted((a, b) => compareFirst(a.nodes, b.nodes))
    this.#members = { version, list }
    return list
  }

  member(person: PersonId): Member | undefined {
    const nodes = this.#own(person)
    const [first] = nodes
    return first && { person, role: first.role, nodes, grantedBy: first.grantedBy, since: first.hash }
  }

  /** Everybody that ever had a grant of their own, whether it ended or not. */
  wasMember(person: PersonId): boolean {
    return this.#evaluation.nodes.isHolder(person)
  }

  /** Everybody whose every grant ended. */
  formerMembers(): PersonId[] {
    return [...this.#evaluation.nodes.holders()].flatMap((person) =>
      person !== '*' && this.#own(person).length === 0 ? [person] : [],
    )
  }

  /** Whether the person is no member any more because they said so. */
  hasLeft(person: PersonId): boolean {
    return this.wasMember(person) && this.removalOf(person)?.body.mode === 'leave'
  }

  /** The grants that this person may act under, everyone's included, most senior first. */
  nodesOf(person: PersonId): readonly AuthorityNode[] {
    const shared = this.#held('*').filter((node) => this.#isStanding(node, person))
    const own = this.#own(person)
    return shared.length === 0 ? own : [...own, ...shared].toSorted(compareSeniority)
  }

  /** The person's role in the whole room, or in one document. Lists of writers narrow what it allows there. */
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
      if (document === undefined) return !concernsWholeRoom(action) || node.documents === '*'
      const isWriting = action === 'write' || action === 'comment'
      return covers(node.documents, document) && (!isWriting || this.#mayWriteIn(document, node, person))
    })
  }

  /** Whether the person may still act under this grant. Keep to one that stands: another means another feed. */
  isStanding(hash: OperationHash, person: PersonId): boolean {
    const node = this.#evaluation.nodes.get(hash)?.node
    return node !== undefined && (node.holder === person || node.holder === '*') && this.#isStanding(node, person)
  }

  /** Every grant that counts, ended or not, most senior first. */
  get nodes(): ReadonlyMap<OperationHash, AuthorityNode> {
    return this.#evaluation.nodes.sorted
  }
  /** All sessions that introduced themselves, whether their person is a member or not. */
  get sessions(): ReadonlyMap<SessionId, SessionLog> {
    return this.#holdings.sessions
  }
  get documents(): ReadonlyMap<DocumentId, RegisteredDocument> {
    return this.#evaluation.registry.documents
  }
  get feeds(): ReadonlyMap<FeedId, FeedRecord> {
    return this.#evaluation.feeds.records
  }
  get profiles(): ReadonlyMap<PersonId, Profile> {
    return this.#evaluation.registry.profiles
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
    const invites = [...this.#evaluation.invites.invites.values()].map((invite) => this.#inviteRecord(invite))
    return invites.toSorted((a, b) => compareSeniority(a.node, b.node) || (a.hash < b.hash ? -1 : 1))
  }
  invite(hash: OperationHash): InviteRecord | undefined {
    const invite = this.#evaluation.invites.invites.get(hash)
    return invite && this.#inviteRecord(invite)
  }
  /** The effective grants that came by an invite: what revoking it should keep. */
  admissionsBy(invite: OperationHash): OperationHash[] {
    return [...this.nodes.values()].filter((node) => node.via?.invite === invite).map((node) => node.hash)
  }
  /** The requests of a person, member or not, that nobody declined. */
  requestsOf(person: PersonId): readonly HandedOnRequest[] {
    return this.#evaluation.registry.requests(false).filter((request) => request.person === person)
  }
  /** The requests of people who are no members, which nobody declined and nobody answered with a grant. */
  get openRequests(): readonly OpenRequest[] {
    const { registry, nodes } = this.#evaluation
    const strangers = registry.requests(false).filter(({ person }) => this.#own(person).length === 0)
    return openRequests(strangers, (person) => nodes.heldBy(person))
  }
  get declinedRequests(): readonly HandedOnRequest[] {
    return this.#evaluation.registry.requests(true)
  }

  /** All that are held, whether they count or not. */
  get revocations(): readonly removals.RevocationRecord[] {
    const effective = this.#evaluation.limits.revocations
    return [...this.#holdings.operations.values()].flatMap((operation) => {
      const known = effective.get(operation.hash)
      if (known) return [removals.recordOf(known)]
      const { body, node } = operation.operation ?? {}
      if (body?.kind !== 'revoke' || node === undefined) return []
      const authorNode = this.#evaluation.nodes.get(node)?.node
      return [{ hash: operation.hash, author: operation.log.person, authorNode, body, isEffective: false }]
    })
  }
  /** Why somebody is no member now: the most senior of what ended their grants. */
  removalOf(person: PersonId): removals.RevocationRecord | undefined {
    if (this.#own(person).length > 0) return undefined
    return removals.removalOf(person, this.#held(person), this.#evaluation.limits)
  }
  /** What a new grant to the person by this node has to list in `over`. */
  revocationsToOverrule(person: PersonId, granting: AuthorityNode): OperationHash[] {
    return removals.newcomersRevocations(this.#evaluation.limits, person, granting, true)
  }
  /** Whether others ever took the membership or a role from the person, also if they gave some of it back. */
  wasDenied(person: PersonId): boolean {
    return removals.wasDenied(person, this.#held(person), this.#evaluation.limits)
  }
  /** The bans that a grant by this node cannot lift. */
  bansAbove(person: PersonId, granting: AuthorityNode): OperationHash[] {
    return removals.newcomersRevocations(this.#evaluation.limits, person, granting, false)
  }
  nodeToRemove(actor: PersonId, target: PersonId): AuthorityNode | undefined {
    return removals.nodeToRemove(this, actor, target)
  }
  removersOf(person: PersonId): PersonId[] {
    return removals.removersOf(this, person)
  }
  rolesToGive(actor: PersonId): readonly Role[] {
    return removals.rolesToGive(this, actor)
  }
  /** What binds the person under a grant, in the room or in one document; most senior first. */
  limitsFor(node: AuthorityNode, person: PersonId, document?: DocumentId): readonly removals.RevocationRecord[] {
    return this.#evaluation.limits.of(node, person, document).map(removals.recordOf)
  }
  /** The members who may write in the document, most senior first. */
  writersOf(document: DocumentId): PersonId[] {
    return this.members().flatMap(({ person }) => (this.can(person, 'write', document) ? [person] : []))
  }
  /** The list of writers of the document, as it binds those junior to everybody who made one. */
  writeListOf(document: DocumentId): WriteList | undefined {
    const list = this.#evaluation.writeLists.inForce(document)
    return list && { people: list.body.people, operation: list.operation.hash, setBy: list.operation.log.person }
  }
  /** What the next list has to name in its `over`. */
  writeListOperations(document: DocumentId): OperationHash[] {
    return this.#evaluation.writeLists.all(document).map(({ operation }) => operation.hash)
  }
  /** The setting that binds those who act under the node; without one, everybody junior to all who set it. */
  policy(key: string, node?: AuthorityNode): Uint8Array | undefined {
    return this.#evaluation.policies.inForce(key, node)?.body.value
  }
  /** Whether somebody without a right to grant may let people in under this node. */
  mayMembersAdmit(node: AuthorityNode): boolean {
    return this.#evaluation.mayMembersAdmit(node)
  }
  policyOperations(key: string): OperationHash[] {
    return this.#evaluation.policies.all(key).map(({ operation }) => operation.hash)
  }

  /** The person's devices, the most senior first. */
  devicesOf(person: PersonId): readonly DeviceRecord[] {
    return this.#evaluation.devices.devicesOf(person)
  }
  /** Whether a device of the person's was revoked; without the person, whether it shows the room to any reader. */
  isDeviceStanding(device: DeviceId, person?: PersonId): boolean {
    if (person === undefined) return this.#knownDevices().readerIds.has(device)
    const { devices } = this.#evaluation
    return !devices.hasRevocations(person) || devices.standing(person).limitsOf(device).length === 0
  }
  /** Whether the device is one of a member's who may be given the documents, and not ended. */
  isHolderDevice(device: DeviceId): boolean {
    return this.#knownDevices().holderIds.has(device)
  }
  /** The devices in standing of the people who may read. */
  readerDevices(): readonly ReaderDevice[] {
    return this.#knownDevices().readers
  }
  /** The room keys announced, the most senior author's first. */
  get epochs(): readonly EpochRecord[] {
    return this.#evaluation.registry.epochs.records
  }
  /** The key to write with; undefined: there is none that all who have it may have. */
  currentEpoch(): EpochRecord | undefined {
    return currentEpoch(this.epochs, this.#knownDevices())
  }
  /** The readers' devices that cannot open this key. */
  missingBoxes(epoch: EpochId): DeviceId[] {
    const boxes = this.epochs.find((record) => record.epoch === epoch)?.boxes
    return this.readerDevices().flatMap(({ device }) => (boxes?.has(device) === true ? [] : [device]))
  }

  get rootKeys(): readonly PersonId[] {
    return this.#evaluation.root.newest.keys
  }
  get rootThreshold(): number {
    return this.#evaluation.root.newest.threshold
  }
  get rootOffers(): readonly RootOffer[] {
    return this.#evaluation.registry.rootOffers
  }
  get rootConsents(): readonly RootConsent[] {
    return this.#evaluation.registry.rootConsents
  }
  /** What counts in the name of the root keys: what the next rotation should keep. */
  get rootOperations(): readonly OperationHash[] {
    const operations = this.#holdings.byNode.get(ROOT) ?? []
    return operations.flatMap((operation) => (this.#evaluation.outcomes.isEffective(operation) ? [operation.hash] : []))
  }

  /** Why an operation counts or does not, in one code and one sentence, and through whom. */
  explain(hash: OperationHash): Explanation {
    const operation = this.#holdings.operations.get(hash)
    const explanation = explainOutcome(operation && this.#evaluation.outcomeOf(operation))
    const by = operation && this.#limiting(operation, explanation.reason)
    return by ? { ...explanation, by } : explanation
  }

  /** The work that the evaluation took. */
  get steps(): number {
    return this.#evaluation.work.steps
  }

  snapshot(): StateSnapshot {
    const limits = new Map<FeedId, number | undefined>()
    for (const { feed, status, limit } of this.feeds.values()) limits.set(feed, status === 'effective' ? limit : 0)
    const roles = new Map(this.members().map(({ person, role }) => [person, role]))
    const outcomes = new Map<OperationHash, Outcome>()
    for (const operation of this.#holdings.operations.values())
      outcomes.set(operation.hash, this.#evaluation.outcomeOf(operation))
    return { roles, outcomes, limits }
  }

  #limiting(operation: LoggedOperation, reason: Outcome | undefined): Explanation['by'] {
    const { log } = operation
    const node = operation.operation && this.#evaluation.nodes.get(operation.operation.node)?.node
    const limits =
      reason === 'device-revoked'
        ? this.#evaluation.devices.limitsOf(log)
        : reason === 'outside-pins' && node
          ? this.#evaluation.limits.of(node, log.person)
          : []
    const limit = limits.find((candidate) => !candidate.keeps(operation))
    const found = limit && this.#holdings.operations.get(limit.hash)
    return found && { person: found.log.person, operation: found.hash }
  }

  #held(person: PersonId | '*'): AuthorityNode[] {
    return [...this.#evaluation.nodes.heldBy(person)].map(({ node }) => node)
  }

  #own(person: PersonId): AuthorityNode[] {
    const nodes = this.#held(person).filter((node) => this.#isStanding(node, person))
    return nodes.length > 1 ? nodes.toSorted(compareSeniority) : nodes
  }

  #isStanding(node: AuthorityNode, person: PersonId): boolean {
    return node.hash !== ROOT && this.#evaluation.limits.isStanding(node, person)
  }

  #mayWriteIn(document: DocumentId, node: AuthorityNode, person: PersonId): boolean {
    const list = this.#evaluation.writeLists.inForce(document, node)?.body.people ?? '*'
    if (list !== '*' && !list.includes(person)) return false
    return this.#evaluation.limits.inDocument(node, person, document).length === 0
  }

  #knownDevices(): KnownDevices {
    const { version, devices, outcomes } = this.#evaluation
    if (this.#devices?.version === version) return this.#devices.known
    const known = knownDevices(this.#holdings, devices, {
      mayRead: (person) => this.can(person, 'read'),
      mayHold: (person) => this.can(person, 'hold'),
      isEffective: (operation) => outcomes.isEffective(operation),
    })
    this.#devices = { version, known }
    return known
  }

  #inviteRecord(invite: EffectiveInvite): InviteRecord {
    const { invites } = this.#evaluation
    return { ...invite, uses: invites.usesOf(invite.hash), isRevoked: invites.isRevoked(invite.hash) }
  }
}

function compareFirst(a: readonly AuthorityNode[], b: readonly AuthorityNode[]): number {
  const [first] = a
  const [second] = b
  return first && second ? compareSeniority(first, second) : 0
}
