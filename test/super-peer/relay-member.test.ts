/** A member with the role relay: holds and passes on what it can't read. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { titleOf } from '../../src/document/note.ts'
import type { Room } from '../../src/peer/room.ts'
import { Meeting, must, texts, until } from '../peer/meeting.ts'
import { Disk } from '../peer/disk.ts'

const entriesOf = (room: Room): number =>
  [...room.core.documents.values()]
    .flatMap((host) => [...host.heads.values()])
    .reduce((sum, { length }) => sum + length, 0)

describe('a member with the role relay', () => {
  let meeting: Meeting
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())

  test('keeps for one what another wrote while the two were never there together, and has no key to it', async () => {
    const adaPeer = await meeting.peer()
    const ada = must(await adaPeer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const benStore = new Disk()
    let benPeer = await meeting.peer({ store: benStore })
    const benLink = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    let ben = must(await benPeer.joinRoom({ link: benLink, myName: 'Ben' }))
    await until(ben, () => ben.status === 'member' && ben.can('chat'), 'Ben to be let in')
    const relayLink = must(await ada.createInvite({ role: 'relay' })).link ?? ''
    const relayPeer = await meeting.peer()
    const relay = must(await relayPeer.joinRoom({ link: relayLink, myName: 'Cupboard' }))
    await until(relay, () => relay.status === 'member', 'the relay to be let in')
    const isNamed = (): boolean => ben.members.some(({ person }) => person.name === 'Cupboard')
    await until(ben, isNamed, 'the name of the relay')
    await meeting.leave(benPeer)

    await ada.chat.send('the key lies under the pot')
    const note = must(await ada.createNote({ title: 'Beds' }))
    titleOf(note.doc).insert(0, 'Our ')
    await note.settled()
    const all = entriesOf(ada)
    await until(relay, () => entriesOf(relay) === all, 'the relay to have it all')
    await meeting.leave(adaPeer)

    assert.ok(all >= 2)
    assert.deepEqual(relay.core.ring.epochs, [])
    assert.deepEqual(texts(relay), [])

    benPeer = await meeting.peer({ store: benStore })
    ben = benPeer.rooms[0] ?? assert.fail('Ben still has the room')
    await until(ben, () => texts(ben).includes('the key lies under the pot'), 'the message that Ada left')
    await until(ben, () => ben.notes.some(({ title }) => title === 'Our Beds'), 'the note that Ada left')
  })
})
