import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { idToBytes, type OperationHash, type PersonId } from '../../src/base/ids.ts'
import { feedIdOf } from '../../src/feed/feed-id.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { ROOT } from '../../src/access/operation.ts'
import {
  aliceRoom,
  grantTo,
  idOf,
  inviteAs,
  leave,
  viaInvite,
  type Placed,
  type RoomHistory,
  note,
  profile,
  documentOf,
} from './room-history.ts'
import { stateDigest } from './state-digest.ts'

const alicesId = idOf<PersonId>('alice')
const bobsId = idOf<PersonId>('bob')
const carolsId = idOf<PersonId>('carol')
const reasonOf = (history: RoomHistory, { hash }: { hash: OperationHash }): string | undefined =>
  history.evaluate().explain(hash).reason

describe('operations that arrive', () => {
  it('[A2] an operation of a later version or kind is kept and does not count', () => {
    const { history, alice, admin } = aliceRoom()
    const bytes = Uint8Array.of(9, 1, 2, 3)
    const newer = alice.appendBytes(bytes)
    const after = alice.append(admin, note)
    assert.equal(reasonOf(history, newer), 'unknown-kind')
    assert.equal(reasonOf(history, after), 'effective')
  })

  it('[A2] a malformed operation keeps its place in the log, and what follows counts', () => {
    const { history, alice, admin } = aliceRoom()
    const broken = alice.appendBytes(Uint8Array.of(1, 1))
    const after = alice.append(admin, note)
    assert.equal(reasonOf(history, broken), 'malformed')
    assert.equal(reasonOf(history, after), 'effective')
  })

  it('[A3] an operation under a grant that has not arrived is pending until it does', () => {
    const { history, alice, admin } = aliceRoom()
    const { hash } = alice.append(admin, grantTo('bob', 'writer'))
    const written = history.session('bob').append(hash, profile(1))
    const log = new AccessLog({ genesis: history.genesis })
    for (const range of history.ranges) if (range.operations[0]?.hash !== hash) log.add(range)
    assert.deepEqual(log.evaluate().explain(written.hash), {
      status: 'pending',
      reason: 'missing-node',
      sentence: 'The grant it acts under has not arrived yet.',
    })
    for (const range of history.ranges) log.add(range)
    assert.equal(log.evaluate().explain(written.hash).status, 'effective')
    assert.equal(log.evaluate().explain(idOf('nothing')).status, 'unknown')
  })

  it('[A24] a range that does not follow what is held is refused as a gap', () => {
    const { history } = aliceRoom()
    const log = new AccessLog({ genesis: history.genesis })
    const [, second] = history.ranges
    assert(second)
    assert.deepEqual(log.add(second), { ok: false, reason: 'gap' })
    assert.equal(log.size, 0)
  })

  it('[A24] strangers fill only their source’s share, and a member’s log is let in again', () => {
    const { history, alice, admin } = aliceRoom()
    const log = history.log()
    const bob = history.session('bob')
    for (let i = 0; i < 1100; i++) bob.append(ROOT, profile(i))
    const outcomes = history.ranges.map((range) => log.add(range, 'a stranger'))
    assert(outcomes.some((outcome) => !outcome.ok && outcome.reason === 'pending-full'))
    assert(log.size <= 1002)
    alice.append(admin, grantTo('bob', 'reader'))
    for (const range of [...history.ranges, ...history.ranges]) log.add(range, 'a stranger')
    assert.equal(log.size, history.ranges.length)
  })
})

describe('grants', () => {
  it('[A20] only the root keys’ signatures give the first grant', () => {
    const { history } = aliceRoom()
    const mallory = history.session('mallory')
    const forged = mallory.append(ROOT, grantTo('mallory', 'admin'), { isGenuine: false })
    assert.equal(reasonOf(history, forged), 'signature')
    assert.deepEqual(
      history
        .evaluate()
        .members()
        .map(({ person }) => person),
      [alicesId],
    )
  })

  it('[A7] an admin makes writers and readers; a writer without the right makes nobody', () => {
    const { history, alice, admin } = aliceRoom()
    const writer = alice.append(admin, grantTo('bob', 'writer'))
    alice.append(admin, grantTo('carol', 'reader'))
    const bob = history.session('bob')
    const selfMade = bob.append(writer.hash, grantTo('bob', 'admin'))
    const puppet = bob.append(writer.hash, grantTo('dan', 'reader'))
    const stolen = bob.append(admin, grantTo('bob', 'admin'))
    assert.equal(reasonOf(history, selfMade), 'role')
    assert.equal(reasonOf(history, puppet), 'role')
    assert.equal(reasonOf(history, stolen), 'not-yours')
    const state = history.evaluate()
    assert.equal(state.roleOf(bobsId), 'writer')
    assert.equal(state.roleOf(carolsId), 'reader')
    assert.equal(state.can(carolsId, 'read'), true)
    assert.equal(state.can(carolsId, 'write'), false)
    assert.equal(state.can(bobsId, 'invite'), false)
    assert.equal(state.can(alicesId, 'invite'), true)
  })

  it('[A7] nobody passes on more of the right to grant than they have, nor above the role that comes with it', () => {
    const { history, alice, admin } = aliceRoom()
    const moderator = alice.append(admin, grantTo('bob', 'moderator', { maxGrant: 'writer' }))
    const bob = history.session('bob')
    const tooHigh = bob.append(moderator.hash, grantTo('carol', 'moderator'))
    const tooMuch = bob.append(moderator.hash, grantTo('carol', 'moderator', { maxGrant: 'moderator' }))
    const upsideDown = alice.append(admin, grantTo('carol', 'reader', { maxGrant: 'writer' }))
    const fine = bob.append(moderator.hash, grantTo('carol', 'writer', { maxGrant: 'writer' }))
    assert.deepEqual(
      [tooHigh, tooMuch, upsideDown, fine].map((placed) => reasonOf(history, placed)),
      ['role', 'role', 'max-grant', 'effective'],
    )
  })

  it('[A7] a right over one document does not grow into one over the room', () => {
    const { history, alice, admin } = aliceRoom()
    const scope = [documentOf(alice.append(admin, note))]
    const other = documentOf(alice.append(admin, note))
    const narrow = alice.append(admin, grantTo('bob', 'writer', { maxGrant: 'writer', scope }))
    const bob = history.session('bob')
    const wide = bob.append(narrow.hash, grantTo('carol', 'writer'))
    const elsewhere = bob.append(narrow.hash, { kind: 'feed.open', document: other })
    const own = bob.append(narrow.hash, note)
    assert.deepEqual(
      [wide, elsewhere, own].map((placed) => reasonOf(history, placed)),
      ['scope', 'scope', 'scope'],
    )
    const state = history.evaluate()
    assert.equal(state.roleOf(bobsId), undefined)
    assert.equal(state.roleOf(bobsId, scope[0]), 'writer')
    assert.equal(state.can(bobsId, 'write', other), false)
  })

  it('[A7] sixteen grants deep is the end of a chain', () => {
    const { history, alice, admin } = aliceRoom()
    let node = admin
    let deep: Placed | undefined
    for (let depth = 2; depth <= 17; depth++) {
      deep = alice.append(node, grantTo('alice', 'writer', { maxGrant: 'writer' }))
      node = deep.hash
      assert.equal(reasonOf(history, deep), depth <= 16 ? 'effective' : 'depth')
    }
  })

  it('[A23] a right for everyone is at most a writer’s and passes nothing on', () => {
    const { history, alice, admin } = aliceRoom()
    const tooHigh = alice.append(admin, grantTo('', 'moderator', { to: '*' }))
    const open = alice.append(admin, grantTo('', 'reader', { to: '*' }))
    const bob = history.session('bob')
    const hello = bob.append(open.hash, profile(1))
    const grab = bob.append(open.hash, grantTo('bob', 'reader', { maxGrant: 'reader' }))
    assert.deepEqual(
      [tooHigh, open, hello, grab].map((placed) => reasonOf(history, placed)),
      ['role', 'effective', 'effective', 'role'],
    )
    assert.equal(history.evaluate().can(idOf('anybody'), 'read'), true)
  })
})

describe('invites', () => {
  it('[A8] only who may grant the role may offer it', () => {
    const { history, alice, admin } = aliceRoom()
    const writer = alice.append(admin, grantTo('bob', 'writer', { maxGrant: 'reader' }))
    const bob = history.session('bob')
    assert.equal(reasonOf(history, bob.append(writer.hash, inviteAs('writer'))), 'role')
    assert.equal(reasonOf(history, bob.append(writer.hash, inviteAs('reader'))), 'effective')
  })

  it('[A9] a writer lets a newcomer in by an open invite up to their own role', () => {
    const { history, alice, admin } = aliceRoom()
    const invite = alice.append(admin, inviteAs('moderator'))
    const writer = alice.append(admin, grantTo('bob', 'writer'))
    const bob = history.session('bob')
    const via = viaInvite(invite.hash)
    assert.equal(reasonOf(history, bob.append(writer.hash, grantTo('carol', 'moderator', { via }))), 'role')
    assert.equal(reasonOf(history, bob.append(writer.hash, grantTo('carol', 'writer', { via }))), 'effective')
    const withRight = grantTo('dan', 'writer', { via, maxGrant: 'reader' })
    assert.equal(reasonOf(history, bob.append(writer.hash, withRight)), 'max-grant')
    const withoutLink = grantTo('dan', 'writer', { via: viaInvite(invite.hash, 'another key') })
    assert.equal(reasonOf(history, bob.append(writer.hash, withoutLink)), 'invite-key')
    assert.equal(history.evaluate().invite(invite.hash)?.uses, 1)
  })

  it('[A9] with manual approval a member without the right to grant cannot admit, an admin can', () => {
    const { history, alice, admin } = aliceRoom()
    const invite = alice.append(admin, inviteAs('writer', { approval: 'manual' }))
    const writer = alice.append(admin, grantTo('bob', 'writer'))
    const via = viaInvite(invite.hash)
    const byBob = history.session('bob').append(writer.hash, grantTo('carol', 'writer', { via }))
    const byAlice = alice.append(admin, grantTo('dan', 'writer', { via }))
    assert.equal(reasonOf(history, byBob), 'approval')
    assert.equal(reasonOf(history, byAlice), 'effective')
  })

  it('[A10] an invite for one admits one, and several who admit the same person use it once', () => {
    const { history, alice, admin } = aliceRoom()
    const invite = alice.append(admin, inviteAs('reader', { usesMax: 1 }))
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const dans = alice.append(admin, grantTo('dan', 'writer'))
    const via = viaInvite(invite.hash)
    const first = history.session('bob').append(bobs.hash, grantTo('carol', 'reader', { via }))
    const second = history.session('dan').append(dans.hash, grantTo('carol', 'reader', { via }))
    const over = history.session('dan', 'dan 2').append(dans.hash, grantTo('eve', 'reader', { via }))
    assert.deepEqual(
      [first, second, over].map((placed) => reasonOf(history, placed)),
      ['effective', 'effective', 'invite-used-up'],
    )
    assert.equal(history.evaluate().invite(invite.hash)?.uses, 1)
  })

  it('[A10] an invite that only its inviter uses counts along that one log', () => {
    const { history, alice, admin } = aliceRoom()
    const invite = alice.append(admin, inviteAs('reader', { admitBy: 'inviter', usesMax: 1 }))
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const via = viaInvite(invite.hash)
    const stranger = history.session('bob').append(bobs.hash, grantTo('carol', 'reader', { via }))
    const own = alice.append(admin, grantTo('dan', 'reader', { via }))
    const over = alice.append(admin, grantTo('eve', 'reader', { via }))
    assert.deepEqual(
      [stranger, own, over].map((placed) => reasonOf(history, placed)),
      ['not-inviter', 'effective', 'invite-used-up'],
    )
  })

  it('[A11] a revoked invite keeps those whom it names and lapses for those admitted unseen', () => {
    const { history, alice, admin } = aliceRoom()
    const invite = alice.append(admin, inviteAs('reader'))
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const bob = history.session('bob')
    const via = viaInvite(invite.hash)
    const seen = bob.append(bobs.hash, grantTo('carol', 'reader', { via }))
    const keep = history.evaluate().admissionsBy(invite.hash)
    assert.deepEqual(keep, [seen.hash])
    alice.append(admin, { kind: 'invite.revoke', invite: invite.hash, keep })
    const unseen = bob.append(bobs.hash, grantTo('mallory', 'reader', { via }))
    assert.equal(reasonOf(history, seen), 'effective')
    assert.equal(reasonOf(history, unseen), 'invite-revoked')
    assert.equal(history.evaluate().invite(invite.hash)?.isRevoked, true)
  })

  it('[A11] a writer cannot revoke an admin’s invite', () => {
    const { history, alice, admin } = aliceRoom()
    const invite = alice.append(admin, inviteAs('reader'))
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const attempt = history.session('bob').append(bobs.hash, {
      kind: 'invite.revoke',
      invite: invite.hash,
      keep: [],
    })
    assert.equal(reasonOf(history, attempt), 'role')
    assert.equal(history.evaluate().invite(invite.hash)?.isRevoked, false)
  })
})

describe('leaving', () => {
  it('[A12] ends the membership; what came before stays, what comes later does not count', () => {
    const { history, alice, admin } = aliceRoom()
    const chat = documentOf(alice.append(admin, note))
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const bob = history.session('bob')
    const open = bob.append(bobs.hash, { kind: 'feed.open', document: chat })
    const feed = feedIdOf(bob.binding.session, chat, bobs.hash)
    const heads = [{ feed, length: 7, hash: idToBytes(idOf('entry 7')) }]
    const left = bob.append(ROOT, leave('bob', [bob.pin(heads)]))
    const late = bob.append(bobs.hash, profile(1))
    assert.deepEqual(
      [open, left, late].map((placed) => reasonOf(history, placed)),
      ['effective', 'effective', 'outside-pins'],
    )
    const state = history.evaluate()
    assert.equal(state.hasLeft(bobsId), true)
    assert.equal(state.can(bobsId, 'read'), false)
    assert.equal(state.feeds.get(feed)?.status, 'effective')
    assert.equal(state.feeds.get(feed)?.limit, 7)
  })

  it('[A12] a session that the leaver did not pin keeps nothing, nor does a pin of something unknown', () => {
    for (const log of [undefined, { length: 2, hash: new Uint8Array(32) }]) {
      const { history, alice, admin } = aliceRoom()
      const bobs = alice.append(admin, grantTo('bob', 'writer'))
      const bob = history.session('bob')
      const before = bob.append(bobs.hash, profile(1))
      const pins = log ? [{ session: bob.binding.session, log, feeds: [] }] : []
      history.session('bob', 'bob 2').append(ROOT, leave('bob', pins))
      assert.equal(reasonOf(history, before), 'outside-pins')
    }
  })

  it('[A22] a pinned operation that comes after the departure is taken in as if it had come before', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const phone = history.session('bob', 'bob phone')
    const earlier = phone.append(bobs.hash, profile(1))
    const pinned = phone.append(bobs.hash, profile(2))
    history.session('bob', 'bob laptop').append(ROOT, leave('bob', [phone.pin()]))
    const log = new AccessLog({ genesis: history.genesis })
    for (const range of history.ranges) if (range !== pinned.range) log.add(range)
    assert.equal(log.evaluate().explain(earlier.hash).reason, 'outside-pins')
    assert.equal(log.add(pinned.range).ok, true)
    assert.equal(log.evaluate().explain(earlier.hash).reason, 'effective')
    assert.equal(log.evaluate().explain(pinned.hash).reason, 'effective')
    assert.equal(stateDigest(log.evaluate()), stateDigest(history.evaluate()))
  })

  it('[A12] nobody can leave for another', () => {
    const { history, alice } = aliceRoom()
    const forged = history.session('mallory').append(ROOT, leave('alice', []))
    assert.equal(reasonOf(history, forged), 'not-yours')
    assert.equal(history.evaluate().hasLeft(alice.binding.person), false)
  })

  it('[A12] those whom a leaver let in stay', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'moderator', { maxGrant: 'writer' }))
    const bob = history.session('bob')
    bob.append(bobs.hash, grantTo('carol', 'writer'))
    bob.append(ROOT, leave('bob', [bob.pin()]))
    assert.equal(history.evaluate().roleOf(carolsId), 'writer')
  })

  it('[A13] one who left comes back by a grant that names the departure, and by no other', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const bob = history.session('bob')
    const { hash } = bob.append(ROOT, leave('bob', [bob.pin()]))
    alice.append(admin, grantTo('bob', 'moderator'))
    assert.equal(history.evaluate().hasLeft(bobsId), true)
    const granter = history.evaluate().nodes.get(admin)
    assert.deepEqual(granter && history.evaluate().revocationsToOverrule(bobsId, granter), [hash])
    const back = alice.append(admin, grantTo('bob', 'reader', { over: [hash] }))
    assert.equal(history.evaluate().roleOf(bobsId), 'reader')
    assert.equal(reasonOf(history, bob.append(back.hash, profile(1))), 'effective')
    assert.equal(reasonOf(history, bob.append(bobs.hash, profile(2))), 'outside-pins')
  })

  it('[A21] a pin names one branch of a forked log by hash and drops the other', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const bob = history.session('bob')
    const start = bob.head
    const left = bob.append(bobs.hash, profile(1, 'left'))
    const right = bob.append(bobs.hash, profile(2, 'right'), { after: start })
    assert.equal(reasonOf(history, left), 'effective')
    assert.equal(reasonOf(history, right), 'effective')
    bob.append(ROOT, leave('bob', [bob.pin()]))
    assert.equal(reasonOf(history, left), 'effective')
    assert.equal(reasonOf(history, right), 'outside-pins')
  })
})
