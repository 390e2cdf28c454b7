import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Room } from '../../src/peer/room.ts'
import { type AccessScene, idOf, namesOf, offline, online, withTrio } from './access-scene.ts'
import { must, texts, until } from './meeting.ts'

describe('a departure that was written with nobody there', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  withTrio((trio) => {
    ;({ scene, ada, ben, cleo } = trio)
  })

  const stopped = (room: Room): Promise<void> =>
    until(room, () => !room.isLeavingUnheard && room.connection.peers.length === 0, 'the last link to go')

  test('reaches the others later, with the last words, and then the room is quiet for good', async () => {
    offline(ben)
    must(await ben.chat.send('farewell'))
    must(await ben.leave())
    assert.equal(ben.status, 'left')
    assert.equal(ben.isLeavingUnheard, true)
    must(await ada.chat.send('not for Ben'))
    online(ben)
    for (const room of [ada, cleo])
      await until(room, () => namesOf(room).join() === 'Ada,Cleo' && texts(room).includes('farewell'), 'the departure')
    await stopped(ben)
    assert.equal(ben.status, 'left')
    assert.deepEqual(texts(ben), ['farewell'])
    offline(ben)
    online(ben)
    assert.deepEqual(ben.connection.doors, [], 'nobody is looked for any more')
  })

  test('reaches the others after a reload', async () => {
    offline(ben)
    must(await ben.leave())
    offline(ada, cleo)
    const back = await scene.reload(ben)
    online(back)
    assert.equal(back.status, 'left')
    assert.equal(back.isLeavingUnheard, true)
    const toldThatItWasHeard = new Promise<void>((resolve) => {
      back.on('change', () => {
        if (!back.isLeavingUnheard) resolve()
      })
    })
    online(ada, cleo)
    for (const room of [ada, cleo]) await until(room, () => namesOf(room).join() === 'Ada,Cleo', 'the departure')
    await Promise.all([stopped(back), toldThatItWasHeard])
    const again = await scene.reload(back)
    assert.equal(again.isLeavingUnheard, false)
    assert.deepEqual(again.connection.doors, [])
  })

  test('hands the ownership over all the same', async () => {
    must(await ada.access.offerOwnership(idOf(ben)))
    await until(ben, () => ben.access.ownership.offeredToMe !== undefined, 'the offer')
    must(await ben.access.acceptOwnership())
    await until(ada, () => ada.access.ownership.owners.length === 2, 'two owners')
    offline(ada)
    must(await ada.leave())
    online(ada)
    await until(cleo, () => namesOf(cleo).join() === 'Ben,Cleo', 'the departure')
    assert.deepEqual(
      cleo.access.ownership.owners.map(({ name }) => name),
      ['Ben'],
    )
    await stopped(ada)
  })

  test('is written again when the page ended before it was', async () => {
    offline(ben)
    await ben.core.saveRecord({ hasLeft: true, isDepartureUnheard: true })
    const back = await scene.reload(ben)
    online(back)
    await until(ada, () => namesOf(ada).join() === 'Ada,Cleo', 'the departure')
    await stopped(back)
  })

  test('may be given up with the copy of the room', async () => {
    offline(ben)
    must(await ben.leave())
    const peer = scene.peers.get(ben)
    assert(peer)
    must(await peer.forgetRoom(ben.id))
    assert.deepEqual(peer.rooms, [])
    assert.equal(namesOf(ada).join(), 'Ada,Ben,Cleo')
  })

  test('is none where somebody was there, or nobody else is in the room', async () => {
    must(await ben.leave())
    assert.equal(ben.isLeavingUnheard, false)
    assert.deepEqual(ben.connection.doors, [])
    await until(ada, () => namesOf(ada).join() === 'Ada,Cleo', 'the departure')
    const peer = scene.peers.get(cleo)
    assert(peer)
    const diary = must(await peer.createRoom({ name: 'Diary', myName: 'Cleo' }))
    must(await diary.leave())
    assert.equal(diary.isLeavingUnheard, false)
    assert.deepEqual(diary.connection.doors, [])
  })
})
