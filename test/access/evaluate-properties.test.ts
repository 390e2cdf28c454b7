import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OperationHash } from '../../src/base/ids.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import type { AccessState } from '../../src/access/access-state.ts'
import { compareSeniority, coversScope } from '../../src/access/authority-node.ts'
import { ROOT } from '../../src/access/operation.ts'
import { rankOf } from '../../src/access/role.ts'
import type { VerifiedLogRange } from '../../src/access/verify-log.ts'
import { naiveEvaluate } from './naive-evaluate.ts'
import { RandomHistory, seededRandom, shuffled } from './random-history.ts'
import { deliver, type RoomHistory } from './room-history.ts'

const HISTORIES = 400
/** Long enough that grants of grants, used-up invites and departures meet; see the tallies of the first test. */
const OPERATIONS = 70

const made = new Map<number, RoomHistory>()

function historyOf(seed: number): RoomHistory {
  const known = made.get(seed)
  if (known) return known
  const { history } = new RandomHistory(seed, OPERATIONS)
  made.set(seed, history)
  return history
}

function eachHistory(run: (history: RoomHistory, random: () => number) => void, count = HISTORIES): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      run(historyOf(seed), seededRandom(seed))
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`, { cause: error })
    }
  }
}

const effectiveOf = (state: AccessState, ranges: readonly VerifiedLogRange[]): string[] =>
  ranges
    .flatMap(({ operations }) => operations.map(({ hash }) => hash))
    .filter((hash) => state.explain(hash).status === 'effective')
    .toSorted()

describe('the evaluator', () => {
  it('[A5] says what the naive specification says, on histories with hostile authors', () => {
    const tally = new Map<string, number>()
    eachHistory((history) => {
      const state = history.evaluate()
      const naive = naiveEvaluate(history.ranges)
      assert.deepEqual(effectiveOf(state, history.ranges), [...naive.effective].toSorted())
      const members = new Map(
        state.members().map((member) => [member.person as string, member.nodes.map(({ hash }) => hash).toSorted()]),
      )
      assert.deepEqual(members, naive.members)
      const feeds = [...state.feeds.values()].filter(({ status }) => status === 'effective')
      const kept = feeds.map(({ feed, operation, limit }) => [feed, `${operation} ${limit ?? 'all'}`] as const)
      assert.deepEqual(new Map(kept), naive.feeds)
      const profiles = [...state.profiles].map(([person, { operation }]) => [person, operation] as const)
      assert.deepEqual(new Map(profiles), naive.profiles)
      assert.deepEqual(new Map(state.invites.map(({ hash, uses }) => [hash, uses] as const)), naive.uses)
      for (const { operations } of history.ranges)
        for (const { hash, operation } of operations) {
          const key = `${operation?.body.kind} ${state.explain(hash).reason}`
          tally.set(key, (tally.get(key) ?? 0) + 1)
        }
    })
    // The comparison is worth something only if the histories reach these.
    for (const outcome of [
      'effective',
      'role',
      'max-grant',
      'scope',
      'signature',
      'not-yours',
      'outside-pins',
      'invite',
    ])
      assert((tally.get(`grant ${outcome}`) ?? 0) > 0, `no grant was ${outcome}`)
    for (const outcome of ['invite-key', 'invite-revoked', 'invite-used-up', 'not-inviter', 'missing-citation', 'node'])
      assert((tally.get(`grant ${outcome}`) ?? 0) > 0, `no grant was ${outcome}`)
    for (const key of ['revoke effective', 'feed.open effective', 'invite.revoke effective', 'grant missing-node'])
      assert((tally.get(key) ?? 0) > 0, `never: ${key}`)
  })

  it('[A5] comes to the same in any order, with duplicates, and when two halves meet', () => {
    eachHistory((history, random) => {
      const expected = history.evaluate().digest()
      const shuffle = new AccessLog({ genesis: history.genesis })
      deliver(shuffle, shuffled([...history.ranges, ...history.ranges], random))
      assert.equal(shuffle.evaluate().digest(), expected)
      const half = shuffled(history.ranges, random).slice(0, history.ranges.length >> 1)
      const partition = new AccessLog({ genesis: history.genesis })
      for (const range of half) partition.add(range)
      partition.evaluate()
      deliver(partition, history.ranges)
      assert.equal(partition.evaluate().digest(), expected)
    }, 150)
  })

  it('[A22] adding one operation at a time gives what evaluating all at once gives', () => {
    let additions = 0
    eachHistory((history, random) => {
      const log = new AccessLog({ genesis: history.genesis })
      const known: VerifiedLogRange[] = []
      const order = shuffled(history.ranges, random)
      let waiting = order
      while (waiting.length > 0) {
        waiting = waiting.filter((range) => {
          if (!log.add(range).ok) return true
          known.push(range)
          const state = log.evaluate()
          if (random() < 0.15) {
            const fresh = new AccessLog({ genesis: history.genesis })
            deliver(fresh, known)
            assert.equal(state.digest(), fresh.evaluate().digest())
          }
          return false
        })
      }
      additions += log.counters.additions
    }, 60)
    assert(additions > 500, `the short way was taken ${additions} times only`)
  })

  it('[A4] nobody grants above their allowance, and no child comes before its granter', () => {
    eachHistory((history) => {
      const log = history.log()
      for (const node of log.evaluate().nodes.values()) {
        if (node.hash === ROOT) continue
        const { parent } = node
        assert(parent)
        assert(compareSeniority(parent, node) < 0)
        assert(node.documents === '*' ? parent.documents === '*' : coversScope(parent.documents, [...node.documents]))
        assert(node.maxGrant === undefined || rankOf(node.maxGrant) <= rankOf(node.role))
        if (parent.maxGrant === undefined) {
          assert(node.invite && node.rank <= parent.rank && node.maxGrant === undefined)
          const invite = log.evaluate().invite(node.invite)
          assert(invite && node.rank <= rankOf(invite.body.role) && compareSeniority(invite.node, node) < 0)
        } else {
          assert(node.rank <= rankOf(parent.maxGrant))
          assert(node.maxGrant === undefined || rankOf(node.maxGrant) <= rankOf(parent.maxGrant))
        }
      }
    })
  })

  it('[A10] no invite admits more people than it may', () => {
    let full = 0
    eachHistory((history) => {
      for (const { body, uses } of history.evaluate().invites) {
        if (body.usesMax === 0) continue
        assert(uses <= body.usesMax)
        if (uses === body.usesMax) full++
      }
    })
    assert(full > 10, `${full} invites were used up`)
  })

  it('[A5] what juniors write changes nothing for their seniors', () => {
    eachHistory((history, random) => {
      const log = history.log()
      const state = log.evaluate()
      const nodes = [...state.nodes.values()]
      const boundary = nodes[Math.floor(random() * nodes.length)]
      if (boundary === undefined) return
      const junior = new Set(nodes.filter((node) => compareSeniority(boundary, node) < 0).map(({ hash }) => hash))
      const kept = keepingCitations(history.ranges, (node) => !junior.has(node))
      const without = new AccessLog({ genesis: history.genesis })
      deliver(without, kept)
      const rest = without.evaluate()
      for (const { operations } of kept)
        for (const { hash, operation } of operations) {
          // Whether a document exists is asked of whoever made it, senior or not: it is no question of authority.
          if (operation === undefined || operation.body.kind === 'feed.open' || junior.has(operation.node)) continue
          if (state.explain(operation.node).status !== 'effective' && operation.node !== ROOT) continue
          assert.equal(rest.explain(hash).reason, state.explain(hash).reason)
        }
    }, 200)
  })

  it('[A12] after a person has left, nothing they write outside the pins changes anything', () => {
    let late = 0
    eachHistory((history, random) => {
      const before = history.log()
      const state = before.evaluate()
      for (const log of before.logs.values()) {
        if (!state.hasLeft(log.person)) continue
        const again = new RandomHistoryView(history.ranges, log.session)
        for (const node of again.nodes) {
          const outcome = again.replayLate(node, before, random)
          assert(outcome === undefined || outcome === 'outside-pins' || outcome === 'not-yours', outcome)
          late++
        }
      }
    }, 100)
    assert(late > 100, `${late} late acts were tried`)
  })

  it('[A22] the work is bounded by a small multiple of n log n', () => {
    for (const operations of [50, 250, 1000]) {
      const { history } = new RandomHistory(operations, operations)
      const state = history.evaluate()
      const n = history.ranges.length
      assert(state.steps <= 4 * n * Math.log2(n), `${state.steps} steps for ${n} operations`)
    }
  })
})

/** Drops the operations under other nodes, unless one that stays cites them or follows them in its log. */
function keepingCitations(
  ranges: readonly VerifiedLogRange[],
  isKept: (node: OperationHash) => boolean,
): VerifiedLogRange[] {
  const byHash = new Map(ranges.map((range) => [range.operations[0]?.hash, range]))
  const kept = new Set<VerifiedLogRange>()
  const keep = (range: VerifiedLogRange | undefined): void => {
    if (range === undefined || kept.has(range)) return
    kept.add(range)
    keep(byHash.get(range.after))
    const body = range.operations[0]?.operation?.body
    if (body?.kind === 'invite.revoke') keep(byHash.get(body.invite))
    if (body?.kind !== 'grant') return
    for (const hash of body.over) keep(byHash.get(hash))
    if (body.via) keep(byHash.get(body.via.invite))
  }
  for (const range of ranges) {
    const operation = range.operations[0]?.operation
    const isDeparture = operation?.body.kind === 'revoke' || operation?.body.kind === 'session'
    if (operation && (isDeparture || isKept(operation.node))) keep(range)
  }
  return ranges.filter((range) => kept.has(range))
}

/** Writes behind the last operation of a session that has left. */
class RandomHistoryView {
  readonly nodes: OperationHash[]
  readonly #last: VerifiedLogRange | undefined

  constructor(ranges: readonly VerifiedLogRange[], session: string) {
    const own = ranges.filter(({ binding }) => binding.session === session)
    this.#last = own.at(-1)
    const person = this.#last?.binding.person
    this.nodes = ranges
      .flatMap(({ operations }) => operations)
      .filter(({ operation }) => operation?.body.kind === 'grant' && operation.body.to === person)
      .map(({ hash }) => hash)
  }

  /** The late act's outcome, or undefined where the grant never counted. */
  replayLate(node: OperationHash, log: AccessLog, random: () => number): string | undefined {
    const last = this.#last
    if (last === undefined || log.evaluate().explain(node).status !== 'effective') return undefined
    const before = log.evaluate().members().length
    const hash = `late${Math.floor(random() * 1e9)}`.padEnd(43, 'A') as OperationHash
    const seq = (last.operations[0]?.seq ?? 0) + 1
    const body = { kind: 'profile', counter: 9, sealed: new Uint8Array(1) } as const
    const operation = { seq, node, body, rootSignatures: [], bodyBytes: new Uint8Array(0) }
    const late = { hash, seq, operation, isGenuine: true, sizeBytes: 1 }
    const added = log.add({ ...last, after: last.operations[0]?.hash, operations: [late] })
    assert(added.ok)
    assert.equal(log.evaluate().members().length, before)
    return log.evaluate().explain(hash).reason
  }
}
