import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Writer } from '../../src/base/codec.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { createJoinRequest } from '../../src/access/join-request.ts'
import { decodeDeviceCertificate } from '../../src/identity/device-certificate.ts'
import { decodeInviteLink, inviteSigner } from '../../src/peer/invite-link.ts'
import { sealGreeting } from '../../src/peer/people.ts'
import { sealPresence } from '../../src/document/presence.ts'
import { encodeSyncMessage, type SyncMessage } from '../../src/sync/sync-message.ts'
import { FramedLink } from '../../src/transport/framed-link.ts'
import { MESSAGE_BYTES_MAX } from '../../src/transport/link.ts'
import { seeded } from '../transport/seeded-random.ts'
import { must, until } from './meeting.ts'
import { newSession } from './stranger.ts'
import { Scene } from './hostile-scene.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

const randomMessage = (random: () => number, lengthMax: number): Uint8Array =>
  Uint8Array.from({ length: 1 + Math.floor(random() * lengthMax) }, () => Math.floor(random() * 256))

describe('garbage on a link', () => {
  let scene: Scene
  beforeEach(async () => {
    scene = new Scene()
    await scene.open()
  })
  afterEach(() => scene.meeting.close())

  test('[P7] random frames close their link with a reason', async () => {
    for (const seed of SEEDS) {
      const random = seeded(seed)
      const { adas } = await scene.intrude()
      assert(adas.link instanceof FramedLink)
      for (let i = 0; i < 200 && adas.link.closeReason === undefined; i++)
        adas.link.receive(random() < 0.5 ? 'control' : 'sync', randomMessage(random, 600))
      assert.notEqual(adas.link.closeReason, undefined, `seed ${seed}`)
    }
    await scene.areWell()
  })

  test('[P7] random messages close their link with a reason', async () => {
    for (const seed of SEEDS) {
      const random = seeded(seed)
      const { hers, adas } = await scene.intrude()
      for (let i = 0; i < 100; i++) hers.link.send('control', randomMessage(random, 200))
      await hers.closed
      assert.notEqual(adas.link.closeReason ?? 'closed-by-peer', 'closed-by-peer', `seed ${seed}`)
    }
    await scene.areWell()
  })

  test('[P7] honest messages with flipped bits do no more than close the link', async () => {
    const { hers: listener } = await scene.intrude()
    await scene.areWell()
    const honest = listener.received.filter(([lane]) => lane === 'control').map(([, message]) => message)
    assert(honest.length > 0)
    listener.link.close('heard enough')
    for (const seed of SEEDS) {
      const random = seeded(seed)
      const { hers } = await scene.intrude()
      for (let i = 0; i < 200; i++) {
        const message = honest[Math.floor(random() * honest.length)]?.slice() ?? new Uint8Array(1)
        const at = Math.floor(random() * message.length)
        message[at] = (message[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        hers.link.send('control', random() < 0.2 ? message.subarray(0, at) : message)
      }
      hers.link.close('done')
    }
    await scene.areWell()
  })

  const misdeeds: readonly (readonly [name: string, message: SyncMessage, reason: RegExp])[] = [
    [
      'a range that nobody asked for',
      { type: 'range', want: 7, from: 0, end: 'done', entries: [] },
      /^range-not-asked-for$/,
    ],
    [
      'a feed number never given',
      { type: 'vector', items: [{ feed: { isNew: false, index: 900 }, length: 3, hashPrefix: new Uint8Array(16) }] },
      /^unknown-feed$/,
    ],
    ['an empty application message', { type: 'application', bytes: new Uint8Array(0) }, /^malformed/],
    [
      'a join request that is none',
      { type: 'application', bytes: new Uint8Array([2, ...randomBytes(300)]) },
      /^join-request-malformed$/,
    ],
    [
      'an application message that is too large',
      { type: 'application', bytes: new Uint8Array(20_000).fill(9) },
      /^malformed-application-message$/,
    ],
  ]
  for (const [name, message, reason] of misdeeds) {
    test(`[P7] ${name} closes the link with a reason`, async () => {
      const { hers, adas } = await scene.intrude()
      hers.link.send('control', encodeSyncMessage(message))
      await hers.closed
      assert.match(adas.link.closeReason ?? '', reason)
      await scene.areWell()
    })
  }

  test('[P7] a message on the lane that nothing uses yet closes the link', async () => {
    const { hers, adas } = await scene.intrude()
    hers.link.send('bulk', new Uint8Array(10))
    await hers.closed
    assert.equal(adas.link.closeReason, 'bulk-not-asked-for')
    await scene.areWell()
  })

  test('an application message of a later version is passed over', async () => {
    const { hers, adas } = await scene.intrude()
    hers.link.send('control', encodeSyncMessage({ type: 'application', bytes: new Uint8Array([77, 1, 2, 3]) }))
    await scene.areWell()
    assert.equal(adas.link.closeReason, undefined)
  })

  test('presence that is garbage, sealed wrongly or signed by somebody else is not shown', async () => {
    const { hers, adas } = await scene.intrude()
    const note = must(await scene.ada.createNote({ title: 'Plan' }))
    const { ring, id: room } = scene.ada.core
    const bens = scene.ben.core.session
    const random = seeded(3)
    for (let i = 0; i < 10; i++) assert(hers.link.send('ephemeral', randomMessage(random, MESSAGE_BYTES_MAX.ephemeral)))
    const claim = { room, document: note.id, session: bens.id, counter: 5, state: { x: 'forged' } }
    const seal = ring.presence()
    assert(seal)
    for (const key of [seal.key, randomBytes(32)]) {
      const forged = must(await sealPresence(claim, { signer: hers.session.signer, key, hint: seal.hint }))
      assert(hers.link.send('ephemeral', forged))
    }
    await until(scene.ben, () => scene.ben.notes.length === 1, 'the note')
    const bensNote = await scene.ben.openNote(note.id)
    bensNote?.presence.set({ x: 'genuine' })
    if (note.presence.states.size === 0) {
      await new Promise<void>((resolve) => {
        note.presence.on('change', () => {
          resolve()
        })
      })
    }
    assert.deepEqual(
      [...note.presence.states.values()].map(({ state }) => state),
      [{ x: 'genuine' }],
    )
    assert.equal(adas.link.closeReason, undefined)
    await scene.areWell()
  })

  test('[P19] a join request that somebody else made lets nobody in, whoever replays it', async () => {
    const { hers } = await scene.intrude()
    const invite = must(decodeInviteLink(scene.link))
    const victim = await newSession()
    const certificate = must(decodeDeviceCertificate(victim.certificate))
    const request = await createJoinRequest({
      room: scene.ada.id,
      invite: invite.invite,
      certificate,
      sealedProfile: sealGreeting(scene.ada.core.keys, 'Victim'),
      deviceSigner: victim.signer,
      inviteSigner: inviteSigner(invite.secret),
    })
    const bytes = new Writer().u8(2).fixed(request).finish()
    hers.link.send('control', encodeSyncMessage({ type: 'application', bytes }))
    const dora = must(await (await scene.meeting.peer()).joinRoom({ link: scene.link, myName: 'Dora' }))
    await until(dora, () => dora.status === 'member', 'Dora, who asks for herself')
    await until(scene.ada, () => scene.ada.members.some(({ person }) => person.name === 'Dora'), 'Dora at Ada')
    assert.deepEqual(
      scene.ada.members.map(({ person }) => person.name),
      ['Ada', 'Ben', 'Dora'],
    )
    await scene.areWell()
  })

  test('[P13] what passes for writing of ours that we do not know, and is not signed by us, ends no session', async () => {
    const { hers, adas } = await scene.intrude()
    const { log, documents, session, state } = scene.ada.core
    assert(log)
    const chat = [...documents.values()].find(({ guarded }) => guarded.kind === 'chat')
    const own = [...(state?.feeds.values() ?? [])].find((feed) => feed.session === session.id)
    const length = own && chat?.heads.get(own.feed)?.length
    assert(own && length !== undefined)
    const forgeries = [
      { kind: 'log', feed: log.ownLog, seq: log.heads.get(log.ownLog)?.length ?? 0 },
      { kind: 'document', feed: own.feed, seq: length },
    ] as const
    for (const { kind, feed, seq } of forgeries) {
      const entries = [{ bytes: randomBytes(100), signature: randomBytes(64) }]
      const message: SyncMessage = { type: 'push', feed: { isNew: true, kind, feed }, seq, entries }
      hers.link.send('sync', encodeSyncMessage(message))
    }
    await scene.areWell()
    assert.equal(scene.ada.core.session.id, session.id)
    assert.equal(scene.adas.rooms[0], scene.ada, 'the room was not opened anew')
    assert.equal(adas.link.closeReason, undefined)
  })

  test('another room’s genesis does not replace this one', async () => {
    const { hers } = await scene.intrude()
    const bytes = new Writer().u8(1).fixed(randomBytes(200)).finish()
    hers.link.send('control', encodeSyncMessage({ type: 'application', bytes }))
    await scene.areWell()
    assert.equal(scene.ada.name, 'Book club')
  })
})
