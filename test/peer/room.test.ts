import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { idFromBytes, type FeedId } from '../../src/base/ids.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'

describe('a room among peers', () => {
  let meeting: Meeting
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())

  test('Ben joins by link, and both read what the other writes', async () => {
    const ada = await meeting.peer()
    const room = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
    must(await room.chat.send('Hello'))
    assert.deepEqual(texts(room), ['Hello'])
    const { link } = must(await room.createInvite({ role: 'writer' }))
    assert(link)
    const ben = await meeting.peer()
    const bens = must(await ben.joinRoom({ link, myName: 'Ben' }))
    await until(bens, () => texts(bens).includes('Hello'), 'Hello')
    assert.equal(bens.name, 'Book club')
    assert.equal(bens.chat.messages[0]?.author.name, 'Ada')
    await until(bens, () => bens.status === 'member', 'membership')
    must(await bens.chat.send('Hi Ada'))
    await until(room, () => texts(room).includes('Hi Ada'), 'Hi Ada')
    await until(room, () => room.chat.messages[1]?.author.name === 'Ben', 'the name of Ben')
    await until(room, () => room.chat.messages[0]?.state === 'sent', 'delivery')
  })

  test('a note that both edit becomes the same on both sides', async () => {
    const ada = await meeting.peer()
    const room = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
    const note = must(await room.createNote({ title: 'Plan' }))
    const { link } = must(await room.createInvite({ role: 'writer' }))
    const ben = await meeting.peer()
    const bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(bens, () => bens.notes[0]?.title === 'Plan', 'the note')
    await until(bens, () => bens.status === 'member', 'membership')
    const copy = await bens.openNote(note.id)
    assert(copy?.mayWrite)
    copy.title.insert(4, ' B')
    note.title.insert(0, 'Our ')
    await until(room, () => room.notes[0]?.title === 'Our Plan B', 'both edits at Ada')
    await until(bens, () => bens.notes[0]?.title === 'Our Plan B', 'both edits at Ben')
  })

  test('everything is there after a reload, and the session goes on in its feeds', async () => {
    const store = new MemoryStore()
    const environment = device()
    const kept = Object.assign(Object.create(store) as MemoryStore, { close: () => Promise.resolve() })
    const first = await meeting.peer({ store: wrap(store), environment })
    const room = must(await first.createRoom({ name: 'Book club', myName: 'Ada' }))
    must(await room.chat.send('one'))
    const note = must(await room.createNote({ title: 'Plan' }))
    await note.settled()
    await first.close()
    const second = await meeting.peer({ store: wrap(store), environment })
    const again = second.room(room.id)
    assert(again)
    assert.deepEqual(texts(again), ['one'])
    assert.equal(again.notes[0]?.title, 'Plan')
    must(await again.chat.send('two'))
    assert.deepEqual(texts(again), ['one', 'two'])
    assert.equal(second.me.id, first.me.id)
    assert.equal(kept.persistent, false)
  })

  test('an entry that comes before the operation which opens its feed is asked for again, not refused', async () => {
    const room = must(await (await meeting.peer()).createRoom({ name: 'Book club', myName: 'Ada' }))
    const feed = idFromBytes<FeedId>(new Uint8Array(32).fill(7))
    const entry = { bytes: Uint8Array.of(0x10, 0, ...new Uint8Array(32)), signature: new Uint8Array(64) }
    assert.deepEqual(await room.core.ingest(feed, 0, [entry], undefined), { type: 'retry' })
  })

  test('a reader reads and cannot write', async () => {
    const ada = await meeting.peer()
    const room = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
    must(await room.chat.send('Hello'))
    const note = must(await room.createNote({ title: 'Plan' }))
    const { link } = must(await room.createInvite({ role: 'reader' }))
    const ben = await meeting.peer()
    const bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    const isHere = (): boolean =>
      bens.status === 'member' && texts(bens).includes('Hello') && bens.notes[0]?.title === 'Plan'
    await until(bens, isHere, 'Hello and the note')
    assert.equal(bens.can('chat'), false)
    assert.equal((await bens.chat.send('no')).ok, false)
    const copy = await bens.openNote(note.id)
    assert.equal(copy?.mayWrite, false)
    copy.title.insert(0, 'no ')
    assert.equal(bens.notes[0]?.title, 'Plan')
  })

  test('Cleo joins through Ben when Ada is away, and sees Ada’s words with Ada’s name', async () => {
    const ada = await meeting.peer()
    const room = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
    must(await room.chat.send('Hello'))
    const { link } = must(await room.createInvite({ role: 'writer' }))
    const ben = await meeting.peer()
    const bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(bens, () => bens.status === 'member' && bens.chat.messages[0]?.author.name === 'Ada', 'Ada')
    await ada.close()
    const cleo = await meeting.peer()
    const cleos = must(await cleo.joinRoom({ link: link ?? '', myName: 'Cleo' }))
    must(await cleos.chat.send('I am here'))
    await until(cleos, () => cleos.status === 'member' && texts(cleos).length === 2, 'both messages')
    assert.equal(cleos.chat.messages[0]?.author.name, 'Ada')
    await until(bens, () => texts(bens).includes('I am here'), 'what Cleo wrote before she was let in')
  })
})

/** A store that outlives the peer that closes it, as a disk does. */
function wrap(store: MemoryStore) {
  return {
    persistent: true,
    get: store.get.bind(store),
    range: store.range.bind(store),
    write: store.write.bind(store),
    close: () => Promise.resolve(),
  }
}
