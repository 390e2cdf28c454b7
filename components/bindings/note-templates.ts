import { prosemirrorToYXmlFragment } from 'y-prosemirror'
import type { Note } from '../../src/index.ts'
import { noteSchema } from './note-schema.ts'

/** What a new note can start with. */
export const NOTE_TEMPLATES = ['blank', 'meeting', 'checklist'] as const
export type NoteTemplate = (typeof NOTE_TEMPLATES)[number]

const text = (content: string) => [{ type: 'text', text: content }]
const heading = (content: string) => ({ type: 'heading', attrs: { level: 2 }, content: text(content) })
const paragraph = { type: 'paragraph' }
const task = { type: 'task_item', content: [paragraph] }
const bullets = { type: 'bullet_list', content: [{ type: 'list_item', content: [paragraph] }] }

const BODIES: Readonly<Record<NoteTemplate, readonly object[]>> = {
  blank: [],
  meeting: [
    heading('Who is here'),
    paragraph,
    heading('What we talk about'),
    bullets,
    heading('What we decided'),
    bullets,
    heading('Who does what'),
    { type: 'task_list', content: [task] },
  ],
  checklist: [{ type: 'task_list', content: [task, task, task] }],
}

/** Writes a template into an empty note, as one edit. */
export function fillTemplate(note: Pick<Note, 'body' | 'doc'>, template: NoteTemplate): void {
  const content = BODIES[template]
  if (content.length === 0 || note.body.length > 0) return
  note.doc.transact(() => {
    prosemirrorToYXmlFragment(noteSchema.nodeFromJSON({ type: 'doc', content }), note.body)
  })
}
