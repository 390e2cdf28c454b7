import type * as Y from 'yjs'
import { assert } from '../../base/assert.ts'

interface Internals {
  readonly _transactionCleanups: readonly unknown[]
}

/**
 * [G11] Throws unless the document is as it must be between updates: nothing parked, no cleanup that was left
 * unfinished (no event would ever fire again), the client id as it was set. Throw the document away then and rebuild it.
 */
export function assertHealthy(doc: Y.Doc, clientID: number): void {
  assert(doc.clientID === clientID, 'the document changed its client id')
  assert(doc.store.pendingStructs === null, 'structs are parked')
  assert(doc.store.pendingDs === null, 'deletions are parked')
  assert((doc as unknown as Internals)._transactionCleanups.length === 0, 'a transaction was not finished')
}

/**
 * Keeps this replica from deleting other people's format marks after a remote change. Yjs does that in a transaction of
 * its own whose outcome depends on the order of arrival, so replicas would differ.
 */
export function disableFormattingCleanup(doc: Y.Doc): void {
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    if (!transaction.local) transaction._needFormattingCleanup = false
  })
}
