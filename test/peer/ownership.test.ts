import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Room } from '../../src/peer/room.ts'
import { FeedStore } from '../../src/peer/feed-store.ts'
import { type AccessScene, agree, idOf, memberOf, offline, withTrio } from './access-scene.ts'
import { must, until } from './meeting.ts'

describe('ownership', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  withTrio((trio) => {
    ;({ scene, ada, ben, cleo } = trio)
  })

  const owners = (room: Room): readonly string[] => room.access.ownership.owners.map(({ name }) => name).toSorted()

  const share = async (): Promise<void> => {
    must(await ada.access.offerOwnership(idOf(ben)))
    await until(ben, () => ben.access.ownership.offeredToMe?.name === 'Ada', 'the offer')
    must(await ben.access.acceptOwnership())
    for (const room of [ada, ben, cleo])
      await until(room, () => owners(room).join() === 'Ada,Ben', 'two owners everywhere')
  }

  test('[R8] is offered, agreed to, and then shared without another word', async () => {
    assert.equal(ada.access.ownership.needsSecondOwner, true)
    assert.equal(ada.access.ownership.iAmOwner, true)
    assert.equal(cleo.access.ownership.iAmOwner, false)
    assert.deepEqual(await cleo.access.offerOwnership(idOf(ben)), { ok: false, reason: 'not-allowed' })
    assert.deepEqual(await cleo.access.acceptOwnership(), { ok: false, reason: 'not-allowed' })
    await share()
    assert.equal(ada.access.ownership.needsSecondOwner, false)
    assert.deepEqual(ada.access.ownership.offeredTo, [])
    assert.equal(memberOf(cleo, 'Ben').isOwner, true)
    assert.deepEqual(
      memberOf(cleo, 'Ada').removableBy.map(({ name }) => name),
      ['Ben'],
    )
    assert.equal(memberOf(ben, 'Ada').mayRemove, true)
    assert.deepEqual(memberOf(ben, 'Cleo').rolesIMayGive, ['reader', 'commenter', 'writer', 'moderator', 'admin'])
    await agree(ada, ben, cleo)
  })

  test('[R8] is handed over: the new owner looks after the room, and the old one can be demoted by them', async () => {
    assert.deepEqual(await ada.access.transferOwnership(idOf(ben)), { ok: false, reason: 'not-allowed' })
    await share()
    must(await ada.access.transferOwnership(idOf(ben)))
    for (const room of [ada, ben, cleo]) await until(room, () => owners(room).join() === 'Ben', 'the new owner')
    assert.equal(ben.me?.role, 'admin')
    assert.equal(ada.access.ownership.iAmOwner, false)
    for (const room of [ada, ben, cleo]) {
      for (const members of [room.members, room.access.members]) {
        const names = members.map(({ person }) => person.name)
        assert.deepEqual(names, ['Ben', 'Ada', 'Cleo'], 'the owner stands first')
      }
    }
    must(await ben.access.apply({ type: 'role', person: idOf(ada), role: 'writer' }))
    await until(ada, () => ada.me?.role === 'writer', 'the lower role')
    assert.equal(ada.can('invite'), false)
    await agree(ada, ben, cleo)
    assert.equal(cleo.status, 'member')
    assert.equal(memberOf(cleo, 'Ben').role, 'admin')
  })

  test('puts right a room whose founder is gone for good', async () => {
    await share()
    const peer = scene.peers.get(ada)
    assert(peer)
    await scene.meeting.leave(peer)
    assert.equal(ben.me?.role, 'admin')
    must(await ben.access.apply({ type: 'role', person: idOf(cleo), role: 'admin' }))
    await until(cleo, () => cleo.me?.role === 'admin', 'Cleo')
    assert.deepEqual(await cleo.access.apply({ type: 'role', person: idOf(ben), role: 'moderator' }), {
      ok: false,
      reason: 'owner',
    })
    must(await ben.access.apply({ type: 'remove', person: idOf(ada), keep: 'all' }))
    await until(cleo, () => cleo.members.length === 2, 'Ada removed')
    assert.deepEqual(owners(cleo), ['Ben'])
    assert.equal(ben.access.ownership.needsSecondOwner, true)
    await agree(ben, cleo)
  })

  test('[R8] is ended by another owner: the role stays, and to own the room again takes another word', async () => {
    await share()
    assert.deepEqual(await cleo.access.endOwnership(idOf(ben)), { ok: false, reason: 'not-allowed' })
    assert.deepEqual(await ada.access.endOwnership(idOf(cleo)), { ok: false, reason: 'not-allowed' })
    must(await ada.access.endOwnership(idOf(ben)))
    for (const room of [ada, ben, cleo]) await until(room, () => owners(room).join() === 'Ada', 'one owner')
    assert.equal(ben.me?.role, 'admin')
    assert.equal(ben.access.ownership.offeredToMe, undefined)
    assert.deepEqual(ada.access.ownership.offeredTo, [])
    assert.equal(memberOf(ben, 'Ada').mayRemove, false)
    assert.deepEqual(memberOf(ben, 'Ada').rolesIMayGive, [])
    assert.deepEqual(await ben.access.apply({ type: 'ban', person: idOf(ada), keep: 'all' }), {
      ok: false,
      reason: 'owner',
    })
    must(await ada.access.offerOwnership(idOf(ben)))
    await until(ben, () => ben.access.ownership.offeredToMe?.name === 'Ada', 'the second offer')
    assert.deepEqual(owners(ada), ['Ada'])
    must(await ben.access.acceptOwnership())
    for (const room of [ada, ben, cleo]) await until(room, () => owners(room).join() === 'Ada,Ben', 'two again')
    await agree(ada, ben, cleo)
  })

  test('[R8] is given up while another owner is there', async () => {
    assert.deepEqual(await ada.access.giveUpOwnership(), { ok: false, reason: 'last-owner' })
    await share()
    must(await ada.access.giveUpOwnership())
    for (const room of [ada, ben, cleo]) await until(room, () => owners(room).join() === 'Ben', 'the other owner')
    assert.equal(ada.me?.role, 'admin')
    assert.deepEqual(await ben.access.giveUpOwnership(), { ok: false, reason: 'last-owner' })
  })

  for (const type of ['remove', 'ban'] as const)
    test(`[R8] [R12] goes with its owner: ${type}, and nothing is left to do from outside`, async () => {
      await share()
      await scene.promote(cleo, 'admin')
      await until(ben, () => memberOf(ben, 'Cleo').role === 'admin', 'the role')
      assert.equal(memberOf(cleo, 'Ben').mayRemove, false)
      assert.deepEqual(
        memberOf(cleo, 'Ben').removableBy.map(({ name }) => name),
        ['Ada'],
      )
      assert.equal(cleo.access.preview({ type, person: idOf(ben), keep: 'all' }), undefined)
      assert.equal(ada.access.preview({ type, person: idOf(ben), keep: 'all' })?.endsOwnership, true)
      assert.equal(ada.access.preview({ type, person: idOf(cleo), keep: 'all' })?.endsOwnership, undefined)
      must(await ada.access.apply({ type, person: idOf(ben), keep: 'all' }))
      await until(ben, () => ben.status === 'removed', 'the removal')
      for (const room of [ada, cleo, ben])
        await until(room, () => room.core.state?.rootKeys.join() === idOf(ada), 'the key of Ada alone')
      assert.equal(ada.access.ownership.needsSecondOwner, true)
      assert.equal(ben.access.ownership.iAmOwner, false)
      for (const { mayRemove, mayBan, rolesIMayGive } of ben.access.members)
        assert.deepEqual([mayRemove, mayBan, rolesIMayGive], [false, false, []])
      assert.equal((await ben.access.apply({ type: 'ban', person: idOf(ada), keep: 'all' })).ok, false)
      must(await ada.access.apply({ type: 'readmit', person: idOf(ben), role: 'writer' }))
      await until(ben, () => ben.status === 'member', 'to be back')
      assert.equal(ben.access.ownership.iAmOwner, false)
      await agree(ada, ben, cleo)
      assert.deepEqual(owners(cleo), ['Ada'])
    })

  test('[R8] goes with a lower role', async () => {
    await share()
    assert.equal(ada.access.preview({ type: 'role', person: idOf(ben), role: 'writer' })?.endsOwnership, true)
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'writer' }))
    await until(ben, () => ben.me?.role === 'writer', 'the lower role')
    assert.deepEqual(owners(ben), ['Ada'])
    await agree(ada, ben, cleo)
  })

  test('[R8] stays in the room when an owner leaves it', async () => {
    await share()
    must(await ada.leave())
    for (const room of [ben, cleo]) {
      await until(room, () => room.core.state?.rootKeys.join() === idOf(ben), 'the key of Ben alone')
      assert.deepEqual(owners(room), ['Ben'])
    }
    assert.equal(ben.access.ownership.needsSecondOwner, true)
    assert.equal(ben.access.ownership.isUnkept, undefined)
  })

  test('[R8] ends before a departure that its owner writes with everybody else away', async () => {
    await share()
    offline(ben, cleo)
    must(await ada.leave())
    assert.deepEqual(ada.core.state?.rootKeys, [idOf(ben)])
  })

  test('says so when the last who could manage the room have left it at the same moment', async () => {
    await share()
    offline(cleo)
    const logs = [ada, ben].map(({ core }) => core.log)
    offline(ada, ben)
    must(await ada.leave())
    must(await ben.leave())
    assert.equal(cleo.access.ownership.isUnkept, undefined)
    for (const log of logs) {
      const own = log?.ownLog
      const start = own && cleo.core.log?.heads.get(own)?.length
      assert(log && own !== undefined && start !== undefined)
      const { entries } = await new FeedStore(
        log === ada.core.log ? ada.core.store : ben.core.store,
        'log',
        cleo.id,
      ).load(own)
      await cleo.core.log?.ingest(own, start, entries.slice(start), 'a neighbour')
    }
    assert.equal(cleo.access.ownership.isUnkept, true)
    assert.deepEqual(owners(cleo), [])
    assert.equal(cleo.can('chat'), true)
  })
})
