import assert from 'node:assert/strict'
import test from 'node:test'
import * as Y from 'yjs'
import { Writer } from '../../../src/base/codec.ts'
import { Guard } from '../../../src/document/guard/guard.ts'
import { assertHealthy } from '../../../src/document/guard/health.ts'
import { chatSchema, noteSchema } from '../../../src/document/guard/schemas.ts'
import type { DocumentSchema } from '../../../src/document/guard/schema.ts'
import { splitUpdate } from '../../../src/document/guard/split-update.ts'
import { dump } from '../../fuzz/dump.ts'

const ALICE = 4_600_000_000_000_001

function documentOf(schema: DocumentSchema): { doc: Y.Doc; guard: Guard } {
  const doc = new Y.Doc({ gc: false })
  const guard = new Guard({ doc, schema })
  guard.register(ALICE, { feed: 'alice', rights: 'write' })
  return { doc, guard }
}

/** Splits, and takes the parts in one after another as another device does. */
function throughParts(doc: Y.Doc, schema: DocumentSchema, sizeBytesMax: number): readonly Uint8Array[] {
  const parts = splitUpdate(Y.encodeStateAsUpdate(doc), sizeBytesMax)
  assert(parts.ok)
  const other = documentOf(schema)
  for (const part of parts.value) {
    assert(part.length <= sizeBytesMax, `${part.length} bytes`)
    const checked = other.guard.check(ALICE, new Map(), part)
    assert(checked.ok, checked.ok ? '' : `${checked.reason} ${checked.detail}`)
    Y.applyUpdate(other.doc, part)
    assertHealthy(other.doc, other.doc.clientID)
    other.guard.commit(checked.value)
  }
  assert.equal(dump(other.doc), dump(doc))
  return parts.value
}

test('[S3] an update that fits stays as it is', () => {
  const { doc } = documentOf(noteSchema)
  doc.clientID = ALICE
  doc.getText('title').insert(0, 'short')
  const update = Y.encodeStateAsUpdate(doc)
  const parts = splitUpdate(update)
  assert(parts.ok)
  assert.deepEqual(parts.value, [update])
})

test('[S3] a long text is cut between characters and comes out the same', () => {
  for (const word of ['abc', 'é', '日本', '😀', 'a😀é日']) {
    const { doc } = documentOf(noteSchema)
    doc.clientID = ALICE
    doc.getText('title').insert(0, word.repeat(3000))
    for (const size of [200, 1000, 1001, 1002, 1003]) assert(throughParts(doc, noteSchema, size).length > 2)
  }
})

test('[S3] a text over the limit of one run is cut even if the update is small enough', () => {
  const { doc } = documentOf(noteSchema)
  doc.clientID = ALICE
  doc.getText('title').insert(0, 'x'.repeat(100_000))
  assert.equal(throughParts(doc, noteSchema, 200_000).length, 1)
})

test('[S3] a text that stands between others keeps its place when it is cut', () => {
  const { doc } = documentOf(noteSchema)
  doc.clientID = ALICE
  doc.getText('title').insert(0, 'az')
  doc.getText('title').insert(1, 'long '.repeat(500))
  throughParts(doc, noteSchema, 300)
})

test('[S3] many paragraphs and many deletions are spread over several updates', () => {
  const { doc } = documentOf(noteSchema)
  doc.clientID = ALICE
  const body = doc.getXmlFragment('body')
  for (let i = 0; i < 5000; i++) body.insert(i, [new Y.XmlElement('paragraph')])
  doc.transact(() => {
    for (let i = 4999; i > 0; i -= 2) body.delete(i, 1)
  })
  const parts = throughParts(doc, noteSchema, 1024 * 1024)
  assert(parts.length >= 2)
  assert(throughParts(doc, noteSchema, 10_000).length > 5)
})

test('[S3] a row of messages is cut between messages', () => {
  const { doc } = documentOf(chatSchema)
  doc.clientID = ALICE
  const lane = doc.getArray('lane/alice')
  lane.push(Array.from({ length: 300 }, (_, i) => ({ kind: 'message', text: `message ${i} 😀` })))
  assert(throughParts(doc, chatSchema, 1000).length > 5)
})

test('[S3] a message that is too large for one update is rejected with its size as the reason', () => {
  const { doc } = documentOf(chatSchema)
  doc.clientID = ALICE
  doc.getArray('lane/alice').push([{ text: 'x'.repeat(5000) }, { text: 'y' }])
  const parts = splitUpdate(Y.encodeStateAsUpdate(doc), 1000)
  assert(!parts.ok)
  assert.equal(parts.reason, 'size')
})

test('what is no update is rejected', () => {
  for (const bytes of [
    new Uint8Array(0),
    Uint8Array.of(9),
    new Writer()
      .varuint(1)
      .varuint(2 ** 40)
      .finish(),
  ]) {
    assert(!splitUpdate(bytes).ok)
  }
})
