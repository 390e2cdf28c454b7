import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import type { TrysteroDoorOptions } from '../../src/transport/trystero-door.ts'
import type { DoorsPage } from './doors/doors-page.ts'
import { doorsWorld, linksOf, PASSWORD, placesOf, until, untilLinked, untilState } from './doors/doors-world.ts'
import type { LocalRelay } from './doors/local-server.ts'
import { mosquittoPath, NO_MOSQUITTO, startMosquitto } from './doors/mosquitto.ts'
import { startNostrRelay, type NostrRelay } from './doors/nostr-relay.ts'
import { startTorrentTracker } from './doors/torrent-tracker.ts'

const BOUND = { timeout: 120_000 }
/** Of trystero's stock there are four, one may be made for each whom we meet, and one of ours. */
const CONNECTIONS_OF_A_MEETING = 9

declare const doorsPage: DoorsPage

describe('doors to public networks', () => {
  const { arrive, enter, openPage, talk } = doorsWorld()

  /** Meets, hands over, leaves, comes back: the same for all networks. */
  async function meetAndPart(t: TestContext, options: Omit<TrysteroDoorOptions, 'password'>): Promise<void> {
    const topic = crypto.randomUUID()
    const alice = await arrive(topic, options)
    const bob = await arrive(topic, options)
    await Promise.all([alice, bob].map(untilLinked))
    await talk(alice, bob)
    t.diagnostic(`linked after ${Math.round(await bob.evaluate(() => doorsPage.linkedAfterMs))} ms`)
    assert.equal(await bob.evaluate(() => doorsPage.iceServersAsked), 0)

    await Promise.all([alice, bob].map((page) => page.evaluate(() => doorsPage.stop())))
    for (const page of [alice, bob]) {
      assert.equal(await page.evaluate(() => doorsPage.openSockets), 0)
      await page.waitForFunction(() => doorsPage.openConnections === 1)
      assert.equal(await page.evaluate(() => doorsPage.health?.state), 'stopped')
      assert.ok((await page.evaluate(() => doorsPage.connectionsMade)) <= CONNECTIONS_OF_A_MEETING)
    }
    // What came through the door outlives it.
    await talk(alice, bob)

    await bob.evaluate(() => doorsPage.links[0]?.close('test'))
    await alice.waitForFunction(() => doorsPage.openLinks === 0)
    await Promise.all([alice, bob].map((page) => enter(page, topic, options)))
    await Promise.all([alice, bob].map(untilLinked))
    await talk(alice, bob)
    await Promise.all([alice, bob].map((page) => page.evaluate(() => doorsPage.stop())))
    assert.equal(await bob.evaluate(() => doorsPage.openSockets), 0)
  }

  async function nostr(t: TestContext, refusal?: string): Promise<NostrRelay> {
    const relay = await startNostrRelay(0, refusal)
    t.after(() => relay.kill())
    return relay
  }

  async function torrent(t: TestContext, failure?: string): Promise<LocalRelay> {
    const tracker = await startTorrentTracker(failure)
    t.after(() => tracker.kill())
    return tracker
  }

  /** A door of each network that is one relay. */
  async function bothKinds(t: TestContext) {
    const [relay, tracker] = [await nostr(t), await torrent(t)]
    return [
      { network: 'nostr', relays: [relay.url] },
      { network: 'torrent', relays: [tracker.url] },
    ] as const
  }

  it('[TD1] [TD2] [TD3] two pages meet through Nostr relays, and go on without them', BOUND, async (t) => {
    const relays = [await nostr(t), await nostr(t), await nostr(t)]
    await meetAndPart(t, { network: 'nostr', relays: relays.map(({ url }) => url) })
    // The same two of the three for everybody.
    assert.equal(relays.filter(({ received }) => received.length > 0).length, 2)
    for (const { events, clients } of relays) {
      assert.equal(clients, 0)
      for (const { content } of events) assert.match(String(content), /^[A-Za-z0-9_-]+$/)
    }
    t.diagnostic(`events for two meetings at two relays: ${relays.map(({ events }) => events.length).join(', ')}`)
  })

  it('[TD1] [TD2] [TD3] two pages meet through a BitTorrent tracker, and go on without it', BOUND, async (t) => {
    const tracker = await torrent(t)
    await meetAndPart(t, { network: 'torrent', relays: [tracker.url] })
    assert.equal(tracker.clients, 0)
    assert.ok(!tracker.received.some((text) => text.includes('fingerprint') || text.includes('peerId')))
  })

  it('[TD1] [TD2] [TD3] two pages meet through an MQTT broker, and go on without it', BOUND, async (t) => {
    if (mosquittoPath() === undefined) {
      t.skip(NO_MOSQUITTO)
      return
    }
    const broker = await startMosquitto()
    t.after(() => broker.stop())
    await meetAndPart(t, { network: 'mqtt', relays: [broker.url] })
  })

  it('[TD5] two for whom it did not work at first try again soon', BOUND, async (t) => {
    const relay = await nostr(t)
    const topic = crypto.randomUUID()
    const options = { network: 'nostr', relays: [relay.url] } as const
    const alice = await arrive(topic, options)
    const bob = await openPage()
    await bob.evaluate(() => doorsPage.failNext(1))
    const startedMs = performance.now()
    await enter(bob, topic, options)
    await Promise.all([alice, bob].map(untilLinked))
    t.diagnostic(`linked after ${Math.round(performance.now() - startedMs)} ms, one failure included`)
    assert.equal(await bob.evaluate(() => doorsPage.failuresLeft), 0)
    assert.ok(await bob.evaluate(() => doorsPage.health?.lastFailure))
    await talk(alice, bob)
  })

  it('[TD4] an MQTT broker wants a name and password, and is used again after it died', BOUND, async (t) => {
    if (mosquittoPath() === undefined) {
      t.skip(NO_MOSQUITTO)
      return
    }
    const login = { name: 'fleet', password: 'p@ss/word' }
    const broker = await startMosquitto(login)
    const address = `ws://fleet:p%40ss%2Fword@127.0.0.1:${broker.port}`
    const topic = crypto.randomUUID()
    const mallory = await arrive(topic, { network: 'mqtt', relays: [broker.url] })
    await untilState(mallory, 'failed')
    assert.match((await placesOf(mallory)).join(), /not allowed|wrong name or password/)
    const alice = await arrive(topic, { network: 'mqtt', relays: [address] })
    await untilState(alice, 'open')
    assert.deepEqual(await placesOf(alice), [`${broker.url}/ open: connected`])
    await broker.stop()
    await untilState(alice, 'failed')
    const again = await startMosquitto(login, broker.port)
    t.after(() => again.stop())
    const bob = await arrive(topic, { network: 'mqtt', relays: [address] })
    await Promise.all([alice, bob].map(untilLinked))
    await talk(alice, bob)
  })

  it('[TD4] a relay that dies is not needed by those who met, and is tried again for others', BOUND, async (t) => {
    const relay = await startNostrRelay()
    const topic = crypto.randomUUID()
    const options = { network: 'nostr', relays: [relay.url] } as const
    const alice = await arrive(topic, options)
    const bob = await arrive(topic, options)
    await Promise.all([alice, bob].map(untilLinked))
    await relay.kill()
    await untilState(alice, 'failed')
    assert.match((await placesOf(alice)).join(), /closed with code 1006; next try in \d+ s/)
    await talk(alice, bob)
    const again = await startNostrRelay(relay.port)
    t.after(() => again.kill())
    const carol = await arrive(topic, options)
    await untilLinked(carol)
    await untilState(alice, 'open')
  })

  it('[TD4] a relay that refuses makes way for the next of the list', BOUND, async (t) => {
    const relays = [await nostr(t, 'blocked: not here'), await nostr(t, 'pow: work first'), await nostr(t)]
    const topic = crypto.randomUUID()
    const options = { network: 'nostr', relays: relays.map(({ url }) => url) } as const
    const alice = await arrive(topic, options)
    const bob = await arrive(topic, options)
    await Promise.all([alice, bob].map(untilLinked))
    await talk(alice, bob)
    assert.ok(relays.slice(0, 2).some(({ received }) => received.length > 0))
  })

  it('[TD5] garbage on the topic and in the frames is dropped, and the next peer is met', BOUND, async (t) => {
    const relay = await nostr(t)
    const topic = crypto.randomUUID()
    const options = { network: 'nostr', relays: [relay.url] } as const
    const alice = await arrive(topic, options)
    await until(() => relay.topics().length === 2)
    const garbage = [
      '',
      'x',
      '{',
      '[]',
      'null',
      '[null]',
      '["EVENT"]',
      '["EVENT","x",null]',
      '["OK","x",true,{}]',
      '["NOTICE",{}]',
      '["CLOSED","another","error: no"]',
      '"EVENT"',
      '0',
      `["EVENT","${'x'.repeat(100_000)}"]`,
    ]
    for (const frame of garbage) relay.shout(frame)
    const sealed = (text: string, place: string): Promise<string> =>
      alice.evaluate(([what, where, room, secret]) => doorsPage.seal(what, 'nostr', room, secret, where), [
        text,
        place,
        topic,
        PASSWORD,
      ] as const)
    const offer = `${'1,'.repeat(15)}1$${btoa('x'.repeat(40))}`
    for (const place of relay.topics()) {
      for (const content of [null, 7, {}, '', 'x', '{"peerId":"stranger"}', 'A'.repeat(20), 'A'.repeat(30_000)])
        relay.publish(place, content)
      for (const text of ['', 'null', '{}', '{"peerId":"propertyIsEnumerable"}', '{"peerId":["a"]}'])
        relay.publish(place, await sealed(text, place))
      // A member who lies: offers and answers that are none, and those sealed for another place.
      for (const kind of ['offer', 'answer'])
        relay.publish(place, await sealed(JSON.stringify({ peerId: 'M'.repeat(20), [kind]: offer }), place))
      relay.publish(place, await sealed('{"peerId":"NNNNNNNNNNNNNNNNNNNN"}', 'elsewhere'))
    }
    const bob = await arrive(topic, options)
    await Promise.all([alice, bob].map(untilLinked))
    await talk(alice, bob)
    await alice.evaluate(() => doorsPage.stop())
    await alice.waitForFunction(() => doorsPage.openConnections === 1)
  })

  it('[TD5] garbage from a tracker is dropped, and a refusal is shown', BOUND, async (t) => {
    const tracker = await torrent(t)
    const topic = crypto.randomUUID()
    const options = { network: 'torrent', relays: [tracker.url] } as const
    const alice = await arrive(topic, options)
    await until(() => tracker.received.length > 0)
    const { info_hash } = JSON.parse(tracker.received[0] ?? '{}') as { readonly info_hash: string }
    for (const frame of ['', '{', '[]', 'null', '{"info_hash":7}', '{"warning message":{}}']) tracker.shout(frame)
    const descriptions = [null, 7, {}, { sdp: null }, { sdp: 'v=0' }]
    for (const offer of descriptions) {
      tracker.shout(JSON.stringify({ info_hash, offer, offer_id: 'x', peer_id: 'x' }))
      tracker.shout(JSON.stringify({ info_hash, answer: offer, offer_id: {}, peer_id: 'x' }))
    }
    const bob = await arrive(topic, options)
    await Promise.all([alice, bob].map(untilLinked))
    tracker.shout('{"failure reason":"unregistered"}')
    await untilState(alice, 'failed')
    assert.match((await placesOf(alice)).join(), /refused: unregistered/)
  })

  it('[TD5] a member who floods the topic with names causes four connections at a time', BOUND, async (t) => {
    const relay = await nostr(t)
    const topic = crypto.randomUUID()
    const alice = await arrive(topic, { network: 'nostr', relays: [relay.url] })
    await until(() => relay.events.length > 0)
    const place = relay.topics().find((name) => relay.events[0]?.tags[0]?.[1] === name) ?? ''
    const names = Array.from({ length: 200 }, (_, i) => `z${String(i).padStart(19, '0')}`)
    const contents = await alice.evaluate(
      ([peers, room, secret, where]) =>
        Promise.all(peers.map((peerId) => doorsPage.seal(JSON.stringify({ peerId }), 'nostr', room, secret, where))),
      [names, topic, PASSWORD, place] as const,
    )
    const saidBefore = relay.events.length
    for (const content of contents) relay.publish(place, content)
    await until(() => relay.events.length >= saidBefore + 4)
    assert.ok((await alice.evaluate(() => doorsPage.connectionsMade)) <= CONNECTIONS_OF_A_MEETING)
    // Each of the four who were let in cost one message of ours at most.
    const own = relay.events.length - saidBefore
    assert.ok(own <= 6, `${own} messages`)
  })

  it('[TD5] a member who speaks nonsense over the connection loses it, and harms nobody', BOUND, async (t) => {
    const relay = await nostr(t)
    const topic = crypto.randomUUID()
    const options = { network: 'nostr', relays: [relay.url] } as const
    // Of trystero's frames the token is the hash of its name, the application's and the room's.
    const token = createHash('sha256').update(`Trystero:parley:${topic}`).digest('hex')
    const frame = (action: string, tag: number, payload: string): number[] => {
      const head = [1, 0, token.length, ...Buffer.from(token), ...Buffer.alloc(32).fill(action, 0, action.length)]
      return [...head, 0, 0, tag, 255, ...Buffer.from(payload)]
    }
    const nonsense = [
      [[1, 255, 255, 0]],
      [frame('__proto__', 9, 'null')],
      [frame('@_signal', 9, 'null')],
      [frame('@_hsdata', 9, '{')],
      [Array<number>(20_000).fill(1)],
      Array<number[]>(100).fill(frame('@_hsready', 1, '')),
    ]
    const alice = await arrive(topic, options)
    for (const frames of nonsense) {
      const mallory = await openPage()
      await mallory.evaluate((given) => doorsPage.beginWith(given), frames)
      await enter(mallory, topic, options)
      await mallory.waitForFunction(() => doorsPage.connectionsLost > 0)
      await mallory.close()
    }
    const bob = await arrive(topic, options)
    await Promise.all([alice, bob].map(untilLinked))
    assert.equal(await alice.evaluate(() => Object.keys(Object.prototype).length), 0)
  })

  it('[TD6] with no free slot nobody is answered, until there is one', BOUND, async (t) => {
    const relay = await nostr(t)
    const topic = crypto.randomUUID()
    const options = { network: 'nostr', relays: [relay.url] } as const
    const alice = await arrive(topic, options, [0, false])
    await until(() => relay.topics().length >= 1)
    const bob = await arrive(topic, options)
    await until(() => relay.events.length > 1)
    assert.equal(relay.events.filter(({ tags }) => tags[0]?.[1] !== relay.events[0]?.tags[0]?.[1]).length, 0)
    assert.equal(await linksOf(alice), 0)
    await alice.evaluate(() => doorsPage.setCapacity(1, true))
    await Promise.all([alice, bob].map(untilLinked))
  })

  it('[TD6] there are no more links than free slots', BOUND, async (t) => {
    for (const options of await bothKinds(t)) {
      const topic = crypto.randomUUID()
      const alice = await arrive(topic, options, [1, true])
      const others = await Promise.all([1, 2, 3].map(() => arrive(topic, options)))
      await alice.waitForFunction(() => doorsPage.openLinks === 1)
      await Promise.all(others.map((page) => page.waitForFunction(() => doorsPage.openLinks >= 2)))
      assert.equal(await linksOf(alice), 1)
    }
  })

  it('[TD6] those who may not dial say nothing, and answer whoever looks for them', BOUND, async (t) => {
    for (const options of await bothKinds(t)) {
      const topic = crypto.randomUUID()
      const [alice, bob] = [await arrive(topic, options, [4, false]), await arrive(topic, options, [4, false])]
      await Promise.all([alice, bob].map((page) => untilState(page, 'open')))
      const carol = await arrive(topic, options)
      await Promise.all([alice, bob, carol].map(untilLinked))
      await carol.waitForFunction(() => doorsPage.openLinks === 2)
      assert.equal(await linksOf(alice), 1)
    }
  })

  it('[TD6] a capacity that changes all the time does not make the room be left and joined', BOUND, async (t) => {
    const relay = await nostr(t)
    const alice = await arrive(crypto.randomUUID(), { network: 'nostr', relays: [relay.url] })
    await untilState(alice, 'open')
    await until(() => relay.events.length > 0)
    const made = await alice.evaluate(() => doorsPage.connectionsMade)
    const said = relay.events.length
    await alice.evaluate(() => {
      for (let i = 0; i < 200; i++) doorsPage.setCapacity(i % 2, i % 3 > 0)
      doorsPage.setCapacity(4, true)
    })
    assert.equal(await alice.evaluate(() => doorsPage.connectionsMade), made)
    assert.equal(await alice.evaluate(() => doorsPage.socketsMade), 1)
    assert.ok(relay.events.length <= said + 1)
  })

  it('[TD7] without a relay that somebody named nobody is asked', BOUND, async () => {
    const alice = await arrive(crypto.randomUUID(), { network: 'nostr', relays: [] })
    await untilState(alice, 'failed')
    assert.match((await alice.evaluate(() => doorsPage.health?.detail)) ?? '', /public relays are switched off/)
    assert.equal(await alice.evaluate(() => doorsPage.socketsMade), 0)
    await alice.evaluate(() => doorsPage.stop())
  })

  it('[TD3] a door that is stopped while it opens leaves nothing behind', BOUND, async (t) => {
    const relay = await nostr(t)
    const alice = await openPage()
    await alice.evaluate(
      async ([url, password]) => {
        doorsPage.start('a topic', { network: 'nostr', relays: [url], password })
        await doorsPage.stop()
      },
      [relay.url, PASSWORD] as const,
    )
    assert.equal(await alice.evaluate(() => doorsPage.openSockets + doorsPage.openConnections), 0)
    assert.equal(await alice.evaluate(() => doorsPage.health?.state), 'stopped')
    assert.equal(relay.clients, 0)
  })
})
