// A room whose members meet at an address and nowhere else, over real sockets.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { listenForLinks } from '../../src/super-peer/link-listener.ts'
import { createWsDoor } from '../../src/transport/ws-door.ts'
import { Meeting, must, texts, until } from '../peer/meeting.ts'

test('[WS10] a room is joined by the address of a member, and what is written goes both ways', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const listener = listenForLinks(server)
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/link`
  const meeting = new Meeting()
  t.after(async () => {
    await meeting.close()
    listener.close()
    server.close()
  })
  const bensPeer = await meeting.peer({
    doors: [() => createWsDoor({ addresses: [address], openSocket: (to) => new WebSocket(to) })],
  })
  const adasPeer = await meeting.peer({ doors: [() => listener.door] })
  const ada = must(await adasPeer.createRoom({ name: 'Book club', myName: 'Ada' }))
  const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
  const ben = must(await bensPeer.joinRoom({ link, myName: 'Ben' }))
  await until(ben, () => ben.status === 'member', 'Ben')
  must(await ada.chat.send('from Ada'))
  must(await ben.chat.send('from Ben'))
  for (const room of [ada, ben])
    await until(room, () => ['from Ada', 'from Ben'].every((text) => texts(room).includes(text)), 'both messages')
  assert.deepEqual(
    [ada, ben].map(({ connection }) => connection.peers.map(({ kind }) => kind)),
    [['ws'], ['ws']],
  )
})
