import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Room } from '../../src/peer/room.ts'
import { AccessScene, idOf, memberOf, namesOf, offline, online } from './access-scene.ts'
import { must, texts, until } from './meeting.ts'

describe('whoever got a lower role and was then taken out', () => {
  let scene: AccessScene
  let ada: Room
  beforeEach(async () => {
    scene = await AccessScene.open()
    ada = scene.ada
  })
  afterEach(() => scene.close())

  test('by a ban does not come back by a link that is still open', async () => {
    const { link } = await scene.invite({ role: 'writer' })
    const ben = await scene.join('Ben', link)
    const cleo = await scene.join('Cleo', link, [ada, ben])
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'reader' }))
    must(await ada.access.apply({ type: 'ban', person: idOf(ben), keep: 'all' }))
    assert.deepEqual(
      ada.access.removed.map(({ person, mode, mayReadmit }) => ({ name: person.name, mode, mayReadmit })),
      [{ name: 'Ben', mode: 'ban', mayReadmit: true }],
    )
    await until(ben, () => ben.status === 'removed', 'the ban')
    const peer = scene.peers.get(ben)
    assert(peer && link !== undefined)
    const back = must(await peer.joinRoom({ link, myName: 'Ben' }))
    await until(back, () => back.joinProblem === 'banned' && back.connection.state === 'connected', 'the reason')
    must(await cleo.chat.send('nobody new'))
    await until(ada, () => texts(ada).includes('nobody new'), 'Cleo')
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
    assert.deepEqual(ada.access.requests, [])
  })

  test('by a removal waits for somebody’s yes', async () => {
    const { link } = await scene.invite({ role: 'writer' })
    const ben = await scene.join('Ben', link)
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'reader' }))
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    await until(ben, () => ben.status === 'removed', 'the removal')
    const other = await scene.invite({ role: 'writer' })
    const peer = scene.peers.get(ben)
    assert(peer && other.link !== undefined)
    must(await peer.joinRoom({ link: other.link, myName: 'Ben' }))
    await until(ada, () => ada.access.requests.length === 1, 'the wish')
    assert.deepEqual(namesOf(ada), ['Ada'])
  })

  test('is not asked for again by the link that let them in', async () => {
    const { link } = await scene.invite({ role: 'writer' })
    const ben = await scene.join('Ben', link)
    offline(ben)
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    online(ben)
    await until(ben, () => ben.status === 'removed', 'the removal')
    await until(ben, () => ben.connection.state === 'connected', 'Ada')
    const cleo = await scene.join('Cleo', link)
    must(await cleo.chat.send('nobody else'))
    await until(ada, () => texts(ada).includes('nobody else'), 'Cleo')
    assert.deepEqual(ada.access.requests, [])
    assert.deepEqual(ada.core.state?.openRequests, [])
  })
})

describe('whoever got a lower role', () => {
  let scene: AccessScene
  beforeEach(async () => {
    scene = await AccessScene.open()
  })
  afterEach(() => scene.close())

  test('does not get the former one back by the link that gave it', async () => {
    const { ada } = scene
    const { link } = await scene.invite({ role: 'writer' })
    const ben = await scene.join('Ben', link)
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'reader' }))
    await until(ben, () => ben.me?.role === 'reader', 'the new role')
    offline(ben)
    online(ben)
    await until(ben, () => ben.connection.state === 'connected', 'Ada')
    const cleo = await scene.join('Cleo', link, [ada, ben])
    // Ben may have been quicker, and can let her in as a reader only; Ada adds what the link promises.
    await until(cleo, () => cleo.can('chat'), 'a writer’s right')
    must(await cleo.chat.send('all are here'))
    await until(ben, () => texts(ben).includes('all are here'), 'Cleo')
    assert.equal(memberOf(ada, 'Ben').role, 'reader')
    assert.equal(ben.me?.role, 'reader')
  })
})
