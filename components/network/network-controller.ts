import type { ReactiveControllerHost } from 'lit'
import type { Room } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'

/** Bytes grow and minutes pass without an event. */
const LOOK_AGAIN_MS = 2_000

/** Ties a view to the network of a room: renders again when it changes, and every two seconds while one looks. */
export class NetworkController extends FollowController<Room> {
  constructor(host: ReactiveControllerHost) {
    super(host, (room, changed) => {
      const timer = setInterval(() => {
        if (!document.hidden) changed()
      }, LOOK_AGAIN_MS)
      return [room.on('connection', changed), room.on('members', changed), () => clearInterval(timer)]
    })
  }
}
