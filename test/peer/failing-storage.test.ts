import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import type { Environment } from '../../src/peer/environment.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'

describe('failing storage', () => {
  let meeting: Meeting
  let disk: Disk
  let environment: Environment
  let ada: Peer
  let room: Room
  let bens: Room
  beforeEach(async () => {
    meeting = new Meeting()
    disk = new Disk()
    environment = device()
    ada = await meeting.peer({ store: disk, environment })
    room = must(await ada.createRoom({ name: 'Choir', myName: 'Ada' }))
    must(await room.chat.send('one'))
    const { link } = must(await room.createInvite({ role: 'writer' }))
    const ben = await meeting.peer({ store: new Disk() })
    bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(bens, () => bens.status === 'member' && texts(bens).includes('one'), 'Ben')
    await until(room, () => room.members.length === 2, 'Ben at Ada')
  })
  afterEach(() => meeting.close())

  const again = async (): Promise<Peer> => meeting.peer({ store: disk, environment })
  const roomOf = (peer: Peer): Room => {
    const found = peer.room(room.id)
    assert(found)
    return found
  }

  for (const failure of ['full', 'failed'] as const) {
    test(`[P15] when writes begin to fail (${failure}), the user is told, others still get everything, and nothing is forked`, async () => {
      const former = room.core.session.id
      assert.equal(ada.storageProblem, undefined)
      const told = new Promise<void>((resolve) => {
        ada.on('storage', () => {
          resolve()
        })
      })
      disk.failure = failure
      must(await room.chat.send('two'))
      await told
      assert.match(ada.storageProblem ?? '', /^[A-Z].+\. You can go on, but .+\.$/)
      const note = must(await room.createNote({ title: 'Plan' }))
      must(await bens.chat.send('three'))
      await until(bens, () => texts(bens).length === 3 && bens.notes[0]?.title === 'Plan', 'what Ada wrote in memory')
      await until(room, () => texts(room).length === 3, 'what Ben wrote')
      assert.equal(note.mayWrite, true)
      await meeting.leave(ada)
      disk.failure = undefined
      const second = await again()
      const reopened = roomOf(second)
      assert.notEqual(reopened.core.session.id, former)
      await until(
        reopened,
        () => texts(reopened).length === 3 && reopened.notes[0]?.title === 'Plan',
        'all of it, from Ben',
      )
      must(await reopened.chat.send('four'))
      await until(bens, () => texts(bens).includes('four'), 'four')
      assert.deepEqual(texts(bens), ['one', 'two', 'three', 'four'])
      assert.deepEqual([bens.forkedBy, reopened.forkedBy], [[], []])
      assert.equal(second.storageProblem, undefined)
    })
  }

  test('[P15] a session that was renewed while storage failed is not gone on with, either', async () => {
    disk.failure = 'full'
    must(await room.chat.send('two'))
    const former = room.core.session.id
    await meeting.leave(ada)
    // Still full: the doubt can't be cleared by a write that only memory took.
    const second = await again()
    const inMemory = roomOf(second).core.session.id
    must(await roomOf(second).chat.send('three'))
    await until(bens, () => texts(bens).includes('three'), 'three')
    await meeting.leave(second)
    disk.failure = undefined
    const third = await again()
    const reopened = roomOf(third)
    assert.equal(new Set([former, inMemory, reopened.core.session.id]).size, 3)
    await until(reopened, () => texts(reopened).length === 3, 'all of it, from Ben')
    must(await reopened.chat.send('four'))
    await until(bens, () => texts(bens).includes('four'), 'four')
    assert.deepEqual(bens.forkedBy, [])
  })

  test('[P15] a store that takes no write from the start still gives a peer that works', async () => {
    const full = new Disk()
    full.failure = 'full'
    const cleo = await meeting.peer({ store: full })
    assert.match(cleo.storageProblem ?? '', /no room left/)
    const { link } = must(await room.createInvite({ role: 'writer' }))
    const cleos = must(await cleo.joinRoom({ link: link ?? '', myName: 'Cleo' }))
    await until(cleos, () => cleos.status === 'member' && texts(cleos).includes('one'), 'Cleo')
    must(await cleos.chat.send('from memory'))
    await until(room, () => texts(room).includes('from memory'), 'Cleo at Ada')
  })

  test('[P15] where there is no database a peer works in memory and says so', async () => {
    const { store: _none, ...options } = { store: undefined, environment: device(), inviteBase: 'parley:' }
    const { Peer } = await import('../../src/peer/peer.ts')
    const cleo = await Peer.open({ ...options, doors: [() => meeting.network.door()] })
    try {
      assert.match(cleo.storageProblem ?? '', /does not let Parley store anything/)
      const cleos = must(await cleo.createRoom({ name: 'Attic', myName: 'Cleo' }))
      must(await cleos.chat.send('Hello'))
      assert.deepEqual(texts(cleos), ['Hello'])
    } finally {
      await cleo.close()
    }
  })

  test('[P15] a room whose statements cannot be read says so and goes on', async () => {
    await meeting.leave(ada)
    const later = await meeting.peer({ store: disk, environment, restLater: true })
    disk.unreadable = 'heads/'
    const told = new Promise<void>((resolve) => {
      later.on('storage', () => {
        resolve()
      })
    })
    await later.loadRest()
    await told
    assert.match(later.storageProblem ?? '', /^[A-Z].+\. You can go on, but .+\.$/)
    must(await roomOf(later).chat.send('two'))
    await until(bens, () => texts(bens).includes('two'), 'what Ada wrote in memory')
    const second = await meeting.peer({ store: await disk.copy(), doors: [] })
    assert.deepEqual(texts(roomOf(second)), ['one'], 'which is all that was kept')
  })

  /** Three more messages of Ben's at Ada, and then a reload with one record of his feed broken. */
  test('[P16] a damaged record in the middle of a feed is fetched again from others', async () => {
    for (const text of ['two', 'three', 'four']) {
      must(await bens.chat.send(text))
      await until(room, () => texts(room).includes(text), 'Ben’s words, each as a record of its own')
    }
    const bensFeed = [...(room.core.state?.feeds.values() ?? [])].find(({ person }) => person === bens.core.me)
    assert(bensFeed)
    await meeting.leave(ada)
    const records = await disk.keys(`entry/${room.id}/${bensFeed.feed}/`)
    assert.equal(records.length, 3)
    await disk.damage(records[1] ?? '')
    const reopened = roomOf(await again())
    await until(reopened, () => texts(reopened).length === 4, 'what the damage had taken')
    assert.deepEqual(texts(reopened), ['one', 'two', 'three', 'four'])
    assert.equal(reopened.core.session.id, room.core.session.id, 'the own session is in no doubt')
    const once = await meeting.peer({ store: await disk.copy(), environment: device(), doors: [] })
    assert.deepEqual(texts(roomOf(once)), ['one', 'two', 'three', 'four'], 'and it is stored again')
  })

  test('[P16] who was damaged while alone shows what is left and is not forked by writing on', async () => {
    for (const text of ['two', 'three', 'four']) must(await room.chat.send(text))
    await until(bens, () => texts(bens).length === 4, 'Ada’s words')
    const former = room.core.session.id
    const feed = [...(room.core.state?.feeds.values() ?? [])].find(({ session }) => session === former)
    assert(feed)
    await meeting.leave(ada)
    const records = await disk.keys(`entry/${room.id}/${feed.feed}/`)
    await disk.damage(records[2] ?? '')
    const second = await meeting.peer({ store: disk, environment, doors: [] })
    const alone = roomOf(second)
    assert.deepEqual(texts(alone), ['one', 'two'])
    assert.notEqual(alone.core.session.id, former)
    must(await alone.chat.send('five'))
    await meeting.leave(second)
    const reopened = roomOf(await again())
    await until(reopened, () => texts(reopened).length === 5, 'all of it')
    await until(bens, () => texts(bens).length === 5, 'all of it at Ben')
    assert.deepEqual(texts(bens), texts(reopened))
    assert.deepEqual([bens.forkedBy, reopened.forkedBy], [[], []])
  })

  test('[P16] a damaged record in the own access log means a new session at once', async () => {
    const former = room.core.session.id
    const log = room.core.log?.ownLog
    assert(log)
    await meeting.leave(ada)
    const records = await disk.keys(`log/${room.id}/${log}/`)
    assert(records.length > 1)
    await disk.damage(records.at(-1) ?? '')
    const second = await again()
    const reopened = roomOf(second)
    assert.notEqual(reopened.core.session.id, former)
    await until(reopened, () => reopened.members.length === 2 && reopened.invites.length === 1, 'the log, from Ben')
    must(await reopened.createInvite({ role: 'reader' }))
    await until(bens, () => bens.invites.length === 2, 'a new operation')
    assert.deepEqual([bens.forkedBy, reopened.forkedBy], [[], []])
  })
})
