import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Room, Unsubscribe } from '../../src/index.ts'

const ROOM_EVENTS = ['change', 'members', 'invites'] as const

/** Ties a view to who is in a room and what they may do: renders again when any of that changes. */
export class AccessController implements ReactiveController {
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
    // What has changed while the view was out of the page.
    if (this.#room) this.#host.requestUpdate()
  }

  hostDisconnected(): void {
    this.#isConnected = false
    this.#release()
  }

  #subscribe(): void {
    const room = this.#room
    if (!room || this.#unsubscribe.length > 0) return
    const changed = () => this.#host.requestUpdate()
    this.#unsubscribe = [room.access.on('change', changed), ...ROOM_EVENTS.map((event) => room.on(event, changed))]
  }

  #release(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#unsubscribe = []
  }
}
