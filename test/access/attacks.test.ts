/**
 * What a hostile member can try against the rights of a room, one test for each attack; attacks on documents are in
 * attack-documents.test.ts, those on keys, root and bounds in attack-keys.test.ts, and those that need a network in
 * test/peer. Where an attack is held off only in part, the test shows both parts and says which is which.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { idToBytes } from '../../src/base/ids.ts'
import { compareStates } from '../../src/access/compare-states.ts'
import { compareSeniority } from '../../src/access/authority-node.ts'
import { ROOT } from '../../src/access/operation.ts'
import { headAt, pinWith, Scene, type SceneMember } from './attack-scene.ts'
import { grantTo, idOf, inviteAs, note, remove, viaInvite, type Placed } from './room-history.ts'
import { seededRandom } from './random-history.ts'

/** Removes somebody, keeping all that they have written until now. */
const kick = (by: SceneMember, whom: SceneMember, mode: 'kick' | 'ban' = 'kick'): Placed =>
  by.session.append(by.node, remove(whom.name, [whom.session.pin()], { mode }))

describe('attacks', () => {
  it('attack 1: Removed writer backdates content', () => {
    const scene = new Scene()
    const document = scene.document()
    const mallory = scene.member('mallory', 'writer')
    const feed = scene.feed(mallory, document)
    const before = mallory.session.head
    scene.alice.session.append(scene.alice.node, remove('mallory', [pinWith(mallory.session, feed, 3)]))
    // Later, with clocks and positions of before: behind the pin, on a fork, in a new session, under a new feed.
    const fork = mallory.session.append(
      mallory.node,
      { kind: 'feed.open', document: scene.document() },
      { after: before },
    )
    const fresh = scene.history.session('mallory', 'mallory 2')
    const freshFeed = scene.feed(mallory, document, fresh)
    const state = scene.inAnyOrder()
    const record = state.feeds.get(feed)
    assert.deepEqual([record?.status, record?.limit], ['effective', 3])
    // The pin has the hash of the third entry: three others at the same positions are not it.
    assert.deepEqual(record?.pins, [headAt(3)])
    assert.notEqual(state.explain(fork.hash).status, 'effective')
    assert.notEqual(state.feeds.get(freshFeed)?.status, 'effective')
    assert.equal(state.can(mallory.id, 'write', document), false)
  })

  it('attack 2: Removed admin backdates grants', () => {
    const scene = new Scene()
    const mallory = scene.member('mallory', 'admin')
    const early = mallory.session.head
    const honest = mallory.session.append(mallory.node, grantTo('bob', 'writer'))
    kick(scene.alice, mallory)
    const late = [
      mallory.session.append(mallory.node, grantTo('eve', 'admin', { maxGrant: 'admin' })),
      mallory.session.append(mallory.node, grantTo('eve', 'admin'), { after: early, atMs: 1 }),
      scene.history.session('mallory', 'mallory 2').append(mallory.node, grantTo('mallory', 'admin')),
    ]
    const state = scene.inAnyOrder()
    for (const { hash } of late) assert.equal(state.explain(hash).reason, 'outside-pins')
    assert.equal(state.explain(honest.hash).status, 'effective')
    assert.deepEqual(scene.roles('eve', 'mallory', 'bob'), [undefined, undefined, 'writer'])
  })

  it('attack 3: Removed admin backdates revocations (grief)', () => {
    const scene = new Scene()
    const mallory = scene.member('mallory', 'admin')
    const bob = scene.member('bob', 'moderator')
    const early = mallory.session.head
    kick(scene.alice, mallory)
    const late = [bob, scene.alice].flatMap((victim) => [
      mallory.session.append(mallory.node, remove(victim.name, [], { mode: 'ban' })),
      mallory.session.append(mallory.node, remove(victim.name, [], { mode: 'ban' }), { after: early, atMs: 1 }),
    ])
    const state = scene.inAnyOrder()
    for (const { hash } of late) assert.equal(state.explain(hash).status, 'not-effective')
    assert.deepEqual(scene.roles('alice', 'bob'), ['admin', 'moderator'])
  })

  it('attack 4: Removal of an honest admin un-applies their concurrent removal (fail-open by merge)', () => {
    const scene = new Scene()
    const bob = scene.member('bob', 'admin')
    const eve = scene.member('eve', 'writer')
    const seenOfBob = bob.session.pin()
    const bobsRemoval = kick(bob, eve)
    const before = scene.state().snapshot()
    assert.deepEqual(scene.roles('eve'), [undefined])
    // Alice has not heard of it. Not held off: Eve is back.
    scene.alice.session.append(scene.alice.node, remove('bob', [seenOfBob]))
    assert.deepEqual(scene.roles('eve', 'bob'), ['writer', undefined])
    // Held: the difference says so, and naming it is enough to say it again.
    const { lapsed, members } = compareStates(before, scene.inAnyOrder().snapshot())
    assert.deepEqual(lapsed, [bobsRemoval.hash])
    assert(members.some(({ person, from, to }) => person === eve.id && from === undefined && to === 'writer'))
    kick(scene.alice, eve)
    assert.equal(scene.inAnyOrder().roleOf(eve.id), undefined)
  })

  it('attack 5: Mutual/cyclic removal destroys group', () => {
    const scene = new Scene()
    const members = ['ann', 'bea', 'cid'].map((name) => scene.member(name, 'admin'))
    const [ann, bea, cid] = members
    assert(ann && bea && cid)
    const pins = new Map(members.map(({ name, session }) => [name, [session.pin()]]))
    const removal = (by: SceneMember, whom: SceneMember): Placed =>
      by.session.append(by.node, remove(whom.name, pins.get(whom.name) ?? []))
    const cycle = [removal(ann, bea), removal(bea, cid), removal(cid, ann)]
    const mutual = removal(bea, ann)
    const state = scene.inAnyOrder()
    assert.deepEqual(
      [...cycle, mutual].map(({ hash }) => state.explain(hash).status),
      ['effective', 'not-effective', 'effective', 'not-effective'],
    )
    // Cid's counts as a removal by a junior: it reaches nobody who is senior to him.
    assert.deepEqual(scene.roles('alice', 'ann', 'bea', 'cid'), ['admin', 'admin', undefined, 'admin'])
  })

  it('attack 6: Tie-break grinding (hash/timestamp)', () => {
    const scene = new Scene()
    const bob = scene.member('bob', 'moderator')
    const mallory = scene.member('mallory', 'moderator')
    const nodeOf = (member: SceneMember) => scene.state().nodes.get(member.node) ?? assert.fail('no node')
    assert(compareSeniority(nodeOf(bob), nodeOf(mallory)) < 0)
    // Any number of tries: other notes give other hashes, other sessions other ids, other times other claims.
    for (let attempt = 0; attempt < 100; attempt++) {
      const session = attempt % 3 === 0 ? scene.history.session('mallory', `mallory ${attempt}`) : mallory.session
      const mode = 'ban'
      const reason = { mode, note: utf8(`attempt ${attempt}`) } as const
      session.append(mallory.node, remove('bob', [], reason), { atMs: attempt })
    }
    assert.deepEqual(scene.roles('bob', 'mallory'), ['moderator', 'moderator'])
    assert(compareSeniority(nodeOf(bob), nodeOf(mallory)) < 0)
  })

  it('attack 7: Sybil puppets to outrank peers', () => {
    const scene = new Scene()
    const bob = scene.member('bob', 'admin')
    const mallory = scene.member('mallory', 'admin')
    let puppet = mallory
    for (let depth = 0; depth < 10; depth++) {
      puppet = scene.member(`puppet ${depth}`, 'admin', puppet)
      puppet.session.append(puppet.node, remove('bob', [], { mode: 'ban' }))
      puppet.session.append(puppet.node, remove('alice', [], { mode: 'ban' }))
      mallory.session.append(puppet.node, remove('bob', []))
    }
    assert.deepEqual(scene.roles('alice', 'bob'), ['admin', 'admin'])
    // And one word of a peer's senior ends them all.
    const target = { type: 'subtree', grant: mallory.node } as const
    bob.session.append(bob.node, remove('mallory', [], { target }))
    assert.deepEqual(scene.roles('mallory', 'puppet 0', 'puppet 9'), [undefined, undefined, undefined])
  })

  it('attack 8: Colluding re-add launders a removal', () => {
    const scene = new Scene()
    const bob = scene.member('bob', 'admin')
    const mallory = scene.member('mallory', 'writer')
    const ban = kick(scene.alice, mallory, 'ban')
    const bobsKick = kick(bob, mallory)
    for (const over of [[], [bobsKick.hash], [bobsKick.hash, ban.hash]]) {
      bob.session.append(bob.node, grantTo('mallory', 'writer', { over }))
      assert.deepEqual(scene.roles('mallory'), [undefined])
    }
    scene.alice.session.append(scene.alice.node, grantTo('mallory', 'reader', { over: [ban.hash, bobsKick.hash] }))
    assert.equal(scene.inAnyOrder().roleOf(mallory.id), 'reader')
  })

  it('attack 9: Equivocation: forked feed / same clock twice', () => {
    const scene = new Scene()
    const mallory = scene.member('mallory', 'moderator')
    const before = mallory.session.head
    const shown = mallory.session.append(mallory.node, grantTo('bob', 'writer'))
    const hidden = mallory.session.append(mallory.node, grantTo('eve', 'writer'), { after: before })
    const log = scene.history.log()
    assert([...log.logs.values()].some(({ person, isForked }) => isForked && person === mallory.id))
    // Both branches count alike for all, whichever came first, until a pin names one of them.
    const state = scene.inAnyOrder()
    assert.deepEqual(
      [shown, hidden].map(({ hash }) => state.explain(hash).status),
      ['effective', 'effective'],
    )
    kick(scene.alice, mallory)
    assert.deepEqual(
      [shown, hidden].map(({ hash }) => scene.inAnyOrder().explain(hash).status),
      ['effective', 'not-effective'],
    )
  })

  it('attack 10: Voiding own history by late fork', () => {
    const scene = new Scene()
    const mallory = scene.member('mallory', 'moderator')
    const start = mallory.session.head
    const given = mallory.session.append(mallory.node, grantTo('bob', 'writer'))
    const document = scene.document(mallory)
    const before = scene.state()
    for (let i = 0; i < 5; i++) mallory.session.append(mallory.node, inviteAs('reader', {}, `${i}`), { after: start })
    const state = scene.inAnyOrder()
    assert.equal(state.explain(given.hash).status, 'effective')
    assert(state.documents.has(document))
    assert.deepEqual(state.members(), before.members())
  })

  it('attack 12: Poison op that throws / wedges replay', () => {
    const scene = new Scene()
    const bob = scene.member('bob', 'writer')
    const random = seededRandom(12)
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(random() * 256))
    const seen = scene.state()
    for (let i = 0; i < 300; i++) bob.session.appendBytes(bytes(1 + Math.floor(random() * 200)))
    for (const [, { operations, range }] of scene.history.ranges.entries()) {
      const original = range.entries[0]?.bytes
      if (original === undefined || operations[0]?.seq === 0 || random() < 0.5) continue
      const broken = original.slice()
      broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256)
      bob.session.appendBytes(broken)
    }
    const late = bob.session.append(bob.node, note)
    const state = scene.inAnyOrder()
    assert.equal(state.explain(late.hash).status, 'effective')
    assert.deepEqual(state.members(), seen.members())
  })

  it('attack 17: Invite reuse beyond maxUses concurrently', () => {
    const scene = new Scene()
    const bob = scene.member('bob', 'writer')
    const carol = scene.member('carol', 'writer')
    const { session, node } = scene.alice
    // Held: an invite that only its maker admits by counts along one log, and a fork of it does not count twice.
    const own = session.append(node, inviteAs('reader', { usesMax: 1, admitBy: 'inviter' }, 'own'))
    const before = session.head
    const first = session.append(node, grantTo('dan', 'reader', { via: viaInvite(own.hash, 'own') }))
    const second = session.append(node, grantTo('eve', 'reader', { via: viaInvite(own.hash, 'own') }), {
      after: before,
    })
    const mine = [first, second].filter(({ hash }) => scene.state().explain(hash).status === 'effective')
    assert.equal(mine.length, 1)
    // Partly: two members who cannot see each other both admit. Nobody stays above the number, but one is out again.
    const open = session.append(node, inviteAs('reader', { usesMax: 1 }, 'open'))
    const byCarol = carol.session.append(carol.node, grantTo('fay', 'reader', { via: viaInvite(open.hash, 'open') }))
    assert.equal(scene.status(byCarol), 'effective')
    const byBob = bob.session.append(bob.node, grantTo('gus', 'reader', { via: viaInvite(open.hash, 'open') }))
    const state = scene.inAnyOrder()
    assert.deepEqual(
      [byBob, byCarol].map(({ hash }) => state.explain(hash).status),
      ['effective', 'not-effective'],
    )
    assert.equal(state.explain(byCarol.hash).reason, 'invite-used-up')
    assert.equal(state.invite(open.hash)?.uses, 1)
  })

  it('attack 18: Expired invite used with a false clock', () => {
    const scene = new Scene()
    const mallory = scene.member('mallory', 'writer')
    const { session, node } = scene.alice
    const invite = session.append(node, inviteAs('reader', { expiresAtMs: 1000 }))
    // Not held by a clock: nobody has the right time for all. Who admits is a member, and gives no more than it says.
    const late = mallory.session.append(mallory.node, grantTo('eve', 'reader', { via: viaInvite(invite.hash) }), {
      atMs: 999,
    })
    const more = mallory.session.append(mallory.node, grantTo('eve', 'writer', { via: viaInvite(invite.hash) }), {
      atMs: 999,
    })
    assert.deepEqual([scene.status(late), scene.status(more)], ['effective', 'not-effective'])
    // Held by revoking it: the clients of those who look after the room do that after the date.
    session.append(node, { kind: 'invite.revoke', invite: invite.hash, keep: [] })
    assert.equal(scene.inAnyOrder().explain(late.hash).reason, 'invite-revoked')
    assert.equal(scene.inAnyOrder().roleOf(idOf('eve')), undefined)
  })

  it('attack 23: Junk-op storage / CPU DoS', () => {
    const scene = new Scene()
    const bob = scene.member('bob', 'writer')
    const log = scene.history.log()
    const stranger = scene.history.session('mallory')
    for (let i = 0; i < 1500; i++) stranger.append(ROOT, { kind: 'profile', counter: i, sealed: new Uint8Array(0) })
    // Storage: who has no grant fills the share of the one who brings it, and no more.
    const outcomes = scene.history.ranges.map((range) => log.add(range, 'stranger'))
    assert(outcomes.some((outcome) => !outcome.ok && outcome.reason === 'pending-full'))
    assert(log.size < 1100, `${log.size} held`)
    assert.equal(log.evaluate().can(bob.id, 'write'), true)
    // Work: a flood by somebody who may costs what so many honest operations would.
    const flood = new Scene()
    const mallory = flood.member('mallory', 'admin')
    flood.member('bob', 'writer')
    for (let i = 0; i < 3000; i++) mallory.session.append(mallory.node, remove('bob', []))
    const { length } = flood.history.ranges
    assert(flood.state().steps < 12 * length * Math.log2(length))
  })

  it('attack 24: Delegation-depth or path explosion', () => {
    const scene = new Scene()
    let last = scene.alice
    for (let depth = 0; depth < 30; depth++) last = scene.member(`m${depth}`, 'admin', last)
    const state = scene.state()
    const depths = [...state.nodes.values()].map(({ depth }) => depth)
    assert.equal(Math.max(...depths), 16)
    assert.equal(state.roleOf(idOf('m29')), undefined)
    // Everybody grants everybody: the tree has one node for each grant, not one for each path.
    const crowd = new Scene()
    const members = Array.from({ length: 12 }, (_, i) => crowd.member(`m${i}`, 'admin'))
    for (const by of members)
      for (const to of members) by.session.append(by.node, grantTo(to.name, 'admin', { maxGrant: 'admin' }))
    assert(crowd.state().nodes.size <= crowd.history.ranges.length)
    assert(crowd.state().steps < 12 * crowd.history.ranges.length * Math.log2(crowd.history.ranges.length))
    assert.equal(idToBytes(ROOT).length, 32)
  })
})
