import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Room, Unsubscribe } from '../../src/index.ts'

const ROOM_EVENTS = ['change', 'members', 'notes', 'connection', 'invites', 'rejected'] as const
const CHAT_EVENTS = ['messages', 'typing', 'unread'] as const

/** Ties a screen to one room: renders again, at most once a frame's worth of events, when anything of it changes. */
export class RoomController implements ReactiveController {
  readonly #host: ReactiveControllerHost
  #room: Room | undefined
  #isConnected = false
  #unsubscribe: Unsubscribe[] = []

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  /** The room to follow. Setting the one that is followed already does nothing. */
  follow(room: Room | undefined): void {
    if (room === this.#room) return
    this.#release()
    this.#room = room
    if (this.#isConnected) this.#subscribe()
  }

  hostConnected(): void {
    this.#isConnected = true
    this.#subscribe()
  }

  hostDisconnected(): void {
    this.#isConnected = false
    this.#release()
  }

  #subscribe(): void {
    const room = this.#room
    if (!room || this.#unsubscribe.length > 0) return
    const changed = () => this.#host.requestUpdate()
    this.#unsubscribe = [
      ...ROOM_EVENTS.map((event) => room.on(event, changed)),
      ...CHAT_EVENTS.map((event) => room.chat.on(event, changed)),
    ]
    this.#host.requestUpdate()
  }

  #release(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#unsubscribe = []
  }
}
