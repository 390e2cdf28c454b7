// Real processes: a super peer as its command line starts it, and members who are never there together.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { cp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import type { FeedId } from '../../src/base/ids.ts'
import { titleOf } from '../../src/document/note.ts'
import { wsDoor, type DoorMaker } from '../../src/peer/doors.ts'
import type { Room } from '../../src/peer/room.ts'
import type { Door } from '../../src/transport/door.ts'
import { listenForLinks } from '../../src/super-peer/link-listener.ts'
import { LevelStore } from '../../src/super-peer/level-store.ts'
import { attachTracker } from '../../src/super-peer/tracker.ts'
import { verifyStore } from '../../src/super-peer/verify-store.ts'
import { Disk } from '../peer/disk.ts'
import { Meeting, must, texts, until, waitFor, listenTo } from '../peer/meeting.ts'
import { seeded } from '../transport/seeded-random.ts'
import { childrenOf, inFiles, inMemory, needlesOf } from './process-memory.ts'
import { newFolder, Program, superPeerOn } from './program.ts'

const BOUND = { timeout: 240_000 }
const PATIENCE_MS = 60_000
const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const SEED = Number(process.env['SEED'] ?? 17)
const SLOW_DISK = new URL('slow-disk.mjs', import.meta.url).href
const canReadMemory = process.platform === 'linux'

const doorTo = (address: string): DoorMaker =>
  wsDoor({ addresses: () => Promise.resolve([address]), openSocket: (to) => new WebSocket(to) })

const meeting = new Meeting()
after(() => meeting.close())

/** A tracker, and a door of the test's own process. */
async function portOn(t: TestContext): Promise<{ tracker: string; address: string; door: Door }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const tracker = attachTracker(server)
  const links = listenForLinks(server)
  t.after(() => {
    tracker.close()
    links.close()
    server.close()
  })
  const authority = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { tracker: `${authority}/tracker`, address: `${authority}/link`, door: links.door }
}

/** Own feeds and how long they are. */
function ownFeeds(room: Room): ReadonlyMap<FeedId, number> {
  const { log, session, documents } = room.core
  const feeds = new Map<FeedId, number>()
  if (log) feeds.set(log.ownLog, log.heads.get(log.ownLog)?.length ?? 0)
  for (const host of documents.values())
    for (const [feed, { length }] of host.heads)
      if (room.core.recordOf(feed)?.session === session.id) feeds.set(feed, length)
  return feeds
}

const isAllHeld = (room: Room): boolean =>
  [...ownFeeds(room)].every(([feed, length]) => length === 0 || room.core.isHeldByOthers(feed, length))

/** Waits until what the room has written is on the disk of somebody else, by their word. */
const untilHeld = (room: Room): Promise<void> =>
  waitFor({
    isDone: () => isAllHeld(room),
    what: 'everything to be held by the super peer',
    patienceMs: PATIENCE_MS,
    listen: (look) => {
      const timer = setInterval(look, 50)
      return [...listenTo(room, look), room.core.links.events.on('delivered', look), () => clearInterval(timer)]
    },
  })

const relayLinkOf = async (room: Room): Promise<string> =>
  must(await room.createInvite({ role: 'relay', usesMax: 1, approval: 'auto' })).link ?? ''

const untilRelay = (room: Room): Promise<void> =>
  until(
    room,
    () => room.members.some(({ role, person, online }) => role === 'relay' && online && person.name !== ''),
    'the super peer to be let in and named',
    PATIENCE_MS,
  )

test(
  '[SU2] [SU3] Ben has from the super peer alone what Ada wrote while he was away, and it could read none of it',
  BOUND,
  async (t) => {
    const own = await portOn(t)
    const [data, inviteFolder] = await Promise.all([newFolder(t), newFolder(t)])
    const first = superPeerOn(t, data, '--port', '0', '--name', 'Cupboard')
    const address = await first.address()
    assert.equal(await first.end('SIGTERM'), 0)

    // Where Ada and Ben are linked with each other; the super peer is not there.
    const together: DoorMaker = () => meeting.network.door()
    const adaPeer = await meeting.peer({ store: new Disk(), doors: [doorTo(address), together, () => own.door] })
    const ada = must(await adaPeer.createRoom({ name: 'Rhododendron society', myName: 'Adalberta Quill' }))
    const benStore = new Disk()
    const relayLink = await relayLinkOf(ada)
    const benLink = must(await ada.createInvite({ role: 'writer' })).link ?? ''
    const readerLink = must(await ada.createInvite({ role: 'reader' })).link ?? ''
    const invites = join(inviteFolder, 'invites')
    await writeFile(invites, `# the garden\n${relayLink}\n`)
    const port = new URL(address).port
    const program = superPeerOn(
      t,
      data,
      '--port',
      port,
      '--name',
      'Cupboard',
      '--trackers',
      own.tracker,
      '--invite-file',
      invites,
    )
    await program.said('room', ({ state }) => state === 'member')
    await untilRelay(ada)
    // Ben comes in once while Ada is there, and is gone before she writes.
    let benPeer = await meeting.peer({ store: benStore, doors: [doorTo(address), together] })
    let ben = must(await benPeer.joinRoom({ link: benLink, myName: 'Benvolio Ash' }))
    await until([ben, ada], () => ben.status === 'member' && ben.can('chat'), 'Ben to be let in', PATIENCE_MS)
    await meeting.leave(benPeer)

    const words = 'the azaleas are under the third stone'
    must(await ada.chat.send(words))
    const note = must(await ada.createNote({ title: 'Watering rota' }))
    titleOf(note.doc).insert(0, 'Secret ')
    await note.settled()
    await untilHeld(ada)

    const secrets: Record<string, string | Uint8Array> = {
      words: 'the azaleas are under',
      'name of the room': 'Rhododendron society',
      'title of a note': 'Secret Watering',
      'name of Ada': 'Adalberta Quill',
      'name of Ben': 'Benvolio Ash',
    }
    const keys = [...ada.core.ring.epochs].map((epoch) => ada.core.ring.key(epoch))
    for (const [i, key] of keys.entries()) if (key) secrets[`key ${i}`] = key
    const needles = needlesOf(secrets)

    await t.test(
      '[SU3] neither its memory nor its folder holds the words, the names or a key',
      {
        skip: canReadMemory ? false : 'memory is read as Linux lets it be read',
      },
      async () => {
        assert.ok(keys.length > 0)
        for (const pid of [program.pid, ...(await childrenOf(program.pid))])
          assert.deepEqual([...(await inMemory(pid, needles))], [], `process ${pid}`)
        assert.deepEqual([...(await inFiles(data, needles))], [])
        // The same search finds them where they are.
        const script = new URL('reader-child.ts', import.meta.url).pathname
        const reader = spawn(
          process.execPath,
          ['--import', import.meta.resolve('tsx'), script, readerLink, own.address, '1'],
          {
            stdio: ['ignore', 'pipe', 'inherit'],
          },
        )
        t.after(() => reader.kill('SIGKILL'))
        const signal = AbortSignal.timeout(PATIENCE_MS)
        const [line] = (await once(createInterface(reader.stdout), 'line', { signal })) as [string]
        assert.match(line, /read/)
        const found = await inMemory(reader.pid ?? 0, needles)
        for (const name of ['words', 'name of the room', 'name of Ada']) assert.ok(found.has(name), name)
        assert.ok(
          [...found].some((name) => name.startsWith('key ')),
          'a key',
        )
        reader.kill('SIGKILL')
      },
    )

    await meeting.leave(adaPeer)
    benPeer = await meeting.peer({ store: benStore, doors: [doorTo(address)] })
    ben = benPeer.rooms[0] ?? assert.fail('Ben still has the room')
    await until(ben, () => texts(ben).includes(words), 'the message that Ada left', PATIENCE_MS)
    await until(ben, () => ben.notes.some(({ title }) => title === 'Secret Watering rota'), 'the note', PATIENCE_MS)
    assert.deepEqual(
      ben.connection.peers.map(({ kind }) => kind),
      ['ws'],
    )

    await t.test('[SU4] it says how it does, to this machine', async () => {
      const url = `http://localhost:${port}`
      const health = await fetch(`${url}/healthz`)
      assert.deepEqual([health.status, await health.text()], [200, 'ok\n'])
      const metrics = await (await fetch(`${url}/metrics`)).text()
      assert.match(metrics, /^parley_rooms\{state="member"\} 1$/m)
      assert.match(metrics, /^parley_links\{kind="ws"\} [12]$/m)
      assert.match(metrics, new RegExp(`^parley_entries_taken_total\\{room="${ada.id.slice(0, 8)}"\\} [1-9]`, 'm'))
      assert.match(metrics, /^parley_store_write_seconds_count [1-9]/m)
      const status = new Program(t, ['superpeer', 'status', '--data', data])
      assert.equal(await status.ended(), 0)
      assert.match(status.output, /, running\n/)
      assert.match(status.output, new RegExp(`^${ada.id.slice(0, 8)} +member +\\d `, 'm'))
      const proxied = await fetch(`${url}/status.json`, { headers: { 'x-forwarded-for': '192.0.2.7' } })
      assert.equal(proxied.status, 403)
    })

    await t.test('[SU5] its log holds no link, key, whole id or address, and it ends when it is asked to', async () => {
      assert.equal(await program.end('SIGTERM'), 0)
      assert.ok(program.lines.some(({ event }) => event === 'link-up'))
      assert.ok(program.lines.some(({ event }) => event === 'stopped'))
      const log = program.lines.filter(({ event }) => event !== 'listening' && event !== 'open')
      const text = log.map((line) => JSON.stringify(line)).join('\n')
      assert.doesNotMatch(text, /[A-Za-z0-9_-]{28,}|127\.0\.0\.1|::1/)
      for (const secret of Object.values(secrets)) if (typeof secret === 'string') assert.ok(!text.includes(secret))
    })

    await t.test('[ST6] a copy of its folder is a super peer like it', async () => {
      const copy = await newFolder(t)
      await cp(data, copy, { recursive: true })
      await rm(data, { recursive: true })
      const verified = new Program(t, ['superpeer', 'verify', '--data', copy])
      assert.equal(await verified.ended(), 0, verified.output)
      assert.match(verified.output, new RegExp(`^${ada.id.slice(0, 8)}: whole, `, 'm'))
      const status = new Program(t, ['superpeer', 'status', '--data', copy])
      assert.equal(await status.ended(), 0)
      assert.match(status.output, new RegExp(`^${ada.id.slice(0, 8)} +member .*\\d{4}-\\d\\d-\\d\\d`, 'm'))
      // No invite is given again.
      const restored = superPeerOn(t, copy, '--port', port)
      await restored.said('room', ({ state }) => state === 'member')
      await until(ben, () => ben.connection.peers.length === 1, 'Ben to be linked again', PATIENCE_MS)
      assert.equal(await restored.end('SIGTERM'), 0)
    })
    await meeting.leave(benPeer)
  },
)

test(
  `[SU6] ${ROUNDS} times killed while much is written, it starts again and has all that it acknowledged`,
  {
    timeout: 60_000 + ROUNDS * 60_000,
  },
  async (t) => {
    const random = seeded(SEED)
    const data = await newFolder(t)
    let program = superPeerOn(t, data, '--port', '0')
    const address = await program.address()
    const port = new URL(address).port
    const adaPeer = await meeting.peer({ store: new Disk(), doors: [doorTo(address)] })
    const ada = must(await adaPeer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const reply = await fetch(`http://localhost:${port}/superpeer/rooms`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ invite: await relayLinkOf(ada) }),
    })
    assert.equal(reply.status, 201)
    ada.connection.tryDoors()
    await untilRelay(ada)
    await untilHeld(ada)
    let written = 0
    for (let round = 0; round < ROUNDS; round++) {
      const place = `seed ${SEED}, round ${round}`
      const target = written + 20 + Math.floor(random() * 400)
      const acknowledged = new Map<FeedId, number>()
      const collect = (): void => {
        for (const [feed, length] of ownFeeds(ada)) {
          const known = ada.core.marks.lengthOf(feed)
          if (ada.core.isHeldByOthers(feed, length)) acknowledged.set(feed, length)
          else if (known > 0) acknowledged.set(feed, Math.max(known, acknowledged.get(feed) ?? 0))
        }
      }
      collect()
      const stop = ada.core.links.events.on('delivered', collect)
      while (written < target) {
        must(await ada.chat.send(`word ${written++} ${'x'.repeat(Math.floor(random() * 2_000))}`))
        await new Promise(setImmediate)
      }
      collect()
      await program.end('SIGKILL')
      stop()
      const opened = await LevelStore.open(join(data, 'store'))
      assert.ok(opened.ok, `${place}: it opens`)
      const [verdict] = await verifyStore(opened.value)
      await opened.value.close()
      assert.deepEqual(verdict?.damages, [], `${place}: what is there is whole`)
      for (const [feed, length] of acknowledged)
        assert.ok((verdict?.lengths.get(feed) ?? 0) >= length, `${place}: ${verdict?.lengths.get(feed)} of ${length}`)
      t.diagnostic(
        `${place}: ${written} written, ${Math.max(0, ...acknowledged.values())} acknowledged, ${verdict?.entries} there`,
      )
      // What is acknowledged before it is there is found out where the disk is slow.
      const slow: Readonly<Record<string, string>> = round % 2 === 0 ? { NODE_OPTIONS: `--import=${SLOW_DISK}` } : {}
      program = new Program(t, ['superpeer', '--data', data, '--log', 'json', '--port', port], slow)
      await program.said('room', ({ state }) => state === 'member')
      ada.connection.tryDoors()
      await untilHeld(ada)
    }
    assert.equal(await program.end('SIGTERM'), 0)
    const verified = new Program(t, ['superpeer', 'verify', '--data', data])
    assert.equal(await verified.ended(), 0, verified.output)
    await meeting.leave(adaPeer)
  },
)
