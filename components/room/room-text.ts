import type { Room } from '../../src/index.ts'
import { noteMarkdown } from '../bindings/note-markdown.ts'
import { chatText } from './chat-text.ts'

/** All that this device has of a room, as text: the chat, then each note. What somebody who has to go takes along. */
export async function roomText(room: Room): Promise<string> {
  const parts = [chatText(room)]
  for (const { id, title } of room.notes) {
    const note = await room.openNote(id)
    if (!note) continue
    parts.push(`# ${title || 'Untitled'}\n\n${noteMarkdown(note.body)}\n`)
    note.close()
  }
  return parts.join('\n\n')
}
