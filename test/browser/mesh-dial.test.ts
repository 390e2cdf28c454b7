/** Peers of one page that meet at a door which links each to one other only: the rest they find through the mesh. */
import { assert } from 'chai'
import { memoryLocks, platformEnvironment, type Environment } from '../../src/peer/environment.ts'
import { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import type { Door } from '../../src/transport/door.ts'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { until } from '../peer/meeting.ts'

const PEOPLE = 6
const PATIENCE_MS = 45_000

/** Without locks each peer takes itself for the leading tab. */
const alone = (): Environment => ({ ...platformEnvironment(), ...memoryLocks() })

describe('links made through the mesh, over WebRTC', () => {
  const network = new MemoryNetwork()
  const peers: Peer[] = []
  let pump: ReturnType<typeof setInterval>
  const locks = Object.getOwnPropertyDescriptor(Navigator.prototype, 'locks')
  before(() => {
    Object.defineProperty(navigator, 'locks', { configurable: true, value: undefined })
    pump = setInterval(() => network.flush(), 1)
  })
  after(async () => {
    await Promise.all(peers.map((peer) => peer.close()))
    clearInterval(pump)
    if (locks) Reflect.deleteProperty(navigator, 'locks')
  })

  it('make a chain of peers a full mesh, and carry what is written without the door', async function () {
    this.timeout(2 * PATIENCE_MS)
    const rooms: Room[] = []
    let link = ''
    for (let i = 0; i < PEOPLE; i++) {
      // Each corridor leads from one to the next.
      const corridors = [i - 1, i].map((n): Door => {
        const door = network.door(`corridor ${n}`)
        return { name: door.name, start: (topic, onLink) => door.start(`${topic} ${n}`, onLink) }
      })
      const doors = corridors.map((door) => () => door)
      const peer = await Peer.open({ store: new MemoryStore(), environment: alone(), doors, inviteBase: 'parley:' })
      peers.push(peer)
      const made = i === 0 ? await peer.createRoom({ name: 'Choir', myName: 'Ada' }) : undefined
      const opened = made ?? (await peer.joinRoom({ link, myName: `Singer ${i}` }))
      assert(opened.ok)
      const room = opened.value
      rooms.push(room)
      if (i === 0) {
        const invite = await room.createInvite({ role: 'writer' })
        assert(invite.ok)
        link = invite.value.link ?? ''
      }
      await until(room, () => room.status === 'member', `singer ${i} to be let in`, PATIENCE_MS)
    }
    const isMeshed = (room: Room): boolean => room.connection.peers.length === PEOPLE - 1
    await until(rooms, () => rooms.every(isMeshed), 'everybody to be linked with everybody', PATIENCE_MS)
    const called = rooms.map((room) => room.connection.peers.filter(({ kind }) => kind === 'rtc').length)
    assert.equal(
      called.reduce((sum, links) => sum + links, 0),
      (PEOPLE - 1) * (PEOPLE - 2),
      'all links but those of the chain',
    )
    await rooms[0]?.chat.send('hello everybody')
    const isHeard = (room: Room): boolean => room.chat.messages.some(({ text }) => text === 'hello everybody')
    await until(rooms, () => rooms.every(isHeard), 'the message', PATIENCE_MS)
  })
})
