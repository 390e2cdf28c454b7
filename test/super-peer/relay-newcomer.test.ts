/** Somebody who reaches nobody of the room but a relay. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { createJoinRequest, decodeJoinRequest } from '../../src/access/join-request.ts'
import type { PersonId } from '../../src/base/ids.ts'
import { decodeDeviceCertificate } from '../../src/identity/device-certificate.ts'
import { decodeInviteLink, inviteSigner } from '../../src/peer/invite-link.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import type { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { namesOf } from '../peer/access-scene.ts'
import { Meeting, must, texts, until } from '../peer/meeting.ts'
import { newSession } from '../peer/stranger.ts'

const NO_LOG = { ok: false, reason: 'no log' } as const

/** Whose wishes stand in the room's log, in the order in which they came here. */
const handedOn = (room: Room): readonly PersonId[] =>
  [...(room.core.log?.access.operations() ?? [])].flatMap(({ body }) =>
    body?.kind === 'join.request' ? [must(decodeJoinRequest(body.request)).certificate.person] : [],
  )

describe('somebody whose only way is a relay', () => {
  let meeting: Meeting
  let far: MemoryNetwork
  let farther: MemoryNetwork
  let adaPeer: Peer
  let ada: Room
  let relay: Room

  beforeEach(async () => {
    meeting = new Meeting()
    far = meeting.hall()
    farther = meeting.hall()
    adaPeer = await meeting.peer()
    ada = must(await adaPeer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const relayPeer = await meeting.peer({
      isBlind: true,
      doors: [meeting.network, far, farther].map((network) => () => network.door()),
    })
    const link = must(await ada.createInvite({ role: 'relay' })).link ?? ''
    relay = must(await relayPeer.joinRoom({ link, myName: 'Cupboard' }))
    await until(relay, () => relay.status === 'member', 'the relay to be let in')
  })
  afterEach(() => meeting.close())

  const farPeer = (): Promise<Peer> => meeting.peer({ doors: [() => far.door()] })

  test('[R13] gets in by an invite that needs nobody’s word, reads what was written and writes', async () => {
    await ada.chat.send('welcome')
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const ben = must(await (await farPeer()).joinRoom({ link, myName: 'Ben' }))
    const seen: string[] = []
    ben.on('change', () => void seen.push(ben.status))
    await until(ben, () => ben.status === 'member' && ben.can('chat'), 'Ben to be let in')
    await until(ben, () => texts(ben).includes('welcome'), 'what Ada wrote')
    must(await ben.chat.send('thank you'))
    await until(ada, () => texts(ada).includes('thank you'), 'what Ben wrote')
    assert.equal(seen.includes('waiting'), false, 'nobody has to decide')
    assert.deepEqual(ada.access.requests, [])
    assert.deepEqual(handedOn(ada), [ben.core.me])
    assert.deepEqual(relay.core.ring.epochs, [])
  })

  test('[R13] is let in by a member who comes when the one who invited has gone', async () => {
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const cleo = must(await (await meeting.peer()).joinRoom({ link, myName: 'Cleo' }))
    await until(cleo, () => cleo.status === 'member' && cleo.can('chat'), 'Cleo to be let in')
    await meeting.leave(adaPeer)
    const ben = must(await (await farPeer()).joinRoom({ link, myName: 'Ben' }))
    await until(ben, () => ben.status === 'member' && ben.can('chat'), 'Ben to be let in by Cleo')
    assert.deepEqual(handedOn(cleo), [ben.core.me])
  })

  test('[R13] is handed on, and nobody who is linked with a member', async () => {
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const both = await meeting.peer({ doors: [() => meeting.network.door(), () => far.door()] })
    const ben = must(await both.joinRoom({ link, myName: 'Ben' }))
    await until(ben, () => ben.status === 'member' && ben.can('chat'), 'Ben to be let in')
    const cleo = must(await (await farPeer()).joinRoom({ link, myName: 'Cleo' }))
    await until(cleo, () => cleo.status === 'member' && cleo.can('chat'), 'Cleo, by Ben')
    // The relay's turn for the two comes before its turn for somebody who asks later.
    const dora = must(await (await meeting.peer({ doors: [() => farther.door()] })).joinRoom({ link, myName: 'Dora' }))
    await until(dora, () => dora.status === 'member', 'Dora to be let in')
    assert.deepEqual(handedOn(ada), [dora.core.me])
  })

  test('[R13] waits for a person where the invite says so', async () => {
    const link = must(await ada.createInvite({ role: 'writer', approval: 'manual' })).link ?? ''
    const ben = must(await (await farPeer()).joinRoom({ link, myName: 'Ben' }))
    await until(ada, () => ada.access.requests.length === 1, 'the wish')
    await until(ben, () => ben.status === 'waiting', 'Ben to wait')
    must(await ada.access.approve(ada.access.requests[0]?.id ?? ''))
    await until(ben, () => ben.status === 'member', 'Ben to be let in')
  })

  test('[R13] gets in by no link that was revoked, and back after a removal by a person’s word alone', async () => {
    const first = must(await ada.createInvite({ role: 'writer' }))
    const second = must(await ada.createInvite({ role: 'writer' }))
    const benPeer = await farPeer()
    let ben = must(await benPeer.joinRoom({ link: first.link ?? '', myName: 'Ben' }))
    await until(ben, () => ben.status === 'member', 'Ben to be let in')
    const { me } = ben.core
    must(await ada.access.apply({ type: 'remove', person: me, keep: 'all' }))
    await until(ben, () => ben.status === 'removed', 'the removal')
    must(await ada.revokeInvite(first.hash))
    await until(relay, () => relay.core.state?.invite(first.hash)?.isRevoked === true, 'the revocation')
    const late = must(await (await farPeer()).joinRoom({ link: first.link ?? '', myName: 'Late' }))
    await until(late, () => late.joinProblem === 'invite-revoked', 'word of the revocation')
    ben = must(await benPeer.joinRoom({ link: second.link ?? '', myName: 'Ben' }))
    await until(ben, () => ben.status === 'waiting', 'Ben to wait for a person')
    await until(ada, () => ada.access.requests.length === 1, 'the wish')
    assert.deepEqual(handedOn(ada), [me, me])
    assert.deepEqual(namesOf(ada), ['Ada', 'Cupboard'])
  })

  test('[R13] is believed by their own signature only, whatever a relay hands on', async () => {
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const { invite, secret } = must(decodeInviteLink(link))
    await until(relay, () => relay.core.state?.invite(invite) !== undefined, 'the invite')
    const [lone, ben] = await Promise.all([newSession(), newSession()])
    const wishOf = (made: typeof ben): Promise<Uint8Array> =>
      createJoinRequest({
        room: ada.id,
        invite,
        certificate: must(decodeDeviceCertificate(made.certificate)),
        sealedProfile: new Uint8Array(0),
        deviceSigner: made.signer,
        inviteSigner: inviteSigner(secret),
      })
    const forged = (bytes: Uint8Array): Uint8Array =>
      bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte))
    const [loneWish, benWish] = await Promise.all([wishOf(lone), wishOf(ben)])
    for (const request of [forged(loneWish), forged(benWish), benWish])
      must((await relay.core.log?.append('hand-on-request', () => ({ kind: 'join.request', request }))) ?? NO_LOG)
    await until(ada, () => ada.core.state?.member(ben.person) !== undefined, 'the one who did ask')
    assert.equal(handedOn(ada).length, 3)
    assert.equal(ada.core.state?.member(lone.person), undefined)
    const [request] = ada.access.requests
    assert.equal(request?.person.id, lone.person)
    must(await ada.access.decline(request.id))
    assert.deepEqual(ada.core.state?.openRequests, [])
  })
})
