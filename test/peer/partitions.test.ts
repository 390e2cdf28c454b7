import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Note } from '../../src/peer/note.ts'
import type { Room } from '../../src/peer/room.ts'
import { titleOf } from '../../src/document/note.ts'
import { seeded } from '../transport/seeded-random.ts'
import { AccessScene, idOf, offline, online } from './access-scene.ts'
import { must, texts, until } from './meeting.ts'
import { stateDigest } from '../access/state-digest.ts'

/**
 * People who look after one room while some of them are cut off, each by themselves: they write, remove each other,
 * change roles and let people in again. When all meet, all who are members show the same, everybody has decided the
 * same, and nobody, removed or not, shows what was not accepted.
 */

const SEEDS = [104, 108, 113, 116, 119]
const PATIENCE_MS = 45_000

interface Person {
  readonly name: string
  readonly room: Room
  readonly note: Note
}

class Company {
  readonly #random: () => number
  readonly #people: readonly Person[]
  #said = 0

  constructor(random: () => number, people: readonly Person[]) {
    this.#random = random
    this.#people = people
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    assert(item !== undefined)
    return item
  }

  /** What somebody does; what they may not do is refused, which is fine. */
  async act({ name, room, note }: Person): Promise<void> {
    const person = idOf(this.pick(this.#people).room)
    const role = this.pick(['reader', 'writer', 'moderator', 'admin'] as const)
    const kind = this.below(10)
    if (kind < 4) await room.chat.send(`${name} ${++this.#said}`)
    else if (kind < 6 && note.mayWrite) titleOf(note.doc).insert(0, `${name}${++this.#said} `)
    else if (kind < 7) await room.access.apply({ type: 'role', person, role })
    else if (kind < 9) {
      const writes = room.access.writesOf(person)
      const before = writes.length > 0 ? { before: this.pick(writes).id } : 'all'
      const keep = this.pick(['all', 'nothing', before] as const)
      await room.access.apply({ type: this.pick(['remove', 'ban'] as const), person, keep, withInvitees: kind === 8 })
    } else await room.access.apply({ type: 'readmit', person, role: 'writer' })
  }

  async round(): Promise<void> {
    const away = this.#people.filter(() => this.below(2) === 0).map(({ room }) => room)
    offline(...away)
    for (let i = 0; i < 2 * this.#people.length; i++) await this.act(this.pick(this.#people))
    online(...away)
  }
}

const isIntact = (room: Room): boolean =>
  [...room.core.documents.values()].every(({ guarded: { doc } }) => doc.store.pendingStructs === null)

describe('people who look after a room while they are cut off from each other', () => {
  for (const seed of SEEDS) {
    test(`agree when they meet (seed ${seed})`, async () => {
      const scene = await AccessScene.open()
      try {
        const random = seeded(seed)
        const names = ['Ben', 'Cleo', 'Dora', 'Eve', 'Finn'].slice(0, 2 + Math.floor(random() * 4))
        const rooms = [scene.ada, ...(await scene.writers(...names))]
        for (const room of rooms.slice(1, 3)) await scene.promote(room, room === rooms[1] ? 'admin' : 'moderator')
        const notes = await scene.note(rooms)
        const people = rooms.map((room, i): Person => {
          const note = notes[i]
          assert(note)
          return { name: ['Ada', ...names][i] ?? '', room, note }
        })
        const company = new Company(random, people)
        for (let round = 0; round < 3; round++) await company.round()
        await meet(rooms)
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error })
      } finally {
        await scene.close()
      }
    })
  }
})

/** Everybody is there and stays; nothing changes any more. */
async function meet(rooms: readonly Room[]): Promise<void> {
  const [ada] = rooms
  assert(ada)
  must(await ada.chat.send('all here'))
  const shown = (room: Room): string =>
    JSON.stringify([
      texts(room),
      room.notes.map(({ title }) => title),
      room.members.map(({ person, role }) => [person.id, role]),
    ])
  const isAgreed = (): boolean =>
    rooms.every((room) => {
      const isSame = stateDigest(room.core.state) === stateDigest(ada.core.state)
      return isSame && (!room.core.isMember || (room.core.lockedCount === 0 && shown(room) === shown(ada)))
    })
  for (const room of rooms) await until(room, isAgreed, 'everybody to agree', PATIENCE_MS)
  const accepted = new Set(texts(ada))
  for (const room of rooms) {
    assert(isIntact(room), 'no struct waits for another')
    assert(ada.core.isMember, 'the room is looked after')
    for (const text of texts(room)) assert(accepted.has(text), `${text} is shown and was not accepted`)
  }
}
