import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Peer, Room, Unsubscribe } from '../../src/index.ts'

/** Ties a screen to this device's peer: renders again when rooms come and go or the storage fails. */
export class PeerController implements ReactiveController {
  readonly #host: ReactiveControllerHost
  #peer: Peer | undefined
  #unsubscribe: Unsubscribe[] = []

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  get peer(): Peer | undefined {
    return this.#peer
  }

  set peer(peer: Peer | undefined) {
    this.hostDisconnected()
    this.#peer = peer
    this.hostConnected()
    this.#host.requestUpdate()
  }

  get rooms(): readonly Room[] {
    return this.#peer?.rooms.filter((room) => room.status !== 'left') ?? []
  }

  hostConnected(): void {
    if (!this.#peer || this.#unsubscribe.length > 0) return
    const changed = () => this.#host.requestUpdate()
    this.#unsubscribe = (['rooms', 'storage', 'me'] as const).map((event) => this.#peer?.on(event, changed) ?? changed)
  }

  hostDisconnected(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#unsubscribe = []
  }
}
