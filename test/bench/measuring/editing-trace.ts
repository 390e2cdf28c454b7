import * as Y from 'yjs'

/** One keystroke or paste: where, how many characters go, and what comes. */
type Edit = readonly [position: number, deleted: number, inserted: string]

/** A recorded editing session, in the format of github.com/josephg/editing-traces. */
export interface EditingTrace {
  readonly endContent: string
  readonly txns: readonly { readonly patches: readonly Edit[] }[]
}

/** The root that a note gives its title, a plain text. */
export const TEXT_ROOT = 'title'

/** What Yjs sends while somebody types the trace, `batch` edits a transaction. */
export function updatesOf(trace: EditingTrace, client: number, batch: number): readonly Uint8Array[] {
  const edits = trace.txns.flatMap(({ patches }) => patches)
  const doc = new Y.Doc({ gc: false })
  doc.clientID = client
  const text = doc.getText(TEXT_ROOT)
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (let i = 0; i < edits.length; i += batch) {
    doc.transact(() => {
      for (const [position, deleted, inserted] of edits.slice(i, i + batch)) {
        if (deleted > 0) text.delete(position, deleted)
        if (inserted !== '') text.insert(position, inserted)
      }
    })
  }
  return updates
}
