import type { DocumentId, PersonId } from '../base/ids.ts'
import { noteTitle } from '../document/note.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

export interface NoteSummary {
  readonly id: DocumentId
  readonly title: string
  /** When this device last took in a change, in milliseconds since 1970; 0 when it has none. */
  readonly updatedAtMs: number
  readonly createdBy: PersonSummary
  readonly mayWrite: boolean
  /** What is written in it is fetched as it comes; else when it is opened. */
  readonly isKept: boolean
}

/** Those changed last first. */
export function notesOf(
  { state, documents, me, keeping }: RoomCore,
  updatedAtMs: ReadonlyMap<DocumentId, number>,
  summaryOf: (person: PersonId) => PersonSummary,
): readonly NoteSummary[] {
  const notes: NoteSummary[] = []
  for (const { id, kind, createdBy } of state?.documents.values() ?? []) {
    const host = documents.get(id)
    if (kind !== 'note' || !host) continue
    notes.push({
      id,
      title: noteTitle(host.guarded.doc),
      updatedAtMs: updatedAtMs.get(id) ?? 0,
      createdBy: summaryOf(createdBy),
      mayWrite: state?.can(me, 'write', id) ?? false,
      isKept: keeping?.isKept(id) ?? true,
    })
  }
  return notes.toSorted((a, b) => b.updatedAtMs - a.updatedAtMs || (a.id < b.id ? -1 : 1))
}

/** How a document is called where people choose or read about it. */
export function titleOfDocument({ documents, keeping }: RoomCore, document: DocumentId): string {
  const host = documents.get(document)
  if (host?.guarded.kind === 'chat') return 'Chat'
  const title = host ? noteTitle(host.guarded.doc) : ''
  if (title !== '') return title
  return keeping?.isKept(document) === false ? 'Note not on this device' : 'Untitled note'
}

/** The room's chat is the first one that its founder made. */
export function chatOf({ state }: RoomCore): DocumentId | undefined {
  for (const { id, kind } of state?.documents.values() ?? []) if (kind === 'chat') return id
  return undefined
}
