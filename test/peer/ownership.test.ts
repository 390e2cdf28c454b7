import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Room } from '../../src/peer/room.ts'
import { AccessScene, agree, idOf, memberOf } from './access-scene.ts'
import { must, until } from './meeting.ts'

describe('ownership', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  beforeEach(async () => {
    scene = await AccessScene.open()
    ada = scene.ada
    ;[ben, cleo] = await scene.benAndCleo()
  })
  afterEach(() => scene.close())

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
    assert.equal(ben.me?.role, 'writer')
    must(await ben.access.apply({ type: 'role', person: idOf(cleo), role: 'admin' }))
    await until(cleo, () => cleo.me?.role === 'admin', 'Cleo')
    must(await cleo.access.apply({ type: 'role', person: idOf(ben), role: 'moderator' }))
    await until(ben, () => ben.me?.role === 'moderator', 'Ben')
    must(await ben.access.apply({ type: 'remove', person: idOf(ada), keep: 'all' }))
    await until(cleo, () => cleo.members.length === 2, 'Ada removed')
    await agree(ben, cleo)
  })
})
