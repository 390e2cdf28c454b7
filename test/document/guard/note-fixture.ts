import assert from 'node:assert/strict'
import * as Y from 'yjs'
import { Writer } from '../../../src/base/codec.ts'
import { Guard } from '../../../src/document/guard/guard.ts'
import type { GuardReason } from '../../../src/document/guard/reasons.ts'
import { noteSchema } from '../../../src/document/guard/schemas.ts'
import { textContent, writeUpdate, type Draft, type DraftDeletes, type UnitId } from '../../fuzz/draft.ts'
import { dump } from '../../fuzz/dump.ts'

export const ALICE = 9_007_199_254_740_001
export const MALLORY = 5_000_000_000_000_003
export const CAROL = 77

export const alices = (clock: number): UnitId => ({ client: ALICE, clock })
export const own = (clock: number): UnitId => ({ client: MALLORY, clock })

// Clocks of what Alice wrote: the title, a heading with its level, the heading's text, a comment.
export const TITLE = 0
export const HEADING = 8
export const TEXT = 9
export const LETTERS = 10
export const LEVEL = 15
export const COMMENT = 16
export const END = 17

/**
 * A note in which Alice has written. Mallory may write in it, Carol only comment. `verdict` returns the reason of a
 * refusal and makes sure that asking changed nothing.
 */
export function note(): {
  doc: Y.Doc
  guard: Guard
  verdict: (update: Uint8Array, client?: number) => GuardReason | 'accepted'
} {
  const doc = new Y.Doc({ gc: false })
  doc.clientID = ALICE
  const guard = new Guard({ doc, schema: noteSchema })
  guard.register(ALICE, { feed: 'alice', rights: 'write' })
  guard.register(MALLORY, { feed: 'mallory', rights: 'write' })
  guard.register(CAROL, { feed: 'carol', rights: 'comment' })
  const before = Y.encodeStateVector(doc)
  doc.getText('title').insert(0, 'title 😀')
  const heading = new Y.XmlElement('heading')
  const text = new Y.XmlText()
  doc.getXmlFragment('body').insert(0, [heading])
  heading.insert(0, [text])
  text.insert(0, 'hello')
  heading.setAttribute('level', 1 as unknown as string)
  doc.getArray('comments/alice').push([{ text: 'first' }])
  const checked = guard.check(ALICE, new Map(), Y.encodeStateAsUpdate(doc, before))
  assert(checked.ok)
  assert.equal(checked.value.to, END)
  guard.commit(checked.value)
  const view = new Map([[ALICE, END]])
  const verdict = (update: Uint8Array, client = MALLORY): GuardReason | 'accepted' => {
    const state = dump(doc)
    const result = guard.check(client, view, update)
    assert.equal(dump(doc), state, 'a check changes nothing')
    return result.ok ? 'accepted' : result.reason
  }
  return { doc, guard, verdict }
}

/** An `x` at the end of the title, if not told otherwise. */
export const draft = (changes: Partial<Draft> = {}): Draft => ({
  origin: alices(TITLE + 7),
  right: undefined,
  parent: 'title',
  key: undefined,
  ...textContent('x'),
  ...changes,
})

export const update = (
  drafts: readonly Draft[],
  deletes?: readonly DraftDeletes[],
  start: UnitId = own(0),
): Uint8Array => writeUpdate(start, drafts, deletes)

export const deletion = (client: number, ...ranges: [number, number][]): Uint8Array => update([], [{ client, ranges }])

/** A struct that is only a length. */
export const inert = (kind: number, length: number): Partial<Draft> => ({
  kind,
  length,
  content: new Writer().varuint(length).finish(),
})
