import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signHeadVector } from '../../src/feed/head-vector.ts'
import type { Room } from '../../src/peer/room.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'
import { MeshScene } from './mesh-scene.ts'

/** Ada's room with Ben in it, and a message from him. */
async function twoPeople(meeting: Meeting): Promise<{ readonly ada: Room; readonly ben: Room }> {
  const ada = must(await (await meeting.peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
  const { link } = must(await ada.createInvite({ role: 'writer' }))
  const ben = must(await (await meeting.peer()).joinRoom({ link: link ?? '', myName: 'Ben' }))
  await until(ben, () => ben.status === 'member', 'Ben')
  must(await ben.chat.send('la'))
  await until(ada, () => texts(ada).includes('la'), 'the message')
  return { ada, ben }
}

/** The one other member, in Ada's view. */
const ben = (room: Room) => room.connection.view()?.members[0]

test('the view of a room shows the link, what went over it, and the door by which it came', async () => {
  const meeting = new Meeting()
  try {
    const { ada } = await twoPeople(meeting)
    const view = ada.connection.view()
    const [link] = view?.links ?? []
    assert.equal(link?.person.name, 'Ben')
    assert.equal(link?.kind, 'memory')
    assert.ok((link?.bytesSent ?? 0) > 100 && (link?.bytesReceived ?? 0) > 100)
    assert.equal(view?.links.length, 1)
    assert.deepEqual(
      view?.doors.map(({ name, state }) => [name, state]),
      [['memory', 'open']],
    )
    assert.equal(ben(ada)?.route, 'linked')
    assert.equal(ben(ada)?.missingEntries, 0)
  } finally {
    await meeting.close()
  }
})

test('who is linked to a neighbour of mine and not to me is shown behind that neighbour', async () => {
  const meeting = new Meeting()
  try {
    const ada = must(await (await meeting.peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
    const { link } = must(await ada.createInvite({ role: 'writer' }))
    const doors = [() => meeting.network.door(), () => meeting.corridor.door()]
    const between = must(await (await meeting.peer({ doors })).joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(between, () => between.status === 'member', 'Ben')
    const far = await meeting.peer({ doors: [() => meeting.corridor.door()] })
    const cleo = must(await far.joinRoom({ link: link ?? '', myName: 'Cleo' }))
    await until(cleo, () => cleo.status === 'member', 'Cleo')
    await until(ada, () => ada.connection.view()?.reach.length === 1, 'Cleo behind Ben')
    const view = ada.connection.view()
    assert.deepEqual(
      view?.reach.map(({ person, via }) => [person.name, via]),
      [['Cleo', [view?.links[0]?.id]]],
    )
    assert.deepEqual(
      view?.members.map(({ person, route }) => `${person.name} ${route}`),
      ['Cleo via', 'Ben linked'],
    )
  } finally {
    await meeting.close()
  }
})

test('what somebody has signed to have written, and is not here, is counted for him', async () => {
  const meeting = new Meeting()
  try {
    const { ada, ben: room } = await twoPeople(meeting)
    const { session, id } = room.core
    const heads = room.core.feedHeadsOf(session.id).map((head) => ({ ...head, length: head.length + 5 }))
    assert.equal(heads.length, 1)
    const { bytes } = await signHeadVector(session.signer, { room: id, session: session.id, counter: 99, heads })
    const link = ada.core.links.links[0]?.id ?? 0
    ada.core.links.events.emit('heads', { type: 'heads', link, session: session.id, counter: 99, bytes })
    // It is there when its signature was checked.
    for (let turn = 0; turn < 1_000 && ben(ada)?.missingEntries === 0; turn++) await new Promise(setImmediate)
    assert.equal(ben(ada)?.missingEntries, 5)
  } finally {
    await meeting.close()
  }
})

test('no route leads to who is gone, nor to anybody while one is offline', async () => {
  const meeting = new Meeting()
  try {
    const { ada, ben: room } = await twoPeople(meeting)
    room.connection.setOffline(true)
    await until(ada, () => ada.connection.peers.length === 0, 'the end of the link')
    assert.equal(ben(ada)?.route, 'none')
    assert.equal(room.connection.view()?.isOffline, true)
    assert.equal(room.connection.view()?.mayTryDoors, false)
    room.connection.setOffline(false)
    await until(ada, () => ben(ada)?.route === 'linked', 'the link')
  } finally {
    await meeting.close()
  }
})

test('whoever goes offline while somebody comes in is offline', async () => {
  const scene = new MeshScene()
  try {
    const ada = await scene.found()
    const room = await scene.arrive('Ben')
    // Each has said hello, and does not know yet who the other is.
    while (scene.network.framesInFlight === 0) await new Promise(setImmediate)
    const [link] = scene.links
    assert(link)
    ada.connection.setOffline(true)
    const isOver = (): boolean => link.closeReason !== undefined || ada.connection.peers.length > 0
    while (!isOver()) await new Promise(setImmediate)
    assert.deepEqual(ada.connection.peers, [])
    ada.connection.setOffline(false)
    await until(room, () => room.status === 'member', 'Ben')
  } finally {
    await scene.close()
  }
})

test('hiding the address ends the links that show it, makes them anew, and is remembered by the device', async () => {
  const meeting = new Meeting()
  try {
    const { ada } = await twoPeople(meeting)
    const former = ada.core.links.links[0]
    assert.equal(ada.connection.view()?.isAddressHidden, false)
    ada.connection.setAddressHidden(true)
    assert.notEqual(former?.link.closeReason, undefined)
    assert.equal(ada.connection.view()?.isAddressHidden, true)
    await until(ada, () => ben(ada)?.route === 'linked', 'another link')
    ada.connection.setAddressHidden(false)
    assert.equal(ada.connection.view()?.isAddressHidden, false)
  } finally {
    await meeting.close()
  }
})

test('a door is told when it is opened whether the address is hidden', async () => {
  const meeting = new Meeting()
  try {
    const environment = device()
    const asked: (boolean | undefined)[] = []
    const peer = await meeting.peer({
      environment,
      doors: [
        ({ isAddressHidden }) => {
          const door = meeting.network.door()
          return {
            name: door.name,
            start: (topic, onLink) => {
              asked.push(isAddressHidden?.())
              return door.start(topic, onLink)
            },
          }
        },
      ],
    })
    const room = must(await peer.createRoom({ name: 'Choir', myName: 'Ada' }))
    await until(room, () => asked.length === 1, 'the door')
    room.connection.setAddressHidden(true)
    await until(room, () => asked.length === 2, 'the door again')
    assert.deepEqual(asked, [false, true])
  } finally {
    await meeting.close()
  }
})
