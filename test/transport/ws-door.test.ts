import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TWIN, type Link } from '../../src/transport/link.ts'
import { createWsDoor, WS_LINKS_MAX, type WsDoor } from '../../src/transport/ws-door.ts'
import { readWsAddress, WS_ADDRESSES_MAX } from '../../src/transport/ws-address.ts'
import { CLOSE_TWIN } from '../../src/transport/ws-link.ts'
import { encodeHello, welcomeSocket } from '../../src/transport/ws-opening.ts'
import { seeded } from './seeded-random.ts'
import { ManualClock, socketPair, type SocketPair } from './socket-pair.ts'

const TOPIC = 'parley-0123'
const address = (name: string) => `wss://${name}.example/link`

interface Scene {
  readonly door: WsDoor
  readonly clock: ManualClock
  readonly links: Link[]
  readonly dialled: string[]
  readonly reached: string[]
  readonly onLink: (link: Link) => void
  /** The newest socket to that address. */
  readonly pairTo: (address: string) => SocketPair
  /** The peer at that address answers. */
  readonly answer: (address: string) => Promise<void>
  /** Nobody is at that address. */
  readonly refuse: (address: string) => Promise<void>
}

/** What promises still have to do. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

function scene(addresses: readonly string[]): Scene {
  const clock = new ManualClock()
  const pairs = new Map<string, SocketPair>()
  const [links, dialled, reached]: [Link[], string[], string[]] = [[], [], []]
  const door = createWsDoor({
    addresses,
    clock,
    random: seeded(7),
    now: () => clock.nowMs(),
    onReached: (name) => reached.push(name),
    openSocket: (name) => {
      dialled.push(name)
      if (name.includes('insecure')) throw new Error('only wss here')
      const pair = socketPair(clock)
      pairs.set(name, pair)
      return pair.client
    },
  })
  const pairTo = (name: string): SocketPair => {
    const pair = pairs.get(name)
    assert(pair, `${name} was not dialled`)
    return pair
  }
  return {
    door,
    clock,
    links,
    dialled,
    reached,
    pairTo,
    onLink: (link) => links.push(link),
    answer: async (name) => {
      const { client, server } = pairTo(name)
      const before = links.length
      const opening = welcomeSocket(server, () => true, clock)
      client.fire('open')
      while (client.deliverNext()) continue
      await opening.opened
      while (server.deliverNext()) continue
      while (links.length === before) await settled()
    },
    refuse: async (name) => {
      pairTo(name).client.fire('close', { wasClean: false, code: 1_006 })
      await settled()
    },
  }
}

describe('the door to addresses', () => {
  it('[WS7] gives a link to each address that answers', async () => {
    const [one, two] = [address('one'), address('two')]
    const { door, links, onLink, answer } = scene([one, two])
    const session = door.start(TOPIC, onLink)
    assert.equal(session.health().state, 'connecting')
    await answer(one)
    assert.deepEqual(
      session.health().places.map(({ place, state }) => [place, state]),
      [
        [one, 'open'],
        [two, 'connecting'],
      ],
    )
    await answer(two)
    assert.equal(links.length, 2)
    assert(links.every(({ kind, initiator }) => kind === 'ws' && initiator))
    assert.equal(session.health().state, 'open')
  })

  it('[WS7] leaves its links to those who took them when it is stopped, and ends what is not open yet', async () => {
    const [one, two] = [address('one'), address('two')]
    const { door, clock, links, reached, pairTo, onLink, answer } = scene([one, two])
    const session = door.start(TOPIC, onLink)
    await answer(one)
    await session.stop()
    assert.equal(session.health().state, 'stopped')
    assert.equal(links[0]?.closeReason, undefined)
    assert.ok(pairTo(two).client.closedWith !== undefined)
    // That it was reached is worth knowing all the same.
    clock.advance(30_000)
    assert.deepEqual(reached, [one])
  })

  it('[WS7] keeps a few links only, and takes another address when one fails', async () => {
    const addresses = ['a', 'b', 'c', 'd', 'e'].map(address)
    const { door, dialled, onLink, answer, refuse } = scene(addresses)
    const session = door.start(TOPIC, onLink)
    assert.equal(dialled.length, WS_LINKS_MAX)
    for (const name of dialled.slice()) await answer(name)
    assert.equal(dialled.length, WS_LINKS_MAX)
    await refuse(dialled[0] ?? '')
    assert.equal(dialled.length, WS_LINKS_MAX + 1)
    assert.equal(new Set(dialled).size, dialled.length)
    await session.stop()
  })

  it('[WS8] tries again ever more rarely, and never at the same pace as others', async () => {
    const one = address('one')
    const { door, clock, dialled, onLink, refuse } = scene([one])
    const session = door.start(TOPIC, onLink)
    const pauses: number[] = []
    for (let attempt = 0; attempt < 12; attempt++) {
      await refuse(one)
      const before = clock.nowMs()
      while (dialled.length === attempt + 1) clock.advance(100)
      pauses.push(clock.nowMs() - before)
    }
    pauses.forEach((pause, attempt) => {
      const span = Math.min(1_000 * 2 ** attempt, 300_000)
      assert(pause >= span / 2 && pause <= span + 100, `pause ${attempt} was ${pause} ms`)
    })
    assert.match(session.health().lastFailure ?? '', /one\.example.*could not be reached/)
    await session.stop()
    assert.equal(clock.timers, 0)
  })

  it('[WS8] does not take a peer that hangs up at once for a good address', async () => {
    const one = address('one')
    const { door, clock, links, reached, dialled, onLink, answer } = scene([one])
    door.start(TOPIC, onLink)
    for (let attempt = 0; attempt < 4; attempt++) {
      await answer(one)
      links.at(-1)?.close('handshake-noise')
      await settled()
      const before = clock.nowMs()
      while (dialled.length === attempt + 1) clock.advance(100)
      assert(clock.nowMs() - before >= 500 * 2 ** attempt)
    }
    assert.deepEqual(reached, [])
    await answer(one)
    clock.advance(30_000)
    assert.deepEqual(reached, [one])
    links.at(-1)?.close('had-enough')
    await settled()
    clock.advance(1_000)
    assert.equal(dialled.length, 6)
  })

  for (const who of ['we', 'they'] as const)
    it(`[WS8] takes an address for open whose peer is linked by another way, when ${who} notice it first`, async () => {
      const one = address('one')
      const { door, clock, links, dialled, onLink, answer, pairTo } = scene([one])
      const session = door.start(TOPIC, onLink)
      await answer(one)
      if (who === 'we') links.at(-1)?.close(TWIN)
      else pairTo(one).client.fire('close', { wasClean: true, code: CLOSE_TWIN })
      await settled()
      assert.deepEqual(
        session.health().places?.map(({ place, state, detail }) => [place, state, detail]),
        [[one, 'open', 'connected by another way']],
      )
      assert.equal(session.health().lastFailure, undefined)
      // That other link may be gone by then.
      clock.advance(59_000)
      assert.equal(dialled.length, 1)
      clock.advance(1_000)
      assert.equal(dialled.length, 2)
      // Nor does the room keep an address for it that it no longer names.
      await answer(one)
      links.at(-1)?.close(TWIN)
      await settled()
      door.setAddresses([])
      assert.deepEqual(session.health().places, [])
      assert.equal(clock.timers, 0)
    })

  it('[WS7] dials nobody while no link is wanted, and keeps those it has', async () => {
    const [one, two] = [address('one'), address('two')]
    const { door, clock, links, dialled, onLink, answer } = scene([one])
    const session = door.start(TOPIC, onLink)
    await answer(one)
    session.setCapacity(4, false)
    door.setAddresses([one, two])
    clock.advance(600_000)
    assert.deepEqual(dialled, [one])
    assert.equal(links[0]?.closeReason, undefined)
    session.setCapacity(1, true)
    assert.deepEqual(dialled, [one, two])
    await session.stop()
  })

  it('[WS7] forgets an address that the room no longer names, but not its link', async () => {
    const [one, two] = [address('one'), address('two')]
    const { door, clock, links, dialled, onLink, answer } = scene([one, two])
    const session = door.start(TOPIC, onLink)
    await answer(one)
    session.setPlaces?.([])
    assert.deepEqual(
      session.health().places.map(({ place }) => place),
      [one],
    )
    assert.equal(links[0]?.closeReason, undefined)
    links[0]?.close('had-enough')
    await settled()
    clock.advance(600_000)
    assert.equal(dialled.length, 2)
    assert.deepEqual(session.health().places, [])
    assert.equal(session.health().detail, 'no address is known')
    assert.equal(clock.timers, 0)
  })

  it('[WS9] takes addresses of WebSockets only, and not too many', async () => {
    assert.equal(readWsAddress('wss://Example.org:443/link'), 'wss://example.org/link')
    for (const text of [
      '',
      'example.org',
      'https://example.org',
      'javascript:alert(1)',
      'wss://user:secret@example.org',
      'wss://example.org/#x',
      `wss://example.org/${'x'.repeat(200)}`,
      `wss://example.org/${'ö'.repeat(60)}`,
    ])
      assert.equal(readWsAddress(text), undefined, text)
    const many = Array.from({ length: 2 * WS_ADDRESSES_MAX }, (_, i) => address(`n${i}`))
    const { door, onLink } = scene(['nonsense', ...many])
    const session = door.start(TOPIC, onLink)
    assert.equal(session.health().places.length, WS_ADDRESSES_MAX)
    await session.stop()
  })

  it('[WS8] shows why when the page may not connect, and when somebody else answers', async () => {
    const [insecure, other] = ['ws://insecure.example/', address('other')]
    const { door, onLink, pairTo } = scene([insecure, other])
    const session = door.start(TOPIC, onLink)
    pairTo(other).client.fire('message', { data: 'welcome to my server' })
    await settled()
    assert.deepEqual(
      new Map(session.health().places.map(({ place, detail }) => [place, detail])),
      new Map([
        [insecure, 'only wss here'],
        [other, 'is no peer of ours'],
      ]),
    )
    assert.equal(session.health().state, 'failed')
    await session.stop()
  })

  it('[WS7] does not give a link that opens after the stop', async () => {
    const one = address('one')
    const { door, links, onLink, pairTo } = scene([one])
    const session = door.start(TOPIC, onLink)
    const { client } = pairTo(one)
    client.fire('message', { data: encodeHello({ nonce: new Uint8Array(32), topic: undefined }).buffer })
    await session.stop()
    await settled()
    assert.deepEqual(links, [])
    assert.notEqual(client.closedWith, undefined)
  })
})
