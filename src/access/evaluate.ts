/**
 * Who may do what, computed from the set of operations alone: the grants in the order of seniority, each operation once.
 * Whatever decides about an operation is senior to it, so nothing has to be revisited, and the order in which operations
 * arrived cannot matter. What arrives later is taken in the same way: only what it may change is looked at again, most
 * senior first. Nothing here throws: an operation that does not apply is not effective.
 */
import type { PersonId } from '../base/ids.ts'
import { childNode, compareSeniority, isRoot, rootNode, type AuthorityNode } from './authority-node.ts'
import { DeviceIndex } from './device-index.ts'
import { FeedRegistry } from './feed-registry.ts'
import { InviteBook } from './invite-book.ts'
import { isCounted, type GrantContext } from './judge-grant.ts'
import { isDeparture, isForRoot, isGranted, judgeBody, judgeLeaf, type JudgedBody } from './judge-operation.ts'
import { LimitWatch } from './limit-watch.ts'
import { Limits } from './limits.ts'
import { operationsOf, type Holdings, type LoggedOperation, type SessionLog } from './logged-operation.ts'
import { NodeTable, type NodeRecord } from './node-table.ts'
import { ROOT, type DocumentWritersBody, type GrantBody, type OperationBody, type PolicyBody } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { OutcomeTable } from './outcome-table.ts'
import { isLeaf, type LeafBody } from './permission.ts'
import { ALL, keeps } from './pin-tips.ts'
import { documentIdOf, Registry } from './registry.ts'
import { Revocation } from './revocation.ts'
import { RootGenerations } from './root-generations.ts'
import { SeniorRegister } from './senior-register.ts'
import { SeniorityQueue } from './seniority-queue.ts'
import type { Work } from './work.ts'

const MEMBERS_ADMIT = 'members-admit'

export class Evaluation {
  readonly work: Work = { steps: 0 }
  readonly nodes = new NodeTable()
  readonly limits = new Limits(this.work)
  readonly invites = new InviteBook()
  readonly registry = new Registry()
  readonly feeds: FeedRegistry
  readonly devices: DeviceIndex
  readonly root: RootGenerations
  readonly writeLists = new SeniorRegister<DocumentWritersBody>()
  readonly policies = new SeniorRegister<PolicyBody>()
  /** Grows when a right, a limit or a device changes. */
  version = 0
  readonly #holdings: Holdings
  readonly outcomes = new OutcomeTable()
  readonly #queue = new SeniorityQueue<NodeRecord>((a, b) => compareSeniority(a.node, b.node))
  readonly #context: GrantContext
  readonly #watch: LimitWatch
  /**
   * The log whose operations were judged last, if it is the holder's and nothing limits it under the grant whose turn it
   * is: then that is so for its next ones as well, since what binds them is senior and was decided before.
   */
  #wholeLog: SessionLog | undefined

  constructor(holdings: Holdings) {
    this.#holdings = holdings
    this.devices = new DeviceIndex(holdings, this.work)
    this.root = new RootGenerations(holdings.genesis)
    this.feeds = new FeedRegistry(this.outcomes, this.registry.documents)
    this.#context = {
      operations: holdings.operations,
      invites: this.invites,
      membersAdmit: (node) => this.mayMembersAdmit(node),
    }
    this.#watch = new LimitWatch(this, holdings, (operation) => {
      this.#markStale(operation)
    })
    this.root.update(holdings.rotations)
    for (const departures of holdings.departures.values())
      for (const departure of departures) this.#judgeDeparture(departure)
    this.#enqueue(this.nodes.add(rootNode(), undefined))
    this.flush()
  }

  /** Whether those without a right to grant may let people in, as far as those senior to the node decided. */
  mayMembersAdmit(node: AuthorityNode): boolean {
    const value = this.policies.inForce(MEMBERS_ADMIT, node)?.body.value
    return value?.length !== 1 || value[0] !== 0
  }

  outcomeOf(operation: LoggedOperation): Outcome {
    const judged = this.outcomes.get(operation)
    if (judged) return judged
    const { body, node } = operation.operation ?? {}
    if (body === undefined || node === undefined) return 'malformed'
    if (body.kind === 'unknown') return 'unknown-kind'
    if (body.kind === 'session') return operation.seq === 0 ? 'effective' : 'misplaced'
    if (body.kind === 'device.revoke') return this.devices.outcomeOf(operation) ?? 'signature'
    if (!operation.isGenuine) return 'signature'
    return node === ROOT || this.#holdings.operations.has(node) ? 'node' : 'missing-node'
  }

  /** Takes note of an operation that has arrived. What it changes is seen after `flush`. */
  add(operation: LoggedOperation): void {
    const { body } = operation
    if (body === undefined) return
    this.work.steps++
    if (body.kind === 'session' || body.kind === 'device.revoke') this.#updateDevices(operation.log.person)
    else if (isDeparture(body)) this.#judgeDeparture(operation)
    else if (isGranted(body)) {
      if (body.kind === 'root.rotate') this.#updateRoot()
      if (body.kind === 'grant' && body.via && body.to !== '*') this.#updateDevices(body.to)
      this.#markStale(operation)
    }
  }

  /** Something that the operation cites or pins has arrived. */
  reconsider(operation: LoggedOperation): void {
    const { body } = operation
    if (body === undefined) return
    const revocation = this.limits.revocations.get(body.kind === 'amend' ? body.revocation : operation.hash)
    if (revocation) {
      this.limits.update(revocation)
      this.#watch.update(revocation)
    }
    if (body.kind === 'document.writers') this.feeds.touchDocument(body.document)
    else if (body.kind === 'device.revoke') this.#updateDevices(operation.log.person)
    else if (isGranted(body)) this.#markStale(operation)
  }

  /** Looks again at everything that may have changed, most senior first. */
  flush(): void {
    const before = this.#queue.comparisons
    for (let record = this.#queue.pop(); record; record = this.#queue.pop()) {
      record.isQueued = false
      if (record.isHeld) this.#process(record)
    }
    this.feeds.flush((opening, feed) => this.#watch.boundsOf(opening, feed))
    this.work.steps += this.#queue.comparisons - before
  }

  #enqueue(record: NodeRecord): void {
    if (record.isQueued) return
    record.isQueued = true
    this.#queue.push(record)
  }

  #markStale(operation: LoggedOperation): void {
    const record = operation.operation && this.nodes.get(operation.operation.node)
    if (record === undefined) return
    // A node that was never looked at takes all that is under it when its turn comes.
    if (record.isActive) (record.stale ??= new Set()).add(operation)
    this.#enqueue(record)
  }

  #process(record: NodeRecord): void {
    if (!record.isActive) {
      this.nodes.activate(record)
      this.#judgeAll(record, record.operations ?? this.#holdings.byNode.get(record.node.hash) ?? [])
    }
    while (record.stale) {
      const stale = record.stale
      record.stale = undefined
      this.#judgeAll(record, [...stale])
    }
  }

  /** Invites and what revokes them come before the grants that use them; the rest is decided in any order. */
  #judgeAll(record: NodeRecord, operations: readonly LoggedOperation[]): void {
    const grants: LoggedOperation[] = []
    this.#wholeLog = undefined
    for (const operation of operations) {
      this.work.steps++
      const body = operation.body
      if (body === undefined || !isGranted(body)) continue
      if (body.kind === 'grant') grants.push(operation)
      else if (isLeaf(body)) this.#judgeLeaf(record, operation, body)
      else this.#judge(record, operation, body)
    }
    for (const operation of grants) {
      const body = operation.body
      if (body?.kind === 'grant') this.#judge(record, operation, body)
    }
  }

  #judgeLeaf(record: NodeRecord, operation: LoggedOperation, body: LeafBody): void {
    const { node } = record
    let outcome = this.#judgeCitation(record, operation, body)
    if (outcome === 'effective') outcome = judgeLeaf(node, body)
    if (isRoot(node)) this.outcomes.set(operation, outcome)
    else this.#placeLeaf(node, operation, body, outcome)
  }

  #judge(record: NodeRecord, operation: LoggedOperation, body: JudgedBody): void {
    const { node } = record
    if (body.kind === 'grant' && body.via) this.invites.note(body.via.invite, operation)
    let outcome = this.#judgeCitation(record, operation, body)
    if (outcome === 'effective') outcome = judgeBody(this.#context, node, operation, body)
    if (body.kind === 'redact' && !isRoot(node)) {
      this.feeds.unredact(operation.hash, body.feed)
      this.outcomes.set(operation, outcome)
      if (outcome === 'effective') this.feeds.redact({ operation, node, body })
      return
    }
    if (body.kind === 'grant' && body.via) outcome = this.#countUse(node, operation, body, outcome)
    const was = this.outcomes.get(operation)
    this.outcomes.set(operation, outcome)
    const isEffective = outcome === 'effective'
    if (isEffective !== (was === 'effective')) this.#put(record, operation, body, isEffective)
  }

  /** Whether the operation may act under this grant at all. */
  #judgeCitation(record: NodeRecord, operation: LoggedOperation, body: OperationBody): Outcome {
    const { node } = record
    if (!operation.isGenuine) return 'signature'
    if (isRoot(node)) {
      if (!isForRoot(body)) return 'role'
      // What the root keys sign is theirs, whoever's log carries it.
      if (!this.root.isByRoot(operation)) return 'root-keys'
      return this.#hasCitations(body) ? 'effective' : 'missing-citation'
    }
    if (body.kind === 'root.rotate') return 'misplaced'
    const isWhole = operation.log === this.#wholeLog
    if (!isWhole && node.holder !== '*' && node.holder !== operation.log.person) return 'not-yours'
    if (!this.#hasCitations(body)) return 'missing-citation'
    return isWhole ? 'effective' : this.#judgePlace(record, operation)
  }

  /** Whether what limits its log leaves it. */
  #judgePlace(record: NodeRecord, operation: LoggedOperation): Outcome {
    const ofDevice = this.devices.tips(operation.log)
    const tips = this.#watch.tipsOf(record, operation.log)
    if (ofDevice === ALL && tips === ALL) this.#wholeLog = operation.log
    if (!keeps(ofDevice, operation)) return 'device-revoked'
    return keeps(tips, operation) ? 'effective' : 'outside-pins'
  }

  #hasCitations(body: OperationBody): boolean {
    const { operations } = this.#holdings
    if (body.kind === 'invite.revoke') return operations.has(body.invite)
    if (body.kind !== 'grant') return true
    const { over, via } = body
    return over.every((hash) => operations.has(hash)) && (via === undefined || operations.has(via.invite))
  }

  /** Does what the operation does, or takes it back. */
  #put(record: NodeRecord, operation: LoggedOperation, body: JudgedBody, isEffective: boolean): void {
    const { node } = record
    const { hash, log } = operation
    const placed = { operation, node }
    this.version++
    switch (body.kind) {
      case 'grant':
        if (isEffective) this.#open(record, operation, body)
        else this.#close(this.nodes.get(hash))
        break
      case 'invite':
        if (!isEffective) this.invites.invites.delete(hash)
        else this.invites.invites.set(hash, { hash, body, node, inviter: log.person, session: log.session })
        this.#markGrants(this.invites.grantsBy(hash))
        break
      case 'invite.revoke':
        if (isEffective) this.invites.revoke({ ...placed, body })
        else this.invites.unrevoke(hash, node.hash, body.invite)
        this.#markGrants(this.invites.grantsBy(body.invite))
        break
      case 'revoke':
        if (isEffective) this.#limit(new Revocation(operation, body, node, this.#holdings))
        else this.#lift(this.limits.revocations.get(hash))
        break
      case 'amend': {
        const amended = isEffective
          ? this.limits.amend({ operation, body, author: node })
          : this.limits.unamend(hash, body.revocation)
        if (amended) this.#watch.update(amended)
        break
      }
      case 'document.writers':
        if (isEffective) this.writeLists.add(body.document, { ...placed, body })
        else this.writeLists.remove(body.document, hash)
        this.feeds.touchDocument(body.document)
        break
      case 'policy.set':
        if (isEffective) this.policies.add(body.key, { ...placed, body })
        else this.policies.remove(body.key, hash)
        if (body.key === MEMBERS_ADMIT) this.#markGrants(this.invites.grants())
        break
      default:
        break
    }
  }

  #open(parent: NodeRecord, operation: LoggedOperation, body: GrantBody): void {
    const record = this.nodes.add(childNode(parent.node, operation, body), parent)
    record.operations = this.#holdings.byNode.get(operation.hash)
    if (record.operations) this.#enqueue(record)
  }

  /** The grant counts no more, and nothing that was done under it. */
  #close(record: NodeRecord | undefined): void {
    if (record) this.nodes.remove(record)
    if (!record?.isActive) return
    for (const operation of this.#holdings.byNode.get(record.node.hash) ?? []) {
      const body = operation.body
      this.work.steps++
      if (body === undefined || !isGranted(body) || this.outcomes.get(operation) === undefined) continue
      if (isLeaf(body)) this.#removeLeaf(operation, body)
      else if (body.kind === 'redact') this.feeds.unredact(operation.hash, body.feed)
      else {
        if (body.kind === 'grant' && body.via) this.#dropUse(operation, body)
        if (this.outcomes.isEffective(operation)) this.#put(record, operation, body, false)
      }
      this.outcomes.set(operation, operation.isGenuine ? 'node' : 'signature')
    }
  }

  #placeLeaf(node: AuthorityNode, operation: LoggedOperation, body: LeafBody, outcome: Outcome): void {
    if (body.kind === 'feed.open') {
      this.feeds.place({ operation, node, body, refusal: outcome === 'effective' ? undefined : outcome })
      return
    }
    this.outcomes.set(operation, outcome)
    const isNew = outcome === 'effective' && this.registry.add({ operation, node, body })
    const isGone = outcome !== 'effective' && this.registry.remove(operation)
    if (body.kind === 'document.create' && (isNew || isGone)) this.feeds.updateDocument(documentIdOf(operation.hash))
  }

  #removeLeaf(operation: LoggedOperation, body: LeafBody): void {
    if (body.kind === 'feed.open') this.feeds.remove(operation)
    else if (this.registry.remove(operation) && body.kind === 'document.create')
      this.feeds.updateDocument(documentIdOf(operation.hash))
  }

  /** Takes the use of an invite, if the grant may have one; whether it has. */
  #countUse(node: AuthorityNode, operation: LoggedOperation, body: GrantBody, outcome: Outcome): Outcome {
    const { via, to } = body
    const invite = via && this.#holdings.operations.get(via.invite)
    const terms = invite?.operation?.body
    if (!via || terms?.kind !== 'invite' || to === '*') return outcome
    const isUse = outcome === 'effective' && isCounted(terms, invite, operation)
    if (!isUse) {
      this.#dropUse(operation, body)
      return outcome
    }
    const moved = this.invites.use(via.invite, terms.usesMax, { operation, node, body: to })
    for (const admission of moved) if (admission.operation !== operation) this.#markStale(admission.operation)
    return this.invites.isIn(via.invite, to) ? 'effective' : 'invite-used-up'
  }

  #dropUse(operation: LoggedOperation, { via, to }: GrantBody): void {
    if (!via || to === '*') return
    for (const admission of this.invites.unuse(via.invite, operation.hash, to)) this.#markStale(admission.operation)
  }

  #markGrants(grants: Iterable<LoggedOperation>): void {
    for (const grant of grants) this.#markStale(grant)
  }

  /** A person may always leave: it needs no rank and no grant, and touches nobody else. Not from a revoked device. */
  #judgeDeparture(operation: LoggedOperation): void {
    const body = operation.body
    if (body?.kind !== 'revoke' || !operation.isGenuine) return
    this.work.steps++
    const isOwn = body.target.type === 'person' && body.target.person === operation.log.person
    let outcome: Outcome = isOwn ? (body.scope === '*' ? 'effective' : 'scope') : 'not-yours'
    if (outcome === 'effective' && !this.devices.keeps(operation)) outcome = 'device-revoked'
    const known = this.limits.revocations.get(operation.hash)
    this.outcomes.set(operation, outcome)
    if (outcome === 'effective' && !known) this.#limit(new Revocation(operation, body, undefined, this.#holdings))
    else if (outcome !== 'effective' && known) this.#lift(known)
  }

  #limit(revocation: Revocation): void {
    this.version++
    this.limits.add(revocation)
    this.#watch.update(revocation, true)
  }

  #lift(revocation: Revocation | undefined): void {
    if (revocation === undefined) return
    this.version++
    this.limits.remove(revocation)
    this.#watch.update(revocation)
  }

  #updateDevices(person: PersonId): void {
    this.version++
    this.devices.forget(person)
    if (!this.devices.hasRevocations(person)) return
    for (const log of this.#holdings.sessionsOf.get(person) ?? [])
      for (const operation of operationsOf(log)) {
        const body = operation.body
        this.work.steps++
        if (body === undefined) continue
        if (isDeparture(body)) this.#judgeDeparture(operation)
        else if (isGranted(body)) this.#markStale(operation)
        if (operation.feed) this.feeds.touch(operation.feed.id)
      }
  }

  #updateRoot(): void {
    this.root.update(this.#holdings.rotations)
    this.version++
    for (const operation of this.#holdings.byNode.get(ROOT) ?? []) this.#markStale(operation)
  }
}
