import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import type { DeviceId, FeedId } from '../../src/base/ids.ts'
import type { FeedUse } from '../../src/sync/sync-event.ts'
import { skipNameOf } from '../../src/sync/skipped-feeds.ts'
import { Bench, chainOf, closes, LOG, named, NOTE, of, sent } from './bench.ts'
import { feedNamed, sessionNamed, SimulatedNetwork, type SimulatedPeer } from './simulation.ts'

const CHAT = feedNamed('chat')
const ADA_LOG = feedNamed('log of Ada')

/** What one device does with feeds, which its test may change. */
class Uses {
  readonly #uses = new Map<FeedId, FeedUse>()
  readonly of = (feed: FeedId): FeedUse => this.#uses.get(feed) ?? 'full'
  set(feed: FeedId, use: FeedUse): this {
    this.#uses.set(feed, use)
    return this
  }
}

/** Ada has written in a note and a chat; Ben skips the note. */
function adaAndBen(seed: number, use: FeedUse = 'give', withSpread = false) {
  const network = new SimulatedNetwork(seed)
  const uses = new Uses().set(NOTE, use)
  const spread = () => (withSpread ? new GossipTrees() : undefined)
  const ada = network.add('Ada', spread())
  const ben = network.add('Ben', spread(), uses.of)
  ada.open(ADA_LOG, NOTE)
  ada.open(ADA_LOG, CHAT)
  for (let i = 0; i < 30; i++) ada.write(NOTE, new Uint8Array(40).fill(i))
  for (let i = 0; i < 5; i++) ada.write(CHAT, new Uint8Array(40).fill(i))
  return { network, uses, ada, ben }
}

function say(peer: SimulatedPeer, uses: Uses, use: FeedUse): void {
  uses.set(NOTE, use)
  peer.step({ type: 'uses', feeds: [NOTE] })
}

const totalBytes = (network: SimulatedNetwork): number =>
  [...network.traffic.values()].reduce((sum, { bytes }) => sum + bytes, 0)

describe('a feed that is not used', () => {
  for (const withSpread of [false, true])
    test(`[SY40] is neither asked for nor counted, and the rest arrives${withSpread ? ', in a mesh' : ''}`, () => {
      const { network, ada, ben } = adaAndBen(1, 'give', withSpread)
      network.connect(ada, ben)
      network.runFor(60_000)
      assert.equal(ben.head(NOTE).length, 0)
      assert.equal(ben.head(CHAT).length, 5)
      assert.equal(ben.head(ADA_LOG).length, 2)
      assert.equal(ben.machine.missingEntries, 0)
      assert.deepEqual([ada.closes, ben.closes], [[], []])
    })

  test('[SY40] is dropped when it is pushed, and is neither acknowledged nor grafted', () => {
    const uses = new Uses().set(NOTE, 'give')
    const ben = new Bench(new GossipTrees(), uses.of)
    const chain = chainOf(NOTE, 3)
    const ada = feedNamed('the device of Ada') as string as DeviceId
    ben.step({ type: 'link-up', link: 1, session: sessionNamed('Ada'), mayRead: true, device: ada })
    ben.step({ type: 'feed', feed: NOTE, kind: 'document', head: chain.headAt(0), writer: ada })
    const push = { type: 'push', feed: named(NOTE, 'document'), seq: 0, entries: chain.entries.slice(0, 1) } as const
    const effects = [...ben.hear(1, push), ...ben.pass(40_000)]
    assert.deepEqual(of(effects, 'ingest'), [])
    for (const type of ['have', 'graft', 'want', 'vector'] as const) assert.deepEqual(sent(effects, type), [])
  })

  test('[SY40] is given as far as it is here, unless it is in no use at all', () => {
    for (const use of ['give', 'none'] as const) {
      const uses = new Uses().set(NOTE, use)
      const ben = new Bench(undefined, uses.of)
      const chain = chainOf(NOTE, 3)
      ben.register(NOTE, 'document', chain.headAt(3))
      const [skip] = sent(ben.up(1), 'skip')
      assert.deepEqual(skip?.items, [{ name: skipNameOf(NOTE), isSkipped: true, length: use === 'give' ? 3 : 0 }])
      const feed = named(NOTE, 'document')
      const want = {
        type: 'want',
        want: 1,
        feed,
        from: 0,
        to: 0,
        hashPrefix: chain.prefixAt(0),
        creditBytes: 1000,
      } as const
      const effects = ben.hear(1, want)
      assert.equal(of(effects, 'read').length, use === 'give' ? 1 : 0)
      assert.deepEqual(
        sent(effects, 'range').map(({ end }) => end),
        use === 'give' ? [] : ['declined'],
      )
    }
  })

  test('[SY40] stops being served when it is to be given to nobody', () => {
    const uses = new Uses()
    const ben = new Bench(undefined, uses.of)
    const chain = chainOf(NOTE, 3)
    ben.register(NOTE, 'document', chain.headAt(3))
    ben.up(1)
    const feed = named(NOTE, 'document')
    ben.hear(1, { type: 'want', want: 1, feed, from: 0, to: 0, hashPrefix: chain.prefixAt(0), creditBytes: 1000 })
    uses.set(NOTE, 'none')
    const effects = ben.step({ type: 'uses' })
    assert.deepEqual(
      sent(effects, 'range').map(({ end }) => end),
      ['declined'],
    )
  })

  test('[SY40] is cancelled while it is being fetched; what comes all the same is not taken', () => {
    const uses = new Uses()
    const ben = new Bench(undefined, uses.of)
    const chain = chainOf(NOTE, 9)
    ben.register(NOTE, 'document')
    ben.up(1)
    const asked = ben.claim(1, named(NOTE, 'document'), 9, chain.prefixAt(9))
    const [want] = sent(asked, 'want')
    assert.ok(want)
    uses.set(NOTE, 'give')
    const effects = ben.step({ type: 'uses', feeds: [NOTE] })
    assert.equal(sent(effects, 'cancel').length, 1)
    assert.equal(ben.machine.missingEntries, 0)
    const late = ben.hear(1, {
      type: 'range',
      want: want.want,
      from: 0,
      end: 'more',
      entries: chain.entries.slice(0, 1),
    })
    assert.deepEqual([...of(late, 'ingest'), ...closes(late)], [])
  })

  test('[SY40] is a document of others: logs, and what we write ourselves, are always in full use', () => {
    const ben = new Bench(undefined, () => 'none')
    const [log, own] = [chainOf(LOG, 1), chainOf(NOTE, 1)]
    ben.register(LOG, 'log', log.headAt(1))
    ben.register(NOTE, 'document')
    ben.append(NOTE, own, { from: 0, to: 1 })
    const effects = [...ben.up(1), ...ben.pass(1_000)]
    assert.deepEqual(sent(effects, 'skip'), [])
    const told = sent(effects, 'vector').flatMap(({ items }) => items.map(({ feed }) => feed.isNew && feed.feed))
    assert.deepEqual(new Set(told), new Set([LOG, NOTE]))
  })
})

describe('skipping', () => {
  test('[SY41] is said once, and then nothing of the feed is told or pushed', () => {
    const { network, ada, ben } = adaAndBen(2, 'give', true)
    network.connect(ada, ben)
    network.runFor(20_000)
    const before = totalBytes(network) - network.bytes('ping', 'pong')
    const skips = network.count('skip')
    for (let i = 0; i < 50; i++) {
      ada.write(NOTE, new Uint8Array(40).fill(i))
      network.runFor(100)
    }
    assert.equal(skips, 1)
    assert.equal(totalBytes(network) - network.bytes('ping', 'pong'), before)
    assert.equal(network.count('skip'), skips)
  })

  test('[SY41] comes before anything else on a link, at ten bytes a feed', () => {
    const uses = new Uses()
    const ben = new Bench(undefined, uses.of)
    const feeds = Array.from({ length: 1_500 }, (_, i) => feedNamed(`note ${i}`))
    for (const feed of feeds) {
      uses.set(feed, 'give')
      ben.register(feed, 'document')
    }
    const effects = ben.up(1)
    const [first] = sent(effects, 'skip')
    assert.equal(first?.items.length, 1_024)
    const sends = of(effects, 'send')
    assert.ok((sends[0]?.bytes.length ?? 0) <= 3 + 1_024 * 10)
    assert.equal(sent(effects.slice(0, 1), 'skip').length, 1)
    const later = sent(ben.pass(2_000), 'skip').flatMap(({ items }) => items)
    assert.equal(later.length, 476)
    assert.equal(new Set([...later, ...(first?.items ?? [])].map(({ name }) => name)).size, 1_500)
  })

  test('[SY41] keeps both sides in step: an idle minute costs no more than without', () => {
    for (const seed of [3, 4, 5, 6]) {
      const idle = (use: FeedUse): number => {
        const { network, ada, ben } = adaAndBen(seed, use)
        network.connect(ada, ben)
        network.runFor(30_000)
        const before = totalBytes(network)
        const compares = network.count('compare')
        network.runFor(60_000)
        assert.equal(network.count('compare'), compares, `comparisons with seed ${seed}`)
        return totalBytes(network) - before
      }
      assert.ok(idle('give') <= idle('full'), `seed ${seed}`)
    }
  })

  test('[SY41] of a feed that the other side does not know yet is heeded when it does', () => {
    const ada = new Bench()
    const chain = chainOf(NOTE, 2)
    ada.up(1)
    ada.hear(1, { type: 'skip', items: [{ name: skipNameOf(NOTE), isSkipped: true, length: 0 }] })
    ada.register(NOTE, 'document')
    const effects = [...ada.append(NOTE, chain, { from: 0, to: 2 }), ...ada.pass(3_000)]
    for (const type of ['push', 'vector', 'have'] as const) assert.deepEqual(sent(effects, type), [])
  })

  test('[SY41] says what can be had, and that is fetched', () => {
    const { network, uses, ada, ben } = adaAndBen(7, 'full')
    network.connect(ada, ben)
    network.runFor(30_000)
    say(ben, uses, 'give')
    network.runFor(1_000)
    network.cut(ada, ben)
    const carol = network.add('Carol')
    network.connect(ben, carol)
    network.runFor(30_000)
    assert.equal(carol.head(NOTE).length, 30)
    assert.deepEqual([ben.closes, carol.closes], [[], []])
  })

  test('[SY41] is limited: notices and feeds beyond the limits close the link', () => {
    const ada = new Bench()
    ada.up(1)
    const items = (from: number) =>
      Array.from({ length: 1_024 }, (_, i) => ({
        name: skipNameOf(feedNamed(`${from + i}`)),
        isSkipped: true,
        length: 0,
      }))
    const flood = Array.from({ length: 9 }, (_, i) => ada.hear(1, { type: 'skip', items: items(i * 1_024) }))
    assert.deepEqual(closes(flood.flat()), ['too-many-notices'])
    ada.up(2)
    const slowly: string[] = []
    for (let i = 0; i < 20 && slowly.length === 0; i++) {
      ada.pass(1_000)
      slowly.push(...closes(ada.hear(2, { type: 'skip', items: items(i * 1_024) })))
      ada.hear(2, { type: 'neighbours', sessions: [] })
    }
    assert.deepEqual(slowly, ['too-many-feeds'])
  })
})

describe('a feed that is used again', () => {
  for (const withSpread of [false, true])
    test(`[SY42] is fetched like any other, and followed from then on${withSpread ? ', in a mesh' : ''}`, () => {
      const { network, uses, ada, ben } = adaAndBen(8, 'give', withSpread)
      network.connect(ada, ben)
      network.runFor(20_000)
      ada.write(NOTE, new Uint8Array(40))
      say(ben, uses, 'full')
      network.runFor(2_000)
      assert.equal(ben.head(NOTE).length, 31)
      ada.write(NOTE, new Uint8Array(40))
      network.runFor(1_000)
      assert.equal(ben.head(NOTE).length, 32)
      network.runFor(20_000)
      const compares = network.count('compare')
      network.runFor(60_000)
      assert.equal(network.count('compare'), compares)
    })

  test('[SY42] ends equal however often and whenever its use changes', () => {
    for (let seed = 100; seed < 160; seed++) {
      const { network, uses, ada, ben } = adaAndBen(seed, 'full', seed % 2 === 0)
      const carol = network.add('Carol', seed % 2 === 0 ? new GossipTrees() : undefined)
      network.connect(ada, ben)
      network.connect(ben, carol)
      for (let i = 0; i < 40; i++) {
        const chance = network.random.below(10)
        if (chance < 4) say(ben, uses, (['full', 'give', 'none'] as const)[network.random.below(3)] ?? 'full')
        else if (chance < 8) ada.write(NOTE, network.random.bytes(60))
        else if (chance === 8) network.cut(ada, ben)
        else network.connect(ada, ben)
        network.runFor(network.random.below(400))
      }
      network.connect(ada, ben)
      say(ben, uses, 'full')
      network.runFor(120_000)
      assert.equal(ben.digest(), ada.digest(), `seed ${seed}`)
      assert.equal(carol.digest(), ada.digest(), `seed ${seed}`)
      assert.deepEqual([ada.closes, ben.closes, carol.closes], [[], [], []], `seed ${seed}`)
      assert.equal(ben.machine.missingEntries, 0)
    }
  })
})

describe('what a side that skips has', () => {
  test('[SY43] is what it said, whatever digests say and whatever was sent to it', () => {
    const { network, ada, ben } = adaAndBen(9)
    network.connect(ada, ben)
    network.runFor(30_000)
    const [link] = [...ada.connections.keys()]
    assert.ok(link !== undefined)
    assert.equal(ada.machine.claims.claimOf(link, CHAT), 5)
    assert.equal(ada.machine.claims.claimOf(link, NOTE), 0)
    assert.equal(ada.machine.holders(NOTE, 1), 0)
    assert.deepEqual(
      ada.machine.claims.unclaimed(link).map(({ feed }) => feed),
      [NOTE],
    )
  })

  test('[SY43] and what we skip ourselves is not held against others', () => {
    const { network, ada, ben } = adaAndBen(10, 'full')
    network.connect(ada, ben)
    network.runFor(10_000)
    const uses = new Uses().set(NOTE, 'give')
    const carol = network.add('Carol', undefined, uses.of)
    network.connect(ada, carol)
    network.runFor(60_000)
    const [link] = [...carol.connections.keys()]
    assert.ok(link !== undefined)
    assert.deepEqual(carol.machine.claims.unserved(link), [])
    assert.deepEqual(carol.machine.claims.unclaimed(link), [])
    assert.equal(carol.machine.claims.isOpen(NOTE), false)
  })
})
