/**
 * Rooms of three to thirty peers in one process that fall apart, remove people while they are apart, and come together
 * again. Whatever happened where: in the end all who remain hold the same, decide the same and show the same, and nobody
 * shows what somebody wrote after they had been removed.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { FeedId, PersonId } from '../../src/base/ids.ts'
import { contentDigest } from '../../src/document/document-content.ts'
import { noteText } from '../../src/document/note.ts'
import type { Note } from '../../src/peer/note.ts'
import type { Room } from '../../src/peer/room.ts'
import type { Door } from '../../src/transport/door.ts'
import type { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { seeded } from '../transport/seeded-random.ts'
import { listenTo, Meeting, must, until, waitFor } from './meeting.ts'
import { stateDigest } from '../access/state-digest.ts'

interface Seat {
  readonly name: string
  readonly person: PersonId
  readonly room: Room
  readonly note: Note
  /** The part of the network that this peer can reach now. */
  part: MemoryNetwork
}

/** Something that was written, and where. */
interface Writing {
  readonly text: string
  readonly author: Seat
  readonly part: MemoryNetwork
}

interface Removal {
  readonly target: Seat
  readonly by: Seat
  readonly part: MemoryNetwork
}

const PATIENCE_MS = 60_000

const RUNS = [
  { seed: 11, peers: 3, parts: 2, acts: 24 },
  { seed: 12, peers: 5, parts: 2, acts: 40 },
  { seed: 13, peers: 8, parts: 3, acts: 50 },
  { seed: 14, peers: 14, parts: 3, acts: 60 },
  { seed: 15, peers: 30, parts: 4, acts: 80 },
] as const

/** Waits for something that hangs on several rooms at once, looking whenever anything happens in one of them. */
function together(seats: readonly Seat[], isDone: () => boolean, what: string): Promise<void> {
  const listen = (look: () => void): readonly (() => void)[] => {
    let isLooking = false
    const lookSoon = (): void => {
      if (isLooking) return
      isLooking = true
      // Comparing rooms costs more than most of what happens in them: one look for a burst of events.
      setImmediate(() => {
        isLooking = false
        look()
      })
    }
    return seats.flatMap(({ room }) => [
      ...listenTo(room, lookSoon),
      ...[...room.core.documents.values()].flatMap(({ guarded }) =>
        (['applied', 'replaced'] as const).map((event) => guarded.events.on(event, lookSoon)),
      ),
    ])
  }
  return waitFor({ isDone, what, patienceMs: PATIENCE_MS, listen })
}

describe('a room that falls apart and comes together', () => {
  let meeting: Meeting
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())

  /** Takes everybody to the part of the network that `partOf` names. */
  function regroup(seats: readonly Seat[], partOf: (seat: Seat, i: number) => MemoryNetwork): void {
    for (const { room } of seats) room.connection.setOffline(true)
    for (const [i, seat] of seats.entries()) seat.part = partOf(seat, i)
    for (const { room } of seats) room.connection.setOffline(false)
  }

  async function gather(peers: number, whole: MemoryNetwork): Promise<Seat[]> {
    const seats: Seat[] = []
    let link = ''
    for (let i = 0; i < peers; i++) {
      const name = `Person ${i}`
      let part = whole
      const door: Door = { name: 'part', start: (topic, onLink) => part.door().start(topic, onLink) }
      const peer = await meeting.peer({ doors: [() => door] })
      let room: Room
      if (i === 0) {
        room = must(await peer.createRoom({ name: 'Choir', myName: name }))
        must(await room.createNote({ title: 'Programme' }))
        link = must(await room.createInvite({ role: 'writer' })).link ?? ''
      } else room = must(await peer.joinRoom({ link, myName: name }))
      await until(room, () => room.status === 'member' && room.notes.length > 0, `a seat for ${name}`, PATIENCE_MS)
      const [summary] = room.notes
      const note = summary && (await room.openNote(summary.id))
      assert(note?.mayWrite)
      seats.push({
        name,
        person: peer.me.id,
        room,
        note,
        get part() {
          return part
        },
        set part(network) {
          part = network
        },
      })
    }
    return seats
  }

  function heads(rooms: readonly Room[]): Map<FeedId, number> {
    const most = new Map<FeedId, number>()
    for (const { core } of rooms) {
      const all = [core.log, ...core.documents.values()].flatMap((host) => [...(host?.heads ?? [])])
      for (const [feed, { length }] of all) most.set(feed, Math.max(length, most.get(feed) ?? 0))
    }
    return most
  }

  const digestOf = (room: Room): string => stateDigest(room.core.state)

  for (const { seed, peers, parts, acts } of RUNS) {
    test(`${peers} peers in ${parts} parts, seed ${seed}`, { timeout: 240_000 }, async () => {
      const random = seeded(seed)
      const pick = <T>(items: readonly T[]): T => {
        const item = items[Math.floor(random() * items.length)]
        assert(item !== undefined)
        return item
      }
      const whole = meeting.hall()
      const seats = await gather(peers, whole)
      const [founder] = seats
      assert(founder)
      // A second admin, so that removals can cross.
      const deputy = seats[1]
      assert(deputy)
      must(await founder.room.access.apply({ type: 'role', person: deputy.person, role: 'admin' }))
      for (const { room } of seats) {
        const isReady = (): boolean => room.core.state?.roleOf(deputy.person) === 'admin'
        await until(room, isReady, 'the second admin', PATIENCE_MS)
      }

      const halls = Array.from({ length: parts }, () => meeting.hall())
      regroup(seats, (_, i) => halls[i % parts] ?? whole)
      const writings: Writing[] = []
      const removals: Removal[] = []
      for (let number = 0; number < acts; number++) {
        const seat = pick(seats)
        const isAdmin = seat === founder || seat === deputy
        const { room, part } = seat
        if (isAdmin && random() < 0.4) {
          const target = pick(seats)
          const type = random() < 0.5 ? 'remove' : 'ban'
          if (target === seat) continue
          const done = await room.access.apply({ type, person: target.person, keep: 'all' })
          if (done.ok) removals.push({ target, by: seat, part })
        } else if (room.can('chat')) {
          const text = `message ${number} of ${seat.name}`
          if ((await room.chat.send(text)).ok) writings.push({ text, author: seat, part })
        } else if (seat.note.mayWrite) {
          const text = `[${number} by ${seat.name}]`
          seat.note.title.insert(0, text)
          await seat.note.settled()
          writings.push({ text, author: seat, part })
        }
      }
      assert(removals.length > 0 && writings.length > 5, `seed ${seed} has something to decide`)

      regroup(seats, () => whole)
      const state = (): NonNullable<Room['core']['state']> => {
        const known = founder.room.core.state
        assert(known)
        return known
      }
      const remaining = (): readonly Seat[] => seats.filter(({ person }) => state().nodesOf(person).length > 0)
      // What was cut off of a feed need not be everywhere; what stays of it must be.
      const isComplete = (room: Room): boolean => {
        const most = heads(remaining().map((seat) => seat.room))
        const mine = heads([room])
        return [...most].every(([feed, length]) => {
          const record = state().feeds.get(feed)
          if (record && record.status !== 'effective') return true
          return (mine.get(feed) ?? 0) >= Math.min(record?.limit ?? Infinity, length)
        })
      }
      const isLike = (room: Room, other: Room): boolean =>
        digestOf(room) === digestOf(other) &&
        [...room.core.documents].every(([id, host]) => {
          const twin = other.core.documents.get(id)
          return twin !== undefined && contentDigest(host.guarded.doc) === contentDigest(twin.guarded.doc)
        })
      const isSettled = (room: Room): boolean => {
        const [first] = remaining()
        return first !== undefined && isComplete(room) && isLike(room, first.room)
      }
      await together(seats, () => remaining().every(({ room }) => isSettled(room)), `all to settle, seed ${seed}`)

      const honest = remaining()
      assert(honest.length >= 1)
      const [first] = honest
      assert(first)
      const firstShown = first.room.chat.messages.map(({ id, text }) => ({ id, text }))
      for (const { room } of honest) {
        assert.equal(digestOf(room), digestOf(first.room), `seed ${seed}: one decision`)
        for (const [id, host] of room.core.documents) {
          assert.equal(host.guarded.doc.store.pendingStructs, null, `seed ${seed}: nothing hangs`)
          const other = first.room.core.documents.get(id)
          assert(other)
          assert.equal(contentDigest(host.guarded.doc), contentDigest(other.guarded.doc), `seed ${seed}: one document`)
        }
        assert.deepEqual(
          room.chat.messages.map(({ id, text }) => ({ id, text })),
          firstShown,
          `seed ${seed}: one chat`,
        )
      }

      // What somebody wrote where their remover could not see it is nowhere.
      const shown = `${firstShown.map(({ text }) => text).join('\n')}\n${noteText(first.note.doc)}\n${first.note.title.toJSON()}`
      for (const { text, author, part } of writings) {
        const ending = removals.filter(({ target, by }) => target === author && honest.includes(by))
        const isGone = !honest.includes(author) && ending.some((removal) => removal.part !== part)
        if (isGone)
          assert(!shown.includes(text), `seed ${seed}: “${text}” was written by somebody who had been removed`)
        if (honest.includes(author)) assert(shown.includes(text), `seed ${seed}: “${text}” is lost`)
      }
      // Whoever was removed learns it, and finds their writing among what was not accepted.
      for (const { room, name, person } of seats) {
        if (state().nodesOf(person).length > 0) continue
        await until(room, () => room.status === 'removed', `${name} to learn of it, seed ${seed}`, PATIENCE_MS)
      }
    })
  }
})
