import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import type { Store } from '../../src/storage/store.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, renewed, texts, until } from './meeting.ts'

describe('sessions', () => {
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
  const sessionOf = (peer: Peer): string => roomOf(peer).core.session.id

  test('[P12] two tabs that open an empty store at once are one person with two sessions', async () => {
    const shared = { store: new Disk(), environment: device() }
    const [first, second] = await Promise.all([meeting.peer(shared), meeting.peer(shared)])
    assert.equal(first.me.id, second.me.id)
    const rooms = await Promise.all(
      [first, second].map(async (peer) => must(await peer.createRoom({ name: 'Choir', myName: 'Ada' }))),
    )
    assert.equal(new Set(rooms.map((room) => room.core.session.id)).size, 2)
    await meeting.leave(first)
    await meeting.leave(second)
    const again = await meeting.peer(shared)
    assert.equal(again.me.id, first.me.id)
    assert.equal(again.rooms.length, 2)
  })

  test('[P12] two tabs write as two sessions, and nothing is forked or lost', async () => {
    const shared = { store: new Disk(), environment: device() }
    const first = await meeting.peer(shared)
    const left = must(await first.createRoom({ name: 'Choir', myName: 'Ada' }))
    const note = must(await left.createNote({ title: 'Plan' }))
    await note.settled()
    const second = await meeting.peer(shared)
    const right = roomOf(second)
    assert.notEqual(left.core.session.id, right.core.session.id)
    const ben = await meeting.peer()
    const { link } = must(await left.createInvite({ role: 'writer' }))
    const bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(bens, () => bens.status === 'member' && bens.notes.length === 1, 'Ben')
    const words = new Set<string>()
    for (let i = 0; i < 5; i++) {
      must(await left.chat.send(`left ${i}`))
      must(await right.chat.send(`right ${i}`))
      words.add(`left ${i}`).add(`right ${i}`)
    }
    note.title.insert(4, ' B')
    const copy = await right.openNote(note.id)
    assert(copy?.mayWrite)
    copy.title.insert(0, 'Our ')
    for (const room of [left, right, bens])
      await until(room, () => words.size === texts(room).length && room.notes[0]?.title === 'Our Plan B', 'everything')
    assert.equal(bens.members.length, 2, 'two tabs are one person')
    const sessions = new Set([sessionOf(first), sessionOf(second)])
    await meeting.leave(first)
    await meeting.leave(second)
    const again = [await meeting.peer(shared), await meeting.peer(shared)]
    assert.deepEqual(new Set(again.map(sessionOf)), sessions, 'both sessions go on')
    for (const peer of again) assert.deepEqual(new Set(texts(roomOf(peer))), words)
    for (const peer of again) {
      must(await roomOf(peer).chat.send(`again ${sessionOf(peer)}`))
      words.add(`again ${sessionOf(peer)}`)
    }
    await until(bens, () => texts(bens).length === words.size, 'what came after the reload')
    assert.deepEqual(bens.forkedBy, [])
  })

  test('[P13] a store that went back in time gets a new session as soon as others know more, and nothing is lost', async () => {
    const disk = new Disk()
    const environment = device()
    const ada = await meeting.peer({ store: disk, environment })
    const room = must(await ada.createRoom({ name: 'Choir', myName: 'Ada' }))
    const note = must(await room.createNote({ title: 'Plan' }))
    const { link } = must(await room.createInvite({ role: 'writer' }))
    const ben = await meeting.peer()
    const bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    must(await room.chat.send('one'))
    await until(bens, () => bens.status === 'member' && texts(bens).includes('one'), 'one')
    await until(room, () => room.members.length === 2, 'Ben')
    await note.settled()
    const backup = await disk.copy()
    must(await room.chat.send('two'))
    note.title.insert(0, 'Our ')
    await until(bens, () => texts(bens).includes('two') && bens.notes[0]?.title === 'Our Plan', 'two')
    const former = room.core.session.id
    await meeting.leave(ada)
    const again = await meeting.peer({ store: backup, environment })
    const restored = await renewed(again, room.id, former)
    await until(restored, () => texts(restored).includes('two') && restored.notes[0]?.title === 'Our Plan', 'the rest')
    must(await restored.chat.send('three'))
    await until(bens, () => texts(bens).includes('three'), 'three')
    assert.deepEqual(texts(bens), ['one', 'two', 'three'])
    assert.deepEqual(texts(restored), ['one', 'two', 'three'])
    assert.deepEqual([bens.forkedBy, restored.forkedBy], [[], []])
    assert.equal(again.me.id, ada.me.id)
  })

  /** Ada is to start from a backup: Ben, who is offline, knows one change of her note more than it. */
  const behindBen = async () => {
    const disk = new Disk()
    const environment = device()
    const ada = await meeting.peer({ store: disk, environment })
    const room = must(await ada.createRoom({ name: 'Choir', myName: 'Ada' }))
    const note = must(await room.createNote({ title: 'Plan' }))
    const { link } = must(await room.createInvite({ role: 'writer' }))
    const ben = await meeting.peer()
    const bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(bens, () => bens.status === 'member' && bens.notes[0]?.title === 'Plan', 'Ben')
    await until(room, () => room.members.length === 2, 'Ben at Ada')
    await note.settled()
    const backup = await disk.copy()
    note.title.insert(0, 'Our ')
    await until(bens, () => bens.notes[0]?.title === 'Our Plan', 'the title')
    const former = room.core.session.id
    await meeting.leave(ada)
    bens.connection.setOffline(true)
    return { environment, backup, note: note.id, room: room.id, former, bens }
  }
  /** Nothing reaches the disk before the session turns out to be over. */
  const slowUntilDoubt = (disk: Disk, room: Room): void => {
    disk.slowed = new Promise((resolve) => {
      room.core.events.on('doubt', () => {
        resolve()
      })
    })
  }
  const assertGivenBack = async (restored: Room, bens: Room): Promise<void> => {
    await until(restored, () => restored.notes[0]?.title === 'Our Plan', 'the rest')
    assert.deepEqual(
      restored.rejectedEdits.map(({ text, reason }) => [text, reason]),
      [['typed late', 'session-over']],
    )
    assert.equal(bens.notes[0]?.title, 'Our Plan')
    must(await restored.chat.send('here again'))
    await until(bens, () => texts(bens).includes('here again'), 'the new session')
    assert.deepEqual([bens.forkedBy, restored.forkedBy], [[], []])
  }

  test('[P13] what is typed while a session turns out to be over comes back to its author and forks nothing', async () => {
    const { environment, backup, note, room, former, bens } = await behindBen()
    // Time stands still until the links say that there is more, so that nothing is flushed before.
    let isStill = true
    const waiting = new Set<() => void>()
    const still: typeof environment = {
      ...environment,
      after: (delayMs, run) => {
        if (!isStill) return environment.after(delayMs, run)
        let cancel = (): void => void waiting.delete(begin)
        const begin = (): void => {
          cancel = environment.after(delayMs, run)
        }
        waiting.add(begin)
        return () => {
          cancel()
        }
      },
    }
    const again = await meeting.peer({ store: backup, environment: still })
    const opened = roomOf(again)
    const copy = await opened.openNote(note)
    assert(copy?.mayWrite)
    // News of the log, which may come first, flushes too.
    slowUntilDoubt(backup, opened)
    copy.title.insert(4, ' typed late')
    bens.connection.setOffline(false)
    const restored = await renewed(again, room, former)
    isStill = false
    for (const begin of waiting) begin()
    await assertGivenBack(restored, bens)
  })

  test('[P13] what is on its way to the disk when its session turns out to be over comes back, too', async () => {
    const { environment, backup, note, room, former, bens } = await behindBen()
    const again = await meeting.peer({ store: backup, environment })
    const opened = roomOf(again)
    const copy = await opened.openNote(note)
    assert(copy?.mayWrite)
    slowUntilDoubt(backup, opened)
    copy.title.insert(4, ' typed late')
    opened.flush()
    bens.connection.setOffline(false)
    await assertGivenBack(await renewed(again, room, former), bens)
  })

  test('[P13] a store that went back behind the first access operation gets a new session, too', async () => {
    const disk = new Disk()
    const ada = await meeting.peer()
    const room = must(await ada.createRoom({ name: 'Choir', myName: 'Ada' }))
    const { link } = must(await room.createInvite({ role: 'writer' }))
    const environment = device()
    const ben = await meeting.peer({ store: disk, environment, doors: [] })
    const waiting = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    const former = waiting.core.session.id
    const backup = await disk.copy()
    await meeting.leave(ben)
    const joined = await meeting.peer({ store: disk, environment })
    const bens = roomOf(joined)
    await until(bens, () => bens.status === 'member', 'Ben')
    must(await bens.chat.send('one'))
    await until(room, () => texts(room).includes('one'), 'one')
    await meeting.leave(joined)
    const again = await meeting.peer({ store: backup, environment })
    const restored = await renewed(again, room.id, former)
    await until(restored, () => texts(restored).includes('one'), 'the rest')
    must(await restored.chat.send('two'))
    await until(room, () => texts(room).includes('two'), 'two')
    assert.deepEqual(texts(room), ['one', 'two'])
    assert.deepEqual(room.forkedBy, [])
  })

  test('[P13] no room is missed, not for a moment, while a new session takes over', async () => {
    const disk = new Disk()
    const environment = device()
    const ada = await meeting.peer({ store: disk, environment })
    const choir = must(await ada.createRoom({ name: 'Choir', myName: 'Ada' }))
    must(await ada.createRoom({ name: 'Garden', myName: 'Ada' }))
    const { link } = must(await choir.createInvite({ role: 'writer' }))
    const ben = await meeting.peer()
    const bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(bens, () => bens.status === 'member', 'Ben')
    const backup = await disk.copy()
    must(await choir.chat.send('one'))
    await until(bens, () => texts(bens).includes('one'), 'one')
    const former = choir.core.session.id
    await meeting.leave(ada)
    bens.connection.setOffline(true)
    const seen: string[] = []
    let look = (): void => undefined
    // The disk is asked at every step of the change.
    const watched: Store = {
      persistent: true,
      get: (key) => (look(), backup.get(key)),
      range: (query) => (look(), backup.range(query)),
      write: (changes) => (look(), backup.write(changes)),
      close: () => backup.close(),
    }
    const again = await meeting.peer({ store: watched, environment })
    const namesOf = (): string => again.rooms.map(({ name }) => name).join()
    const names = namesOf()
    assert.equal(again.rooms.length, 2)
    look = () => void seen.push(`${namesOf()} ${again.room(choir.id) === undefined ? 'without' : 'with'} choir`)
    bens.connection.setOffline(false)
    await renewed(again, choir.id, former)
    assert.deepEqual([...new Set(seen)], [`${names} with choir`])
  })

  test('[P14] a session in doubt is not gone on with', async () => {
    const shared = { store: new Disk(), environment: device() }
    const first = await meeting.peer(shared)
    const room = must(await first.createRoom({ name: 'Choir', myName: 'Ada' }))
    must(await room.chat.send('one'))
    const former = room.core.session.id
    await meeting.leave(first)
    shared.environment.notes.set(`parley/${first.me.id}/doubt/0`, '1')
    const second = await meeting.peer(shared)
    const doubted = sessionOf(second)
    assert.notEqual(doubted, former)
    must(await roomOf(second).chat.send('two'))
    assert.deepEqual(texts(roomOf(second)), ['one', 'two'])
    await meeting.leave(second)
    const third = await meeting.peer(shared)
    assert.equal(sessionOf(third), doubted, 'a new session is in no doubt')
    assert.deepEqual(texts(roomOf(third)), ['one', 'two'])
  })
})
