import assert from 'node:assert/strict'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import type { RoomLink } from '../../src/peer/room-links.ts'
import type { Session } from '../../src/peer/session.ts'
import { Meeting, must, texts, until } from './meeting.ts'
import { intrude, newSession, type Intrusion } from './stranger.ts'

/** Ada and Ben in a room; Ada is also in the corridor, where whoever comes meets nobody but her. */
export class Scene {
  readonly meeting = new Meeting()
  /** Ada's device. */
  adas!: Peer
  ada!: Room
  ben!: Room
  link = ''
  #said = 0

  async open(): Promise<void> {
    const { network, corridor } = this.meeting
    const ada = await this.meeting.peer({ doors: [() => network.door(), () => corridor.door()] })
    this.adas = ada
    this.ada = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
    this.link = must(await this.ada.createInvite({ role: 'writer' })).link ?? ''
    const ben: Peer = await this.meeting.peer()
    this.ben = must(await ben.joinRoom({ link: this.link, myName: 'Ben' }))
    await until(this.ben, () => this.ben.status === 'member', 'Ben')
    await this.areWell()
  }

  /** Ada and Ben go on as if nothing had happened. */
  async areWell(): Promise<void> {
    const words = `${++this.#said}`
    must(await this.ada.chat.send(`Ada ${words}`))
    must(await this.ben.chat.send(`Ben ${words}`))
    await until(this.ada, () => texts(this.ada).includes(`Ben ${words}`), 'Ben at Ada')
    await until(this.ben, () => texts(this.ben).includes(`Ada ${words}`), 'Ada at Ben')
    assert.equal(this.ada.chat.messages.length, this.ben.chat.messages.length)
  }

  /** Ada's end of the link to a session. */
  async endOf(session: Session): Promise<RoomLink> {
    const find = (): RoomLink | undefined =>
      this.ada.core.links.links.find(({ remote }) => remote.session === session.id)
    await until(this.ada, () => find() !== undefined, 'the link')
    const found = find()
    assert(found)
    return found
  }

  async intrude(): Promise<{ readonly hers: Intrusion; readonly adas: RoomLink }> {
    const session = await newSession()
    const hers = await intrude(this.meeting.corridor, this.ada, session)
    return { hers, adas: await this.endOf(session) }
  }

  /** Mallory with all that a writer has, in a room that she changes by hand. She sees Ada only. */
  async mallory(): Promise<Room> {
    const peer = await this.meeting.peer({ doors: [() => this.meeting.corridor.door()] })
    const room = must(await peer.joinRoom({ link: this.link, myName: 'Mallory' }))
    await until(room, () => room.status === 'member' && texts(room).length > 0, 'Mallory')
    return room
  }
}
