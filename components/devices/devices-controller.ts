import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Devices, Peer, Unsubscribe } from '../../src/index.ts'

/** Ties a view to the devices of this person: renders again when the list, or the person, changes. */
export class DevicesController implements ReactiveController {
  readonly #host: ReactiveControllerHost
  #peer: Peer | undefined
  #isConnected = false
  #devices: Devices | undefined
  #isMissing = false
  #unsubscribe: Unsubscribe[] = []

  constructor(host: ReactiveControllerHost) {
    this.#host = host
    host.addController(this)
  }

  /** The peer to follow. Setting the one that is followed already does nothing. */
  follow(peer: Peer | undefined): void {
    if (peer === this.#peer) return
    this.#release()
    this.#devices = undefined
    this.#isMissing = false
    this.#peer = peer
    if (this.#isConnected) this.#subscribe()
  }

  /** Undefined while the code for it is being fetched. */
  get devices(): Devices | undefined {
    return this.#devices
  }
  /** The code for it could not be fetched. */
  get isMissing(): boolean {
    return this.#isMissing
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
    const peer = this.#peer
    if (!peer || this.#unsubscribe.length > 0) return
    const changed = (): void => this.#host.requestUpdate()
    let isOver = false
    let unfollow: Unsubscribe = () => {}
    const follow = (): void => {
      if (isOver) return
      unfollow()
      this.#devices = peer.devices
      unfollow = peer.devices.on('change', changed)
      changed()
    }
    const end = (): void => {
      isOver = true
      unfollow()
    }
    // The list of another person is another one.
    this.#unsubscribe = [peer.on('rooms', changed), peer.on('me', follow), end]
    peer.loadRest().then(follow, () => {
      this.#isMissing = true
      changed()
    })
  }

  #release(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#unsubscribe = []
  }
}
