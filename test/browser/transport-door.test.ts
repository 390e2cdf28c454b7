import { assert } from 'chai'
import { openSignalling, sealSignalling, type SignallingMessage } from '../../src/transport/signalling-message.ts'
import { LISTENERS_MAX } from '../../src/transport/topic-crowd.ts'
import {
  closeWindows,
  nextMessage,
  openPeer,
  openPeers,
  openWindow,
  PASSWORD,
  TRACKER,
  type Peer,
} from './transport-peers.ts'

interface Stranger {
  readonly publish: (data: unknown) => void
  /** Resolves with the next message of that type that anybody sends. */
  readonly next: (type: SignallingMessage['type']) => Promise<SignallingMessage>
  /** The types of all that has been sent. */
  readonly heard: () => Promise<readonly string[]>
  readonly close: () => void
}

/** Somebody at the tracker who reads the topic and says what he likes. */
async function openStranger(topic: string, key: CryptoKey): Promise<Stranger> {
  const socket = new WebSocket(TRACKER)
  await new Promise((resolve) => {
    socket.addEventListener('open', resolve)
  })
  const heard: Promise<string>[] = []
  const waiting = new Map<string, (message: SignallingMessage) => void>()
  const read = async (frame: string): Promise<string> => {
    const opened = await openSignalling((JSON.parse(frame) as { data: unknown }).data, key)
    if (!opened.ok) return opened.reason
    waiting.get(opened.value.type)?.(opened.value)
    return opened.value.type
  }
  socket.addEventListener('message', ({ data }: MessageEvent<string>) => heard.push(read(data)))
  socket.send(JSON.stringify({ type: 'subscribe', topics: [topic] }))
  return {
    publish: (data) => {
      socket.send(JSON.stringify({ type: 'publish', topic, data }))
    },
    next: (type) =>
      new Promise((resolve) => {
        waiting.set(type, resolve)
      }),
    heard: () => Promise.all(heard),
    close: () => {
      socket.close()
    },
  }
}

interface Crowd {
  /** Resolves when a publish went to so many that listen to the topic. */
  readonly countThat: (isWanted: (listeners: number) => boolean) => Promise<void>
  readonly close: () => void
}

/** So many at the tracker who listen to the topic and say nothing that anybody could read. */
async function openCrowd(topic: string, count: number): Promise<Crowd> {
  const sockets = Array.from({ length: count }, () => new WebSocket(TRACKER))
  const opened = (socket: WebSocket) =>
    new Promise((resolve) => {
      socket.addEventListener('open', resolve)
    })
  await Promise.all(sockets.map(opened))
  for (const socket of sockets) socket.send(JSON.stringify({ type: 'subscribe', topics: [topic] }))
  const [speaker, hearer] = sockets
  assert.isDefined(hearer)
  const countThat = async (isWanted: (listeners: number) => boolean): Promise<void> => {
    for (;;) {
      const heard = new Promise<number>((resolve) => {
        const hear = ({ data }: MessageEvent<string>): void => {
          resolve((JSON.parse(data) as { clients: number }).clients)
        }
        hearer?.addEventListener('message', hear, { once: true })
      })
      speaker?.send(JSON.stringify({ type: 'publish', topic, data: 'nothing' }))
      if (isWanted(await heard)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const close = (): void => {
    for (const socket of sockets) socket.close()
  }
  return { countThat, close }
}

/** Opens a peer and waits until it listens to the topic. */
async function openListening(topic: string, stranger: Stranger): Promise<Peer> {
  const announced = stranger.next('announce')
  const peer = await openPeer({ topic })
  await announced
  return peer
}

/** The key that y-webrtc derives from its password. */
async function keyOf(password: string, topic: string): Promise<CryptoKey> {
  const encoder = new TextEncoder()
  const secret = await crypto.subtle.importKey('raw', encoder.encode(password), 'PBKDF2', false, ['deriveKey'])
  const derivation = { name: 'PBKDF2', salt: encoder.encode(topic), iterations: 100_000, hash: 'SHA-256' }
  return crypto.subtle.deriveKey(derivation, secret, { name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt'])
}

const only = <T>(items: readonly T[]): T => {
  assert.lengthOf(items, 1)
  return items[0] as T
}

afterEach(() => {
  assert.deepEqual(closeWindows(), [], 'errors in a window')
})

describe('peers that meet through a tracker', function () {
  this.timeout(20_000)

  it('get one link each, with the same binding, and a message of 1 MiB passes', async () => {
    const topic = crypto.randomUUID()
    const [alice, bob] = [await openPeer({ topic }), await openPeer({ topic })]
    const [[here], [there]] = await Promise.all([alice.linked(1), bob.linked(1)])
    assert.isDefined(here)
    assert.isDefined(there)
    assert.deepEqual(Array.from(here.binding), Array.from(there.binding))
    assert.notEqual(here.initiator, there.initiator)
    const message = Uint8Array.from({ length: 1_048_576 }, (_, i) => (i * 7 + (i >> 10)) & 255)
    const arriving = nextMessage(there)
    assert.isTrue(here.send('sync', message))
    const arrived = await arriving
    assert.equal(arrived.length, message.length)
    assert.isTrue(arrived.every((byte, i) => byte === message[i]))
    assert.equal(alice.session.health().state, 'open')
  })

  for (const count of [3, 6])
    it(`[YD4] are linked with all others when ${count} come at the same time`, async () => {
      const peers = await openPeers(count, { topic: crypto.randomUUID() })
      const linked = await Promise.all(peers.map((peer) => peer.linked(count - 1)))
      const bindings = linked.flatMap((links) => links.map(({ binding }) => String(binding)))
      assert.equal(new Set(bindings).size, (count * (count - 1)) / 2)
      assert.lengthOf(bindings, count * (count - 1))
    })

  it('end a link with the reason of the one who closes it', async () => {
    const topic = crypto.randomUUID()
    const [alice, bob] = [await openPeer({ topic }), await openPeer({ topic })]
    const [here, there] = [only(await alice.linked(1)), only(await bob.linked(1))]
    alice.session.setCapacity(0, false)
    bob.session.setCapacity(0, false)
    const ending = new Promise<string>((resolve) => {
      there.onClose = resolve
    })
    here.close('room-full')
    assert.equal(here.closeReason, 'room-full')
    assert.equal(await ending, 'closed-by-peer')
  })

  it('meet again after one of them has left the room and come back', async () => {
    const topic = crypto.randomUUID()
    const [alice, bob] = [await openPeer({ topic }), await openPeer({ topic })]
    const there = only(await bob.linked(1))
    await alice.linked(1)
    const ending = new Promise<string>((resolve) => {
      there.onClose = resolve
    })
    const stopping = alice.session.stop()
    const back = openPeer({ topic, window: alice.window })
    await stopping
    assert.equal(alice.session.health().state, 'stopped')
    assert.equal(there.closeReason, undefined, 'a link outlives the door')
    only(alice.links).close('left')
    assert.equal(await ending, 'closed-by-peer')
    await (await back).linked(1)
    await bob.linked(2)
  })

  it('[YD5] make no links without a free slot, and make them as soon as there is one', async () => {
    const topic = crypto.randomUUID()
    const alice = await openPeer({ topic })
    alice.session.setCapacity(0, false)
    await alice.healthThat(({ state }) => state === 'open')
    const [bob, carol] = [await openPeer({ topic }), await openPeer({ topic })]
    await Promise.all([bob.linked(1), carol.linked(1)])
    assert.isEmpty(alice.links)
    alice.session.setCapacity(2, true)
    await Promise.all([alice.linked(2), bob.linked(2), carol.linked(2)])
  })

  it('[YD10] call those who came while no slot was free, and say to whose offers there is none', async () => {
    const topic = crypto.randomUUID()
    const key = await keyOf(PASSWORD, topic)
    const others = await openStranger(topic, key)
    const alice = await openListening(topic, others)
    alice.session.setCapacity(1, true)
    const say = async (message: SignallingMessage) => {
      others.publish(await sealSignalling(message, key))
    }
    const called = async (name: string): Promise<string> => {
      const message = await others.next('signal')
      assert.ok(message.type === 'signal' && message.signal.type === 'offer')
      assert.equal(message.to, name)
      return message.from
    }
    const callsBob = called('bob')
    await say({ type: 'announce', from: 'bob' })
    const from = await callsBob
    const answersDave = others.next('full')
    await say({ type: 'announce', from: 'carol' })
    await say({ type: 'signal', from: 'dave', to: from, token: 1, signal: { type: 'offer', sdp: 'v=0' } })
    assert.deepInclude(await answersDave, { from, to: 'dave' })
    const callsCarol = called('carol')
    await say({ type: 'full', from: 'bob', to: from })
    await callsCarol
    others.close()
  })

  it('[YD11] leave the topic to a part of a crowd, are answered in their mailboxes, and come back', async () => {
    const topic = crypto.randomUUID()
    const home = await openWindow()
    // Every lot says that she leaves, and for the shortest time.
    home.Math.random = () => 0
    const alice = await openPeer({ topic, window: home })
    const counted: number[] = []
    alice.session.onStanding = (sessions) => counted.push(sessions)
    await alice.healthThat(({ state }) => state === 'open')
    const crowd = await openCrowd(topic, LISTENERS_MAX)
    await crowd.countThat((listeners) => listeners === LISTENERS_MAX + 1)
    await crowd.countThat((listeners) => listeners === LISTENERS_MAX)
    assert.equal(counted.at(-1), LISTENERS_MAX + 1)
    const countedBefore = counted.length
    // She does not hear who comes, but whoever hears her answers where she listens.
    const bob = await openPeer({ topic })
    alice.session.setCapacity(0, true)
    alice.session.setCapacity(1, true)
    await Promise.all([alice.linked(1), bob.linked(1)])
    // Whoever came back hears the next count, and draws again.
    await crowd.countThat(() => counted.length > countedBefore)
    crowd.close()
  })

  it('do not meet without the same password', async () => {
    const topic = crypto.randomUUID()
    const mallory = await openPeer({ topic, password: 'guessed' })
    const [alice, bob] = [await openPeer({ topic }), await openPeer({ topic })]
    await Promise.all([alice.linked(1), bob.linked(1)])
    assert.isEmpty(mallory.links)
    assert.lengthOf(alice.links, 1)
  })

  it('[YD7] [YD9] need two publishes for a link, which nobody else hears', async () => {
    const topic = crypto.randomUUID()
    const published: string[] = []
    const watchedWindow = async () => {
      const home = await openWindow()
      const { prototype } = home.WebSocket
      const { send } = prototype
      prototype.send = function (this: WebSocket, frame: string) {
        const { type, topic: named } = JSON.parse(frame) as { type: string; topic?: string }
        if (type === 'publish' && named !== undefined) published.push(named)
        send.call(this, frame)
      }
      return home
    }
    const stranger = await openStranger(topic, await keyOf(PASSWORD, topic))
    const alice = await openPeer({ topic, window: await watchedWindow() })
    const bob = await openPeer({ topic, window: await watchedWindow() })
    await Promise.all([alice.linked(1), bob.linked(1)])
    assert.deepEqual([...new Set(await stranger.heard())], ['announce'])
    const answers = published.filter((named) => named !== topic)
    assert.lengthOf(answers, 2)
    assert.notEqual(answers[0], answers[1])
    stranger.close()
  })

  it('[YD9] meet over sockets that another room of each uses already', async () => {
    const other = crypto.randomUUID()
    const [here, there] = [await openPeer({ topic: other }), await openPeer({ topic: other })]
    await Promise.all([here.linked(1), there.linked(1)])
    const topic = crypto.randomUUID()
    const alice = await openPeer({ topic, window: here.window })
    const bob = await openPeer({ topic, window: there.window })
    await Promise.all([alice.linked(1), bob.linked(1)])
  })
})

describe('a door with strangers at it', function () {
  this.timeout(20_000)

  it('[YD2] is not harmed by garbage on the topic', async () => {
    const topic = crypto.randomUUID()
    const stranger = await openStranger(topic, await keyOf(PASSWORD, topic))
    const alice = await openListening(topic, stranger)
    const garbage: unknown[] = ['', 'garbage', 'AAAA', 'x'.repeat(40_000), null, 7, [], { type: 'announce', from: 'x' }]
    for (const data of garbage) stranger.publish(data)
    const bob = await openPeer({ topic })
    await Promise.all([alice.linked(1), bob.linked(1)])
    stranger.close()
  })

  it('[YD3] is not harmed by bad signals of somebody who has the password', async () => {
    const topic = crypto.randomUUID()
    const key = await keyOf(PASSWORD, topic)
    const mallory = await openStranger(topic, key)
    const alice = await openListening(topic, mallory)
    const say = async (message: SignallingMessage) => {
      mallory.publish(await sealSignalling(message, key))
    }
    const dialled = mallory.next('signal')
    await say({ type: 'announce', from: 'mallory' })
    const signal = { type: 'signal', to: (await dialled).from, token: 1 } as const
    // An answer to nobody's offer, broken descriptions from old and new acquaintances, candidates for nobody.
    await say({ ...signal, from: 'nobody', signal: { type: 'answer', sdp: 'v=0' } })
    await say({ ...signal, from: 'mallory', signal: { type: 'answer', sdp: 'broken' } })
    await say({ ...signal, from: 'trudy', signal: { type: 'offer', sdp: 'broken' } })
    const candidate = { candidate: 'broken', sdpMLineIndex: 900, sdpMid: null }
    await say({ ...signal, from: 'nobody', signal: { type: 'candidate', candidate } })
    await say({ ...signal, from: 'trudy', signal: { type: 'candidate', candidate } })
    const bob = await openPeer({ topic })
    await Promise.all([alice.linked(1), bob.linked(1)])
    const health = await alice.healthThat(({ lastFailure }) => lastFailure !== undefined)
    assert.match(health.lastFailure ?? '', /connection-failed/)
    mallory.close()
  })

  it('[YD1] says nothing to a stock client on its channel, and takes nothing from it', async () => {
    const topic = crypto.randomUUID()
    const [alice, bob] = [await openPeer({ topic }), await openPeer({ topic })]
    const [here, there] = [only(await alice.linked(1)), only(await bob.linked(1))]
    const home = await openWindow()
    const { doc, provider } = await home.peer.startStockProvider(topic, TRACKER, PASSWORD, 'stock')
    const heard: unknown[] = []
    provider.on('peers', ({ added }) => {
      for (const id of added)
        provider.room?.webrtcConns.get(id)?.peer.on('data', (...data: unknown[]) => heard.push(data))
    })
    // A connection opens to it as well: it will fail the handshake that the layer above asks for.
    await Promise.all([alice.linked(2), bob.linked(2)])
    doc.getText('text').insert(0, 'more ')
    const arriving = nextMessage(there)
    here.send('control', new Uint8Array(3))
    assert.lengthOf(await arriving, 3)
    assert.isEmpty(heard)
    assert.equal(doc.getText('text').toJSON(), 'more stock')
    provider.disconnect()
    provider.destroy()
  })

  it('finds its own behind a stock client that was there first', async () => {
    const topic = crypto.randomUUID()
    const home = await openWindow()
    const { provider } = await home.peer.startStockProvider(topic, TRACKER, PASSWORD, 'stock')
    const [alice, bob] = [await openPeer({ topic }), await openPeer({ topic })]
    const areLinked = () => {
      const mine = new Set(alice.links.map(({ binding }) => String(binding)))
      return bob.links.some(({ binding }) => mine.has(String(binding)))
    }
    await Promise.race([alice.linkedThat(areLinked), bob.linkedThat(areLinked)])
    provider.disconnect()
    provider.destroy()
  })
})
