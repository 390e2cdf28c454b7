/** How the page of the library waits for what it was told to do. */
import * as Y from 'yjs'
import type { Note, Room } from '../../../src/index.ts'

/** The text of the note's first paragraph. */
export function paragraphText(note: Note): Y.XmlText {
  const paragraph = note.body.get(0)
  const text = paragraph instanceof Y.XmlElement ? paragraph.get(0) : undefined
  if (!(text instanceof Y.XmlText)) throw new Error('the note does not begin with a paragraph of text')
  return text
}

/** What a test counts on. */
export function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('something that the test counts on is not there')
  return value
}

/** Lets the page do what else it has to do. */
export const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

/** Resolves when something that the room announced has made it so. */
export function until(room: Room, isDone: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const look = (): void => {
      if (!isDone()) return
      for (const stop of stops) stop()
      resolve()
    }
    for (const event of ['change', 'members', 'notes', 'connection'] as const) stops.push(room.on(event, look))
    stops.push(room.chat.on('messages', look))
    look()
  })
}

/** Resolves when a change of the note has made it so. */
export function untilUpdate(note: Note, isDone: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const { doc } = note
    const look = (): void => {
      if (!isDone()) return
      doc.off('update', look)
      resolve()
    }
    doc.on('update', look)
    look()
  })
}
