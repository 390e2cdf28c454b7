import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { randomBytes } from '../../src/crypto/random.ts'
import { decodeInviteLink, encodeInviteLink } from '../../src/peer/invite-link.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { Meeting, must, texts, until } from './meeting.ts'

describe('coming and going', () => {
  let meeting: Meeting
  let ada: Room
  beforeEach(async () => {
    meeting = new Meeting()
    const peer = await meeting.peer({ doors: [() => meeting.network.door(), () => meeting.corridor.door()] })
    ada = must(await peer.createRoom({ name: 'Book club', myName: 'Ada' }))
    must(await ada.chat.send('Hello'))
  })
  afterEach(() => meeting.close())

  const invite = async (role: 'reader' | 'writer' | 'moderator', usesMax?: number): Promise<string> => {
    const made = must(await ada.createInvite(usesMax === undefined ? { role } : { role, usesMax }))
    assert(made.link)
    return made.link
  }

  const join = async (link: string, myName: string, peer?: Peer): Promise<Room> =>
    must(await (peer ?? (await meeting.peer())).joinRoom({ link, myName }))

  test('a revoked invite lets nobody in, and those who came by it stay', async () => {
    const link = await invite('writer')
    const ben = await join(link, 'Ben')
    await until(ben, () => ben.status === 'member', 'Ben')
    await until(ada, () => ada.members.length === 2, 'Ben at Ada')
    const [made] = ada.invites
    assert(made)
    must(await ada.revokeInvite(made.hash))
    assert.equal(ada.invites[0]?.revoked, true)
    await until(ben, () => ben.invites[0]?.revoked === true, 'the revocation at Ben')
    const cleo = await join(link, 'Cleo')
    await until(cleo, () => cleo.core.state?.invites[0]?.isRevoked === true, 'the revocation at Cleo')
    assert.equal(cleo.status, 'joining')
    assert.deepEqual(texts(cleo), [])
    must(await ben.chat.send('I am still here'))
    await until(ada, () => texts(ada).includes('I am still here'), 'Ben')
    assert.deepEqual(ada.members.map(({ person }) => person.name).toSorted(), ['Ada', 'Ben'])
    assert.equal(cleo.status, 'joining')
  })

  test('an invite for one lets one of two in who come at once', async () => {
    const link = await invite('writer', 1)
    const peers = await Promise.all([meeting.peer(), meeting.peer(), meeting.peer()])
    const rooms = await Promise.all(peers.map((peer, i) => join(link, `Joiner ${i}`, peer)))
    await until(ada, () => ada.members.length === 2, 'one of them')
    await Promise.all(rooms.map((room) => until(room, () => room.core.state?.invites[0]?.uses === 1, 'the use')))
    await Promise.all(rooms.map((room) => until(room, () => room.connection.state === 'connected', 'links')))
    assert.equal(rooms.filter(({ status }) => status === 'member').length, 1)
    assert.equal(ada.members.length, 2)
    assert.equal(ada.invites[0]?.used, 1)
  })

  test('a link with a wrong meeting secret finds nobody', async () => {
    const read = must(decodeInviteLink(await invite('writer')))
    const wrong = encodeInviteLink('parley:', { ...read, meetingSecret: randomBytes(32) })
    const ben = await join(wrong, 'Ben')
    const cleo = await join(await invite('writer'), 'Cleo')
    await until(cleo, () => cleo.status === 'member', 'Cleo')
    assert.equal(ben.connection.state, 'alone')
    assert.equal(ben.status, 'joining')
    assert.equal(ada.connection.peers.length, 1)
  })

  test('a link whose invite nobody made lets nobody in, and its holder reads nothing', async () => {
    const read = must(decodeInviteLink(await invite('writer')))
    const forged = encodeInviteLink('parley:', { ...read, secret: randomBytes(16) })
    const ben = await join(forged, 'Ben')
    await until(ben, () => ben.core.state?.invites.length === 1, 'the room’s log at Ben')
    must(await ben.chat.send('let me in'))
    const cleo = await join(await invite('writer'), 'Cleo')
    await until(cleo, () => cleo.status === 'member' && texts(cleo).includes('Hello'), 'Cleo')
    assert.equal(ben.status, 'joining')
    assert.deepEqual(texts(ben), ['let me in'])
    for (const { heads } of ben.core.documents.values())
      for (const { length } of heads.values())
        assert.equal(length, 0, 'no entry was given to somebody who may not read')
    assert.deepEqual(texts(ada), ['Hello'])
  })

  test('[P20] what a joiner writes before she is let in goes out in its order, once', async () => {
    const link = await invite('writer')
    const store = new MemoryStore()
    const words = ['one', 'two 👩‍👩‍👧', 'three']
    const ben = await meeting.peer({ store, doors: [] })
    const alone = await join(link, 'Ben', ben)
    for (const text of words) must(await alone.chat.send(text))
    assert.deepEqual(
      alone.chat.messages.map(({ state }) => state),
      ['waiting', 'waiting', 'waiting'],
    )
    assert.equal(alone.status, 'joining')
    const again = await meeting.peer({ store })
    const room = again.room(alone.id)
    assert(room)
    await until(
      room,
      () => room.status === 'member' && room.chat.messages.every(({ state }) => state === 'sent'),
      'sent',
    )
    await until(ada, () => texts(ada).length === 4, 'all at Ada')
    assert.deepEqual(texts(ada), ['Hello', ...words])
    assert.deepEqual(texts(room), ['Hello', ...words])
  })

  test('[P19] who is let in by a reader writes as soon as an admin has added to it', async () => {
    const readers = await invite('reader')
    const writers = await invite('writer')
    const { network, corridor } = meeting
    const benPeer = await meeting.peer({ doors: [() => network.door()] })
    const ben = await join(readers, 'Ben', benPeer)
    await until(ben, () => ben.status === 'member' && ben.core.state?.invites.length === 2, 'Ben')
    ada.connection.setOffline(true)
    const cleo = await join(writers, 'Cleo')
    must(await cleo.chat.send('before I was let in'))
    await until(cleo, () => cleo.me?.role === 'reader', 'admission by a reader')
    assert.equal(cleo.can('chat'), false)
    assert.equal(corridor.framesInFlight, 0)
    ada.connection.setOffline(false)
    await until(cleo, () => cleo.me?.role === 'writer', 'the rest of what the invite promised')
    await until(ada, () => texts(ada).includes('before I was let in'), 'what waited')
    assert.deepEqual(texts(ada), ['Hello', 'before I was let in'])
  })

  test('[P18] who joins through somebody who was still joining learns how the room began', async () => {
    // The founder is in the corridor and Cleo at the door; only Ben is at both.
    const { corridor, network } = meeting
    const founder = await meeting.peer({ doors: [() => corridor.door()] })
    const room = must(await founder.createRoom({ name: 'Choir', myName: 'Dora' }))
    const { link } = must(await room.createInvite({ role: 'writer' }))
    assert(link)
    room.connection.setOffline(true)
    const ben = await join(link, 'Ben', await meeting.peer({ doors: [() => network.door(), () => corridor.door()] }))
    const cleo = await join(link, 'Cleo')
    await until(cleo, () => cleo.connection.state === 'connected', 'Ben')
    room.connection.setOffline(false)
    await until(ben, () => ben.status === 'member', 'Ben')
    await until(cleo, () => cleo.status === 'member', 'Cleo, through Ben')
  })

  test('what is written without a network merges afterwards', async () => {
    const ben = await join(await invite('writer'), 'Ben')
    await until(ben, () => ben.status === 'member' && ada.members.length === 2, 'Ben')
    const note = must(await ada.createNote({ title: 'Plan' }))
    await until(ben, () => ben.notes[0]?.title === 'Plan', 'the note')
    const copy = await ben.openNote(note.id)
    assert(copy?.mayWrite)
    ben.connection.setOffline(true)
    assert.equal(ben.connection.state, 'offline')
    await until(ada, () => ada.connection.state === 'alone', 'Ben has gone')
    copy.title.insert(0, 'Our ')
    note.title.insert(4, ' B')
    must(await ben.chat.send('from the train'))
    must(await ada.chat.send('from home'))
    assert.equal(ben.chat.messages.at(-1)?.state, 'waiting')
    ben.connection.setOffline(false)
    for (const room of [ada, ben]) {
      await until(room, () => room.notes[0]?.title === 'Our Plan B' && texts(room).length === 3, 'both')
    }
    assert.deepEqual(texts(ada), texts(ben))
    await until(ben, () => ben.chat.messages.every(({ state }) => state === 'sent'), 'delivery')
  })

  test('switching the network off and on at once leaves it on', async () => {
    const ben = await join(await invite('writer'), 'Ben')
    await until(ben, () => ben.status === 'member', 'Ben')
    for (let i = 0; i < 5; i++) {
      ben.connection.setOffline(true)
      ben.connection.setOffline(false)
    }
    must(await ben.chat.send('still here'))
    await until(ada, () => texts(ada).includes('still here'), 'Ben')
    assert.equal(ben.connection.state, 'connected')
  })

  test('who leaves is out everywhere, cannot write, and comes back by a new link with all that was said', async () => {
    const peer = await meeting.peer()
    const ben = await join(await invite('writer'), 'Ben', peer)
    await until(ben, () => ben.status === 'member' && texts(ben).length === 1, 'Ben')
    must(await ben.chat.send('Goodbye'))
    await until(ada, () => texts(ada).includes('Goodbye'), 'Goodbye')
    await ben.leave()
    assert.equal(ben.status, 'left')
    await until(ada, () => ada.members.length === 1, 'Ben has left')
    assert.deepEqual(texts(ada), ['Hello', 'Goodbye'])
    assert.equal((await ben.chat.send('after all')).ok, false)
    const back = await join(await invite('writer'), 'Ben', peer)
    await until(back, () => back.status === 'member', 'Ben again')
    must(await back.chat.send('I am back'))
    await until(ada, () => texts(ada).includes('I am back'), 'Ben again at Ada')
    assert.deepEqual(texts(ada), ['Hello', 'Goodbye', 'I am back'])
    assert.deepEqual(texts(back), texts(ada))
  })
})
