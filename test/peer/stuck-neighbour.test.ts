import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { Meeting, must, texts, until } from './meeting.ts'

const MESSAGES = 200
const TEXT = 'what somebody writes at length, '.repeat(60)

test('[LN4] a neighbour whose network takes nothing any more holds up nobody else', async () => {
  const meeting = new Meeting()
  const carols = new MemoryNetwork()
  const pump = setInterval(() => carols.flush(), 1)
  try {
    const alice = await meeting.peer({ doors: [() => meeting.network.door(), () => carols.door()] })
    const hers = must(await alice.createRoom({ name: 'Choir', myName: 'Alice' }))
    const { link = '' } = must(await hers.createInvite({ role: 'writer' }))
    const bobs = must(await (await meeting.peer()).joinRoom({ link, myName: 'Bob' }))
    const carol = await meeting.peer({ doors: [() => carols.door()] })
    const carolsRoom = must(await carol.joinRoom({ link, myName: 'Carol' }))
    for (const room of [bobs, carolsRoom]) await until(room, () => room.status === 'member', 'membership')
    await until(hers, () => hers.connection.peers.length === 2, 'both')
    clearInterval(pump)
    for (let i = 0; i < MESSAGES; i++) must(await hers.chat.send(`${i} ${TEXT}`))
    await until(bobs, () => texts(bobs).length === MESSAGES, 'all that Alice wrote')
    must(await bobs.chat.send('And I read it.'))
    await until(hers, () => texts(hers).length === MESSAGES + 1, "Bob's answer")
    assert.equal(texts(carolsRoom).length, 0)
    assert.ok(carols.framesInFlight < 2_000, String(carols.framesInFlight))
  } finally {
    clearInterval(pump)
    await meeting.close()
  }
})
