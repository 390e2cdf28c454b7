import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { contentDigest } from '../../src/document/document-content.ts'
import type { ReceivedEntry } from '../../src/document/entry-outcome.ts'
import { GuardedDocument } from '../../src/document/guarded-document.ts'
import { compactUpdate } from '../../src/document/update-body.ts'
import { clientNamed, documentNamed, Replica, seededRandom, three, title, two, type } from './replica.ts'

describe('a guarded document', () => {
  it('carries what Alice types to Bob and back', () => {
    const [alice, bob] = two()
    assert.deepEqual(bob.receive(type(alice, 0, 'Hello 👋')), [{ status: 'applied' }])
    alice.receive(type(bob, 8, ', Alice'))
    assert.equal(title(alice).toString(), 'Hello 👋, Alice')
    assert.equal(contentDigest(alice.doc), contentDigest(bob.doc))
  })

  it('[D2] drops what it has already', () => {
    const [alice, bob] = two()
    const entries = type(alice, 0, 'once')
    bob.receive(entries)
    assert.deepEqual(bob.receive(entries), [{ status: 'duplicate' }])
    assert.equal(title(bob).toString(), 'once')
  })

  it('[D2] row 1: of two entries at one position only the first has an effect', () => {
    const [alice, bob] = two()
    const twin = new Replica('Alice', 'note', ['Alice', 'Bob'])
    const first = type(alice, 0, 'first')
    const second = type(twin, 0, 'other')
    bob.receive(first)
    assert.deepEqual(bob.receive(second), [{ status: 'duplicate' }])
    assert.equal(title(bob).toString(), 'first')
    const ahead = type(alice, 5, '!')
    const fork = type(twin, 5, '?')
    const carol = new Replica('Carol', 'note', ['Alice', 'Bob', 'Carol'])
    carol.receive(ahead)
    assert.deepEqual(carol.receive(fork), [{ status: 'rejected', reason: 'fork' }])
    assert.deepEqual(carol.receive(ahead), [{ status: 'duplicate' }])
    carol.receive(first)
    assert.equal(title(carol).toString(), 'first!')
  })

  it('[D3] holds an entry until the earlier ones of its feed are here', () => {
    const [alice, bob] = two()
    const [one, two_, three_] = [type(alice, 0, 'a'), type(alice, 1, 'b'), type(alice, 2, 'c')]
    assert.deepEqual(bob.receive(three_), [
      { status: 'held', reason: 'earlier-entries', missing: [{ feed: alice.feed, length: 2 }] },
    ])
    bob.receive(one)
    const reports = bob.receive(two_)
    assert.deepEqual(reports, [{ status: 'applied' }, { status: 'applied' }])
    assert.equal(title(bob).toString(), 'abc')
  })

  it('[D3] holds an entry until what its author had seen is here, and names it', () => {
    const [alice, bob, carol] = three()
    const first = type(alice, 0, 'ac')
    bob.receive(first)
    const second = type(bob, 1, 'b')
    assert.deepEqual(carol.receive(second), [
      { status: 'held', reason: 'heads', missing: [{ feed: alice.feed, length: 1 }] },
    ])
    assert.equal(carol.doc.store.pendingStructs, null)
    assert.deepEqual(carol.receive(first), [{ status: 'applied' }, { status: 'applied' }])
    assert.equal(title(carol).toString(), 'abc')
  })

  it('[D3] holds an entry until its feed is registered', () => {
    const [alice] = two()
    const entries = type(alice, 0, 'early')
    const late = new Replica('Bob', 'note', ['Bob'])
    assert.deepEqual(late.receive(entries), [{ status: 'held', reason: 'feed-unknown', missing: [] }])
    const reports = late.document.registerFeed({ feed: alice.feed, client: clientNamed('Alice'), rights: 'write' })
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      [{ status: 'applied' }],
    )
    assert.equal(title(late).toString(), 'early')
  })

  it('[D8] refuses to let remote entries in over local changes', () => {
    const [alice, bob] = two()
    const entries = type(alice, 0, 'remote')
    title(bob).insert(0, 'local')
    assert.throws(() => bob.receive(entries), /local changes/)
    const own = bob.flush()
    bob.receive(entries)
    alice.receive(own)
    assert.equal(title(alice).toString(), title(bob).toString())
  })

  it('[D8] tells of local changes, and of nothing else', () => {
    const [alice, bob] = two()
    let count = 0
    bob.document.events.on('local', () => count++)
    bob.receive(type(alice, 0, 'remote'))
    assert.equal(count, 0)
    assert.equal(bob.document.hasLocalChanges, false)
    title(bob).delete(0, 1)
    assert.equal(count, 1)
    assert.equal(bob.document.hasLocalChanges, true)
    bob.flush()
    assert.equal(bob.document.hasLocalChanges, false)
    assert.equal(count, 1)
  })

  it('[D8] splits a large paste into entries that others accept', () => {
    const [alice, bob] = two()
    const text = 'all the world’s a stage 🎭 '.repeat(20_000)
    const entries = type(alice, 0, text)
    assert(entries.length > 5)
    for (const { body } of entries) assert(body.length <= 48 * 1024)
    const outcomes = bob.receive(entries)
    assert(outcomes.every(({ status }) => status === 'applied'))
    assert.equal(title(bob).toString(), text)
    assert.equal(contentDigest(alice.doc), contentDigest(bob.doc))
  })

  it('[D8] does not publish what its own guard refuses, keeps the words, and goes on after a rebuild', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'good'))
    alice.doc.getText('title').insertEmbed(0, { evil: true })
    alice.doc.getText('title').insert(1, 'kept words')
    const { entries, refused } = alice.document.takeLocalChanges({ nowMs: 0 })
    assert.deepEqual(entries, [])
    assert.equal(refused?.text, 'kept words')
    assert.equal(alice.document.needsRebuild, true)
    alice.document.rebuild(alice.log)
    assert.equal(title(alice).toString(), 'good')
    assert.deepEqual(bob.receive(type(alice, 4, ' again')), [{ status: 'applied' }])
    assert.equal(title(bob).toString(), 'good again')
  })

  it('[D9] does not continue a feed of which it does not have everything', () => {
    const [alice] = two()
    const entries = [...type(alice, 0, 'a'), ...type(alice, 1, 'b')]
    const restored = new GuardedDocument({ document: documentNamed('test'), kind: 'note' })
    restored.registerFeed({ feed: alice.feed, client: clientNamed('Alice'), rights: 'write' })
    restored.load(entries.slice(0, 1))
    restored.openOwnFeed(alice.feed)
    const [report] = restored.receive(entries.slice(1))
    assert.deepEqual(report?.outcome, { status: 'held', reason: 'own-feed', missing: [] })
    assert.equal(restored.doc.getText('title').toString(), 'a')
  })

  it('[D9] goes on with its feed after a restart', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'before'))
    const restored = new Replica('Alice', 'note', ['Bob', 'Carol'])
    restored.document.registerFeed({ feed: alice.feed, client: clientNamed('Alice'), rights: 'write' })
    restored.document.load(alice.log)
    restored.document.openOwnFeed(alice.feed)
    assert.equal(restored.doc.clientID, clientNamed('Alice'))
    assert.deepEqual(bob.receive(type(restored, 6, ' after')), [{ status: 'applied' }])
    assert.equal(title(bob).toString(), 'before after')
  })
})

describe('arrival in any order', () => {
  /** Three people type, delete and read each other's words now and then. */
  function session(seed: number): { people: readonly Replica[]; entries: ReceivedEntry[] } {
    const random = seededRandom(seed)
    const people = three()
    const entries: ReceivedEntry[] = []
    const reads = new Map(people.map((person) => [person, 0]))
    for (let step = 0; step < 120; step++) {
      const person = people[Math.floor(random() * people.length)]
      assert(person)
      const text = title(person)
      for (let edits = 1 + Math.floor(random() * 3); edits > 0; edits--) {
        const at = Math.floor(random() * (text.length + 1))
        if (random() < 0.3 && at < text.length) text.delete(at, 1)
        else text.insert(at, 'abcdefgh'.slice(0, 1 + Math.floor(random() * 4)))
      }
      entries.push(...person.flush())
      if (random() < 0.5) {
        const from = reads.get(person) ?? 0
        const to = from + Math.floor(random() * (entries.length - from + 1))
        person.receive(entries.slice(from, to).filter(({ feed }) => feed !== person.feed))
        reads.set(person, to)
      }
    }
    for (const person of people) person.receive(entries.filter(({ feed }) => feed !== person.feed))
    return { people, entries }
  }

  it('[D3] [D1] gives equal documents, and a rebuild gives the same', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { people, entries } = session(seed)
      const random = seededRandom(seed + 1000)
      const shuffled = entries
        .map((entry) => ({ entry, key: random() }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ entry }) => entry)
      const late = new Replica('Dora', 'note', ['Alice', 'Bob', 'Carol', 'Dora'])
      for (let i = 0; i < shuffled.length;) {
        const size = 1 + Math.floor(random() * 10)
        late.receive(shuffled.slice(i, i + size))
        i += size
      }
      assert.equal(late.log.length, entries.length, `seed ${seed}`)
      const digest = contentDigest(late.doc)
      for (const person of people) assert.equal(contentDigest(person.doc), digest, `seed ${seed}, ${person.name}`)
      late.document.rebuild(shuffled)
      assert.equal(contentDigest(late.doc), digest, `seed ${seed}, rebuilt`)
      const structs = Y.encodeStateVector(late.doc)
      assert.deepEqual(
        Y.decodeStateVector(structs),
        Y.decodeStateVector(Y.encodeStateVector(people[0]?.doc ?? late.doc)),
      )
    }
  })

  it('[D6] holds a bounded number, and takes the rest when it comes again', () => {
    const [alice, bob] = two()
    const entries: ReceivedEntry[] = []
    for (let i = 0; i < 1500; i++) entries.push(...type(alice, i, 'x'))
    const outcomes = bob.receive(entries.slice(1))
    assert.equal(outcomes.filter(({ status }) => status === 'held').length, 1024)
    assert.equal(outcomes.filter(({ status }) => status === 'dropped').length, 475)
    bob.receive(entries.slice(0, 1))
    assert.equal(bob.document.lengthOf(alice.feed), 1025)
    bob.receive(entries.slice(1025))
    assert.equal(title(bob).length, 1500)
  })
})

describe('a document that fails', () => {
  it('[D11] is found out when a listener of ours stops its events, and is rebuilt', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'one'))
    const failures: unknown[] = []
    bob.document.events.on('failed', (error) => failures.push(error))
    bob.doc.on('update', () => {
      throw new Error('careless')
    })
    assert.deepEqual(bob.receive(type(alice, 3, ' two')), [{ status: 'applied' }])
    assert.equal((failures[0] as Error).message, 'careless')
    assert.equal(bob.document.needsRebuild, true)
    bob.document.rebuild(bob.log)
    assert.equal(bob.document.needsRebuild, false)
    assert.equal(title(bob).toString(), 'one two')
    alice.receive(type(bob, 7, ' three'))
    assert.equal(title(alice).toString(), 'one two three')
  })

  it('[D3] puts off what costs too much, and judges it when there is time', () => {
    const [alice, bob, carol] = three()
    const base = type(alice, 0, 'ab')
    bob.receive(base)
    carol.receive(base)
    bob.doc.transact(() => {
      for (let i = 0; i < 20_100; i++) title(bob).insert(1, 'x')
    })
    carol.receive(bob.flush())
    const between = type(alice, 1, 'A')
    const after = type(alice, 3, '!')
    const held = { status: 'held', reason: 'postponed', missing: [] }
    assert.deepEqual(carol.receive(between), [held])
    assert.equal(carol.receive(after)[0]?.status, 'held')
    assert.equal(carol.document.retryPostponed().filter(({ outcome }) => outcome.status === 'applied').length, 2)
    bob.document.receive([...between, ...after])
    bob.document.retryPostponed()
    assert.equal(title(carol).length, 20_104)
    assert.equal(contentDigest(carol.doc), contentDigest(bob.doc))
  })
})

describe('hostile bodies', () => {
  it('[D10] never throw, park or change the client id', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'base text'))
    const [honest] = type(alice, 9, ' and more')
    assert(honest)
    for (let at = 0; at < honest.body.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const body = honest.body.slice()
        body[at] = (body[at] ?? 0) ^ flip
        const victim = new Replica('Bob', 'note', ['Alice', 'Bob'])
        victim.document.load(bob.log)
        const [outcome] = victim.receive([{ ...honest, body }])
        assert(outcome?.status === 'applied' || outcome?.status === 'rejected', `${at} ${flip} ${outcome?.status}`)
        assert.equal(victim.doc.store.pendingStructs, null)
        assert.equal(victim.doc.store.pendingDs, null)
        assert.equal(victim.doc.clientID, clientNamed('Bob'))
      }
    }
  })

  it('[D10] cannot speak for another client', () => {
    const [alice, bob] = two()
    const mallory = new Y.Doc()
    mallory.clientID = clientNamed('Bob')
    mallory.getText('title').insert(0, 'as Bob')
    const body = compactUpdate(Y.encodeStateAsUpdate(mallory), clientNamed('Bob'), 0)
    bob.receive([{ feed: alice.feed, seq: 0, cut: [], body, receivedAtMs: 0 }])
    const structs = bob.doc.store.clients
    assert.equal(structs.has(clientNamed('Bob')), false)
    assert.equal(structs.has(clientNamed('Alice')), true)
  })
})
