/** The attack table, rows 17 to 27: one test a row, by its number. Rows 25 and 28 belong to cuts and presence. */
import assert from 'node:assert/strict'
import test from 'node:test'
import * as Y from 'yjs'
import { Writer } from '../../../src/base/codec.ts'
import { Guard } from '../../../src/document/guard/guard.ts'
import { disableFormattingCleanup } from '../../../src/document/guard/health.ts'
import { FEED_BYTES_MAX, FEED_STRUCTS_MAX } from '../../../src/document/guard/limits.ts'
import type { GuardReason } from '../../../src/document/guard/reasons.ts'
import { chatSchema } from '../../../src/document/guard/schemas.ts'
import {
  anyContent,
  elementContent,
  markContent,
  textContent,
  typeContent,
  writeUpdate,
  type Draft,
  type DraftDeletes,
} from '../../fuzz/draft.ts'
import {
  ALICE,
  MALLORY,
  CAROL,
  alices,
  own,
  TITLE,
  HEADING,
  TEXT,
  LETTERS,
  LEVEL,
  COMMENT,
  END,
  note,
  draft,
  update,
  deletion,
} from './note-fixture.ts'

test('[row 17] [G7] content in a container that takes no such content is refused', () => {
  const { verdict } = note()
  const inHeading = { origin: alices(TEXT), parent: alices(HEADING) }
  assert.equal(verdict(update([draft({ ...textContent('x'), ...inHeading })])), 'placement')
  assert.equal(verdict(update([draft({ ...anyContent(1), ...inHeading })])), 'placement')
  assert.equal(verdict(update([draft({ ...elementContent('table'), ...inHeading })])), 'placement')
  assert.equal(verdict(update([draft({ ...markContent('em', {}) })])), 'placement', 'the title has no marks')
  assert.equal(verdict(update([draft({ key: 'hidden', origin: undefined })])), 'placement', 'a key on a text')
  assert.equal(verdict(update([draft({ flip: 0x20 })])), 'placement', 'the key flag beside an origin')
  const level = { ...anyContent(2), parent: alices(HEADING), origin: alices(LEVEL) }
  assert.equal(verdict(update([draft({ ...level, key: undefined })])), 'placement', 'no key flag beside a key')
  const mixed = { origin: alices(TITLE + 7), right: alices(LETTERS) }
  assert.equal(verdict(update([draft(mixed)])), 'adjacency', 'origins in two containers')
  assert.equal(verdict(update([draft({ ...level, key: 'level', right: alices(TEXT) })])), 'adjacency')
  assert.equal(verdict(update([draft({ ...anyContent(2, 3), key: 'level', origin: alices(LEVEL) })])), 'content')
})

test('[row 18] [G7] roots outside the schema are refused and not made', () => {
  const { verdict, doc } = note()
  for (const root of ['other', 'comments/nobody', '', 'lane/mallory', 'constructor']) {
    assert.equal(verdict(update([draft({ origin: undefined, parent: root })])), 'placement')
    assert(!doc.share.has(root))
  }
})

test('[row 19] [G7] keys and lanes of others cannot be written', () => {
  const { verdict } = note()
  const level = draft({ ...anyContent(2), key: 'level', origin: alices(LEVEL) })
  assert.equal(verdict(update([level], [], { client: CAROL, clock: 0 }), CAROL), 'rights')
  const comment = { ...anyContent({ text: 'x' }), origin: undefined }
  assert.equal(verdict(update([draft({ ...comment, origin: alices(COMMENT) })])), 'rights')
  assert.equal(verdict(update([draft({ ...comment, parent: 'comments/carol' })])), 'rights')
  assert.equal(verdict(update([draft({ ...comment, parent: 'comments/mallory' })])), 'accepted')
  const carols = update([draft({ ...comment, parent: 'comments/carol' })], [], { client: CAROL, clock: 0 })
  assert.equal(verdict(carols, CAROL), 'accepted')
  assert.equal(verdict(update([draft()], [], { client: CAROL, clock: 0 }), CAROL), 'rights')
})

test('[row 20] [G9] only writers delete containers, and nobody deletes in a lane', () => {
  const { verdict } = note()
  assert.equal(verdict(deletion(ALICE, [HEADING, 1])), 'accepted')
  assert.equal(verdict(deletion(ALICE, [HEADING, 1]), CAROL), 'rights')
  assert.equal(verdict(deletion(ALICE, [COMMENT, 1])), 'rights')
  assert.equal(verdict(deletion(ALICE, [0, END])), 'rights')
  const comment = draft({ ...anyContent({ text: 'x' }), origin: undefined, parent: 'comments/mallory' })
  assert.equal(verdict(update([comment], [{ client: MALLORY, ranges: [[0, 1]] }])), 'rights')
})

test('[row 21] [G6] names that change objects instead of filling them are refused everywhere', () => {
  const { verdict } = note()
  const lane = { origin: undefined, parent: 'comments/mallory' }
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    const object = Object.defineProperty({}, name, { value: { isAdmin: true }, enumerable: true })
    assert.equal(verdict(update([draft({ ...anyContent(object), ...lane })])), 'content')
    assert.equal(verdict(update([draft({ ...anyContent({ inner: object }), ...lane })])), 'content')
    assert.equal(verdict(update([draft({ origin: undefined, parent: name })])), 'placement')
    const key = { ...anyContent('x'), parent: alices(HEADING), origin: undefined, key: name }
    assert.equal(verdict(update([draft(key)])), 'placement')
    const inText = { origin: alices(LETTERS + 4), parent: alices(TEXT) }
    assert.equal(verdict(update([draft({ ...markContent(name, {}), ...inText })])), 'content')
    const link = `{"${name}":{},"href":"https://example.org"}`
    const content = new Writer().text('link').text(link).finish()
    assert.equal(verdict(update([draft({ ...markContent('link', null), content, ...inText })])), 'content')
    const element = { ...elementContent(name), origin: alices(HEADING), parent: 'body' }
    assert.equal(verdict(update([draft(element)])), 'placement')
  }
})

test('[row 22] [G6] nodes, attributes, marks and links outside the lists are refused', () => {
  const { verdict } = note()
  const inBody = { origin: alices(HEADING), parent: 'body' }
  for (const name of ['script', 'img src=x onerror=alert(1)', 'Paragraph', 'list_item', 'text']) {
    assert.equal(verdict(update([draft({ ...elementContent(name), ...inBody })])), 'placement')
  }
  const attribute = (key: string, ...values: unknown[]): Draft =>
    draft({
      ...anyContent(...values),
      parent: alices(HEADING),
      origin: key === 'level' ? alices(LEVEL) : undefined,
      key,
    })
  assert.equal(verdict(update([attribute('onclick', 'alert(1)')])), 'placement')
  for (const value of ['1', 7, 0, null, true, [1], { level: 1 }]) {
    assert.equal(verdict(update([attribute('level', value)])), 'content')
  }
  const mark = (name: string, value: unknown): Draft =>
    draft({ ...markContent(name, value), origin: alices(LETTERS + 4), parent: alices(TEXT) })
  assert.equal(verdict(update([mark('strong', {})])), 'accepted')
  assert.equal(verdict(update([mark('link', { href: 'https://example.org', title: null })])), 'accepted')
  const links = ['javascript:alert(1)', 'JaVaScRiPt:x', ' javascript:x', 'data:text/html,x', 'java\nscript:x', '//x', 7]
  for (const href of links) assert.equal(verdict(update([mark('link', { href })])), 'content')
  const wrong = [
    mark('ychange', {}),
    mark('strong--AAAAAAAA', {}),
    mark('strong', true),
    mark('strong', { onclick: 'x' }),
  ]
  for (const one of wrong) assert.equal(verdict(update([one])), 'content')
})

test('[row 23] [G6] subdocuments, hooks, old JSON, binary data and other shared types are refused', () => {
  const { verdict } = note()
  const inBody = { origin: alices(HEADING), parent: 'body' }
  const raw = (kind: number, content: Uint8Array): Draft => draft({ kind, length: 1, content, ...inBody })
  const subdocument = new Writer().text('guid').u8(118).varuint(1).text('autoLoad').u8(120).finish()
  assert.equal(verdict(update([raw(9, subdocument)])), 'content')
  assert.equal(verdict(update([raw(2, new Writer().varuint(1).text('{}').finish())])), 'content')
  assert.equal(verdict(update([raw(7, new Writer().varuint(5).text('hook').finish())])), 'content')
  assert.equal(verdict(update([raw(3, new Writer().bytes(Uint8Array.of(1)).finish())])), 'placement')
  assert.equal(verdict(update([raw(5, new Writer().text('{}').finish())])), 'placement')
  for (const type of [0, 1, 2, 4, 7, 2 ** 40]) {
    assert.equal(verdict(update([draft({ ...typeContent(type), ...inBody })])), 'content')
  }
  const bigint = new Writer().varuint(1).u8(122).fixed(new Uint8Array(8)).finish()
  const lane = { origin: undefined, parent: 'comments/mallory' }
  assert.equal(verdict(update([draft({ kind: 8, length: 1, content: bigint, ...lane })])), 'content')
})

test('[row 24] [G8] [G9] a character is not cut in two by an insertion or a deletion', () => {
  const { verdict } = note()
  const emoji = TITLE + 6
  assert.equal(verdict(update([draft({ origin: alices(emoji), right: alices(emoji + 1) })])), 'surrogate')
  assert.equal(verdict(deletion(ALICE, [emoji, 1])), 'surrogate')
  assert.equal(verdict(deletion(ALICE, [emoji + 1, 1])), 'surrogate')
  assert.equal(verdict(deletion(ALICE, [emoji, 2])), 'accepted')
  const own2 = draft({ ...textContent('a😀') })
  assert.equal(verdict(update([own2, draft({ origin: own(1), right: own(2) })])), 'surrogate')
  assert.equal(verdict(update([own2, draft({ origin: own(0), right: own(1) })])), 'accepted')
  assert.equal(verdict(update([own2], [{ client: MALLORY, ranges: [[2, 1]] }])), 'surrogate')
  assert.equal(verdict(update([own2], [{ client: MALLORY, ranges: [[0, 2]] }])), 'surrogate')
  assert.equal(verdict(update([own2], [{ client: MALLORY, ranges: [[1, 2]] }])), 'accepted')
  const half = { kind: 4, length: 1, content: new Writer().bytes(Uint8Array.of(0xed, 0xa0, 0xbd)).finish() }
  assert.equal(verdict(update([draft(half)])), 'parse', 'half a character does not travel')
})

test('[row 26] [G10] a feed that has used up its structs or bytes is refused', () => {
  for (const used of [
    { structs: FEED_STRUCTS_MAX, sizeBytes: 0 },
    { structs: 0, sizeBytes: FEED_BYTES_MAX - 3 },
  ]) {
    const { verdict, guard } = note()
    guard.commit({ client: MALLORY, from: 0, to: 0, replacements: [], ...used })
    assert.equal(verdict(update([draft()])), 'quota')
  }
})

test('[row 26] [G2] a walk past too much that the author had not seen is put off, not refused', () => {
  const { guard, doc } = note()
  const lines = Array.from({ length: 50 }, (_, i) =>
    draft({ ...elementContent('paragraph'), origin: i === 0 ? alices(HEADING) : own(i - 1) }),
  )
  const update50 = update(lines)
  const checked = guard.check(MALLORY, new Map([[ALICE, END]]), update50)
  assert(checked.ok)
  Y.applyUpdate(doc, update50)
  guard.commit(checked.value)
  guard.register(4, { feed: 'bob', rights: 'write' })
  const late = writeUpdate({ client: 4, clock: 0 }, [
    draft({ ...elementContent('paragraph'), origin: alices(HEADING) }),
  ])
  const soon = guard.check(4, new Map([[ALICE, END]]), late, 20)
  assert(!soon.ok)
  assert.equal(soon.reason, 'postponed')
  assert(guard.check(4, new Map([[ALICE, END]]), late, 100).ok)
})

test('[row 26] structs that Yjs would each pass over the same unseen items for are counted each', () => {
  const { guard, doc } = note()
  const title = update([draft({ ...textContent('x'), origin: undefined, right: alices(0) })])
  const rest = Array.from({ length: 30 }, (_, i) =>
    update([draft({ origin: undefined, right: own(i) })], [], own(i + 1)),
  )
  for (const bytes of [title, ...rest]) {
    const checked = guard.check(MALLORY, new Map([[ALICE, END]]), bytes)
    assert(checked.ok)
    Y.applyUpdate(doc, bytes)
    guard.commit(checked.value)
  }
  guard.register(4, { feed: 'bob', rights: 'write' })
  const backwards = Array.from({ length: 100 }, (_, i) =>
    draft({ origin: undefined, right: i === 0 ? alices(0) : { client: 4, clock: i - 1 } }),
  )
  const bytes = writeUpdate({ client: 4, clock: 0 }, backwards)
  const soon = guard.check(4, new Map([[ALICE, END]]), bytes, 3000)
  assert(!soon.ok)
  assert.equal(soon.reason, 'postponed')
  assert(guard.check(4, new Map([[ALICE, END]]), bytes, 3100).ok)
})

test('[row 27] [S4] a replica makes no format clean-up of its own after a remote change', () => {
  const ownTransactions = (guarded: boolean): number => {
    const [alice, bob] = [new Y.Doc({ gc: false }), new Y.Doc({ gc: false })]
    if (guarded) for (const doc of [alice, bob]) disableFormattingCleanup(doc)
    alice.getText('t').insert(0, 'hello')
    Y.applyUpdate(bob, Y.encodeStateAsUpdate(alice))
    alice.getText('t').format(0, 5, { strong: {} })
    bob.getText('t').format(0, 5, { strong: {} })
    let count = 0
    alice.on('update', (_update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
      if (local) count++
    })
    Y.applyUpdate(alice, Y.encodeStateAsUpdate(bob))
    return count
  }
  assert.equal(ownTransactions(true), 0)
  assert.notEqual(ownTransactions(false), 0, 'Yjs still does it unless it is switched off')
})

test('[G1] a chat takes plain objects in the own lane, appended, and nothing else', () => {
  const doc = new Y.Doc({ gc: false })
  const guard = new Guard({ doc, schema: chatSchema })
  guard.register(MALLORY, { feed: 'mallory', rights: 'comment' })
  guard.register(ALICE, { feed: 'alice', rights: 'comment' })
  const first = draft({ ...anyContent({ text: 'a' }, { text: 'b' }), origin: undefined, parent: 'lane/mallory' })
  const bytes = update([first])
  const checked = guard.check(MALLORY, new Map(), bytes)
  assert(checked.ok)
  Y.applyUpdate(doc, bytes)
  guard.commit(checked.value)
  const verdict = (one: Draft, deletes: readonly DraftDeletes[] = []): GuardReason | 'accepted' => {
    const result = guard.check(MALLORY, new Map(), update([one], deletes, own(2)))
    return result.ok ? 'accepted' : result.reason
  }
  const next = draft({ ...anyContent({ text: 'c' }), origin: own(1) })
  assert.equal(verdict(next), 'accepted')
  assert.equal(verdict({ ...next, origin: own(0), right: own(1) }), 'adjacency', 'between')
  assert.equal(verdict({ ...next, origin: undefined, right: own(0) }), 'adjacency', 'before')
  assert.equal(verdict({ ...next, ...anyContent('text') }), 'content')
  assert.equal(verdict({ ...next, ...textContent('text') }), 'placement')
  assert.equal(verdict({ ...next, ...typeContent(1) }), 'placement')
  assert.equal(verdict(next, [{ client: MALLORY, ranges: [[0, 1]] }]), 'rights')
  assert.equal(verdict({ ...next, ...anyContent({ text: 'x'.repeat(33 * 1024) }) }), 'size')
  assert.equal(verdict({ ...next, origin: undefined, parent: 'lane/alice' }), 'rights')
})
