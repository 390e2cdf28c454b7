/** Which notes a device keeps, and how it comes to those that it does not. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { DocumentId } from '../../src/base/ids.ts'
import { noteText, titleOf } from '../../src/document/note.ts'
import type { Note } from '../../src/peer/note.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import type { Door } from '../../src/transport/door.ts'
import type { MemoryNetwork } from '../../src/transport/memory-link.ts'
import type { Environment } from '../../src/peer/environment.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, texts, until, waitFor } from './meeting.ts'

const ENTRIES = 12

/** What a page finds again when it is opened anew. */
interface Page {
  readonly store: Disk
  readonly environment: Environment
}

/** Whoever meets there is taken for a tab of the same browser. */
const tabDoor = (network: MemoryNetwork): Door => {
  const door = network.door()
  return {
    name: door.name,
    start: (topic, onLink) =>
      door.start(topic, (link) => {
        Object.defineProperty(link, 'kind', { value: 'tab' })
        onLink(link)
      }),
  }
}

const lengthsOf = (room: Room, id: DocumentId): readonly number[] =>
  [...(room.core.documents.get(id)?.heads.values() ?? [])].map(({ length }) => length)
const entriesOf = (room: Room, id: DocumentId): number => lengthsOf(room, id).reduce((sum, length) => sum + length, 0)

/** Waits for something that only the entries of a room tell. */
const untilHere = (room: Room, isDone: () => boolean, what: string): Promise<void> =>
  waitFor({
    isDone,
    what,
    patienceMs: 30_000,
    listen: (look) => [room.on('notes', look), room.on('connection', look), room.on('safety', look)],
  })

describe('the notes that a device keeps', () => {
  let meeting: Meeting
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())

  async function found(): Promise<{ ada: Room; link: string; plan: DocumentId }> {
    const adaPeer = await meeting.peer()
    const ada = must(await adaPeer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const note = must(await ada.createNote({ title: 'Plan' }))
    for (let i = 1; i <= ENTRIES; i++) {
      if (i > 1) titleOf(note.doc).insert(titleOf(note.doc).length, ` ${i}`)
      await note.settled()
    }
    assert.equal(entriesOf(ada, note.id), ENTRIES)
    note.close()
    return { ada, link, plan: note.id }
  }

  async function join(
    link: string,
    mode: 'edge' | 'normal',
    name = 'Ben',
  ): Promise<{ peer: Peer; room: Room; page: Page }> {
    const page = { store: new Disk(), environment: device() }
    const peer = await meeting.peer(page)
    const room = must(await peer.joinRoom({ link, myName: name }))
    room.connection.setMode(mode)
    await until(room, () => room.status === 'member' && room.can('chat'), `${name} to be let in`)
    return { peer, room, page }
  }

  const opened = async (room: Room, id: DocumentId): Promise<Note> => {
    const note = await room.openNote(id)
    assert.ok(note)
    return note
  }

  /** Both have compared what they have: what is still to come by itself has come. */
  async function chatBack(ada: Room, ben: Room, text: string): Promise<void> {
    must(await ada.chat.send(text))
    await until(ben, () => texts(ben).includes(text), `Ben to get: ${text}`)
  }

  test('[NK1] on an edge device the chat comes and a note that was never opened does not, until it is', async () => {
    const { ada, link, plan } = await found()
    const { room: ben } = await join(link, 'edge')
    await chatBack(ada, ben, 'hello')
    await untilHere(ben, () => ben.notes.length === 1, 'the note to be listed')
    assert.equal(entriesOf(ben, plan), 0)
    assert.deepEqual(
      ben.notes.map(({ title, isKept, updatedAtMs }) => ({ title, isKept, updatedAtMs })),
      [{ title: '', isKept: false, updatedAtMs: 0 }],
    )
    assert.equal(ben.keeping?.notKept, 1)
    assert.equal(ben.connection.missingEntries, 0)
    const view = ben.connection.view()
    assert.deepEqual(
      view?.members.map(({ missingEntries }) => missingEntries),
      [0],
    )

    const seen = new Set<string | undefined>()
    const stop = ben.on('notes', () => seen.add(ben.keeping?.progressOf(plan).state))
    const note = await opened(ben, plan)
    await untilHere(ben, () => ben.keeping?.progressOf(plan).state === 'here', 'the note to be fetched')
    stop()
    assert.ok(seen.has('fetching'))
    assert.equal(entriesOf(ben, plan), ENTRIES)
    assert.equal(noteText(note.doc), 'Plan 2 3 4 5 6 7 8 9 10 11 12')
    note.close()
    assert.equal(ben.keeping?.notKept, 0)
  })

  test('[NK2] a note that was opened once is followed, also after the page was closed', async () => {
    const { ada, link, plan } = await found()
    const { peer, room: ben, page } = await join(link, 'edge')
    await untilHere(ben, () => ben.notes.length === 1, 'the note to be listed')
    const note = await opened(ben, plan)
    await untilHere(ben, () => entriesOf(ben, plan) === ENTRIES, 'the note to be fetched')
    note.close()
    const other = must(await ada.createNote({ title: 'Other' }))
    await other.settled()
    await meeting.leave(peer)

    const again = await meeting.peer(page)
    const back = again.rooms[0]
    assert.ok(back)
    back.connection.setMode('edge')
    const write = await opened(ada, plan)
    titleOf(write.doc).insert(0, 'My ')
    await write.settled()
    await untilHere(back, () => entriesOf(back, plan) === ENTRIES + 1, 'what was written since')
    await chatBack(ada, back, 'hello')
    assert.equal(entriesOf(back, other.id), 0)
    assert.equal(back.notes.find(({ id }) => id === plan)?.isKept, true)
  })

  test('[NK2] a note that is opened with nobody there waits, and comes with whoever appears', async () => {
    const { ada, link, plan } = await found()
    const { room: ben } = await join(link, 'edge')
    await untilHere(ben, () => ben.notes.length === 1, 'the note to be listed')
    ben.connection.setOffline(true)
    const note = await opened(ben, plan)
    assert.deepEqual(ben.keeping?.progressOf(plan).state, 'waiting')
    ben.connection.setOffline(false)
    await untilHere(ben, () => ben.keeping?.progressOf(plan).state === 'here', 'the note to be fetched')
    assert.equal(noteText(note.doc), noteText((await opened(ada, plan)).doc))
  })

  test('[NK1] a device that keeps everything fetches all notes, and remembers that', async () => {
    const { link, plan } = await found()
    const { peer, room: ben, page } = await join(link, 'edge')
    await untilHere(ben, () => ben.keeping?.notKept === 1, 'the note not to be kept')
    ben.keeping?.setKeepsAll(true)
    await untilHere(ben, () => entriesOf(ben, plan) === ENTRIES, 'the note to be fetched')
    assert.equal(ben.keeping?.notKept, 0)
    await meeting.leave(peer)
    const again = await meeting.peer(page)
    const [back] = again.rooms
    back?.connection.setMode('edge')
    await back?.keeping?.loaded()
    assert.equal(back?.keeping?.keepsAll, true)
    assert.equal(back.keeping.notKept, 0)
  })

  test('[NK3] paused, only what is open is fetched; then the rest', async () => {
    const { ada, link, plan } = await found()
    const { room: ben } = await join(link, 'normal')
    await untilHere(ben, () => entriesOf(ben, plan) === ENTRIES, 'the note to be fetched')
    ben.keeping?.setPaused(true)
    const write = await opened(ada, plan)
    titleOf(write.doc).insert(0, 'My ')
    await write.settled()
    await chatBack(ada, ben, 'while paused')
    assert.equal(entriesOf(ben, plan), ENTRIES)
    assert.equal(ben.connection.missingEntries, 0)
    assert.equal(ben.keeping?.isPaused, true)

    const note = await opened(ben, plan)
    await untilHere(ben, () => entriesOf(ben, plan) === ENTRIES + 1, 'the open note')
    note.close()
    titleOf(write.doc).insert(0, 'Now: ')
    await write.settled()
    await chatBack(ada, ben, 'once more')
    assert.equal(entriesOf(ben, plan), ENTRIES + 1)
    ben.keeping?.setPaused(false)
    await untilHere(ben, () => entriesOf(ben, plan) === ENTRIES + 2, 'the rest')
  })

  test('[NK4] a device that does not have a note does not count as one that it is safe on', async () => {
    const { ada, link, plan } = await found()
    const { room: ben } = await join(link, 'edge')
    await chatBack(ada, ben, 'hello')
    await untilHere(ada, () => ada.safety.entriesUnsafe === ENTRIES, 'all but the note to be safe')
    assert.equal(ada.safety.devices, 0)
    await opened(ben, plan)
    await untilHere(ada, () => ada.safety.entriesUnsafe === 0 && ada.safety.devices === 1, 'the note to be safe')
  })

  test('[NK4] what an edge device took in before is still given to others', async () => {
    const { ada, link, plan } = await found()
    const { room: ben } = await join(link, 'normal')
    await untilHere(ben, () => entriesOf(ben, plan) === ENTRIES, 'the note to be fetched')
    ben.connection.setMode('edge')
    assert.equal(ben.keeping?.notKept, 1)
    ada.connection.setOffline(true)
    const { room: carol } = await join(link, 'normal', 'Carol')
    await untilHere(carol, () => entriesOf(carol, plan) === ENTRIES, 'Carol to get the note from Ben')
  })

  test('[NK5] what a tab has open its leader fetches for it', async () => {
    const { link, plan } = await found()
    const tabs = meeting.hall()
    const store = new Disk()
    const leader = await meeting.peer({ store, doors: [() => meeting.network.door(), () => tabDoor(tabs)] })
    const first = must(await leader.joinRoom({ link, myName: 'Ben' }))
    first.connection.setMode('edge')
    await until(first, () => first.status === 'member' && first.can('chat'), 'Ben to be let in')
    const { environment } = first.core
    const follower = await meeting.peer({ store, environment, doors: [() => tabDoor(tabs)] })
    const [second] = follower.rooms
    assert.ok(second)
    second.connection.setMode('edge')
    await untilHere(second, () => second.notes.length === 1 && second.connection.state === 'connected', 'the other tab')
    assert.equal(entriesOf(second, plan), 0)
    const note = await opened(second, plan)
    await untilHere(second, () => entriesOf(second, plan) === ENTRIES, 'the note to come through the other tab')
    note.close()
  })
})
