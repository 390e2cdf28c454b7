// Doors to public networks in Node: their code runs in the WebRTC process, and links come out of it. Relays of this machine.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Room } from '../../src/peer/room.ts'
import { nodeEnvironment, type NodeEnvironmentOptions } from '../../src/super-peer/node-environment.ts'
import { createRemotePublicDoor } from '../../src/super-peer/remote-door.ts'
import { RtcProcess } from '../../src/super-peer/rtc-process.ts'
import type { DoorSession } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import type { TrysteroNetwork } from '../../src/transport/trystero-options.ts'
import { mosquittoPath, NO_MOSQUITTO, startMosquitto } from '../e2e/doors/mosquitto.ts'
import { startNostrRelay } from '../e2e/doors/nostr-relay.ts'
import { startTorrentTracker } from '../e2e/doors/torrent-tracker.ts'
import { Meeting, must, until, waitFor } from '../peer/meeting.ts'
import { newFolder, superPeerOn, type Program } from './program.ts'

const BOUND = { timeout: 120_000 }
const PATIENCE_MS = 60_000
const PASSWORD = 'what only members know'

interface LocalNetwork {
  readonly url: string
  /** Connections that are open there; undefined where nobody can tell. */
  readonly clients: () => number | undefined
}

const NETWORKS: Readonly<Record<TrysteroNetwork, (t: TestContext) => Promise<LocalNetwork>>> = {
  nostr: async (t) => {
    const relay = await startNostrRelay()
    t.after(() => relay.kill())
    return { url: relay.url, clients: () => relay.clients }
  },
  torrent: async (t) => {
    const tracker = await startTorrentTracker()
    t.after(() => tracker.kill())
    return { url: tracker.url, clients: () => tracker.clients }
  },
  mqtt: async (t) => {
    const broker = await startMosquitto()
    t.after(() => broker.stop())
    return { url: broker.url, clients: () => undefined }
  },
}
const isMissing = (network: string): string | false =>
  network === 'mqtt' && mosquittoPath() === undefined ? NO_MOSQUITTO : false

const untilTrue = (isDone: () => boolean, what: string): Promise<void> =>
  waitFor({
    isDone,
    what,
    patienceMs: PATIENCE_MS,
    listen: (look) => {
      const timer = setInterval(look, 20)
      return [() => clearInterval(timer)]
    },
  })

/** Ada's room in this process, which is met at these relays. */
async function roomAt(t: TestContext, relays: NonNullable<NodeEnvironmentOptions['relays']>): Promise<Room> {
  const node = nodeEnvironment({ relays, notice: () => undefined })
  const meeting = new Meeting()
  t.after(async () => {
    await meeting.close()
    await node.close()
  })
  const peer = await meeting.peer({ environment: node.environment, doors: node.doors })
  return must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
}

/** The program is let in, has on its disk what Ada writes, and says goodbye. */
async function isKeptBy(ada: Room, program: Program): Promise<void> {
  await until(ada, () => ada.members.some(({ role, online }) => role === 'relay' && online), 'it', PATIENCE_MS)
  must(await ada.chat.send('met among strangers'))
  await until(ada, () => ada.chat.messages.every(({ state }) => state === 'sent'), 'its word', PATIENCE_MS)
  assert.deepEqual(
    ada.connection.peers.map(({ kind }) => kind),
    ['rtc'],
  )
  assert.deepEqual(
    program.lines.filter(({ level }) => level === 'error'),
    [],
  )
}

const processes = (t: TestContext, count: number): readonly RtcProcess[] =>
  Array.from({ length: count }, () => {
    const rtc = new RtcProcess({ notice: () => undefined })
    t.after(() => rtc.close())
    return rtc
  })

/** Everybody starts the door of a topic; resolves when each has a link. */
async function meet(
  members: readonly RtcProcess[],
  settings: { readonly network: TrysteroNetwork; readonly relays: readonly string[] },
): Promise<{ readonly sessions: readonly DoorSession[]; readonly links: readonly Link[] }> {
  const topic = crypto.randomUUID()
  const sessions: DoorSession[] = []
  const links = await Promise.all(
    members.map(
      (rtc) =>
        new Promise<Link>((resolve) => {
          sessions.push(createRemotePublicDoor(rtc, { ...settings, password: PASSWORD }).start(topic, resolve))
        }),
    ),
  )
  return { sessions, links }
}

async function talk([one, other]: readonly Link[]): Promise<void> {
  assert.ok(one && other)
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const text = crypto.randomUUID()
    const heard = new Promise<string>((resolve) => {
      to.onMessage = (_, message) => {
        resolve(new TextDecoder().decode(message))
      }
    })
    assert.ok(from.send('control', new TextEncoder().encode(text)))
    assert.equal(await heard, text)
  }
}

describe('public networks from Node', () => {
  for (const network of ['nostr', 'torrent', 'mqtt'] as const)
    it(
      `[NR10] two programs meet at ${network}, and go on without it`,
      { ...BOUND, skip: isMissing(network) },
      async (t) => {
        const { url, clients } = await NETWORKS[network](t)
        const members = processes(t, 2)
        const settings = { network, relays: [url] }
        const startedMs = performance.now()
        const { sessions, links } = await meet(members, settings)
        t.diagnostic(`linked after ${Math.round(performance.now() - startedMs)} ms`)
        await talk(links)
        assert.equal(sessions[0]?.health().state, 'open')
        await Promise.all(sessions.map((session) => session.stop()))
        assert.equal(sessions[0]?.health().state, 'stopped')
        await untilTrue(() => (clients() ?? 0) === 0, 'the sockets to close')
        // What came through the door outlives it, and the processes do.
        await talk(links)
        assert.deepEqual(
          members.map(({ state, restarts }) => [state, restarts]),
          [
            ['ready', 0],
            ['ready', 0],
          ],
        )
      },
    )

  it('[NR10] are not troubled by a relay that sends them anything at all', BOUND, async (t) => {
    const [liar, relay] = await Promise.all([startNostrRelay(), startNostrRelay()])
    t.after(() => Promise.all([liar.kill(), relay.kill()]))
    const members = processes(t, 2)
    const meeting = meet(members, { network: 'nostr', relays: [liar.url, relay.url] })
    await untilTrue(() => liar.topics().length > 0, 'somebody to come to the liar')
    const event = (content: unknown): string => JSON.stringify(['EVENT', 'x', { content, tags: [['x', 'y']] }])
    const frames = ['', '{', 'null', '[]', '["EVENT"]', event(null), event('A'.repeat(20_000)), '["NOTICE",{}]']
    for (const place of liar.topics())
      for (const content of [null, 7, {}, 'x', '{"peerId":"x"}']) liar.publish(place, content)
    for (const frame of [...frames, 'x'.repeat(100_000)]) liar.shout(frame)
    await talk((await meeting).links)
    assert.deepEqual(
      members.map(({ state, restarts }) => [state, restarts]),
      [
        ['ready', 0],
        ['ready', 0],
      ],
    )
  })

  for (const network of ['nostr', 'torrent', 'mqtt'] as const)
    it(
      `[SU31] a super peer without a port is met at ${network}, and acknowledges what is written`,
      { ...BOUND, skip: isMissing(network) },
      async (t) => {
        const { url } = await NETWORKS[network](t)
        const ada = await roomAt(t, { [network]: [url] })
        const { link = '' } = must(await ada.createInvite({ role: 'relay' }))
        await isKeptBy(ada, superPeerOn(t, await newFolder(t), '--no-listen', `--${network}`, url, '--invite', link))
      },
    )

  it(
    '[SU31] a super peer that was told of none stands at the places that its room names, and moves along',
    BOUND,
    async (t) => {
      const [first, second] = await Promise.all([startNostrRelay(), startNostrRelay()])
      t.after(() => Promise.all([first.kill(), second.kill()]))
      const ada = await roomAt(t, { nostr: [first.url] })
      must(await ada.access.places.add(first.url, 'nostr'))
      const { link = '' } = must(await ada.createInvite({ role: 'relay' }))
      await isKeptBy(ada, superPeerOn(t, await newFolder(t), '--no-listen', '--invite', link))
      assert.equal(second.clients, 0)
      must(await ada.access.places.add(second.url, 'nostr'))
      must(await ada.access.places.remove(ada.access.places.list[0]?.place ?? ''))
      // Ada and the super peer; the former one stands in its invite still.
      await untilTrue(() => second.clients === 2, 'both to be there')
    },
  )

  it(
    '[SU31] without a relay that somebody named, nobody is asked, and the process for it is not begun',
    BOUND,
    async (t) => {
      const node = nodeEnvironment({ notice: () => undefined })
      t.after(() => node.close())
      for (const make of node.doors) {
        const door = make({ password: PASSWORD, trackers: [] })
        if (!(door.name in NETWORKS)) continue
        const session = door.start('a topic', () => assert.fail('there is nobody'))
        await new Promise<void>((resolve) => {
          session.onHealth = () => resolve()
        })
        assert.deepEqual(
          [session.health().state, session.health().detail],
          ['stopped', 'no relay is named, and public networks are switched off'],
        )
        await session.stop()
      }
      assert.equal(node.rtc.state, 'idle')
    },
  )
})
