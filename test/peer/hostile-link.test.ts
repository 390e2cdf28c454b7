import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import * as Y from 'yjs'
import { Writer } from '../../src/base/codec.ts'
import { idFromBytes, type EpochId, type FeedId } from '../../src/base/ids.ts'
import { createSeedDeviceKey, signerOf } from '../../src/crypto/device-key.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { createJoinRequest } from '../../src/access/join-request.ts'
import { decodeDeviceCertificate } from '../../src/identity/device-certificate.ts'
import { decodeInviteLink, inviteSigner } from '../../src/peer/invite-link.ts'
import { sealName } from '../../src/peer/people.ts'
import { CutTable } from '../../src/feed/cut.ts'
import { emptyChain, extendChain, signHead } from '../../src/feed/chain.ts'
import { encodeEntry, SALT_BYTES } from '../../src/feed/entry.ts'
import { sealPresence } from '../../src/document/presence.ts'
import { compactUpdate } from '../../src/document/update-body.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import type { RoomLink } from '../../src/peer/room-links.ts'
import type { Session } from '../../src/peer/session.ts'
import { encodeSyncMessage, type SyncMessage } from '../../src/sync/sync-message.ts'
import { FramedLink } from '../../src/transport/framed-link.ts'
import { MESSAGE_BYTES_MAX } from '../../src/transport/link.ts'
import { seeded } from '../transport/seeded-random.ts'
import { Meeting, must, next, texts, until } from './meeting.ts'
import { intrude, newSession, publish, signFirst, type Intrusion } from './stranger.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

/** Ada and Ben in a room; Ada is also in the corridor, where whoever comes meets nobody but her. */
class Scene {
  readonly meeting = new Meeting()
  ada!: Room
  ben!: Room
  link = ''
  #said = 0

  async open(): Promise<void> {
    const { network, corridor } = this.meeting
    const ada = await this.meeting.peer({ doors: [() => network.door(), () => corridor.door()] })
    this.ada = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
    this.link = must(await this.ada.createInvite({ role: 'writer' })).link ?? ''
    const ben: Peer = await this.meeting.peer()
    this.ben = must(await ben.joinRoom({ link: this.link, myName: 'Ben' }))
    await until(this.ben, () => this.ben.status === 'member', 'Ben')
    await this.areWell()
  }

  /** Ada and Ben go on as if nothing had happened. */
  async areWell(): Promise<void> {
    const words = `${++this.#said}`
    must(await this.ada.chat.send(`Ada ${words}`))
    must(await this.ben.chat.send(`Ben ${words}`))
    await until(this.ada, () => texts(this.ada).includes(`Ben ${words}`), 'Ben at Ada')
    await until(this.ben, () => texts(this.ben).includes(`Ada ${words}`), 'Ada at Ben')
    assert.equal(this.ada.chat.messages.length, this.ben.chat.messages.length)
  }

  /** Ada's end of the link to a session. */
  async endOf(session: Session): Promise<RoomLink> {
    const find = (): RoomLink | undefined =>
      this.ada.core.links.links.find(({ remote }) => remote.session === session.id)
    await until(this.ada, () => find() !== undefined, 'the link')
    const found = find()
    assert(found)
    return found
  }

  async intrude(): Promise<{ readonly hers: Intrusion; readonly adas: RoomLink }> {
    const session = await newSession()
    const hers = await intrude(this.meeting.corridor, this.ada, session)
    return { hers, adas: await this.endOf(session) }
  }

  /** Mallory with all that a writer has, in a room that she changes by hand. She sees Ada only. */
  async mallory(): Promise<Room> {
    const peer = await this.meeting.peer({ doors: [() => this.meeting.corridor.door()] })
    const room = must(await peer.joinRoom({ link: this.link, myName: 'Mallory' }))
    await until(room, () => room.status === 'member' && texts(room).length > 0, 'Mallory')
    return room
  }
}

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
    const { keys, id: room } = scene.ada.core
    const bens = scene.ben.core.session
    const random = seeded(3)
    for (let i = 0; i < 10; i++) assert(hers.link.send('ephemeral', randomMessage(random, MESSAGE_BYTES_MAX.ephemeral)))
    const claim = { room, document: note.id, session: bens.id, counter: 5, state: { x: 'forged' } }
    for (const roomKey of [keys.presence(), randomBytes(32)]) {
      const forged = must(await sealPresence(claim, { signer: hers.session.signer, roomKey }))
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

  test('a join request that somebody else made lets nobody in, whoever replays it', async () => {
    const { hers } = await scene.intrude()
    const invite = must(decodeInviteLink(scene.link))
    const victim = await newSession()
    const certificate = must(decodeDeviceCertificate(victim.certificate))
    const request = await createJoinRequest({
      room: scene.ada.id,
      invite: invite.invite,
      certificate,
      sealedProfile: sealName(scene.ada.core.keys, 'Victim'),
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

  test('another room’s genesis does not replace this one', async () => {
    const { hers } = await scene.intrude()
    const bytes = new Writer().u8(1).fixed(randomBytes(200)).finish()
    hers.link.send('control', encodeSyncMessage({ type: 'application', bytes }))
    await scene.areWell()
    assert.equal(scene.ada.name, 'Book club')
  })
})

type Draft = { readonly bytes: Uint8Array; readonly reason: string }

/** Entries that a writer signs with her own key and that are wrong all the same. */
const badEntries: Readonly<Record<string, (room: Room, feed: FeedId, client: number) => Draft>> = {
  'sealed with another key': (room, feed, client) => ({
    bytes: entryOf(room, feed, honestBody(client), { key: randomBytes(32) }),
    reason: 'seal',
  }),
  'for another position': (room, feed, client) => ({
    bytes: entryOf(room, feed, honestBody(client), { seq: 5 }),
    reason: 'seq',
  }),
  'under an unknown room key': (room, feed, client) => ({
    bytes: entryOf(room, feed, honestBody(client), { epoch: idFromBytes(randomBytes(32)) }),
    reason: 'epoch',
  }),
  'without any room key': (room, feed, client) => ({
    bytes: entryOf(room, feed, honestBody(client), { epoch: undefined }),
    reason: 'epoch',
  }),
  'of another version': (room, feed, client) => {
    const bytes = entryOf(room, feed, honestBody(client), {})
    bytes[0] = 0x70
    return { bytes, reason: 'version' }
  },
  'with an unknown flag': (room, feed, client) => {
    const bytes = entryOf(room, feed, honestBody(client), {})
    bytes[0] = (bytes[0] ?? 0) | 0x08
    return { bytes, reason: 'malformed' }
  },
  'of random bytes': (_room, _feed) => ({ bytes: new Uint8Array([0x11, ...randomBytes(100)]), reason: '' }),
  'whose body is garbage': (room, feed) => ({ bytes: entryOf(room, feed, randomBytes(80), {}), reason: '' }),
  'whose body is empty': (room, feed) => ({ bytes: entryOf(room, feed, new Uint8Array(0), {}), reason: '' }),
  'that writes into a root of its own': (room, feed, client) => ({
    bytes: entryOf(
      room,
      feed,
      bodyOf(client, (doc) => doc.getArray('unheard of').push([{ x: 'no', t: 1 }])),
      {},
    ),
    reason: '',
  }),
}

function entryOf(
  room: Room,
  feed: FeedId,
  body: Uint8Array,
  changes: { readonly seq?: number; readonly key?: Uint8Array; readonly epoch?: EpochId | undefined },
): Uint8Array {
  const { keys } = room.core
  const header = {
    seq: changes.seq ?? 0,
    epoch: 'epoch' in changes ? changes.epoch : keys.epoch,
    cut: [],
    salt: randomBytes(SALT_BYTES),
    cutTable: new CutTable(),
  }
  return encodeEntry(header, changes.key ?? keys.body(feed), body)
}

function bodyOf(client: number, write: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  write(doc)
  return compactUpdate(Y.encodeStateAsUpdate(doc), client, 0)
}

const honestBody = (client: number): Uint8Array => bodyOf(client, (doc) => doc.getText('title').insert(0, 'words'))

/** Opens Mallory's feed in a new note of hers, and gives it the first entry that `write` makes. */
async function feedOfMallory(scene: Scene): Promise<{ room: Room; feed: FeedId; client: number }> {
  const room = await scene.mallory()
  const note = must(await room.createNote())
  const record = [...(room.core.state?.feeds.values() ?? [])].find(
    ({ document, session }) => document === note.id && session === room.core.session.id,
  )
  assert(record, 'the note’s author has a feed in it')
  await until(scene.ada, () => scene.ada.core.state?.feeds.get(record.feed)?.status === 'effective', 'the feed at Ada')
  return { room, feed: record.feed, client: record.client }
}

describe('an entry that is signed by a writer and wrong', () => {
  let scene: Scene
  beforeEach(async () => {
    scene = new Scene()
    await scene.open()
  })
  afterEach(() => scene.meeting.close())

  for (const [name, make] of Object.entries(badEntries)) {
    test(`[P9] ${name} is refused with a reason, and the rest goes on`, async () => {
      const { room, feed, client } = await feedOfMallory(scene)
      const { bytes, reason } = make(room, feed, client)
      const refused = next(scene.ada.core.links.events, 'refused', (event) => event.feed === feed, 'the refusal')
      const { head, entries } = await signFirst(feed, bytes, room.core.session.signer)
      await publish(room, feed, head, entries)
      const told = await refused
      assert.notEqual(told.reason, '')
      if (reason !== '') assert.equal(told.reason, reason)
      await scene.areWell()
      assert.equal(
        scene.ada.notes.every(({ title }) => title === ''),
        true,
      )
    })
  }

  test('[P8] a signature of somebody else’s closes the link', async () => {
    const { room, feed, client } = await feedOfMallory(scene)
    const adas = await scene.endOf(room.core.session)
    const closed = next(scene.ada.core.links.events, 'down', ({ id }) => id === adas.id, 'the end of the link')
    const forger = signerOf(createSeedDeviceKey())
    const { head, entries } = await signFirst(feed, entryOf(room, feed, honestBody(client), {}), forger)
    await publish(room, feed, head, entries)
    await closed
    assert.equal(adas.link.closeReason, 'forged-range')
    await scene.areWell()
  })

  test('[P8] an entry that continues another chain closes the link', async () => {
    const { room, feed, client } = await feedOfMallory(scene)
    const adas = await scene.endOf(room.core.session)
    const closed = next(scene.ada.core.links.events, 'down', ({ id }) => id === adas.id, 'the end of the link')
    const bytes = entryOf(room, feed, honestBody(client), {})
    const elsewhere = extendChain({ ...emptyChain(feed), hash: randomBytes(32) }, bytes)
    const signature = await signHead(room.core.session.signer, feed, elsewhere)
    await publish(room, feed, extendChain(emptyChain(feed), bytes), [{ bytes, signature }])
    await closed
    assert.equal(adas.link.closeReason, 'forged-range')
    await scene.areWell()
  })
})
