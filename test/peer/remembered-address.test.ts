// A room whose doors are all shut, and an address at which somebody was reached before.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { RoomId } from '../../src/base/ids.ts'
import { idFromBytes } from '../../src/base/ids.ts'
import { wsDoor } from '../../src/peer/doors.ts'
import { KnownAddresses } from '../../src/peer/known-addresses.ts'
import type { Door, DoorHealth } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import { welcomeSocket } from '../../src/transport/ws-opening.ts'
import { Disk } from './disk.ts'
import { socketPair, type SocketPair } from '../transport/socket-pair.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'

const ADDRESS = 'wss://ada.example/link'

/** A machine that takes links at its address, for whatever topic a room there serves. */
class Harbour {
  readonly dialled: string[] = []
  readonly #rooms = new Map<string, (link: Link) => void>()
  readonly #pairs = new Set<SocketPair>()
  readonly #pump = setInterval(() => {
    for (const pair of this.#pairs) pair.deliver()
  }, 1)

  readonly door: Door = {
    name: 'listener',
    start: (topic, onLink) => {
      this.#rooms.set(topic, onLink)
      return { ...shutSession('open'), stop: () => Promise.resolve(void this.#rooms.delete(topic)) }
    },
  }

  readonly openSocket = (address: string) => {
    this.dialled.push(address)
    const pair = socketPair()
    let topic = ''
    const isWelcome = (wanted: string): boolean => {
      topic = wanted
      return address === ADDRESS && this.#rooms.has(wanted)
    }
    void welcomeSocket(pair.server, isWelcome, pair.clock).opened.then((opened) => {
      if (opened.ok) this.#rooms.get(topic)?.(opened.value)
    })
    this.#pairs.add(pair)
    queueMicrotask(() => {
      pair.client.fire('open')
    })
    return pair.client
  }

  close(): void {
    clearInterval(this.#pump)
  }
}

function shutSession(state: DoorHealth['state']) {
  const place = { place: 'wss://gone.example', state, detail: '', sinceMs: 0 }
  return {
    onHealth: undefined,
    health: (): DoorHealth => ({ ...place, places: [place], lastFailure: undefined }),
    setCapacity: () => undefined,
    stop: () => Promise.resolve(),
  }
}
/** One whose every place is gone. */
const shutDoor = (): Door => ({ name: 'y-webrtc', start: () => shutSession('failed') })

function harbourOf(t: TestContext): Harbour {
  const harbour = new Harbour()
  t.after(() => {
    harbour.close()
  })
  return harbour
}

test('[DO3] a room whose every door is shut is entered by an address that was reached before', async (t) => {
  const harbour = harbourOf(t)
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const adasPeer = await meeting.peer({ doors: [() => meeting.network.door(), () => harbour.door] })
  const ada = must(await adasPeer.createRoom({ name: 'Book club', myName: 'Ada' }))
  const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
  const [store, environment] = [new Disk(), device()]
  const firstPage = await meeting.peer({ store, environment })
  const first = must(await firstPage.joinRoom({ link, myName: 'Ben' }))
  await until(first, () => first.status === 'member', 'Ben')
  await meeting.leave(firstPage)
  must(await ada.chat.send('while Ben was away'))

  const doors = [shutDoor, wsDoor({ openSocket: harbour.openSocket })]
  const lostPage = await meeting.peer({ store, environment, doors })
  const lost = lostPage.room(ada.id) ?? assert.fail()
  await until(lost, () => lost.connection.state === 'alone', 'every door to have been tried')
  assert.deepEqual(harbour.dialled, [], 'no address is known')
  await meeting.leave(lostPage)

  // As the door does when a link has lasted.
  new KnownAddresses(environment.notes, ada.id).reached(ADDRESS)
  const page = await meeting.peer({ store, environment, doors })
  const ben = page.room(ada.id) ?? assert.fail()
  await until(ben, () => texts(ben).includes('while Ben was away'), 'what Ada wrote')
  assert.deepEqual(
    ben.connection.peers.map(({ kind }) => kind),
    ['ws'],
  )
  must(await ben.chat.send('back by the harbour'))
  await until(ada, () => texts(ada).includes('back by the harbour'), 'what Ben wrote')
})

test('[DO3] an address is remembered when a link there has lasted, and no sooner', async (t) => {
  const harbour = harbourOf(t)
  const { notes } = device()
  const known = new KnownAddresses(notes, idFromBytes<RoomId>(new Uint8Array(32).fill(5)))
  const arrived = new Promise<Link>((resolve) => harbour.door.start('topic', resolve))
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const door = wsDoor({ addresses: () => Promise.resolve([ADDRESS]), openSocket: harbour.openSocket })
  const session = door({ password: '', trackers: [], known }).start('topic', () => undefined)
  const link = await arrived
  // The client hears of it in one of the next turns.
  while (session.health().state !== 'open') await new Promise((resolve) => setImmediate(resolve))
  t.mock.timers.tick(29_999)
  assert.deepEqual(known.remembered, [])
  t.mock.timers.tick(1)
  assert.deepEqual(known.remembered, [ADDRESS])
  link.close('done')
  await session.stop()
})

test('[DO3] with the room its addresses are forgotten', async (t) => {
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const environment = device()
  const ada = must(await (await meeting.peer()).createRoom({ name: 'Book club', myName: 'Ada' }))
  const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
  const peer = await meeting.peer({ environment })
  const ben = must(await peer.joinRoom({ link, myName: 'Ben' }))
  await until(ben, () => ben.status === 'member', 'Ben')
  const known = new KnownAddresses(environment.notes, ben.id)
  known.reached(ADDRESS)
  must(await ben.leave())
  must(await peer.forgetRoom(ben.id))
  assert.deepEqual(known.remembered, [])
})
