import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'

describe('working offline', () => {
  let meeting: Meeting
  let peer: Peer
  let adas: Room
  let bens: Room
  const kept = { store: new Disk(), environment: device() }
  beforeEach(async () => {
    meeting = new Meeting()
    Object.assign(kept, { store: new Disk(), environment: device() })
    peer = await meeting.peer(kept)
    adas = must(await peer.createRoom({ name: 'Choir', myName: 'Ada' }))
    const { link } = must(await adas.createInvite({ role: 'writer' }))
    bens = must(await (await meeting.peer()).joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(bens, () => bens.status === 'member', 'Ben to be let in')
  })
  afterEach(() => meeting.close())

  /** The room after the page was loaded again. */
  const reload = async (): Promise<Room> => {
    await meeting.leave(peer)
    peer = await meeting.peer(kept)
    const room = peer.room(adas.id)
    assert.ok(room)
    return room
  }

  test('[DO9] is remembered when the page is loaded again, until the switch is turned back', async () => {
    adas.connection.setOffline(true)
    await until(bens, () => bens.connection.peers.length === 0, 'Ada to be gone')
    const again = await reload()
    assert.equal(again.connection.state, 'offline')
    must(await again.chat.send('written offline'))
    must(await bens.chat.send('Are you there?'))
    assert.deepEqual([again.connection.peers, again.connection.doors], [[], []])
    assert.deepEqual(texts(bens), ['Are you there?'])

    again.connection.setOffline(false)
    await until(bens, () => texts(bens).length === 2, 'what was written offline')
    const online = await reload()
    assert.equal(online.connection.isOffline, false)
    await until(online, () => online.connection.peers.length === 1, 'Ben')
  })

  test('[DO9] is of one room and not of others', async () => {
    const other = must(await peer.createRoom({ name: 'Orchestra', myName: 'Ada' }))
    adas.connection.setOffline(true)
    const again = await reload()
    assert.equal(again.connection.isOffline, true)
    assert.equal(peer.room(other.id)?.connection.isOffline, false)
  })

  test('[DO9] is not forgotten because another tab, which is online, saves something else', async () => {
    adas.connection.setOffline(true)
    await adas.core.saveRecord({ isOffline: false, name: 'Choir' })
    assert.equal((await reload()).connection.isOffline, true)
  })
})
