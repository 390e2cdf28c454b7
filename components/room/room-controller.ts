import type { ReactiveControllerHost } from 'lit'
import type { Room } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'

const ROOM_EVENTS = ['change', 'members', 'notes', 'connection', 'invites', 'rejected'] as const
const CHAT_EVENTS = ['messages', 'typing', 'unread'] as const

/** Ties a screen to one room: renders again, at most once a frame's worth of events, when anything of it changes. */
export class RoomController extends FollowController<Room> {
  constructor(host: ReactiveControllerHost) {
    super(host, (room, changed) => [
      ...ROOM_EVENTS.map((event) => room.on(event, changed)),
      ...CHAT_EVENTS.map((event) => room.chat.on(event, changed)),
    ])
  }
}
