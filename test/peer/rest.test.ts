/** A peer that was opened without the code that a first screen can do without. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { decodeHeadVector } from '../../src/feed/head-vector.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, next, TimeLapse, until } from './meeting.ts'

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
  assert.throws(() => hers.createInvite({ role: 'writer' }))
  assert.deepEqual(hers.invites, [])

  await ada.loadRest()
  const his = await joined(ben, hers, 'Ben')
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
  await ada.loadRest()
  const his = await joined(ben, hers, 'Ben')
  await until(his, () => texts(his).length === 2, 'both messages')
  assert.deepEqual(texts(his), ['long ago', 'just now'])
})

test('invites that were made in an earlier life are listed with their links when the rest comes', async () => {
  const options = { store: new Disk(), environment: device() }
  const first = await meeting.peer(options)
  const room = must(await first.createRoom({ name: 'Book club', myName: 'Ada' }))
  const { link } = must(await room.createInvite({ role: 'writer' }))
  await meeting.leave(first)

  const ada = await meeting.peer({ ...options, restLater: true })
  const [hers] = ada.rooms
  assert.ok(hers)
  await ada.loadRest()
  await until(hers, () => hers.invites[0]?.link === link, 'the link')
})

test('[RE2] how far one has written without the rest is stated, signed, when the rest is there', async () => {
  const clock = new TimeLapse()
  const options = { store: new Disk(), environment: device({ clock }) }
  const first = await meeting.peer(options)
  const ben = await meeting.peer()
  const his = await joined(ben, must(await first.createRoom({ name: 'Book club', myName: 'Ada' })), 'Ben')
  await until(his, () => his.status === 'member', 'Ben to be let in')
  await meeting.leave(first)

  const ada = await meeting.peer({ ...options, restLater: true })
  const [hers] = ada.rooms
  assert.ok(hers)
  must(await hers.chat.send('before the rest'))
  const written = hers.core.feedHeadsOf(hers.core.session.id)
  assert.ok(written.length > 0)
  const stated = next(
    his.core.links.events,
    'heads',
    ({ bytes }) => {
      const vector = decodeHeadVector(bytes)
      if (!vector.ok || vector.value.session !== hers.core.session.id) return false
      return written.every(({ feed, length }) =>
        vector.value.heads.some((head) => head.feed === feed && head.length >= length),
      )
    },
    'her statement',
  )
  await ada.loadRest()
  clock.setSpeed(10)
  await stated
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

test('[RE1] a room without the rest shows nothing of what does not count', async () => {
  const options = { store: new Disk(), environment: device() }
  const first = await meeting.peer(options)
  const room = must(await first.createRoom({ name: 'Book club', myName: 'Ada' }))
  const mallory = await joined(await meeting.peer(), room, 'Mallory')
  await until(mallory, () => mallory.status === 'member', 'Mallory to be let in')
  must(await mallory.chat.send('buy my watches'))
  must(await room.chat.send('no watches here'))
  await until(room, () => texts(room).includes('buy my watches'), 'the nuisance')
  must(await room.access.apply({ type: 'remove', person: mallory.core.me, keep: 'nothing' }))
  await until(room, () => !texts(room).includes('buy my watches'), 'the end of it')
  await meeting.leave(first)

  const ada = await meeting.peer({ ...options, restLater: true })
  const [hers] = ada.rooms
  assert.ok(hers)
  assert.deepEqual(texts(hers), ['no watches here'])
  assert.equal(hers.core.state?.members().length, 1)
})

test('[RE3] when the rest cannot be fetched every door says so, and it may be asked for again', async () => {
  const ada = await meeting.peer({ restLater: true })
  const hers = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
  // As when the fetching fails.
  hers.connection.fail('its code could not be loaded: reload the page')
  const { doors } = hers.connection
  assert.ok(doors.length > 0)
  for (const { state, reason } of doors)
    assert.deepEqual([state, reason], ['failed', 'its code could not be loaded: reload the page'])
  await ada.loadRest()
  assert.ok(hers.connection.doors.every(({ state }) => state !== 'failed'))
  const his = await joined(await meeting.peer(), hers, 'Ben')
  await until(his, () => his.status === 'member', 'Ben to be let in')
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
