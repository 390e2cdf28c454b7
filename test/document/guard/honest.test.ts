import assert from 'node:assert/strict'
import test from 'node:test'
import * as Y from 'yjs'
import { Guard } from '../../../src/document/guard/guard.ts'
import { chatSchema, noteSchema } from '../../../src/document/guard/schemas.ts'
import { encodeLocalChanges, normaliseLocalAnchors } from '../../../src/document/guard/local-changes.ts'
import { dump } from '../../fuzz/dump.ts'
import { honestRun } from '../../fuzz/honest-run.ts'
import { Random } from '../../fuzz/random.ts'
import { Replica, World } from '../../fuzz/world.ts'

const NOTE_RUNS = 150
const CHAT_RUNS = 30

const withSeed = (seed: number, run: () => void): void => {
  try {
    run()
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error })
  }
}

test('[G1] notes that three people edit at once pass every guard and end equal', () => {
  for (let seed = 1; seed <= NOTE_RUNS; seed++) withSeed(seed, () => honestRun(seed, noteSchema, 3, 60))
})

test('[G1] chats of three people pass every guard and end equal', () => {
  for (let seed = 1; seed <= CHAT_RUNS; seed++) withSeed(seed, () => honestRun(seed, chatSchema, 3, 60))
})

test('[G1] a session of undoing and redoing passes every guard and ends equal', () => {
  for (let seed = 1; seed <= NOTE_RUNS; seed++) withSeed(seed, () => honestRun(seed, noteSchema, 3, 60, 0.6))
})

/** Alice and Bob, each with a device. */
function pair(): { alice: Replica; bob: Replica; random: Random } {
  const world = new World(noteSchema, 2)
  return { alice: new Replica(world, 0), bob: new Replica(world, 1), random: new Random(1) }
}

test('[S1] a text that was undone around what others wrote meanwhile is published beside its real neighbours', () => {
  const { alice, bob, random } = pair()
  const body = alice.doc.getXmlFragment('body')
  const paragraph = new Y.XmlElement('paragraph')
  const text = new Y.XmlText()
  alice.edit(() => body.insert(0, [paragraph]))
  alice.edit(() => paragraph.insert(0, [text]))
  alice.edit(() => text.insert(0, 'abcd'))
  alice.edit(() => text.delete(1, 1))
  alice.edit(() => body.delete(0, 1))
  alice.undo.undo()
  alice.flush()
  bob.catchUp(random, Infinity)
  const copyOf = ({ doc }: Replica): Y.XmlText =>
    (doc.getXmlFragment('body').get(0) as Y.XmlElement).get(0) as Y.XmlText
  assert.equal(copyOf(bob).toString(), 'acd')
  bob.edit(() => copyOf(bob).insert(1, 'X'))
  bob.flush()
  alice.catchUp(random, Infinity)
  // Brings back the b between the copies of a and c, where Bob's X stands by now.
  alice.undo.undo()
  assert.equal(copyOf(alice).length, 5)
  assert.equal(normaliseLocalAnchors(alice.doc, alice.client, alice.guard.nextClock(alice.client)), 1)
  alice.flush()
  bob.catchUp(random, Infinity)
  assert.equal(dump(bob.doc), dump(alice.doc))
})

test('[S1] anchors that are not neighbours are rewritten to the neighbours of their time, and only those', () => {
  const { alice, bob, random } = pair()
  const title = alice.doc.getText('title')
  alice.edit(() => title.insert(0, 'ac'))
  alice.flush()
  alice.edit(() => title.insert(1, 'b'))
  alice.edit(() => title.insert(2, 'd'))
  const [item] = [Y.getItem(alice.doc.store, Y.createID(alice.client, 2))]
  assert(item instanceof Y.Item)
  item.origin = null
  assert.equal(normaliseLocalAnchors(alice.doc, alice.client, 2), 1)
  assert.deepEqual(item.origin, Y.createID(alice.client, 0))
  assert.equal(normaliseLocalAnchors(alice.doc, alice.client, 2), 0)
  alice.flush()
  bob.catchUp(random, Infinity)
  assert.equal(bob.doc.getText('title').toString(), 'abdc')
})

test('[S1] the rest of a run whose beginning is published gets its own right neighbour', () => {
  const { alice, bob, random } = pair()
  const title = alice.doc.getText('title')
  alice.edit(() => title.insert(0, 'az'))
  alice.flush()
  bob.catchUp(random, Infinity)
  alice.edit(() => title.insert(1, 'b'))
  alice.flush()
  alice.edit(() => title.insert(2, 'c'))
  const run = Y.getItem(alice.doc.store, Y.createID(alice.client, 3))
  assert(run instanceof Y.Item)
  assert.deepEqual(run.id.clock, 2, 'the two letters are one run')
  run.rightOrigin = null
  assert.equal(normaliseLocalAnchors(alice.doc, alice.client, 3), 1)
  alice.flush()
  bob.catchUp(random, Infinity)
  assert.equal(bob.doc.getText('title').toString(), 'abcz')
})

test('[S1] half a character becomes the replacement character here as it will everywhere', () => {
  const { alice, bob, random } = pair()
  alice.edit(() => alice.doc.getText('title').insert(0, 'a\ud83d'))
  alice.flush()
  bob.catchUp(random, Infinity)
  assert.equal(alice.doc.getText('title').toString(), 'a\ufffd')
  assert.equal(bob.doc.getText('title').toString(), 'a\ufffd')
})

test('[S2] a flush publishes only the own items and deletions since the last one', () => {
  const { alice, bob, random } = pair()
  alice.edit(() => alice.doc.getText('title').insert(0, 'hello'))
  alice.flush()
  bob.catchUp(random, Infinity)
  bob.edit(() => bob.doc.getText('title').insert(5, '!'))
  bob.edit(() => bob.doc.getText('title').delete(0, 1))
  bob.flush()
  const update = bob.world.feeds[1]?.[0]?.update
  assert(update !== undefined)
  const { structs, ds } = Y.decodeUpdate(update)
  assert.deepEqual(
    structs.map(({ id, length }) => [id.client, id.clock, length]),
    [[bob.client, 0, 1]],
  )
  assert.deepEqual([...ds.clients.keys()], [alice.client])
  assert.equal(encodeLocalChanges(bob.doc, bob.client, 1, []), undefined)
})

test('[S2] values of one key that were set and taken away again are sent one by one', () => {
  const { alice, bob, random } = pair()
  const heading = new Y.XmlElement('heading')
  alice.edit(() => alice.doc.getXmlFragment('body').insert(0, [heading]))
  alice.flush()
  for (const level of [1, 2, 3]) alice.edit(() => heading.setAttribute('level', level as unknown as string))
  alice.edit(() => heading.removeAttribute('level'))
  assert.equal(Y.getItem(alice.doc.store, Y.createID(alice.client, 1)).length, 3, 'Yjs has joined them')
  alice.flush()
  alice.edit(() => heading.setAttribute('level', 4 as unknown as string))
  alice.flush()
  bob.catchUp(random, Infinity)
  assert.equal(dump(bob.doc), dump(alice.doc))
})

test('[S2] an edit that cuts a published character in two is refused on the own device, not by everybody else', () => {
  const { alice, random, bob } = pair()
  alice.edit(() => alice.doc.getText('title').insert(0, '😀'))
  alice.flush()
  bob.catchUp(random, Infinity)
  bob.edit(() => bob.doc.getText('title').insert(1, 'x'))
  assert.throws(() => bob.flush(), /surrogate/)
})

test('[S2] half of a published character cannot be deleted', () => {
  const { alice, random, bob } = pair()
  alice.edit(() => alice.doc.getText('title').insert(0, 'a😀b'))
  alice.flush()
  bob.catchUp(random, Infinity)
  bob.edit(() => bob.doc.getText('title').delete(2, 2))
  assert.throws(() => bob.flush(), /surrogate/)
})

test('[S2] replacement characters that were really written may be parted', () => {
  const { alice, bob, random } = pair()
  alice.edit(() => alice.doc.getText('title').insert(0, 'a\ufffd'))
  alice.flush()
  alice.edit(() => alice.doc.getText('title').insert(2, '\ufffdb'))
  alice.flush()
  bob.catchUp(random, Infinity)
  bob.edit(() => bob.doc.getText('title').insert(2, 'x'))
  bob.edit(() => bob.doc.getText('title').delete(3, 1))
  bob.flush()
  alice.catchUp(random, Infinity)
  assert.equal(alice.doc.getText('title').toString(), 'a\ufffdxb')
})

test('a client belongs to one feed', () => {
  const guard = new Guard({ doc: new Y.Doc({ gc: false }), schema: chatSchema })
  assert(guard.register(1, { feed: 'alice', rights: 'write' }))
  assert(guard.register(1, { feed: 'alice', rights: 'write' }))
  assert(!guard.register(1, { feed: 'bob', rights: 'write' }))
})

test('an update that this device stored is recalled without being judged again', () => {
  const { alice, bob, random } = pair()
  alice.edit(() => alice.doc.getText('title').insert(0, 'a😀\ufffd'))
  alice.edit(() => alice.doc.getText('title').delete(0, 1))
  alice.flush()
  const update = alice.world.feeds[0]?.[0]?.update
  assert(update !== undefined)
  const judged = bob.guard.check(alice.client, new Map(), update)
  const recalled = bob.guard.recall(alice.client, update)
  assert(judged.ok && recalled.ok)
  assert.deepEqual(recalled.value, judged.value)
  bob.catchUp(random, Infinity)
})
