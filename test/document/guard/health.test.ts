import assert from 'node:assert/strict'
import test from 'node:test'
import * as Y from 'yjs'
import { AssertionError } from '../../../src/base/assert.ts'
import { assertHealthy } from '../../../src/document/guard/health.ts'

/** Alice's document with one letter, and an update that follows it. */
function alice(): { doc: Y.Doc; later: Uint8Array } {
  const doc = new Y.Doc({ gc: false })
  doc.clientID = 1
  doc.getText('title').insert(0, 'a')
  const state = Y.encodeStateVector(doc)
  doc.getText('title').insert(1, 'b')
  return { doc, later: Y.encodeStateAsUpdate(doc, state) }
}

test('[G11] a document between updates is healthy', () => {
  const { doc } = alice()
  assertHealthy(doc, 1)
})

test('[G11] a document that took another client id is found', () => {
  const { doc } = alice()
  assert.throws(() => assertHealthy(doc, 2), AssertionError)
})

test('[G11] parked structs and parked deletions are found', () => {
  const { doc, later } = alice()
  const bob = new Y.Doc({ gc: false })
  Y.applyUpdate(bob, later)
  assert.throws(() => assertHealthy(bob, bob.clientID), AssertionError)
  const carol = new Y.Doc({ gc: false })
  doc.getText('title').delete(0, 1)
  const deletion = Y.diffUpdate(Y.encodeStateAsUpdate(doc), Y.encodeStateVector(doc))
  Y.applyUpdate(carol, deletion)
  assert.throws(() => assertHealthy(carol, carol.clientID), AssertionError)
})

test('[G11] a document that a listener has stopped is found', () => {
  const { doc } = alice()
  doc.on('afterTransactionCleanup', () => {
    throw new Error('a listener fails')
  })
  assert.throws(() => doc.getText('title').insert(0, 'x'), /a listener fails/)
  assert.throws(() => assertHealthy(doc, 1), AssertionError)
})
