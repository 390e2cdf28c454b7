import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import { AUTHOR_ENTRIES_BURST, AUTHOR_ENTRIES_PER_SECOND } from '../../src/gossip/limits.ts'
import { SimulatedNetwork, type SimulatedPeer } from '../sync/simulation.ts'
import { mesh, noteOf } from './mesh.ts'

const lengthsOf = (peers: readonly SimulatedPeer[], writer: SimulatedPeer): number[] =>
  peers.map((peer) => peer.head(noteOf(writer)).length)

function writeRounds(room: ReturnType<typeof mesh>, rounds: number, pauseMs: number): void {
  for (let round = 0; round < rounds; round++)
    for (const writer of room.writers) {
      writer.write(noteOf(writer), room.random.bytes(60))
      room.network.runFor(pauseMs / room.writers.length)
    }
}

function assertAllHave(peers: readonly SimulatedPeer[], writers: readonly SimulatedPeer[], hint: string): void {
  for (const writer of writers) {
    const length = writer.head(noteOf(writer)).length
    assert.deepEqual(new Set(lengthsOf(peers, writer)), new Set([length]), `${writer.name}, ${hint}`)
  }
}

describe('spreading news', () => {
  test('[GO2] [SY27] [SY25] in a mesh of 48 an entry is sent about twice for each peer, and told in a few bytes', (t) => {
    const room = mesh({ seed: 5, size: 48, degree: 8, writers: 6 })
    const all = room.peers.map(({ peer }) => peer)
    writeRounds(room, 3, 600)
    const before = { push: room.network.count('push'), control: room.network.bytes('have', 'prune', 'graft', 'want') }
    writeRounds(room, 20, 600)
    room.network.runFor(3000)
    assertAllHave(all, room.writers, 'seed 5')
    const deliveries = 20 * 6 * 47
    const sends = (room.network.count('push') - before.push) / deliveries
    const bytes = (room.network.bytes('have', 'prune', 'graft', 'want') - before.control) / deliveries
    t.diagnostic(`${sends.toFixed(2)} sends and ${bytes.toFixed(1)} bytes of control for each delivery`)
    assert.ok(sends <= 2.1, `${sends} sends`)
    assert.ok(bytes <= 25, `${bytes} bytes`)
  })

  test('[SY9] in a full mesh of 9 an entry is sent once for each peer, and nothing is told', () => {
    const room = mesh({ seed: 6, size: 9, degree: 8, writers: 3 })
    const before = room.network.count('push')
    writeRounds(room, 10, 500)
    room.network.runFor(3000)
    assertAllHave(
      room.peers.map(({ peer }) => peer),
      room.writers,
      'seed 6',
    )
    assert.equal(room.network.count('push') - before, 10 * 3 * 8)
    assert.equal(room.network.count('have'), 0)
  })

  test('[GO12] between two peers an edge device hands over what is asked for, and pushes only its own', () => {
    const network = new SimulatedNetwork(8)
    const trees = new GossipTrees()
    trees.setPassingOn(false)
    const ada = network.add('Ada', new GossipTrees())
    const edge = network.add('Phone', trees)
    const ben = network.add('Ben', new GossipTrees())
    for (const peer of [ada, edge, ben]) for (const writer of [ada, edge]) peer.register(noteOf(writer), 'document')
    network.connect(ada, edge)
    network.connect(edge, ben)
    network.runFor(6_000)
    const pushes = network.count('push')
    ada.write(noteOf(ada), new Uint8Array(40))
    network.runFor(10_000)
    assert.equal(ben.head(noteOf(ada)).length, 1)
    assert.equal(network.count('push') - pushes, 1, 'Ada’s to the phone')
    edge.write(noteOf(edge), new Uint8Array(40))
    network.runFor(10_000)
    assert.deepEqual(
      [ada, ben].map((peer) => peer.head(noteOf(edge)).length),
      [1, 1],
    )
    assert.equal(network.count('push') - pushes, 3)
  })

  test('[SY28] nobody misses an entry when a third of the peers is gone at once', () => {
    for (let seed = 21; seed <= 24; seed++) {
      const room = mesh({ seed, size: 40, degree: 8, writers: 4 })
      writeRounds(room, 5, 400)
      const gone = room.peers.filter((_, i) => i >= 4 && i % 3 === 0).map(({ peer }) => peer)
      // They fall silent; their links stay up, as far as anybody knows.
      for (const peer of gone) peer.mutate = () => []
      const alive = room.peers.map(({ peer }) => peer).filter((peer) => !gone.includes(peer))
      writeRounds(room, 5, 400)
      room.network.runFor(4000)
      assertAllHave(alive, room.writers, `seed ${seed}`)
    }
  })

  test('[GO7] [SY29] what an author writes too fast reaches its neighbours and little of it anybody else', () => {
    const room = mesh({ seed: 31, size: 30, degree: 5, writers: 2 })
    const [mallory, ada] = room.writers
    assert(mallory && ada)
    const neighbours = new Set([...mallory.connections.values()].map(({ peer }) => peer))
    const durationS = 10
    for (let i = 0; i < durationS * 100; i++) {
      for (let j = 0; j < 4; j++) mallory.write(noteOf(mallory), room.random.bytes(20))
      if (i % 50 === 0) ada.write(noteOf(ada), room.random.bytes(20))
      room.network.runFor(10)
    }
    const others = room.peers.map(({ peer }) => peer).filter((peer) => peer !== mallory && !neighbours.has(peer))
    const allowed = AUTHOR_ENTRIES_BURST + (durationS + 2) * AUTHOR_ENTRIES_PER_SECOND
    for (const peer of others) {
      const { length } = peer.head(noteOf(mallory))
      assert.ok(length <= allowed, `${peer.name} has ${length} of ${durationS * 400} entries`)
    }
    room.network.runFor(2000)
    assertAllHave(others, [ada], 'seed 31')
  })

  test('[SY1] peers end with equal feeds after a partition, with links lost and made and writers on both sides', () => {
    for (let seed = 51; seed <= 58; seed++) {
      const room = mesh({ seed, size: 20, degree: 5, writers: 4 })
      const all = room.peers.map(({ peer }) => peer)
      const [left, right] = [all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 2 === 1)]
      for (const a of left) for (const b of right) room.network.cut(a, b)
      for (const side of [left, right])
        for (const [i, peer] of side.entries()) if (i > 0) room.network.connect(peer, side[i >> 1] ?? peer)
      writeRounds(room, 30, 300)
      for (let i = 0; i < 3; i++) {
        const [a, b] = [left[room.random.below(left.length)], right[room.random.below(right.length)]]
        if (a && b) room.network.connect(a, b)
        writeRounds(room, 2, 300)
      }
      room.network.runFor(30_000)
      assertAllHave(all, room.writers, `seed ${seed}`)
      for (const peer of all) assert.deepEqual(peer.closes, [], `${peer.name}, seed ${seed}`)
      for (const peer of all) assert.equal(peer.machine.missingEntries, 0, `${peer.name}, seed ${seed}`)
    }
  })

  test('[SY29] what somebody wrote while away is not taken for a flood, however many hops it goes', () => {
    const room = mesh({ seed: 43, size: 24, degree: 4, writers: 1 })
    const [ada] = room.writers
    assert(ada)
    const links = [...ada.connections.values()].map(({ peer }) => peer)
    for (const peer of links) room.network.cut(ada, peer)
    for (let i = 0; i < 3000; i++) ada.write(noteOf(ada), room.random.bytes(20))
    room.network.runFor(60_000)
    for (const peer of links.slice(0, 2)) room.network.connect(ada, peer)
    room.network.runFor(10_000)
    assertAllHave(
      room.peers.map(({ peer }) => peer),
      [ada],
      'seed 43',
    )
  })

  test('[SY29] what had to wait for long is shown in parts, not all at last', () => {
    const trees = new GossipTrees()
    const room = mesh({ seed: 47, size: 2, degree: 1, writers: 1 })
    const [ada] = room.writers
    assert(ada)
    let isOpen = false
    const asked: number[] = []
    trees.mayPass = (_author, count) => {
      if (isOpen) asked.push(count)
      return isOpen
    }
    const relay = room.network.add('Relay', trees)
    relay.register(noteOf(ada), 'document')
    room.network.connect(relay, ada)
    const written = 1500
    for (let i = 0; i < written; i++) {
      ada.write(noteOf(ada), room.random.bytes(20))
      room.network.runFor(20)
    }
    isOpen = true
    room.network.runFor(1_000)
    const passed = asked.reduce((sum, count) => sum + count, 0)
    assert.equal(passed, written)
    assert.ok(Math.max(...asked) <= written / 50, `${Math.max(...asked)} of ${written} entries at once`)
  })

  test('[GO7] a newcomer catches up with a long history at once', () => {
    const room = mesh({ seed: 41, size: 10, degree: 4, writers: 1 })
    const [ada] = room.writers
    assert(ada)
    for (let i = 0; i < 3000; i++) ada.write(noteOf(ada), room.random.bytes(20))
    room.network.runFor(200_000)
    const newcomer = room.network.add('Newcomer')
    newcomer.register(noteOf(ada), 'document')
    const relay = room.peers.at(-1)?.peer
    assert(relay)
    room.network.connect(newcomer, relay)
    room.network.runFor(3000)
    assert.equal(newcomer.head(noteOf(ada)).length, 3000)
  })
})
