/** How much a super peer stores for whom. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { FeedId, PersonId, RoomId } from '../../src/base/ids.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { LevelStore } from '../../src/super-peer/level-store.ts'
import { Quotas } from '../../src/super-peer/quotas.ts'
import { SuperPeer } from '../../src/super-peer/super-peer.ts'
import type { RoomWithQuota } from '../../src/peer/quota.ts'
import type { Room } from '../../src/peer/room.ts'
import { device, Meeting, must, texts, TimeLapse, until, waitFor } from '../peer/meeting.ts'

const AUTHOR_BYTES_MAX = 12_000
const LONG = 'all the beds in the order in which they are to be dug '.repeat(40)

const entriesOf = (room: Room, author: Room): number =>
  room.core.feedRecords
    .filter(({ person }) => person === author.core.me)
    .reduce((sum, { feed, document }) => sum + (room.core.documents.get(document)?.heads.get(feed)?.length ?? 0), 0)

describe('the quotas of a super peer', { timeout: 120_000 }, () => {
  let meeting: Meeting
  let folder: string
  let superPeer: SuperPeer | undefined
  beforeEach(async () => {
    meeting = new Meeting()
    folder = await mkdtemp(join(tmpdir(), 'parley-quotas-'))
  })
  afterEach(async () => {
    await superPeer?.close()
    superPeer = undefined
    await meeting.close()
    await rm(folder, { recursive: true })
  })

  const open = async (authorBytesMax = AUTHOR_BYTES_MAX): Promise<SuperPeer> => {
    const quota = { authorBytesMax }
    superPeer = must(await SuperPeer.open({ folder, name: 'Cupboard', door: meeting.network.door(), quota }))
    return superPeer
  }

  /** Resolves when the room on the super peer is as it should be. */
  const untilKept = (room: Room, isDone: () => boolean, what: string): Promise<void> => {
    const listen = (look: () => void): readonly (() => void)[] => [
      room.core.links.events.on('delivered', look),
      room.core.events.on('changed', look),
    ]
    return waitFor({ isDone, what, patienceMs: 60_000, listen })
  }

  test('[SU27] who has used up their share waits, others go on, and nothing is lost for good', async () => {
    const clock = new TimeLapse()
    const adaPeer = await meeting.peer({ environment: device({ clock }) })
    const ada = must(await adaPeer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const { link: relayLink = '' } = must(await ada.createInvite({ role: 'relay' }))
    const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
    const benPeer = await meeting.peer()
    const ben = must(await benPeer.joinRoom({ link, myName: 'Ben' }))
    await until(ben, () => ben.can('chat'), 'Ben to be let in')
    let cupboard = await open()
    const full: string[] = []
    cupboard.quotas.events.on('full', ({ person, isFull }) => full.push(`${person === ada.core.me} ${isFull}`))
    let kept = must(await cupboard.keep(relayLink))
    await until(kept, () => kept.status === 'member', 'the super peer to be let in')

    for (let i = 0; i < 10; i++) must(await ada.chat.send(`${i} ${LONG}`))
    must(await ben.chat.send('I bring the spade'))
    await untilKept(kept, () => entriesOf(kept, ben) > 0 && full.length > 0, 'what Ben wrote')
    assert.deepEqual(full, ['true true'])
    assert.ok(entriesOf(kept, ada) < 10)
    assert.deepEqual(
      cupboard.quotas.full.map(({ person }) => person),
      [ada.core.me],
    )
    const listen = (look: () => void): readonly (() => void)[] => [ada.on('safety', look)]
    // She asks when the super peer has lacked something for a while.
    clock.setSpeed(10)
    const isToldFull = (): boolean => ada.superPeers[0]?.state === 'full'
    await waitFor({ isDone: isToldFull, what: 'Ada to be told', patienceMs: 60_000, listen })
    assert.ok((ada.superPeers[0]?.entriesLacking ?? 0) > 0)
    assert.equal(ada.safety.superPeers, 0)

    const bytes = cupboard.quotas.bytesOf(ada.id)
    await cupboard.close()
    cupboard = await open(10 * AUTHOR_BYTES_MAX)
    assert.equal(cupboard.quotas.bytesOf(ada.id), bytes)
    kept = cupboard.rooms[0] ?? assert.fail('the room is kept')
    await untilKept(kept, () => entriesOf(kept, ada) === entriesOf(ada, ada), 'the rest of what Ada wrote')
    assert.deepEqual(texts(kept), [])
  })

  test('[SU28] what a crash left uncounted is counted at the next start', async () => {
    const id = 'r'.repeat(43) as RoomId
    const [one, two] = ['a'.repeat(43) as FeedId, 'b'.repeat(43) as FeedId]
    const store = must(await LevelStore.open(folder))
    const before = await Quotas.open(store)
    const author = { person: 'p'.repeat(43) as PersonId }
    const room = { id, authorOf: () => author, recordOf: () => author }
    for (const feed of [one, two]) {
      await store.write([{ kind: 'put', key: `entry/${id}/${feed}/00000000`, value: new Uint8Array(700) }])
      before.took(room, feed, 700)
    }
    await store.write([{ kind: 'put', key: `log/${id}/${one}/00000000`, value: new Uint8Array(100) }])
    const crashed = await Quotas.open(store, { authorBytesMax: 1_500 })
    assert.equal(crashed.bytesOf(id), 1_500)
    assert.ok(crashed.mayTake(room, two, 0))
    assert.ok(!crashed.mayTake(room, two, 1))
    await crashed.save()
    const later = await Quotas.open(store, { authorBytesMax: 1_500 })
    assert.equal(later.bytesOf(id), 1_500)
    await store.close()
  })

  /** A room in which everybody has one feed in a document and one log. Ada may remove others. */
  const id = 'r'.repeat(43) as RoomId
  const ada = 'ada' as PersonId
  const roomOf = (isLog: boolean): RoomWithQuota => ({
    id,
    state: { can: (person) => person === ada },
    authorOf: (feed) => (feed.startsWith('new') ? undefined : { person: feed.replace(/^log of /, '') as PersonId }),
    recordOf: (feed) => (isLog || feed.startsWith('log of ') ? undefined : {}),
  })
  const room = roomOf(false)
  const MEBIBYTE = 2 ** 20
  const quotasOf = (roomMebibytes: number): Promise<Quotas> =>
    Quotas.open(new MemoryStore(), { roomBytesMax: roomMebibytes * MEBIBYTE, authorBytesMax: 16 * MEBIBYTE })
  const feedOf = (name: string): FeedId => name as FeedId

  test('[SU27] one person fills their share of the logs, and not the room', async () => {
    const quotas = await quotasOf(32)
    const mallory = feedOf('log of mallory')
    let taken = 0
    while (quotas.mayTake(room, mallory, MEBIBYTE) && taken < 100) {
      quotas.took(room, mallory, MEBIBYTE)
      taken++
    }
    assert.equal(taken, 2)
    assert.ok(quotas.isFull(room, mallory))
    assert.deepEqual(quotas.full, [{ room: id, person: 'mallory' }])
    assert.ok(quotas.mayTake(room, feedOf('log of ben'), MEBIBYTE))
    assert.ok(!quotas.isFull(room, feedOf('log of ben')))
  })

  test('[SU27] however full others make a room, the log of who may remove them is taken', async () => {
    const quotas = await quotasOf(4)
    for (let i = 0; i < 5; i++) quotas.took(room, feedOf(`log of member ${i}`), MEBIBYTE)
    assert.ok(!quotas.mayTake(room, feedOf('log of ben'), 1))
    assert.ok(quotas.isFull(room, feedOf('log of ben')))
    assert.ok(quotas.mayTake(room, feedOf('log of ada'), 64 * 1024))
    // Of a new session nothing is here yet that says whose it is.
    assert.ok(quotas.mayTake(roomOf(true), feedOf('new session'), 64 * 1024, ada))
    assert.ok(!quotas.mayTake(roomOf(true), feedOf('new session'), 64 * 1024, 'ben' as PersonId))
    for (let i = 0; i < 16; i++) quotas.took(room, feedOf('log of ada'), MEBIBYTE)
    assert.ok(!quotas.mayTake(room, feedOf('log of ada'), 1))
  })

  test('[SU27] a feed of which something was put off is full, though something smaller of others is taken', async () => {
    const quotas = await quotasOf(4)
    const told: boolean[] = []
    quotas.events.on('full', ({ isFull }) => told.push(isFull))
    quotas.took(room, feedOf('ben'), 4 * MEBIBYTE - 100)
    for (let i = 0; i < 3; i++) {
      assert.ok(!quotas.mayTake(room, feedOf('cleo'), 500))
      assert.ok(quotas.mayTake(room, feedOf('ben'), 20))
      assert.ok(quotas.isFull(room, feedOf('cleo')))
      assert.ok(!quotas.isFull(room, feedOf('ben')))
    }
    assert.deepEqual(told, [true])
    assert.ok(quotas.mayTake(room, feedOf('cleo'), 50))
    assert.ok(!quotas.isFull(room, feedOf('cleo')))
    assert.deepEqual(told, [true, false])
  })
})
