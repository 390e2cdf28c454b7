/** A peer that was opened without the code that a first screen can do without. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, until } from './meeting.ts'

let meeting: Meeting

beforeEach(() => {
  meeting = new Meeting()
})
afterEach(() => meeting.close())

const texts = (room: Room): readonly string[] => room.chat.messages.map(({ text }) => text)

async function joined(peer: Peer, room: Room, name: string): Promise<Room> {
  const { link } = must(await room.createInvite({ role: 'writer' }))
  assert.ok(link !== undefined)
  return must(await peer.joinRoom({ link, myName: name }))
}

test('[RE2] a room without the rest keeps what is written, and hands it on when the rest is there', async () => {
  const ada = await meeting.peer({ restLater: true })
  const ben = await meeting.peer()
  const hers = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
  must(await hers.chat.send('before the rest'))
  const note = must(await hers.createNote({ title: 'Rules' }))
  note.close()
  assert.equal(hers.hasAccess, false)
  assert.equal(hers.connection.state, 'connecting')
  assert.throws(() => hers.access.members)
  assert.throws(() => ada.devices.list)
  const his = await joined(ben, hers, 'Ben')
  assert.equal(his.status, 'joining')

  await ada.loadRest()
  assert.equal(hers.access.members[0]?.person.name, 'Ada')
  assert.equal(ada.devices.list.length, 1)
  await until(his, () => texts(his).includes('before the rest'), 'the message')
  await until(his, () => his.notes[0]?.title === 'Rules', 'the note')
  must(await hers.chat.send('after it'))
  await until(his, () => texts(his).includes('after it'), 'the next message')
})

test('what was stored in an earlier life reaches others when the rest comes', async () => {
  const options = { store: new Disk(), environment: device() }
  const first = await meeting.peer(options)
  const room = must(await first.createRoom({ name: 'Book club', myName: 'Ada' }))
  must(await room.chat.send('long ago'))
  await meeting.leave(first)

  const ada = await meeting.peer({ ...options, restLater: true })
  const [hers] = ada.rooms
  assert.ok(hers)
  assert.deepEqual(texts(hers), ['long ago'])
  must(await hers.chat.send('just now'))
  const ben = await meeting.peer()
  const his = await joined(ben, hers, 'Ben')
  await ada.loadRest()
  await until(his, () => texts(his).length === 2, 'both messages')
  assert.deepEqual(texts(his), ['long ago', 'just now'])
})

test('whoever joins without the rest asks to be let in when it is there', async () => {
  const ada = await meeting.peer()
  const hers = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
  const ben = await meeting.peer({ restLater: true })
  const his = await joined(ben, hers, 'Ben')
  await Promise.all([ben.loadRest(), ben.loadRest()])
  await until(his, () => his.status === 'member', 'Ben to be let in')
  assert.equal(his.access.members.length, 2)
})

test('recovery fetches the rest by itself', async () => {
  const ada = await meeting.peer()
  const words = await ada.recoveryPhrase()
  assert.ok(words !== undefined)
  const again = await meeting.peer({ restLater: true })
  must(await again.recover(words))
  assert.equal(again.me.id, ada.me.id)
  assert.equal(again.devices.holdsPhrase, true)
})
