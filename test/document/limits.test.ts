import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { contentDigest } from '../../src/document/document-content.ts'
import type { ReceivedEntry } from '../../src/document/entry-outcome.ts'
import { clientNamed, Replica, seededRandom, three, title, two, type } from './replica.ts'

describe('a limit', () => {
  it('[D7] keeps later entries out', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'kept'))
    bob.document.registerFeed({ feed: alice.feed, client: clientNamed('Alice'), rights: 'write', limit: 1 })
    assert.equal(bob.document.needsRebuild, false)
    assert.deepEqual(bob.receive(type(alice, 4, ' not')), [{ status: 'held', reason: 'limit', missing: [] }])
    assert.equal(title(bob).toString(), 'kept')
  })

  it('[D7] takes later entries back out, with what they deleted, and honest work that stands on them stays in place', () => {
    const [alice, bob, carol] = three()
    const kept = type(alice, 0, 'one two')
    bob.receive(kept)
    carol.receive(kept)
    title(alice).delete(0, 3)
    title(alice).insert(4, ' BAD')
    const bad = alice.flush()
    bob.receive(bad)
    assert.equal(title(bob).toString(), ' two BAD')
    const reply = type(bob, 8, ' reply')
    const limited = { feed: alice.feed, client: clientNamed('Alice'), rights: 'write', limit: 1 } as const
    bob.document.registerFeed(limited)
    assert.equal(bob.document.needsRebuild, true)
    bob.document.rebuild(bob.log)
    assert.equal(title(bob).toString(), 'one two reply')
    // Carol hears of the limit first, and of the words later.
    carol.document.registerFeed(limited)
    carol.receive(bad)
    carol.receive(reply)
    assert.equal(title(carol).toString(), 'one two reply')
    // What either writes next beside the hidden words passes the other's guard.
    assert.deepEqual(carol.receive(type(bob, 7, '!')), [{ status: 'applied' }])
    assert.deepEqual(bob.receive(type(carol, 7, '?')), [{ status: 'applied' }])
    assert.equal(contentDigest(bob.doc), contentDigest(carol.doc))
    // The limit is lifted: all is as it was.
    for (const replica of [bob, carol]) {
      replica.document.registerFeed({ feed: alice.feed, client: clientNamed('Alice'), rights: 'write' })
      replica.document.rebuild(replica.log)
      assert.equal(title(replica).toString(), ' two BAD?! reply')
    }
  })

  it('[D7] gives an attribute back the value that it had before', () => {
    const [alice, bob] = two()
    const heading = new Y.XmlElement('heading')
    bob.doc.getXmlFragment('body').insert(0, [heading])
    heading.setAttribute('level', 2 as unknown as string)
    const first = bob.flush()
    alice.receive(first)
    const theirs = alice.doc.getXmlFragment('body').get(0) as Y.XmlElement
    theirs.setAttribute('level', 6 as unknown as string)
    bob.receive(alice.flush())
    bob.doc.getText('title').insert(0, 'seen')
    bob.flush()
    bob.document.registerFeed({ feed: alice.feed, client: clientNamed('Alice'), rights: 'write', limit: 0 })
    bob.document.rebuild(bob.log)
    const mine = bob.doc.getXmlFragment('body').get(0) as Y.XmlElement
    assert.equal(mine.getAttribute('level'), 2)
    assert.equal(bob.document.needsRebuild, false)
  })
})

describe('a limit in the middle of a session', () => {
  /** Types, splits, merges and sets attributes at random, as an editor might. */
  function editNote(replica: Replica, random: () => number): void {
    const body = replica.doc.getXmlFragment('body')
    const pick = Math.floor(random() * (body.length + 1))
    const block = pick < body.length ? body.get(pick) : undefined
    const choice = random()
    replica.doc.transact(() => {
      if (!(block instanceof Y.XmlElement) || random() < 0.15) {
        const heading = new Y.XmlElement('heading')
        heading.insert(0, [new Y.XmlText('new')])
        body.insert(pick, [heading])
      } else if (choice < 0.1) body.delete(pick, 1)
      else if (choice < 0.4) block.setAttribute('level', Math.ceil(random() * 6) as unknown as string)
      else if (choice < 0.5) block.removeAttribute('level')
      else {
        const words = block.length > 0 ? block.get(0) : undefined
        if (!(words instanceof Y.XmlText)) return
        const at = Math.floor(random() * (words.length + 1))
        if (random() < 0.3 && at < words.length) words.delete(at, Math.min(2, words.length - at))
        else if (random() < 0.2 && at < words.length) words.format(at, 1, { strong: {} })
        else words.insert(at, 'xyz'.slice(0, Math.ceil(random() * 3)))
      }
    })
  }

  /** The clock at which the first `length` entries of a feed end, as somebody sees it who knows of no limit. */
  function clockAfter(entries: readonly ReceivedEntry[], author: Replica, length: number): number {
    const reader = new Replica('Dora', 'note', ['Alice', 'Bob', 'Carol', 'Dora'])
    let clock = 0
    reader.document.events.on('applied', (applied) => {
      for (const { feed, seq, clockTo } of applied) if (feed === author.feed && seq < length) clock = clockTo
    })
    reader.receive(entries)
    return clock
  }

  it('[D7] lets honest work pass, before and after, and gives equal documents', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed)
      const people = three()
      const [alice, bob, carol] = people
      const entries: ReceivedEntry[] = []
      const reads = new Map(people.map((person) => [person, 0]))
      const limit = Math.floor(random() * 12)
      const limited = { feed: carol.feed, client: clientNamed('Carol'), rights: 'write', limit } as const
      const learn = new Map<Replica, number>([alice, bob].map((person) => [person, 15 + Math.floor(random() * 40)]))
      for (let step = 0; step < 60; step++) {
        for (const [person, when] of learn) {
          if (when !== step) continue
          person.document.registerFeed(limited)
          if (person.document.needsRebuild) person.document.rebuild(person.log)
        }
        const person = people[Math.floor(random() * 3)] ?? alice
        editNote(person, random)
        entries.push(...person.flush())
        if (random() < 0.5) continue
        const from = reads.get(person) ?? 0
        const outcomes = person.receive(entries.slice(from).filter(({ feed }) => feed !== person.feed))
        person.repair()
        reads.set(person, entries.length)
        assert.deepEqual(
          outcomes.filter(({ status }) => status === 'rejected'),
          [],
          `seed ${seed}`,
        )
      }
      for (const person of [alice, bob]) {
        const outcomes = person.receive(entries.filter(({ feed }) => feed !== person.feed))
        person.repair()
        assert.deepEqual(
          outcomes.filter(({ status }) => status === 'rejected'),
          [],
          `seed ${seed}`,
        )
        for (const { feed } of [alice, bob]) {
          const length = entries.filter((entry) => entry.feed === feed).length
          assert.equal(person.document.lengthOf(feed), length, `seed ${seed}: ${person.name} misses entries`)
        }
      }
      const digest = contentDigest(alice.doc)
      assert.equal(contentDigest(bob.doc), digest, `seed ${seed}`)
      bob.document.rebuild(entries)
      assert.equal(contentDigest(bob.doc), digest, `seed ${seed}, rebuilt from all`)
      const keptClock = clockAfter(entries, carol, limit)
      for (const item of bob.doc.store.clients.get(clientNamed('Carol')) ?? []) {
        if (item.id.clock < keptClock || !(item instanceof Y.Item)) continue
        // A container stays for the sake of what others put there.
        const mayStay = item.parentSub !== null || item.content instanceof Y.ContentType
        assert(item.deleted || mayStay, `seed ${seed}: a hidden item shows`)
      }
      // Whatever either writes next passes the other's guard.
      for (const [writer, reader] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        editNote(writer, random)
        assert(
          reader.receive(writer.flush()).every(({ status }) => status === 'applied'),
          `seed ${seed}`,
        )
        reader.repair()
      }
      assert.equal(contentDigest(alice.doc), contentDigest(bob.doc), `seed ${seed}, after`)
    }
  })
})
