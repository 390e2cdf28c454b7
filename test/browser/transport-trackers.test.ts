import { assert } from 'chai'
import type { DoorHealth } from '../../src/transport/door.ts'
import { closeWindows, openPeer, openWindow, TRACKER, type PeerWindow } from './transport-peers.ts'

afterEach(() => {
  assert.deepEqual(closeWindows(), [], 'errors in a window')
})

/** A tracker's socket that does what the test says. */
function fakeSocket(home: PeerWindow, behave: (socket: WebSocket) => void): { made: number } {
  const count = { made: 0 }
  class FakeSocket extends home.EventTarget {
    onopen: (() => void) | null = null
    onclose: (() => void) | null = null
    onmessage: ((event: MessageEvent) => void) | null = null
    readonly url: string
    constructor(url: string) {
      super()
      this.url = url
      count.made++
      for (const name of ['open', 'message', 'close'] as const)
        // As a property set later would be called: after the listeners that were added before.
        queueMicrotask(() => {
          this.addEventListener(name, (event) => {
            ;(this[`on${name}`] as ((event: Event) => void) | null)?.(event)
          })
        })
      setTimeout(() => {
        behave(this as unknown as WebSocket)
      })
    }
    send(): void {}
    close(): void {}
  }
  Object.assign(home, { WebSocket: FakeSocket })
  return count
}

describe('a door whose trackers misbehave', function () {
  this.timeout(20_000)

  it('drops frames that are no messages, and says how many', async () => {
    const home = await openWindow()
    fakeSocket(home, (socket) => {
      socket.dispatchEvent(new Event('open'))
      for (const data of ['{', 'null', '7', '[]', new ArrayBuffer(3), `"${'x'.repeat(50_000)}"`])
        socket.dispatchEvent(new MessageEvent('message', { data }))
      for (const data of ['{"type":"publish"}', '{"type":"publish","topic":7}', '{"type":"hello"}', '{"type":"pong"}'])
        socket.dispatchEvent(new MessageEvent('message', { data }))
      socket.dispatchEvent(new CloseEvent('close', { code: 1001 }))
    })
    const alice = await openPeer({ topic: crypto.randomUUID(), window: home })
    const health = await alice.healthThat(({ state }) => state === 'failed')
    assert.match(health.detail, /6 bad messages dropped/)
  })

  it('[YD6] waits before it tries again a tracker that lets it in and throws it out', async () => {
    const home = await openWindow()
    const sockets = fakeSocket(home, (socket) => {
      socket.dispatchEvent(new Event('open'))
      socket.dispatchEvent(new CloseEvent('close', { code: 4003, reason: 'too many' }))
    })
    const alice = await openPeer({ topic: crypto.randomUUID(), window: home })
    const health = await alice.healthThat(({ state }) => state === 'failed')
    assert.match(health.detail, /connection lost.*4003.*too many.*next try in 1 s/)
    assert.equal(sockets.made, 1)
    // lib0 itself would be back with no pause at all: as many turns as it would need pass first.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve))
    assert.equal(sockets.made, 1)
    await alice.healthThat(({ detail }) => /next try in 2 s/.test(detail))
    assert.equal(sockets.made, 2)
    await alice.session.stop()
  })

  it('[YD8] goes to another tracker with its links, and whoever comes there finds it', async () => {
    const topic = crypto.randomUUID()
    const elsewhere = `${TRACKER}?elsewhere`
    const [alice, bob] = await Promise.all([openPeer({ topic }), openPeer({ topic })])
    const [[link]] = await Promise.all([alice.linked(1), bob.linked(1)])
    alice.session.setPlaces?.([elsewhere])
    const moved = await alice.healthThat(({ state, places }) => state === 'open' && places.length === 1)
    assert.equal(moved.places[0]?.place, elsewhere)
    assert.isUndefined(link?.closeReason)
    const carol = await openPeer({ topic, trackers: [elsewhere] })
    await Promise.all([alice.linked(2), carol.linked(1)])
    alice.session.setPlaces?.([TRACKER])
    await alice.healthThat(({ state, places }) => state === 'open' && places[0]?.place === TRACKER)
    assert.deepEqual(
      alice.links.map(({ closeReason }) => closeReason),
      [undefined, undefined],
    )
    await Promise.all([alice, bob, carol].map(({ session }) => session.stop()))
  })

  it('[YD8] leaves the tracker that is not named: its socket closes, and the one that stays is not dialled again', async () => {
    const home = await openWindow()
    const closed: string[] = []
    const made: string[] = []
    const Real = home.WebSocket
    home.WebSocket = class extends Real {
      constructor(url: string | URL) {
        super(url)
        made.push(this.url)
        this.addEventListener('close', () => closed.push(this.url))
      }
    }
    const [one, two] = [`${TRACKER}?one`, `${TRACKER}?two`]
    const alice = await openPeer({ topic: crypto.randomUUID(), trackers: [TRACKER, one], window: home })
    await alice.healthThat(({ places }) => places.length === 2 && places.every(({ state }) => state === 'open'))
    alice.session.setPlaces?.([TRACKER, two])
    const health = await alice.healthThat(({ places }) => places.every(({ state }) => state === 'open'))
    assert.deepEqual(
      health.places.map(({ place }) => place),
      [TRACKER, two],
    )
    await alice.session.stop()
    assert.deepEqual(made, [TRACKER, one, two])
    assert.equal(closed[0], one)
  })

  it('tells the topic of a room to no tracker of another room, not even when it closes', async () => {
    const home = await openWindow()
    const said: { readonly url: string; readonly text: string }[] = []
    const Real = home.WebSocket
    home.WebSocket = class extends Real {
      override send(data: string): void {
        said.push({ url: this.url, text: data })
        super.send(data)
      }
    }
    const [one, two] = [`${TRACKER}?one`, `${TRACKER}?two`]
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
    const alice = await openPeer({ topic: first, trackers: [one], window: home })
    const too = await openPeer({ topic: second, trackers: [two], window: home })
    for (const { healthThat } of [alice, too]) await healthThat(({ state }) => state === 'open')
    alice.session.setPlaces?.([one, `${TRACKER}?three`])
    await alice.healthThat(({ places }) => places.length === 2 && places.every(({ state }) => state === 'open'))
    await alice.session.stop()
    await too.session.stop()
    const toldOf = (topic: string): ReadonlySet<string> =>
      new Set(said.filter(({ text }) => text.includes(topic)).map(({ url }) => url))
    assert.isTrue(said.some(({ url, text }) => url === one && /unsubscribe/.test(text) && text.includes(first)))
    assert.deepEqual([...toldOf(first)].toSorted(), [one, `${TRACKER}?three`])
    assert.deepEqual([...toldOf(second)], [two])
  })

  it('tells the state of each tracker, and is open when one is', async () => {
    const dead = `ws://${location.hostname}:9/`
    const alice = await openPeer({ topic: crypto.randomUUID(), trackers: [dead, TRACKER] })
    const isSettled = ({ places }: DoorHealth) => places.every(({ state }) => state !== 'connecting')
    const health = await alice.healthThat((each) => each.places.length === 2 && isSettled(each))
    assert.equal(health.state, 'open')
    assert.deepEqual(
      health.places.map(({ place, state }) => [place, state]),
      [
        [dead, 'failed'],
        [TRACKER, 'open'],
      ],
    )
    assert.match(health.places[0]?.detail ?? '', /cannot connect.*next try/)
    await alice.session.stop()
  })

  it('says which address is none, and uses the others', async () => {
    const topic = crypto.randomUUID()
    const alice = await openPeer({ topic, trackers: ['not an address', `${TRACKER}#`, TRACKER] })
    const bob = await openPeer({ topic })
    await Promise.all([alice.linked(1), bob.linked(1)])
    const carol = await openPeer({ topic: crypto.randomUUID(), trackers: ['http://example.org'] })
    const health = await carol.healthThat(({ state }) => state === 'failed')
    assert.match(health.detail, /http:\/\/example\.org/)
  })
})
