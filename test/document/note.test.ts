import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { bodyOf, noteText, noteTitle, ReadOnlyCopy, titleOf } from '../../src/document/note.ts'
import { clientNamed, feedNamed, Replica, replicas } from './replica.ts'

function paragraph(text: string): Y.XmlElement {
  const element = new Y.XmlElement('paragraph')
  element.insert(0, [new Y.XmlText(text)])
  return element
}

function two(): readonly [Replica, Replica] {
  const [alice, bob] = replicas('note', 'Alice', 'Bob')
  assert(alice && bob)
  return [alice, bob]
}

describe('a note', () => {
  it('[N1] as plain text has one line a block, and no tags', () => {
    const [alice] = two()
    titleOf(alice.doc).insert(0, ' Shopping\n')
    const list = new Y.XmlElement('bullet_list')
    for (const text of ['bread', '<b>salt</b>']) {
      const item = new Y.XmlElement('list_item')
      item.insert(0, [paragraph(text)])
      list.push([item])
    }
    bodyOf(alice.doc).insert(0, [paragraph('Buy 🧂:'), list])
    const words = (bodyOf(alice.doc).get(0) as Y.XmlElement).get(0) as Y.XmlText
    words.format(0, 3, { strong: {} })
    assert.equal(noteTitle(alice.doc), 'Shopping')
    assert.equal(noteText(alice.doc), 'Shopping\n\nBuy 🧂:\nbread\n<b>salt</b>')
    assert.equal(alice.flush().length, 1)
  })

  it('[N2] read-only copy follows the note, and nothing flows back', () => {
    const [alice, bob] = two()
    bodyOf(alice.doc).insert(0, [paragraph('first')])
    bob.receive(alice.flush())
    const copy = new ReadOnlyCopy(bob.document)
    assert.equal(noteText(copy.doc), 'first')
    bodyOf(copy.doc).delete(0, 1)
    assert.equal(noteText(bob.doc), 'first')
    assert.equal(bob.document.hasLocalChanges, false)
    bodyOf(alice.doc).insert(1, [paragraph('second')])
    bob.receive(alice.flush())
    assert.equal(noteText(copy.doc), 'second')
    assert.equal(noteText(bob.doc), 'first\nsecond')
    copy.close()
  })

  it('[N2] survives an observer of the copy that throws', () => {
    const [alice, bob] = two()
    const copy = new ReadOnlyCopy(bob.document)
    const failures: unknown[] = []
    bob.document.events.on('failed', (error) => failures.push(error))
    bodyOf(copy.doc).observeDeep(() => {
      throw new Error('careless editor')
    })
    bodyOf(alice.doc).insert(0, [paragraph('words')])
    assert.deepEqual(bob.receive(alice.flush()), [{ status: 'applied' }])
    assert.equal(failures.length, 1)
    assert.equal(bob.document.needsRebuild, false)
    copy.close()
  })

  it('[N2] read-only copy is replaced with the note, and released when closed', () => {
    const [alice, bob] = two()
    bodyOf(alice.doc).insert(0, [paragraph('words')])
    bob.receive(alice.flush())
    const replaced: Y.Doc[] = []
    const copy = new ReadOnlyCopy(bob.document, (doc) => replaced.push(doc))
    const former = copy.doc
    bob.document.rebuild(bob.log)
    assert.deepEqual(replaced, [copy.doc])
    assert.notEqual(copy.doc, former)
    assert.equal(noteText(copy.doc), 'words')
    copy.close()
    const last = copy.doc
    bodyOf(alice.doc).insert(0, [paragraph('more')])
    bob.receive(alice.flush())
    assert.equal(noteText(last), 'words')
  })

  it('[D5] refuses the writing of a commenter, and takes their comments', () => {
    const alice = new Replica('Alice', 'note', ['Alice', 'Bob'])
    const bob = new Replica('Bob', 'note', ['Alice'])
    for (const { document } of [alice, bob]) {
      document.registerFeed({ feed: feedNamed('Carol'), client: clientNamed('Carol'), rights: 'comment' })
    }
    const carol = new Replica('Carol', 'note', ['Alice', 'Carol'])
    const comment = { text: 'nice' }
    carol.doc.getArray(carol.document.laneOf(carol.feed)).push([comment])
    assert.deepEqual(alice.receive(carol.flush()), [{ status: 'applied' }])
    assert.deepEqual(alice.doc.getArray(alice.document.laneOf(carol.feed)).toArray(), [comment])
    titleOf(carol.doc).insert(0, 'mine')
    const [outcome] = alice.receive(carol.flush())
    assert.deepEqual(outcome?.status === 'rejected' ? outcome.reason : outcome, 'rights')
    assert.equal(noteTitle(alice.doc), '')
  })

  it('[D8] keeps undo of own edits publishable while others write', () => {
    const [alice, bob] = two()
    const undo = new Y.UndoManager(titleOf(alice.doc), { captureTimeout: 0 })
    titleOf(alice.doc).insert(0, 'abcdef')
    bob.receive(alice.flush())
    titleOf(alice.doc).delete(1, 4)
    const deletion = alice.flush()
    titleOf(bob.doc).insert(3, 'X')
    const theirs = bob.flush()
    bob.receive(deletion)
    alice.receive(theirs)
    undo.undo()
    const undone = alice.flush()
    assert.equal(undone.length, 1)
    assert.deepEqual(bob.receive(undone), [{ status: 'applied' }])
    undo.redo()
    assert.deepEqual(bob.receive(alice.flush()), [{ status: 'applied' }])
    assert.equal(titleOf(alice.doc).toString(), titleOf(bob.doc).toString())
  })
})
