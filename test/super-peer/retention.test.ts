/** How long a super peer keeps what nobody comes for. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { RoomId } from '../../src/base/ids.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { DAY_MS, Retention } from '../../src/super-peer/retention.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { SuperPeer } from '../../src/super-peer/super-peer.ts'
import { Meeting, must, until, waitFor } from '../peer/meeting.ts'

describe('what a super peer keeps', { timeout: 120_000 }, () => {
  let meeting: Meeting
  let folder: string
  let superPeer: SuperPeer
  let dropped: string[]
  let laterMs = 0
  beforeEach(async () => {
    meeting = new Meeting()
    folder = await mkdtemp(join(tmpdir(), 'parley-retention-'))
    dropped = []
    laterMs = 0
  })
  afterEach(async () => {
    await superPeer.close()
    await meeting.close()
    await rm(folder, { recursive: true })
  })

  const open = async (retentionDays?: number): Promise<void> => {
    superPeer = must(
      await SuperPeer.open({
        folder,
        name: 'Cupboard',
        door: meeting.network.door(),
        environment: { now: () => Date.now() + laterMs },
        onDropped: (room, reason) => dropped.push(`${room} ${reason}`),
        ...(retentionDays !== undefined && { retentionDays }),
      }),
    )
  }

  /** A room that the super peer keeps, with something in it. */
  async function keptRoom(name: string): Promise<{ readonly peer: Peer; readonly room: Room; readonly kept: Room }> {
    const peer = await meeting.peer()
    const room = must(await peer.createRoom({ name, myName: 'Ada' }))
    must(await room.chat.send('the key lies under the pot'))
    const { link = '' } = must(await room.createInvite({ role: 'relay' }))
    const kept = must(await superPeer.keep(link))
    await until(kept, () => kept.status === 'member', 'the super peer to be let in')
    const listen = (look: () => void): readonly (() => void)[] => [room.on('safety', look)]
    const isKept = (): boolean => room.safety.superPeers === 1
    await waitFor({ isDone: isKept, what: 'the message to be kept', patienceMs: 30_000, listen })
    return { peer, room, kept }
  }

  /** Lets days pass in which it runs. */
  async function pass(days: number): Promise<void> {
    for (let look = 0; look < 16 * days; look++) {
      laterMs += DAY_MS / 16
      await superPeer.tidy()
    }
  }

  const keysOf = async (room: RoomId): Promise<number> => {
    const records = await Promise.all(
      ['log', 'entry', 'rooms', 'quota'].map((name) =>
        superPeer.store.range({ from: `${name}/${room}`, to: `${name}/${room}~` }),
      ),
    )
    return records.flat().length
  }

  test('[SU29] a room that nobody has visited for long goes as a whole, and one that is visited stays', async () => {
    await open(30)
    const old = await keptRoom('Old garden')
    const living = await keptRoom('Garden')
    await meeting.leave(old.peer)
    await until(old.kept, () => old.kept.connection.peers.length === 0, 'Ada to be gone')
    await pass(29)
    assert.deepEqual(dropped, [])
    assert.ok((await keysOf(old.room.id)) > 0)
    await pass(2)
    assert.deepEqual(dropped, [`${old.room.id} not-visited`])
    assert.equal(await keysOf(old.room.id), 0)
    assert.equal(superPeer.quotas.bytesOf(old.room.id), 0)
    assert.ok((await keysOf(living.room.id)) > 0)
    assert.deepEqual(
      superPeer.rooms.map(({ id }) => id),
      [living.room.id],
    )
  })

  test('[SU29] without a number of days rooms are kept for good', async () => {
    await open()
    const { peer, room, kept } = await keptRoom('Garden')
    await meeting.leave(peer)
    await until(kept, () => kept.connection.peers.length === 0, 'Ada to be gone')
    await pass(100)
    assert.deepEqual(dropped, [])
    assert.ok((await keysOf(room.id)) > 0)
  })

  test('[SU30] a room that it was removed from is deleted a week later, also over a restart', async () => {
    await open()
    const { room, kept } = await keptRoom('Garden')
    must(await room.access.apply({ type: 'remove', person: kept.core.me, keep: 'all' }))
    await until(kept, () => kept.status === 'removed', 'the removal')
    await superPeer.tidy()
    await superPeer.close()
    await open()
    await pass(6)
    assert.deepEqual(dropped, [])
    await superPeer.close()
    laterMs += 100 * DAY_MS
    await open()
    await superPeer.tidy()
    await pass(0.75)
    assert.deepEqual(dropped, [])
    await pass(0.5)
    assert.deepEqual(dropped, [`${room.id} removed`])
    assert.equal(await keysOf(room.id), 0)
  })

  test('[SU29] time off does not count, nor time by which the clock was set, and a day is left at least', async () => {
    await open(30)
    const { peer, room, kept } = await keptRoom('Garden')
    await meeting.leave(peer)
    await until(kept, () => kept.connection.peers.length === 0, 'Ada to be gone')
    await pass(29.5)
    await superPeer.close()
    laterMs += 31 * DAY_MS
    await open(30)
    await superPeer.tidy()
    await pass(0.75)
    laterMs += 365 * DAY_MS
    await superPeer.tidy()
    await pass(0.75)
    laterMs -= 365 * DAY_MS
    await superPeer.tidy()
    assert.deepEqual(dropped, [])
    await pass(0.5)
    assert.deepEqual(dropped, [`${room.id} not-visited`])
  })

  test('[SU29] who may not read is no visitor', async () => {
    const store = new MemoryStore()
    const id = 'r'.repeat(43) as RoomId
    const nowMs = 100 * DAY_MS
    await store.write([{ kind: 'put', key: `visited/${id}`, value: nowMs - 31 * DAY_MS }])
    let isReader = true
    const links = { links: [{ remote: {} }], events: { on: () => () => undefined } }
    const core = { links, may: () => isReader, state: { roleOf: () => undefined } }
    const room = { id, status: 'member', core } as unknown as Room
    /** What is dropped when it is looked once. */
    const look = async (): Promise<readonly string[]> => {
      const gone: string[] = []
      const retention = await Retention.open({
        store,
        environment: { now: () => nowMs, after: () => () => undefined },
        rooms: () => [room],
        drop: () => Promise.resolve(true),
        compact: () => Promise.resolve(),
        retentionDays: 30,
        onDropped: (_, reason) => gone.push(reason),
      })
      await retention.look()
      await retention.close()
      return gone
    }
    assert.deepEqual(await look(), [])
    await store.write([{ kind: 'put', key: `visited/${id}`, value: nowMs - 31 * DAY_MS }])
    isReader = false
    assert.deepEqual(await look(), ['not-visited'])
    await open()
  })

  test('[SU30] a room that does not let it in makes place for others a week later', async () => {
    await open()
    const peer = await meeting.peer()
    const room = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const { link = '' } = must(await room.createInvite({ role: 'relay' }))
    await meeting.leave(peer)
    const kept = must(await superPeer.keep(link))
    await superPeer.tidy()
    await pass(6)
    assert.deepEqual(dropped, [])
    assert.equal(kept.status, 'joining')
    await pass(2)
    assert.deepEqual(dropped, [`${room.id} not-let-in`])
    assert.deepEqual(superPeer.rooms, [])
  })

  test('[SU32] one that a stranger asked for makes place a day later, also over a restart', async () => {
    await open()
    const peer = await meeting.peer()
    const rooms = await Promise.all(
      ['Bait', 'Garden', 'Attic'].map(async (name) => must(await peer.createRoom({ name, myName: 'Ada' }))),
    )
    const links = await Promise.all(
      rooms.map(async (room) => must(await room.createInvite({ role: 'relay' })).link ?? ''),
    )
    await meeting.leave(peer)
    const [bait = '', garden = '', attic = ''] = links
    must(await superPeer.keep(bait, 'anyone'))
    must(await superPeer.keep(garden))
    must(await superPeer.keep(attic, 'anyone'))
    must(await superPeer.keep(attic, 'operator'))
    await superPeer.tidy()
    await superPeer.close()
    await open()
    await pass(0.75)
    assert.deepEqual(dropped, [])
    await pass(0.5)
    assert.deepEqual(dropped, [`${rooms[0]?.id} not-let-in`])
    await pass(5)
    assert.equal(superPeer.rooms.length, 2)
  })

  test('[SU32] one that a stranger asked for and that let it in is a room like any other', async () => {
    await open()
    const peer = await meeting.peer()
    const room = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const { link = '' } = must(await room.createInvite({ role: 'relay' }))
    const kept = must(await superPeer.keep(link, 'anyone'))
    await until(kept, () => kept.status === 'member', 'the super peer to be let in')
    must(await room.access.apply({ type: 'remove', person: kept.core.me, keep: 'all' }))
    await until(kept, () => kept.status === 'removed', 'the removal')
    await pass(6)
    assert.deepEqual(dropped, [])
    await pass(2)
    assert.deepEqual(dropped, [`${room.id} removed`])
  })
})
