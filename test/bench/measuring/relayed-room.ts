/**
 * Rooms of Parley whose members are linked with nobody but a super peer over WebSockets. They come in over links inside
 * this process, leave, and come back with the super peer's address as their only door.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { wsDoor, type DoorMaker } from '../../../src/peer/doors.ts'
import type { Peer } from '../../../src/peer/peer.ts'
import type { Room } from '../../../src/peer/room.ts'
import { Disk } from '../../peer/disk.ts'
import { device, Meeting, must, until, waitFor } from '../../peer/meeting.ts'
import { startSuperPeer, superPeerPlace, type ServerProcess, type SuperPeerPlace } from './server-process.ts'

const PATIENCE_MS = 120_000

export class Member {
  readonly name: string
  readonly #meeting: Meeting
  readonly #disk = new Disk()
  readonly #environment = device()
  readonly #door: DoorMaker
  #peer: Peer | undefined
  /** Over its sockets, frames not counted. */
  bytesReceived = 0

  constructor(meeting: Meeting, name: string, place: SuperPeerPlace, localAddress: string) {
    this.name = name
    this.#meeting = meeting
    const openSocket = (to: string): WebSocket => {
      const socket = new WebSocket(to, { localAddress, perMessageDeflate: false })
      socket.on('message', (data: Buffer | ArrayBuffer) => (this.bytesReceived += data.byteLength))
      return socket
    }
    this.#door = wsDoor({ addresses: () => Promise.resolve([place.address]), openSocket })
  }

  /** Comes, with the same disk each time. */
  async come(where: 'at the super peer' | 'in this process'): Promise<Peer> {
    const doors: readonly DoorMaker[] =
      where === 'at the super peer' ? [this.#door] : [() => this.#meeting.network.door()]
    this.#peer = await this.#meeting.peer({ store: this.#disk, environment: this.#environment, doors })
    return this.#peer
  }

  async leave(): Promise<void> {
    if (this.#peer) await this.#meeting.leave(this.#peer)
    this.#peer = undefined
  }

  get rooms(): readonly Room[] {
    return this.#peer?.rooms ?? []
  }
}

export interface RelayedRooms {
  readonly founder: Member
  readonly others: readonly Member[]
  readonly server: ServerProcess
  close(): Promise<void>
}

/** Nobody but the founder is there in the end. Below `parent` the super peer keeps what it keeps. */
export async function relayedRooms(options: {
  readonly rooms: number
  readonly others: number
  readonly parent: string
}): Promise<RelayedRooms> {
  const meeting = new Meeting()
  const folder = await mkdtemp(join(options.parent, 'parley-bench-'))
  const place = await superPeerPlace()
  // A listener takes so many links from one address, and each member is at home somewhere else.
  const memberOf = (index: number): Member => new Member(meeting, `Member ${index}`, place, `127.0.1.${index + 1}`)
  const founder = memberOf(0)
  const others = Array.from({ length: options.others }, (_, i) => memberOf(i + 1))
  const peer = await founder.come('in this process')
  const made: Room[] = []
  for (let i = 0; i < options.rooms; i++) made.push(must(await peer.createRoom({ name: `Room ${i}`, myName: 'Ada' })))
  for (const member of others) {
    const other = await member.come('in this process')
    for (const room of made) {
      const link = must(await room.createInvite({ role: 'writer', usesMax: 1, approval: 'auto' })).link ?? ''
      const joined = must(await other.joinRoom({ link, myName: member.name }))
      await until([joined, room], () => joined.status === 'member' && joined.can('chat'), 'a member', PATIENCE_MS)
    }
    await member.leave()
  }
  const links: string[] = []
  for (const room of made)
    links.push(must(await room.createInvite({ role: 'relay', usesMax: 1, approval: 'auto' })).link ?? '')
  await founder.leave()
  const inviteFile = join(folder, 'invites')
  await writeFile(inviteFile, links.join('\n'))
  const server = await startSuperPeer(place, join(folder, 'data'), inviteFile)
  await founder.come('at the super peer')
  await Promise.all(founder.rooms.map(untilRelay))
  return {
    founder,
    others,
    server,
    close: async () => {
      await meeting.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The super peer is a member and linked. */
export const untilRelay = (room: Room): Promise<void> =>
  until(room, () => room.members.some(({ role, online }) => role === 'relay' && online), 'the super peer', PATIENCE_MS)

export const entriesOf = (room: Room): number =>
  [...room.core.documents.values()]
    .flatMap((host) => [...host.heads.values()])
    .reduce((sum, { length }) => sum + length, 0)

/** Until others have on their disks what this room has written. */
export const untilHeld = (room: Room): Promise<void> =>
  waitFor({
    isDone: () => room.safety.entriesUnsafe === 0,
    what: 'the super peer to have it on its disk',
    patienceMs: PATIENCE_MS,
    listen: (look) => {
      const timer = setInterval(look, 20)
      return [room.on('safety', look), () => clearInterval(timer)]
    },
  })
