import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareBytes, toHex } from '../../src/base/bytes.ts'
import type { Link } from '../../src/transport/link.ts'
import type { Door } from '../../src/transport/door.ts'
import { Meeting, must, texts, until } from './meeting.ts'

test('[P10] of two links to one session both ends keep the one whose binding is smaller', async (t) => {
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const made: Link[] = []
  /** A door that notes the links it brings. */
  const noted = (door: Door): Door => ({
    ...door,
    name: door.name,
    start: (topic, onLink) =>
      door.start(topic, (link) => {
        made.push(link)
        onLink(link)
      }),
  })
  const doors = [() => noted(meeting.network.door()), () => noted(meeting.corridor.door())]
  const ada = must(await (await meeting.peer({ doors })).createRoom({ name: 'Choir', myName: 'Ada' }))
  const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
  const ben = must(await (await meeting.peer({ doors })).joinRoom({ link, myName: 'Ben' }))
  await until(ben, () => ben.status === 'member', 'Ben')
  await until(ben, () => made.length >= 4 && ben.core.links.links.length === 1, 'one of the links to be left')
  must(await ben.chat.send('by whatever way'))
  await until(ada, () => texts(ada).includes('by whatever way'), 'his words')
  const kept = [ada, ben].map((room) => room.core.links.links)
  assert.deepEqual(
    kept.map((links) => links.length),
    [1, 1],
  )
  const [smallest] = made.map(({ binding }) => binding).toSorted(compareBytes)
  assert(smallest)
  for (const [roomLink] of kept) assert.equal(toHex(roomLink?.link.binding ?? new Uint8Array(0)), toHex(smallest))
  assert.ok(made.filter(({ closeReason }) => closeReason === 'twin').length > 0)
})
