/** What somebody who was removed can still make the others keep. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { idFromBytes, type EpochId } from '../../src/base/ids.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { extendChain, signHead, type SignedEntry } from '../../src/feed/chain.ts'
import { CutTable } from '../../src/feed/cut.ts'
import { encodeEntry, SALT_BYTES } from '../../src/feed/entry.ts'
import { BEYOND_ENTRIES_MAX } from '../../src/peer/excess-entries.ts'
import type { Room } from '../../src/peer/room.ts'
import { KeyScene, remove, untilAll, type Seat } from './key-scene.ts'
import { must, texts, until } from './meeting.ts'
import { publish } from './stranger.ts'

const BATCH = 200

describe('after a removal', () => {
  let scene: KeyScene
  let ada: Seat
  let cleo: Seat
  let mallory: Seat
  beforeEach(async () => {
    scene = new KeyScene()
    ada = await scene.found('Ada')
    const link = await scene.link(ada.room, 'writer')
    cleo = await scene.join('Cleo', link)
    mallory = await scene.join('Mallory', link)
    must(await mallory.room.chat.send('Hello'))
    for (const { room } of scene.seats)
      await until(room, () => room.members.length === 3 && texts(room).includes('Hello'), 'all three')
  })
  afterEach(() => scene.close())

  test('[P21] a patched client that goes on writing fills nobody’s storage', async () => {
    const chat = [...mallory.room.core.documents.values()].find(({ guarded }) => guarded.kind === 'chat')
    const feed = chat?.guarded.ownFeed
    let head = feed && chat?.heads.get(feed)
    assert(feed && head)
    await remove(ada.room, mallory.room)
    await untilAll(
      [ada.room, cleo.room, mallory.room],
      () => [ada, cleo].every(({ room }) => room.members.length === 2) && mallory.room.status === 'removed',
      () => 'the removal',
    )
    mallory.room.connection.setOffline(false)
    const heldBy = (room: Room): number =>
      [...room.core.documents.values()].flatMap(({ heads }) => heads.get(feed)?.length ?? []).reduce((a, b) => a + b, 0)
    const limit = head.length
    for (let sent = 0; sent < 2 * BEYOND_ENTRIES_MAX; sent += BATCH) {
      const entries: SignedEntry[] = []
      for (let i = 0; i < BATCH; i++) {
        const epoch = idFromBytes<EpochId>(randomBytes(32))
        const header = { seq: head.length, epoch, cut: [], salt: randomBytes(SALT_BYTES), cutTable: new CutTable() }
        const bytes = encodeEntry(header, randomBytes(32), randomBytes(10))
        head = extendChain(head, bytes)
        entries.push({ bytes, signature: undefined })
      }
      const last = entries.pop()
      assert(last)
      entries.push({ bytes: last.bytes, signature: await signHead(mallory.room.core.session.signer, feed, head) })
      await publish(mallory.room, feed, head, entries)
    }
    await until(
      ada.room,
      () => heldBy(ada.room) >= limit + BEYOND_ENTRIES_MAX,
      'what is kept for whoever may accept it',
    )
    must(await ada.room.chat.send('all quiet'))
    await until(cleo.room, () => texts(cleo.room).includes('all quiet'), 'the others')
    must(await cleo.room.chat.send('so it is'))
    await until(ada.room, () => texts(ada.room).includes('so it is'), 'the others')
    for (const { room } of [ada, cleo]) assert(heldBy(room) <= limit + BEYOND_ENTRIES_MAX + 1024, `${heldBy(room)}`)
  })
})
