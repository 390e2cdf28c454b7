import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { Disk } from './disk.ts'
import { must, next, until } from './meeting.ts'
import { addDevice, bobIn, founded, linkTo, meeting, meetForEachTest, revoke, say, withLaptop } from './device-scene.ts'

meetForEachTest()

const namesAt = (room: Room): readonly string[] => room.members.map(({ person }) => person.name).toSorted()

const knows = (room: Room, name: string): Promise<void> =>
  until(room, () => namesAt(room).includes(name), `the name ${name}`)

/** How often a name was written in the room, by all of this person's devices. */
const namingsOf = ({ core: { log, me } }: Room): number =>
  [...(log?.access.operations() ?? [])].filter(
    ({ operation, log: { person } }) => person === me && operation?.body.kind === 'profile',
  ).length

/** Comes by a link, and can't seal names until it is let; says how often that was tried. */
async function silenced(peer: Peer, link: string): Promise<{ room: Room; tries: () => number; allow: () => void }> {
  const room = must(await peer.joinRoom({ link, myName: 'Bob' }))
  const { ring } = room.core
  const seal = ring.seal.bind(ring)
  let tries = 0
  ring.seal = (purpose, text) => {
    if (purpose !== 'profile') return seal(purpose, text)
    tries++
    return undefined
  }
  const allow = (): void => {
    ring.seal = seal
  }
  return { room, tries: () => tries, allow }
}

/** Something happens in the room that reaches this device. */
async function stir(room: Room, reaches: Room): Promise<void> {
  const count = reaches.notes.length
  must(await room.createNote({ title: 'Plan' }))
  await until(reaches, () => reaches.notes.length > count, 'the note')
  await reaches.core.refresh()
}

describe('the name of somebody', () => {
  test('who can’t seal it yet when they are let in is told as soon as they can', async () => {
    const { room } = await founded()
    const { room: his, tries, allow } = await silenced(await meeting.peer(), await linkTo(room))
    await until(his, () => his.status === 'member' && tries() > 0, 'Bob')
    allow()
    await stir(room, his)
    await knows(room, 'Bob')
    assert.equal(namingsOf(his), 1)
  })

  test('is not tried again while nothing comes that could help', async () => {
    const { room } = await founded()
    const { room: his, tries, allow } = await silenced(await meeting.peer(), await linkTo(room))
    await until(his, () => his.status === 'member' && tries() > 0, 'Bob')
    await stir(room, his)
    await his.core.keeper.settled()
    const before = tries()
    for (let i = 0; i < 10; i++) {
      const refreshed = next(his.core.events, 'changed', () => true, 'the refresh')
      void his.core.refresh()
      await refreshed
    }
    assert.equal(tries(), before)
    // Who gives their name anew need not wait.
    allow()
    must(await his.setMyName('Robert'))
    await knows(room, 'Robert')
    assert.equal(namingsOf(his), 1)
  })

  test('is told once, whatever happens in the room', async () => {
    const { room } = await founded()
    const { his } = await bobIn(room)
    await knows(room, 'Bob')
    for (const text of ['one', 'two', 'three']) await say(room, text)
    await stir(room, his)
    await stir(his, room)
    assert.equal(namingsOf(his), 1)
    assert.equal(namingsOf(room), 1)
    must(await his.setMyName('Bob'))
    assert.equal(namingsOf(his), 1, 'it is the same')
    await Promise.all([his.setMyName('Rob'), his.setMyName('Robert')])
    await knows(room, 'Robert')
    assert.deepEqual(namesAt(his), ['Alice', 'Robert'])
  })

  test('[K5] is known to those who come after the key has changed', async () => {
    const { room } = await founded()
    const { his } = await bobIn(room)
    const dora = must(await (await meeting.peer()).joinRoom({ link: await linkTo(room), myName: 'Dora' }))
    await knows(room, 'Bob')
    await knows(room, 'Dora')
    const former = room.core.ring.writing
    must(await room.access.apply({ type: 'remove', person: dora.core.me, keep: 'all' }))
    await say(room, 'among us')
    assert.notEqual(room.core.ring.writing, former)
    const carol = must(await (await meeting.peer()).joinRoom({ link: await linkTo(room), myName: 'Carol' }))
    for (const name of ['Alice', 'Bob']) await knows(carol, name)
    for (const each of [room, his]) await knows(each, 'Carol')
    assert.equal(namingsOf(his), 1)
  })

  test('is known again when they are let in again after a removal that kept nothing', async () => {
    const { room } = await founded()
    const { his } = await bobIn(room)
    const bob = his.core.me
    await knows(room, 'Bob')
    must(await room.access.apply({ type: 'remove', person: bob, keep: 'nothing' }))
    await until(his, () => his.status === 'removed', 'the removal')
    must(await room.access.apply({ type: 'readmit', person: bob, role: 'writer' }))
    await until(his, () => his.status === 'member', 'the way back')
    await knows(room, 'Bob')
  })

  test('is the new one where they come back under another', async () => {
    const { room } = await founded()
    const { bob, his } = await bobIn(room)
    await knows(room, 'Bob')
    must(await room.access.apply({ type: 'remove', person: his.core.me, keep: 'all' }))
    await until(his, () => his.status === 'removed', 'the removal')
    const back = must(await bob.joinRoom({ link: await linkTo(room), myName: 'Robert' }))
    await until(room, () => room.access.requests.length === 1, 'the request')
    for (const { id } of room.access.requests) must(await room.access.approve(id))
    await until(back, () => back.status === 'member', 'the way back')
    await knows(room, 'Robert')
  })

  test('stays what one device made of it when another of theirs starts that knew the former', async () => {
    const disk = new Disk()
    const { room } = await founded()
    const bob = await meeting.peer({ store: disk })
    const his = must(await bob.joinRoom({ link: await linkTo(room), myName: 'Bob' }))
    await until(his, () => his.status === 'member', 'Bob')
    const tablet = await addDevice(bob, 'Tablet')
    const onTablet = tablet.room(room.id)
    assert(onTablet)
    await knows(onTablet, 'Bob')
    must(await onTablet.setMyName('Robert'))
    for (const each of [room, his]) await knows(each, 'Robert')
    const before = namingsOf(onTablet)
    await meeting.leave(bob)
    const again = (await meeting.peer({ store: disk })).room(room.id)
    assert(again)
    await knows(again, 'Robert')
    await stir(again, room)
    await stir(room, onTablet)
    for (const each of [room, again, onTablet]) {
      await knows(each, 'Alice')
      assert.deepEqual(namesAt(each), ['Alice', 'Robert'])
    }
    assert.equal(namingsOf(onTablet), before)
  })
})

test('[DV9] a device that was ended tells no name any more, and the one that it told goes with it', async () => {
  const { phone, room, stolen } = await withLaptop()
  const { his } = await bobIn(room)
  await say(stolen, 'before')
  must(await stolen.setMyName('Mallory'))
  await knows(his, 'Mallory')
  await revoke(phone, 'Laptop', 'nothing', [stolen, his])
  await knows(his, 'Alice')
  await until(stolen, () => namingsOf(stolen) === namingsOf(room), 'the new name')
  const before = namingsOf(stolen)
  // Even with a key to seal it with.
  stolen.core.ring.seal = room.core.ring.seal.bind(room.core.ring)
  await stolen.setMyName('Mallory again')
  await stolen.setMyName('Mallory once more')
  await stir(room, his)
  assert.equal(namingsOf(stolen), before)
  assert.deepEqual(namesAt(his), ['Alice', 'Bob'])
})
