import type { ReactiveControllerHost } from 'lit'
import type { Devices, Peer, Unsubscribe } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'

/** Ties a view to the devices of this person: renders again when the list, or the person, changes. */
export class DevicesController extends FollowController<Peer> {
  #found: { readonly peer: Peer; readonly devices: Devices | undefined } | undefined

  constructor(host: ReactiveControllerHost) {
    super(host, (peer, changed) => this.#subscribeTo(peer, changed))
  }

  /** Undefined while the code for it is being fetched. */
  get devices(): Devices | undefined {
    return this.#current?.devices
  }
  /** The code for it could not be fetched. */
  get isMissing(): boolean {
    const { subject } = this
    return subject !== undefined && this.#current !== undefined && this.#current.devices === undefined
  }

  /** What was found of another peer says nothing about the one that is followed now. */
  get #current() {
    return this.#found?.peer === this.subject ? this.#found : undefined
  }

  #subscribeTo(peer: Peer, changed: () => void): readonly Unsubscribe[] {
    let isOver = false
    let unfollow: Unsubscribe = () => {}
    const follow = (): void => {
      if (isOver) return
      unfollow()
      const { devices } = peer
      this.#found = { peer, devices }
      unfollow = devices.on('change', changed)
      changed()
    }
    const end = (): void => {
      isOver = true
      unfollow()
    }
    peer.loadRest().then(follow, () => {
      if (!isOver) this.#found = { peer, devices: undefined }
      changed()
    })
    // The list of another person is another one.
    return [peer.on('rooms', changed), peer.on('me', follow), end]
  }
}
