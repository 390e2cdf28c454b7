/**
 * Cost of the guard beside that of Yjs on the editing trace of a paper, in one feed.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'
import { Guard } from '../../src/document/guard/guard.ts'
import { noteSchema } from '../../src/document/guard/schemas.ts'

const CLIENT = 5_123_456_789_012_345
const RUNS = 5

type Edit = readonly [position: number, deleted: number, inserted: string]
const trace = JSON.parse(gunzipSync(readFileSync('test/data/automerge-paper.json.gz')).toString()) as {
  endContent: string
  txns: { patches: Edit[] }[]
}
const edits = trace.txns.flatMap(({ patches }) => patches)

function updatesOf(batch: number): Uint8Array[] {
  const doc = new Y.Doc({ gc: false })
  doc.clientID = CLIENT
  const text = doc.getText('title')
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

for (const batch of [1, 10]) {
  const updates = updatesOf(batch)
  const size = updates.reduce((sum, { length }) => sum + length, 0) / updates.length
  for (let run = 0; run < RUNS; run++) {
    const doc = new Y.Doc({ gc: false })
    const guard = new Guard({ doc, schema: noteSchema })
    guard.register(CLIENT, { feed: 'alice', rights: 'write' })
    const view = new Map<number, number>()
    let guarding = 0
    let applying = 0
    for (const update of updates) {
      const start = performance.now()
      const checked = guard.check(CLIENT, view, update)
      const middle = performance.now()
      if (!checked.ok) throw new Error(`refused: ${checked.reason} ${checked.detail}`)
      Y.applyUpdate(doc, update)
      const end = performance.now()
      guard.commit(checked.value)
      guarding += middle - start + performance.now() - end
      applying += end - middle
    }
    if (doc.getText('title').toString() !== trace.endContent) throw new Error('wrong text')
    const perUpdate = (ms: number): string => ((ms * 1000) / updates.length).toFixed(2)
    console.log(
      `batches of ${batch}: ${updates.length} updates of ${size.toFixed(0)} bytes,`,
      `check and commit ${perUpdate(guarding)} us, apply ${perUpdate(applying)} us an update`,
    )
  }
}
