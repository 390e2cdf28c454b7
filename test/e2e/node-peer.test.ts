// A program in Node and pages in a browser are members of one room like any other.
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as patience } from 'node:timers/promises'
import assert from 'node:assert/strict'
import { MemoryStore, Peer, type Room } from '../../src/index.ts'
import { nodeEnvironment, type NodeEnvironment } from '../../src/super-peer/index.ts'
import { World } from './world.ts'

const BOUND = { timeout: 240_000 }
const PATIENCE_MS = 60_000

interface NodeMember {
  readonly room: Room
  readonly node: NodeEnvironment
}

/** Waits for the room's own events. */
async function until(room: Room, what: string, isDone: () => boolean): Promise<void> {
  const ended = new AbortController()
  const stops: (() => void)[] = []
  const done = new Promise<void>((resolve) => {
    const look = (): void => {
      if (isDone()) resolve()
    }
    for (const event of ['change', 'members', 'connection'] as const) stops.push(room.on(event, look))
    stops.push(room.chat.on('messages', look))
    look()
  })
  const tired = patience(PATIENCE_MS, undefined, { signal: ended.signal }).then(
    () => assert.fail(`waited in vain for ${what}`),
    () => undefined,
  )
  await Promise.race([done, tired])
  ended.abort()
  for (const stop of stops) stop()
}

const has = (room: Room, text: string): boolean => room.chat.messages.some((message) => message.text === text)

describe('a member in Node', () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  afterEach(() => world.everybodyLeaves())
  after(() => world.close())

  async function joinFromNode(t: TestContext, link: string): Promise<NodeMember> {
    const node = nodeEnvironment({ trackers: [world.server.trackerUrl], limits: { restartFirstMs: 100 } })
    const { environment, doors } = node
    const peer = await Peer.open({ store: new MemoryStore(), environment, doors })
    t.after(async () => {
      await peer.close()
      await node.close()
    })
    const joined = await peer.joinRoom({ link, myName: 'Cleo' })
    assert.ok(joined.ok, 'Cleo can join')
    await until(joined.value, 'Cleo to be let in', () => joined.value.status === 'member')
    return { room: joined.value, node }
  }

  it('[NR8] talks over WebRTC with a page, and is linked again when its WebRTC process is killed', BOUND, async (t) => {
    const ada = await world.person()
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const { room, node } = await joinFromNode(t, await ada.inviteLink())
    await ada.isConnectedTo(1)
    assert.deepEqual(
      room.connection.peers.map(({ kind, person }) => [kind, person.name]),
      [['rtc', 'Ada']],
    )
    await ada.send('hello Cleo')
    await until(room, 'what Ada wrote', () => has(room, 'hello Cleo'))
    assert.ok((await room.chat.send('hello Ada')).ok)
    await ada.sees('hello Ada')

    const former = node.rtc.pid
    assert.ok(former !== undefined)
    process.kill(former, 'SIGKILL')
    await until(room, 'the link to be lost', () => room.connection.peers.length === 0)
    await ada.send('are you still there?')
    await until(room, 'what Ada wrote meanwhile', () => has(room, 'are you still there?'))
    assert.ok((await room.chat.send('here I am')).ok)
    await ada.sees('here I am')
    assert.notEqual(node.rtc.pid, former)
    assert.deepEqual(ada.complaints, [])
  })

  it('[NR8] joins a room that a member in Node has started, from a page', BOUND, async (t) => {
    const node = nodeEnvironment({ trackers: [world.server.trackerUrl] })
    const { environment, doors } = node
    const peer = await Peer.open({ store: new MemoryStore(), environment, doors, inviteBase: world.url })
    t.after(async () => {
      await peer.close()
      await node.close()
    })
    const made = await peer.createRoom({ name: 'Book club', myName: 'Cleo' })
    assert.ok(made.ok)
    const invite = await made.value.createInvite({ role: 'writer' })
    assert.ok(invite.ok && invite.value.link !== undefined)
    const [ada, ben] = await Promise.all([world.person(), world.person()])
    await Promise.all([ada.joinAsWriter(invite.value.link, 'Ada'), ben.joinAsWriter(invite.value.link, 'Ben')])
    await ada.send('from Ada')
    await ben.sees('from Ada')
    await until(made.value, 'what Ada wrote', () => has(made.value, 'from Ada'))
    assert.ok((await made.value.chat.send('from Cleo')).ok)
    await Promise.all([ada.sees('from Cleo'), ben.sees('from Cleo')])
  })
})
