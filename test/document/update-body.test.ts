import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { compactUpdate, expandUpdate } from '../../src/document/update-body.ts'
import { seededRandom } from './replica.ts'

const CLIENT = 2 ** 52 + 12_345

/** The updates of somebody who writes everywhere in a note, as Yjs emits them. */
function updatesOf(seed: number): readonly { clock: number; update: Uint8Array }[] {
  const random = seededRandom(seed)
  const doc = new Y.Doc({ gc: false })
  doc.clientID = CLIENT
  const other = new Y.Doc({ gc: false })
  other.clientID = 7
  const updates: { clock: number; update: Uint8Array }[] = []
  let clock = 0
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'other') updates.push({ clock, update })
    clock = Y.getState(doc.store, CLIENT)
  })
  other.on('update', (update: Uint8Array) => Y.applyUpdate(doc, update, 'other'))
  for (let step = 0; step < 60; step++) {
    const text = doc.getText('title')
    const at = random() < 0.5 ? text.length : Math.floor(random() * (text.length + 1))
    const choice = random()
    if (choice < 0.2 && at < text.length) text.delete(at, 1)
    else if (choice < 0.6) text.insert(at, 'word 👋'.slice(0, 1 + Math.floor(random() * 4)))
    else if (choice < 0.75) doc.getArray('lane').push([{ x: 'text', t: step }])
    else if (choice < 0.85) doc.getXmlFragment('body').insert(0, [new Y.XmlElement('paragraph')])
    else if (choice < 0.95) other.getText('title').insert(0, 'y')
    else doc.transact(() => [0, 1].forEach((i) => doc.getMap(`m${i}`).set('key', step)))
  }
  return updates
}

describe('the body of an entry', () => {
  it('[D10] gives back every update byte for byte', () => {
    for (let seed = 1; seed <= 30; seed++) {
      for (const { clock, update } of updatesOf(seed)) {
        const expanded = expandUpdate(compactUpdate(update, CLIENT, clock), CLIENT, clock)
        assert(expanded.ok, `seed ${seed}`)
        assert.deepEqual(expanded.value, update, `seed ${seed}`)
      }
    }
  })

  it('[D10] has one form only for an update', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(300), (body, clock) => {
        const expanded = expandUpdate(body, CLIENT, clock)
        if (expanded.ok) assert.deepEqual(compactUpdate(expanded.value, CLIENT, clock), body)
      }),
      { numRuns: 5000 },
    )
  })

  it('[D10] that is cut short in its head is malformed, and nothing throws', () => {
    for (const body of [[], [1], [0x80], [0x80, 0], [2], [3, 4], [3, 0x44], [2, 0x84], [2, 0x84, 0xff]]) {
      assert.equal(expandUpdate(Uint8Array.from(body), CLIENT, 5).ok, false, String(body))
    }
    assert.equal(expandUpdate(Uint8Array.of(3, 0x84, 1, 97, 0), CLIENT, 0).ok, false, 'continues before the start')
  })

  it('of one typed letter takes a third of the update', () => {
    const [first, second] = ((): readonly Uint8Array[] => {
      const doc = new Y.Doc()
      doc.clientID = CLIENT
      const updates: Uint8Array[] = []
      doc.on('update', (update: Uint8Array) => updates.push(update))
      doc.getText('title').insert(0, 'a')
      doc.getText('title').insert(1, 'b')
      return updates
    })()
    assert(first && second)
    assert.equal(second.length, 24)
    assert.equal(compactUpdate(second, CLIENT, 1).length, 5)
  })
})
