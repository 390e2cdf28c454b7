import assert from 'node:assert/strict'
import { request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { openHttpHost } from '../../src/super-peer/http-host.ts'
import { SuperPeerPages, type PagesOptions } from '../../src/super-peer/super-peer-pages.ts'
import { SuperPeer, type SuperPeerOptions } from '../../src/super-peer/super-peer.ts'
import { isFromHere } from '../../src/super-peer/local-request.ts'
import { Meeting, must } from '../peer/meeting.ts'
import { newFolder } from './program.ts'

interface Reply {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly text: string
  readonly json: () => { readonly reason?: string; readonly sentence?: string; readonly state?: string }
}

interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

type Ask = (path: string, asking?: Asking) => Promise<Reply>

async function pagesOn(t: TestContext, options: Partial<PagesOptions> = {}): Promise<Ask> {
  const pages = new SuperPeerPages({
    superPeer: () => undefined,
    problem: () => undefined,
    metrics: () => Promise.resolve('parley_rooms 1'),
    status: () => Promise.resolve({ rooms: [] }),
    statusKey: 'a key',
    keepRooms: 'local',
    showsMetrics: 'local',
    nowMs: () => 0,
    ...options,
  })
  const host = await openHttpHost({ port: 0, host: '127.0.0.1', responders: () => [pages.answer] })
  t.after(() => host.close(() => undefined))
  return async (path, { method = 'GET', headers = {}, body } = {}) => {
    const host1 = { host: `127.0.0.1:${host.port}`, ...headers }
    const asked = request({ hostname: '127.0.0.1', port: host.port, path, method, headers: host1, agent: false })
    asked.end(body)
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    const parts: Buffer[] = []
    for await (const part of response as AsyncIterable<Buffer>) parts.push(part)
    const text = Buffer.concat(parts).toString()
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      json: () => JSON.parse(text) as ReturnType<Reply['json']>,
    }
  }
}

const JSON_TYPE = { 'content-type': 'application/json' }
const keep = (ask: Ask, invite: unknown, headers: Readonly<Record<string, string>> = JSON_TYPE): Promise<Reply> =>
  ask('/superpeer/rooms', { method: 'POST', headers, body: JSON.stringify({ invite }) })

async function superPeerAndRoom(t: TestContext, options: Pick<SuperPeerOptions, 'roomsMax' | 'environment'> = {}) {
  const folder = await newFolder(t)
  const superPeer = must(await SuperPeer.open({ folder, name: 'Cupboard', notice: () => undefined, ...options }))
  const meeting = new Meeting()
  t.after(async () => {
    await meeting.close()
    await superPeer.close()
  })
  const adaPeer = await meeting.peer()
  const linkTo = async (name: string, role: 'relay' | 'writer'): Promise<string> => {
    const room = must(await adaPeer.createRoom({ name, myName: 'Ada' }))
    return must(await room.createInvite({ role })).link ?? ''
  }
  return { superPeer, linkTo }
}

test('[SU4] everybody may ask whether it works, and is told why not', async (t) => {
  let problem: string | undefined
  const ask = await pagesOn(t, { problem: () => problem })
  const proxied = { 'x-forwarded-for': '192.0.2.1' }
  assert.equal((await ask('/healthz', { headers: proxied })).status, 200)
  problem = 'The disk is full.'
  const { status, text } = await ask('/healthz')
  assert.deepEqual([status, text], [503, 'The disk is full.\n'])
})

test('[SU4] figures are for whoever asks from here', async (t) => {
  const ask = await pagesOn(t)
  const { status, headers } = await ask('/metrics')
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal((await ask('/status.json')).status, 200)
  const others: readonly Readonly<Record<string, string>>[] = [
    { 'x-forwarded-for': '192.0.2.1' },
    { forwarded: 'for=192.0.2.1' },
    { host: 'evil.example:8788' },
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const foreign of others)
    for (const path of ['/metrics', '/status.json'])
      assert.equal((await ask(path, { headers: foreign })).status, 403, `${path} ${JSON.stringify(foreign)}`)
  const withKey = (key: string): Asking => ({
    headers: { 'x-forwarded-for': '192.0.2.1', authorization: `Bearer ${key}` },
  })
  assert.equal((await ask('/status.json', withKey('a key'))).status, 200)
  assert.equal((await ask('/status.json', withKey('a kez'))).status, 403)
  assert.equal((await ask('/metrics', withKey('a key'))).status, 403)
  const open = await pagesOn(t, { showsMetrics: 'anyone' })
  assert.equal((await open('/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status, 200)
  assert.equal((await open('/status.json', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status, 403)
})

test('[SU7] a room is taken up for whoever asks from here', async (t) => {
  const { superPeer, linkTo } = await superPeerAndRoom(t)
  const ask = await pagesOn(t, { superPeer: () => superPeer })
  const link = await linkTo('Garden', 'relay')
  const taken = await keep(ask, link)
  assert.deepEqual([taken.status, taken.json().state], [201, 'joining'])
  assert.equal(taken.headers['access-control-allow-origin'], undefined)
  assert.equal((await keep(ask, link)).status, 200)
  assert.equal(superPeer.rooms.length, 1)
  const wrong: readonly (readonly [unknown, number, string])[] = [
    [await linkTo('Diary', 'writer'), 422, 'not-a-relay'],
    [link.slice(0, -3), 400, 'damaged'],
    ['nonsense', 400, 'not-an-invite'],
    [7, 400, 'malformed'],
  ]
  for (const [invite, status, reason] of wrong) {
    const refused = await keep(ask, invite)
    assert.deepEqual([refused.status, refused.json().reason], [status, reason])
    assert.match(refused.json().sentence ?? '', /^[A-Z].*\.$/)
  }
  assert.equal(superPeer.rooms.length, 1)
})

test('[SU7] no page of another origin and nobody from elsewhere has a room kept', async (t) => {
  const { superPeer, linkTo } = await superPeerAndRoom(t)
  const ask = await pagesOn(t, { superPeer: () => superPeer })
  const link = await linkTo('Garden', 'relay')
  const others: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{}, 415],
    [{ ...JSON_TYPE, origin: 'https://evil.example' }, 403],
    [{ ...JSON_TYPE, host: 'evil.example' }, 403],
    [{ ...JSON_TYPE, 'x-forwarded-for': '192.0.2.1' }, 403],
  ]
  for (const [headers, status] of others) assert.equal((await keep(ask, link, headers)).status, status)
  const preflight = await ask('/superpeer/rooms', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })
  assert.equal(preflight.status, 405)
  assert.equal(preflight.headers['access-control-allow-origin'], undefined)
  assert.equal(superPeer.rooms.length, 0)
  const open = await pagesOn(t, { superPeer: () => superPeer, keepRooms: 'anyone' })
  const foreignPage = { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }
  assert.equal((await keep(open, link, foreignPage)).status, 403)
  assert.equal((await keep(open, link, { ...JSON_TYPE, 'x-forwarded-for': '192.0.2.1' })).status, 201)
})

test('[SU7] rooms are bounded, and so is how often one may ask and how much one may say', async (t) => {
  const { superPeer, linkTo } = await superPeerAndRoom(t, { roomsMax: 1 })
  const ask = await pagesOn(t, { superPeer: () => superPeer })
  assert.equal((await keep(ask, await linkTo('Garden', 'relay'))).status, 201)
  assert.deepEqual((await keep(ask, await linkTo('Attic', 'relay'))).json().reason, 'full')
  assert.equal((await keep(ask, 'x'.repeat(10_000))).status, 413)
  const statuses: (number | undefined)[] = []
  for (let i = 0; i < 10; i++) statuses.push((await keep(ask, 'nonsense')).status)
  assert.ok(statuses.includes(429))
})

test('[SU32] rooms of strangers that do not let it in have few places, and shut out nobody for long', async (t) => {
  let laterMs = 0
  const environment = { now: () => Date.now() + laterMs }
  const { superPeer, linkTo } = await superPeerAndRoom(t, { roomsMax: 20, environment })
  const ask = await pagesOn(t, { superPeer: () => superPeer, keepRooms: 'anyone', nowMs: () => laterMs })
  const stranger = { ...JSON_TYPE, 'x-forwarded-for': '192.0.2.1' }
  const links = await Promise.all(['Bait', 'Decoy', 'Lure'].map((name) => linkTo(name, 'relay')))
  const flood = await Promise.all(links.map((link) => keep(ask, link, stranger)))
  assert.deepEqual(
    flood.map(({ status }) => status),
    [201, 201, 429],
  )
  const refused = flood.find(({ status }) => status === 429)
  assert.equal(refused?.json().reason, 'crowded')
  assert.match(refused?.json().sentence ?? '', /^[A-Z].*\.$/)
  assert.equal(superPeer.rooms.length, 2)
  const [again = ''] = links
  assert.equal((await keep(ask, again, stranger)).status, 200, 'one that waits is simply kept on')
  assert.equal((await keep(ask, await linkTo('Garden', 'relay'))).status, 201, 'whoever runs it is not held up')
  assert.equal(superPeer.rooms.length, 3)
  laterMs = 10 * 60_000
  const before = superPeer.rooms.map(({ id }) => id)
  assert.equal((await keep(ask, await linkTo('Attic', 'relay'), stranger)).status, 201)
  const left = superPeer.rooms.map(({ id }) => id)
  assert.equal(left.length, 3)
  assert.equal(before.filter((id) => !left.includes(id)).length, 1, 'the one that waited longest made place')
})

test('[SU4] an address of the machine that is not the loopback is not from here, as port forwarders give it to everybody', () => {
  const from = (address: string): boolean => {
    const socket = { remoteAddress: address, localAddress: address }
    return isFromHere({ socket, headers: { host: '192.0.2.7:8788' } } as unknown as IncomingMessage)
  }
  assert.equal(from('192.0.2.7'), false)
  assert.equal(from('127.0.0.1'), true)
})
