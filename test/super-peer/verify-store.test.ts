import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { FeedId } from '../../src/base/ids.ts'
import type { Room } from '../../src/peer/room.ts'
import { SESSIONS_PREFIX } from '../../src/peer/session.ts'
import { LevelStore } from '../../src/super-peer/level-store.ts'
import { readStatus, statusText } from '../../src/super-peer/status-report.ts'
import { SuperPeer } from '../../src/super-peer/super-peer.ts'
import { verifyFolder } from '../../src/super-peer/verify-report.ts'
import { mendStore, verifyStore } from '../../src/super-peer/verify-store.ts'
import { Meeting, must, until } from '../peer/meeting.ts'
import { newFolder } from './program.ts'

const MESSAGES = 12

interface Scene {
  readonly data: string
  readonly ada: Room
  /** Ada's messages. */
  readonly feed: FeedId
  /** Opens the super peer on its folder, in this process and linked with Ada. */
  readonly open: () => Promise<SuperPeer>
}

const entriesOf = (room: Room): number => {
  let count = 0
  for (const { length } of room.core.log?.heads.values() ?? []) count += length
  for (const host of room.core.documents.values()) for (const { length } of host.heads.values()) count += length
  return count
}

/** A super peer that has a room of Ada's, and is closed. */
async function scene(t: TestContext, lettersEach = 0): Promise<Scene> {
  const data = await newFolder(t)
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const adaPeer = await meeting.peer()
  const ada = must(await adaPeer.createRoom({ name: 'Garden', myName: 'Ada' }))
  const open = async (): Promise<SuperPeer> => {
    const door = meeting.network.door()
    return must(await SuperPeer.open({ folder: join(data, 'store'), name: 'Cupboard', door, notice: () => undefined }))
  }
  const superPeer = await open()
  const link = must(await ada.createInvite({ role: 'relay' })).link ?? ''
  const kept = must(await superPeer.keep(link))
  await until(kept, () => kept.status === 'member', 'the super peer to be let in')
  await until(ada, () => ada.members.some(({ person }) => person.name === 'Cupboard'), 'its name')
  for (let i = 0; i < MESSAGES; i++) {
    must(await ada.chat.send(`message ${i} ${'x'.repeat(lettersEach)}`))
    // So that they come in several blocks.
    if (i % 4 === 3) await until([ada, kept], () => entriesOf(kept) === entriesOf(ada), 'it to have everything')
  }
  await superPeer.close()
  const host = [...ada.core.documents.values()][0] ?? assert.fail('there is a chat')
  const feed = [...host.heads.keys()][0] ?? assert.fail('Ada has written')
  return { data, ada, feed, open }
}

async function withStore<T>(data: string, run: (store: LevelStore) => Promise<T>): Promise<T> {
  const store = must(await LevelStore.open(join(data, 'store')))
  const result = await run(store)
  await store.close()
  return result
}

test('[SU8] all that a super peer keeps is found whole, and counted', async (t) => {
  const { data, ada, feed } = await scene(t)
  const [verdict] = await withStore(data, verifyStore)
  assert.deepEqual(verdict?.damages, [])
  assert.equal(verdict.entries, entriesOf(ada))
  assert.equal(verdict.lengths.get(feed), MESSAGES)
  const report = must(await verifyFolder(data, false))
  assert.equal(report.isWhole, true)
  assert.match(report.lines.join('\n'), new RegExp(`^${ada.id.slice(0, 8)}: whole, ${verdict.entries} entries in `))
  const status = must(await readStatus(data))
  assert.equal(status.rooms[0]?.entries, entriesOf(ada))
  assert.ok((status.rooms[0]?.bytes ?? 0) > 500)
  assert.match(statusText(status, data), /not running\n.*\n\S{8} +member /)
})

for (const [what, kind] of [
  ['the messages of somebody', 'entry'],
  ['the log of somebody', 'log'],
] as const)
  test(`[SU8] ${what}: damage is found and cut, and is fetched anew`, async (t) => {
    const { data, ada, feed: messages, open } = await scene(t)
    const feed = kind === 'entry' ? messages : (ada.core.log?.ownLog ?? assert.fail('there is a log'))
    await withStore(data, async (store) => {
      const records = await store.range({ from: `${kind}/${ada.id}/${feed}/`, to: `${kind}/${ada.id}/${feed}/~` })
      const [key, value] = records[Math.floor(records.length / 2)] ?? assert.fail('there are blocks')
      assert.ok(value instanceof Uint8Array)
      // As somebody would who can write to the folder: the checksum is right, the content is not Ada's.
      const forged = value.slice()
      const at = forged.length - 80
      forged[at] = (forged[at] ?? 0) ^ 1
      await store.write([{ kind: 'put', key, value: forged }])
    })
    const found = must(await verifyFolder(data, false))
    assert.equal(found.isWhole, false)
    assert.match(found.lines.join('\n'), /not whole[\s\S]*damaged from number \d+ on \(forged\)/)
    const mended = must(await verifyFolder(data, true))
    assert.equal(mended.isWhole, false)
    assert.match(mended.lines.join('\n'), /what is left is whole/)
    const superPeer = await open()
    const room = superPeer.rooms[0] ?? assert.fail('the room is there')
    await until([ada, room], () => entriesOf(room) === entriesOf(ada), 'everything to be there again')
    await superPeer.close()
    assert.equal(must(await verifyFolder(data, false)).isWhole, true)
  })

test('[SU8] a gap is found, and nothing behind it counts', async (t) => {
  const { data, ada, feed } = await scene(t)
  await withStore(data, async (store) => {
    const records = await store.range({ from: `entry/${ada.id}/${feed}/`, to: `entry/${ada.id}/${feed}/~` })
    await store.write([{ kind: 'delete', key: records[0]?.[0] ?? '' }])
    const [verdict] = await verifyStore(store)
    assert.deepEqual(
      verdict?.damages.map(({ reason, kind }) => [reason, kind]),
      [['gap', 'entry']],
    )
    assert.equal(verdict.damages[0]?.from, 0)
    assert.equal(verdict.lengths.get(feed), undefined)
    assert.equal(await mendStore(store, [verdict]), 1)
    assert.deepEqual((await verifyStore(store))[0]?.damages, [])
  })
})

test('[SU8] [ST4] a super peer whose files rot starts, says so, and has everything again', async (t) => {
  const { data, ada, open } = await scene(t, 3_000)
  const folder = join(data, 'store')
  await withStore(data, (store) => store.compact())
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.ldb')) continue
    const bytes = await readFile(join(folder, name))
    // Entries come first, and are most of it: what only this folder has is not hit.
    const from = Math.floor(bytes.length / 3)
    for (let i = from; i < from + 500; i++) bytes[i] = (bytes[i] ?? 0) ^ 0xff
    await writeFile(join(folder, name), bytes)
  }
  const verified = must(await verifyFolder(data, false))
  assert.equal(verified.isWhole, false)
  const superPeer = await open()
  const room = superPeer.rooms[0] ?? assert.fail('the room is there')
  await until([ada, room], () => entriesOf(room) >= entriesOf(ada), 'everything to be there again')
  await superPeer.close()
})

for (const [what, look] of [
  ['verify', (data: string) => verifyFolder(data, true)],
  ['status', (data: string) => readStatus(data)],
] as const)
  test(`[SU8] after ${what} has mended a folder no session is gone on with, and all is counted anew`, async (t) => {
    const { data } = await scene(t)
    const sessionsOf = (store: LevelStore) => store.range({ from: SESSIONS_PREFIX, to: `${SESSIONS_PREFIX}~` })
    const former = (await withStore(data, sessionsOf)).map(([, session]) => session)
    assert.ok(former.length > 0)
    const folder = join(data, 'store')
    for (const name of await readdir(folder)) if (name.startsWith('MANIFEST')) await writeFile(join(folder, name), '')
    assert.ok((await look(data)).ok)
    const left = await withStore(data, sessionsOf)
    assert.ok(left.every(([, session]) => !former.includes(session)))
    assert.equal(await withStore(data, (store) => store.get('quota-open')), true)
  })

test('what is not there is said in a sentence', async (t) => {
  const data = await newFolder(t)
  for (const result of [await readStatus(join(data, 'none')), await verifyFolder(join(data, 'none'), false)]) {
    assert.ok(!result.ok)
    assert.match(result.detail ?? '', /^There is nothing in /)
  }
})
