import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { ChatLog } from '../../src/document/chat-log.ts'
import { ChatView } from '../../src/document/chat-view.ts'
import { contentDigest } from '../../src/document/document-content.ts'
import { hiddenRanges, hideTheSame, isWithin, type FeedVisibility } from '../../src/document/hidden-entries.ts'
import { bodyOf, noteText, ReadOnlyCopy } from '../../src/document/note.ts'
import type { PersonId } from '../../src/base/ids.ts'
import { isHidden } from './access-history.ts'
import { clientNamed, feedNamed, Replica, seededRandom, three, title, two, type } from './replica.ts'

const registration = (name: string, visibility: FeedVisibility) =>
  ({ feed: feedNamed(name), client: clientNamed(name), rights: 'write', ...visibility }) as const

/** Tells replicas what is hidden of a feed. */
function hide(name: string, visibility: FeedVisibility, ...replicas: readonly Replica[]): void {
  for (const replica of replicas) {
    replica.document.registerFeed(registration(name, visibility))
    replica.repair()
  }
}

const paragraph = (text: string): Y.XmlElement => {
  const element = new Y.XmlElement('paragraph')
  element.insert(0, [new Y.XmlText(text)])
  return element
}

const wordsIn = (replica: Replica, index: number): Y.XmlText =>
  (bodyOf(replica.doc).get(index) as Y.XmlElement).get(0) as Y.XmlText

describe('ranges of hidden entries', () => {
  it('are merged, ascending, and end with the feed', () => {
    const redactions = [
      { from: 6, to: 9 },
      { from: 1, to: 3 },
      { from: 2, to: 4 },
    ]
    assert.deepEqual(hiddenRanges({ redactions, limit: 8 }, 20), [
      { from: 1, to: 4 },
      { from: 6, to: 20 },
    ])
    assert.deepEqual(hiddenRanges({ redactions }, 2), [{ from: 1, to: 2 }])
    assert.deepEqual(hiddenRanges({}, 2), [])
  })

  it('are compared by what they hide', () => {
    const random = seededRandom(5)
    const some = (): FeedVisibility => {
      const from = Math.floor(random() * 5)
      const redactions = random() < 0.5 ? [{ from, to: from + Math.floor(random() * 4) }] : undefined
      return { redactions, limit: random() < 0.5 ? Math.floor(random() * 7) : undefined }
    }
    for (let i = 0; i < 5000; i++) {
      const [one, other] = [some(), some()]
      const length = Math.floor(random() * 7)
      const ranges = hiddenRanges(one, length)
      for (let seq = 0; seq < length; seq++) assert.equal(isWithin(ranges, seq), isHidden(one, seq))
      const seqs = Array.from({ length }, (_, seq) => seq)
      const expected = seqs.every((seq) => isHidden(one, seq) === isHidden(other, seq))
      assert.equal(hideTheSame(one, other, length), expected, JSON.stringify([one, other, length]))
    }
  })
})

describe('a redaction', () => {
  it('[D7] hides entries within the limit, gives back what they deleted, and what follows them stays', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'one '))
    title(alice).delete(0, 3)
    title(alice).insert(0, 'BAD')
    bob.receive(alice.flush())
    bob.receive(type(alice, 4, 'three'))
    hide('Alice', { redactions: [{ from: 1, to: 2 }] }, alice, bob)
    for (const replica of [alice, bob]) assert.equal(title(replica).toString(), 'one three')
    // Her feed goes on.
    assert.deepEqual(bob.receive(type(alice, 9, '!')), [{ status: 'applied' }])
    assert.equal(title(bob).toString(), 'one three!')
    hide('Alice', {}, alice, bob)
    assert.equal(title(bob).toString(), 'BAD three!')
    assert.equal(contentDigest(alice.doc), contentDigest(bob.doc))
  })

  it('[D7] rebuilds nothing when nothing taken in changes', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'one'))
    bob.receive(type(alice, 3, 'two'))
    const { doc } = bob
    const needless: readonly FeedVisibility[] = [
      { redactions: [{ from: 2, to: 9 }] },
      { limit: 2 },
      { limit: 7, redactions: [{ from: 2, to: 3 }] },
      { limit: undefined, redactions: [] },
    ]
    for (const visibility of needless) hide('Alice', visibility, bob)
    assert.equal(bob.doc, doc)
    hide('Alice', { redactions: [{ from: 1, to: 9 }] }, bob)
    assert.notEqual(bob.doc, doc)
    const hidden = bob.doc
    // The same entry, hidden for another reason; but beyond a limit it is here only if somebody refers to it.
    hide('Alice', { limit: 1 }, bob)
    assert.notEqual(bob.doc, hidden)
    assert.equal(bob.document.lengthOf(alice.feed), 1)
  })

  it('[D8] of what comes next keeps the words here', () => {
    const [alice] = two()
    type(alice, 0, 'one')
    hide('Alice', { redactions: [{ from: 1, to: 5 }] }, alice)
    title(alice).insert(3, ' two')
    const { entries, refused } = alice.document.takeLocalChanges({ nowMs: 0 })
    assert.deepEqual(entries, [])
    assert.deepEqual(refused, { reason: 'redacted', detail: undefined, text: 'two' })
    alice.repair()
    assert.equal(title(alice).toString(), 'one')
  })
})

describe('what others wrote inside something hidden', () => {
  function written(): readonly [Replica, Replica, Replica] {
    const [ben, cleo, ada] = three()
    bodyOf(ben.doc).insert(0, [paragraph('Ben’s'), paragraph('Ben’s too')])
    const first = ben.flush()
    cleo.receive(first)
    ada.receive(first)
    wordsIn(cleo, 0).insert(5, ' and Cleo’s')
    const second = cleo.flush()
    ben.receive(second)
    ada.receive(second)
    return [ben, cleo, ada]
  }

  it('[D12] stays, in the containers around it, and the other containers go', () => {
    const [ben, cleo, ada] = written()
    hide('Alice', { limit: 0 }, ben, cleo, ada)
    for (const replica of [ben, cleo, ada]) {
      assert.equal(noteText(replica.doc), ' and Cleo’s', replica.name)
      assert.equal(bodyOf(replica.doc).length, 1)
    }
    wordsIn(cleo, 0).insert(0, 'Now ')
    assert.deepEqual(ada.receive(cleo.flush()), [{ status: 'applied' }])
    assert.equal(noteText(ada.doc), 'Now  and Cleo’s')
  })

  it('[D12] brings a container back when it comes late', () => {
    const [ben, cleo, ada] = three()
    bodyOf(ben.doc).insert(0, [paragraph('Ben’s')])
    const first = ben.flush()
    cleo.receive(first)
    ada.receive(first)
    ada.receive(type(cleo, 0, 'Title'))
    wordsIn(cleo, 0).insert(5, ' and Cleo’s')
    const late = cleo.flush()
    hide('Alice', { limit: 0 }, ada)
    assert.equal(noteText(ada.doc), 'Title')
    const copy = new ReadOnlyCopy(ada.document)
    ada.receive(late)
    ada.repair()
    assert.equal(noteText(ada.doc), 'Title\n\n and Cleo’s')
    assert.equal(noteText(copy.doc), noteText(ada.doc))
    copy.close()
  })

  it('[D12] is found however many entries lie between, in one rebuild', () => {
    const [ben, cleo, ada] = three()
    bodyOf(ben.doc).insert(0, [paragraph('Ben’s')])
    const first = ben.flush()
    cleo.receive(first)
    ada.receive(first)
    for (let i = 0; i < 600; i++) type(cleo, i, 'x')
    wordsIn(cleo, 0).insert(5, ' and Cleo’s')
    cleo.flush()
    ada.receive(cleo.log.slice(1))
    ada.document.registerFeed(registration('Alice', { limit: 0 }))
    ada.document.rebuild(ada.log)
    assert.equal(ada.document.needsRebuild, false)
    assert(noteText(ada.doc).endsWith(' and Cleo’s'))
  })

  it('[D12] does not stay for the sake of a format mark', () => {
    const [ben, cleo, ada] = three()
    bodyOf(ben.doc).insert(0, [paragraph('Ben’s')])
    cleo.receive(ben.flush())
    wordsIn(cleo, 0).format(0, 3, { strong: {} })
    ada.receive(ben.log)
    ada.receive(cleo.flush())
    hide('Alice', { limit: 0 }, ada)
    assert.equal(bodyOf(ada.doc).length, 0)
  })
})

describe('a hidden value', () => {
  it('[D7] shows what comes late and stands before it, in a copy too', () => {
    // Of two values that did not know of each other, that of the larger client id wins.
    const [low, high] = three().toSorted((a, b) => clientNamed(a.name) - clientNamed(b.name))
    assert(low && high)
    const heading = new Y.XmlElement('heading')
    bodyOf(low.doc).insert(0, [heading])
    heading.setAttribute('level', 1 as unknown as string)
    const ada = new Replica('Ada', 'note', ['Alice', 'Bob', 'Carol'])
    for (const reader of [high, ada]) reader.receive(low.log.length > 0 ? low.log : low.flush())
    const level = (doc: Y.Doc): unknown => (bodyOf(doc).get(0) as Y.XmlElement).getAttribute('level')
    const setLevel = (replica: Replica, value: number) => {
      ;(bodyOf(replica.doc).get(0) as Y.XmlElement).setAttribute('level', value as unknown as string)
      return replica.flush()
    }
    const hidden = setLevel(high, 6)
    const late = setLevel(low, 3)
    ada.receive(hidden)
    hide(high.name, { redactions: [{ from: 0, to: 1 }] }, ada)
    const copy = new ReadOnlyCopy(ada.document)
    assert.equal(level(copy.doc), 1)
    ada.receive(late)
    ada.repair()
    assert.equal(level(ada.doc), 3)
    assert.equal(level(copy.doc), 3)
    copy.close()
  })
})

describe('the own feed, cut off', () => {
  it('[D14] gives its words back, closes, and the document goes on without them', () => {
    const [alice, bob] = two()
    bob.receive(type(alice, 0, 'kept '))
    type(alice, 5, 'first')
    title(alice).delete(5, 1)
    title(alice).insert(5, 'F')
    alice.flush()
    type(alice, 0, 'front ')
    alice.document.registerFeed(registration('Alice', { limit: 1 }))
    assert.equal(alice.document.cutOff(alice.feed, 1), 'First\nfront')
    alice.repair()
    assert.equal(title(alice).toString(), 'kept ')
    assert.equal(alice.document.ownFeed, undefined)
    // They wait, and can be asked for again, for instance after a restart.
    assert.equal(alice.document.cutOff(alice.feed, 1), 'irst\nF\nfront')
    title(alice).insert(0, 'more')
    const { refused } = alice.document.takeLocalChanges({ nowMs: 0 })
    assert.deepEqual(refused, { reason: 'no-feed', detail: undefined, text: 'more' })
    alice.repair()
    // Let in again, all is back and the feed goes on.
    hide('Alice', {}, alice)
    assert.equal(title(alice).toString(), 'front kept First')
    alice.document.openOwnFeed(alice.feed)
    const last = type(alice, 0, '!')
    bob.receive(alice.log.filter((entry) => !bob.log.includes(entry) && !last.includes(entry)))
    assert.deepEqual(bob.receive(last), [{ status: 'applied' }])
    assert.equal(contentDigest(alice.doc), contentDigest(bob.doc))
  })

  it('[D14] that nothing was cut from refuses what comes next', () => {
    const [alice] = two()
    type(alice, 0, 'kept')
    hide('Alice', { limit: 1 }, alice)
    title(alice).insert(4, ' not')
    const { refused } = alice.document.takeLocalChanges({ nowMs: 0 })
    assert.deepEqual(refused, { reason: 'limit', detail: undefined, text: 'not' })
    alice.repair()
    assert.equal(title(alice).toString(), 'kept')
  })

  it('[D14] [C5] gives back messages, one a line, without those that were taken back', () => {
    const alice = new Replica('Alice', 'chat', ['Alice', 'Bob'])
    const view = new ChatView(alice.document, {
      personOf: (feed) => feed as unknown as PersonId,
      mayModerate: () => false,
    })
    const log = new ChatLog(alice.document)
    for (const text of ['one', 'two', 'three']) {
      log.send(text, { atMs: 1 })
      alice.flush()
    }
    const shown: number[] = []
    const before = view.messages
    view.events.on('change', () => shown.push(view.messages.length))
    alice.document.registerFeed(registration('Alice', { limit: 1 }))
    assert.equal(alice.document.cutOff(alice.feed, 1), 'two\nthree')
    alice.repair()
    assert.deepEqual(shown, [1], 'told once, when it is done')
    assert.equal(view.messages[0], before[0], 'what did not change is the same object')
    assert.equal(alice.document.cutOff(alice.feed, 1), 'two\nthree')
    view.close()
  })
})

describe('entries beyond a limit', () => {
  it('[D7] are let in when somebody waited for them before the limit was known', () => {
    const [alice, bob, carol] = three()
    const word = type(alice, 0, 'word')
    bob.receive(word)
    const answer = type(bob, 4, ' answer')
    assert.equal(carol.receive(answer)[0]?.status, 'held')
    hide('Alice', { limit: 0 }, carol)
    carol.receive(word)
    assert.equal(title(carol).toString(), ' answer')
  })

  it('[D7] are let in by an entry that is refused, whether that is known before or after', () => {
    const names = ['Mal', 'Eve', 'Dan']
    const mal = new Replica('Mal', 'note', names)
    const beyond = type(mal, 0, 'beyond')
    const entry = { body: new Uint8Array([0, 0]), receivedAtMs: 0, seq: 0 }
    const bad = { ...entry, feed: feedNamed('Eve'), cut: [], body: new Uint8Array() }
    const cut = [
      { feed: feedNamed('Eve'), length: 1 },
      { feed: feedNamed('Mal'), length: 1 },
    ]
    const naming = { ...entry, feed: feedNamed('Dan'), cut }
    const lengths = [
      [bad, ...beyond, naming],
      [...beyond, naming, bad],
      [naming, bad, ...beyond],
    ].map((entries) => {
      const reader = new Replica('Reader', 'note', names)
      hide('Mal', { limit: 0 }, reader)
      for (const each of entries) reader.receive([each])
      assert.equal(reader.document.endOf(feedNamed('Dan'))?.reason, 'cut')
      return reader.document.lengthOf(mal.feed)
    })
    assert.deepEqual(lengths, [1, 1, 1])
  })

  it('[D6] that found no room to wait are asked for again when they may come in', () => {
    const [alice, bob] = two()
    for (let i = 0; i < 1100; i++) type(alice, i, 'x')
    hide('Alice', { limit: 1 }, bob)
    const outcomes = bob.receive(alice.log)
    assert(outcomes.every(({ status }) => status !== 'dropped'))
    const reports = bob.document.registerFeed(registration('Alice', {}))
    assert.equal(reports.filter(({ outcome }) => outcome.status === 'dropped').length, 1)
    bob.receive(alice.log.slice(bob.document.lengthOf(alice.feed)))
    assert.equal(title(bob).length, 1100)
  })
})
