import type { Room } from '../../src/index.ts'
import { plainText } from '../chat/plain-text.ts'
import type { RoomListItem } from '../room-list/room-list.ts'

/** Longer than any line of the list, so that a long message isn't copied on each change. */
const SUMMARY_LENGTH_MAX = 120

/** What the list shows of a room: who wrote last, and how much of it is unread. */
export function roomListItem(room: Room): RoomListItem {
  const { messages, firstUnread } = room.chat
  const last = messages.at(-1)
  const unreadFrom = firstUnread === undefined ? -1 : messages.findLastIndex((message) => message.id === firstUnread)
  const isLeft = room.status === 'left'
  const author = last?.mine ? 'You' : last?.author.name || 'Somebody'
  return {
    id: room.id,
    name: room.name,
    isJoining: room.status === 'joining',
    lastAtMs: last?.atMs ?? Number.POSITIVE_INFINITY,
    unreadCount: isLeft || unreadFrom < 0 ? 0 : messages.length - unreadFrom,
    summary: isLeft
      ? 'Nobody has heard yet that you left'
      : last
        ? `${author}: ${last.redacted ? 'Message deleted' : plainText(last.text, SUMMARY_LENGTH_MAX)}`
        : 'No messages yet',
  }
}

/** The rooms in which something was said last come first. */
export const roomListItems = (rooms: readonly Room[]): readonly RoomListItem[] =>
  rooms
    .map(roomListItem)
    .toSorted((left, right) => compare(right.lastAtMs, left.lastAtMs) || left.name.localeCompare(right.name))

// Not a difference, which two infinities don't have.
const compare = (left: number, right: number): number => (left < right ? -1 : left > right ? 1 : 0)
