import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { attachTracker, type Tracker, type TrackerOptions } from '../../src/super-peer/tracker.ts'
import { refuseOtherUpgrades } from '../../src/super-peer/upgrade-refusal.ts'

interface Publication {
  type: 'publish'
  topic: string
  data: unknown
  clients: number
}

/** A client that keeps what it hears; `settled` waits until the tracker has worked off all that this client sent. */
class TestClient {
  readonly heard: Publication[] = []
  readonly socket: WebSocket
  readonly closed: Promise<number>

  constructor(url: string, options?: object) {
    this.socket = new WebSocket(url, options)
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      this.socket.on('close', resolve)
    })
    this.socket.on('message', (data: Buffer) => {
      this.heard.push(JSON.parse(data.toString()) as Publication)
    })
  }
  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }
  publish(topic: string, data: unknown): void {
    this.say({ type: 'publish', topic, data })
  }
  /** Uses the WebSocket's own ping, which is answered in order and costs no token. */
  async settled(): Promise<void> {
    const answered = once(this.socket, 'pong')
    this.socket.ping()
    await answered
  }
  get data(): unknown[] {
    return this.heard.map((publication) => publication.data)
  }
}

interface TestTracker {
  readonly tracker: Tracker
  readonly port: number
  /** A connected client on the given topics. */
  join(...topics: string[]): Promise<TestClient>
  /** The HTTP status with which a connection is refused. */
  refusal(path?: string): Promise<number | undefined>
}

async function startTracker(context: TestContext, options: TrackerOptions = {}): Promise<TestTracker> {
  const server = createServer()
  const tracker = attachTracker(server, options)
  refuseOtherUpgrades(server, options.paths ?? ['/tracker'])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients: WebSocket[] = []
  context.after(() => {
    tracker.close()
    for (const client of clients) client.terminate()
    server.close()
    server.closeAllConnections()
  })
  const open = (path: string): TestClient => {
    const client = new TestClient(`ws://127.0.0.1:${port}${path}`)
    clients.push(client.socket)
    return client
  }
  return {
    tracker,
    port,
    async join(...topics) {
      const client = open('/tracker')
      await once(client.socket, 'open')
      client.say({ type: 'subscribe', topics })
      await client.settled()
      return client
    },
    async refusal(path = '/tracker') {
      const client = open(path)
      const [, response] = (await once(client.socket, 'unexpected-response')) as [unknown, { statusCode?: number }]
      return response.statusCode
    },
  }
}

const settle = async (...clients: TestClient[]): Promise<void> => {
  for (const client of clients) await client.settled()
}

test('[TR1] a message reaches the other clients of its topic with their number, and no other topic', async (t) => {
  const { join } = await startTracker(t)
  const [alice, bob, carol] = [await join('red'), await join('red'), await join('blue')]
  alice.publish('red', { type: 'announce', from: 'alice' })
  await settle(alice, bob, carol)
  const expected = { type: 'publish', topic: 'red', data: { type: 'announce', from: 'alice' }, clients: 2 }
  assert.deepEqual(bob.heard, [expected])
  assert.deepEqual(carol.heard, [])
})

test('[TR1] who is not on a topic may publish to it, and fields outside the protocol are left behind', async (t) => {
  const { join } = await startTracker(t)
  const [alice, bob] = [await join('red'), await join()]
  bob.say({ type: 'publish', topic: 'red', data: 7, clients: 99, extra: true })
  await settle(bob, alice)
  assert.deepEqual(alice.heard, [{ type: 'publish', topic: 'red', data: 7, clients: 1 }])
})

test('[TR2] a message does not come back to its sender', async (t) => {
  const { join } = await startTracker(t)
  const [alice, bob] = [await join('red'), await join('red')]
  alice.publish('red', { type: 'announce', from: 'alice' })
  alice.publish('red', 'encrypted')
  await settle(alice, bob)
  assert.deepEqual(alice.heard, [])
  assert.equal(bob.heard.length, 2)
})

test('[TR3] an addressed message goes only to the client that is known by the name', async (t) => {
  const { join } = await startTracker(t)
  const [alice, bob, carol] = [await join('red'), await join('red'), await join('red')]
  bob.publish('red', { type: 'announce', from: 'bob' })
  await settle(bob, alice, carol)
  const [before, offer] = [carol.heard.length, { type: 'signal', from: 'alice', to: 'bob', signal: { type: 'offer' } }]
  alice.publish('red', offer)
  await settle(alice, bob, carol)
  assert.deepEqual(bob.data, [offer])
  assert.equal(carol.heard.length, before)
})

test('[TR3] a name is known on its own topic only', async (t) => {
  const { join } = await startTracker(t)
  const [alice, bob, carol] = [await join('red'), await join('red', 'blue'), await join('red')]
  bob.publish('blue', { from: 'bob' })
  await settle(bob)
  alice.publish('red', { to: 'bob' })
  await settle(alice, bob, carol)
  assert.deepEqual([bob.data, carol.data], [[{ to: 'bob' }], [{ to: 'bob' }]])
})

test('[TR3] a client that claims the name of another cannot take its messages away', async (t) => {
  const { join } = await startTracker(t)
  const [alice, bob, mallory, carol] = [await join('red'), await join('red'), await join('red'), await join('red')]
  mallory.publish('red', { from: 'bob' })
  await settle(mallory)
  bob.publish('red', { from: 'bob' })
  await settle(bob)
  alice.publish('red', { to: 'bob' })
  await settle(alice, bob, mallory, carol)
  const addressed = (client: TestClient): number =>
    client.data.filter((data) => JSON.stringify(data).includes('to')).length
  assert.deepEqual([bob, mallory, carol].map(addressed), [1, 1, 0])
})

test('[TR4] messages to nobody known, and encrypted ones, reach all others', async (t) => {
  const { join } = await startTracker(t)
  const [alice, bob, carol] = [await join('red'), await join('red'), await join('red')]
  alice.publish('red', { to: 'nobody' })
  alice.publish('red', 'ZW5jcnlwdGVk')
  alice.publish('red', { to: 7 })
  await settle(alice, bob, carol)
  const expected = [{ to: 'nobody' }, 'ZW5jcnlwdGVk', { to: 7 }]
  assert.deepEqual([bob.data, carol.data], [expected, expected])
})

test('[TR5] a client that left or unsubscribed is forgotten with its names', async (t) => {
  const { join, tracker } = await startTracker(t)
  const [alice, bob, carol] = [await join('red'), await join('red'), await join('red', 'blue')]
  bob.publish('red', { from: 'bob' })
  await settle(bob)
  bob.say({ type: 'unsubscribe', topics: ['red', 'never joined'] })
  await settle(bob)
  alice.publish('red', { to: 'bob' })
  await settle(alice, carol)
  assert.deepEqual(carol.heard.at(-1), { type: 'publish', topic: 'red', data: { to: 'bob' }, clients: 2 })
  assert.deepEqual(bob.heard, [])

  carol.socket.close()
  await carol.closed
  await settle(alice)
  assert.equal(tracker.topicCount, 1)
  assert.equal(tracker.connectionCount, 2)
})

test('[TR6] a frame over the limit closes its client only', async (t) => {
  const { join } = await startTracker(t)
  const [alice, bob, mallory] = [await join('red'), await join('red'), await join('red')]
  alice.publish('red', 'x'.repeat(60_000))
  await settle(alice, bob)
  assert.equal((bob.data[0] as string).length, 60_000)
  mallory.publish('red', 'x'.repeat(70_000))
  assert.equal(await mallory.closed, 1009)
  await settle(alice, bob)
  assert.equal(bob.heard.length, 1)
})

const malformed: readonly string[] = [
  '',
  '{',
  'null',
  '7',
  '"text"',
  '[]',
  '{}',
  '{"type":7}',
  '{"type":"unheard-of"}',
  '{"type":"__proto__"}',
  '{"type":"subscribe"}',
  '{"type":"subscribe","topics":"red"}',
  '{"type":"subscribe","topics":[7]}',
  '{"type":"unsubscribe","topics":{"length":3}}',
  '{"type":"publish","topic":["red"],"data":1}',
  '{"type":"publish","data":1}',
  `{"type":"publish","topic":"red","data":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
]

test('[TR7] malformed frames do nothing, and close their client after five', async (t) => {
  for (const frame of malformed) {
    const { join } = await startTracker(t)
    const [alice, mallory] = [await join('red'), await join('red')]
    for (let i = 0; i < 4; i++) mallory.say(frame)
    await settle(mallory, alice)
    mallory.say(frame)
    assert.equal(await mallory.closed, 1008, frame.slice(0, 80))
    await settle(alice)
    assert.deepEqual(alice.heard, [])
  }
})

test('[TR7] bytes that are no WebSocket frame disturb nobody', async (t) => {
  const { join, port, tracker } = await startTracker(t)
  const [alice, bob] = [await join('red'), await join('red')]
  const raw: Socket = connect(port, '127.0.0.1')
  raw.on('error', () => undefined)
  raw.write(
    'GET /tracker HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(raw, 'data')
  assert.equal(tracker.connectionCount, 3)
  raw.write(Buffer.alloc(2_000, 0xff))
  raw.resume()
  await once(raw, 'close')
  alice.publish('red', 1)
  await settle(alice, bob)
  assert.deepEqual(bob.data, [1])
  assert.equal(tracker.connectionCount, 2)
})

test('[TR8] topics over a limit are not joined and count as strikes', async (t) => {
  const { join, tracker } = await startTracker(t, {
    limits: { topicsPerClientMax: 2, topicLengthMax: 5, topicsMax: 3, strikesMax: 3 },
  })
  const alice = await join('red', 'blue', 'green')
  assert.equal(tracker.topicCount, 2)
  const bob = await join('toolong')
  assert.equal(tracker.topicCount, 2)
  bob.say({ type: 'subscribe', topics: ['a', 'b'] })
  await settle(bob)
  assert.equal(tracker.topicCount, 3)
  bob.say({ type: 'subscribe', topics: ['c'] })
  assert.equal(await bob.closed, 1008)
  await settle(alice)
})

test('[TR9] messages above the rate are dropped until tokens are back, then heard again', async (t) => {
  let nowMs = 0
  const { join } = await startTracker(t, { limits: { tokensBurst: 10, tokensPerSecond: 2 }, nowMs: () => nowMs })
  const [alice, bob] = [await join('red'), await join('red')]
  for (let i = 0; i < 20; i++) alice.publish('red', i)
  await settle(alice, bob)
  const subscription = 1
  assert.equal(bob.data.length, 10 - subscription)
  nowMs += 1_000
  for (const word of ['again', 'once more', 'too soon']) alice.publish('red', word)
  await settle(alice, bob)
  assert.deepEqual(bob.data.slice(10 - subscription), ['again', 'once more'])
})

test('[TR9] large messages cost more tokens, and a client that keeps on is closed', async (t) => {
  const { join } = await startTracker(t, { limits: { tokensBurst: 12, droppedMax: 3 }, nowMs: () => 0 })
  const [alice, bob] = [await join('red'), await join('red')]
  for (let i = 0; i < 4; i++) alice.publish('red', 'x'.repeat(30_000))
  assert.equal(await alice.closed, 1008)
  await settle(bob)
  assert.equal(bob.heard.length, 1)
})

test('[TR10] connections beyond what one address, and all together, may hold are refused', async (t) => {
  let address = 'a'
  const { join, refusal } = await startTracker(t, {
    limits: { connectionsPerAddressMax: 2, connectionsMax: 3 },
    addressOf: () => address,
  })
  const first = await join()
  await join()
  assert.equal(await refusal(), 429)
  address = 'b'
  await join()
  assert.equal(await refusal(), 503)
  first.socket.close()
  await first.closed
  address = 'a'
  await join()
})

test('[TR11] a client that does not read is disconnected when too much waits for it', async (t) => {
  const { join, tracker } = await startTracker(t, {
    limits: { queuedBytesMax: 100_000, tokensBurst: 1e9 },
  })
  const [alice, slow, bob] = [await join('red'), await join('red'), await join('red')]
  slow.socket.pause()
  for (let sent = 0; tracker.connectionCount === 3; sent++) {
    assert.ok(sent < 2_000, 'the tracker holds more than 100 MB for one client')
    alice.publish('red', 'x'.repeat(60_000))
    await settle(alice)
  }
  await settle(bob)
  assert.equal(tracker.connectionCount, 2)
})

test('[TR12] a client that does not answer a ping is disconnected at the next', async (t) => {
  let beat = (): void => undefined
  const { join, port, tracker } = await startTracker(t, {
    every: (callback) => {
      beat = callback
      return () => undefined
    },
  })
  const alice = await join('red')
  const dead = new WebSocket(`ws://127.0.0.1:${port}/tracker`, { autoPong: false })
  await once(dead, 'open')
  const pinged = [once(alice.socket, 'ping'), once(dead, 'ping')]
  beat()
  await Promise.all(pinged)
  await settle(alice)
  assert.equal(tracker.connectionCount, 2)
  beat()
  await once(dead, 'close')
  await settle(alice)
  assert.equal(tracker.connectionCount, 1)
})

test('an upgrade on another path is refused, or left to others', async (t) => {
  const { refusal } = await startTracker(t)
  assert.equal(await refusal('/elsewhere'), 404)

  const server = createServer()
  const tracker = attachTracker(server)
  t.after(() => {
    tracker.close()
    server.close()
    server.closeAllConnections()
  })
  server.on('upgrade', (request, socket) => {
    if (request.url === '/other') socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/other`)
  client.on('error', () => undefined)
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, { statusCode?: number }]
  assert.equal(response.statusCode, 418)
})

test('closing says goodbye to every client', async (t) => {
  const { join, tracker, refusal } = await startTracker(t)
  const alice = await join('red')
  assert.equal(await refusal('/elsewhere'), 404)
  tracker.close()
  assert.equal(await alice.closed, 1001)
})
