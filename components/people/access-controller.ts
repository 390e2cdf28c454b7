import type { ReactiveControllerHost } from 'lit'
import type { Room } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'

const ROOM_EVENTS = ['change', 'members', 'invites'] as const

/** Ties a view to who is in a room and what they may do: renders again when any of that changes. */
export class AccessController extends FollowController<Room> {
  constructor(host: ReactiveControllerHost) {
    super(host, (room, changed) => [
      room.access.on('change', changed),
      ...ROOM_EVENTS.map((event) => room.on(event, changed)),
    ])
  }
}
