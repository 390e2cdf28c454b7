import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { idFromBytes, type OperationHash } from '../../src/base/ids.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { KEEP_MAX } from '../../src/access/operation-limits.ts'
import { createJoinRequest } from '../../src/access/join-request.ts'
import { decodeDeviceCertificate } from '../../src/identity/device-certificate.ts'
import { OPEN_REQUESTS_MAX } from '../../src/peer/admission-desk.ts'
import { decodeInviteLink, inviteSigner } from '../../src/peer/invite-link.ts'
import type { Room } from '../../src/peer/room.ts'
import { AccessScene, agree, idOf, memberOf, namesOf, offline, online } from './access-scene.ts'
import { device, must, texts, until } from './meeting.ts'
import { newSession } from './stranger.ts'

describe('wishes to join', () => {
  let scene: AccessScene
  let ada: Room
  beforeEach(async () => {
    scene = await AccessScene.open()
    ada = scene.ada
  })
  afterEach(() => scene.close())

  test('[R6] by an invite with approval wait for a person, and come in when one says yes', async () => {
    const [cleo] = await scene.writers('Cleo')
    assert(cleo)
    const { link, approval } = await scene.invite({ role: 'writer', approval: 'manual', label: 'For the choir' })
    assert.equal(approval, 'manual')
    const ben = await scene.knock('Ben', link)
    await until(ben, () => ben.status === 'waiting', 'Ben to wait')
    for (const room of [ada, cleo]) await until(room, () => room.core.state?.openRequests.length === 1, 'the wish')
    assert.deepEqual(cleo.access.requests, [], 'only those who may decide are asked')
    const [request] = ada.access.requests
    assert(request)
    assert.equal(request.person.name, 'Ben')
    assert.equal(request.role, 'writer')
    assert.equal(request.note, 'For the choir')
    assert.deepEqual(await cleo.access.approve(request.id), { ok: false, reason: 'not-allowed' })
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
    must(await ada.access.approve(request.id))
    await until(ben, () => ben.status === 'member', 'Ben to be let in')
    assert.deepEqual(ada.access.requests, [])
    must(await ben.chat.send('thank you'))
    await until(cleo, () => texts(cleo).includes('thank you'), 'Ben')
  })

  test('are kept while those who may decide are away', async () => {
    const [cleo] = await scene.writers('Cleo')
    assert(cleo)
    const { link } = await scene.invite({ role: 'reader', approval: 'manual' })
    await until(cleo, () => cleo.invites.length === 2, 'the invite at Cleo')
    offline(ada)
    const ben = await scene.knock('Ben', link)
    await until(ben, () => ben.status === 'waiting', 'Cleo to hand it on')
    const peer = scene.peers.get(ben)
    assert(peer)
    await scene.meeting.leave(peer)
    online(ada)
    await until(ada, () => ada.access.requests.length === 1, 'the wish, without Ben')
    assert.equal(ada.access.requests[0]?.person.name, 'Ben')
  })

  test('[R6] that were declined stay declined, until another link is tried', async () => {
    const { link } = await scene.invite({ role: 'writer', approval: 'manual' })
    const ben = await scene.knock('Ben', link)
    await until(ada, () => ada.access.requests.length === 1, 'the wish')
    must(await ada.access.decline(ada.access.requests[0]?.id ?? ''))
    await until(ben, () => ben.status === 'declined', 'Ben to hear of it')
    assert.deepEqual(ada.access.requests, [])
    const peer = scene.peers.get(ben)
    const other = await scene.invite({ role: 'writer' })
    assert(peer && other.link !== undefined)
    const again = must(await peer.joinRoom({ link: other.link, myName: 'Ben' }))
    await until(again, () => again.status === 'member', 'Ben to be let in')
  })

  test('[R6] that were declined give back what was written while waiting', async () => {
    const { link } = await scene.invite({ role: 'writer', approval: 'manual' })
    const ben = await scene.knock('Ben', link)
    must(await ben.chat.send('hello'))
    must(await ben.chat.send('it is me'))
    await until(ada, () => ada.access.requests.length === 1, 'the wish')
    assert.deepEqual(texts(ben), ['hello', 'it is me'])
    must(await ada.access.decline(ada.access.requests[0]?.id ?? ''))
    await until(ben, () => ben.rejectedEdits.length === 1 && texts(ben).length === 0, 'the words to be given back')
    assert.deepEqual(
      ben.rejectedEdits.map(({ text, reason }) => [text, reason]),
      [['hello\n\nit is me', 'declined']],
    )
    assert.match(ben.exportRejected(), /hello\n\nit is me/)
    assert.equal(ben.can('chat'), false)
    assert.deepEqual(await ben.chat.send('one more'), { ok: false, reason: 'not-allowed' })
    const back = await scene.reload(ben)
    assert.deepEqual(texts(back), [])
    assert.equal(back.rejectedEdits.length, 1)
  })

  test('by a link that was revoked give back what was written while waiting', async () => {
    const gone = await scene.invite({ role: 'writer' })
    offline(ada)
    const late = await scene.knock('Late', gone.link)
    must(await late.chat.send('is anybody there?'))
    must(await ada.revokeInvite(gone.hash))
    online(ada)
    await until(late, () => late.rejectedEdits.length === 1, 'the words to be given back')
    assert.equal(late.rejectedEdits[0]?.reason, 'invite-revoked')
    await until(late, () => texts(late).length === 0, 'the row to go')
  })

  test('to look after the room always need a person', async () => {
    const { link, approval } = await scene.invite({ role: 'admin', approval: 'auto' })
    assert.equal(approval, 'manual')
    const ben = await scene.knock('Ben', link)
    await until(ada, () => ada.access.requests.length === 1, 'the wish')
    assert.deepEqual(namesOf(ada), ['Ada'])
    must(await ada.access.approve(ada.access.requests[0]?.id ?? ''))
    await until(ben, () => ben.me?.role === 'admin', 'Ben to be let in')
    await until(ada, () => namesOf(ada).includes('Ben'), 'the name')
    assert.equal(memberOf(ada, 'Ben').role, 'admin')
  })

  test('by a dead link learn what is wrong with it', async () => {
    const once = await scene.invite({ role: 'writer', usesMax: 1 })
    assert.equal(once.usesLeft, 1)
    await scene.join('Cleo', once.link)
    assert.equal(ada.invites[0]?.usesLeft, 0)
    const full = await scene.knock('Full', once.link)
    await until(full, () => full.joinProblem === 'invite-used-up', 'word of the uses')
    const gone = await scene.invite({ role: 'writer' })
    must(await ada.revokeInvite(gone.hash))
    const late = await scene.knock('Late', gone.link)
    await until(late, () => late.joinProblem === 'invite-revoked', 'word of the revocation')
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
  })

  test('of somebody who is banned are not heard, by whatever link', async () => {
    const { link } = await scene.invite({ role: 'writer' })
    const ben = await scene.join('Ben', link)
    const cleo = await scene.join('Cleo', link, [ada, ben])
    must(await ada.access.apply({ type: 'ban', person: idOf(ben), keep: 'all' }))
    await until(ben, () => ben.status === 'removed', 'the ban')
    await until(cleo, () => cleo.members.length === 2, 'the ban at Cleo')
    const peer = scene.peers.get(ben)
    assert(peer && link !== undefined)
    const back = must(await peer.joinRoom({ link, myName: 'Ben' }))
    await until(back, () => back.joinProblem === 'banned' && back.connection.state === 'connected', 'the reason')
    must(await cleo.chat.send('nobody new'))
    await until(ada, () => texts(ada).includes('nobody new'), 'Cleo')
    await agree(ada, cleo)
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
    assert.deepEqual(ada.access.requests, [])
  })

  test('are over when the person has come in, by whatever way, and do not come up again at a removal', async () => {
    const { link } = await scene.invite({ role: 'writer', approval: 'manual' })
    const ben = await scene.knock('Ben', link)
    await until(ada, () => ada.access.requests.length === 1, 'the wish')
    must(await ada.access.approve(ada.access.requests[0]?.id ?? ''))
    await until(ben, () => ben.status === 'member', 'Ben to be let in')
    const cleo = await scene.knock('Cleo', link)
    await until(ada, () => ada.access.requests.length === 1, 'Cleo’s wish')
    const other = await scene.invite({ role: 'writer' })
    const peer = scene.peers.get(cleo)
    assert(peer && other.link !== undefined)
    const again = must(await peer.joinRoom({ link: other.link, myName: 'Cleo' }))
    await until(again, () => again.status === 'member', 'Cleo to be let in')
    await until(ada, () => namesOf(ada).length === 3, 'both')
    assert.deepEqual(ada.access.requests, [])
    for (const room of [ben, again]) must(await ada.access.apply({ type: 'remove', person: idOf(room), keep: 'all' }))
    assert.deepEqual(namesOf(ada), ['Ada'])
    assert.deepEqual(ada.access.requests, [])
  })

  test('of ever so many made-up people are not all written down', async () => {
    const [cleo] = await scene.writers('Cleo')
    assert(cleo)
    const manual = await scene.invite({ role: 'writer', approval: 'manual' })
    const { invite, secret } = must(decodeInviteLink(manual.link ?? ''))
    const { log } = cleo.core
    assert(log)
    const requests = await Promise.all(
      Array.from({ length: OPEN_REQUESTS_MAX }, async () => {
        const made = await newSession()
        return createJoinRequest({
          room: ada.id,
          invite,
          certificate: must(decodeDeviceCertificate(made.certificate)),
          sealedProfile: new Uint8Array(0),
          deviceSigner: made.signer,
          inviteSigner: inviteSigner(secret),
        })
      }),
    )
    await until(cleo, () => cleo.invites.length === 2, 'the invite at Cleo')
    const node = log.state.nodeFor(idOf(cleo), 'hand-on-request')
    assert(node)
    must(
      await log.appendAll(() =>
        requests.map((request) => ({ node: node.hash, body: { kind: 'join.request', request } })),
      ),
    )
    await until(ada, () => ada.core.state?.openRequests.length === OPEN_REQUESTS_MAX, 'all of them')
    const ben = await scene.knock('Ben', manual.link)
    const dora = await scene.join('Dora', (await scene.invite({ role: 'writer' })).link)
    must(await dora.chat.send('hello'))
    await until(ada, () => texts(ada).includes('hello'), 'Dora, who came later')
    assert.equal(ada.core.state?.openRequests.length, OPEN_REQUESTS_MAX)
    assert.equal(ben.status, 'joining')
    // There is room again once somebody has looked through them.
    for (const { id } of ada.access.requests.slice(0, 3)) must(await ada.access.decline(id))
    await until(ben, () => ben.status === 'waiting', 'Ben’s turn')
  })

  test('by an invite that has let in thousands can be ended all the same, by itself or with who made it', async () => {
    const [ben] = await scene.writers('Ben')
    assert(ben)
    await scene.promote(ben, 'admin')
    const bens = await scene.invite({ role: 'writer' }, ben)
    const adas = await scene.invite({ role: 'writer' })
    await until(ada, () => ada.invites.length === 3, 'the invite of Ben')
    const { log } = ada.core
    assert(log)
    // As if as many had come: what lets a newcomer stay is named in the revocation, and one operation holds only so much.
    const admissions = Array.from({ length: KEEP_MAX + 100 }, () => idFromBytes<OperationHash>(randomBytes(32)))
    log.state.admissionsBy = () => admissions
    must(await ada.revokeInvite(adas.hash))
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    await until(ben, () => ben.status === 'removed', 'the removal')
    for (const { hash } of [adas, bens]) assert.equal(ada.invites.find((invite) => invite.hash === hash)?.revoked, true)
    const kept = [...log.access.operations()].flatMap(({ operation }) => {
      const body = operation?.body
      return body?.kind === 'invite.revoke' && body.invite === adas.hash ? body.keep : []
    })
    assert.deepEqual(kept.toSorted(), admissions.toSorted())
  })

  test('[R7] end at an invite’s date, which the devices of those who look after the room see to', async () => {
    let nowMs = Date.now()
    const clock = { ...device(), now: () => nowMs }
    const dueMs = nowMs + 60_000
    const expiring = await scene.invite({ role: 'writer', expiresAtMs: dueMs })
    assert.equal(expiring.expiresAtMs, dueMs)
    const cleo = await scene.join('Cleo', (await scene.invite({ role: 'writer' })).link)
    await scene.promote(cleo, 'moderator')
    const moderator = scene.peers.get(cleo)
    const store = scene.stores.get(cleo)
    assert(moderator && store)
    await scene.meeting.leave(moderator)
    nowMs = dueMs + 60_000
    // Cleo's clock is ahead: her device ends the invite for everybody.
    const again = await scene.meeting.peer({ store, environment: clock })
    const room = again.room(ada.id)
    assert(room)
    await until(ada, () => ada.invites.some(({ hash, revoked }) => hash === expiring.hash && revoked), 'the end')
    const late = await scene.knock('Late', expiring.link)
    await until(late, () => late.joinProblem === 'invite-revoked', 'word of it')
    assert.deepEqual(namesOf(ada), ['Ada', 'Cleo'])
  })
})
