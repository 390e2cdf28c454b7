import type { Room } from '../peer/room.ts'
import { shortId, type Journal } from './journal.ts'
import type { SuperPeer } from './super-peer.ts'

/** Writes down what becomes of the rooms and links of a super peer. */
export class RoomWatch {
  readonly #superPeer: Pick<SuperPeer, 'rooms' | 'onRooms'>
  readonly #journal: Journal
  readonly #watched = new Map<Room, { state: Room['status']; readonly stop: () => void }>()
  readonly #states = new Map<string, Room['status']>()
  readonly #stopListening: () => void

  constructor(superPeer: Pick<SuperPeer, 'rooms' | 'onRooms'>, journal: Journal) {
    this.#superPeer = superPeer
    this.#journal = journal
    this.#stopListening = superPeer.onRooms(() => {
      this.#look()
    })
    this.#look()
  }

  close(): void {
    this.#stopListening()
    for (const { stop } of this.#watched.values()) stop()
    this.#watched.clear()
  }

  #look(): void {
    const rooms = new Set(this.#superPeer.rooms)
    for (const [room, { stop }] of this.#watched) {
      if (rooms.has(room)) continue
      stop()
      this.#watched.delete(room)
    }
    for (const room of rooms) if (!this.#watched.has(room)) this.#watch(room)
    const ids = new Set([...rooms].map(({ id }) => id as string))
    for (const id of this.#states.keys()) {
      if (ids.has(id)) continue
      this.#states.delete(id)
      this.#journal.info('room-dropped', { room: shortId(id) })
    }
  }

  #watch(room: Room): void {
    const { events } = room.core.links
    const name = shortId(room.id)
    const stops = [
      room.on('change', () => {
        this.#tellState(room)
      }),
      events.on('up', ({ id, link, isOutbound }) => {
        this.#journal.info('link-up', { room: name, link: id, kind: link.kind, outbound: isOutbound })
      }),
      events.on('down', ({ id, link }) => {
        this.#journal.info('link-down', { room: name, link: id, kind: link.kind, reason: link.closeReason })
      }),
    ]
    const stop = (): void => {
      for (const end of stops) end()
    }
    this.#watched.set(room, { state: room.status, stop })
    this.#tellState(room)
  }

  /** Once for each state, also where the room was opened anew. */
  #tellState(room: Room): void {
    const state = room.status
    if (this.#states.get(room.id) === state) return
    this.#states.set(room.id, state)
    const problem = room.joinProblem
    this.#journal.info('room', { room: shortId(room.id), state, problem })
  }
}
