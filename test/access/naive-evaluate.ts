/**
 * The rules of src/access/SPEC.md written down as directly as possible, and slowly: no queue, no index, no cache, nothing
 * shared with the evaluator but the decoded operations. Whatever both say must be the same.
 */
import type { OperationHash } from '../../src/base/ids.ts'
import { toHex } from '../../src/base/bytes.ts'
import { idFromBytes } from '../../src/base/ids.ts'
import { clientIdOf, feedIdOf } from '../../src/feed/feed-id.ts'
import {
  ROOT,
  type GrantBody,
  type InviteBody,
  type OperationBody,
  type RevokeBody,
} from '../../src/access/operation.ts'
import type { VerifiedLogRange } from '../../src/access/verify-log.ts'

const RANKS = ['relay', 'reader', 'commenter', 'writer', 'moderator', 'admin', 'root']
const rank = (role: string): number => RANKS.indexOf(role)

interface Op {
  hash: string
  previous: string | undefined
  seq: number
  session: string
  person: string
  node: string
  body: OperationBody
  genuine: boolean
  range: VerifiedLogRange
}

type Key = (string | number)[]

interface Node {
  hash: string
  holder: string
  role: string
  maxGrant: string | undefined
  scope: '*' | readonly string[]
  over: readonly string[]
  depth: number
  path: Key
  invite: string | undefined
}

export interface NaiveState {
  readonly effective: ReadonlySet<string>
  /** Person and the hashes of the grants that stand, sorted. */
  readonly members: ReadonlyMap<string, readonly string[]>
  /** Effective feeds: the operation that opened each, and how much of it stays. */
  readonly feeds: ReadonlyMap<string, string>
  readonly profiles: ReadonlyMap<string, string>
  readonly uses: ReadonlyMap<string, number>
}

const compareKeys = (a: Key, b: Key): number => {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i] ?? -1, b[i] ?? -1]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}
const keyOf = (node: Node): Key => [RANKS.length - rank(node.role), node.depth, ...node.path]
const placeOf = (op: Op): Key => [op.session, op.seq, op.hash]
const within = (scope: '*' | readonly string[], outer: '*' | readonly string[]): boolean =>
  outer === '*' || (scope !== '*' && scope.every((document) => outer.includes(document)))

export function naiveEvaluate(ranges: readonly VerifiedLogRange[]): NaiveState {
  const ops = new Map<string, Op>()
  for (const range of ranges) {
    const [first] = range.operations
    if (first?.operation === undefined) continue
    const { session, person } = range.binding
    const { node, body } = first.operation
    const { hash, seq, isGenuine } = first
    ops.set(hash, { hash, previous: range.after, seq, session, person, node, body, genuine: isGenuine, range })
  }
  const present = new Set(ranges.flatMap((range) => range.operations.map(({ hash }) => hash as string)))
  const before = new Map(
    ranges.map((range) => [range.operations[0]?.hash as string, range.after as string | undefined]),
  )
  const all = [...ops.values()]
  const effective = new Set<string>()
  for (const op of all) if (op.body.kind === 'session' && op.seq === 0) effective.add(op.hash)

  const leaves = all.filter((op) => {
    const { body } = op
    if (body.kind !== 'revoke' || body.mode !== 'leave' || !op.genuine || body.scope !== '*') return false
    return body.target.type === 'person' && body.target.person === op.person
  })
  for (const op of leaves) effective.add(op.hash)

  const limits = (node: Node, person: string): RevokeBody[] =>
    leaves
      .filter((op) => op.person === person && !node.over.includes(op.hash))
      .flatMap(({ body }) => (body.kind === 'revoke' ? [body] : []))
  const isInside = (op: Op, revocation: RevokeBody): boolean => {
    const pin = revocation.pins.find((candidate) => candidate.session === op.session)
    if (pin === undefined) return false
    let at: string | undefined = idFromBytes<OperationHash>(pin.log.hash)
    if (ops.get(at) && (ops.get(at)?.seq ?? -1) + 1 !== pin.log.length) return false
    for (; at !== undefined && present.has(at); at = before.get(at)) if (at === op.hash) return true
    return false
  }

  const nodes: Node[] = [
    {
      hash: ROOT,
      holder: '',
      role: 'root',
      maxGrant: 'admin',
      scope: '*',
      over: [],
      depth: 0,
      path: [],
      invite: undefined,
    },
  ]
  const done: Node[] = []
  const grantNode = new Map<string, Node>()
  const grants: { op: Op; body: GrantBody }[] = []
  const inviteRevocations: { op: Op; node: Node; invite: string; keep: readonly string[] }[] = []
  const leaf: { op: Op; node: Node }[] = []
  const inviteOp = (hash: string): { op: Op; body: InviteBody } | undefined => {
    const op = ops.get(hash)
    return op?.body.kind === 'invite' ? { op, body: op.body } : undefined
  }
  const isCounted = (grant: Op, hash: string): boolean => {
    const invite = inviteOp(hash)
    return invite?.body.admitBy === 'any' || (invite !== undefined && invite.op.session === grant.session)
  }
  const peopleBy = (hash: string): Set<string> =>
    new Set(
      grants.filter(({ op, body }) => body.via?.invite === hash && isCounted(op, hash)).map(({ body }) => body.to),
    )

  const grantAllowed = (node: Node, op: Op, body: GrantBody): boolean => {
    if (node.depth >= 16 || node.holder === '*') return false
    if (body.to === '*' && (rank(body.role) > rank('writer') || body.maxGrant !== undefined)) return false
    if (!within(body.scope, node.scope)) return false
    if (body.maxGrant !== undefined && rank(body.maxGrant) > rank(body.role)) return false
    if (node.maxGrant !== undefined) {
      if (rank(body.role) > rank(node.maxGrant)) return false
      if (body.maxGrant !== undefined && rank(body.maxGrant) > rank(node.maxGrant)) return false
    }
    if (body.via === undefined) return node.maxGrant !== undefined
    const invite = inviteOp(body.via.invite)
    if (invite === undefined || body.to === '*') return false
    if (toHex(invite.body.inviteKey) !== toHex(body.via.consent.inviteKey)) return false
    const revokers = new Set(inviteRevocations.filter((r) => r.invite === invite.op.hash).map((r) => r.node))
    for (const revoker of revokers) {
      const mine = inviteRevocations.filter((r) => r.invite === invite.op.hash && r.node === revoker)
      if (!mine.some((r) => r.keep.includes(op.hash))) return false
    }
    const people = peopleBy(invite.op.hash)
    const isFull = invite.body.usesMax > 0 && people.size >= invite.body.usesMax && !people.has(body.to)
    if (isCounted(op, invite.op.hash)) {
      if (isFull) return false
    } else if (node.maxGrant === undefined) {
      return false
    }
    if (node.maxGrant !== undefined) return true
    if (body.maxGrant !== undefined || !effective.has(invite.op.hash)) return false
    if (invite.body.approval === 'manual' || rank(node.role) < rank('reader')) return false
    return rank(body.role) <= Math.min(rank(invite.body.role), rank(node.role)) && within(body.scope, invite.body.scope)
  }

  for (;;) {
    const node = nodes.filter((n) => !done.includes(n)).toSorted((a, b) => compareKeys(keyOf(a), keyOf(b)))[0]
    if (node === undefined) break
    done.push(node)
    const mine = all
      .filter((op) => op.node === node.hash && op.genuine && !['session', 'unknown', 'revoke'].includes(op.body.kind))
      .filter((op) =>
        node.hash === ROOT ? op.body.kind === 'grant' : node.holder === '*' || node.holder === op.person,
      )
      .filter((op) => node.hash === ROOT || limits(node, op.person).every((revocation) => isInside(op, revocation)))
      .filter(({ body }) => {
        const cited: string[] = body.kind === 'invite.revoke' ? [body.invite] : []
        if (body.kind === 'grant') cited.push(...body.over, ...(body.via ? [body.via.invite] : []))
        return cited.every((hash) => present.has(hash))
      })
      .toSorted((a, b) => compareKeys(placeOf(a), placeOf(b)))
    for (const op of mine) {
      if (op.body.kind !== 'invite' || node.holder === '*' || !within(op.body.scope, node.scope)) continue
      if (node.maxGrant !== undefined && rank(op.body.role) <= rank(node.maxGrant)) effective.add(op.hash)
    }
    for (const op of mine) {
      if (op.body.kind !== 'invite.revoke') continue
      const invite = inviteOp(op.body.invite)
      if (invite === undefined || (invite.op.person !== op.person && rank(node.role) < rank('moderator'))) continue
      effective.add(op.hash)
      inviteRevocations.push({ op, node, invite: op.body.invite, keep: op.body.keep })
    }
    for (const op of mine) {
      const { body } = op
      if (body.kind !== 'grant' || !grantAllowed(node, op, body)) continue
      effective.add(op.hash)
      grants.push({ op, body })
      const { to, role, maxGrant, scope, over } = body
      const path = [...node.path, ...placeOf(op)]
      const invite = body.via?.invite
      const child = { hash: op.hash, holder: to, role, maxGrant, scope, over, depth: node.depth + 1, path, invite }
      nodes.push(child)
      grantNode.set(op.hash, child)
    }
    for (const op of mine) leaf.push({ op, node })
  }
  return { effective, ...conclude({ effective, leaf, done, grants, peopleBy, limits, ops }) }
}

function conclude(pass: {
  effective: Set<string>
  leaf: { op: Op; node: Node }[]
  done: Node[]
  grants: { op: Op; body: GrantBody }[]
  peopleBy: (hash: string) => Set<string>
  limits: (node: Node, person: string) => RevokeBody[]
  ops: Map<string, Op>
}): Omit<NaiveState, 'effective'> {
  const { effective, leaf, done, peopleBy, limits, ops } = pass
  const needed: Record<string, string> = { 'document.create': 'writer', epoch: 'writer', profile: 'relay' }
  const documents = new Set<string>()
  for (const { op, node } of leaf) {
    const role = op.body.kind === 'room.name' ? 'admin' : needed[op.body.kind]
    if (role === undefined || rank(node.role) < rank(role)) continue
    if (op.body.kind !== 'profile' && node.scope !== '*') continue
    effective.add(op.hash)
    if (op.body.kind === 'document.create') documents.add(op.hash)
  }
  const openings = leaf
    .filter(({ node }) => rank(node.role) >= rank('writer'))
    .flatMap(({ op, node }) => {
      if (op.body.kind !== 'feed.open' || !documents.has(op.body.document)) return []
      if (!within([op.body.document], node.scope)) return []
      const { session } = op.range.binding
      const feed = feedIdOf(session, op.body.document, node.hash as OperationHash)
      return [{ op, node, feed, client: clientIdOf(feed, op.body.document), document: op.body.document }]
    })
    .toSorted((a, b) => compareKeys([...keyOf(a.node), ...placeOf(a.op)], [...keyOf(b.node), ...placeOf(b.op)]))
  const feeds = new Map<string, string>()
  const taken = new Set<string>()
  for (const { op, node, feed, client, document } of openings) {
    if (taken.has(`${document} ${client}`)) continue
    taken.add(`${document} ${client}`)
    effective.add(op.hash)
    const kept = limits(node, op.person).map((revocation) => {
      const pin = revocation.pins.find((candidate) => candidate.session === op.session)
      const heads = pin && 'heads' in pin.feeds ? pin.feeds.heads : []
      return heads.find((head) => head.feed === feed)?.length ?? 0
    })
    feeds.set(feed, `${op.hash} ${kept.length === 0 ? 'all' : Math.min(...kept)}`)
  }
  const members = new Map<string, string[]>()
  for (const node of done) {
    if (node.hash === ROOT || node.holder === '*' || limits(node, node.holder).length > 0) continue
    members.set(node.holder, [...(members.get(node.holder) ?? []), node.hash].toSorted())
  }
  const profiles = new Map<string, string>()
  for (const { op } of leaf) {
    const { body } = op
    if (body.kind !== 'profile') continue
    const best = ops.get(profiles.get(op.person) ?? '')?.body
    const known = best?.kind === 'profile' ? best.counter : -1
    const isFirst = body.counter === known && op.hash < (profiles.get(op.person) ?? '')
    if (body.counter > known || isFirst) profiles.set(op.person, op.hash)
  }
  const uses = new Map<string, number>()
  for (const hash of effective) if (ops.get(hash)?.body.kind === 'invite') uses.set(hash, peopleBy(hash).size)
  return { members, feeds, profiles, uses }
}
