import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Room } from '../../src/peer/room.ts'
import { type AccessScene, agree, idOf, withTrio } from './access-scene.ts'
import { must, until } from './meeting.ts'

const linesOf = (room: Room): readonly string[] => room.access.log.map(({ author, text }) => `${author.name} ${text}`)
const detailsOf = (room: Room, start: string): readonly string[] => {
  const event = room.access.log.find(({ text }) => text.startsWith(start))
  assert(event, `${start}: ${linesOf(room).join('; ')}`)
  return (event.details ?? []).map(({ text }) => text)
}

describe('the log tells one gesture in one line', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  withTrio((trio) => {
    ;({ scene, ada, ben, cleo } = trio)
  })

  test('a removal has the requests and invites that end with it as its details', async () => {
    const { link } = await scene.invite({ role: 'moderator' })
    const hana = await scene.knock('Hana', link)
    await until(ada, () => ada.access.requests.length === 1, 'the request')
    must(await ada.access.approve(ada.access.requests[0]?.id ?? ''))
    await until(hana, () => hana.status === 'member', 'Hana')
    must(await hana.createInvite({ role: 'writer' }))
    await until(ada, () => ada.invites.some(({ inviter }) => inviter?.id === idOf(hana)), 'the invite of Hana')
    scene.skewMs = 60_000
    must(await ada.access.apply({ type: 'remove', person: idOf(hana), keep: 'all' }))
    await agree(ada, ben, cleo)
    for (const room of [ada, ben]) {
      const details = detailsOf(room, 'removed Hana')
      assert.ok(details.includes('declined Hana'), details.join('; '))
      assert.ok(details.includes('revoked an invite'), details.join('; '))
      assert.ok(!linesOf(room).some((line) => line.includes('declined') || line.includes('revoked')))
    }
  })

  test('a lower role has the end of the former one as its detail', async () => {
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'reader' }))
    assert.deepEqual(detailsOf(ada, 'made Ben a reader'), ['took the former role from Ben'])
    assert.ok(!linesOf(ada).includes('Ada took the former role from Ben'))
  })

  test('two decisions stay two lines, however quickly they follow', async () => {
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    must(await ada.access.apply({ type: 'ban', person: idOf(cleo), keep: 'nothing' }))
    const lines = linesOf(ada)
    assert.ok(lines.some((line) => line.startsWith('Ada removed Ben')))
    assert.ok(lines.some((line) => line.startsWith('Ada banned Cleo')))
  })

  test('a wish that two members handed on is told once', async () => {
    const { link } = await scene.invite({ role: 'writer', approval: 'manual' })
    await scene.knock('Hana', link)
    await until(ben, () => ben.core.state?.openRequests.length === 1, 'somebody to hand it on')
    const request = ben.core.state?.openRequests[0]?.request
    assert(request)
    // As Ben does who hears of it before he hears that somebody has handed it on.
    const again = await ben.core.log?.append('hand-on-request', () => ({ kind: 'join.request', request }))
    assert.equal(again?.ok, true)
    await agree(ada, ben, cleo)
    const wishes = ada.access.log.filter(({ kind }) => kind === 'request')
    assert.deepEqual(
      wishes.map(({ text, details = [] }) => [text.replace(/\(.*\)/u, '(…)'), details.length]),
      [['passed on that somebody (…) asks to come in', 1]],
    )
    const lines = (await ada.access.exportLog()).trimEnd().split('\n')
    assert.equal(lines.filter((line) => line.includes('"join.request"')).length, 2, 'the export has both')
  })
})
