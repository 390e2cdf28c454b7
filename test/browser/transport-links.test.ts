import { assert } from 'chai'
import { createTabDoor, type TabDoorSession } from '../../src/transport/tab-door.ts'
import type { DoorHealth } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import { createRtcLink } from '../../src/transport/rtc-link.ts'
import { linkContract } from '../transport/link-contract.ts'
import { openRtcPair, wireRtcPair } from './transport-rtc-pair.ts'

linkContract({ describe, it }, 'data channels', openRtcPair)
linkContract({ describe, it }, 'tabs', openTabPair)

const closed = (link: Link) =>
  new Promise<string>((resolve) => {
    link.onClose = resolve
  })

describe('a link over data channels', () => {
  it('knows that two peers in one page talk directly', async () => {
    const { initiator, wires } = await openRtcPair()
    // The link has asked before us, and reports are given in the order in which they were asked for.
    await wires.offering.getStats()
    assert.equal(initiator.stats.path, 'direct')
    assert.equal(initiator.stats.candidates?.local, 'host')
    initiator.close('test-over')
  })

  it('[FR9] ends with a reason when the other side sends no frames', async () => {
    for (const garbage of ['text', Uint8Array.of(9, 9, 9)]) {
      const { responder, wires } = await openRtcPair()
      const ending = closed(responder)
      garbageChannel(wires.offering, garbage)
      const reason = await ending
      assert.match(reason, /^bad-frame: /)
      wires.offering.close()
    }
  })

  it('[RT2] does not open when a description has another fingerprint besides', async () => {
    const other = `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`
    const pair = await wireRtcPair((sdp) => sdp.replace(/a=fingerprint:.*\r\n/, (line) => line + other))
    const opened = await Promise.race([pair.initiator.opened, pair.responder.opened])
    assert.isFalse(opened.ok)
    pair.offering.close()
    pair.answering.close()
  })

  it('[RT1] has its four channels, with their ids, before the first description', async () => {
    const connection = new RTCPeerConnection()
    createRtcLink(connection, { initiator: true })
    assert.equal(connection.localDescription, null)
    const channels = channelsOf.get(connection) ?? []
    assert.sameDeepMembers(
      channels.map(({ label, id, negotiated }) => [label, id, negotiated]),
      [
        ['control', 1, true],
        ['sync', 2, true],
        ['bulk', 3, true],
        ['ephemeral', 4, true],
      ],
    )
    await connection.setLocalDescription()
    assert.lengthOf(connection.localDescription?.sdp.match(/^m=application/gm) ?? [], 1)
    connection.close()
  })

  it('[RT3] ends when more than 64 KiB come before anybody listens', async () => {
    const { initiator, responder } = await openRtcPair()
    const ending = closed(responder)
    for (let i = 0; i < 5; i++) initiator.send('sync', new Uint8Array(16_000))
    assert.equal(await ending, 'flooded-before-listening')
  })

  it('[RT4] tells whoever holds it that its way is disturbed, and stays open', async () => {
    const { initiator, wires } = await openRtcPair()
    let disturbances = 0
    initiator.onDisturbed = () => disturbances++
    for (const state of ['connected', 'disconnected']) {
      Object.defineProperty(wires.offering, 'connectionState', { configurable: true, get: () => state })
      wires.offering.dispatchEvent(new Event('connectionstatechange'))
    }
    assert.equal(disturbances, 1)
    assert.isUndefined(initiator.closeReason)
    initiator.close('test-over')
  })

  it('tells why it did not open when it is given up', async () => {
    const pair = await wireRtcPair()
    pair.initiator.abort('dial-timeout')
    const opened = await pair.initiator.opened
    assert.deepEqual(opened, { ok: false, reason: 'aborted', detail: 'dial-timeout' })
    pair.answering.close()
  })

  it('ends with a reason when the browser refuses to send', async () => {
    const { initiator } = await openRtcPair()
    const send = RTCDataChannel.prototype.send
    RTCDataChannel.prototype.send = () => {
      throw new DOMException('queue full', 'OperationError')
    }
    try {
      assert.isFalse(initiator.send('control', new Uint8Array(1)))
    } finally {
      RTCDataChannel.prototype.send = send
    }
    assert.equal(initiator.closeReason, 'send-failed: queue full')
  })
})

/** Sends on the control channel of a connection past our own code. */
function garbageChannel(connection: RTCPeerConnection, garbage: string | Uint8Array<ArrayBuffer>): void {
  const link = channelsOf.get(connection)?.find((channel) => channel.id === 1)
  if (typeof garbage === 'string') link?.send(garbage)
  else link?.send(garbage)
}

/** Our code keeps its channels to itself, so the test notes them when they are made. */
const channelsOf = new WeakMap<RTCPeerConnection, RTCDataChannel[]>()
const createDataChannel = RTCPeerConnection.prototype.createDataChannel
before(() => {
  RTCPeerConnection.prototype.createDataChannel = function (this: RTCPeerConnection, ...parameters) {
    const channel = createDataChannel.apply(this, parameters)
    channelsOf.set(this, [...(channelsOf.get(this) ?? []), channel])
    return channel
  }
})
after(() => {
  RTCPeerConnection.prototype.createDataChannel = createDataChannel
})

interface Tab {
  readonly session: TabDoorSession
  readonly links: Link[]
  /** Resolves with the next link of the tab. */
  readonly nextLink: () => Promise<Link>
}

function openTab(topic: string): Tab {
  const links: Link[] = []
  let waiting: ((link: Link) => void) | undefined
  const session = createTabDoor().start(topic, (link) => {
    links.push(link)
    waiting?.(link)
  })
  const nextLink = () =>
    new Promise<Link>((resolve) => {
      waiting = resolve
    })
  return { session, links, nextLink }
}

const healthThat = (session: TabDoorSession, isWanted: (health: DoorHealth) => boolean) =>
  new Promise<void>((resolve) => {
    if (isWanted(session.health())) resolve()
    session.onHealth = (health) => {
      if (isWanted(health)) resolve()
    }
  })

const leads = (session: TabDoorSession) => healthThat(session, () => session.isLeader)

async function openTabPair(): Promise<{ initiator: Link; responder: Link }> {
  const topic = crypto.randomUUID()
  const first = openTab(topic)
  await leads(first.session)
  const answering = first.nextLink()
  const second = openTab(topic)
  const [responder, initiator] = await Promise.all([answering, second.nextLink()])
  return { initiator, responder }
}

describe('the tabs of one browser', () => {
  it('have one leader, to which the others attach', async () => {
    const topic = crypto.randomUUID()
    const first = openTab(topic)
    await leads(first.session)
    const others = [openTab(topic), openTab(topic)]
    await Promise.all(others.map((tab) => tab.nextLink()))
    assert.isTrue(first.session.isLeader)
    assert.deepEqual(
      others.map((tab) => [tab.session.isLeader, tab.session.health().state, tab.links.length]),
      [
        [false, 'open', 1],
        [false, 'open', 1],
      ],
    )
    for (const tab of [first, ...others]) await tab.session.stop()
  })

  it('do not meet in different rooms', async () => {
    const [first, second] = [openTab(crypto.randomUUID()), openTab(crypto.randomUUID())]
    await Promise.all([leads(first.session), leads(second.session)])
    assert.isEmpty(first.links)
    assert.isEmpty(second.links)
    await Promise.all([first.session.stop(), second.session.stop()])
  })

  it('get a new leader when the old one goes, and attach to it', async () => {
    const topic = crypto.randomUUID()
    const first = openTab(topic)
    await leads(first.session)
    const [second, third] = [openTab(topic), openTab(topic)]
    const [old] = await Promise.all([second.nextLink(), third.nextLink()])
    const ending = closed(old)
    const again = [second.nextLink(), third.nextLink()]
    await first.session.stop()
    assert.include(['closed-by-peer', 'tab-closed'], await ending)
    await Promise.all(again)
    assert.lengthOf(
      [second, third].filter((tab) => tab.session.isLeader),
      1,
    )
    await Promise.all([second.session.stop(), third.session.stop()])
  })

  it('notice a tab that dies without a word by its lock', async () => {
    const topic = crypto.randomUUID()
    const here = openTab(topic)
    await leads(here.session)
    const attached = here.nextLink()
    const frame = document.createElement('iframe')
    frame.srcdoc = `<script type="module">
      import { createTabDoor } from '/src/transport/tab-door.ts'
      createTabDoor().start(${JSON.stringify(topic)}, () => undefined)
    </script>`
    document.body.append(frame)
    const ending = closed(await attached)
    frame.remove()
    assert.equal(await ending, 'tab-closed')
    await here.session.stop()
  })

  it('are not disturbed by messages that are none', async () => {
    const topic = crypto.randomUUID()
    const first = openTab(topic)
    await leads(first.session)
    const hall = new BroadcastChannel(`parley-tabs:${topic}`)
    for (const garbage of [
      null,
      7,
      'x',
      {},
      { kind: 'frame' },
      { kind: 'attach', from: 'x', link: 1 },
      { kind: 'seek' },
    ])
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no target
      hall.postMessage(garbage)
    const second = openTab(topic)
    await Promise.all([first.nextLink(), second.nextLink()])
    assert.lengthOf(first.links, 1)
    hall.close()
    await Promise.all([first.session.stop(), second.session.stop()])
  })

  it('stop for good', async () => {
    const first = openTab(crypto.randomUUID())
    await leads(first.session)
    await first.session.stop()
    await first.session.stop()
    assert.equal(first.session.health().state, 'stopped')
    assert.isFalse(first.session.isLeader)
  })
})
