import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { wsDoor } from '../../src/peer/doors.ts'
import { parseCommandLine } from '../../src/super-peer/command-line.ts'
import { Journal } from '../../src/super-peer/journal.ts'
import { LevelStore } from '../../src/super-peer/level-store.ts'
import { StoreError } from '../../src/storage/store.ts'
import { startHost, type StartedHost } from '../../src/super-peer/start-program.ts'
import { Meeting, must, until } from '../peer/meeting.ts'
import { newFolder } from './program.ts'

/** What `npm start` is once the app is built. */
const start = (t: TestContext, data: string, ...args: readonly string[]): Promise<StartedHost> =>
  startWith(t, { data, write: () => undefined }, ...args)

async function startWith(
  t: TestContext,
  { data, write }: { readonly data: string; readonly write: (line: string) => void },
  ...args: readonly string[]
): Promise<StartedHost> {
  const root = await newFolder(t)
  await writeFile(join(root, 'index.html'), '<!doctype html><title>Parley</title>')
  const { configuration } = must(parseCommandLine(['--port', '0', '--data', data, ...args], {}))
  const journal = new Journal({ form: 'json', showsAddresses: false, write, nowMs: () => 0 })
  const started = must(await startHost({ root, configuration, places: [], journal }))
  t.after(() => started.close())
  return started
}

const settingsOf = async ({ url }: StartedHost): Promise<{ readonly superPeer?: unknown }> =>
  (await (await fetch(`${url}/settings.json`)).json()) as { readonly superPeer?: unknown }

const isServed = async ({ url }: StartedHost): Promise<boolean> => (await (await fetch(url)).text()).includes('Parley')

test('[SU9] the host of the app keeps rooms for its pages, and tells them so', async (t) => {
  const host = await start(t, await newFolder(t), '--name', 'Cupboard')
  assert.equal(host.problem, undefined)
  assert.deepEqual((await settingsOf(host)).superPeer, { name: 'Cupboard', address: '/link' })
  assert.ok(await isServed(host))
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const address = `${host.url.replace('http', 'ws')}/link`
  const door = wsDoor({ addresses: () => Promise.resolve([address]), openSocket: (to) => new WebSocket(to) })
  const peer = await meeting.peer({ doors: [door] })
  const ada = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
  const { link } = must(await ada.createInvite({ role: 'relay', usesMax: 1, approval: 'auto' }))
  const reply = await fetch(`${host.url}/superpeer/rooms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: host.url },
    body: JSON.stringify({ invite: link }),
  })
  assert.equal(reply.status, 201)
  ada.connection.tryDoors()
  const isThere = (): boolean => ada.members.some(({ role, person }) => role === 'relay' && person.name === 'Cupboard')
  await until(ada, isThere, 'the super peer')
  assert.match(await (await fetch(`${host.url}/metrics`)).text(), /^parley_rooms\{state="member"\} 1$/m)
})

test('[SU9] it goes on without a super peer where the folder cannot be had, and says so', async (t) => {
  const data = await newFolder(t)
  await start(t, data)
  const second = await start(t, data)
  assert.match(
    second.problem ?? '',
    /^Another program has the folder .* open: .*\. Parley goes on without a super peer\.$/,
  )
  assert.equal((await settingsOf(second)).superPeer, undefined)
  assert.ok(await isServed(second))
  assert.equal((await fetch(`${second.url}/healthz`)).status, 200)
})

test('[SU9] it goes on where reading the folder fails, and says so here and in the log', async (t) => {
  const data = await newFolder(t)
  const { range } = LevelStore.prototype
  t.mock.method(LevelStore.prototype, 'range', function (this: LevelStore, query: Parameters<typeof range>[0]) {
    if (query.from.startsWith('rooms')) return Promise.reject(new StoreError('failed'))
    return Reflect.apply(range, this, [query])
  })
  const written: string[] = []
  const host = await startWith(t, { data, write: (line) => written.push(line) })
  assert.match(host.problem ?? '', /^The super peer could not be opened: .* Parley goes on without a super peer\.$/)
  assert.match(written.join('\n'), /"event":"not-opened"/)
  assert.ok(await isServed(host))
})

test('it is host and tracker only where that is wanted', async (t) => {
  const host = await start(t, await newFolder(t), '--no-superpeer')
  assert.equal(host.problem, undefined)
  assert.equal((await settingsOf(host)).superPeer, undefined)
  assert.equal((await fetch(`${host.url}/metrics`)).status, 404)
})
