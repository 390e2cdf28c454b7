import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Editing sessions that people had, keystroke by keystroke, from the editing-traces collection. */
type Patch = readonly [position: number, deleted: number, inserted: string]

/** One author writes a paper: 259,778 edits. */
export interface SequentialTrace {
  readonly endContent: string
  readonly txns: readonly { readonly patches: readonly Patch[] }[]
}

/** Two authors write at the same time; each edit names the edits that its author had seen last. */
export interface ConcurrentTrace {
  readonly endContent: string
  readonly txns: readonly {
    readonly agent: number
    readonly parents: readonly number[]
    readonly patches: readonly Patch[]
  }[]
}

const read = (name: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(new URL(`../data/${name}.json.gz`, import.meta.url))).toString('utf8'))

export const automergePaper = (): SequentialTrace => read('automerge-paper') as SequentialTrace
export const friendsForever = (): ConcurrentTrace => read('friendsforever') as ConcurrentTrace

interface EditableText {
  insert(position: number, text: string): void
  delete(position: number, length: number): void
}

export function applyPatches(text: EditableText, patches: readonly Patch[]): void {
  for (const [position, deleted, inserted] of patches) {
    if (deleted > 0) text.delete(position, deleted)
    if (inserted !== '') text.insert(position, inserted)
  }
}
