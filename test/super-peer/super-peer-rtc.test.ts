// A super peer that listens nowhere: met at a tracker, and linked over WebRTC.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { nodeEnvironment } from '../../src/super-peer/node-environment.ts'
import { attachTracker } from '../../src/super-peer/tracker.ts'
import { Meeting, must, until } from '../peer/meeting.ts'
import { newFolder, superPeerOn } from './program.ts'

const PATIENCE_MS = 90_000

test(
  '[SU2] a super peer without a port is met at a tracker, and acknowledges over WebRTC',
  { timeout: 180_000 },
  async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const tracker = attachTracker(server)
    const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/tracker`
    const node = nodeEnvironment({ trackers: [address], notice: () => undefined })
    const meeting = new Meeting()
    t.after(async () => {
      await meeting.close()
      await node.close()
      tracker.close()
      server.close()
    })
    const peer = await meeting.peer({ environment: node.environment, doors: node.doors })
    const ada = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
    const { link = '' } = must(await ada.createInvite({ role: 'relay' }))
    const data = await newFolder(t)
    const program = superPeerOn(t, data, '--no-listen', '--trackers', address, '--invite', link, '--name', 'Cupboard')
    await until(ada, () => ada.members.some(({ person }) => person.name === 'Cupboard'), 'the super peer', PATIENCE_MS)
    must(await ada.chat.send('met at the tracker'))
    await until(ada, () => ada.chat.messages.every(({ state }) => state === 'sent'), 'its word', PATIENCE_MS)
    assert.deepEqual(
      ada.connection.peers.map(({ kind, person }) => [kind, person.name]),
      [['rtc', 'Cupboard']],
    )
    assert.equal(await program.end('SIGTERM'), 0)
    await until(ada, () => ada.connection.peers.length === 0, 'its goodbye', PATIENCE_MS)
  },
)
