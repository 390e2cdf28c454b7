/**
 * Who may do what, computed from the set of operations alone: one pass over the grants in the order of seniority. A
 * revocation reaches only grants that come later in that order, so nothing has to be revisited, and the order in which
 * operations arrived cannot matter. Nothing here throws: an operation that does not apply is not effective.
 */
import { equalBytes } from '../base/bytes.ts'
import type { OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { childNode, comparePositions, compareSeniority, covers, coversScope, rootNode } from './authority-node.ts'
import type { AuthorityNode } from './authority-node.ts'
import type { Holdings, LoggedOperation } from './logged-operation.ts'
import { DEPTH_MAX } from './operation-limits.ts'
import { ROOT, type GrantBody, type InviteBody, type InviteRevokeBody, type OperationBody } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { actionOf, concernsWholeRoom, isLeaf, roleAllows, type LeafBody } from './permission.ts'
import { Registry } from './registry.ts'
import { Revocation } from './revocation.ts'
import { isAtLeast, mayGrant } from './role.ts'
import { SeniorityQueue } from './seniority-queue.ts'

/** An operation that may act under its grant, as far as grant, author and pins go. */
interface Candidate<Body> {
  readonly operation: LoggedOperation
  readonly body: Body
}

export interface EffectiveInvite {
  readonly hash: OperationHash
  readonly body: InviteBody
  readonly node: AuthorityNode
  readonly inviter: PersonId
  /** The session in whose log it stands. */
  readonly session: SessionId
}

export class Evaluation {
  /** In the order of seniority. */
  readonly nodes = new Map<OperationHash, AuthorityNode>()
  readonly invites = new Map<OperationHash, EffectiveInvite>()
  readonly registry: Registry
  /** Operations looked at and comparisons made, for the bound on the work. */
  steps = 0
  readonly #holdings: Holdings
  readonly #outcomes = new Map<OperationHash, Outcome>()
  readonly #revocations = new Map<PersonId, Revocation[]>()
  /** By invite: the people it has admitted, whoever granted. */
  readonly #uses = new Map<OperationHash, Set<PersonId>>()
  /** By invite, then by the grant under which it was revoked: the admissions that stay. */
  readonly #revokedInvites = new Map<OperationHash, Map<OperationHash, Set<OperationHash>>>()
  readonly #queue = new SeniorityQueue(compareSeniority)

  constructor(holdings: Holdings) {
    this.#holdings = holdings
    this.registry = new Registry(this.#outcomes)
    this.#takeDepartures()
    this.#queue.push(rootNode())
    for (let node = this.#queue.pop(); node; node = this.#queue.pop()) this.#evaluateNode(node)
    this.steps += this.#queue.comparisons
  }

  outcomeOf(operation: LoggedOperation): Outcome {
    const judged = this.#outcomes.get(operation.hash)
    if (judged) return judged
    const { body, node } = operation.operation ?? {}
    if (body === undefined || node === undefined) return 'malformed'
    if (body.kind === 'unknown') return 'unknown-kind'
    if (body.kind === 'session') return operation.seq === 0 ? 'effective' : 'misplaced'
    if (!operation.isGenuine) return 'signature'
    return node === ROOT || this.#holdings.operations.has(node) ? 'node' : 'missing-node'
  }

  /** Revocations that limit what this person does under this grant: all but those that the grant overrules. */
  limitsOf(node: AuthorityNode, person: PersonId): readonly Revocation[] {
    const revocations = this.#revocations.get(person)
    if (revocations === undefined) return []
    return revocations.filter((revocation) => !node.over.has(revocation.hash))
  }

  revocationsOf(person: PersonId): readonly Revocation[] {
    return this.#revocations.get(person) ?? []
  }

  usesOf(invite: OperationHash): number {
    return this.#uses.get(invite)?.size ?? 0
  }

  isInviteRevoked(invite: OperationHash): boolean {
    return this.#revokedInvites.has(invite)
  }

  /**
   * Takes in one operation after the pass. Right only for one that gives nobody a right, that nothing cited before it
   * came, and that forks nothing: then the pass would have come to the same.
   */
  addLeaf(operation: LoggedOperation): void {
    const { body, node: hash } = operation.operation ?? {}
    const node = hash === undefined ? undefined : this.nodes.get(hash)
    if (body === undefined || !isLeaf(body)) return
    this.steps++
    if (node) {
      const outcome = this.#judgeCitation(node, operation, body)
      if (outcome === 'effective') this.#judgeLeaf(node, operation, body)
      else this.#refuse(operation, body, node, outcome)
    }
  }

  /** A person may always leave: it needs no rank and no grant, and touches nobody else. */
  #takeDepartures(): void {
    for (const [person, departures] of this.#holdings.departures) {
      const revocations: Revocation[] = []
      for (const operation of departures) {
        const body = operation.operation?.body
        if (body?.kind !== 'revoke') continue
        this.steps++
        const isOwn = body.target.type === 'person' && body.target.person === operation.log.person
        const outcome: Outcome = isOwn ? (body.scope === '*' ? 'effective' : 'scope') : 'not-yours'
        this.#outcomes.set(operation.hash, outcome)
        if (outcome === 'effective') revocations.push(new Revocation(operation, body, this.#holdings))
      }
      if (revocations.length > 0) this.#revocations.set(person, revocations)
    }
  }

  /** Judges everything that acts under one grant. Invites come before the grants that use them. */
  #evaluateNode(node: AuthorityNode): void {
    this.nodes.set(node.hash, node)
    const grants: Candidate<GrantBody>[] = []
    const invites: Candidate<InviteBody>[] = []
    const inviteRevocations: Candidate<InviteRevokeBody>[] = []
    const operations = (this.#holdings.byNode.get(node.hash) ?? []).toSorted((a, b) => {
      this.steps++
      return comparePositions(a, b)
    })
    for (const operation of operations) {
      this.steps++
      const body = operation.operation?.body
      if (body === undefined || body.kind === 'unknown' || body.kind === 'session' || isDeparture(body)) continue
      const outcome = this.#judgeCitation(node, operation, body)
      if (outcome !== 'effective') this.#refuse(operation, body, node, outcome)
      else if (body.kind === 'grant') grants.push({ operation, body })
      else if (body.kind === 'invite') invites.push({ operation, body })
      else if (body.kind === 'invite.revoke') inviteRevocations.push({ operation, body })
      else if (isLeaf(body)) this.#judgeLeaf(node, operation, body)
    }
    for (const { operation, body } of invites) this.#judgeInvite(node, operation, body)
    for (const { operation, body } of inviteRevocations) this.#judgeInviteRevocation(node, operation, body)
    for (const { operation, body } of grants) this.#judgeGrant(node, operation, body)
  }

  /** Whether the operation may act under this grant at all. */
  #judgeCitation(node: AuthorityNode, operation: LoggedOperation, body: OperationBody): Outcome {
    if (!operation.isGenuine) return 'signature'
    if (body.kind === 'revoke') return 'reserved'
    if (node.hash === ROOT) {
      if (body.kind !== 'grant') return 'role'
    } else if (node.holder !== '*' && node.holder !== operation.log.person) {
      return 'not-yours'
    }
    if (!this.#hasCitations(body)) return 'missing-citation'
    // What the root keys sign is theirs, whoever's log carries it.
    if (node.hash === ROOT) return 'effective'
    const limits = this.limitsOf(node, operation.log.person)
    return limits.every((revocation) => revocation.keeps(operation)) ? 'effective' : 'outside-pins'
  }

  #hasCitations(body: OperationBody): boolean {
    const { operations } = this.#holdings
    if (body.kind === 'invite.revoke') return operations.has(body.invite)
    if (body.kind !== 'grant') return true
    return (
      body.over.every((hash) => operations.has(hash)) && (body.via === undefined || operations.has(body.via.invite))
    )
  }

  #judgeLeaf(node: AuthorityNode, operation: LoggedOperation, body: LeafBody): void {
    const action = actionOf(body.kind)
    const isInScope =
      body.kind === 'feed.open'
        ? covers(node.documents, body.document)
        : node.documents === '*' || !concernsWholeRoom(action)
    if (!roleAllows(node.role, action)) this.#refuse(operation, body, node, 'role')
    else if (!isInScope) this.#refuse(operation, body, node, 'scope')
    else this.registry.add({ operation, node, body, limits: this.limitsOf(node, operation.log.person) })
  }

  #judgeInvite(node: AuthorityNode, operation: LoggedOperation, body: InviteBody): void {
    if (node.holder === '*' || !mayGrant(node.maxGrant, body.role)) this.#refuse(operation, body, node, 'role')
    else if (!coversScope(node.documents, body.scope)) this.#refuse(operation, body, node, 'scope')
    else {
      const { person, session } = operation.log
      this.#outcomes.set(operation.hash, 'effective')
      this.invites.set(operation.hash, { hash: operation.hash, body, node, inviter: person, session })
    }
  }

  #judgeInviteRevocation(node: AuthorityNode, operation: LoggedOperation, body: InviteRevokeBody): void {
    const invite = this.#holdings.operations.get(body.invite)
    const isOwn = invite?.log.person === operation.log.person
    if (invite?.operation?.body.kind !== 'invite') {
      this.#refuse(operation, body, node, 'invite')
    } else if (!isOwn && !isAtLeast(node.role, 'moderator')) {
      this.#refuse(operation, body, node, 'role')
    } else {
      this.#outcomes.set(operation.hash, 'effective')
      let byNode = this.#revokedInvites.get(body.invite)
      if (!byNode) this.#revokedInvites.set(body.invite, (byNode = new Map()))
      const kept = byNode.get(node.hash)
      if (kept) for (const hash of body.keep) kept.add(hash)
      else byNode.set(node.hash, new Set(body.keep))
    }
  }

  #judgeGrant(node: AuthorityNode, operation: LoggedOperation, body: GrantBody): void {
    const outcome = this.#outcomeOfGrant(node, operation, body)
    this.#outcomes.set(operation.hash, outcome)
    if (outcome !== 'effective') return
    if (body.via && this.#isCounted(operation, body.via.invite)) {
      const person = body.to
      const uses = this.#uses.get(body.via.invite)
      if (person !== '*' && uses) uses.add(person)
      else if (person !== '*') this.#uses.set(body.via.invite, new Set([person]))
    }
    this.#queue.push(childNode(node, operation, body))
  }

  #outcomeOfGrant(node: AuthorityNode, operation: LoggedOperation, body: GrantBody): Outcome {
    const { role, maxGrant, via } = body
    if (node.depth >= DEPTH_MAX) return 'depth'
    if (node.holder === '*') return 'role'
    if (body.to === '*' && (isAtLeast(role, 'moderator') || maxGrant !== undefined)) return 'role'
    if (!coversScope(node.documents, body.scope)) return 'scope'
    // Nobody passes on a right to grant above the role that comes with it: a child would come before its granter.
    if (maxGrant !== undefined && !isAtLeast(role, maxGrant)) return 'max-grant'
    const hasOwnRight = node.maxGrant !== undefined
    if (hasOwnRight) {
      if (!mayGrant(node.maxGrant, role)) return 'role'
      if (maxGrant !== undefined && !mayGrant(node.maxGrant, maxGrant)) return 'max-grant'
    } else if (maxGrant !== undefined) {
      return 'max-grant'
    } else if (via === undefined) {
      return 'role'
    }
    return via ? this.#judgeAdmission(node, operation, body, hasOwnRight) : 'effective'
  }

  #judgeAdmission(node: AuthorityNode, operation: LoggedOperation, body: GrantBody, hasOwnRight: boolean): Outcome {
    const { via, to } = body
    const invite = via && this.#holdings.operations.get(via.invite)
    const terms = invite?.operation?.body
    if (via === undefined || terms?.kind !== 'invite' || to === '*') return 'invite'
    if (!equalBytes(terms.inviteKey, via.consent.inviteKey)) return 'invite-key'
    for (const kept of this.#revokedInvites.get(via.invite)?.values() ?? [])
      if (!kept.has(operation.hash)) return 'invite-revoked'
    if (this.#isCounted(operation, via.invite)) {
      const uses = this.#uses.get(via.invite)
      if (terms.usesMax > 0 && uses && uses.size >= terms.usesMax && !uses.has(to)) return 'invite-used-up'
    } else if (!hasOwnRight) {
      return 'not-inviter'
    }
    if (hasOwnRight) return 'effective'
    // From here on the invite itself is the authority, bounded by the role of the one who admits.
    if (!this.invites.has(via.invite)) return 'invite'
    if (terms.approval === 'manual') return 'approval'
    if (!roleAllows(node.role, 'admit')) return 'role'
    if (!isAtLeast(terms.role, body.role) || !isAtLeast(node.role, body.role)) return 'role'
    return coversScope(terms.scope === '*' ? '*' : new Set(terms.scope), body.scope) ? 'effective' : 'scope'
  }

  /** An invite that only its inviter may use counts along the one chain that it stands in, and is exact there. */
  #isCounted(grant: LoggedOperation, inviteHash: OperationHash): boolean {
    const invite = this.#holdings.operations.get(inviteHash)
    const terms = invite?.operation?.body
    return terms?.kind === 'invite' && (terms.admitBy === 'any' || invite?.log === grant.log)
  }

  #refuse(operation: LoggedOperation, body: OperationBody, node: AuthorityNode, outcome: Outcome): void {
    if (body.kind === 'feed.open') this.registry.refuseFeed(operation, body, node, outcome)
    else this.#outcomes.set(operation.hash, outcome)
  }
}

const isDeparture = (body: OperationBody): boolean => body.kind === 'revoke' && body.mode === 'leave'
