import assert from 'node:assert/strict'
import type { EpochId, SessionId } from '../../src/base/ids.ts'
import type { EpochBody, RevokeMode } from '../../src/access/operation.ts'
import { revocationBody } from '../../src/access/removal.ts'
import type { Role } from '../../src/access/role.ts'
import { openBox } from '../../src/peer/epoch-boxes.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import type { MemoryNetwork } from '../../src/transport/memory-link.ts'
import type { Door } from '../../src/transport/door.ts'
import { Meeting, must, until } from './meeting.ts'

/** For many peers on a busy machine. */
const PATIENCE_MS = 30_000

/** A person with one device, who can be moved from hall to hall. Those in one hall meet; halls do not. */
export interface Seat {
  readonly name: string
  readonly peer: Peer
  readonly room: Room
  hall: MemoryNetwork
}

/** A room whose members are spread over halls, to part them and to bring them together. */
export class KeyScene {
  readonly meeting = new Meeting()
  readonly halls = [this.meeting.network, this.meeting.corridor] as const
  readonly seats: Seat[] = []

  async #sit(name: string, hall: MemoryNetwork, enter: (peer: Peer) => Promise<Room>): Promise<Seat> {
    const place = { hall }
    const door = (): Door => ({
      name: 'hall',
      start: (topic, onLink) => place.hall.door().start(topic, onLink),
    })
    const peer = await this.meeting.peer({ doors: [door] })
    const room = await enter(peer)
    const seat = Object.assign(place, { name, peer, room })
    this.seats.push(seat)
    return seat
  }

  found(name: string): Promise<Seat> {
    return this.#sit(name, this.halls[0], async (peer) =>
      must(await peer.createRoom({ name: 'Book club', myName: name })),
    )
  }

  /** Comes by a link; waits until let in, unless told otherwise. */
  async join(name: string, link: string, hall = this.halls[0]): Promise<Seat> {
    const seat = await this.#sit(name, hall, async (peer) => must(await peer.joinRoom({ link, myName: name })))
    await until(seat.room, () => seat.room.status === 'member', `${name} let in`)
    return seat
  }

  async link(room: Room, role: Role): Promise<string> {
    const { link } = must(await room.createInvite({ role }))
    assert(link)
    return link
  }

  /** Takes some to a hall, and waits until they have met somebody there. All leave before the first arrives. */
  async move(seats: readonly Seat[], hall: MemoryNetwork): Promise<void> {
    const rooms = this.seats.map(({ room }) => room)
    const gone = new Set(seats.map(({ room }) => room.core.session.id))
    for (const { room } of seats) room.connection.setOffline(true)
    await untilAll(
      rooms,
      () => rooms.every(({ core }) => core.links.links.every(({ remote }) => !gone.has(remote.session))),
      () => 'good-byes',
    )
    for (const seat of seats) {
      seat.hall = hall
      seat.room.connection.setOffline(false)
    }
    // Who learns of their removal goes away by themselves.
    const isThere = (seat: Seat): boolean => seat.hall === hall && seat.room.status === 'member'
    const isAlone = (seat: Seat): boolean => this.seats.every((other) => other === seat || !isThere(other))
    await untilAll(
      rooms,
      () => seats.every((seat) => seat.room.core.links.links.length > 0 || !isThere(seat) || isAlone(seat)),
      () => 'meeting again',
    )
  }

  close(): Promise<void> {
    return this.meeting.close()
  }
}

/** Waits until something is true of several rooms together, looking whenever one of them changes. */
export function untilAll(rooms: readonly Room[], isDone: () => boolean, what: () => string): Promise<void> {
  if (isDone()) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = []
    const end = (): void => {
      for (const stop of stops) stop()
      clearTimeout(timer)
    }
    const timer = setTimeout(() => {
      end()
      reject(new Error(`waited in vain for ${what()}`))
    }, PATIENCE_MS)
    const look = (): void => {
      if (!isDone()) return
      end()
      resolve()
    }
    for (const room of rooms) {
      for (const event of ['change', 'connection'] as const) stops.push(room.on(event, look))
      stops.push(room.chat.on('messages', look), room.core.events.on('locked', look))
    }
  })
}

/** Ends somebody's membership, with all that is known here of what they wrote. */
export async function remove(room: Room, whom: Room, mode: RevokeMode = 'kick'): Promise<void> {
  const { log, me } = room.core
  assert(log)
  const person = whom.core.me
  must(
    await log.appendDecided(() => {
      const node = log.state.nodeFor(me, 'remove')
      const feedHeads = (session: SessionId) => room.core.feedHeadsOf(session)
      return node && { node: node.hash, body: revocationBody({ log: log.access, person, mode, feedHeads }) }
    }),
  )
}

export async function grant(room: Room, to: Room, role: Role): Promise<void> {
  const { log, me } = room.core
  assert(log)
  must(
    await log.appendDecided(() => {
      const node = log.state.nodeFor(me, 'invite')
      const person = to.core.me
      const maxGrant = role === 'moderator' ? 'writer' : undefined
      return (
        node && {
          node: node.hash,
          body: { kind: 'grant', to: person, role, scope: '*', maxGrant, over: [], via: undefined },
        }
      )
    }),
  )
}

/** Announces an epoch made by hand. */
export async function announce(room: Room, body: EpochBody): Promise<void> {
  const { log, me } = room.core
  assert(log)
  must(
    await log.appendDecided(() => {
      const node = log.state.nodeFor(me, 'publish-key')
      return node && { node: node.hash, body }
    }),
  )
}

/** Whether a device gets at an epoch's key with all that it holds, and all that any member was ever told. */
export async function getsAt(thief: Room, epoch: EpochId, told: readonly Room[]): Promise<boolean> {
  const { ring, session } = thief.core
  if (ring.has(epoch)) return true
  for (const { core } of [thief, ...told])
    for (const held of core.log?.keys.boxesOf(session.device) ?? []) {
      const key = await openBox(session.sealKeyPair, held.epoch, held.box)
      if (key) await ring.add([key])
    }
  await thief.core.keeper.update()
  return ring.has(epoch)
}
