import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it, test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { listenForLinks, type LinkListener, type LinkListenerOptions } from '../../src/super-peer/link-listener.ts'
import type { Link } from '../../src/transport/link.ts'
import { createWsDoor } from '../../src/transport/ws-door.ts'
import { connectSocket } from '../../src/transport/ws-opening.ts'
import { linkContract } from '../transport/link-contract.ts'
import { ManualClock } from '../transport/socket-pair.ts'

interface Listening {
  readonly listener: LinkListener
  readonly address: string
  readonly close: () => void
}

async function listen(options: LinkListenerOptions = {}): Promise<Listening> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const listener = listenForLinks(server, options)
  const close = (): void => {
    listener.close()
    server.close()
    server.closeAllConnections()
  }
  return { listener, close, address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/link` }
}

async function listenIn(context: TestContext, options: LinkListenerOptions = {}): Promise<Listening> {
  const listening = await listen(options)
  context.after(listening.close)
  return listening
}

/** Both ends of a link: of the door in a page, and of the listener. */
async function openPair({ listener, address }: Listening): Promise<{ initiator: Link; responder: Link }> {
  const topic = `parley-${Math.random()}`
  const answering = new Promise<Link>((resolve) => listener.door.start(topic, resolve))
  const opened = await connectSocket(new WebSocket(address), topic).opened
  assert(opened.ok)
  return { initiator: opened.value, responder: await answering }
}

const shared = listen()
linkContract({ describe, it }, 'a WebSocket to a listener', async () => openPair(await shared))
after(async () => (await shared).close())

test('[WS10] a listener serves the topics that its own rooms have started, until they stop', async (t) => {
  const { listener, address } = await listenIn(t)
  const links: Link[] = []
  const session = listener.door.start('ours', (link) => links.push(link))
  const attempt = async (topic: string): Promise<string> => {
    const opened = await connectSocket(new WebSocket(address), topic).opened
    return opened.ok ? 'opened' : opened.reason
  }
  assert.equal(await attempt('theirs'), 'refused')
  assert.equal(await attempt('ours'), 'opened')
  session.setCapacity(0, false)
  assert.equal(await attempt('ours'), 'refused')
  session.setCapacity(1, false)
  assert.equal(await attempt('ours'), 'opened')
  await session.stop()
  assert.deepEqual(
    links.map(({ closeReason }) => closeReason),
    ['door-stopped', 'door-stopped'],
  )
  assert.equal(await attempt('ours'), 'refused')
})

test('[WS7] a page finds a listener by its address', async (t) => {
  const { listener, address } = await listenIn(t)
  const answering = new Promise<Link>((resolve) => listener.door.start('ours', resolve))
  const door = createWsDoor({ addresses: [address], openSocket: (to) => new WebSocket(to) })
  const asking = new Promise<Link>((resolve) => {
    const session = door.start('ours', resolve)
    t.after(() => session.stop())
  })
  const [page, peer] = await Promise.all([asking, answering])
  assert.deepEqual(page.binding, peer.binding)
})

test('[WS11] one address holds a limited number of connections, and gives them back', async (t) => {
  const { address } = await listenIn(t, { limits: { connectionsPerAddressMax: 2 } })
  const sockets = [new WebSocket(address), new WebSocket(address)]
  await Promise.all(sockets.map((socket) => once(socket, 'open')))
  const third = new WebSocket(address)
  const [error] = (await once(third, 'error')) as [Error]
  assert.match(error.message, /429/)
  const [first] = sockets
  first?.close()
  await once(first ?? third, 'close')
  const fourth = new WebSocket(address)
  await once(fourth, 'open')
})

test('[WS11] those who do not say what they come for take no more than their share', async (t) => {
  const { address } = await listenIn(t, { limits: { unboundMax: 1 } })
  const silent = new WebSocket(address)
  await once(silent, 'open')
  const second = new WebSocket(address)
  const [error] = (await once(second, 'error')) as [Error]
  assert.match(error.message, /503/)
})

test('[WS11] who says nothing is cut off, and so is who does not answer a ping', async (t) => {
  const clock = new ManualClock()
  const { listener, address } = await listenIn(t, { clock })
  listener.door.start('ours', () => undefined)
  const silent = new WebSocket(address)
  await once(silent, 'open')
  clock.advance(10_000)
  await once(silent, 'close')
  // Answers no ping, and would hold its place for ever.
  const dead = new WebSocket(address, { autoPong: false })
  const opened = await connectSocket(dead, 'ours').opened
  assert(opened.ok)
  clock.advance(30_000)
  clock.advance(30_000)
  assert.equal(await opened.value.closed, 'connection-lost')
})

test('[WS11] other paths are left to others, and large packets are not read', async (t) => {
  const { listener, address } = await listenIn(t)
  listener.door.start('ours', () => undefined)
  const socket = new WebSocket(address)
  await once(socket, 'open')
  socket.send(new Uint8Array(100_000))
  const [code] = (await once(socket, 'close')) as [number]
  assert(code === 1_009 || code === 1_006)
  const other = new WebSocket(address.replace('/link', '/elsewhere'))
  other.on('error', () => undefined)
  other.terminate()
  assert.equal(listener.connectionCount, 0)
})
