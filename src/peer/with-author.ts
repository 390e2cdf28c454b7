import type { SyncEvent } from '../sync/sync-event.ts'
import type { RoomOfLinks } from './links-code.ts'

/** Feeds of one person share what that person may write a minute, and the device that writes one hears what is here. */
export function withAuthor(event: SyncEvent, room: Pick<RoomOfLinks, 'authorOf'>): SyncEvent {
  const isOthers = event.type === 'appended' && event.from !== undefined
  const author = isOthers || event.type === 'feed' ? room.authorOf(event.feed) : undefined
  if (!author) return event
  if (event.type === 'feed') return { ...event, author: author.person, writer: author.device }
  return isOthers ? { ...event, writer: author.device } : event
}
