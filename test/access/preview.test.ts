import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { idFromBytes, idToBytes, type DocumentId, type PersonId } from '../../src/base/ids.ts'
import { decideAdmission } from '../../src/access/admission.ts'
import { compareStates } from '../../src/access/compare-states.ts'
import { departureBody } from '../../src/access/departure.ts'
import type { JoinRequest } from '../../src/access/join-request.ts'
import { ROOT } from '../../src/access/operation.ts'
import { pinsOf, revocationBody } from '../../src/access/removal.ts'
import { feedIdOf } from '../../src/feed/feed-id.ts'
import { aliceRoom, certificateOf, grantTo, idOf, inviteAs, remove, viaInvite } from './room-history.ts'
import type { RoomHistory, TestSession } from './room-history.ts'
import { stateDigest } from './state-digest.ts'

const bobsId = idOf<PersonId>('bob')
const carolsId = idOf<PersonId>('carol')

/** Bob, a moderator, let Carol in and writes in a note. */
function scene() {
  const { history, alice, admin } = aliceRoom()
  const created = alice.append(admin, {
    kind: 'document.create',
    documentKind: 'note',
    schemaVersion: 1,
    policy: new Uint8Array(0),
  })
  const document: DocumentId = idFromBytes(idToBytes(created.hash))
  const bobs = alice.append(admin, grantTo('bob', 'moderator', { maxGrant: 'writer' }))
  const bob = history.session('bob')
  bob.append(bobs.hash, { kind: 'feed.open', document })
  const carols = bob.append(bobs.hash, grantTo('carol', 'writer'))
  const feed = feedIdOf(bob.binding.session, document, bobs.hash)
  return { history, alice, admin, bob, bobs, carols, document, feed }
}

describe('looking ahead', () => {
  it('a preview says what a removal would change, and changes nothing', () => {
    const { history, alice, admin, carols, feed } = scene()
    const log = history.log()
    const state = log.evaluate()
    const before = stateDigest(state)
    const body = remove('bob', [], { mode: 'ban' })
    const after = log.preview([{ binding: alice.binding, node: admin, body }])
    const difference = compareStates(state, after)
    assert.deepEqual(
      new Map(difference.members.map(({ person, from, to }) => [person, [from, to]])),
      new Map([
        [bobsId, ['moderator', undefined]],
        [carolsId, ['writer', undefined]],
      ]),
    )
    assert(difference.lapsed.includes(carols.hash))
    assert.deepEqual(difference.feeds, [{ feed, from: undefined, to: 0 }])
    assert.equal(stateDigest(log.evaluate()), before)
    assert.equal(log.revision, history.log().revision)
  })

  it('steps of one gesture may name those before them', () => {
    const { history, alice, admin, bob } = scene()
    const demotion = remove('bob', [bob.pin()], { mode: 'demote' })
    const after = history.log().preview([
      { binding: alice.binding, node: admin, body: demotion },
      { binding: alice.binding, node: admin, body: (former) => grantTo('bob', 'reader', { over: former }) },
    ])
    assert.equal(after.roleOf(bobsId), 'reader')
    assert.equal(after.roleOf(carolsId), 'writer')
  })

  it('what the owners would sign can be looked at too', () => {
    const { history, alice } = scene()
    const body = grantTo('dan', 'admin')
    const preview = (rootSigners: readonly PersonId[]) =>
      history.log().preview([{ binding: alice.binding, node: ROOT, body, rootSigners }])
    assert.equal(preview([idOf('root')]).roleOf(idOf('dan')), 'admin')
    assert.equal(preview([idOf('mallory')]).roleOf(idOf('dan')), undefined)
  })

  it('[A22] a snapshot tells what arrived since: what lapsed, what came back, what is new', () => {
    const { history, alice, admin, bobs, carols, feed } = scene()
    const log = history.log()
    const state = log.evaluate()
    const snapshot = state.snapshot()
    const removal = alice.append(admin, remove('bob', []))
    log.add(removal.range)
    const cut = compareStates(snapshot, log.evaluate())
    assert(cut.lapsed.includes(carols.hash) && !cut.lapsed.includes(bobs.hash))
    assert.deepEqual(cut.restored, [])
    const second = log.evaluate().snapshot()
    const pins = pinsOf(
      log,
      [...log.logs.values()].filter(({ person }) => person === bobsId),
      () => [{ feed, length: 5, hash: idToBytes(idOf('entry 5')) }],
    )
    log.add(alice.append(admin, { kind: 'amend', revocation: removal.hash, pins }).range)
    const back = compareStates(second, log.evaluate())
    assert(back.restored.includes(carols.hash))
    assert.deepEqual(back.feeds, [{ feed, from: 0, to: 5 }])
    assert.deepEqual(back.members, [{ person: carolsId, from: undefined, to: 'writer' }])
    assert.equal(log.counters.evaluations, 1)
  })

  it('an earlier time is looked at by leaving out what came later', () => {
    const { history, alice, admin, carols } = scene()
    alice.append(admin, remove('carol', []), { atMs: 5 })
    const log = history.log()
    const then = log.upTo(({ operation }) => (operation?.atMs ?? 0) < 5)
    assert.equal(then.roleOf(carolsId), 'writer')
    assert.equal(log.evaluate().roleOf(carolsId), undefined)
    const without = log.upTo(({ hash }) => hash !== carols.hash)
    assert.equal(without.roleOf(carolsId), undefined)
    assert.equal(without.explain(carols.hash).status, 'unknown')
  })

  it('a removal pins all that is known, or nothing, and leaving pins all', () => {
    const { history, bob } = scene()
    const log = history.log()
    const feedHeads = () => []
    const pinned = revocationBody({ log, person: bobsId, mode: 'kick', feedHeads })
    assert.deepEqual(pinned.pins, [bob.pin()])
    assert.deepEqual(revocationBody({ log, person: bobsId, mode: 'ban', keep: 'nothing', feedHeads }).pins, [])
    assert.deepEqual(departureBody(log, bobsId, feedHeads).pins, [bob.pin()])
  })
})

describe('answering a newcomer', () => {
  const requestOf = (name: string, invite: Parameters<typeof viaInvite>[0]): JoinRequest => ({
    room: idOf('room'),
    invite,
    certificate: certificateOf(idOf(name), `${name} 1`),
    sealedProfile: new Uint8Array(0),
    consent: viaInvite(invite).consent,
  })
  const answer = (history: RoomHistory, { binding }: TestSession, request: JoinRequest, isApproved = false) => {
    const decided = decideAdmission({
      state: history.evaluate(),
      me: binding.person,
      session: binding.session,
      request,
      isApproved,
    })
    return decided.ok ? decided.value.body.role : decided.reason
  }

  it('[A32] whoever was banned needs a yes of somebody who may lift the ban', () => {
    const { history, alice, admin, bob, bobs } = scene()
    const invite = alice.append(admin, inviteAs('writer'))
    const request = requestOf('mal', invite.hash)
    assert.equal(answer(history, bob, request), 'writer')
    alice.append(admin, remove('mal', [], { mode: 'ban' }))
    assert.equal(answer(history, bob, request, true), 'banned')
    assert.equal(answer(history, alice, request), 'banned')
    assert.equal(answer(history, alice, request, true), 'writer')
    const kicked = requestOf('kit', invite.hash)
    bob.append(bobs.hash, remove('kit', []))
    assert.equal(answer(history, alice, kicked), 'writer')
  })

  it('[A9] an invite with approval waits for a yes', () => {
    const { history, alice, admin } = scene()
    const invite = alice.append(admin, inviteAs('writer', { approval: 'manual' }))
    assert.equal(answer(history, alice, requestOf('dan', invite.hash)), 'needs-approval')
    assert.equal(answer(history, alice, requestOf('dan', invite.hash), true), 'writer')
  })
})
