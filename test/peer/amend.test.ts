import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import * as Y from 'yjs'
import type { FeedRecord } from '../../src/access/feed-record.ts'
import { isLateFeed } from '../../src/peer/late-feed.ts'
import type { Note } from '../../src/peer/note.ts'
import type { Room } from '../../src/peer/room.ts'
import { AccessScene, agree, idOf, memberOf, namesOf, offline, online, plain } from './access-scene.ts'
import { must, texts, until } from './meeting.ts'

function write(note: Note, text: string, at = 0): void {
  const paragraph = new Y.XmlElement('paragraph')
  note.body.insert(at, [paragraph])
  paragraph.insert(0, [new Y.XmlText(text)])
}

/** What a room holds back, as place and first words. */
const heldIn = (room: Room): readonly (readonly [string, string])[] =>
  room.access.heldWritings.flatMap(({ writings }) => writings.map(({ place, excerpt }) => [place, excerpt] as const))

const heldCount = (room: Room, count: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const isDone = (): boolean => heldIn(room).length === count
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`waited in vain for ${count} held writings, there are ${JSON.stringify(heldIn(room))}`))
    }, 30_000)
    const look = (): void => {
      if (!isDone()) return
      stop()
      clearTimeout(timer)
      resolve()
    }
    const stop = room.access.on('change', look)
    look()
  })

describe('what came after a removal', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  beforeEach(async () => {
    scene = await AccessScene.open()
    ada = scene.ada
    const [first, second] = await scene.writers('Ben', 'Cleo')
    assert(first && second)
    ben = first
    cleo = second
  })
  afterEach(() => scene.close())

  /** Ben writes while he is away and meanwhile is taken out; then he comes back. */
  const removeBenWhoWrites = async (...words: readonly string[]): Promise<void> => {
    must(await ben.chat.send('before'))
    for (const room of [ada, cleo]) await until(room, () => texts(room).includes('before'), 'Ben')
    offline(ben)
    for (const text of words) must(await ben.chat.send(text))
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    await until(cleo, () => cleo.members.length === 2, 'the removal')
    online(ben)
    await until(ben, () => ben.status === 'removed' && ben.rejectedEdits.length > 0, 'Ben to hear of it')
    for (const room of [ada, cleo]) await heldCount(room, words.length)
  }

  test('[R11] is kept on every device, also over a restart, and shown by none', async () => {
    await removeBenWhoWrites('one', 'two')
    for (const room of [ada, cleo]) {
      assert.deepEqual(texts(room), ['before'])
      assert.deepEqual(heldIn(room), [
        ['Chat', 'one'],
        ['Chat', 'two'],
      ])
    }
    const [held] = ada.access.heldWritings
    assert.equal(held?.person.name, 'Ben')
    assert.deepEqual([held.count, held.places, held.byMe], [2, ['Chat'], true])
    assert.equal(cleo.access.heldWritings[0]?.byMe, false)
    assert.deepEqual(await cleo.access.acceptWritings(idOf(ben), 'all'), { ok: false, reason: 'not-allowed' })
    assert.deepEqual(ben.access.heldWritings, [], 'Ben has them among what was not accepted')
    const again = await scene.reload(ada)
    await heldCount(again, 2)
    assert.equal(again.access.heldWritings[0]?.byMe, true)
  })

  test('[R11] is let in up to a writing, and then all of it; what counts again leaves the author’s list', async () => {
    await removeBenWhoWrites('one', 'two', 'three')
    const [held] = ada.access.heldWritings
    assert(held)
    must(await ada.access.acceptWritings(idOf(ben), held.writings[1]?.id ?? ''))
    for (const room of [ada, cleo, ben]) await until(room, () => texts(room).length === 3, 'what was accepted')
    assert.deepEqual(texts(cleo), ['before', 'one', 'two'])
    await heldCount(ada, 1)
    assert.deepEqual(heldIn(ada), [['Chat', 'three']])
    assert.deepEqual(
      ben.rejectedEdits.map(({ text }) => text),
      ['three'],
    )
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'], 'the words come back, the person does not')
    must(await ada.access.acceptWritings(idOf(ben), 'all'))
    for (const room of [ada, cleo, ben]) await until(room, () => texts(room).length === 4, 'the rest')
    await agree(ada, cleo)
    await heldCount(cleo, 0)
    assert.deepEqual(ben.rejectedEdits, [])
    // So soon after the removal it is told as a part of it.
    const told = ada.access.log.flatMap((event) => [event, ...(event.details ?? [])])
    const [event] = told.filter(({ text }) => text.startsWith('accepted'))
    assert.equal(event?.text, 'accepted more of what Ben wrote')
    assert.equal(event.about?.id, idOf(ben))
  })

  test('reaches a device that was away when it was let in, and one that comes later', async () => {
    await removeBenWhoWrites('one', 'two')
    const [cleos] = await scene.note([cleo])
    assert(cleos)
    offline(cleo)
    must(await cleo.chat.send('meanwhile'))
    must(await ada.access.acceptWritings(idOf(ben), 'all'))
    await until(ada, () => texts(ada).length === 3, 'what was accepted')
    assert.deepEqual(texts(cleo), ['before', 'meanwhile'])
    online(cleo)
    const dora = await scene.join('Dora', (await scene.invite({ role: 'reader' })).link)
    for (const room of [ada, cleo, dora]) await until(room, () => texts(room).length === 4, 'everything')
    await agree(ada, cleo, dora)
    for (const room of [ada, cleo, dora]) assert.deepEqual(room.access.heldWritings, [])
    const again = await scene.reload(cleo)
    await until(again, () => texts(again).length === 4, 'everything after a restart')
    assert.deepEqual(texts(again), texts(ada))
  })

  test('and was let in while somebody was away all the time, is the same for them as for all', async () => {
    must(await ben.chat.send('before'))
    for (const room of [ada, cleo]) await until(room, () => texts(room).includes('before'), 'Ben')
    offline(ben, cleo)
    must(await ben.chat.send('one'))
    must(await ben.chat.send('two'))
    must(await cleo.chat.send('meanwhile'))
    must(await ada.access.apply({ type: 'ban', person: idOf(ben), keep: 'all' }))
    online(ben)
    await heldCount(ada, 2)
    must(await ada.access.acceptWritings(idOf(ben), ada.access.heldWritings[0]?.writings[0]?.id ?? ''))
    await until(ada, () => texts(ada).includes('one'), 'what was accepted')
    offline(ben)
    online(cleo)
    await agree(ada, cleo)
    assert.deepEqual(texts(cleo).toSorted(), ['before', 'meanwhile', 'one'])
    await heldCount(cleo, 1)
    assert.deepEqual(heldIn(cleo), [['Chat', 'two']])
  })

  test('in a note that its author had not written in before is let in as well', async () => {
    const [adas] = await scene.note([ada])
    assert(adas)
    await until(ben, () => ben.notes[0]?.title === 'Plan', 'the note')
    offline(ben)
    const bens = await ben.openNote(adas.id)
    assert(bens)
    write(bens, 'first words')
    await bens.settled()
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    online(ben)
    await until(ben, () => ben.status === 'removed' && ben.rejectedEdits.length > 0, 'Ben to hear of it')
    await heldCount(ada, 1)
    assert.deepEqual(heldIn(ada), [['Plan', 'first words']])
    assert.equal(plain(adas).trim(), 'Plan')
    const again = await scene.reload(ada)
    await heldCount(again, 1)
    must(await again.access.acceptWritings(idOf(ben), 'all'))
    const [agains, cleos] = await scene.note([again, cleo])
    assert(agains && cleos)
    for (const [room, note] of [
      [again, agains],
      [cleo, cleos],
      [ben, bens],
    ] as const)
      await until(room, () => plain(note).includes('first words'), 'what was accepted')
    await agree(again, cleo)
    assert.deepEqual(ben.rejectedEdits, [])
    assert.equal(ben.status, 'removed')
  })

  test('[R11] behind something else that was done late is not offered, as accepting it would bring that back', async () => {
    await scene.promote(ben, 'moderator')
    must(await ben.chat.send('before'))
    await until(ada, () => texts(ada).includes('before'), 'Ben')
    const [adas] = await scene.note([ada])
    assert(adas)
    await until(ben, () => ben.notes[0]?.title === 'Plan', 'the note')
    offline(ben)
    must(await ben.createInvite({ role: 'writer' } as const))
    const bens = await ben.openNote(adas.id)
    assert(bens)
    write(bens, 'in the note')
    await bens.settled()
    must(await ben.chat.send('in the chat'))
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    online(ben)
    await until(ben, () => ben.status === 'removed' && ben.rejectedEdits.length > 0, 'Ben to hear of it')
    const { log } = ada.core
    assert(log)
    const late = (): FeedRecord | undefined =>
      [...log.state.feeds.values()].find(({ document, person }) => document === adas.id && person === idOf(ben))
    await until(ada, () => late()?.status === 'outside-pins', 'the announcement')
    await heldCount(ada, 1)
    const record = late()
    assert.equal(record && isLateFeed(log, record), false)
    assert.deepEqual(heldIn(ada), [['Chat', 'in the chat']])
    must(await ada.access.acceptWritings(idOf(ben), 'all'))
    await until(cleo, () => texts(cleo).includes('in the chat'), 'what was accepted')
    await agree(ada, cleo)
    assert.equal(
      ada.invites.every((invite) => invite.mine),
      true,
    )
  })

  test('comes into a note beside what others wrote there meanwhile', async () => {
    const [adas, bens, cleos] = await scene.note([ada, ben, cleo])
    assert(adas && bens && cleos)
    write(bens, 'Ben begins')
    for (const [room, note] of [
      [ada, adas],
      [cleo, cleos],
    ] as const)
      await until(room, () => plain(note).includes('Ben begins'), 'Ben')
    offline(ben)
    write(bens, 'Ben goes on', 1)
    await bens.settled()
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'reader' }))
    write(cleos, 'Cleo goes on', 1)
    await until(ada, () => plain(adas).includes('Cleo goes on'), 'Cleo')
    online(ben)
    await until(ben, () => ben.me?.role === 'reader' && ben.rejectedEdits.length > 0, 'Ben to hear of it')
    await heldCount(ada, 1)
    assert.deepEqual(heldIn(ada), [['Plan', 'Ben goes on']])
    must(await ada.access.acceptWritings(idOf(ben), 'all'))
    for (const [room, note] of [
      [ada, adas],
      [cleo, cleos],
      [ben, bens],
    ] as const)
      await until(room, () => plain(note).includes('Ben goes on'), 'what was accepted')
    assert.equal(plain(adas), plain(cleos))
    assert.equal(plain(bens), plain(cleos))
    assert.match(plain(cleos), /Ben begins/)
    assert.match(plain(cleos), /Cleo goes on/)
    assert.equal(memberOf(cleo, 'Ben').role, 'reader')
    assert.deepEqual(ben.rejectedEdits, [])
  })

  test('of somebody whom a senior banned is not for a junior to accept', async () => {
    await scene.promote(cleo, 'moderator')
    await until(ada, () => memberOf(ada, 'Cleo').role === 'moderator', 'the role')
    await removeBenWhoWrites('one')
    assert.equal(cleo.access.heldWritings[0]?.byMe, false)
    assert.equal(ada.access.heldWritings[0]?.byMe, true)
  })

  test('and what was taken back can be given back', async () => {
    for (const text of ['one', 'two']) must(await ben.chat.send(text))
    for (const room of [ada, cleo]) await until(room, () => texts(room).length === 2, 'Ben')
    must(await ada.access.apply({ type: 'ban', person: idOf(ben), keep: 'nothing' }))
    await until(cleo, () => texts(cleo).length === 0, 'the cut')
    await heldCount(ada, 2)
    must(await ada.access.acceptWritings(idOf(ben), 'all'))
    for (const room of [ada, cleo]) await until(room, () => texts(room).length === 2, 'the words')
    await agree(ada, cleo)
    assert.equal(ben.status, 'removed')
  })
})

describe('the setting who lets people in', () => {
  test('whoever lets somebody in, who made the link is who invited them', async () => {
    const scene = await AccessScene.open()
    const { ada } = scene
    const [ben] = await scene.writers('Ben')
    assert(ben)
    const { link } = await scene.invite({ role: 'writer' })
    await until(ben, () => ben.invites.length > 1, 'the invite')
    offline(ada)
    const cleo = await scene.knock('Cleo', link)
    await until(ben, () => ben.members.length === 3, 'Cleo, let in by Ben')
    online(ada)
    await until(ada, () => ada.members.length === 3, 'Cleo at Ada')
    for (const room of [ada, ben]) {
      assert.equal(room.core.state?.member(idOf(cleo))?.grantedBy, idOf(ben))
      const invitedBy = room.members.flatMap((member) => (member.person.id === idOf(cleo) ? [member.invitedBy] : []))
      assert.deepEqual(
        invitedBy.map((person) => person?.id),
        [idOf(ada)],
      )
    }
    await scene.close()
  })

  test('binds members, is undone by its author, and is not for everybody to change', async () => {
    const scene = await AccessScene.open()
    const { ada } = scene
    const [ben] = await scene.writers('Ben')
    assert(ben)
    assert.deepEqual(
      [ada.access.membersAdmit, ada.access.maySetMembersAdmit, ben.access.maySetMembersAdmit],
      [true, true, false],
    )
    assert.deepEqual(await ben.access.setMembersAdmit(false), { ok: false, reason: 'not-allowed' })
    must(await ada.access.setMembersAdmit(false))
    await until(ben, () => !ben.access.membersAdmit, 'the setting')
    assert.equal(ben.access.log[0]?.text, 'left it to those who give roles to let people in')
    const { link } = await scene.invite({ role: 'writer' })
    await until(ben, () => ben.invites.length > 1, 'the invite')
    offline(ada)
    await scene.knock('Cleo', link)
    await until(ben, () => ben.connection.peers.length > 0, 'Cleo at Ben')
    online(ada)
    await until(ben, () => ben.members.length === 3, 'Cleo, let in by Ada')
    const cleo = ben.members.find(({ person }) => person.id !== idOf(ada) && !person.isMe)
    assert(cleo)
    assert.equal(ben.core.state?.member(cleo.person.id)?.grantedBy, idOf(ada))
    await scene.promote(ben, 'admin')
    assert.equal(ben.access.maySetMembersAdmit, true)
    assert.deepEqual(await ben.access.setMembersAdmit(true), { ok: false, reason: 'outranked' })
    assert.equal(ben.access.membersAdmit, false)
    must(await ada.access.setMembersAdmit(true))
    await until(ben, () => ben.access.membersAdmit, 'the setting')
    await agree(ada, ben)
    await scene.close()
  })
})
