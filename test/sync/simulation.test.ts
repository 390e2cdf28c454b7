import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concatBytes } from '../../src/base/bytes.ts'
import { INBOX_BYTES_MAX, WANTS_MAX, RANGE_BYTES_MAX, WANT_CREDIT_BYTES } from '../../src/sync/limits.ts'
import { feedNamed, SimulatedNetwork, type SimulatedPeer } from './simulation.ts'

const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Fay', 'Gus', 'Hal', 'Ida', 'Jon', 'Kim', 'Lea']

const logOf = (peer: SimulatedPeer) => feedNamed(`log of ${peer.name}`)
const noteOf = (peer: SimulatedPeer) => feedNamed(`note of ${peer.name}`)

function room(seed: number, size: number): SimulatedNetwork {
  const network = new SimulatedNetwork(seed)
  for (const name of NAMES.slice(0, size)) {
    const peer = network.add(name)
    peer.register(logOf(peer), 'log')
    peer.open(logOf(peer), noteOf(peer))
  }
  return network
}

/** A random connected graph: a tree, and some more links. */
function connectSome(network: SimulatedNetwork, peers: readonly SimulatedPeer[]): void {
  for (const [i, peer] of peers.entries()) {
    const earlier = peers[network.random.below(Math.max(1, i))]
    if (earlier && earlier !== peer) network.connect(peer, earlier)
    const another = peers[network.random.below(peers.length)]
    if (another && another !== peer && network.random.next() < 0.5) network.connect(peer, another)
  }
}

function connectAll(network: SimulatedNetwork): void {
  for (const a of network.peers) for (const b of network.peers) if (a.name < b.name) network.connect(a, b)
}

function writeSome(network: SimulatedNetwork, peers: readonly SimulatedPeer[], count: number): void {
  for (let i = 0; i < count; i++) {
    const peer = peers[network.random.below(peers.length)]
    if (!peer) continue
    const isLarge = network.random.next() < 0.03
    const size = isLarge ? 10_000 + network.random.below(50_000) : 1 + network.random.below(200)
    const feed = network.random.next() < 0.1 ? logOf(peer) : noteOf(peer)
    peer.write(feed, concatBytes(Uint8Array.of(2), network.random.bytes(size)))
    network.runFor(network.random.below(150))
  }
}

function assertEqual(peers: readonly SimulatedPeer[], hint: string): void {
  const [first, ...others] = peers
  assert(first)
  for (const peer of peers) assert.deepEqual(peer.closes, [], `${peer.name} closed links, ${hint}`)
  for (const peer of others)
    assert.equal(peer.digest(), first.digest(), `${peer.name} differs from ${first.name}, ${hint}`)
  for (const peer of peers) assert.equal(peer.machine.missingEntries, 0, `${peer.name} misses entries, ${hint}`)
}

describe('simulated rooms', () => {
  test('[SY1] [SY2] peers in any connected topology end with equal feeds, and no entry goes twice over a link', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const network = room(seed, 2 + (seed % 11))
      connectSome(network, network.peers)
      writeSome(network, network.peers, 60)
      network.runFor(30_000)
      assertEqual(network.peers, `seed ${seed}`)
      assert.deepEqual(network.repeated(), [], `seed ${seed}`)
    }
  })

  test('[SY1] a partition heals, with links lost and made all the while', () => {
    for (let seed = 101; seed <= 125; seed++) {
      const network = room(seed, 4 + (seed % 9))
      const half = network.peers.length >> 1
      const [left, right] = [network.peers.slice(0, half), network.peers.slice(half)]
      connectAll(network)
      writeSome(network, network.peers, 10)
      for (const a of left) for (const b of right) network.cut(a, b)
      for (const side of [left, right]) {
        writeSome(network, side, 25)
        const [a, b] = [side[0], side[1]]
        if (a && b) network.cut(a, b)
        writeSome(network, side, 5)
        connectSome(network, side)
      }
      const [bridge, other] = [left[0], right[0]]
      assert(bridge && other)
      network.connect(bridge, other)
      writeSome(network, network.peers, 10)
      network.runFor(60_000)
      assertEqual(network.peers, `seed ${seed}`)
    }
  })

  test('[SY9] in a full mesh of 8 every peer is sent an entry once', () => {
    const network = room(7, 8)
    connectAll(network)
    network.runFor(20_000)
    const before = { ...network.traffic.get('push') }.count ?? 0
    const others = ['vector', 'compare', 'lacking', 'want', 'range'].map((type) => [type, network.count(type)])
    const deliveriesBefore = stored(network)
    for (let i = 0; i < 100; i++) {
      const peer = network.peers[i % 8]
      peer?.write(noteOf(peer), network.random.bytes(60))
      network.runFor(network.random.below(100))
    }
    network.runFor(20_000)
    assertEqual(network.peers, 'full mesh')
    const deliveries = stored(network) - deliveriesBefore - 100
    assert.equal(deliveries, 700)
    assert.equal(network.count('push') - before, deliveries)
    for (const [type, count] of others) assert.equal(network.count(String(type)), count, `${type} sent after warm-up`)
  })

  test('[SY16] [SY17] hostile peers are closed or ignored, and honest ones still agree', () => {
    for (let seed = 201; seed <= 240; seed++) {
      const network = room(seed, 5)
      const mallory = network.add('Mallory')
      mallory.register(logOf(mallory), 'log')
      mallory.open(logOf(mallory), noteOf(mallory))
      const honest = network.peers.slice(0, 5)
      const { random } = network
      mallory.mutate = (bytes) => {
        const chance = random.next()
        if (chance < 0.5) return [bytes]
        const mutated = bytes.slice()
        for (let i = 0; i <= random.below(3); i++) mutated[random.below(mutated.length)] = random.below(256)
        if (chance < 0.8) return [mutated]
        if (chance < 0.9) return [bytes, bytes]
        return chance < 0.95 ? [bytes.slice(0, random.below(bytes.length))] : [random.bytes(random.below(80))]
      }
      connectSome(network, honest)
      const linksOf = (peer: SimulatedPeer): number =>
        [...peer.connections.values()].filter((connection) => connection.peer !== mallory).length
      const links = honest.map(linksOf)
      for (let round = 0; round < 12; round++) {
        for (const peer of honest) network.connect(peer, mallory)
        writeSome(network, honest, 4)
      }
      for (const peer of honest) network.cut(peer, mallory)
      network.runFor(60_000)
      assert.deepEqual(honest.map(linksOf), links, `links between honest peers were closed, seed ${seed}`)
      const honestFeeds = honest.flatMap((peer) => [logOf(peer), noteOf(peer)])
      for (const feed of honestFeeds) {
        const lengths = honest.map((peer) => peer.head(feed).length)
        assert.equal(new Set(lengths).size, 1, `feed lengths ${lengths.join()}, seed ${seed}`)
      }
      for (const peer of honest) {
        assert.equal(peer.readsOut, 0, `seed ${seed}`)
        assert.ok(peer.bytesInHandMax <= WANTS_MAX * INBOX_BYTES_MAX, `seed ${seed}`)
      }
    }
  })

  test('[SY12] ten megabytes reach a newcomer, and little of it waits at a time', () => {
    const network = room(5, 3)
    const [ada, ben, cleo] = network.peers
    assert(ada && ben && cleo)
    network.connect(ada, ben)
    for (let i = 0; i < 200; i++) ada.write(noteOf(ada), network.random.bytes(50_000))
    network.runFor(60_000)
    assert.equal(ben.head(noteOf(ada)).length, 200)
    // Ben keeps one signature for each range that he was given, so Cleo's ranges are cut elsewhere.
    network.cut(ada, ben)
    network.connect(ben, cleo)
    network.runFor(60_000)
    assertEqual([ben, cleo], '10 MB')
    assert.ok(cleo.bytesInHandMax <= WANT_CREDIT_BYTES + RANGE_BYTES_MAX, `${cleo.bytesInHandMax} bytes in hand`)
    assert.deepEqual(network.repeated(), [])
  })

  test('[SY4] two peers with 1,000 feeds, 3 of them changed, do not tell each other all', (t) => {
    const network = new SimulatedNetwork(3)
    const [ada, ben] = [network.add('Ada'), network.add('Ben')]
    const feeds = Array.from({ length: 1000 }, (_, i) => feedNamed(`feed ${i}`))
    for (const feed of feeds) {
      ada.write(feed, network.random.bytes(20))
      const [entry] = ada.store.get(feed) ?? []
      assert(entry)
      ben.keep(feed, entry)
    }
    for (const feed of feeds) for (const peer of [ada, ben]) peer.register(feed, 'log')
    for (const feed of feeds.slice(0, 3)) ada.write(feed, network.random.bytes(20))
    network.connect(ada, ben)
    network.runFor(3000)
    assertEqual([ada, ben], 'three of a thousand')
    const bytes = network.bytes('vector', 'compare', 'lacking')
    t.diagnostic(`${bytes} bytes of comparisons and vectors, both directions; all heads would be ${1000 * 50 * 2}`)
    assert.ok(bytes < 10_000, `${bytes} bytes`)
    const before = bytes
    network.cut(ada, ben)
    network.connect(ada, ben)
    network.runFor(3000)
    const again = network.bytes('vector', 'compare', 'lacking') - before
    t.diagnostic(`${again} bytes when nothing had changed`)
    assert.ok(again < 1100, `${again} bytes`)
  })
})

const stored = (network: SimulatedNetwork): number =>
  network.peers.reduce((sum, peer) => sum + [...peer.store.values()].reduce((n, entries) => n + entries.length, 0), 0)
