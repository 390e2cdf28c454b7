import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { PersonId } from '../../src/base/ids.ts'
import type { PeerTrust } from '../../src/peer/peer-trust.ts'
import type { Room } from '../../src/peer/room.ts'
import { SeededRandom } from '../simulate/seeded-random.ts'
import { AccessScene, idOf } from './access-scene.ts'
import { Disk } from './disk.ts'
import { must, texts, until } from './meeting.ts'

describe('trust in a peer', () => {
  let scene: AccessScene
  let ada: Room
  beforeEach(async () => {
    scene = await AccessScene.open()
    ada = scene.ada
  })
  afterEach(() => scene.close())

  const trustOf = (room: Room): PeerTrust => {
    const trust = scene.peers.get(room)?.trust
    assert(trust)
    return trust
  }
  const levelOf = (viewer: Room, person: Room): string => trustOf(viewer).in(idOf(person), viewer.id).level
  const verdictsOf = (room: Room): readonly (readonly [string, string | undefined, string | undefined])[] =>
    room.chat.messages.map(({ text, trust }) => [text, trust?.verdict, trust?.reason])
  const arrives = (room: Room, text: string): Promise<void> => until(room, () => texts(room).includes(text), text)
  /** Ada, Ben who came by a link for anybody, and Cleo who came by it too. */
  const openRoom = async (): Promise<readonly [ben: Room, cleo: Room]> => scene.benAndCleo()
  /** The same with a link for each. */
  const closedRoom = async (): Promise<readonly [ben: Room, cleo: Room]> => {
    const ben = await scene.join('Ben', (await scene.invite({ role: 'writer', usesMax: 1 })).link)
    const cleo = await scene.join('Cleo', (await scene.invite({ role: 'writer', usesMax: 1 })).link, [ada, ben])
    await until(cleo, () => cleo.members.every(({ person }) => person.name !== ''), 'names')
    return [ben, cleo]
  }

  test('[PT1] whoever came by a link for anybody is Unknown, whoever was chosen is Introduced', async () => {
    const [ben, cleo] = await closedRoom()
    assert.deepEqual([levelOf(ada, ben), levelOf(cleo, ben)], ['introduced', 'introduced'])
    const { reasons } = trustOf(cleo).in(idOf(ben), cleo.id)
    assert.deepEqual(reasons, [{ kind: 'room-floor', room: ada.id, inviter: idOf(ada) }])
    const { hash } = await scene.invite({ role: 'writer' })
    await until(cleo, () => cleo.invites.length === 3, 'the link for anybody')
    assert.deepEqual([levelOf(ada, ben), levelOf(cleo, ben)], ['unknown', 'unknown'])
    must(await ada.revokeInvite(hash))
    await until(cleo, () => cleo.invites.every(({ revoked, usesMax }) => revoked || usesMax === 1), 'its end')
    assert.equal(levelOf(cleo, ben), 'unknown', 'whoever ends it raises nobody')
  })

  test('[PT2] whoever made the link that one accepted is Known, until one says otherwise', async () => {
    const [ben, cleo] = await closedRoom()
    assert.deepEqual([levelOf(ben, ada), levelOf(cleo, ada)], ['known', 'known'])
    // Demoted, she takes along those whom she let in.
    const [change] = trustOf(ben).effectOf(idOf(ada), { level: 'unknown' })
    assert.deepEqual(change, { person: idOf(ada), before: 'known', after: 'unknown' })
    assert.deepEqual(
      trustOf(ben)
        .effectOf(idOf(ada), { level: 'unknown' })
        .map(({ person }) => person)
        .toSorted(),
      [idOf(ada), idOf(cleo)].toSorted(),
    )
    must(await trustOf(ben).set(idOf(ada), { level: 'unknown' }))
    assert.deepEqual([levelOf(ben, ada), levelOf(ben, cleo)], ['unknown', 'unknown'])
  })

  test('[PT3] a stranger writes as much as the table allows; the rest is held, and nothing is lost', async () => {
    const [ben] = await openRoom()
    must(await ben.chat.send('https://example.org/prize'))
    must(await ben.chat.send('x'.repeat(2_049)))
    must(await ben.chat.send('Hello, I am Ben'))
    must(await ben.chat.send('https://example.org/plan'))
    await arrives(ada, 'https://example.org/plan')
    const short = verdictsOf(ada).map(([text, ...rest]) => [text.slice(0, 25), ...rest])
    assert.deepEqual(short, [
      ['https://example.org/prize', 'held', 'first-post'],
      ['x'.repeat(25), 'held', 'too-long'],
      ['Hello, I am Ben', 'shown', undefined],
      ['https://example.org/plan', 'shown', undefined],
    ])
    assert.equal(ada.chat.held.length, 2)
    const { trust } = ada.chat.messages[2] ?? {}
    assert.deepEqual([trust?.level, trust?.markup, trust?.links], ['unknown', 'simple', 'sheet'])
    must(await trustOf(ada).set(idOf(ben), { level: 'known' }))
    assert.deepEqual(
      ada.chat.messages.map((message) => message.trust?.verdict),
      ['shown', 'shown', 'shown', 'shown'],
    )
    assert.equal(ada.chat.messages[2]?.trust?.markup, 'full')
    assert.ok(
      ben.chat.messages.every((message) => message.trust?.verdict === 'shown'),
      'own words are never gated',
    )
  })

  test('[PT3] a flood is held from where the rate is over, and messages keep their identity', async () => {
    const [ben] = await openRoom()
    for (let number = 0; number < 14; number++) must(await ben.chat.send(`word ${number}`))
    await arrives(ada, 'word 13')
    const before = ada.chat.messages
    assert.deepEqual(
      before.map(({ trust }) => trust?.verdict),
      [...Array.from({ length: 10 }, () => 'shown'), ...Array.from({ length: 4 }, () => 'held')],
    )
    assert.equal(before[12]?.trust?.reason, 'too-fast')
    must(await ada.chat.send('Slowly, please'))
    assert.ok(before.every((message, index) => message === ada.chat.messages[index]))
  })

  test('[PT3] a blocked person is hidden, answers to them are folded, and their acts count', async () => {
    const [ben, cleo] = await openRoom()
    await scene.promote(ben, 'moderator')
    const said = must(await ben.chat.send('Buy my watches'))
    await arrives(cleo, 'Buy my watches')
    must(await cleo.chat.send('Which ones?', { replyTo: said }))
    await arrives(ada, 'Which ones?')
    must(await trustOf(ada).set(idOf(ben), { level: 'blocked' }))
    assert.deepEqual(verdictsOf(ada), [
      ['Buy my watches', 'hidden', 'blocked'],
      ['Which ones?', 'folded', 'reply'],
    ])
    const [, answer] = ada.chat.messages
    assert(answer)
    ada.chat.showOnce(answer)
    assert.equal(ada.chat.messages[1]?.trust?.verdict, 'shown')
    must(await ben.access.apply({ type: 'remove', person: idOf(cleo), keep: 'all' }))
    await until(ada, () => ada.members.every(({ person }) => person.name !== 'Cleo'), 'the removal by a blocked person')
  })

  test('[PT4] what was held is shown on demand; after three looks one may be asked', async () => {
    const [ben] = await openRoom()
    for (let number = 0; number < 4; number++) must(await ben.chat.send(`${'x'.repeat(2_049)} ${number}`))
    await until(ada, () => ada.chat.messages.length === 4, 'four long ones')
    for (const [count, message] of ada.chat.held.entries()) {
      assert.equal(ada.chat.shouldOfferAlways(idOf(ben)), count >= 3)
      ada.chat.showOnce(message)
    }
    assert.equal(ada.chat.held.length, 0)
  })

  test("[PT5] they're fine: all who are new are Known in one step, those one has placed stay", async () => {
    const [ben, cleo] = await openRoom()
    const dan = await scene.join('Dan', ada.invites[0]?.link)
    must(await trustOf(ada).set(idOf(cleo), { level: 'blocked' }))
    assert.deepEqual([...trustOf(ada).newIn(ada.id)].toSorted(), [idOf(ben), idOf(dan)].toSorted())
    let changes = 0
    trustOf(ada).on('change', () => changes++)
    must(await trustOf(ada).setAllKnown(ada.id))
    assert.equal(changes, 1)
    assert.deepEqual([levelOf(ada, ben), levelOf(ada, dan), levelOf(ada, cleo)], ['known', 'known', 'blocked'])
    assert.deepEqual(trustOf(ada).newIn(ada.id), [])
  })

  test('[PT6] settings survive a reload, whatever else is stored; what is not stored does not count', async () => {
    const [ben, cleo] = await openRoom()
    must(
      await trustOf(ada).set(idOf(ben), {
        level: 'trusted',
        isVerified: true,
        allowances: { text: { perMinuteMax: 1 } },
      }),
    )
    must(await trustOf(ada).setPetname(idOf(ben), ' Benjamin  '))
    must(await trustOf(ada).setPreset('strict'))
    const store = scene.stores.get(ada)
    assert(store)
    const garbage = [
      { kind: 'put', key: `private/person/${idOf(cleo)}`, value: { level: 'emperor', isVerified: 7 } },
    ] as const
    must(await store.write([...garbage, { kind: 'put', key: 'private/person/nobody', value: 3 }]))
    const again = await scene.reload(ada)
    const { level, isVerified, allowances } = trustOf(again).settingOf(idOf(ben))
    assert.deepEqual([level, isVerified, allowances], ['trusted', true, { text: { perMinuteMax: 1 } }])
    assert.equal(trustOf(again).petnameOf(idOf(ben)), 'Benjamin')
    assert.equal(trustOf(again).preset, 'strict')
    assert.deepEqual([levelOf(again, cleo), trustOf(again).settingOf(idOf(cleo)).isVerified], ['unknown', false])
  })

  test("a name that looks like that of somebody one knows is told, and not one that is somebody else's", async () => {
    const [ben, cleo] = await openRoom()
    must(await trustOf(ada).set(idOf(ben), { level: 'known' }))
    assert.equal(trustOf(ada).lookAlikeOf(idOf(cleo), 'Ben\u200B')?.person, idOf(ben))
    assert.equal(trustOf(ada).lookAlikeOf(idOf(cleo), 'Веn')?.person, idOf(ben))
    assert.equal(trustOf(ada).lookAlikeOf(idOf(cleo), 'Ada')?.person, idOf(ada))
    assert.equal(trustOf(ada).lookAlikeOf(idOf(cleo), 'Cleo'), undefined)
    assert.equal(trustOf(ada).lookAlikeOf(idOf(ben), 'Ben'), undefined)
  })

  for (const seed of [1, 2, 3])
    test(`[PT7] nothing that somebody does raises their own level (seed ${seed})`, async () => {
      const random = new SeededRandom(seed)
      const [ben, cleo] = random.isHit(0.5) ? await openRoom() : await closedRoom()
      await scene.promote(ben, 'admin')
      const rank = ['blocked', 'unknown', 'introduced', 'known', 'trusted']
      const before = [rank.indexOf(levelOf(ada, ben)), rank.indexOf(levelOf(cleo, ben))]
      const acts: readonly (() => Promise<unknown>)[] = [
        () => ben.chat.send(`word ${random.below(1_000)}`),
        () => ben.setMyName(['Ada', 'Cleo', 'Ben', 'Admin'][random.below(4)] ?? ''),
        () => ben.createInvite({ role: 'writer', usesMax: random.below(2) }),
        () => ben.createNote({ title: 'Trust me' }),
        async () =>
          ben.revokeInvite((ben.invites[random.below(ben.invites.length)] ?? { hash: idOf(ben) }).hash as never),
        () => ben.access.apply({ type: 'role', person: idOf(cleo), role: 'moderator' }),
        () => trustOf(ben).set(idOf(ben), { level: 'trusted' }),
        () => trustOf(ben).set(idOf(ada), { level: 'trusted' }),
      ]
      for (let step = 0; step < 12; step++) await acts[random.below(acts.length)]?.()
      must(await ben.chat.send('the last'))
      await Promise.all([arrives(ada, 'the last'), arrives(cleo, 'the last')])
      const after = [rank.indexOf(levelOf(ada, ben)), rank.indexOf(levelOf(cleo, ben))]
      after.forEach((level, index) => assert.ok(level <= (before[index] ?? 0), `seed ${seed}: ${level}`))
    })
})

test('[PT6] a setting that cannot be stored does not count, and says so', async () => {
  const disk = new Disk()
  const { DeviceRecords } = await import('../../src/peer/device-records.ts')
  const records = await DeviceRecords.open(disk)
  let changes = 0
  records.on('change', () => changes++)
  disk.failure = 'full'
  const refused = await records.setPreset('strict')
  assert.deepEqual([refused.ok, records.trust.preset, changes], [false, 'balanced', 0])
  const nobody = await records.setPeople(['x' as PersonId], { level: 'known' })
  assert.equal(nobody.ok, false)
})
