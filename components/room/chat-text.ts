import type { Room } from '../../src/index.ts'
import { personName } from '../people/person-name.ts'

const timeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' })

/** The chat as plain text, oldest first: what somebody who is no longer in the room takes along. */
export function chatText(room: Room): string {
  const lines = room.chat.messages
    .filter(({ redacted }) => !redacted)
    .map(({ author, text, atMs }) => `[${timeFormat.format(atMs)}] ${personName(author)}: ${text}`)
  return `${room.name}\n\n${lines.join('\n')}\n`
}
