import type { FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessState } from '../access/access-state.ts'
import type { AuthorityNode } from '../access/authority-node.ts'
import type { SessionLog } from '../access/logged-operation.ts'
import { OVER_MAX } from '../access/operation-limits.ts'
import {
  ROOT,
  type GrantBody,
  type Pin,
  type RevokeBody,
  type RevokeMode,
  type RevokeTarget,
} from '../access/operation.ts'
import { pinsOf } from '../access/removal.ts'
import { isAtLeast, mayGrant, usualMaxGrant, type Role } from '../access/role.ts'
import type { ChainHead } from '../feed/chain.ts'
import type { AccessReason } from './access-reason.ts'
import type { HeadStatements } from './head-statements.ts'
import type { LogHost, Step } from './log-host.ts'
import { declineAll, endOfInvite } from './long-lists.ts'
import { keysWithout, rotationStep } from './owner-steps.ts'
import { isOwner, mayActAsRoot } from './owners.ts'
import type { RoomCore } from './room-core.ts'
import type { Writings } from './writings.ts'

/** What somebody who looks after a room may decide about a person. */
export type AccessChange =
  | { readonly type: 'role'; readonly person: PersonId; readonly role: Role }
  | {
      readonly type: 'remove' | 'ban'
      readonly person: PersonId
      readonly keep: KeptWritings
      /** Those whom the person let in, and whom they let in, go too; what they wrote stays. */
      readonly withInvitees?: boolean
    }
  | { readonly type: 'readmit'; readonly person: PersonId; readonly role: Role }

/** What stays of the writings of somebody who is removed; from the writing of that id on everything goes. */
export type KeptWritings = 'all' | 'nothing' | { readonly before: string }

type FeedHeads = (session: SessionId) => readonly (ChainHead & { readonly feed: FeedId })[]

/** Feeds that the pins of one operation list: 70 bytes each, so that it stays under its 64 KiB. More go into amends. */
const FEEDS_PER_OPERATION_MAX = 500

/** Turns what a person decides into the operations that do it. Writes nothing. */
export class AccessPlanner {
  readonly #core: RoomCore
  readonly #statements: HeadStatements
  readonly #writings: Writings

  constructor(core: RoomCore, statements: HeadStatements, writings: Writings) {
    this.#core = core
    this.#statements = statements
    this.#writings = writings
  }

  /** The operations of a change, or why it cannot be. Without those that follow from what they overturn. */
  plan(change: AccessChange): Result<readonly Step[], AccessReason> {
    const { log, me } = this.#core
    if (!log || change.person === me) return rejected('not-allowed')
    if (change.type === 'role') return this.#planRole(log, change.person, change.role)
    if (change.type !== 'readmit') return this.#planRemoval(log, change)
    const isMember = log.state.member(change.person) !== undefined
    return isMember ? rejected('not-allowed') : this.#planGrant(log, change.person, change.role)
  }

  /**
   * The node under which we may take rights from the person: a grant of ours, or the root keys if we alone can sign for
   * them. From an owner only the root keys take anything.
   */
  nodeToRemove(state: AccessState, person: PersonId): OperationHash | undefined {
    if (person === this.#core.me) return undefined
    const own = isOwner(this.#core, state, person) ? undefined : state.nodeToRemove(this.#core.me, person)?.hash
    return own ?? (mayActAsRoot(this.#core, state) ? ROOT : undefined)
  }

  /** The roles that we may give to a member in place of the present one, weakest first; the present one is among them. */
  rolesFor(state: AccessState, person: PersonId, present: Role): readonly Role[] {
    const { me } = this.#core
    if (person === me) return []
    const roles = state.rolesToGive(me)
    const isRoot = mayActAsRoot(this.#core, state)
    if (!isRoot && isOwner(this.#core, state, person)) return []
    const mayLower = this.nodeToRemove(state, person) !== undefined
    const given = (['reader', 'commenter', 'writer', 'moderator', 'admin'] as const).filter(
      (role) => role === present || ((isRoot || roles.includes(role)) && (mayLower || isAtLeast(role, present))),
    )
    return given.length > 1 ? given : []
  }

  /** Everything known of a session's writing in documents: what is here, or what the session itself has stated. */
  readonly knownHeads: FeedHeads = (session) => this.#statements.knownHeads(session)

  #planRole(log: LogHost, person: PersonId, role: Role): Result<readonly Step[], AccessReason> {
    const { state } = log
    const present = state.roleOf(person)
    if (present === undefined) return rejected('not-allowed')
    if (present === role) return accepted([])
    const owns = isOwner(this.#core, state, person)
    if (owns && !mayActAsRoot(this.#core, state)) return rejected('owner')
    if (isAtLeast(role, present)) return this.#planGrant(log, person, role)
    const node = this.nodeToRemove(state, person)
    if (node === undefined) return rejected('outranked')
    const demotion = revocationSteps(node, {
      target: { type: 'person', person },
      mode: 'demote',
      pins: this.#pins(log, [person], this.knownHeads),
    })
    const grant = this.#grant(state, person, role)
    if (!grant.ok) return grant
    const { node: granting, body } = grant.value
    const step: Step = {
      node: granting,
      body: (former) => ({ ...body, over: [...body.over, ...former.slice(0, 1)] }),
    }
    const steps = [...demotion, step]
    return owns ? this.#withoutOwner(log, person, steps) : accepted(steps)
  }

  /** Whoever is removed or gets a lower role keeps no key of the room, or it would take nothing from them. */
  #withoutOwner(log: LogHost, person: PersonId, steps: readonly Step[]): Result<readonly Step[], AccessReason> {
    const rootKeys = keysWithout(this.#core, log.state, new Set([person]))
    const rotation = rotationStep(log.access, log.state, steps, { rootKeys })
    return rotation ? accepted([...steps, rotation]) : rejected('not-allowed')
  }

  #planGrant(log: LogHost, person: PersonId, role: Role): Result<readonly Step[], AccessReason> {
    const grant = this.#grant(log.state, person, role)
    return grant.ok ? accepted([grant.value]) : grant
  }

  #grant(
    state: AccessState,
    person: PersonId,
    role: Role,
  ): Result<{ readonly node: OperationHash; readonly body: GrantBody }, AccessReason> {
    const granting = this.#grantingNode(state, person, role)
    if (!granting) return rejected('not-allowed')
    if (state.bansAbove(person, granting).length > 0) return rejected('outranked')
    const over = state.revocationsToOverrule(person, granting)
    if (over.length >= OVER_MAX) return rejected('not-allowed')
    const usual = usualMaxGrant(role)
    const maxGrant = usual !== undefined && mayGrant(granting.maxGrant, usual) ? usual : undefined
    const body = { kind: 'grant', to: person, role, scope: '*', maxGrant, over, via: undefined } as const
    return accepted({ node: granting.hash, body })
  }

  /** A grant of ours or, where it is not enough or a ban is above it, the root keys. */
  #grantingNode(state: AccessState, person: PersonId, role: Role): AuthorityNode | undefined {
    const own = state
      .nodesOf(this.#core.me)
      .find((node) => node.holder !== '*' && node.documents === '*' && mayGrant(node.maxGrant, role))
    if (own && state.bansAbove(person, own).length === 0) return own
    return mayActAsRoot(this.#core, state) ? state.nodes.get(ROOT) : own
  }

  #planRemoval(
    log: LogHost,
    change: Extract<AccessChange, { type: 'remove' | 'ban' }>,
  ): Result<readonly Step[], AccessReason> {
    const { state } = log
    const { person, keep, withInvitees = false } = change
    const isMember = state.member(person) !== undefined
    if (!isMember && change.type === 'remove') return rejected('not-allowed')
    const owns = isOwner(this.#core, state, person)
    const node = this.nodeToRemove(state, person)
    if (node === undefined) return rejected(owns ? 'owner' : 'outranked')
    const mode = change.type === 'ban' ? 'ban' : 'kick'
    const heads = this.#headsToKeep(person, keep)
    const steps: Step[] = [...this.#closeInvites(state, person), ...this.#closeRequests(state, person)]
    if (withInvitees) steps.push(...this.#removeInvitees(log, node, person, mode, heads))
    const pins = this.#pins(log, [person], heads)
    steps.push(...revocationSteps(node, { target: { type: 'person', person }, mode, pins }))
    return owns ? this.#withoutOwner(log, person, steps) : accepted(steps)
  }

  /** A way in that the person made would let them in again. Whoever came by it stays. The root keys end no invites. */
  #closeInvites(state: AccessState, person: PersonId): readonly Step[] {
    const node = state.nodeFor(this.#core.me, 'remove')?.hash
    if (node === undefined) return []
    return state.invites
      .filter(({ inviter, isRevoked }) => inviter === person && !isRevoked)
      .flatMap(({ hash }) => endOfInvite(state, hash).map((body) => ({ node, body })))
  }

  /** What the person asked for before they came in would look like a wish to come back. */
  #closeRequests(state: AccessState, person: PersonId): readonly Step[] {
    const requests = state.requestsOf(person).map(({ operation }) => operation)
    const node = state.nodeFor(this.#core.me, 'decline-request')?.hash
    if (node === undefined || requests.length === 0) return []
    return declineAll(person, requests).map((body) => ({ node, body }))
  }

  /** The people go, their words stay: they may have had no part in what is wrong. */
  #removeInvitees(
    log: LogHost,
    node: OperationHash,
    person: PersonId,
    mode: RevokeMode,
    headsOfPerson: FeedHeads,
  ): readonly Step[] {
    const { state } = log
    // Of a branch in which nobody else is left there is nothing to take.
    const branches = branchesOf(state, person).filter(({ nodes }) =>
      nodes.some(({ hash, holder }) => isAnother(holder, person) && state.isStanding(hash, holder)),
    )
    const people = new Set<PersonId>([person])
    for (const { holder } of branches.flatMap((branch) => branch.nodes))
      if (isAnother(holder, person)) people.add(holder)
    const sessions = state.sessions
    const heads: FeedHeads = (session) =>
      sessions.get(session)?.person === person ? headsOfPerson(session) : this.knownHeads(session)
    const pins = this.#pins(log, [...people], heads)
    const steps: Step[] = []
    for (const { top } of branches) {
      const target = { type: 'subtree', grant: top } as const
      // Whoever invited is removed for good when banned; those who came by them may be let in again.
      steps.push(...revocationSteps(node, { target, mode: mode === 'ban' ? 'kick' : mode, pins }))
    }
    return steps
  }

  #headsToKeep(person: PersonId, keep: KeptWritings): FeedHeads {
    if (keep === 'all') return this.knownHeads
    if (keep === 'nothing') return () => []
    const lengths = this.#writings.lengthsBefore(person, keep.before)
    return (session) =>
      this.knownHeads(session).flatMap((head) => {
        const length = Math.min(lengths.get(head.feed) ?? head.length, head.length)
        if (length === head.length) return [head]
        const hash = length > 0 ? this.#core.hashAt(head.feed, length) : undefined
        return hash ? [{ feed: head.feed, length, hash }] : []
      })
  }

  /** What people did stays, up to what is known here: those whom they let in, the notes that they made. */
  #pins(log: LogHost, people: readonly PersonId[], heads: FeedHeads): readonly Pin[] {
    const wanted = new Set(people)
    const sessions: SessionLog[] = [...log.state.sessions.values()].filter(({ person }) => wanted.has(person))
    return pinsOf(log.access, sessions, heads)
  }
}

/**
 * A revocation as operations: pins that do not fit into one follow in amends, which add to what is kept. `feedsMax`: how
 * many feeds one operation lists.
 */
export function revocationSteps(
  node: OperationHash,
  revocation: { readonly target: RevokeTarget; readonly mode: RevokeMode; readonly pins: readonly Pin[] },
  feedsMax = FEEDS_PER_OPERATION_MAX,
): readonly Step[] {
  const { target, mode, pins } = revocation
  const [first = [], ...rest] = pinChunks(pins, feedsMax)
  const body: RevokeBody = { kind: 'revoke', target, scope: '*', pins: first, mode, note: new Uint8Array(0) }
  const amends = rest.map((chunk, i): Step => ({
    node,
    body: (former) => ({ kind: 'amend', revocation: former.at(-1 - i) ?? ROOT, pins: chunk }),
  }))
  return [{ node, body }, ...amends]
}

const isAnother = (holder: AuthorityNode['holder'], person: PersonId): holder is PersonId =>
  holder !== undefined && holder !== '*' && holder !== person

interface Branch {
  readonly top: OperationHash
  readonly nodes: readonly AuthorityNode[]
}

/**
 * The grants that go back to the person, by the topmost of each. Any member's device may let in by a link, so whoever came
 * by the link of somebody else does not go back to the one whose device let them in: a grant of the person under which
 * such a one stands is not taken as a whole, but by those below it.
 */
function branchesOf(state: AccessState, person: PersonId): readonly Branch[] {
  const invites = new Set(state.invites.filter(({ inviter }) => inviter === person).map(({ hash }) => hash))
  const isInvitee = ({ holder, invite, parent }: AuthorityNode): boolean =>
    isAnother(holder, person) && (invite === undefined ? parent?.holder === person : invites.has(invite))
  const shared = new Set<AuthorityNode>()
  for (const node of state.nodes.values()) {
    const { hash, holder, parent } = node
    if (parent?.holder !== person || isInvitee(node) || !isAnother(holder, person)) continue
    if (state.isStanding(hash, holder))
      for (let at: AuthorityNode | undefined = parent; at; at = at.parent) if (at.holder === person) shared.add(at)
  }
  const tops = new Map<OperationHash, AuthorityNode[]>()
  const topOf = (node: AuthorityNode): OperationHash | undefined => {
    let top: OperationHash | undefined
    for (let at: AuthorityNode | undefined = node; at; at = at.parent)
      if (isInvitee(at) || (at.holder === person && !shared.has(at))) top = at.hash
    return top
  }
  for (const node of state.nodes.values()) {
    const top = topOf(node)
    if (top === undefined) continue
    const nodes = tops.get(top)
    if (nodes) nodes.push(node)
    else tops.set(top, [node])
  }
  return [...tops].map(([top, nodes]) => ({ top, nodes }))
}

/** Splits pins so that each part fits into one operation. Parts of one session's pin add up. */
export function pinChunks(pins: readonly Pin[], feedsMax = FEEDS_PER_OPERATION_MAX): readonly (readonly Pin[])[] {
  const chunks: Pin[][] = []
  let chunk: Pin[] = []
  let room = feedsMax
  for (const pin of pins) {
    const heads = pin.feeds
    for (let from = 0; from === 0 || from < heads.length;) {
      if (room < 2) {
        chunks.push(chunk)
        chunk = []
        room = feedsMax
      }
      // A pin without feeds takes about as much room as one feed.
      const part = heads.slice(from, from + room - 1)
      chunk.push({ ...pin, feeds: part })
      room -= part.length + 1
      from += Math.max(1, part.length)
    }
  }
  return chunk.length > 0 || chunks.length === 0 ? [...chunks, chunk] : chunks
}
