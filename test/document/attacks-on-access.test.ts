/** Attacks on access control that a document has to withstand, one test a row of the table of attacks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import type { PersonId } from '../../src/base/ids.ts'
import { ChatLog } from '../../src/document/chat-log.ts'
import { ChatView } from '../../src/document/chat-view.ts'
import { contentDigest } from '../../src/document/document-content.ts'
import { bodyOf, noteText } from '../../src/document/note.ts'
import { compactUpdate } from '../../src/document/update-body.ts'
import { clientNamed, feedNamed, Replica, replicas, three, title, two, type } from './replica.ts'

const limited = (name: string, limit?: number) =>
  ({ feed: feedNamed(name), client: clientNamed(name), rights: 'write', limit }) as const

function learn(name: string, limit: number, ...people: readonly Replica[]): void {
  for (const person of people) {
    person.document.registerFeed(limited(name, limit))
    person.repair()
  }
}

const paragraph = (text: string): Y.XmlElement => {
  const element = new Y.XmlElement('paragraph')
  element.insert(0, [new Y.XmlText(text)])
  return element
}

describe('attacks on access control', () => {
  it('row 13: nobody writes as the Yjs client of somebody else, by theft or by grinding a feed to it', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'Alice’s'))
    const mallory = feedNamed('Mallory')
    assert.deepEqual(bob.document.registerFeed({ feed: mallory, client: clientNamed('Alice'), rights: 'write' }), [])
    assert.equal(bob.document.feedOfClient(clientNamed('Alice')), alice.feed)
    // With a client of her own, she says that her structs are Alice's next ones.
    bob.document.registerFeed(limited('Mallory'))
    const forged = new Y.Doc({ gc: false })
    forged.clientID = clientNamed('Alice')
    forged.getText('title').insert(0, 'as Alice')
    const body = compactUpdate(Y.encodeStateAsUpdate(forged), clientNamed('Alice'), 0)
    bob.receive([{ feed: mallory, seq: 0, cut: [], body, receivedAtMs: 0 }])
    assert.equal(Y.getState(bob.doc.store, clientNamed('Alice')), 'Alice’s'.length)
    assert.deepEqual(bob.receive(type(alice, 7, '!')), [{ status: 'applied' }])
  })

  it('row 14: an entry that is withheld stalls its own feed and what was built on it, and nothing else', () => {
    const [mallory, bob, carol] = three()
    const withheld = type(mallory, 0, 'withheld')
    const later = type(mallory, 8, ' later')
    bob.receive(withheld)
    const built = type(bob, 8, ' built on it')
    const apart = type(carol, 0, 'apart')
    const dora = new Replica('Dora', 'note', ['Alice', 'Bob', 'Carol'])
    const outcomes = dora.receive([...later, ...built, ...apart])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['held', 'held', 'applied'],
    )
    assert.equal(dora.doc.store.pendingStructs, null)
    assert.equal(title(dora).toString(), 'apart')
    assert.deepEqual(dora.receive(type(carol, 5, '!')), [{ status: 'applied' }])
    // Pinned before it, nobody waits any more for what was never shown to anybody in standing.
    learn('Alice', 0, dora)
    dora.receive(withheld)
    assert.equal(title(dora).toString().includes('later'), false)
  })

  it('row 15: an ally who refers to what was cut off brings back places, and no content', () => {
    const [mallory, ally, carol] = three()
    carol.receive(type(mallory, 0, 'kept '))
    ally.receive(mallory.log)
    const spam = type(mallory, 5, 'BUY THIS')
    bodyOf(mallory.doc).insert(0, [paragraph('AND THIS')])
    const more = mallory.flush()
    learn('Alice', 1, carol)
    carol.receive([...spam, ...more])
    assert.equal(carol.document.lengthOf(mallory.feed), 1)
    // The ally builds on it, within its letters too.
    ally.receive([...spam, ...more])
    title(ally).insert(9, 'x')
    const words = (bodyOf(ally.doc).get(0) as Y.XmlElement).get(0) as Y.XmlText
    words.insert(3, 'y')
    const reference = ally.flush()
    assert(carol.receive(reference).every(({ status }) => status === 'applied'))
    carol.repair()
    assert.equal(carol.document.lengthOf(mallory.feed), 3)
    assert.equal(noteText(carol.doc), 'kept x\n\ny')
    // What is not held: the ally may retype it, as words of the ally's own.
    type(ally, 0, 'BUY THIS ')
    assert.deepEqual(carol.receive(ally.log.slice(-1)), [{ status: 'applied' }])
    assert.equal(title(carol).toString(), 'BUY THIS kept x')
  })

  it('row 16: a vandal who deletes everything is pinned to before it, and all of it is back', () => {
    const [mallory, bob, carol] = three()
    bodyOf(bob.doc).insert(0, [paragraph('one'), paragraph('two')])
    bob.flush()
    type(bob, 0, 'Title')
    for (const reader of [mallory, carol]) reader.receive(bob.log)
    const before = contentDigest(carol.doc)
    const honest = type(mallory, 5, ' by both')
    mallory.doc.transact(() => {
      bodyOf(mallory.doc).delete(0, 2)
      title(mallory).delete(0, 5)
    })
    const vandalism = mallory.flush()
    for (const victim of [bob, carol]) victim.receive([...honest, ...vandalism])
    assert.equal(noteText(carol.doc), ' by both'.trim())
    learn('Alice', 1, bob, carol)
    assert.equal(noteText(carol.doc), 'Title by both\n\none\ntwo')
    learn('Alice', 0, carol)
    assert.equal(contentDigest(carol.doc), before)
  })

  it('row 16: nobody deletes what others wrote in a chat', () => {
    const [mallory, bob] = replicas('chat', 'Mallory', 'Bob')
    assert(mallory && bob)
    const personOf = (feed: string): PersonId => feed as PersonId
    const view = new ChatView(bob.document, { personOf, mayModerate: () => false })
    new ChatLog(bob.document).send('still here', { atMs: 1 })
    mallory.receive(bob.flush())
    mallory.doc.getArray(mallory.document.laneOf(bob.feed)).delete(0, 1)
    const { entries, refused } = mallory.document.takeLocalChanges({ nowMs: 0 })
    assert.deepEqual(entries, [], 'her own guard does not let it out')
    assert.equal(refused?.reason, 'rights')
    // A patched guard sends it all the same: the deletions of one unit of Bob's client.
    const body = deletionOf(clientNamed('Bob'))
    const cut = [{ feed: bob.feed, length: 1 }]
    const [outcome] = bob.receive([{ feed: mallory.feed, seq: 0, cut, body, receivedAtMs: 0 }])
    assert.equal(outcome?.status, 'rejected')
    assert.deepEqual(
      view.messages.map(({ text }) => text),
      ['still here'],
    )
    view.close()
  })

  it('row 28: a restored backup does not write a position twice, and who gets both keeps one', () => {
    const [alice, bob] = two()
    type(alice, 0, 'before')
    const backup = [...alice.log]
    type(alice, 6, ' after')
    bob.receive(alice.log)
    const restored = new Replica('Alice', 'note', ['Bob'])
    restored.document.registerFeed(limited('Alice'))
    restored.document.load(backup)
    restored.document.openOwnFeed(alice.feed)
    // Others have more of it: the device notices before it writes, and has to open a new feed.
    const [report] = restored.document.receive(alice.log.slice(1))
    assert.deepEqual(report?.outcome, { status: 'held', reason: 'own-feed', missing: [] })
    // Offline it cannot know. Whoever has the first keeps it, and the chain proves the fork.
    const twice = type(restored, 6, ' AGAIN')
    assert.equal(twice[0]?.seq, 1)
    assert.deepEqual(bob.receive(twice), [{ status: 'duplicate' }])
    assert.equal(title(bob).toString(), 'before after')
  })
})

/** The body of an update that only deletes the first unit of a client. */
function deletionOf(client: number): Uint8Array {
  const doc = new Y.Doc({ gc: false })
  doc.clientID = client
  const list = doc.getArray('list')
  list.push([1])
  const before = Y.encodeStateVector(doc)
  list.delete(0, 1)
  return compactUpdate(Y.encodeStateAsUpdate(doc, before), client, 1)
}
