import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { INBOX_BYTES_MAX, type Lane, type LinkCipher } from '../../src/transport/link.ts'
import type { WsLink } from '../../src/transport/ws-link.ts'
import { PACKET_BYTES_MAX } from '../../src/transport/ws-link.ts'
import {
  CLOSE_REFUSED,
  connectSocket,
  decodeHello,
  encodeHello,
  TOPIC_BYTES_MAX,
  welcomeSocket,
  type OpeningWsLink,
} from '../../src/transport/ws-opening.ts'
import { linkContract } from './link-contract.ts'
import { seeded } from './seeded-random.ts'
import { settle, socketPair, type SocketPair } from './socket-pair.ts'

const TOPIC = 'parley-0123'

interface Opened extends SocketPair {
  readonly initiator: WsLink
  readonly responder: WsLink
}

async function openPair(): Promise<Opened> {
  const pair = socketPair()
  const [asked, asking] = [
    welcomeSocket(pair.server, (topic) => topic === TOPIC, pair.clock),
    connectSocket(pair.client, TOPIC, pair.clock),
  ]
  pair.client.fire('open')
  const [initiator, responder] = await settle(pair, Promise.all([asking.opened, asked.opened]))
  assert(initiator.ok && responder.ok)
  return { ...pair, initiator: initiator.value, responder: responder.value }
}

/** Adds a number to each message, and knows no other than the next. */
function countingCipher(): { readonly here: LinkCipher; readonly there: LinkCipher } {
  const direction = () => {
    const count = { sealed: 0, opened: 0 }
    return {
      seal: (plain: Uint8Array) => Uint8Array.of(count.sealed++ & 255, ...plain.map((byte) => byte ^ 0x5a)),
      open: (sealed: Uint8Array) =>
        sealed[0] === (count.opened++ & 255) ? sealed.subarray(1).map((byte) => byte ^ 0x5a) : undefined,
    }
  }
  const [up, down] = [direction(), direction()]
  return { here: { seal: up.seal, open: down.open }, there: { seal: down.seal, open: up.open } }
}

function collect(link: WsLink): (readonly [Lane, number])[] {
  const got: (readonly [Lane, number])[] = []
  link.onMessage = (lane, message) => got.push([lane, message.length])
  return got
}

linkContract({ describe, it }, 'a WebSocket', openPair)
linkContract({ describe, it }, 'a WebSocket that is sealed', async () => {
  const opened = await openPair()
  const { here, there } = countingCipher()
  opened.initiator.protect(here)
  opened.responder.protect(there)
  return opened
})

describe('how a WebSocket becomes a link', () => {
  it('[WS1] each link has a binding of its own', async () => {
    const [first, second] = [await openPair(), await openPair()]
    assert.notDeepEqual(first.initiator.binding, second.initiator.binding)
  })

  it('[WS2] a topic that nobody serves is refused', async () => {
    const pair = socketPair()
    const asking = connectSocket(pair.client, 'another', pair.clock)
    const asked = welcomeSocket(pair.server, (topic) => topic === TOPIC, pair.clock)
    pair.client.fire('open')
    const results = await settle(pair, Promise.all([asking.opened, asked.opened]))
    assert.deepEqual(
      results.map((result) => (result.ok ? 'opened' : result.reason)),
      ['refused', 'refused'],
    )
    assert.equal(pair.server.closedWith, CLOSE_REFUSED)
  })

  it('[WS3] what is no hello ends it at once, and says why', async () => {
    const nonce = new Uint8Array(32)
    const hellos: readonly (string | Uint8Array<ArrayBuffer>)[] = [
      'hello',
      Uint8Array.of(),
      Uint8Array.of(9, ...nonce),
      encodeHello({ nonce, topic: 'x'.repeat(TOPIC_BYTES_MAX + 1) }),
      encodeHello({ nonce: nonce.subarray(1), topic: undefined }),
    ]
    for (const hello of hellos) {
      const pair = socketPair()
      const asked = welcomeSocket(pair.server, () => true, pair.clock)
      pair.client.send(hello)
      pair.deliver()
      const result = await asked.opened
      assert(!result.ok)
      assert.equal(result.reason, 'bad-hello')
      assert.notEqual(pair.server.closedWith, undefined)
    }
  })

  it('[WS3] who sends everything back is not linked with itself', async () => {
    const { client, clock } = socketPair()
    const asking = connectSocket(client, TOPIC, clock)
    client.fire('open')
    const [hello] = client.underWay
    assert(hello instanceof Uint8Array)
    client.fire('message', { data: hello.slice(0, 33).buffer })
    const result = await asking.opened
    assert(!result.ok)
    assert.equal(result.detail, 'our own')
  })

  const endings: readonly [string, (pair: SocketPair, opening: OpeningWsLink) => void, string][] = [
    ['nobody answers', ({ clock }) => clock.advance(10_000), 'timeout'],
    ['the socket closes', ({ client }) => client.fire('close', { code: 1_006 }), 'connection-failed'],
    ['it is given up', (_, opening) => opening.abort('enough'), 'aborted'],
    ['it is flooded', flood, 'bad-hello'],
  ]
  for (const [what, end, reason] of endings)
    it(`[WS3] says why there is no link when ${what}`, async () => {
      const pair = socketPair()
      const asking = connectSocket(pair.client, TOPIC, pair.clock)
      pair.client.fire('open')
      end(pair, asking)
      const result = await asking.opened
      assert(!result.ok)
      assert.equal(result.reason, reason)
      assert.equal(pair.clock.timers, 0)
    })

  function flood({ client }: SocketPair): void {
    client.fire('message', { data: encodeHello({ nonce: new Uint8Array(32).fill(7), topic: undefined }).buffer })
    for (let bytes = 0; bytes <= INBOX_BYTES_MAX; bytes += 16_000)
      client.fire('message', { data: new Uint8Array(16_000).buffer })
  }

  it('[WS3] a hello is read as it was written, and nothing else is one', () => {
    const nonces = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(nonces, fc.option(fc.string({ maxLength: 30 }), { nil: undefined }), (nonce, topic) => {
        const read = decodeHello(encodeHello({ nonce, topic }), topic !== undefined)
        assert.deepEqual(read, { ok: true, value: { nonce, topic } })
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isFromClient) => {
        const read = decodeHello(bytes, isFromClient)
        if (read.ok) assert.deepEqual(encodeHello(read.value), bytes)
      }),
    )
  })
})

describe('a link over a WebSocket', () => {
  it('[WS4] ends at whatever is no packet', async () => {
    for (const [packet, reason] of [
      ['text', 'bad-frame: not binary'],
      [Uint8Array.of(), 'bad-frame: no such lane'],
      [Uint8Array.of(6, 0, 3), 'bad-frame: no such lane'],
      [Uint8Array.of(5), 'bad-frame: no such lane'],
      [Uint8Array.of(5, 1, 1), 'bad-frame: no such lane'],
      [Uint8Array.of(0, 9, 9, 9), 'bad-frame: bad-type'],
      [new Uint8Array(PACKET_BYTES_MAX + 1), 'bad-frame: too long'],
    ] as const) {
      const { client, responder, deliver } = await openPair()
      client.send(packet)
      deliver()
      assert.match(responder.closeReason ?? '', new RegExp(`^${reason.replace('bad-type', '')}`))
    }
  })

  it('[WS4] takes any bytes without throwing', async () => {
    const seed = Date.now() & 0xffff
    const random = seeded(seed)
    for (let round = 0; round < 300; round++) {
      const { client, responder, deliver } = await openPair()
      if (round % 2 === 0) responder.protect(countingCipher().there)
      for (let i = 0; i < 5; i++) {
        const packet = Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 6))
        client.send(packet)
      }
      assert.doesNotThrow(deliver, `seed ${seed}, round ${round}`)
    }
  })

  it('[WS5] keeps what is sealed until it can be opened, in its order', async () => {
    const { initiator, responder, deliver } = await openPair()
    const { here, there } = countingCipher()
    const got = collect(responder)
    initiator.send('control', new Uint8Array(1))
    initiator.protect(here)
    initiator.send('control', new Uint8Array(2))
    initiator.send('sync', new Uint8Array(40_000))
    deliver()
    assert.deepEqual(got, [['control', 1]])
    responder.protect(there)
    deliver()
    assert.deepEqual(got, [
      ['control', 1],
      ['control', 2],
      ['sync', 40_000],
    ])
  })

  it('[WS5] ends when somebody in between writes, repeats or swallows something', async () => {
    for (const meddle of ['write', 'repeat', 'swallow'] as const) {
      const { initiator, responder, client, deliver } = await openPair()
      const { here, there } = countingCipher()
      initiator.protect(here)
      responder.protect(there)
      const got = collect(responder)
      for (let i = 1; i <= 3; i++) initiator.send('control', new Uint8Array(i))
      const [first, second] = client.underWay
      assert(first && second)
      if (meddle === 'write') client.underWay.splice(1, 0, Uint8Array.of(0, 0, 3, 7))
      if (meddle === 'repeat') client.underWay.splice(1, 0, first)
      if (meddle === 'swallow') client.underWay.splice(1, 1)
      deliver()
      assert.equal(responder.closeReason, `bad-frame: ${meddle === 'write' ? 'not sealed' : 'does not open'}`)
      assert.deepEqual(got, [['control', 1]])
    }
  })

  it('[WS5] takes nothing unsealed behind what is sealed, even before it can open that', async () => {
    const { initiator, responder, client, deliver } = await openPair()
    initiator.protect(countingCipher().here)
    initiator.send('control', new Uint8Array(1))
    client.send(Uint8Array.of(0, 0, 3, 7))
    deliver()
    assert.equal(responder.closeReason, 'bad-frame: not sealed')
  })

  it('[WS5] ends when more comes sealed than waits', async () => {
    const { client, responder, deliver } = await openPair()
    for (let i = 0; i < 40; i++) client.send(new Uint8Array(16_000).fill(4))
    deliver()
    assert.equal(responder.closeReason, 'flooded-before-listening')
  })

  it('[WS6] [LN10] drops cursors, and nothing else, while nobody takes anything in', async () => {
    const { initiator, responder, client, clock, deliver } = await openPair()
    const got = collect(responder)
    for (let i = 0; i < 8; i++) initiator.send('sync', new Uint8Array(16_000))
    const before = client.underWay.length
    initiator.send('ephemeral', new Uint8Array(1))
    assert.equal(client.underWay.length, before + 1)
    clock.advance(1_000)
    initiator.send('ephemeral', new Uint8Array(2))
    assert.equal(client.underWay.length, before + 1)
    initiator.send('control', new Uint8Array(3))
    deliver()
    assert.deepEqual(
      got.filter(([lane]) => lane !== 'sync'),
      [
        ['ephemeral', 1],
        ['control', 3],
      ],
    )
    assert.equal(got.length, 10)
    initiator.send('ephemeral', new Uint8Array(4))
    deliver()
    assert.deepEqual(got.at(-1), ['ephemeral', 4])
  })

  it('[WS6] says for each lane what the network still has of it', async () => {
    const { initiator, client, deliver } = await openPair()
    initiator.send('sync', new Uint8Array(1_000))
    initiator.send('control', new Uint8Array(10))
    assert.deepEqual([initiator.queuedBytes('sync'), initiator.queuedBytes('control')], [1_004, 14])
    client.deliverNext()
    assert.deepEqual([initiator.queuedBytes('sync'), initiator.queuedBytes('control')], [0, 14])
    deliver()
    assert.equal(initiator.queuedBytes('control'), 0)
  })

  it('[WS6] counts what the system has swallowed until the other side has a receipt for it', async () => {
    const { initiator, responder, client, deliver } = await openPair()
    client.takesAll = true
    const got = collect(responder)
    for (let i = 0; i < 20; i++) initiator.send('sync', new Uint8Array(16_000))
    initiator.send('control', new Uint8Array(3))
    assert(initiator.queuedBytes('sync') > 300_000)
    assert(client.underWay.length < 8)
    deliver()
    assert.equal(got.length, 21)
    assert.notDeepEqual(got.at(-1), ['control', 3])
    assert.equal(initiator.queuedBytes('sync'), 0)
  })

  it('[WS6] sends no more urgent things either when nobody takes them', async () => {
    const { initiator, client } = await openPair()
    client.takesAll = true
    let sent = 0
    while (initiator.send('control', new Uint8Array(16_000))) sent++
    assert(sent * 16_000 < 1_048_576 + 262_144 + 32_000)
  })

  it('[WS6] believes no receipts for what was not sent', async () => {
    const { initiator, server, client, deliver } = await openPair()
    for (let i = 0; i < 100; i++) server.send(Uint8Array.of(0, 1, 255, 127))
    deliver()
    client.takesAll = true
    for (let i = 0; i < 20; i++) initiator.send('sync', new Uint8Array(16_000))
    assert(client.underWay.length < 8)
  })

  it('[WS4] tells a goodbye from a connection that broke', async () => {
    const { responder, server } = await openPair()
    server.fire('close', { wasClean: false, code: 1_006 })
    assert.equal(responder.closeReason, 'connection-lost')
    assert.equal(await responder.closed, 'connection-lost')
  })
})
