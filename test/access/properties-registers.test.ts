/**
 * What must hold of what the rights add up to. Of these mutations it was seen that they make the test fail
 * (`node test/access/mutations.mjs` applies them):
 *
 * - I6: an operation that could not be decoded is looked into.
 * - I11: the length of a sealed box decides.
 * - I12: a key that somebody who is out has may be chosen; devices that were revoked still count as readers'.
 * - I13: an invite admits one too many.
 * - I14: what lapses is left out of the report while the number of members stays.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { idFromBytes, idToBytes, type DeviceId, type OperationHash } from '../../src/base/ids.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { compareStates } from '../../src/access/compare-states.ts'
import { decodeOperation, encodeOperation } from '../../src/access/operation-codec.ts'
import type { KeyBox, OperationBody } from '../../src/access/operation.ts'
import type { VerifiedLogRange } from '../../src/access/verify-log.ts'
import { eachHistory, SHORT } from './histories.ts'
import { LateActs } from './late-acts.ts'
import { NaiveEvaluation } from './naive-evaluate.ts'
import { NaiveRegisters } from './naive-registers.ts'
import { shuffled } from './random-history.ts'
import { deliver } from './room-history.ts'
import type { SyntheticRoom } from './synthetic-room.ts'
import { JUDGES, verdictOf } from './verdict.ts'
import { stateDigest } from './state-digest.ts'

const bodyOf = (range: VerifiedLogRange | undefined): OperationBody | undefined => range?.operations[0]?.operation?.body

const boxFor = (device: DeviceId): KeyBox => ({ device, encapsulated: new Uint8Array(32), sealed: new Uint8Array(48) })

/** What a relay cannot read, made into something else. */
function withOtherSecrets(range: VerifiedLogRange, random: () => number): VerifiedLogRange {
  const other = Uint8Array.from({ length: 8 }, () => Math.floor(random() * 256))
  const operations = range.operations.map((verified) => {
    const { operation } = verified
    return operation
      ? { ...verified, operation: { ...operation, body: sealOtherwise(operation.body, other) } }
      : verified
  })
  return { ...range, operations }
}

function sealOtherwise(body: OperationBody, sealed: Uint8Array): OperationBody {
  switch (body.kind) {
    case 'profile':
    case 'room.name':
      return { ...body, sealed }
    case 'revoke':
      return { ...body, note: sealed }
    case 'invite':
      return { ...body, sealedLabel: sealed }
    case 'epoch':
      return { ...body, wrapped: sealed, boxes: body.boxes.map(({ device }) => ({ ...boxFor(device), sealed })) }
    case 'epoch.seal':
      return { ...body, boxes: body.boxes.map(({ device }) => ({ ...boxFor(device), sealed })) }
    default:
      return body
  }
}

/** One device that looks after the room's key: makes a new epoch when none suits, seals for those who have no box. */
function keepKeys(log: AccessLog, acts: LateActs, random: () => number): VerifiedLogRange | undefined {
  const state = log.evaluate()
  const keepers = [...state.sessions.values()].filter(
    ({ person, device }) => state.isDeviceStanding(device) && state.nodeFor(person, 'publish-key') !== undefined,
  )
  const keeper = keepers[Math.floor(random() * keepers.length)]
  const node = keeper && state.nodeFor(keeper.person, 'publish-key')
  if (keeper === undefined || node === undefined) return undefined
  const readers = state.readerDevices().map(({ device }) => boxFor(device))
  const current = state.currentEpoch()
  const missing = current ? state.missingBoxes(current.epoch) : []
  const [tip] = keeper.tips
  if (tip === undefined || (current && missing.length === 0)) return undefined
  const body: OperationBody = current
    ? { kind: 'epoch.seal', epoch: current.epoch, boxes: missing.map(boxFor) }
    : { kind: 'epoch', epoch: acts.id(), previous: undefined, wrapped: new Uint8Array(0), boxes: readers }
  return acts.behind(tip, node.hash, body)
}

describe('what the rights add up to', () => {
  it('I6 garbage of the right form and random bytes never throw', () => {
    let decoded = 0
    eachHistory({ count: 60, operations: SHORT }, (room, random) => {
      const log = room.log()
      const acts = new LateActs(room, random)
      for (const range of room.ranges) {
        const operation = range.operations[0]?.operation
        if (operation === undefined || operation.body.kind === 'unknown') continue
        const bytes = encodeOperation(operation)
        for (let i = 0; i < 10; i++) {
          const broken = bytes.slice(0, random() < 0.2 ? Math.floor(random() * bytes.length) : bytes.length)
          for (let hit = 0; hit < 1 + i / 3; hit++)
            broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256)
          const result = decodeOperation(broken, operation.seq)
          if (result.ok) decoded++
          const late = acts.arrived(range, result.ok ? result.value : undefined)
          assert(log.add(late).ok)
        }
        stateDigest(log.evaluate())
      }
      assert.equal(stateDigest(log.evaluate()), stateDigest(logOf(room, log).evaluate()))
    })
    assert(decoded > 1000, `${decoded} still were operations`)
  })

  for (const [name, judge] of JUDGES)
    it(`I11 who cannot read what is sealed decides the same, by ${name}`, () => {
      eachHistory({ count: 500, operations: SHORT }, (room, random) => {
        const relayed = room.ranges.map((range) => withOtherSecrets(range, random))
        assert.deepEqual(judge(relayed, room.genesis).lines, judge(room.ranges, room.genesis).lines)
      })
    })

  it('I12 after quiescence every reader, and no device that is out, can open the chosen epoch', () => {
    const tally = { rounds: 0, rooms: 0 }
    const check = (room: SyntheticRoom, random: () => number): void => {
      const acts = new LateActs(room, random)
      // Two halves of the room that do not hear of each other look after the key on their own, then meet.
      const ranges = [...room.ranges]
      for (const half of [0, 1]) {
        const log = new AccessLog({ genesis: room.genesis })
        const heard = shuffled(room.ranges, random)
        for (const [i, range] of heard.entries()) if (i % 2 === half || i % 5 === 0) log.add(range)
        const made = keepKeys(log, acts, random)
        if (made) ranges.push(made)
      }
      const log = room.log(ranges)
      for (let round = 0; round < 6; round++) {
        const made = keepKeys(log, acts, random)
        if (made === undefined) break
        assert(log.add(made).ok)
        ranges.push(made)
        tally.rounds++
      }
      const registers = new NaiveRegisters(new NaiveEvaluation(ranges, room.genesis))
      const epoch = registers.epochs.find((candidate) => candidate.epoch === log.evaluate().currentEpoch()?.epoch)
      if (epoch === undefined) {
        assert.equal(keepKeys(log, acts, random), undefined, 'somebody could have made one')
        return
      }
      const known = new Set<string>([...log.evaluate().sessions.values()].map(({ device }) => device))
      const out = [...epoch.devices].filter((device) => known.has(device) && !registers.readerDevices.has(device))
      assert.deepEqual(out, [])
      if (keepKeys(log, acts, random) !== undefined || !hasKeeper(log)) return
      assert.deepEqual([...epoch.covered].toSorted(), [...registers.readerDevices].toSorted())
      tally.rooms++
    }
    eachHistory({ count: 1500, operations: SHORT }, check)
    eachHistory({ count: 500, operations: SHORT, theme: 'keys' }, check)
    assert(tally.rooms > 500 && tally.rounds > 500, `${tally.rooms} rooms, ${tally.rounds} rounds`)
  })

  it('I13 no invite admits more people than it may', () => {
    let full = 0
    const check = (room: SyntheticRoom): void => {
      const state = room.evaluate()
      const { effective } = verdictOf(state, room.ranges)
      const byHash = new Map(room.ranges.map((range) => [range.operations[0]?.hash, range]))
      for (const { hash, body, session, uses } of state.invites) {
        const people = [...effective].flatMap((grant) => {
          const range = byHash.get(grant as OperationHash)
          const found = bodyOf(range)
          if (found?.kind !== 'grant' || found.via?.invite !== hash) return []
          return body.admitBy === 'any' || range?.binding.session === session ? [found.to] : []
        })
        assert.equal(new Set(people).size, uses)
        assert(body.usesMax === 0 || uses <= body.usesMax)
        if (uses === body.usesMax) full++
      }
    }
    eachHistory({ count: 1500, operations: SHORT, theme: 'invites' }, check)
    assert(full > 100, `${full} invites were used up`)
  })

  it('I14 the report of what lapsed names exactly what counted before and does not now', () => {
    const tally = { lapsed: 0, restored: 0 }
    const check = (room: SyntheticRoom, random: () => number): void => {
      const order = shuffled(room.ranges, random)
      const log = new AccessLog({ genesis: room.genesis })
      let waiting = order
      while (waiting.length > 0) {
        waiting = waiting.filter((range) => {
          const before = log.evaluate()
          const held = room.ranges
            .flatMap(({ operations }) => operations.map(({ hash }) => hash))
            .filter((hash) => log.operation(hash))
          const were = new Map(held.map((hash) => [hash, before.explain(hash).status]))
          const snapshot = before.snapshot()
          if (!log.add(range).ok) return true
          const now = log.evaluate()
          const { lapsed, restored } = compareStates(snapshot, now)
          const isNow = (hash: OperationHash): boolean => now.explain(hash).status === 'effective'
          assert.deepEqual(
            lapsed.toSorted(),
            held.filter((hash) => were.get(hash) === 'effective' && !isNow(hash)).toSorted(),
          )
          const back = held.filter((hash) => were.get(hash) === 'not-effective' && isNow(hash))
          assert.deepEqual(restored.toSorted(), back.toSorted())
          tally.lapsed += lapsed.length
          tally.restored += back.length
          return false
        })
      }
    }
    eachHistory({ count: 200, operations: SHORT }, check)
    assert(tally.lapsed > 200 && tally.restored > 100, `${tally.lapsed} lapsed, ${tally.restored} came back`)
  })
})

const hasKeeper = (log: AccessLog): boolean => {
  const state = log.evaluate()
  return [...state.sessions.values()].some(
    ({ person, device }) => state.isDeviceStanding(device) && state.nodeFor(person, 'publish-key') !== undefined,
  )
}

/** The same operations in a log that has seen nothing yet. */
function logOf(room: SyntheticRoom, log: AccessLog): AccessLog {
  const again = new AccessLog({ genesis: room.genesis })
  const ranges = [...log.logs.values()]
    .flatMap(({ tips }) => [...tips])
    .flatMap((tip) => {
      const path = []
      for (let at: typeof tip | undefined = tip; at; at = at.previous) path.unshift(at)
      return path
    })
  const seen = new Set<string>()
  deliver(
    again,
    ranges.flatMap(({ hash, seq, operation, isGenuine, log: owner, previous }) => {
      if (seen.has(hash)) return []
      seen.add(hash)
      const head = { length: seq + 1, hash: idToBytes(hash) }
      const { session, device, person, certificate } = owner
      const range = { head, hashes: [head.hash], entries: [] }
      const operations = [{ hash: idFromBytes<OperationHash>(head.hash), seq, operation, isGenuine, sizeBytes: 100 }]
      return [
        { binding: { session, device, person, certificate, log: owner.log }, after: previous?.hash, operations, range },
      ]
    }),
  )
  return again
}
