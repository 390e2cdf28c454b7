import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { PROFILES } from '../../src/discovery/limits.ts'
import type { Room } from '../../src/peer/room.ts'
import { texts, until } from './meeting.ts'
import { degreeOf, linksBetween, MeshScene, reachedFrom, reachedOver } from './mesh-scene.ts'

const DEGREE_MAX = PROFILES.normal.activeMax
const PATIENCE_MS = 60_000
/** What takes minutes takes seconds. Handshakes still have two seconds. */
const SPEED = 4

async function sayToAll(from: Room, rooms: readonly Room[], text: string): Promise<void> {
  assert.ok((await from.chat.send(text)).ok)
  for (const room of rooms) await until(room, () => texts(room).includes(text), `“${text}” everywhere`, PATIENCE_MS)
}

function first(rooms: readonly Room[]): Room {
  const [room] = rooms
  assert(room)
  return room
}

/** A neighbour may be left for a better one before anybody knows that others are dead. */
const THREADS_MIN = 3

/**
 * Half of them, or as many as can be spared: those who stay hang together, also when any one link between two of them
 * is given up, and each keeps some. Whoever is cut off has no way back without a door, and nothing here is about that.
 */
function halfOf(rooms: readonly Room[]): readonly Room[] {
  const staying = new Set(rooms)
  for (const room of rooms.slice(1)) {
    if (staying.size <= rooms.length / 2) break
    staying.delete(room)
    if (!hangTogether([...staying])) staying.add(room)
  }
  return rooms.filter((room) => !staying.has(room))
}

function hangTogether(rooms: readonly Room[]): boolean {
  const links = linksBetween(rooms)
  const degree = (index: number): number => links.filter((pair) => pair.includes(index)).length
  return (
    rooms.every((_, index) => degree(index) >= THREADS_MIN) &&
    links.every((cut) => reachedOver(links.filter((link) => link !== cut)) === rooms.length)
  )
}

describe('a room that is held together by its mesh', () => {
  let scene: MeshScene
  beforeEach(() => {
    scene = new MeshScene()
  })
  afterEach(() => scene.close())

  for (const people of [20, 40]) {
    test(`[M1] ${people} peers are one mesh of few links, in which a message is sent twice a delivery at most`, async (t) => {
      const rooms = await scene.gather(people)
      for (const room of rooms) await until(room, () => degreeOf(room) >= 4, 'four links', PATIENCE_MS)
      // The first message makes the tree; after some more nothing of that is under way. Time is not sped up here: what
      // is asked for again because it is late must be late by the clock, not by a machine that is busy.
      for (const text of ['1', '2', '3', '4', '5', '6']) await sayToAll(first(rooms), rooms, text)
      const costs: number[] = []
      for (const text of ['four', 'five', 'six', 'seven', 'eight']) {
        const before = scene.pushes
        await sayToAll(first(rooms), rooms, text)
        costs.push((scene.pushes - before) / (people - 1))
      }
      scene.clock.setSpeed(SPEED)
      // The one in the middle: a link that comes or goes meanwhile mends the tree with one message.
      const perDelivery = costs.toSorted((one, other) => one - other)[2] ?? Infinity
      t.diagnostic(
        `${perDelivery.toFixed(2)} pushes and ${(scene.market.deliveries / people).toFixed(0)} messages of the door a peer`,
      )
      assert.ok(perDelivery <= 2, `${perDelivery} pushes a delivery`)
      assert.equal(reachedFrom(first(rooms), rooms), people)
      for (const room of rooms) assert.ok(degreeOf(room) <= DEGREE_MAX, `${degreeOf(room)} links`)
      // Most have left the door; greeters stay.
      const isLeft = (): boolean => scene.market.sessions.size <= people * 0.75
      for (const room of rooms) if (!isLeft()) await until(room, isLeft, 'most to leave the door', PATIENCE_MS)
      assert.ok(scene.market.sessions.size > 0, 'somebody greets')
    })
  }

  test('[M2] without the door the room goes on; a newcomer gets in when it is back', async () => {
    const rooms = await scene.gather(12)
    for (const room of rooms) await until(room, () => degreeOf(room) >= 4, 'four links', PATIENCE_MS)
    scene.market.set(false)
    await sayToAll(first(rooms), rooms, 'the door is shut')
    const late = await scene.arrive('Zoe')
    scene.clock.setSpeed(SPEED)
    await sayToAll(first(rooms), rooms, 'and we are here')
    assert.equal(late.status, 'joining')
    assert.equal(degreeOf(late), 0)
    scene.market.set(true)
    await until(late, () => late.status === 'member', 'the newcomer', PATIENCE_MS)
    await until(late, () => texts(late).includes('and we are here'), 'what was said before', PATIENCE_MS)
  })

  test('[M3] a newcomer gets in at members who are all full', async () => {
    const rooms = await scene.gather(9)
    for (const room of rooms) await until(room, () => degreeOf(room) === DEGREE_MAX, 'everybody linked', PATIENCE_MS)
    scene.clock.setSpeed(SPEED)
    const late = await scene.arrive('Zoe')
    await until(late, () => late.status === 'member', 'the newcomer', PATIENCE_MS)
    await sayToAll(late, [...rooms, late], 'hello')
    for (const room of rooms) assert.ok(degreeOf(room) <= DEGREE_MAX)
  })

  test('[M4] when half of them vanish without a word the others find each other without the door', async () => {
    const rooms = await scene.gather(20)
    for (const room of rooms) await until(room, () => degreeOf(room) >= 4, 'four links', PATIENCE_MS)
    // Everybody has heard of some whom they are not linked to.
    const isKnown = (room: Room): boolean => (room.connection.view()?.acquaintanceCount ?? 0) >= 2
    scene.clock.setSpeed(SPEED)
    for (const room of rooms) await until(room, () => isKnown(room), 'acquaintances', PATIENCE_MS)
    scene.market.set(false)
    const gone = halfOf(rooms)
    assert.ok(gone.length >= 6, `${gone.length} can be spared`)
    for (const room of gone) scene.vanish(room)
    const left = rooms.filter((room) => !gone.includes(room))
    const lost = new Set(gone.map((room) => room.core.session.id))
    const isMended = (room: Room): boolean => {
      const { links } = room.core.links
      return links.length >= 4 && links.every(({ remote }) => !lost.has(remote.session))
    }
    for (const room of left) await until(room, () => isMended(room), 'four living links', PATIENCE_MS)
    assert.equal(reachedFrom(first(left), left), left.length)
    await sayToAll(first(left), left, 'all here?')
  })
})
