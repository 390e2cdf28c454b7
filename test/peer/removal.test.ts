import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import * as Y from 'yjs'
import { pinsOf } from '../../src/access/removal.ts'
import { revocationSteps } from '../../src/peer/access-change.ts'
import type { Note } from '../../src/peer/note.ts'
import type { Room } from '../../src/peer/room.ts'
import { AccessScene, agree, idOf, memberOf, namesOf, offline, online, plain } from './access-scene.ts'
import { remove } from './key-scene.ts'
import { must, texts, until } from './meeting.ts'

function write(note: Note, text: string, at = 0): void {
  const paragraph = new Y.XmlElement('paragraph')
  note.body.insert(at, [paragraph])
  paragraph.insert(0, [new Y.XmlText(text)])
}

const wordsOf = (note: Note, at: number): Y.XmlText => {
  const paragraph = note.body.get(at)
  assert(paragraph instanceof Y.XmlElement)
  const words = paragraph.get(0)
  assert(words instanceof Y.XmlText)
  return words
}

describe('removal', () => {
  let scene: AccessScene
  let ada: Room
  beforeEach(async () => {
    scene = await AccessScene.open()
    ada = scene.ada
  })
  afterEach(() => scene.close())

  const writers = async (): Promise<readonly [Room, Room]> => {
    const [ben, cleo] = await scene.writers('Ben', 'Cleo')
    assert(ben && cleo)
    return [ben, cleo]
  }

  test('[R5] of somebody who is away and writing: everybody shows the same, and the words come back to their author', async () => {
    const [ben, cleo] = await writers()
    must(await ben.chat.send('before'))
    await until(ada, () => texts(ada).includes('before'), 'Ben')
    offline(ben)
    must(await ben.chat.send('while I was away'))
    const preview = ada.access.preview({ type: 'remove', person: idOf(ben), keep: 'all' })
    assert.deepEqual(preview?.role, { from: 'writer', to: undefined })
    assert.deepEqual(preview.kept, [{ place: 'Chat', count: 1 }])
    assert.deepEqual(preview.dropped, [])
    assert.deepEqual(preview.alsoAffected, [])
    assert.equal(preview.keepsReading, true)
    assert.equal(preview.needsNewKey, true)
    assert.deepEqual(namesOf(ada), ['Ada', 'Ben', 'Cleo'], 'a preview writes nothing')
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
    await until(cleo, () => cleo.members.length === 2, 'the removal at Cleo')
    online(ben)
    await until(ben, () => ben.status === 'removed' && ben.rejectedEdits.length > 0, 'Ben to hear of it')
    // The words are kept aside before the chat is made anew without them.
    await until(ben, () => texts(ben).length === 1, 'the chat without it')
    await agree(ada, cleo)
    for (const room of [ada, cleo, ben]) assert.deepEqual(texts(room), ['before'])
    const [edit] = ben.rejectedEdits
    assert.equal(edit?.text, 'while I was away')
    assert.equal(edit.reason, 'removed')
    assert.match(ben.exportRejected(), /Chat, .*\n\nwhile I was away/)
    assert.equal(ben.removedBy?.person.name, 'Ada')
    assert.equal(ben.removedBy.mode, 'kick')
    assert.equal(ben.can('chat'), false)
    assert.deepEqual(await ben.chat.send('once more'), { ok: false, reason: 'not-allowed' })
    must(await cleo.chat.send('after'))
    await until(ada, () => texts(ada).includes('after'), 'Cleo')
    assert.deepEqual(texts(ben), ['before'], 'nothing new is given to somebody who was removed')
    const again = await scene.reload(ben)
    await until(again, () => again.status === 'removed', 'the removal after a restart')
    assert.deepEqual(
      again.rejectedEdits.map(({ text }) => text),
      ['while I was away'],
    )
    assert.deepEqual(texts(again), ['before'])
  })

  test('takes nothing from those who wrote inside the paragraph of the one who goes', async () => {
    const [ben, cleo] = await writers()
    const [adas, bens, cleos] = await scene.note([ada, ben, cleo])
    assert(adas && bens && cleos)
    write(bens, 'Ben begins. ')
    await until(cleo, () => plain(cleos).includes('Ben begins.'), 'Ben’s paragraph')
    await until(ada, () => plain(adas).includes('Ben begins.'), 'Ben’s paragraph')
    wordsOf(cleos, 0).insert(4, 'and Cleo ')
    await until(ada, () => plain(adas).includes('Cleo'), 'Cleo’s words')
    const [first] = ada.access.writesOf(idOf(ben))
    assert(first)
    assert.equal(first.place, 'Plan')
    assert.match(first.excerpt, /^Ben/)
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'nothing' }))
    for (const [room, note] of [
      [ada, adas],
      [cleo, cleos],
    ] as const)
      await until(room, () => !plain(note).includes('begins'), 'the cut')
    for (const note of [adas, cleos]) assert.equal(plain(note).trim(), 'Plan\n\nand Cleo')
    wordsOf(cleos, 0).insert(0, 'Still: ')
    await until(ada, () => plain(adas).trim() === 'Plan\n\nStill: and Cleo', 'Cleo goes on')
  })

  test('[P22] ends what is handed to the one who goes at once, before the documents follow', async () => {
    const [ben] = await scene.writers('Ben')
    assert(ben)
    const { links, log } = ada.core
    const link = links.links.find(({ remote }) => remote.person === idOf(ben))
    assert(link && log)
    const rights: boolean[] = []
    const tell = links.tell.bind(links)
    links.tell = (event) => {
      if (event.type === 'link-rights' && event.link === link.id) rights.push(event.mayRead)
      tell(event)
    }
    let followed = 0
    ada.core.events.on('changed', () => {
      followed++
    })
    const seen: (readonly [mayRead: boolean | undefined, followed: number])[] = []
    log.events.on('changed', () => {
      seen.push([rights.at(-1), followed])
    })
    await remove(ada, ben)
    assert.deepEqual(seen[0], [false, 0])
  })

  test('is taken in together with what else has come', async () => {
    let runs = 0
    ada.core.events.on('changed', () => {
      runs++
    })
    await Promise.all(Array.from({ length: 50 }, () => ada.core.refresh()))
    assert(runs <= 2, `documents were brought in line ${runs} times`)
  })

  test('[R1] cuts from a chosen message on', async () => {
    const [ben, cleo] = await writers()
    for (const text of ['one', 'two', 'three']) must(await ben.chat.send(text))
    await until(ada, () => texts(ada).length === 3, 'Ben')
    await until(cleo, () => texts(cleo).length === 3, 'Ben')
    const writes = ada.access.writesOf(idOf(ben))
    assert.deepEqual(
      writes.map(({ place, excerpt }) => [place, excerpt]),
      [
        ['Chat', 'three'],
        ['Chat', 'two'],
        ['Chat', 'one'],
      ],
    )
    const keep = { before: writes[1]?.id ?? '' }
    const preview = ada.access.preview({ type: 'ban', person: idOf(ben), keep })
    assert.deepEqual(preview?.kept, [{ place: 'Chat', count: 1 }])
    assert.deepEqual(preview.dropped, [{ place: 'Chat', count: 2, excerpt: 'three' }])
    must(await ada.access.apply({ type: 'ban', person: idOf(ben), keep }))
    await until(ben, () => ben.removedBy?.mode === 'ban' && texts(ben).length === 1, 'Ben to hear of it')
    await agree(ada, cleo)
    for (const room of [ada, cleo, ben]) assert.deepEqual(texts(room), ['one'])
    assert.deepEqual(
      ben.rejectedEdits.map(({ text }) => text),
      ['two\nthree'],
    )
  })

  test('[R2] leaves those who were let in, or takes them too', async () => {
    const [ben, cleo] = await writers()
    await scene.promote(ben, 'moderator')
    const dora = await scene.join('Dora', (await scene.invite({ role: 'writer', usesMax: 1 }, ben)).link, [ben, ada])
    must(await dora.chat.send('Dora was here'))
    for (const room of [ada, cleo]) await until(room, () => texts(room).includes('Dora was here'), 'Dora')
    const alone = ada.access.preview({ type: 'remove', person: idOf(ben), keep: 'all' })
    assert.deepEqual(alone?.alsoAffected, [])
    const change = { type: 'remove', person: idOf(ben), keep: 'all', withInvitees: true } as const
    const preview = ada.access.preview(change)
    assert.deepEqual(
      preview?.alsoAffected.map(({ person, from, to }) => [person.name, from, to]),
      [['Dora', 'writer', undefined]],
    )
    must(await ada.access.apply(change))
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
    await until(dora, () => dora.status === 'removed', 'Dora to hear of it')
    await agree(ada, cleo)
    assert.deepEqual(texts(ada), ['Dora was here'])
    assert.equal(
      ada.invites.every((invite) => invite.mine || invite.revoked),
      true,
    )
  })

  test('[R2] takes nobody who came by the link of somebody else, whoever’s device let them in', async () => {
    const { link } = await scene.invite({ role: 'writer' })
    const ben = await scene.join('Ben', link)
    await scene.promote(ben, 'moderator')
    offline(ada)
    const cleo = await scene.join('Cleo', link, [ben])
    online(ada)
    const dora = await scene.join('Dora', (await scene.invite({ role: 'writer' }, ben)).link, [ben, ada])
    await until(ada, () => namesOf(ada).length === 4, 'Cleo')
    const grant = ada.core.state?.nodesOf(idOf(cleo))[0]
    assert.equal(grant?.grantedBy, idOf(ben), 'it was Ben’s device that let Cleo in')
    assert.equal(memberOf(ada, 'Cleo').invitedBy?.name, 'Ada')
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all', withInvitees: true }))
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
    for (const room of [ben, dora]) await until(room, () => room.status === 'removed', 'the removal')
    await agree(ada, cleo)
  })

  test('is lifted by letting somebody in again; what they wrote afterwards stands beside what they wrote before', async () => {
    const [ben, cleo] = await writers()
    must(await ben.chat.send('before'))
    await until(ada, () => texts(ada).includes('before'), 'Ben')
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    await until(ben, () => ben.status === 'removed', 'the removal')
    const [removed] = ada.access.removed
    assert.equal(removed?.person.name, 'Ben')
    assert.equal(removed.by.name, 'Ada')
    assert.equal(removed.mayReadmit, true)
    assert.deepEqual(await cleo.access.apply({ type: 'readmit', person: idOf(ben), role: 'reader' }), {
      ok: false,
      reason: 'not-allowed',
    })
    must(await ada.access.apply({ type: 'readmit', person: idOf(ben), role: 'writer' }))
    await until(ben, () => ben.status === 'member', 'Ben is back')
    assert.deepEqual(ada.access.removed, [])
    must(await ben.chat.send('after'))
    for (const room of [ada, cleo]) await until(room, () => texts(room).includes('after'), 'Ben')
    await agree(ada, ben, cleo)
    assert.deepEqual(texts(ada), ['before', 'after'])
  })

  test('[R6] of a member does not let them back in by the link that they came by', async () => {
    const { link } = await scene.invite({ role: 'writer' })
    const ben = await scene.join('Ben', link)
    const cleo = await scene.join('Cleo', link, [ada, ben])
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    await until(ben, () => ben.status === 'removed', 'the removal')
    const peer = scene.peers.get(ben)
    assert(peer && link !== undefined)
    const back = must(await peer.joinRoom({ link, myName: 'Ben' }))
    await until(ada, () => ada.access.requests.length === 1, 'the wish')
    await until(back, () => back.status === 'waiting', 'Ben to wait')
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
    assert.deepEqual(namesOf(cleo), ['Ada', 'Cleo'])
    const [request] = ada.access.requests
    assert(request)
    must(await ada.access.approve(request.id))
    await until(back, () => back.status === 'member', 'Ben is back')
    await until(ada, () => namesOf(ada).includes('Ben'), 'Ben at Ada')
    must(await ada.access.apply({ type: 'remove', person: idOf(back), keep: 'all' }))
    await until(back, () => back.status === 'removed', 'the second removal')
    must(await cleo.chat.send('again'))
    await until(ada, () => texts(ada).includes('again'), 'Cleo')
    assert.deepEqual(ada.access.requests, [], 'nobody asks for Ben but Ben')
    assert.equal(back.status, 'removed')
  })

  test('by two admins of each other leaves the senior one, whoever hears what first', async () => {
    const [ben, cleo] = await writers()
    await scene.promote(ben, 'admin')
    await scene.promote(cleo, 'admin')
    await agree(ada, ben, cleo)
    const [senior, junior] = ada.members[1]?.person.name === 'Ben' ? [ben, cleo] : [cleo, ben]
    offline(senior, junior)
    must(await senior.access.apply({ type: 'remove', person: idOf(junior), keep: 'all' }))
    assert.deepEqual(await junior.access.apply({ type: 'remove', person: idOf(senior), keep: 'all' }), {
      ok: false,
      reason: 'outranked',
    })
    // A patched client signs it all the same.
    const { log } = junior.core
    assert(log)
    const node = log.state.nodesOf(idOf(junior))[0]?.hash
    assert(node !== undefined)
    const target = { type: 'person', person: idOf(senior) } as const
    const forged = { kind: 'revoke', target, scope: '*', pins: [], mode: 'kick', note: new Uint8Array(0) } as const
    const { hash } = must(await log.appendUnder(node, forged))
    online(junior)
    await until(junior, () => junior.connection.state === 'connected', 'the junior one')
    online(senior)
    await until(junior, () => junior.status === 'removed', 'the removal')
    await agree(ada, senior)
    assert.equal(ada.members.length, 2)
    assert.equal(senior.status, 'member')
    await until(ada, () => ada.core.log?.access.operation(hash) !== undefined, 'the other removal')
    assert.equal(ada.access.explain(hash).status, 'not-effective')
    const event = ada.access.log.find((candidate) => candidate.hash === hash)
    assert.equal(event?.isEffective, false)
    assert.equal(event.about?.id, idOf(senior))
  })

  test('[R5] gives back what was typed into a note meanwhile, and leaves the note to read', async () => {
    const [ben, cleo] = await writers()
    const [bens, cleos] = await scene.note([ben, cleo])
    assert(bens && cleos)
    write(bens, 'kept words')
    for (const room of [ada, cleo])
      await until(room, () => room.core.feedHeadsOf(ben.core.session.id).length > 0, 'Ben')
    await until(cleo, () => plain(cleos).includes('kept words'), 'Ben')
    offline(ben)
    write(bens, 'lost words', 1)
    await bens.settled()
    const preview = ada.access.preview({ type: 'remove', person: idOf(ben), keep: 'nothing' })
    assert.deepEqual(preview?.dropped, [{ place: 'Plan', count: 1, excerpt: 'kept words' }])
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    online(ben)
    await until(ben, () => ben.rejectedEdits.length > 0 && !bens.mayWrite, 'Ben to hear of it')
    assert.deepEqual(
      ben.rejectedEdits.map(({ text, reason }) => [text, reason]),
      [['lost words', 'removed']],
    )
    await until(ben, () => plain(bens) === 'Plan\n\nkept words', 'the note without it')
    await agree(ada, cleo)
    assert.equal(plain(cleos), 'Plan\n\nkept words')
    ben.dismissRejectedEdit(ben.rejectedEdits[0]?.id ?? '')
    assert.deepEqual(ben.rejectedEdits, [])
    const again = await scene.reload(ben)
    await until(again, () => again.status === 'removed', 'the removal after a restart')
    assert.deepEqual(again.rejectedEdits, [], 'what was put away stays away')
  })

  test('[R3] that undoes a removal says so, and does not repeat it unasked', async () => {
    const [ben, eve] = await writers()
    await scene.promote(ben, 'admin')
    await until(eve, () => memberOf(eve, 'Ben').role === 'admin', 'the role')
    await agree(ada, ben, eve)
    offline(ben)
    must(await ben.access.apply({ type: 'ban', person: idOf(eve), keep: 'all' }))
    assert.deepEqual(namesOf(ben), ['Ada', 'Ben'])
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    online(ben)
    await until(ada, () => ada.access.lapsedDenials.length === 1, 'the lapsed removal')
    await until(ben, () => ben.status === 'removed', 'the removal')
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
    const [denial] = ada.access.lapsedDenials
    assert.equal(denial?.person.name, 'Cleo')
    assert.equal(denial.by.name, 'Ben')
    assert.equal(denial.mode, 'ban')
    assert.deepEqual(eve.access.lapsedDenials, [])
    must(await ada.access.reissue(denial.hash))
    await until(eve, () => eve.removedBy?.person.name === 'Ada', 'the removal, made again')
    assert.deepEqual(ada.access.lapsedDenials, [])
  })

  test('[R1] lists what does not fit into one operation in others', async () => {
    const [ben, cleo] = await writers()
    const [bens] = await scene.note([ben])
    assert(bens)
    must(await ben.chat.send('in the chat'))
    write(bens, 'in the note')
    const { log } = ada.core
    assert(log)
    const held = () => ada.core.feedHeadsOf(ben.core.session.id)
    await until(ada, () => held().length === 2 && held().every(({ length }) => length > 0), 'Ben')
    await bens.settled()
    await agree(ada, ben, cleo)
    const node = log.state.nodeToRemove(idOf(ada), idOf(ben))
    assert(node)
    const sessions = [...log.state.sessions.values()].filter(({ person }) => person === idOf(ben))
    const pins = pinsOf(log.access, sessions, held)
    const target = { type: 'person', person: idOf(ben) } as const
    const steps = revocationSteps(node.hash, { target, mode: 'kick', pins }, 2)
    assert.equal(steps.length, 2)
    must(await log.appendAll(() => steps))
    await until(ben, () => ben.status === 'removed', 'the removal')
    await agree(ada, cleo)
    const limits = [...(cleo.core.state?.feeds.values() ?? [])].filter(({ person }) => person === idOf(ben))
    assert.deepEqual(
      new Map(limits.map(({ feed, limit }) => [feed, limit])),
      new Map(held().map(({ feed, length }) => [feed, length])),
    )
    assert.deepEqual(texts(cleo), ['in the chat'])
  })

  test('says who can remove whom', async () => {
    const [ben, cleo] = await writers()
    await scene.promote(ben, 'moderator')
    await until(cleo, () => memberOf(cleo, 'Ben').role === 'moderator', 'the role')
    assert.deepEqual(
      memberOf(cleo, 'Cleo').removableBy.map(({ name }) => name),
      ['Ada', 'Ben'],
    )
    assert.deepEqual(
      memberOf(ben, 'Ben').removableBy.map(({ name }) => name),
      ['Ada'],
    )
    assert.equal(memberOf(cleo, 'Ben').mayRemove, false)
    assert.equal(memberOf(ben, 'Cleo').mayRemove, true)
    assert.equal(memberOf(ben, 'Ada').mayRemove, false)
    assert.equal(memberOf(ada, 'Ada').mayRemove, false)
    assert.equal(memberOf(ada, 'Ada').isOwner, true)
    assert.equal(ben.access.preview({ type: 'remove', person: idOf(ada), keep: 'all' }), undefined)
    must(await ben.access.apply({ type: 'remove', person: idOf(cleo), keep: 'all' }))
    await until(cleo, () => cleo.status === 'removed', 'Cleo')
    assert.equal(cleo.removedBy?.person.name, 'Ben')
  })
})
