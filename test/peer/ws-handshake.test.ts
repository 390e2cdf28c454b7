import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { randomBytes } from '../../src/crypto/random.ts'
import { authenticateLink, type AuthenticatedLink } from '../../src/peer/link-handshake.ts'
import type { Link } from '../../src/transport/link.ts'
import { connectSocket, welcomeSocket } from '../../src/transport/ws-opening.ts'
import { settle, socketPair, type FakeSocket, type SocketPair } from '../transport/socket-pair.ts'
import { device } from './meeting.ts'
import { newSession } from './stranger.ts'

const SEALED = 4

interface Scene extends SocketPair {
  readonly links: readonly [Link, Link]
  readonly authenticate: () => Promise<readonly AuthenticatedLink[]>
}

async function scene(): Promise<Scene> {
  const pair = socketPair()
  const asked = welcomeSocket(pair.server, () => true, pair.clock)
  const asking = connectSocket(pair.client, 'parley', pair.clock)
  pair.client.fire('open')
  const [client, server] = await settle(pair, Promise.all([asking.opened, asked.opened]))
  assert(client.ok && server.ok)
  const links = [client.value, server.value] as const
  const key = randomBytes(32)
  const authenticate = async (): Promise<readonly AuthenticatedLink[]> => {
    const work = links.map(async (link) =>
      authenticateLink(link, { key, session: await newSession(), environment: device() }),
    )
    const results = await settle(pair, Promise.all(work))
    return results.flatMap((result) => (result.ok ? [result.value] : []))
  }
  return { ...pair, links, authenticate }
}

/** What leaves a socket from now on. */
function tap(socket: FakeSocket): (Uint8Array | string)[] {
  const seen: (Uint8Array | string)[] = []
  const send = socket.send.bind(socket)
  socket.send = (data) => {
    seen.push(data.slice())
    send(data)
  }
  return seen
}

const isSubarray = (whole: Uint8Array | string, part: Uint8Array): boolean =>
  typeof whole !== 'string' && Buffer.from(whole).includes(Buffer.from(part))

describe('the handshake of a link over a WebSocket', () => {
  it('[WS5] whoever sits in between reads nothing of what follows, and both sides read all of it', async () => {
    const { client, server, links, authenticate, deliver } = await scene()
    const sides = await authenticate()
    assert.equal(sides.length, 2)
    const got: Uint8Array[] = []
    for (const side of sides) side.listen((_, message) => got.push(message))
    const seen = [tap(client), tap(server)]
    const secret = randomBytes(40)
    const large = randomBytes(60_000)
    for (const link of links) {
      assert(link.send('ephemeral', secret))
      assert(link.send('control', secret))
      assert(link.send('sync', large))
    }
    deliver()
    assert.deepEqual(
      got.map(({ length }) => length).toSorted((one, other) => one - other),
      [40, 40, 40, 40, 60_000, 60_000],
    )
    for (const packet of seen.flat()) {
      assert.equal(packet[0], SEALED)
      assert(!isSubarray(packet, secret.subarray(0, 8)) && !isSubarray(packet, large.subarray(100, 108)))
    }
  })

  it('[WS5] what somebody in between writes before the end of the handshake gets nobody in', async () => {
    for (const lane of [0, 2]) {
      const { server, links, authenticate } = await scene()
      const send = server.send.bind(server)
      let packets = 0
      // Behind the last message of the dialogue, in the clear: a message that pretends to be Bob's.
      server.send = (data) => {
        send(data)
        if (++packets === 2) send(Uint8Array.of(lane, 0, 3, 0, 1, 2, 3))
      }
      const sides = await authenticate()
      const heard: Uint8Array[] = []
      for (const side of sides) side.listen((_, message) => heard.push(message))
      assert.deepEqual(heard, [])
      assert.match(links[0].closeReason ?? '', /handshake-noise|bad-frame: not sealed/)
    }
  })

  it('[WS5] what is said right behind the handshake arrives, though the other side still checks who it is', async () => {
    const { links, authenticate, deliver } = await scene()
    const work = authenticate()
    const said: string[] = []
    const sides = await work
    for (const [i, side] of sides.entries()) side.listen((lane, message) => said.push(`${i} ${lane} ${message.length}`))
    links[1].send('control', new Uint8Array(5))
    links[1].send('sync', new Uint8Array(6))
    deliver()
    assert.deepEqual(said, ['0 control 5', '0 sync 6'])
  })
})
