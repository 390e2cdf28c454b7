/**
 * The rows of the table of attacks that are about keys, as far as members can carry them out with a program of their
 * own. Mallory is a writer.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import * as Y from 'yjs'
import { BAD_BOXES_MAX } from '../../src/access/operation-limits.ts'
import type { EpochBody, KeyBox } from '../../src/access/operation.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { Writer } from '../../src/base/codec.ts'
import type { EpochId } from '../../src/base/ids.ts'
import { sealTo } from '../../src/crypto/hpke.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { encodeChatItem } from '../../src/document/chat-item.ts'
import { compactUpdate } from '../../src/document/update-body.ts'
import { extendChain, signHead } from '../../src/feed/chain.ts'
import { CutTable } from '../../src/feed/cut.ts'
import { encodeEntry, SALT_BYTES } from '../../src/feed/entry.ts'
import { sealBoxes } from '../../src/peer/epoch-boxes.ts'
import { EPOCH_KEY_BYTES, epochIdOf } from '../../src/peer/key-ring.ts'
import type { Room } from '../../src/peer/room.ts'
import { announce, getsAt, grant, KeyScene, remove, type Seat } from './key-scene.ts'
import { must, texts, until } from './meeting.ts'
import { publish } from './stranger.ts'

const writingOf = (room: Room): EpochId => {
  const { writing } = room.core.ring
  assert(writing !== undefined, 'there is an epoch to write with')
  return writing
}

describe('attacks on keys', () => {
  let scene: KeyScene
  let ada: Seat
  let ben: Seat
  let cleo: Seat
  let mallory: Seat
  beforeEach(async () => {
    scene = new KeyScene()
    ada = await scene.found('Ada')
    const link = await scene.link(ada.room, 'writer')
    ben = await scene.join('Ben', link)
    cleo = await scene.join('Cleo', link)
    mallory = await scene.join('Mallory', link)
    must(await ada.room.chat.send('Hello'))
    for (const { room } of scene.seats)
      await until(room, () => room.members.length === 4 && texts(room).includes('Hello'), 'all four')
  })
  afterEach(() => scene.close())

  /** Mallory's epoch, after somebody left and before anybody else has made one; with the boxes that `spoil` returns. */
  async function malloryRotates(
    spoil: (boxes: readonly KeyBox[], epoch: EpochId) => readonly KeyBox[] | Promise<readonly KeyBox[]>,
  ): Promise<EpochId> {
    const dan = await scene.join('Dan', await scene.link(ada.room, 'reader'))
    await until(mallory.room, () => mallory.room.members.length === 5, 'Dan')
    await until(dan.room, () => texts(dan.room).includes('Hello'), 'Dan reads')
    await dan.room.leave()
    for (const { room } of [ada, ben, cleo, mallory])
      await until(room, () => room.core.state?.readerDevices().length === 4, 'Dan has left')
    const { log, ring, environment } = mallory.room.core
    assert(log)
    const key = randomBytes(EPOCH_KEY_BYTES)
    const epoch = epochIdOf(key)
    const boxes = await spoil(await sealBoxes(key, log.state.readerDevices(), environment), epoch)
    await ring.add([key])
    const body: EpochBody = { kind: 'epoch', epoch, previous: undefined, wrapped: new Uint8Array(0), boxes }
    await announce(mallory.room, body)
    await until(ada.room, () => ada.room.core.ring.writing === epoch, 'Mallory’s epoch at Ada')
    return epoch
  }

  test('[K7] attack 20: a bad box for one victim is complained of, and anybody answers', async () => {
    const victim = ben.room.core.session.device
    const epoch = await malloryRotates((boxes) =>
      boxes.map((box) => (box.device === victim ? { ...box, sealed: randomBytes(box.sealed.length) } : box)),
    )
    must(await ada.room.chat.send('for everybody'))
    await until(ben.room, () => texts(ben.room).includes('for everybody'), 'Ben reads all the same')
    assert.equal(ben.room.core.lockedCount, 0)
    const complaints = ada.room.core.log?.keys.complaintsOf(victim)
    assert.equal(complaints?.size, 1)
    assert(ben.room.core.ring.has(epoch))
  })

  test('[K7] attack 20: of ever so many bad boxes a device complains once each, and then no more', async () => {
    // For a key that nobody has, so that nothing else ends the complaints.
    const epoch = epochIdOf(randomBytes(EPOCH_KEY_BYTES))
    const { device } = ben.room.core.session
    const { log } = mallory.room.core
    assert(log)
    const bad = (): KeyBox => ({ device, encapsulated: randomBytes(32), sealed: randomBytes(48) })
    await announce(mallory.room, { kind: 'epoch', epoch, previous: undefined, wrapped: new Uint8Array(0), boxes: [] })
    const node = log.state.nodeFor(mallory.room.core.me, 'hand-on-key')
    assert(node)
    const seals = Array.from({ length: BAD_BOXES_MAX + 6 }, () => bad())
    must(
      await log.appendAll(() =>
        seals.map((box) => ({ node: node.hash, body: { kind: 'epoch.seal', epoch, boxes: [box] } as const })),
      ),
    )
    const complaints = (): number => ada.room.core.log?.keys.complaintsOf(device).size ?? 0
    await until(ada.room, () => complaints() === seals.length, 'complaints about all of them')
    const requests = [...(ada.room.core.log?.access.operations() ?? [])].filter(
      ({ operation, log: by }) => operation?.body.kind === 'epoch.request' && by.device === device,
    )
    assert(requests.length <= 4, `Ben has written ${requests.length}`)
  })

  test('[K6] attack 20: a device that an epoch leaves out is handed the key by somebody else', async () => {
    const victim = ben.room.core.session.device
    const epoch = await malloryRotates((boxes) => boxes.filter(({ device }) => device !== victim))
    must(await ada.room.chat.send('for everybody'))
    await until(ben.room, () => texts(ben.room).includes('for everybody'), 'Ben reads all the same')
    assert(ben.room.core.ring.has(epoch))
    must(await ben.room.chat.send('so do I'))
    await until(cleo.room, () => texts(cleo.room).includes('so do I'), 'and writes')
  })

  test('[K2] attack 22: of two removals with two epochs neither epoch is used, and the next excludes both', async () => {
    await grant(ada.room, cleo.room, 'moderator')
    await until(cleo.room, () => cleo.room.core.state?.can(cleo.room.core.me, 'remove') === true, 'Cleo may remove')
    await scene.move([cleo, mallory], scene.halls[1])
    await until(ada.room, () => ada.room.connection.peers.length === 1, 'they have gone')
    await remove(ada.room, mallory.room)
    must(await ada.room.chat.send('without Mallory'))
    await remove(cleo.room, ben.room)
    must(await cleo.room.chat.send('without Ben'))
    const [first, second] = [writingOf(ada.room), writingOf(cleo.room)]
    assert.notEqual(first, second)
    assert.equal(await getsAt(ben.room, second, []), false)
    assert.equal(await getsAt(mallory.room, first, []), false)
    await scene.move([cleo, mallory], scene.halls[0])
    await until(ada.room, () => texts(ada.room).includes('without Ben'), 'Cleo at Ada')
    await until(cleo.room, () => texts(cleo.room).includes('without Mallory'), 'Ada at Cleo')
    must(await ada.room.chat.send('without both'))
    await until(cleo.room, () => texts(cleo.room).includes('without both'), 'Ada at Cleo')
    const third = writingOf(ada.room)
    assert(third !== first && third !== second)
    assert.equal(writingOf(cleo.room), third)
    for (const thief of [ben, mallory])
      assert.equal(await getsAt(thief.room, third, [ada.room, cleo.room, ben.room, mallory.room]), false)
  })

  test('[K3] attack 25: a second key under the id of an epoch is nobody’s key', async () => {
    // Mallory hands Ben another key than the others: what would open to one text for them, to another for him.
    const victim = ben.room.core.session.device
    const sealKey = ben.room.core.session.sealKeyPair.publicKey
    const info = utf8('parley key box 1')
    const other = randomBytes(EPOCH_KEY_BYTES)
    const epoch = await malloryRotates(async (boxes, named) => {
      const place = new Writer().id(named).id(victim).finish()
      const forged = { device: victim, ...(await sealTo(sealKey, info, other, place)) }
      return boxes.map((box) => (box.device === victim ? forged : box))
    })
    must(await ada.room.chat.send('one text'))
    await until(ben.room, () => texts(ben.room).includes('one text'), 'the same text for Ben')
    const keys = [ada, ben, cleo].map(({ room }) => room.core.ring.key(epoch)?.join())
    assert.equal(new Set(keys).size, 1)
    assert.notEqual(keys[0], undefined)
  })

  test('[K13] what honest people built on what does not count stays, and nothing else of it', async () => {
    await scene.move([cleo, mallory], scene.halls[1])
    // Ada does not know of the feed that Mallory opens now.
    await remove(ada.room, mallory.room)
    must(await ada.room.chat.send('without Mallory'))
    must(await mallory.room.chat.send('I, Mallory'))
    await until(cleo.room, () => texts(cleo.room).includes('I, Mallory'), 'Mallory at Cleo')
    must(await cleo.room.chat.send('an answer to Mallory'))
    await scene.move([cleo, mallory], scene.halls[0])
    for (const { room } of [ada, ben, cleo]) {
      await until(
        room,
        () => texts(room).includes('an answer to Mallory') && texts(room).includes('without Mallory'),
        'both',
      )
      await until(room, () => !texts(room).includes('I, Mallory'), 'without what does not count')
      assert.deepEqual(texts(room).toSorted(), ['Hello', 'an answer to Mallory', 'without Mallory'])
    }
  })

  test('attack 26: who was removed is out by the pin, with the old key and even with the new one', async () => {
    must(await mallory.room.chat.send('still allowed'))
    await until(ada.room, () => texts(ada.room).includes('still allowed'), 'what came before')
    await scene.move([mallory], scene.halls[1])
    await remove(ada.room, mallory.room)
    must(await ada.room.chat.send('without Mallory'))
    await until(ben.room, () => texts(ben.room).includes('without Mallory'), 'Ben')
    const old = writingOf(mallory.room)
    must(await mallory.room.chat.send('under the old key'))
    // Somebody has told her the new key, too.
    const leaked = ada.room.core.ring.key(writingOf(ada.room))
    assert(leaked)
    await mallory.room.core.ring.add([leaked])
    for (const epoch of [epochIdOf(leaked), old]) await writeByHand(mallory.room, epoch, 'by hand')
    await scene.move([mallory], scene.halls[0])
    await until(mallory.room, () => mallory.room.status !== 'member', 'Mallory knows')
    must(await cleo.room.chat.send('all quiet'))
    for (const { room } of [ada, ben, cleo]) {
      await until(room, () => texts(room).includes('all quiet'), 'the others')
      assert.deepEqual(texts(room), ['Hello', 'still allowed', 'without Mallory', 'all quiet'])
    }
  })
})

/** The next entry of one's own feed in the chat, past the program's own checks. */
async function writeByHand(room: Room, epoch: EpochId, text: string): Promise<void> {
  const { core } = room
  const chat = [...core.documents.values()].find(({ guarded }) => guarded.kind === 'chat')
  const feed = chat?.guarded.ownFeed
  const head = feed && chat.heads.get(feed)
  const key = feed && core.ring.body(epoch, feed)
  assert(chat && feed && head && key)
  const doc = new Y.Doc()
  doc.clientID = chat.guarded.clientOf(feed) ?? 0
  const item = encodeChatItem({ kind: 'message', text, atMs: core.environment.now(), replyTo: undefined })
  doc.getArray(chat.guarded.laneOf(feed)).push([item])
  const body = compactUpdate(Y.encodeStateAsUpdate(doc), doc.clientID, 0)
  const header = { seq: head.length, epoch, cut: [], salt: randomBytes(SALT_BYTES), cutTable: new CutTable() }
  const bytes = encodeEntry(header, key, body)
  const next = extendChain(head, bytes)
  await publish(room, feed, next, [{ bytes, signature: await signHead(core.session.signer, feed, next) }])
}
