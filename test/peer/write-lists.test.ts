import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { titleOf } from '../../src/document/note.ts'
import type { Room } from '../../src/peer/room.ts'
import { type AccessScene, agree, idOf, offline, online, withTrio } from './access-scene.ts'
import { must, texts, until } from './meeting.ts'

describe('the writers of a note', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  withTrio((trio) => {
    ;({ scene, ada, ben, cleo } = trio)
  })

  test('are narrowed to some, who alone go on; what others wrote until then stays', async () => {
    const [adas, bens, cleos] = await scene.note([ada, ben, cleo])
    assert(adas && bens && cleos)
    titleOf(bens.doc).insert(4, ' B')
    for (const room of [ada, cleo]) await until(room, () => room.notes[0]?.title === 'Plan B', 'Ben')
    assert.deepEqual(
      ada.access.writersOf(adas.id).people.map(({ person, mayWrite }) => [person.name, mayWrite]),
      ada.members.map(({ person }) => [person.name, true]),
    )
    assert.equal(ben.access.writersOf(adas.id).mayNarrow, false)
    assert.deepEqual(await ben.access.setWriters(adas.id, [idOf(ben)]), { ok: false, reason: 'not-allowed' })
    must(await ada.access.setWriters(adas.id, [idOf(cleo)]))
    await until(ben, () => ben.notes[0]?.mayWrite === false && !bens.mayWrite, 'the list at Ben')
    assert.equal(ada.access.writersOf(adas.id).isNarrowed, true)
    assert.deepEqual(
      Object.fromEntries(ada.access.writersOf(adas.id).people.map(({ person, mayWrite }) => [person.name, mayWrite])),
      { Ada: true, Ben: false, Cleo: true },
    )
    await until(cleo, () => cleo.access.writersOf(adas.id).isNarrowed, 'the list at Cleo')
    titleOf(cleos.doc).insert(6, '!')
    await until(ben, () => ben.notes[0]?.title === 'Plan B!', 'Cleo goes on')
    assert.equal(ben.can('chat'), true)
    must(await ben.chat.send('elsewhere I write'))
    await until(ada, () => texts(ada).includes('elsewhere I write'), 'Ben in the chat')
    const place = ada.access.map.places.findIndex(({ id }) => id === adas.id)
    const row = ada.access.map.rows.find(({ person }) => person.name === 'Ben')
    assert.equal(row?.cells[place], 'read')
    assert.equal(row.cells[0], 'write')
    await agree(ada, ben, cleo)
  })

  test('give back to the others what they wrote meanwhile', async () => {
    const [adas, bens] = await scene.note([ada, ben])
    assert(adas && bens)
    titleOf(bens.doc).insert(4, ' B')
    await until(ada, () => ada.notes[0]?.title === 'Plan B', 'Ben')
    offline(ben)
    titleOf(bens.doc).insert(6, ' and more')
    await bens.settled()
    must(await ada.access.setWriters(adas.id, [idOf(cleo)]))
    online(ben)
    await until(ben, () => ben.rejectedEdits.length > 0 && ben.notes[0]?.title === 'Plan B', 'the list at Ben')
    assert.deepEqual(
      ben.rejectedEdits.map(({ text, reason }) => [text, reason]),
      [['and more', 'not-a-writer']],
    )
    await agree(ada, ben, cleo)
    must(await ada.access.setWriters(adas.id, [idOf(ada)]))
    await until(cleo, () => cleo.notes[0]?.mayWrite === false, 'another list')
    await agree(ada, ben, cleo)
    for (const room of [ada, ben, cleo]) assert.equal(room.notes[0]?.title, 'Plan B', 'what was cut off stays so')
    must(await ada.access.setWriters(adas.id, 'everyone'))
    for (const room of [ada, ben, cleo])
      await until(room, () => room.notes[0]?.title === 'Plan B and more', 'all of it')
    assert.deepEqual(ben.rejectedEdits, [], 'nothing is kept of what counts again')
  })

  test('are everybody again', async () => {
    const [adas, bens] = await scene.note([ada, ben])
    assert(adas && bens)
    must(await ada.access.setWriters(adas.id, []))
    await until(ben, () => !bens.mayWrite, 'the list at Ben')
    must(await ada.access.setWriters(adas.id, 'everyone'))
    await until(ben, () => ben.notes[0]?.mayWrite === true, 'the end of the list')
    await bens.updateRights()
    assert.equal(bens.mayWrite, true)
    titleOf(bens.doc).insert(0, 'Our ')
    await until(ada, () => ada.notes[0]?.title === 'Our Plan', 'Ben')
  })

  test('do not bind who is senior to the one who listed them', async () => {
    await scene.promote(ben, 'moderator')
    const [adas, bens] = await scene.note([ada, ben, cleo])
    assert(adas && bens)
    must(await ben.access.setWriters(adas.id, [idOf(ben)]))
    await until(cleo, () => cleo.notes[0]?.mayWrite === false, 'the list at Cleo')
    await until(ada, () => ada.access.writersOf(adas.id).isNarrowed, 'the list at Ada')
    assert.equal(adas.mayWrite, true)
    const people = ben.access.writersOf(adas.id).people
    assert.deepEqual(
      people.map(({ person, mayWrite, isFixed }) => [person.name, mayWrite, isFixed]),
      [
        ['Ada', true, true],
        ['Ben', true, true],
        ['Cleo', false, false],
      ],
    )
  })
})
