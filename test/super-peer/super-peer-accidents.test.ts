// What goes wrong when somebody runs a super peer: one sentence each.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { wsDoor } from '../../src/peer/doors.ts'
import { Meeting, must, until } from '../peer/meeting.ts'
import { newFolder, Program, superPeerOn } from './program.ts'

const BOUND = { timeout: 120_000 }

const sentencesOf = ({ output }: Program): readonly string[] =>
  output.split('\n').filter((line) => line !== '' && !line.startsWith('{'))

async function linkInRole(t: TestContext, role: 'relay' | 'writer'): Promise<string> {
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const room = must(await (await meeting.peer()).createRoom({ name: 'Garden', myName: 'Ada' }))
  return must(await room.createInvite({ role })).link ?? ''
}

test('[ST5] a folder that another program has is said in a sentence', BOUND, async (t) => {
  const data = await newFolder(t)
  const first = superPeerOn(t, data, '--port', '0')
  await first.address()
  const second = superPeerOn(t, data, '--port', '0')
  assert.equal(await second.ended(), 1)
  assert.deepEqual(sentencesOf(second), [
    `Another program has the folder ${data} open: stop it, or give this one a folder of its own with --data.`,
  ])
  assert.equal(await first.end('SIGINT'), 0)
})

test('a port that is taken is said in a sentence', BOUND, async (t) => {
  const other = createServer().listen(0, 'localhost')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const program = superPeerOn(t, await newFolder(t), '--port', String(port))
  assert.equal(await program.ended(), 1)
  assert.match(sentencesOf(program).join('\n'), /^Port \d+ is already in use: .*\.$/)
})

test('[SU2] a link by which it could read is refused, with what to do', BOUND, async (t) => {
  const data = await newFolder(t)
  const program = superPeerOn(t, data, '--no-listen', '--invite', await linkInRole(t, 'writer'))
  assert.equal(await program.ended(), 1)
  assert.match(sentencesOf(program).join('\n'), /^The link lets its holder read the room, .* in the role relay, .*\.$/)
  const status = new Program(t, ['superpeer', 'status', '--data', data])
  assert.equal(await status.ended(), 0)
  assert.match(status.output, /No room is kept yet\./)
})

test('[SU5] one that listens nowhere cannot be asked, and a second signal ends it at once', BOUND, async (t) => {
  const data = await newFolder(t)
  const program = superPeerOn(t, data, '--no-listen', '--invite', await linkInRole(t, 'relay'))
  await program.said('room')
  const status = new Program(t, ['superpeer', 'status', '--data', data])
  assert.equal(await status.ended(), 1)
  assert.match(status.output, /^A program has the folder .* open, and listens nowhere, so it cannot be asked\.$/m)
  const ended = program.ended()
  program.child.kill('SIGTERM')
  program.child.kill('SIGINT')
  // The system hands them over in an order of its own.
  assert.ok([128 + 2, 128 + 15].includes((await ended) ?? 0))
})

test(
  '[ST3] [SU4] a full disk is told while it goes on, and nothing is lost when there is room again',
  {
    ...BOUND,
    skip: process.platform === 'linux' ? false : 'limits of file sizes are set as Linux does',
  },
  async (t) => {
    const data = await newFolder(t)
    const program = superPeerOn(t, data, '--port', '0')
    const address = await program.address()
    const meeting = new Meeting()
    t.after(() => meeting.close())
    const door = wsDoor({ addresses: () => Promise.resolve([address]), openSocket: (to) => new WebSocket(to) })
    const peer = await meeting.peer({ doors: [door] })
    const ada = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const { link } = must(await ada.createInvite({ role: 'relay' }))
    const url = address.replace('ws:', 'http:').replace('/link', '')
    const body = JSON.stringify({ invite: link })
    const headers = { 'content-type': 'application/json' }
    assert.equal((await fetch(`${url}/superpeer/rooms`, { method: 'POST', headers, body })).status, 201)
    ada.connection.tryDoors()
    await until(ada, () => ada.members.some(({ role, online }) => role === 'relay' && online), 'the super peer')
    const limit = (bytes: string): void => {
      // The soft limit makes writes fail as a full disk does, and can be lifted again.
      execFileSync('prlimit', [`--pid=${program.pid}`, `--fsize=${bytes}:unlimited`])
    }
    limit('100000')
    for (let i = 0; i < 60; i++) must(await ada.chat.send(`${i} ${'x'.repeat(3_000)}`))
    const first = await program.said('store-problem', ({ detail }) => String(detail).startsWith('The disk is full: '))
    const sick = await fetch(`${url}/healthz`)
    assert.equal(sick.status, 503)
    const told = await sick.text()
    assert.match(told, /^The disk is full: /)
    assert.ok(!told.includes(data), 'everybody may read it, so it names no folder')
    const isHeld = (): boolean => ada.chat.messages.every(({ state }) => state === 'sent')
    assert.equal(isHeld(), false)
    limit('unlimited')
    await program.said('store-goes-on')
    await until(ada, isHeld, 'all to be acknowledged', 60_000)
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    // Full again, it ends in good time all the same.
    limit('100000')
    for (let i = 0; i < 10; i++) must(await ada.chat.send(`${i} ${'y'.repeat(3_000)}`))
    await program.said('store-problem', (line) => line !== first)
    const farewell = new Promise<string | undefined>((resolve) => {
      ada.core.links.events.on('down', (ended) => {
        resolve(ended.link.closeReason)
      })
    })
    assert.equal(await program.end('SIGTERM'), 0)
    assert.equal(await farewell, 'closed-by-peer')
    assert.ok(
      program.lines.some(({ event }) => event === 'stopped'),
      'it ended in good order',
    )
    const verified = new Program(t, ['superpeer', 'verify', '--data', data])
    assert.equal(await verified.ended(), 0, verified.output)
  },
)
