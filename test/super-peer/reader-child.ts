/** Somebody who may read, in a process of their own: comes in by the link and address given, and says what is there. */
import { WebSocket } from 'ws'
import { memoryLocks, platformEnvironment } from '../../src/peer/environment.ts'
import { wsDoor } from '../../src/peer/doors.ts'
import { Peer } from '../../src/peer/peer.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'

const [link = '', address = '', expected = ''] = process.argv.slice(2)
const door = wsDoor({ addresses: () => Promise.resolve([address]), openSocket: (to) => new WebSocket(to) })
const environment = { ...platformEnvironment(), ...memoryLocks() }
const peer = await Peer.open({ store: new MemoryStore(), environment, doors: [door], inviteBase: 'parley:' })
const joined = await peer.joinRoom({ link, myName: 'Reader' })
if (!joined.ok) throw new Error(joined.reason)
const room = joined.value
const look = (): void => {
  if (room.chat.messages.filter(({ text }) => text !== '').length >= Number(expected)) console.log('{"event":"read"}')
}
room.chat.on('messages', look)
look()
