import type { Room } from '../../src/index.ts'
import { noteMarkdown } from '../bindings/note-markdown.ts'
import { chatText } from './chat-text.ts'

/**
 * All that this device has of a room, as text: the chat, what was never sent in it, each note, and what the others did
 * not accept. What somebody who has to go takes along.
 */
export async function roomText(room: Room): Promise<string> {
  const parts = [chatText(room)]
  const draft = room.chat.draft.text.trim()
  if (draft !== '') parts.push(`Not sent: ${draft}\n`)
  for (const { id, title, isKept, updatedAtMs } of room.notes) {
    // To open it would be to fetch it.
    if (!isKept && updatedAtMs === 0) {
      parts.push('# A note that is not on this device\n')
      continue
    }
    const note = await room.openNote(id)
    if (!note) continue
    parts.push(`# ${title || 'Untitled'}\n\n${noteMarkdown(note.body)}\n`)
    note.close()
  }
  if (room.rejectedEdits.length > 0) parts.push(`# Not accepted by the others\n\n${room.exportRejected()}`)
  return parts.join('\n\n')
}
