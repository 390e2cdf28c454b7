import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import * as Y from 'yjs'
import type { EpochId, FeedId } from '../../src/base/ids.ts'
import { createSeedDeviceKey, signerOf } from '../../src/crypto/device-key.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { CutTable } from '../../src/feed/cut.ts'
import { emptyChain, extendChain, signHead } from '../../src/feed/chain.ts'
import { encodeEntry, SALT_BYTES } from '../../src/feed/entry.ts'
import { compactUpdate } from '../../src/document/update-body.ts'
import type { Room } from '../../src/peer/room.ts'
import { must, next, until } from './meeting.ts'
import { publish, signFirst } from './stranger.ts'
import { Scene } from './hostile-scene.ts'

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
  const { ring } = room.core
  const epoch = ring.writing
  const key = epoch && ring.body(epoch, feed)
  assert(key)
  const header = {
    seq: changes.seq ?? 0,
    epoch: 'epoch' in changes ? changes.epoch : epoch,
    cut: [],
    salt: randomBytes(SALT_BYTES),
    cutTable: new CutTable(),
  }
  return encodeEntry(header, changes.key ?? key, body)
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
