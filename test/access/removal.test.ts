import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { idToBytes, type FeedId, type PersonId } from '../../src/base/ids.ts'
import type { AccessState } from '../../src/access/access-state.ts'
import { ROOT, type Pin } from '../../src/access/operation.ts'
import { feedIdOf } from '../../src/feed/feed-id.ts'
import { shuffled } from './random-history.ts'
import {
  aliceRoom,
  amend,
  deliver,
  grantTo,
  idOf,
  leave,
  remove,
  type Placed,
  note,
  profile,
  documentOf,
} from './room-history.ts'
import type { RoomHistory, TestSession } from './room-history.ts'
import { seededRandom } from './synthetic-room.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { stateDigest } from './state-digest.ts'

const [alicesId, bobsId, carolsId, dansId] = ['alice', 'bob', 'carol', 'dan'].map((name) => idOf<PersonId>(name)) as [
  PersonId,
  PersonId,
  PersonId,
  PersonId,
]
const head = (feed: FeedId, length: number): Pin['feeds'] => [
  { feed, length, hash: idToBytes(idOf(`${feed} ${length}`)) },
]

/** The state, which must be the same in every one of some orders of arrival, one operation at a time. */
function inAnyOrder(history: RoomHistory): AccessState {
  const expected = history.evaluate()
  for (let seed = 1; seed <= 8; seed++) {
    const log = new AccessLog({ genesis: history.genesis })
    log.evaluate()
    deliver(log, shuffled(history.ranges, seededRandom(seed)), () => log.evaluate())
    assert.equal(stateDigest(log.evaluate()), stateDigest(expected), `seed ${seed}`)
    assert.equal(log.counters.evaluations, 1)
  }
  return expected
}

const reasonOf = (history: RoomHistory, { hash }: Placed): string | undefined =>
  inAnyOrder(history).explain(hash).reason

/** Ann and Bea are admins by the root's grants, Ann by the earlier one. */
function annAndBea(): { history: RoomHistory; ann: TestSession; bea: TestSession; anns: Placed; beas: Placed } {
  const { history, alice } = aliceRoom()
  const anns = alice.appendAsRoot(grantTo('ann', 'admin', { maxGrant: 'admin' }))
  const beas = alice.appendAsRoot(grantTo('bea', 'admin', { maxGrant: 'admin' }))
  return { history, ann: history.session('ann'), bea: history.session('bea'), anns, beas }
}

describe('removing somebody', () => {
  it('[A30] two admins who remove each other: the senior stays, whichever removal came first', () => {
    const { history, ann, bea, anns, beas } = annAndBea()
    const pin = bea.pin()
    const byBea = bea.append(beas.hash, remove('ann', [ann.pin()]))
    const byAnn = ann.append(anns.hash, remove('bea', [pin]))
    const state = inAnyOrder(history)
    assert.equal(state.explain(byAnn.hash).reason, 'effective')
    assert.equal(state.explain(byBea.hash).reason, 'outside-pins')
    assert.deepEqual(state.explain(byBea.hash).by, { person: idOf('ann'), operation: byAnn.hash })
    assert.equal(state.roleOf(idOf('ann')), 'admin')
    assert.equal(state.roleOf(idOf('bea')), undefined)
    assert.equal(state.removalOf(idOf('bea'))?.author, idOf('ann'))
  })

  it('[A30] three who remove each other in a circle lose one, and the room goes on', () => {
    const { history, ann, bea, anns, beas } = annAndBea()
    const { hash } = history.session('alice', 'alice 2').appendAsRoot(grantTo('cid', 'admin', { maxGrant: 'admin' }))
    const cid = history.session('cid')
    const [beasPin, cidsPin, annsPin] = [bea.pin(), cid.pin(), ann.pin()]
    ann.append(anns.hash, remove('bea', [beasPin]))
    bea.append(beas.hash, remove('cid', [cidsPin]))
    cid.append(hash, remove('ann', [annsPin]))
    const left = inAnyOrder(history)
      .members()
      .map(({ person }) => person)
    assert.equal(left.length, 3)
  })

  it('[A6] what somebody writes late counts for nobody: not behind the pin, not in a fork, not in a new session', () => {
    const { history, alice, admin } = aliceRoom()
    const mals = alice.append(admin, grantTo('mal', 'writer'))
    const mal = history.session('mal')
    const before = mal.head
    const early = mal.append(mals.hash, profile(1))
    alice.append(admin, remove('mal', [mal.pin()]))
    const late = mal.append(mals.hash, profile(2))
    const fork = mal.append(mals.hash, profile(3), { after: before })
    const elsewhere = history.session('mal', 'mal 2').append(mals.hash, profile(4))
    const state = inAnyOrder(history)
    assert.equal(state.explain(early.hash).reason, 'effective')
    for (const { hash } of [late, fork, elsewhere]) assert.equal(state.explain(hash).reason, 'outside-pins')
  })

  it('[A4] nobody gains seniority by grants to puppets: a role given again further down comes later', () => {
    const { history, ann, bea, anns, beas } = annAndBea()
    const puppets = bea.append(beas.hash, grantTo('bea', 'admin', { maxGrant: 'admin' }))
    const byPuppet = bea.append(puppets.hash, remove('ann', []))
    ann.append(anns.hash, remove('bea', [bea.pin()]))
    assert.equal(reasonOf(history, byPuppet), 'effective')
    const state = history.evaluate()
    assert.equal(state.roleOf(idOf('ann')), 'admin')
    assert.equal(state.roleOf(idOf('bea')), undefined)
    assert.deepEqual([...state.nodes.keys()].slice(-2), [beas.hash, puppets.hash])
  })

  it('[A30] a junior cannot remove a senior, a writer removes nobody, and no one reaches beyond their documents', () => {
    const { history, alice, admin } = aliceRoom()
    const document = documentOf(alice.append(admin, note))
    const bobs = alice.append(admin, grantTo('bob', 'moderator'))
    const dans = alice.append(admin, grantTo('dan', 'moderator', { scope: [document] }))
    const carols = alice.append(admin, grantTo('carol', 'writer'))
    const upwards = history.session('bob').append(bobs.hash, remove('alice', []))
    const byWriter = history.session('carol').append(carols.hash, remove('bob', []))
    const tooWide = history.session('dan').append(dans.hash, remove('carol', []))
    assert.equal(reasonOf(history, upwards), 'effective')
    assert.equal(reasonOf(history, byWriter), 'role')
    assert.equal(reasonOf(history, tooWide), 'scope')
    const state = history.evaluate()
    assert.equal(state.roleOf(alicesId), 'admin')
    assert.deepEqual(state.removersOf(carolsId), [alicesId, bobsId])
    assert.deepEqual(state.removersOf(alicesId), [])
    assert.equal(state.nodeToRemove(bobsId, alicesId), undefined)
    assert.equal(state.nodeToRemove(bobsId, carolsId)?.hash, bobs.hash)
    assert.deepEqual(state.rolesToGive(alicesId).at(-1), 'admin')
  })

  it('[A30] those whom a removed person let in stay, unless the branch goes', () => {
    for (const withBranch of [false, true]) {
      const { history, alice, admin } = aliceRoom()
      const bobs = alice.append(admin, grantTo('bob', 'moderator', { maxGrant: 'writer' }))
      const bob = history.session('bob')
      const carols = bob.append(bobs.hash, grantTo('carol', 'writer'))
      const target = { type: 'subtree', grant: bobs.hash } as const
      alice.append(admin, remove('bob', [bob.pin()], withBranch ? { target } : {}))
      const state = inAnyOrder(history)
      assert.equal(state.roleOf(bobsId), undefined)
      assert.equal(state.roleOf(carolsId), withBranch ? undefined : 'writer')
      assert.equal(state.explain(carols.hash).reason, 'effective')
    }
  })

  it('[A30] a demotion takes the listed grants and leaves the others', () => {
    const { history, alice, admin } = aliceRoom()
    const high = alice.append(admin, grantTo('bob', 'moderator'))
    alice.append(admin, grantTo('bob', 'reader'))
    alice.append(admin, remove('bob', [], { target: { type: 'grants', grants: [high.hash] }, mode: 'demote' }))
    assert.equal(inAnyOrder(history).roleOf(bobsId), 'reader')
  })

  it('[A30] what somebody does under a grant to everyone ends with them', () => {
    const { history, alice, admin } = aliceRoom()
    const open = alice.append(admin, grantTo('', 'writer', { to: '*' }))
    const bob = history.session('bob').append(open.hash, profile(1))
    const carol = history.session('carol').append(open.hash, profile(1))
    alice.append(admin, remove('bob', []))
    const state = inAnyOrder(history)
    assert.equal(state.explain(bob.hash).reason, 'outside-pins')
    assert.equal(state.explain(carol.hash).reason, 'effective')
    assert.equal(state.can(bobsId, 'read'), false)
    assert.equal(state.can(carolsId, 'read'), true)
  })

  it('[A31] a removal from a document cuts what is written there and nothing else', () => {
    const { history, alice, admin } = aliceRoom()
    const [one, other] = [documentOf(alice.append(admin, note)), documentOf(alice.append(admin, note))]
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const bob = history.session('bob')
    for (const document of [one, other]) bob.append(bobs.hash, { kind: 'feed.open', document })
    const feed = feedIdOf(bob.binding.session, one, bobs.hash)
    alice.append(admin, remove('bob', [bob.pin(head(feed, 3))], { scope: [one], mode: 'ban' }))
    const state = inAnyOrder(history)
    assert.equal(state.roleOf(bobsId), 'writer')
    assert.deepEqual([state.can(bobsId, 'write', one), state.can(bobsId, 'write', other)], [false, true])
    assert.equal(state.feeds.get(feed)?.limit, 3)
    assert.deepEqual(state.feeds.get(feed)?.modes, ['ban'])
    assert.equal(state.feeds.get(feedIdOf(bob.binding.session, other, bobs.hash))?.limit, undefined)
  })

  it('[A6] several removals keep what all of them keep', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const bob = history.session('bob')
    const first = bob.append(bobs.hash, profile(1))
    const pin = bob.pin()
    const second = bob.append(bobs.hash, profile(2))
    alice.append(admin, remove('bob', [bob.pin()]))
    assert.equal(reasonOf(history, second), 'effective')
    alice.append(admin, remove('bob', [pin]))
    assert.equal(reasonOf(history, first), 'effective')
    assert.equal(reasonOf(history, second), 'outside-pins')
  })
})

describe('coming back', () => {
  it('[A32] a ban outlasts the grant of a junior who lists it; a kick does not', () => {
    const { history, ann, bea, anns, beas } = annAndBea()
    ann.append(anns.hash, grantTo('mal', 'writer'))
    const ban = ann.append(anns.hash, remove('mal', [], { mode: 'ban' }))
    const kick = bea.append(beas.hash, remove('mal', []))
    bea.append(beas.hash, grantTo('mal', 'writer', { over: [kick.hash] }))
    const mal = idOf<PersonId>('mal')
    assert.equal(inAnyOrder(history).roleOf(mal), undefined)
    bea.append(beas.hash, grantTo('mal', 'writer', { over: [kick.hash, ban.hash] }))
    const state = inAnyOrder(history)
    assert.equal(state.roleOf(mal), undefined)
    const [anns1, beas1] = [state.nodes.get(anns.hash), state.nodes.get(beas.hash)]
    assert(anns1 && beas1)
    assert.deepEqual(state.bansAbove(mal, beas1), [ban.hash])
    assert.deepEqual(state.revocationsToOverrule(mal, beas1), [kick.hash])
    assert.deepEqual(state.bansAbove(mal, anns1), [])
    ann.append(anns.hash, grantTo('mal', 'reader', { over: state.revocationsToOverrule(mal, anns1) }))
    assert.equal(inAnyOrder(history).roleOf(mal), 'reader')
  })

  it('[A32] who was removed with a branch comes back by whoever stands above it', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'moderator', { maxGrant: 'writer' }))
    const bob = history.session('bob')
    bob.append(bobs.hash, grantTo('carol', 'writer'))
    alice.append(admin, remove('bob', [bob.pin()], { target: { type: 'subtree', grant: bobs.hash } }))
    const again = alice.append(admin, grantTo('carol', 'writer'))
    assert.equal(reasonOf(history, again), 'effective')
    assert.equal(history.evaluate().roleOf(carolsId), 'writer')
    assert.equal(history.evaluate().removalOf(bobsId)?.body.target.type, 'subtree')
  })

  it('[A6] the removals of somebody who is removed from before them lapse, and what they removed is back', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'admin', { maxGrant: 'writer' }))
    const eves = alice.append(admin, grantTo('eve', 'writer'))
    const bob = history.session('bob')
    const pin = bob.pin()
    bob.append(bobs.hash, remove('eve', []))
    const eve = history.session('eve').append(eves.hash, profile(1))
    assert.equal(reasonOf(history, eve), 'outside-pins')
    alice.append(admin, remove('bob', [pin]))
    assert.equal(reasonOf(history, eve), 'effective')
    assert.equal(history.evaluate().roleOf(idOf('eve')), 'writer')
  })
})

describe('accepting more of what was cut', () => {
  it('[A33] the remover or a senior raises the pins, a junior does not', () => {
    const { history, ann, bea, anns, beas } = annAndBea()
    const dans = ann.append(anns.hash, grantTo('dan', 'writer'))
    const dan = history.session('dan')
    const removal = bea.append(beas.hash, remove('dan', [dan.pin()]))
    const first = dan.append(dans.hash, profile(1))
    const firstPin = dan.pin()
    const second = dan.append(dans.hash, profile(2))
    const { hash } = ann.append(anns.hash, grantTo('gus', 'moderator'))
    history.session('gus').append(hash, amend(removal.hash, [dan.pin()]))
    assert.equal(reasonOf(history, first), 'outside-pins')
    bea.append(beas.hash, amend(removal.hash, [firstPin]))
    assert.equal(reasonOf(history, first), 'effective')
    assert.equal(reasonOf(history, second), 'outside-pins')
    ann.append(anns.hash, amend(removal.hash, [dan.pin()]))
    assert.equal(reasonOf(history, second), 'effective')
    assert.equal(history.evaluate().roleOf(dansId), undefined)
  })

  it('[A33] nobody takes more of somebody who left', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const bob = history.session('bob')
    const { hash } = bob.append(ROOT, leave('bob', [bob.pin()]))
    const late = bob.append(bobs.hash, profile(1))
    alice.append(admin, amend(hash, [bob.pin()]))
    assert.equal(reasonOf(history, late), 'outside-pins')
  })
})
