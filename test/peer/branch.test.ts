import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { agree, idOf } from './access-scene.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, renewed, texts, until } from './meeting.ts'

describe('the branch of a forked feed', () => {
  let meeting: Meeting
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())

  const roomOf = (peer: Peer): Room => {
    const [room] = peer.rooms
    assert(room)
    return room
  }

  /** Opens a copy of Mallory's disk as one more Mallory, who says something to whoever is there. */
  async function say(image: Disk, text: string, to: Room): Promise<void> {
    const mallory = await meeting.peer({ store: await image.copy(), environment: device() })
    const room = roomOf(mallory)
    await until(room, () => room.connection.state === 'connected', 'somebody to talk to')
    must(await room.chat.send(text))
    await until(to, () => texts(to).includes(text), text)
    await meeting.leave(mallory)
  }

  test('[R9] that a removal pins is shown by everybody, also by those who had another', async () => {
    const ada = must(await (await meeting.peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const bensPeer = await meeting.peer()
    const ben = must(await bensPeer.joinRoom({ link, myName: 'Ben' }))
    const image = new Disk()
    const mallory = await meeting.peer({ store: image, environment: device() })
    const mallorys = must(await mallory.joinRoom({ link, myName: 'Mallory' }))
    await until(mallorys, () => mallorys.status === 'member', 'Mallory')
    must(await mallorys.chat.send('Hello'))
    for (const room of [ada, ben])
      await until(room, () => texts(room).includes('Hello') && room.members.every(({ person }) => person.name), 'all')
    await meeting.leave(mallory)
    ben.connection.setOffline(true)
    await say(image, 'for Ada', ada)
    ada.connection.setOffline(true)
    ben.connection.setOffline(false)
    await say(image, 'for Ben', ben)
    ada.connection.setOffline(false)
    for (const room of [ada, ben]) await until(room, () => room.forkedBy.length > 0, 'the proof')
    assert(texts(ben).includes('for Ben'))

    const former = ben.core.session.id
    must(await ada.access.apply({ type: 'remove', person: idOf(mallorys), keep: 'all' }))
    const bens = await renewed(bensPeer, ben.id, former)
    await until(bens, () => texts(bens).includes('for Ada'), 'the branch that counts')
    assert.deepEqual(texts(bens), ['Hello', 'for Ada'])
    must(await bens.chat.send('we go on'))
    await until(ada, () => texts(ada).includes('we go on'), 'Ben')
    await agree(ada, bens)
    assert.deepEqual(texts(ada), ['Hello', 'for Ada', 'we go on'])
  })

  test('[R9] is not the one that a removed author writes afterwards with a patched client', async () => {
    const ada = must(await (await meeting.peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const cleosPeer = await meeting.peer()
    const cleo = must(await cleosPeer.joinRoom({ link, myName: 'Cleo' }))
    const image = new Disk()
    const mallory = await meeting.peer({ store: image, environment: device() })
    const mallorys = must(await mallory.joinRoom({ link, myName: 'Mallory' }))
    await until(mallorys, () => mallorys.status === 'member', 'Mallory')
    must(await mallorys.chat.send('one'))
    for (const room of [ada, cleo])
      await until(room, () => texts(room).includes('one') && room.members.every(({ person }) => person.name), 'all')
    const before = await image.copy()
    cleo.connection.setOffline(true)
    for (const text of ['two', 'three', 'four']) must(await mallorys.chat.send(text))
    await until(ada, () => texts(ada).length === 4, 'Mallory')
    await meeting.leave(mallory)
    ada.connection.setOffline(true)
    must(await ada.access.apply({ type: 'remove', person: idOf(mallorys), keep: 'all' }))
    // From a copy of her disk Mallory goes on at a place that lies before the pin; Cleo does not know of it yet.
    cleo.connection.setOffline(false)
    await say(before, 'backdated', cleo)
    const former = cleo.core.session.id
    ada.connection.setOffline(false)
    await until(ada, () => ada.forkedBy.length > 0, 'the proof')
    const cleos = await renewed(cleosPeer, cleo.id, former)
    await until(cleos, () => texts(cleos).includes('four'), 'the branch that counts')
    assert.deepEqual(texts(cleos), ['one', 'two', 'three', 'four'])
    await agree(ada, cleos)
    const dora = must(await (await meeting.peer()).joinRoom({ link, myName: 'Dora' }))
    await until(dora, () => texts(dora).length === 4, 'a newcomer')
    assert.deepEqual(texts(dora), ['one', 'two', 'three', 'four'])
  })
})
