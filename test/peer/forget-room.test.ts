import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Disk } from './disk.ts'
import { AccessScene, idOf } from './access-scene.ts'
import { must, texts, until } from './meeting.ts'

/** Keys of the store in which the room is named. */
async function tracesOf(store: Disk, room: string): Promise<readonly string[]> {
  const entries = await store.range({ from: '', to: '\uffff' })
  return entries.map(([key]) => key).filter((key) => key.includes(room))
}

describe('forgetting a room', () => {
  let scene: AccessScene
  beforeEach(async () => {
    scene = await AccessScene.open()
  })
  afterEach(() => scene.close())

  test('a member has to leave first', async () => {
    const peer = scene.peers.get(scene.ada)
    assert(peer)
    assert.deepEqual(await peer.forgetRoom(scene.ada.id), { ok: false, reason: 'not-allowed' })
    assert.equal(peer.room(scene.ada.id), scene.ada)
  })

  test('nothing of it stays in the store, and the other rooms go on', async () => {
    const [ben] = await scene.writers('Ben')
    assert(ben)
    const [peer, store] = [scene.peers.get(ben), scene.stores.get(ben)]
    assert(peer && store)
    const other = must(await peer.createRoom({ name: 'Diary', myName: 'Ben' }))
    must(await other.chat.send('mine'))
    must(await ben.chat.send('here'))
    ben.chat.draft.text = 'almost'
    must(await ben.leave())
    assert.notDeepEqual(await tracesOf(store, ben.id), [])
    must(await peer.forgetRoom(ben.id))
    assert.deepEqual(await tracesOf(store, ben.id), [])
    assert.deepEqual(
      peer.rooms.map(({ name }) => name),
      ['Diary'],
    )
    const diary = peer.room(other.id)
    assert(diary)
    assert.deepEqual(texts(diary), ['mine'])
    must(await diary.chat.send('still'))
    assert.deepEqual(texts(diary), ['mine', 'still'])
  })

  test('who was removed, forgot the room and is let back in writes on without a fork', async () => {
    const [ben] = await scene.writers('Ben')
    assert(ben)
    const peer = scene.peers.get(ben)
    assert(peer)
    must(await ben.chat.send('before'))
    await until(scene.ada, () => texts(scene.ada).includes('before'), 'the first words')
    must(await scene.ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    await until(ben, () => ben.status === 'removed', 'the removal')
    must(await peer.forgetRoom(ben.id))
    const { link } = await scene.invite({ role: 'writer' })
    assert(link !== undefined)
    const again = must(await peer.joinRoom({ link, myName: 'Ben' }))
    await until(scene.ada, () => scene.ada.access.requests.length > 0, 'Ben to ask')
    for (const { id } of scene.ada.access.requests) must(await scene.ada.access.approve(id))
    await until(again, () => again.status === 'member', 'Ben to be let in again')
    must(await again.chat.send('after'))
    await until(scene.ada, () => texts(scene.ada).includes('after'), 'the words of after')
    assert.deepEqual(texts(scene.ada), ['before', 'after'])
    assert.deepEqual(scene.ada.forkedBy, [])
  })
})
