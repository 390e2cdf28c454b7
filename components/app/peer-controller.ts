import type { ReactiveControllerHost } from 'lit'
import type { Peer, Room } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'

const PEER_EVENTS = ['rooms', 'storage', 'me'] as const

/** Ties a screen to this device's peer: renders again when rooms come and go or the storage fails. */
export class PeerController extends FollowController<Peer> {
  constructor(host: ReactiveControllerHost) {
    super(host, (peer, changed) => PEER_EVENTS.map((event) => peer.on(event, changed)))
  }

  get peer(): Peer | undefined {
    return this.subject
  }

  /** Those that are shown: a room that was left is over once somebody else knows of it. */
  get rooms(): readonly Room[] {
    return this.peer?.rooms.filter((room) => room.status !== 'left' || room.isLeavingUnheard) ?? []
  }
}
