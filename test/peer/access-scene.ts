import assert from 'node:assert/strict'
import { afterEach, beforeEach } from 'node:test'
import type { Environment } from '../../src/peer/environment.ts'
import type { Invite, InviteOptions } from '../../src/peer/invites.ts'
import type { AccessMember } from '../../src/peer/room-access.ts'
import type { Note } from '../../src/peer/note.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { noteText } from '../../src/document/note.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'
import { stateDigest } from '../access/state-digest.ts'

/** A room of Ada's, and people who come to it one by one. */
export class AccessScene {
  readonly meeting = new Meeting()
  readonly peers = new Map<Room, Peer>()
  readonly stores = new Map<Room, Disk>()
  ada!: Room
  /** How far the clocks of all devices are ahead of this machine's. */
  skewMs = 0
  #note: Note['id'] | undefined

  static async open(): Promise<AccessScene> {
    const scene = new AccessScene()
    const store = new Disk()
    const peer = await scene.meeting.peer({ store, environment: scene.device() })
    scene.ada = must(await peer.createRoom({ name: 'Book club', myName: 'Ada' }))
    scene.#remember(scene.ada, peer, store)
    return scene
  }

  device(): Environment {
    return { ...device(), now: () => Date.now() + this.skewMs }
  }

  close(): Promise<void> {
    return this.meeting.close()
  }

  invite(options: InviteOptions, by: Room = this.ada): Promise<Invite> {
    return by.createInvite(options).then(must)
  }

  /** Comes by a link and waits until everybody given knows their name. */
  async join(name: string, link: string | undefined, others: readonly Room[] = [this.ada]): Promise<Room> {
    const room = await this.knock(name, link)
    await until(room, () => room.status === 'member', `${name} to be let in`)
    for (const other of others)
      await until(other, () => other.members.some(({ person }) => person.name === name), `${name} at the others`)
    return room
  }

  /** Comes by a link, without waiting to be let in. */
  async knock(name: string, link: string | undefined, environment = this.device()): Promise<Room> {
    assert(link !== undefined)
    const store = new Disk()
    const peer = await this.meeting.peer({ store, environment })
    const room = must(await peer.joinRoom({ link, myName: name }))
    this.#remember(room, peer, store)
    return room
  }

  /** Writers of Ada's room who know each other by name. */
  async writers(...names: string[]): Promise<readonly Room[]> {
    const { link } = await this.invite({ role: 'writer' })
    const rooms: Room[] = []
    for (const name of names) rooms.push(await this.join(name, link, [this.ada, ...rooms]))
    for (const room of rooms)
      await until(room, () => room.members.every(({ person }) => person.name !== ''), 'names everywhere')
    return rooms
  }

  /** Two writers of Ada's room who know each other by name. */
  async benAndCleo(): Promise<readonly [ben: Room, cleo: Room]> {
    const [ben, cleo] = await this.writers('Ben', 'Cleo')
    assert(ben && cleo)
    return [ben, cleo]
  }

  async promote(room: Room, role: 'moderator' | 'admin'): Promise<void> {
    must(await this.ada.access.apply({ type: 'role', person: idOf(room), role }))
    await until(room, () => room.me?.role === role, `the role ${role}`)
  }

  /** A note of Ada's that everybody given has open. */
  async note(rooms: readonly Room[]): Promise<readonly Note[]> {
    this.#note ??= must(await this.ada.createNote({ title: 'Plan' })).id
    const id = this.#note
    return Promise.all(
      rooms.map(async (room) => {
        await until(room, () => room.notes.some((note) => note.id === id && note.title === 'Plan'), 'the note')
        const note = await room.openNote(id)
        assert(note)
        return note
      }),
    )
  }

  /** Closes the page of somebody and opens it again on the same storage. */
  async reload(room: Room): Promise<Room> {
    const peer = this.peers.get(room)
    const store = this.stores.get(room)
    assert(peer && store)
    await this.meeting.leave(peer)
    const again = await this.meeting.peer({ store, environment: this.device() })
    const reopened = again.room(room.id)
    assert(reopened)
    this.#remember(reopened, again, store)
    return reopened
  }

  #remember(room: Room, peer: Peer, store: Disk): void {
    this.peers.set(room, peer)
    this.stores.set(room, store)
  }
}

/** A room of Ada's with Ben and Cleo in it as writers. */
export interface Trio {
  readonly scene: AccessScene
  readonly ada: Room
  readonly ben: Room
  readonly cleo: Room
}

/** Each test gets a trio of its own, which is closed after it. To be called where tests are described. */
export function withTrio(take: (trio: Trio) => void): void {
  let scene: AccessScene
  beforeEach(async () => {
    scene = await AccessScene.open()
    const [ben, cleo] = await scene.benAndCleo()
    take({ scene, ada: scene.ada, ben, cleo })
  })
  afterEach(() => scene.close())
}

export const idOf = (room: Room): Room['core']['me'] => room.core.me

export const memberOf = (room: Room, name: string): AccessMember => {
  const member = room.access.members.find(({ person }) => person.name === name)
  assert(member, `${name} is a member`)
  return member
}

export const namesOf = (room: Room): readonly string[] => room.members.map(({ person }) => person.name).toSorted()

export const plain = (note: Note): string => noteText(note.doc)

/** Resolves when all of them have the same operations and show the same chat. */
export async function agree(...rooms: readonly Room[]): Promise<void> {
  const isEqual = (): boolean => {
    const [first, ...rest] = rooms.map((room) => `${stateDigest(room.core.state)} ${JSON.stringify(texts(room))}`)
    return rest.every((other) => other === first)
  }
  for (const room of rooms) await until(room, isEqual, 'everybody to agree')
}

export function offline(...rooms: readonly Room[]): void {
  for (const room of rooms) room.connection.setOffline(true)
}
export function online(...rooms: readonly Room[]): void {
  for (const room of rooms) room.connection.setOffline(false)
}
