import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROFILES } from '../../src/discovery/limits.ts'
import type { Room } from '../../src/peer/room.ts'
import { Meeting, must, texts, until } from './meeting.ts'

const LINKS_MAX = PROFILES.normal.activeMax
/** Enough that nobody can be linked with everybody. */
const PEOPLE = LINKS_MAX + 6

test(`[P11] everybody of ${PEOPLE} gets in, has at most ${LINKS_MAX} links, and reads what everybody writes`, async () => {
  const meeting = new Meeting()
  try {
    const ada = must(await (await meeting.peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
    const { link } = must(await ada.createInvite({ role: 'writer' }))
    const rooms: Room[] = [ada]
    for (let i = 1; i < PEOPLE; i++) {
      const peer = await meeting.peer()
      const room = must(await peer.joinRoom({ link: link ?? '', myName: `Singer ${i}` }))
      rooms.push(room)
      await until(room, () => room.status === 'member', `singer ${i}`)
    }
    for (const [i, room] of rooms.entries()) must(await room.chat.send(`voice ${i}`))
    for (const [i, room] of rooms.entries())
      await until(room, () => texts(room).length === PEOPLE, `all voices at singer ${i}`)
    for (const room of rooms) {
      const links = room.connection.peers.length
      assert.ok(links >= 1 && links <= LINKS_MAX, `${links} links`)
    }
  } finally {
    await meeting.close()
  }
})
