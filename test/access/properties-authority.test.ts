/**
 * What must hold of authority, asked of the evaluator and of the naive specification: of the code, and of the rule. Of
 * these mutations it was seen that they make the test fail (`node test/access/mutations.mjs` applies them):
 *
 * - I2: revocations reach everybody, senior or not.
 * - I3: a pin of something unknown keeps everything; nobody looks at the pins.
 * - I4: an invite lifts a newcomer above who admits them; the right to grant exceeds the role; a scope grows.
 * - I5: a revocation also binds who made it and who is as senior.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { idFromBytes, type OperationHash } from '../../src/base/ids.ts'
import type { OperationBody, Pin } from '../../src/access/operation.ts'
import { ROOT } from '../../src/access/operation.ts'
import type { VerifiedLogRange } from '../../src/access/verify-log.ts'
import { eachHistory, LONG, SHORT } from './histories.ts'
import { NaiveEvaluation } from './naive-evaluate.ts'
import { NaiveRegisters } from './naive-registers.ts'
import { LateActs } from './late-acts.ts'
import type { SyntheticRoom } from './synthetic-room.ts'
import { ADMIN_RANK, JUDGES, type Judge, type Verdict, type VerdictNode } from './verdict.ts'

/** Whether a document or a feed exists is asked of whoever made it, senior or not: it is no question of authority. */
const ASKS_ABOUT_OTHERS = new Set(['feed.open', 'redact'])

const bodyOf = (range: VerifiedLogRange): OperationBody | undefined => range.operations[0]?.operation?.body
const hashOf = (range: VerifiedLogRange): OperationHash => range.operations[0]?.hash ?? ROOT
const nodeOf = (range: VerifiedLogRange): OperationHash | undefined => range.operations[0]?.operation?.node

const pinsOf = (body: OperationBody | undefined): readonly Pin[] => (body && 'pins' in body ? body.pins : [])

/** What an operation needs to be there, whoever wrote it. */
function citationsOf(body: OperationBody | undefined): OperationHash[] {
  const pinned = pinsOf(body).map(({ log }) => idFromBytes<OperationHash>(log.hash))
  if (body?.kind === 'invite.revoke') return [body.invite]
  if (body?.kind === 'grant') return [...body.over, ...(body.via ? [body.via.invite] : [])]
  if (body?.kind === 'amend') return [...pinned, body.revocation]
  return pinned
}

/** Drops the operations that are not wanted, unless one that stays follows or cites them. */
function keepingCitations(ranges: readonly VerifiedLogRange[], isWanted: (range: VerifiedLogRange) => boolean) {
  const byHash = new Map(ranges.map((range) => [hashOf(range), range]))
  const kept = new Set<VerifiedLogRange>()
  const keep = (range: VerifiedLogRange | undefined): void => {
    if (range === undefined || kept.has(range)) return
    kept.add(range)
    if (range.after !== undefined) keep(byHash.get(range.after))
    for (const hash of citationsOf(bodyOf(range))) keep(byHash.get(hash))
  }
  for (const range of ranges) if (isWanted(range)) keep(range)
  return ranges.filter((range) => kept.has(range))
}

function statusesUnder(verdict: Verdict, nodes: readonly VerdictNode[], ranges: readonly VerifiedLogRange[]): string[] {
  const hashes = new Set(nodes.map(({ hash }) => hash))
  return ranges
    .filter((range) => hashes.has(nodeOf(range) ?? '') && !ASKS_ABOUT_OTHERS.has(bodyOf(range)?.kind ?? ''))
    .map((range) => `${hashOf(range)} ${verdict.effective.has(hashOf(range))}`)
}

const namesOf = (nodes: readonly VerdictNode[]): string[] => nodes.map(({ hash }) => hash)

function checkNonInterference(judge: Judge, room: SyntheticRoom, random: () => number): number {
  const verdict = judge(room.ranges, room.genesis)
  const last = Math.floor(random() * verdict.nodes.length)
  const junior = new Set<string | undefined>(namesOf(verdict.nodes.slice(last + 1)))
  // A consent shows a device of the newcomer's: their own word, whoever passes it on, and no matter of seniority.
  const hasDevices = room.ranges.some((range) => bodyOf(range)?.kind === 'device.revoke')
  const kept = keepingCitations(room.ranges, (range) => {
    const body = bodyOf(range)
    // A departure is the leaver's own word, too.
    if (!junior.has(nodeOf(range)) || (body?.kind === 'revoke' && body.mode === 'leave')) return true
    return hasDevices && body?.kind === 'grant' && body.via !== undefined
  })
  const rest = judge(kept, room.genesis)
  const senior = verdict.nodes.slice(0, last + 1)
  assert.deepEqual(namesOf(rest.nodes.slice(0, last + 1)), namesOf(senior))
  assert.deepEqual(statusesUnder(rest, senior, kept), statusesUnder(verdict, senior, kept))
  return room.ranges.length - kept.length
}

/** Appends a revocation by somebody who may, and gives what it was and both verdicts. */
function revokeSomething(judge: Judge, room: SyntheticRoom, random: () => number) {
  const before = judge(room.ranges, room.genesis)
  const able = before.nodes.filter(
    ({ rank, holder, hash }) => rank >= ADMIN_RANK - 1 && holder && before.members.get(holder)?.includes(hash),
  )
  const node = able[Math.floor(random() * able.length)]
  if (node === undefined) return undefined
  const added = new LateActs(room, random).revocation(node.hash as OperationHash, node.holder ?? '')
  if (added === undefined) return undefined
  const after = judge([...room.ranges, added], room.genesis)
  return after.effective.has(hashOf(added)) ? { before, after, node } : undefined
}

/** The grants from this one to the root, and the same of the invites that they came by. */
function pathOf(node: VerdictNode | undefined, verdict: Verdict, room: SyntheticRoom): VerdictNode[] {
  const out: VerdictNode[] = []
  for (let at = node; at; at = verdict.nodes.find(({ hash }) => hash === at?.parent)) {
    out.push(at)
    const invite = room.ranges.find((range) => hashOf(range) === at?.invite)
    const host = verdict.nodes.find(({ hash }) => invite && hash === nodeOf(invite))
    if (host && !out.includes(host)) out.push(...pathOf(host, verdict, room))
  }
  return out
}

function isDenialOf(body: OperationBody | undefined, path: readonly VerdictNode[]): boolean {
  const hashes: readonly string[] = namesOf(path)
  if (body?.kind === 'invite.revoke' || body?.kind === 'policy.set') return true
  if (body?.kind === 'grant') return body.via !== undefined && path.some(({ invite }) => invite === body.via?.invite)
  if (body?.kind !== 'revoke') return false
  const { target } = body
  if (target.type === 'person') return path.some(({ holder }) => holder === target.person || holder === '*')
  return target.type === 'subtree' ? hashes.includes(target.grant) : target.grants.some((hash) => hashes.includes(hash))
}

for (const [name, judge] of JUDGES) {
  describe(`authority, by ${name}`, () => {
    it('I2 what juniors write changes nothing for their seniors', () => {
      let dropped = 0
      eachHistory({ count: 1200, operations: SHORT }, (room, random) => {
        dropped += checkNonInterference(judge, room, random)
      })
      eachHistory({ count: 60, operations: LONG }, (room, random) => {
        dropped += checkNonInterference(judge, room, random)
      })
      assert(dropped > 2000, `${dropped} operations were left out`)
    })

    it('I3 nothing that a removed member does outside the pins changes anything', () => {
      let late = 0
      eachHistory({ count: 900, operations: SHORT }, (room, random) => {
        const registers = new NaiveRegisters(new NaiveEvaluation(room.ranges, room.genesis))
        const held = new Set(registers.evaluation.nodes.map(({ holder }) => holder))
        const before = judge(room.ranges, room.genesis)
        for (const person of held) {
          if (person === '' || person === '*' || registers.standing(person).length > 0) continue
          const added = new LateActs(room, random).everything(person)
          const after = judge([...room.ranges, ...added], room.genesis)
          assert.deepEqual(after.lines, before.lines)
          late += added.length
        }
      })
      assert(late > 5000, `${late} late acts were tried`)
    })

    it('I4 no right exceeds what the one who gave it could give, on any path', () => {
      eachHistory({ count: 1500, operations: SHORT }, (room) => {
        const { nodes, effective } = judge(room.ranges, room.genesis)
        const grants = new Map(room.ranges.map((range) => [hashOf(range) as string, range]))
        for (const [i, node] of nodes.entries()) {
          if (node.hash === ROOT) continue
          const parentAt = nodes.findIndex(({ hash }) => hash === node.parent)
          const grant = bodyOf(grants.get(node.hash) ?? assert.fail('no such grant'))
          const parent = bodyOf(grants.get(node.parent ?? '') ?? room.ranges[0] ?? assert.fail('no ranges'))
          assert(parentAt >= 0 && parentAt < i && grant?.kind === 'grant' && effective.has(node.hash))
          checkAllowance(grant, node.parent === ROOT ? undefined : parent, grants)
        }
      })
    })

    it('I5 a revocation touches only what is junior to it, and a right grows only where a denial lapsed', () => {
      const tally = { made: 0, grown: 0 }
      const check = (room: SyntheticRoom, random: () => number): void => {
        const made = revokeSomething(judge, room, random)
        if (made === undefined) return
        const { before, after, node } = made
        tally.made++
        const senior = before.nodes.slice(0, before.nodes.findIndex(({ hash }) => hash === node.hash) + 1)
        assert.deepEqual(namesOf(after.nodes.slice(0, senior.length)), namesOf(senior))
        assert.deepEqual(statusesUnder(after, senior, room.ranges), statusesUnder(before, senior, room.ranges))
        const lapsed = room.ranges.filter(
          (range) => before.effective.has(hashOf(range)) && !after.effective.has(hashOf(range)),
        )
        for (const [person, nodes] of after.members)
          for (const hash of nodes) {
            if (before.members.get(person)?.includes(hash)) continue
            tally.grown++
            const path = pathOf(
              after.nodes.find((grown) => grown.hash === hash),
              after,
              room,
            )
            assert(
              lapsed.some((range) => isDenialOf(bodyOf(range), path)),
              `${hash} grew from nothing`,
            )
          }
      }
      eachHistory({ count: 1500, operations: SHORT }, check)
      eachHistory({ count: 1000, operations: () => 40, theme: 'removals' }, check)
      eachHistory({ count: 150, operations: LONG }, check)
      assert(tally.made > 300 && tally.grown > 10, `${tally.made} revocations, ${tally.grown} rights came back`)
    })
  })
}

const RANKS = ['relay', 'reader', 'commenter', 'writer', 'moderator', 'admin']
const rank = (role: string): number => RANKS.indexOf(role)

function checkAllowance(
  grant: Extract<OperationBody, { kind: 'grant' }>,
  parent: OperationBody | undefined,
  ranges: ReadonlyMap<string, VerifiedLogRange>,
): void {
  assert(grant.maxGrant === undefined || rank(grant.maxGrant) <= rank(grant.role))
  if (parent === undefined) return
  assert(parent.kind === 'grant' && rank(grant.role) <= rank(parent.role) && parent.to !== '*')
  const { scope } = parent
  assert(scope === '*' || (grant.scope !== '*' && grant.scope.every((document) => scope.includes(document))))
  if (parent.maxGrant === undefined) {
    const invite = bodyOf(ranges.get(grant.via?.invite ?? '') ?? assert.fail('neither a right nor an invite'))
    assert(invite?.kind === 'invite' && rank(grant.role) <= rank(invite.role) && grant.maxGrant === undefined)
  } else {
    assert(rank(grant.role) <= rank(parent.maxGrant))
    assert(grant.maxGrant === undefined || rank(grant.maxGrant) <= rank(parent.maxGrant))
  }
}
