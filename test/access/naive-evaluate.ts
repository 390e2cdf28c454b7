/**
 * The rules of src/access/SPEC.md written down as directly as possible, and slowly: no queue, no index, no cache, nothing
 * kept from one evaluation to the next, nothing shared with the evaluator but the decoded operations. Whatever both say
 * must be the same. Devices and root keys are in files of their own, for they come first; what the effective operations
 * add up to is in `naive-registers.ts`.
 */
import { toHex } from '../../src/base/bytes.ts'
import type { ReceivedGenesis } from '../../src/access/genesis.ts'
import { ROOT, type GrantBody, type Pin, type RevokeBody } from '../../src/access/operation.ts'
import type { VerifiedLogRange } from '../../src/access/verify-log.ts'
import { naiveDevices, type NaiveDevices } from './naive-devices.ts'
import { compareKeys, keepsOperation, naiveOperations, placeOf } from './naive-operation.ts'
import type { Key, NaiveOperation } from './naive-operation.ts'
import { naiveRoot, type NaiveRoot } from './naive-root.ts'

const RANKS = ['relay', 'reader', 'commenter', 'writer', 'moderator', 'admin', 'root']
export const rank = (role: string): number => RANKS.indexOf(role)

export interface NaiveNode {
  readonly hash: string
  readonly holder: string
  readonly role: string
  readonly maxGrant: string | undefined
  readonly scope: '*' | readonly string[]
  readonly over: readonly string[]
  readonly depth: number
  readonly path: Key
  readonly invite: string | undefined
  readonly parent: NaiveNode | undefined
}

export const keyOf = (node: NaiveNode): Key => [RANKS.length - rank(node.role), node.depth, ...node.path]
export const isSenior = (a: NaiveNode, b: NaiveNode): boolean => compareKeys(keyOf(a), keyOf(b)) < 0
export const within = (scope: '*' | readonly string[], outer: '*' | readonly string[]): boolean =>
  outer === '*' || (scope !== '*' && scope.every((document) => outer.includes(document)))

/** An operation that its grant allows, with the grant. */
export interface NaiveAct {
  readonly op: NaiveOperation
  readonly node: NaiveNode
}

const ROOT_NODE: NaiveNode = {
  hash: ROOT,
  holder: '',
  role: 'root',
  maxGrant: 'admin',
  scope: '*',
  over: [],
  depth: 0,
  path: [],
  invite: undefined,
  parent: undefined,
}
const UNDER_ROOT = ['grant', 'revoke', 'amend']
const NEEDS_NO_NODE = ['session', 'unknown', 'device.revoke']

/** One reading of a set of operations. Everything is public: the registers and the properties look at it. */
export class NaiveEvaluation {
  readonly operations: ReadonlyMap<string, NaiveOperation>
  readonly devices: NaiveDevices
  readonly root: NaiveRoot
  readonly effective = new Set<string>()
  /** Most senior first: the order in which they were taken. */
  readonly nodes: NaiveNode[] = []
  /** By kind of body, what is effective so far. */
  readonly acts: NaiveAct[] = []
  /** What may act under its grant and has not been judged by kind: everything that gives nobody a right. */
  readonly candidates: NaiveAct[] = []
  readonly leaves: readonly NaiveOperation[]

  constructor(ranges: readonly VerifiedLogRange[], genesis: ReceivedGenesis) {
    this.operations = naiveOperations(ranges)
    const all = [...this.operations.values()]
    this.devices = naiveDevices(all, this.operations, ROOT)
    this.root = naiveRoot(genesis, all, ROOT)
    for (const op of all) if (op.body?.kind === 'session' && op.seq === 0) this.effective.add(op.hash)
    for (const hash of this.devices.effective) this.effective.add(hash)
    this.leaves = all.filter((op) => this.#isDeparture(op))
    for (const { hash } of this.leaves) this.effective.add(hash)
    const waiting = [ROOT_NODE]
    while (waiting.length > 0) {
      const [node] = waiting.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b)))
      if (node === undefined) break
      waiting.splice(waiting.indexOf(node), 1)
      this.nodes.push(node)
      waiting.push(...this.#take(node))
    }
  }

  actsOf<Kind extends NonNullable<NaiveOperation['body']>['kind']>(
    kind: Kind,
  ): (NaiveAct & { body: Extract<NaiveOperation['body'], { kind: Kind }> })[] {
    return this.acts.flatMap((act) =>
      act.op.body?.kind === kind
        ? [{ ...act, body: act.op.body as Extract<NaiveOperation['body'], { kind: Kind }> }]
        : [],
    )
  }

  node(hash: string | undefined): NaiveNode | undefined {
    return this.nodes.find((node) => node.hash === hash)
  }

  #isDeparture(op: NaiveOperation): boolean {
    const { body } = op
    if (body?.kind !== 'revoke' || body.mode !== 'leave' || !op.genuine || body.scope !== '*') return false
    if (body.target.type !== 'person' || body.target.person !== op.person) return false
    return this.#isInsideDevice(op)
  }

  #isInsideDevice(op: NaiveOperation): boolean {
    return this.devices
      .limits(op)
      .every(({ body }) => body?.kind === 'device.revoke' && keepsOperation(this.operations, body.pins, op))
  }

  /** The revocations, departures included, that end what this person does under this grant in the whole room. */
  limits(node: NaiveNode, person: string): NaiveOperation[] {
    if (node.hash === ROOT) return []
    const departures = this.leaves.filter((op) => op.person === person && !node.over.includes(op.hash))
    return [
      ...departures,
      ...this.#revocationsOf(node, person)
        .filter(({ body }) => body.scope === '*')
        .map(({ op }) => op),
    ]
  }

  /** Those that cut only what is written in one document. */
  limitsIn(document: string, node: NaiveNode, person: string): NaiveOperation[] {
    return this.#revocationsOf(node, person)
      .filter(({ body }) => body.scope !== '*' && body.scope.some((listed) => listed === document))
      .map(({ op }) => op)
  }

  #revocationsOf(node: NaiveNode, person: string): (NaiveAct & { body: RevokeBody })[] {
    return this.actsOf('revoke').filter((revocation) => {
      if (!isSenior(revocation.node, node) || !this.#isAbout(revocation.body, node, person)) return false
      if (!node.over.includes(revocation.op.hash)) return true
      // A ban is lifted by the one who gave it, or by a senior.
      return revocation.body.mode === 'ban' && (!node.parent || isSenior(revocation.node, node.parent))
    })
  }

  #isAbout({ target }: RevokeBody, node: NaiveNode, person: string): boolean {
    if (target.type === 'person') return target.person === person
    if (target.type === 'grants') return target.grants.some((hash) => hash === node.hash)
    for (let at: NaiveNode | undefined = node; at; at = at.parent) if (at.hash === target.grant) return true
    return false
  }

  /** The pins of a revocation and of everything that amends it: each of them is enough. */
  alternatives(revocation: NaiveOperation): (readonly Pin[])[] {
    const { body } = revocation
    if (body?.kind === 'device.revoke') return [body.pins]
    if (body?.kind !== 'revoke') return []
    if (body.mode === 'leave') return [body.pins]
    const revoker = this.node(revocation.node)
    const amends = this.actsOf('amend').filter(
      (amend) =>
        amend.body.revocation === revocation.hash &&
        revoker !== undefined &&
        !isSenior(revoker, amend.node) &&
        within(body.scope, amend.node.scope),
    )
    return [body.pins, ...amends.map((amend) => amend.body.pins)]
  }

  keeps(revocation: NaiveOperation, op: NaiveOperation): boolean {
    return this.alternatives(revocation).some((pins) => keepsOperation(this.operations, pins, op))
  }

  /**
   * Of those in force for a grant, the one that counts: by a senior, replaced by no other that is as senior, and of the
   * most senior author's the latest.
   */
  inForce<Act extends NaiveAct & { body: { over: readonly string[] } }>(
    acts: readonly Act[],
    node?: NaiveNode,
  ): Act | undefined {
    const binding = acts.filter((act) => node === undefined || isSenior(act.node, node))
    const left = binding.filter(
      (act) => !binding.some((other) => other.body.over.includes(act.op.hash) && !isSenior(act.node, other.node)),
    )
    const [first] = left.toSorted((a, b) =>
      compareKeys([...keyOf(a.node), ...placeOf(a.op)], [...keyOf(b.node), ...placeOf(b.op)]),
    )
    return left
      .filter((act) => act.node === first?.node && act.op.session === first.op.session)
      .toSorted((a, b) => compareKeys(placeOf(a.op), placeOf(b.op)))
      .at(-1)
  }

  /** What may act under this grant at all, in the order of (session, seq, hash). */
  #mine(node: NaiveNode): NaiveOperation[] {
    return [...this.operations.values()]
      .filter((op) => op.node === node.hash && op.genuine && op.body !== undefined)
      .filter(
        ({ body }) => body && !NEEDS_NO_NODE.includes(body.kind) && !(body.kind === 'revoke' && body.mode === 'leave'),
      )
      .filter((op) => {
        if (node.hash === ROOT) return this.#isByRoot(op)
        if (node.holder !== '*' && node.holder !== op.person) return false
        return this.#isInsideDevice(op) && this.limits(node, op.person).every((limit) => this.keeps(limit, op))
      })
      .filter(({ body }) => {
        const cited: string[] = body?.kind === 'invite.revoke' ? [body.invite] : []
        if (body?.kind === 'grant') cited.push(...body.over, ...(body.via ? [body.via.invite] : []))
        return cited.every((hash) => this.operations.has(hash))
      })
      .toSorted((a, b) => compareKeys(placeOf(a), placeOf(b)))
  }

  #isByRoot(op: NaiveOperation): boolean {
    if (op.body?.kind === 'root.rotate') return this.root.rotations.has(op.hash)
    return UNDER_ROOT.includes(op.body?.kind ?? '') && this.root.counts(op)
  }

  /** Judges what acts under one grant; gives the grants that come of it. */
  #take(node: NaiveNode): NaiveNode[] {
    const mine = this.#mine(node)
    const allow = (op: NaiveOperation): void => {
      this.effective.add(op.hash)
      this.acts.push({ op, node })
    }
    for (const op of mine) if (this.#governs(op, node)) allow(op)
    for (const op of mine) {
      const { body } = op
      if (body?.kind !== 'invite' || node.holder === '*' || !within(body.scope, node.scope)) continue
      if (node.maxGrant !== undefined && rank(body.role) <= rank(node.maxGrant)) allow(op)
    }
    for (const op of mine) {
      const invite = op.body?.kind === 'invite.revoke' ? this.operations.get(op.body.invite) : undefined
      if (invite?.body?.kind !== 'invite') continue
      if (invite.person === op.person || rank(node.role) >= rank('moderator')) allow(op)
    }
    const children: NaiveNode[] = []
    for (const op of mine) {
      const { body } = op
      if (body?.kind !== 'grant' || !this.#mayGrant(node, op, body)) continue
      allow(op)
      const { to, role, maxGrant, scope, over } = body
      const path = [...node.path, ...placeOf(op)]
      const invite = body.via?.invite
      const common = { hash: op.hash, holder: to, role, maxGrant, scope, over, depth: node.depth + 1 }
      children.push({ ...common, path, invite, parent: node })
    }
    for (const op of mine) this.candidates.push({ op, node })
    return children
  }

  /** Revocations and what narrows: by those who look after the room, about their juniors. */
  #governs({ body }: NaiveOperation, node: NaiveNode): boolean {
    const isModerator = rank(node.role) >= rank('moderator')
    switch (body?.kind) {
      case 'revoke':
        return isModerator && within(body.scope, node.scope)
      case 'amend':
        return isModerator
      case 'document.writers':
        return isModerator && within([body.document], node.scope)
      case 'policy.set':
        return rank(node.role) >= rank('admin') && node.scope === '*'
      case 'root.rotate':
        return node.hash === ROOT
      default:
        return false
    }
  }

  isCounted(grant: NaiveOperation, invite: string): boolean {
    const found = this.operations.get(invite)
    return found?.body?.kind === 'invite' && (found.body.admitBy === 'any' || found.session === grant.session)
  }

  peopleBy(invite: string): Set<string> {
    const admissions = this.actsOf('grant').filter(
      ({ op, body }) => body.via?.invite === invite && this.isCounted(op, invite),
    )
    return new Set(admissions.map(({ body }) => body.to))
  }

  #mayGrant(node: NaiveNode, op: NaiveOperation, body: GrantBody): boolean {
    if (node.depth >= 16 || node.holder === '*') return false
    if (body.to === '*' && (rank(body.role) > rank('writer') || body.maxGrant !== undefined)) return false
    if (!within(body.scope, node.scope)) return false
    if (body.maxGrant !== undefined && rank(body.maxGrant) > rank(body.role)) return false
    if (node.maxGrant === undefined) {
      if (body.maxGrant !== undefined || body.via === undefined) return false
    } else {
      if (rank(body.role) > rank(node.maxGrant)) return false
      if (body.maxGrant !== undefined && rank(body.maxGrant) > rank(node.maxGrant)) return false
    }
    return body.via === undefined || this.#mayAdmit(node, op, body, body.via)
  }

  #mayAdmit(node: NaiveNode, op: NaiveOperation, body: GrantBody, via: NonNullable<GrantBody['via']>): boolean {
    const invite = this.operations.get(via.invite)
    if (invite?.body?.kind !== 'invite' || body.to === '*') return false
    const terms = invite.body
    if (toHex(terms.inviteKey) !== toHex(via.consent.inviteKey)) return false
    const revocations = this.actsOf('invite.revoke').filter((act) => act.body.invite === invite.hash)
    for (const revoker of new Set(revocations.map((act) => act.node))) {
      const kept = revocations.filter((act) => act.node === revoker).flatMap((act): readonly string[] => act.body.keep)
      if (!kept.includes(op.hash)) return false
    }
    if (this.isCounted(op, invite.hash)) {
      const people = this.peopleBy(invite.hash)
      if (terms.usesMax > 0 && people.size >= terms.usesMax && !people.has(body.to)) return false
    } else if (node.maxGrant === undefined) {
      return false
    }
    if (node.maxGrant !== undefined) return true
    if (!this.effective.has(invite.hash) || this.isPolicyOff('members-admit', node)) return false
    if (terms.approval === 'manual' || rank(node.role) < rank('reader')) return false
    return rank(body.role) <= Math.min(rank(terms.role), rank(node.role)) && within(body.scope, terms.scope)
  }

  /** The value that those junior to everybody who set it go by. */
  policyOfAll(key: string): string {
    const policies = this.actsOf('policy.set').filter(({ body }) => body.key === key)
    return toHex(this.inForce(policies)?.body.value ?? new Uint8Array(0))
  }

  /** Off is one byte, zero. */
  isPolicyOff(key: string, node: NaiveNode): boolean {
    const policies = this.actsOf('policy.set').filter(({ body }) => body.key === key)
    return toHex(this.inForce(policies, node)?.body.value ?? new Uint8Array(1).fill(1)) === '00'
  }
}
