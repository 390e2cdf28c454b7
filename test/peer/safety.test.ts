/** On how many other devices what was written is, by their own word. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Result } from '../../src/base/result.ts'
import { titleOf } from '../../src/document/note.ts'
import type { Room } from '../../src/peer/room.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import type { Change, StoreFailure } from '../../src/storage/store.ts'
import type { Door } from '../../src/transport/door.ts'
import type { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, texts, until, waitFor } from './meeting.ts'

/** Waits for what a room says of its safety. */
const untilSafe = (room: Room, isDone: () => boolean, what: string): Promise<void> =>
  waitFor({
    isDone,
    what,
    patienceMs: 30_000,
    listen: (look) => [room.on('safety', look), room.on('connection', look)],
  })

/** Whoever meets there is taken for a tab of the same browser. */
const tabDoor = (network: MemoryNetwork): Door => {
  const door = network.door()
  return {
    name: door.name,
    start: (topic, onLink) =>
      door.start(topic, (link) => {
        Object.defineProperty(link, 'kind', { value: 'tab' })
        onLink(link)
      }),
  }
}

/** A disk that can be made to take its time with what others wrote. */
class SlowDisk extends MemoryStore {
  isSlow = false
  readonly #held: (() => void)[] = []

  override async write(changes: readonly Change[]): Promise<Result<void, StoreFailure>> {
    const isEntry = changes.some((change) => change.kind === 'put' && change.key.startsWith('entry/'))
    if (this.isSlow && isEntry) await new Promise<void>((resolve) => this.#held.push(resolve))
    return super.write(changes)
  }

  goOn(): void {
    this.isSlow = false
    for (const resolve of this.#held.splice(0)) resolve()
  }
}

describe('where what was written is', () => {
  let meeting: Meeting
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())

  async function adaAndBen(benStore = new MemoryStore()): Promise<{ ada: Room; ben: Room }> {
    const adaPeer = await meeting.peer()
    const ada = must(await adaPeer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const benPeer = await meeting.peer({ store: benStore })
    const ben = must(await benPeer.joinRoom({ link, myName: 'Ben' }))
    await until(ben, () => ben.status === 'member' && ben.can('chat'), 'Ben to be let in')
    return { ada, ben }
  }

  test('[SU20] what nobody else has is unsafe, the moment it is typed', async () => {
    const peer = await meeting.peer()
    const ada = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
    assert.deepEqual(ada.safety, { entriesUnsafe: 0, devices: 0, superPeers: 0 })
    must(await ada.chat.send('on this device only'))
    assert.equal(ada.safety.entriesUnsafe, 1)
    const note = must(await ada.createNote())
    titleOf(note.doc).insert(0, 'typed and not handed out yet')
    assert.ok(ada.safety.entriesUnsafe > 1)
  })

  test('[SU20] other devices and super peers that have it are counted, each apart', async () => {
    const { ada } = await adaAndBen()
    must(await ada.chat.send('hello'))
    await untilSafe(ada, () => ada.safety.devices === 1 && ada.safety.entriesUnsafe === 0, 'Ben to have it')
    const relayLink = must(await ada.createInvite({ role: 'relay' })).link ?? ''
    const relayPeer = await meeting.peer({ isBlind: true })
    const relay = must(await relayPeer.joinRoom({ link: relayLink, myName: 'Cupboard' }))
    await until(relay, () => relay.status === 'member', 'the relay to be let in')
    await untilSafe(ada, () => ada.safety.superPeers === 1, 'the super peer to have it')
    assert.deepEqual(ada.safety, { entriesUnsafe: 0, devices: 1, superPeers: 1 })
    await meeting.leave(relayPeer)
    must(await ada.chat.send('after it has gone'))
    await untilSafe(ada, () => ada.safety.superPeers === 0 && ada.safety.entriesUnsafe === 0, 'the new count')
    assert.equal(ada.safety.devices, 1)
  })

  test('[SU21] what was sent and is not stored on the other side is unsafe', async () => {
    const disk = new SlowDisk()
    const { ada, ben } = await adaAndBen(disk)
    must(await ada.chat.send('first'))
    await untilSafe(ada, () => ada.safety.devices === 1 && ada.safety.entriesUnsafe === 0, 'the first message')
    disk.isSlow = true
    must(await ada.chat.send('second'))
    // It is shown there while the disk is at work, so it has come.
    await until(ben, () => texts(ben).includes('second'), 'the second message')
    assert.deepEqual(ada.safety, { entriesUnsafe: 1, devices: 0, superPeers: 0 })
    disk.goOn()
    await untilSafe(ada, () => ada.safety.entriesUnsafe === 0, 'the second message to be stored')
    assert.equal(ada.safety.devices, 1)
  })

  test('[SU20] who says to have more than there is does not make safe what is written later', async () => {
    const { ada, ben } = await adaAndBen()
    must(await ada.chat.send('hello'))
    await untilSafe(ada, () => ada.safety.entriesUnsafe === 0, 'Ben to have it')
    const [feed] = ada.core.feedRecords.flatMap(({ feed: id, person }) => (person === ada.core.me ? [id] : []))
    assert.ok(feed)
    const link = ada.core.links.links[0]?.id ?? 0
    const head = { length: 2 ** 32 - 1, hash: new Uint8Array(32).fill(7) }
    ben.core.links.tell({ type: 'feed', feed, kind: 'document', head })
    const isLied = (): boolean => ada.core.links.claims?.claimOf(link, feed) === 0
    const listen = (look: () => void): readonly (() => void)[] => [ada.core.links.events.on('delivered', look)]
    await waitFor({ isDone: isLied, what: 'the lie', patienceMs: 30_000, listen })
    must(await ada.chat.send('later'))
    assert.equal(ada.safety.entriesUnsafe, 1)
    assert.ok(ada.core.marks.lengthOf(feed) < 10)
  })

  test('what was safe once is not unsafe after a reload without a network', async () => {
    const store = new Disk()
    let peer = await meeting.peer({ store })
    let ada = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const link = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const benPeer = await meeting.peer()
    const ben = must(await benPeer.joinRoom({ link, myName: 'Ben' }))
    must(await ada.chat.send('hello'))
    await until(ben, () => texts(ben).includes('hello'), 'the message')
    await untilSafe(ada, () => ada.safety.entriesUnsafe === 0, 'Ben to have it')
    await meeting.leave(benPeer)
    await meeting.leave(peer)
    peer = await meeting.peer({ store, doors: [] })
    ada = peer.rooms[0] ?? assert.fail('Ada still has the room')
    assert.deepEqual(ada.safety, { entriesUnsafe: 0, devices: 0, superPeers: 0 })
    must(await ada.chat.send('offline'))
    assert.equal(ada.safety.entriesUnsafe, 1)
  })

  test('[SU20] a tab that meets nobody itself hears from the tab that does', async () => {
    const [store, environment] = [new Disk(), device()]
    const leader = await meeting.peer({
      store,
      environment,
      doors: [() => meeting.network.door(), () => tabDoor(meeting.corridor)],
    })
    const first = must(await leader.createRoom({ name: 'Garden', myName: 'Ada' }))
    const follower = await meeting.peer({ store, environment, doors: [() => tabDoor(meeting.corridor)] })
    const second = follower.rooms[0] ?? assert.fail('both tabs have the room')
    assert.notEqual(second.core.session.id, first.core.session.id)
    assert.equal(second.core.session.device, first.core.session.device)
    must(await second.chat.send('from the second tab'))
    await until(first, () => texts(first).length === 1, 'the message in the first tab')
    assert.equal(second.safety.entriesUnsafe, 1)
    const { link = '' } = must(await first.createInvite({ role: 'writer' }))
    const benPeer = await meeting.peer()
    const ben = must(await benPeer.joinRoom({ link, myName: 'Ben' }))
    await until(ben, () => texts(ben).length === 1, 'Ben to have it')
    await untilSafe(second, () => second.safety.entriesUnsafe === 0, 'the second tab to hear of it')
    assert.deepEqual(second.safety, { entriesUnsafe: 0, devices: 1, superPeers: 0 })
    await until(second, () => second.chat.messages[0]?.state === 'sent', 'the message to be shown as sent')
  })
})
