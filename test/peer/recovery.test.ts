import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'
import { Peer } from '../../src/peer/peer.ts'

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})
afterEach(async () => {
  await meeting.close()
})

test('[DV11] the words bring a person back, and a link leads back into the room without anybody’s consent', async () => {
  const alice = await meeting.peer()
  const room = must(await alice.createRoom({ name: 'Garden', myName: 'Alice' }))
  const bob = await meeting.peer()
  const { link } = must(await room.createInvite({ role: 'writer', usesMax: 1 }))
  assert.ok(link !== undefined)
  const his = must(await bob.joinRoom({ link, myName: 'Bob' }))
  await until(his, () => his.status === 'member', 'Bob to be let in')
  must(await room.chat.send('before'))
  await until(his, () => texts(his).includes('before'), 'the first message')
  const words = await alice.recoveryPhrase()
  assert.ok(words !== undefined)
  // Alice’s only device is gone. Bob, a writer, still has the link, whose one use he took himself.
  await meeting.leave(alice)
  const grants = his.members.length
  const again = await meeting.peer()
  let told = 0
  again.on('me', () => told++)
  must(await again.recover(`  ${words.toUpperCase()} `))
  assert.equal(told, 1)
  assert.equal(again.me.id, alice.me.id)
  assert.equal(again.devices.holdsPhrase, true)
  const back = must(await again.joinRoom({ link, myName: 'Alice' }))
  await until(back, () => back.status === 'member', 'the way back in')
  assert.equal(back.me?.role, 'admin')
  await until(back, () => texts(back).includes('before'), 'what was written before')
  must(await back.chat.send('after'))
  await until(his, () => texts(his).includes('after'), 'the next message')
  assert.equal(his.members.length, grants)
  assert.equal(his.chat.messages.at(-1)?.author.id, alice.me.id)
})

test('what is not a phrase changes nothing, and says why', async () => {
  const alice = await meeting.peer()
  const { id } = alice.me
  // The phrase of 256 zero bits ends in “art”; BIP 39 lists it.
  const words = [...Array.from({ length: 23 }, () => 'abandon'), 'art']
  const cases: readonly (readonly [phrase: string, reason: string])[] = [
    ['', 'word-count'],
    [words.slice(1).join(' '), 'word-count'],
    [words.with(3, 'parley').join(' '), 'unknown-word'],
    [words.with(23, 'abandon').join(' '), 'checksum'],
  ]
  for (const [phrase, reason] of cases) {
    const result = await alice.recover(phrase)
    assert.equal(result.ok ? '' : result.reason, reason)
  }
  assert.equal(alice.me.id, id)
})

test('[DV11] a device with rooms stays whose it is', async () => {
  const alice = await meeting.peer()
  must(await alice.createRoom({ name: 'Garden', myName: 'Alice' }))
  const words = await (await meeting.peer()).recoveryPhrase()
  assert.deepEqual(await alice.recover(words ?? ''), { ok: false, reason: 'in-use' })
})

test('who was recovered is still that person after a reload', async () => {
  const alice = await meeting.peer()
  const words = await alice.recoveryPhrase()
  const store = new MemoryStore()
  const tab = await meeting.peer({ store })
  must(await tab.recover(words ?? ''))
  const environment = device()
  const reloaded = await Peer.open({ store, environment, doors: [] })
  assert.equal(reloaded.me.id, alice.me.id)
  assert.equal(reloaded.devices.list.length, 1)
  assert.deepEqual(reloaded.devices.list[0]?.id, tab.devices.list[0]?.id)
})

test('another tab that was open meanwhile founds rooms as the person who was recovered', async () => {
  const words = await (await meeting.peer()).recoveryPhrase()
  const store = new MemoryStore()
  const environment = device()
  const tab = await meeting.peer({ store, environment })
  const other = await meeting.peer({ store, environment })
  must(await tab.recover(words ?? ''))
  assert.notEqual(other.me.id, tab.me.id)
  const room = must(await other.createRoom({ name: 'Garden', myName: 'Alice' }))
  assert.equal(other.me.id, tab.me.id)
  assert.equal(room.core.me, tab.me.id)
})
