import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import type { Link } from '../../src/transport/link.ts'
import { linkContract } from './link-contract.ts'
import { seeded } from './seeded-random.ts'

const open = (network: MemoryNetwork) => () =>
  Promise.resolve({ ...network.connect(), deliver: () => void network.flush() })

linkContract({ describe, it }, 'memory', open(new MemoryNetwork()))
linkContract({ describe, it }, 'memory with unordered lanes', open(new MemoryNetwork({ random: seeded(7) })))

describe('the memory network', () => {
  it('moves nothing until it is told to', () => {
    const network = new MemoryNetwork()
    const { initiator, responder } = network.connect()
    const got: number[] = []
    responder.onMessage = (_, message) => got.push(message.length)
    initiator.send('control', new Uint8Array(5))
    initiator.send('control', new Uint8Array(6))
    assert.deepEqual(got, [])
    assert.equal(network.framesInFlight, 2)
    assert.equal(initiator.queuedBytes('control'), 5 + 6 + 2 * 3)
    assert.ok(network.deliverNext())
    assert.deepEqual(got, [5])
    assert.equal(network.flush(), 1)
    assert.deepEqual(got, [5, 6])
    assert.equal(network.deliverNext(), false)
  })

  it('gives each link a binding of its own', () => {
    const network = new MemoryNetwork()
    assert.notDeepEqual(network.connect().initiator.binding, network.connect().initiator.binding)
  })

  it('links everybody who opens the same door with everybody else, and nobody else', () => {
    const network = new MemoryNetwork()
    const links = new Map<string, Link[]>()
    for (const [name, topic] of [
      ['Alice', 'a'],
      ['Bob', 'a'],
      ['Carol', 'a'],
      ['Dora', 'b'],
    ] as const) {
      const mine: Link[] = []
      links.set(name, mine)
      network.door().start(topic, (link) => mine.push(link))
    }
    assert.deepEqual(
      [...links.values()].map((mine) => mine.length),
      [2, 2, 2, 0],
    )
  })

  it('makes no link for who has no slot, and makes it when there is one', async () => {
    const network = new MemoryNetwork()
    const mine: Link[] = []
    const alice = network.door().start('a', (link) => mine.push(link))
    alice.setCapacity(0, false)
    const bob = network.door().start('a', () => undefined)
    assert.equal(mine.length, 0)
    alice.setCapacity(1, true)
    assert.equal(mine.length, 1)
    await bob.stop()
    network.flush()
    assert.equal(mine[0]?.closeReason, 'closed-by-peer')
    assert.equal(bob.health().state, 'stopped')
    assert.equal(alice.health().state, 'open')
  })
})
