import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Room } from '../../src/peer/room.ts'
import { type AccessScene, agree, idOf, memberOf, offline, online, withTrio } from './access-scene.ts'
import { must, texts, until } from './meeting.ts'

describe('roles', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  withTrio((trio) => {
    ;({ scene, ada, ben, cleo } = trio)
  })

  test('go up at once, with the right to let others in', async () => {
    assert.deepEqual(memberOf(ada, 'Ben').rolesIMayGive, ['reader', 'commenter', 'writer', 'moderator', 'admin'])
    assert.deepEqual(memberOf(ben, 'Cleo').rolesIMayGive, [])
    assert.deepEqual(await ben.access.apply({ type: 'role', person: idOf(cleo), role: 'moderator' }), {
      ok: false,
      reason: 'not-allowed',
    })
    await scene.promote(ben, 'moderator')
    assert.equal(ben.can('invite'), true)
    assert.deepEqual(memberOf(ben, 'Cleo').rolesIMayGive, ['reader', 'commenter', 'writer'])
    assert.deepEqual(memberOf(ben, 'Ada').rolesIMayGive, [])
    const eve = await scene.join('Eve', (await scene.invite({ role: 'writer' }, ben)).link, [ben])
    must(await ben.access.apply({ type: 'role', person: idOf(eve), role: 'reader' }))
    await until(eve, () => eve.me?.role === 'reader', 'the lower role')
    assert.equal(eve.can('chat'), false)
  })

  test('go down in one publication; what was written before stays, what was written meanwhile comes back', async () => {
    must(await ben.chat.send('as a writer'))
    for (const room of [ada, cleo]) await until(room, () => texts(room).includes('as a writer'), 'Ben')
    const preview = ada.access.preview({ type: 'role', person: idOf(ben), role: 'reader' })
    assert.deepEqual(preview?.role, { from: 'writer', to: 'reader' })
    assert.deepEqual(preview.kept, [{ place: 'Chat', count: 1 }])
    assert.equal(preview.keepsReading, false)
    assert.equal(preview.needsNewKey, false)
    offline(ben)
    must(await ben.chat.send('not knowing'))
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'reader' }))
    assert.equal(memberOf(ada, 'Ben').role, 'reader')
    online(ben)
    await until(ben, () => ben.me?.role === 'reader' && ben.rejectedEdits.length > 0, 'Ben to hear of it')
    assert.deepEqual(
      ben.rejectedEdits.map(({ text, reason }) => [text, reason]),
      [['not knowing', 'demoted']],
    )
    assert.equal(ben.status, 'member')
    must(await cleo.chat.send('Ben still reads'))
    await until(ben, () => texts(ben).includes('Ben still reads'), 'what others write')
    await agree(ada, ben, cleo)
    assert.deepEqual(texts(ada), ['as a writer', 'Ben still reads'])
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'writer' }))
    await until(ben, () => ben.can('chat'), 'the role back')
    must(await ben.chat.send('a writer again'))
    await until(ada, () => texts(ada).includes('a writer again'), 'Ben')
    await agree(ada, ben, cleo)
  })

  test('of a moderator go down too, and the senior one cannot be touched', async () => {
    await scene.promote(ben, 'moderator')
    await until(cleo, () => memberOf(cleo, 'Ben').role === 'moderator', 'the role')
    assert.deepEqual(await ben.access.apply({ type: 'role', person: idOf(ada), role: 'reader' }), {
      ok: false,
      reason: 'owner',
    })
    must(await ben.chat.send('as a moderator'))
    await until(ada, () => texts(ada).includes('as a moderator'), 'Ben')
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'writer' }))
    await until(ben, () => ben.me?.role === 'writer', 'the lower role')
    assert.equal(ben.can('invite'), false)
    must(await ben.chat.send('as a writer'))
    await until(cleo, () => texts(cleo).length === 2, 'Ben')
    await agree(ada, ben, cleo)
  })

  test('[R4] the last who can look after a room does not go while others are there', async () => {
    assert.deepEqual(await ada.leave(), { ok: false, reason: 'last-owner' })
    assert.equal(ada.status, 'member')
    await scene.promote(ben, 'admin')
    await until(cleo, () => memberOf(cleo, 'Ben').role === 'admin', 'the role')
    must(await ada.leave())
    assert.equal(ada.status, 'left')
    await until(ben, () => ben.members.length === 2, 'Ada gone')
    assert.equal(ben.access.ownership.iAmOwner, false)
    assert.deepEqual(await ben.leave(), { ok: false, reason: 'last-owner' })
    must(await cleo.leave())
    await until(ben, () => ben.members.length === 1, 'Cleo gone')
    must(await ben.leave())
  })
})
