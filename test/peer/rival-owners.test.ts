import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Room } from '../../src/peer/room.ts'
import { type AccessScene, agree, idOf, memberOf, namesOf, offline, online, withTrio } from './access-scene.ts'
import { must, until } from './meeting.ts'
import { stateDigest } from '../access/state-digest.ts'

/**
 * Owners who take the room from each other while they are apart. When they meet, all devices agree on who is left, at
 * least one owner is a member, and no key is with anybody outside.
 */

const ownersOf = (room: Room): readonly string[] => room.access.ownership.owners.map(({ name }) => name).toSorted()

const isMember = (room: Room): boolean => room.status === 'member'

/** The people whose keys are in force, members or not. */
const keysOf = ({ core }: Room): readonly string[] => core.state?.rootKeys.toSorted() ?? []

async function share(scene: AccessScene, ...rooms: readonly Room[]): Promise<void> {
  const { ada } = scene
  for (const room of rooms) {
    must(await ada.access.offerOwnership(idOf(room)))
    await until(room, () => room.access.ownership.offeredToMe !== undefined, 'the offer')
    must(await room.access.acceptOwnership())
    await until(room, () => room.access.ownership.iAmOwner, 'the key')
  }
  for (const room of [ada, ...rooms])
    await until(room, () => ownersOf(room).length === rooms.length + 1, 'all the owners')
}

/** Waits until what is left of the room has settled: the keys are held by members, and all members agree. */
async function settle(rooms: readonly Room[]): Promise<readonly Room[]> {
  const isSettled = (): boolean => {
    const members = rooms.filter(isMember)
    const [first, ...rest] = members
    const keys = first && keysOf(first)
    return (
      keys !== undefined &&
      keys.every((key) => members.some((room) => idOf(room) === key)) &&
      rest.every((room) => stateDigest(room.core.state) === stateDigest(first?.core.state))
    )
  }
  for (const room of rooms) await until(room, isSettled, 'what is left to agree')
  const members = rooms.filter(isMember)
  await agree(...members)
  for (const room of members) assert.deepEqual(namesOf(room).length, members.length, 'the same people everywhere')
  return members
}

/** A removed or former owner is offered nothing. */
function assertPowerless(room: Room): void {
  assert.equal(room.access.ownership.iAmOwner, false)
  for (const { mayRemove, mayBan, rolesIMayGive } of room.access.members)
    assert.deepEqual([mayRemove, mayBan, rolesIMayGive], [false, false, []])
  assert.deepEqual(room.access.requests, [])
}

async function drop(by: Room, whom: Room, type: 'remove' | 'ban'): Promise<void> {
  must(await by.access.apply({ type, person: idOf(whom), keep: 'all' }))
}

describe('owners who are apart', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  withTrio((trio) => {
    ;({ scene, ada, ben, cleo } = trio)
  })

  for (const type of ['ban', 'remove'] as const)
    for (const first of ['Ada', 'Ben'] as const)
      test(`[R8] ${type} each other: one of both is left, whoever of them is heard first (${first})`, async () => {
        await share(scene, ben)
        offline(ada, ben)
        await drop(ada, ben, type)
        await drop(ben, ada, type)
        assert.deepEqual([ownersOf(ada), ownersOf(ben)], [['Ada'], ['Ben']])
        const [early, late] = first === 'Ada' ? [ada, ben] : [ben, ada]
        online(early)
        await until(cleo, () => ownersOf(cleo).join() === first, 'the first of both')
        online(late)
        const members = await settle([ada, ben, cleo])
        assert.equal(members.length, 2)
        const winners = [ada, ben].filter(isMember)
        assert.equal(winners.length, 1)
        const [winner] = winners
        const loser = winner === ada ? ben : ada
        assert(winner)
        assert.equal(loser.status, 'removed')
        assert.deepEqual(keysOf(cleo), [idOf(winner)])
        assert.deepEqual(ownersOf(winner), ownersOf(cleo))
        assertPowerless(loser)
        assert.equal(winner.access.ownership.needsSecondOwner, true)
      })

  test('[R8] end each other’s ownership: one of both is left with it, and both stay', async () => {
    await share(scene, ben)
    offline(ada, ben)
    must(await ada.access.endOwnership(idOf(ben)))
    must(await ben.access.endOwnership(idOf(ada)))
    online(ada, ben)
    const members = await settle([ada, ben, cleo])
    assert.equal(members.length, 3)
    assert.equal(ownersOf(cleo).length, 1)
    const loser = ownersOf(cleo).join() === 'Ada' ? ben : ada
    assert.equal(loser.access.ownership.iAmOwner, false)
    assert.equal(loser.me?.role, 'admin')
    const [name = ''] = ownersOf(cleo)
    assert.equal(memberOf(loser, name).mayRemove, false)
    assert.deepEqual(memberOf(loser, name).rolesIMayGive, [])
  })

  test('[R8] give up at the same moment: one of them stays an owner', async () => {
    await share(scene, ben)
    offline(ada, ben)
    must(await ada.access.giveUpOwnership())
    must(await ben.access.giveUpOwnership())
    online(ada, ben)
    await settle([ada, ben, cleo])
    assert.equal(ownersOf(cleo).length, 1)
  })

  for (const type of ['ban', 'remove'] as const)
    test(`[R8] [R12] ${type} each other in a ring of three: somebody who owns the room is left in it`, async () => {
      await share(scene, ben, cleo)
      const dora = await scene.join('Dora', (await scene.invite({ role: 'writer' })).link, [ada, ben, cleo])
      await until(dora, () => dora.members.every(({ person }) => person.name !== ''), 'names')
      offline(ada, ben, cleo)
      await drop(ada, ben, type)
      await drop(ben, cleo, type)
      await drop(cleo, ada, type)
      online(ada)
      await until(dora, () => !namesOf(dora).includes('Ben'), 'the first removal')
      online(ben, cleo)
      const members = await settle([ada, ben, cleo, dora])
      const left = [ada, ben, cleo].filter(isMember)
      assert.equal(members.includes(dora), true)
      assert.ok(left.length >= 1, 'an owner is left')
      assert.deepEqual(ownersOf(dora), left.map((room) => room.me?.person.name ?? '').toSorted())
      for (const room of [ada, ben, cleo]) if (!isMember(room)) assertPowerless(room)
    })
})
