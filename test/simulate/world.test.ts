import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Channel, LinkEnd } from './link-end.ts'
import { SeededRandom } from './seeded-random.ts'
import { canConnect, oneWayMs, randomSite, unreachableShare } from './terrain.ts'
import { World } from './world.ts'

/** Two linked nodes, and what the second one hears on a lane, in its order. */
function pairOf(seed: number, lossShare: number) {
  const world = new World({ seed, lossShare, hasNats: false })
  // The line is slower down at one end than up at the other, so that there are queues at both.
  const alice = world.addNode({ ...randomSite(world.random), upBytesPerMs: 1_000 })
  const bob = world.addNode({ ...randomSite(world.random), downBytesPerMs: 400 })
  const end = world.link(alice, bob)
  const heard: Record<Channel, number[]> = { control: [], sync: [], overlay: [] }
  bob.receive = (_: LinkEnd, channel: Channel, bytes: Uint8Array) => {
    heard[channel].push(new DataView(bytes.buffer).getUint32(0))
  }
  return { world, alice, bob, end, heard }
}

function numbered(number: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

describe('the network', () => {
  test('keeps the order of each lane, however long messages, losses and queues are', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { world, end, heard } = pairOf(seed, 0.05)
      const count = 300
      for (let i = 0; i < count; i++) {
        const lane = world.random.isHit(0.5) ? 'control' : 'sync'
        const size = 4 + world.random.below(world.random.isHit(0.2) ? 8_000 : 100)
        world.call(world.random.below(50) + i / 1_000, () => world.send(end, lane, numbered(i, size)))
      }
      const sent: Record<'control' | 'sync', number[]> = { control: [], sync: [] }
      const original = world.send.bind(world)
      world.send = (from, channel, bytes) => {
        if (channel !== 'overlay') sent[channel].push(new DataView(bytes.buffer).getUint32(0))
        original(from, channel, bytes)
      }
      world.runFor(60_000)
      assert.deepEqual(heard.control, sent.control, `seed ${seed}`)
      assert.deepEqual(heard.sync, sent.sync, `seed ${seed}`)
      assert.equal(heard.control.length + heard.sync.length, count, `seed ${seed}`)
    }
  })

  test('lets a short message pass a long transfer of the same node', () => {
    const { world, end, heard } = pairOf(3, 0)
    let controlAtMs = 0
    for (let i = 0; i < 100; i++) world.send(end, 'sync', numbered(i, 16_000))
    world.send(end, 'control', numbered(1, 50))
    world.runUntil(() => {
      controlAtMs = world.nowMs
      return heard.control.length > 0
    }, 600_000)
    assert(heard.sync.length < 10, `${heard.sync.length} of 100 pieces came before it, after ${controlAtMs} ms`)
  })

  test('has as many pairs that find no path as are measured among real browsers', () => {
    const random = new SeededRandom(4)
    const sites = Array.from({ length: 1_000 }, () => randomSite(random))
    const share = unreachableShare(sites, random)
    assert(share >= 0.13 && share <= 0.25, `${share}`)
    assert.equal(canConnect('symmetric', 'restricted'), false)
    assert.equal(canConnect('restricted', 'symmetric'), false)
    assert.equal(canConnect('symmetric', 'cone'), true)
    const [a, b] = sites
    assert(a && b)
    assert.equal(oneWayMs(a, b), oneWayMs(b, a))
  })

  test('says of a crashed node that it is silent, and then that it is gone', () => {
    const { world, alice, bob, end } = pairOf(5, 0)
    alice.linkUp(end)
    bob.linkUp(end.other)
    bob.crash()
    world.runFor(60_000)
    assert.equal(alice.links.size, 0)
    assert.equal(end.isOpen, false)
  })
})
