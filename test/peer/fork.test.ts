import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'

describe('an author who signs two histories', () => {
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
  async function say(image: Disk, text: string, to: Room): Promise<Disk> {
    const disk = await image.copy()
    const mallory = await meeting.peer({ store: disk, environment: device() })
    const room = roomOf(mallory)
    await until(room, () => room.connection.state === 'connected', 'somebody to talk to')
    must(await room.chat.send(text))
    await until(to, () => texts(to).includes(text), text)
    await meeting.leave(mallory)
    return disk
  }

  test('[P17] is named by both who were told different things, and by a third, and writes nothing more', async () => {
    const adasDisk = new Disk()
    const adasDevice = device()
    const ada = await meeting.peer({ store: adasDisk, environment: adasDevice })
    const adas = must(await ada.createRoom({ name: 'Choir', myName: 'Ada' }))
    const link = must(await adas.createInvite({ role: 'writer' })).link ?? ''
    const bens = must(await (await meeting.peer()).joinRoom({ link, myName: 'Ben' }))
    const cleos = must(await (await meeting.peer()).joinRoom({ link, myName: 'Cleo' }))
    const image = new Disk()
    const mallory = await meeting.peer({ store: image, environment: device() })
    const mallorys = must(await mallory.joinRoom({ link, myName: 'Mallory' }))
    await until(mallorys, () => mallorys.status === 'member', 'Mallory')
    must(await mallorys.chat.send('Hello'))
    for (const room of [adas, bens, cleos])
      await until(room, () => texts(room).includes('Hello') && room.members.every(({ person }) => person.name), 'all')
    await meeting.leave(mallory)

    bens.connection.setOffline(true)
    cleos.connection.setOffline(true)
    const adasBranch = await say(image, 'for Ada', adas)
    adas.connection.setOffline(true)
    bens.connection.setOffline(false)
    await say(image, 'for Ben', bens)

    adas.connection.setOffline(false)
    for (const room of [adas, bens]) {
      await until(room, () => room.forkedBy.length > 0, 'the proof')
      assert.deepEqual(
        room.forkedBy.map(({ name }) => name),
        ['Mallory'],
      )
    }
    cleos.connection.setOffline(false)
    await until(cleos, () => cleos.forkedBy.length > 0, 'the proof at Cleo')
    assert.deepEqual(
      cleos.forkedBy.map(({ name }) => name),
      ['Mallory'],
    )

    const former = texts(adas)
    const late = roomOf(await meeting.peer({ store: adasBranch, environment: device() }))
    await until(late, () => late.connection.state === 'connected', 'everybody')
    must(await late.chat.send('and another thing'))
    must(await cleos.chat.send('we go on'))
    for (const room of [adas, bens]) await until(room, () => texts(room).includes('we go on'), 'the others')
    await until(late, () => texts(late).includes('we go on'), 'Mallory hears it')
    assert.deepEqual(texts(adas), [...former, 'we go on'])
    for (const room of [adas, bens, cleos]) assert.equal(texts(room).includes('and another thing'), false)

    await meeting.leave(ada)
    const doors = [() => meeting.network.door(), () => meeting.corridor.door()]
    const again = roomOf(await meeting.peer({ store: adasDisk, environment: adasDevice, doors }))
    assert.deepEqual(
      again.forkedBy.map(({ name }) => name),
      ['Mallory'],
      'the proof is kept',
    )
    must(await cleos.chat.send('and on'))
    await until(again, () => texts(again).includes('and on'), 'the others')
    assert.equal(texts(again).includes('and another thing'), false)
    assert.deepEqual(texts(again), [...former, 'we go on', 'and on'])

    // Dora meets Ada alone, who shows the proof before Dora can know whom it is about.
    const newcomer = await meeting.peer({ doors: [() => meeting.corridor.door()] })
    const dora = must(await newcomer.joinRoom({ link, myName: 'Dora' }))
    await until(dora, () => dora.forkedBy.length > 0 && texts(dora).includes('and on'), 'the proof at a newcomer')
    assert.deepEqual(
      dora.forkedBy.map(({ name }) => name),
      ['Mallory'],
    )
  })
})
