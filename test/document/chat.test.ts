import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type FeedId, type PersonId } from '../../src/base/ids.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import {
  decodeChatItem,
  encodeChatItem,
  MESSAGE_TEXT_BYTES_MAX,
  messageIdOf,
  parseMessageId,
  placeOf,
  type MessageId,
} from '../../src/document/chat-item.ts'
import { ChatLog } from '../../src/document/chat-log.ts'
import { ChatView, type ChatPolicy } from '../../src/document/chat-view.ts'
import type { ReceivedEntry } from '../../src/document/entry-outcome.ts'
import { feedNamed, Replica, seededRandom } from './replica.ts'

const START_MS = Date.UTC(2026, 0, 1)

const personNamed = (name: string): PersonId => idFromBytes(sha256(utf8(`person ${name}`)))

/** A chat in which Mona moderates. "Alice" and "Alice at home" are two feeds of one person. */
class Chat extends Replica {
  readonly writer: ChatLog
  readonly view: ChatView
  readonly people: Map<FeedId, PersonId>
  moderators = new Set([personNamed('Mona')])
  clockMs = START_MS
  override nowMs = START_MS

  constructor(name: string, people: readonly string[]) {
    super(name, 'chat', people)
    this.people = new Map(people.map((person) => [feedNamed(person), personNamed(person.replace(' at home', ''))]))
    const policy: ChatPolicy = {
      personOf: (feed) => this.people.get(feed) ?? personNamed('nobody'),
      mayModerate: (person) => this.moderators.has(person),
    }
    this.view = new ChatView(this.document, policy)
    this.writer = new ChatLog(this.document)
  }

  get texts(): readonly string[] {
    return this.view.messages.map(({ text }) => text)
  }

  say(text: string, replyTo?: MessageId): { id: MessageId; entries: readonly ReceivedEntry[] } {
    const options = { atMs: this.clockMs, ...(replyTo === undefined ? {} : { replyTo }) }
    const sent = this.writer.send(text, options)
    assert(sent.ok)
    this.nowMs = this.clockMs
    return { id: sent.value, entries: this.flush() }
  }
}

const chats = (...names: readonly string[]): readonly Chat[] => names.map((name) => new Chat(name, names))

function pair(): readonly [Chat, Chat] {
  const [alice, bob] = chats('Alice', 'Bob')
  assert(alice && bob)
  return [alice, bob]
}

describe('a chat', () => {
  it('[C1] shows what people say, each from their own lane', () => {
    const [alice, bob] = pair()
    bob.receive(alice.say('Hi Bob 👋').entries)
    bob.clockMs += 5000
    alice.receive(bob.say('Hi Alice').entries)
    assert.deepEqual(alice.texts, ['Hi Bob 👋', 'Hi Alice'])
    assert.deepEqual(alice.view.messages, bob.view.messages)
    assert.equal(alice.view.messages[0]?.author, personNamed('Alice'))
    assert.equal(alice.view.messages[1]?.atMs, START_MS + 5000)
  })

  it('[C1] takes at most 100 bytes for a message of 60, and fewer in the entry', () => {
    const [alice] = pair()
    alice.say('first')
    alice.say('second')
    const updates: Uint8Array[] = []
    alice.doc.on('update', (update: Uint8Array) => updates.push(update))
    const { entries } = alice.say('m'.repeat(60))
    assert((updates[0]?.length ?? 0) <= 100, `update ${updates[0]?.length}`)
    assert((entries[0]?.body.length ?? 0) <= 80, `body ${entries[0]?.body.length}`)
  })

  it('[C2] sets an answer after its question, whatever the clocks say', () => {
    const [alice, bob] = pair()
    bob.clockMs -= 3_600_000
    const question = alice.say('question')
    bob.receive(question.entries)
    const answer = bob.say('answer', question.id)
    alice.receive(answer.entries)
    assert.deepEqual(alice.texts, ['question', 'answer'])
    assert.equal(alice.view.messages[1]?.replyTo, question.id)
    assert.equal(alice.view.messages[1]?.atMs, START_MS + 1)
  })

  it('[C2] does not follow a clock into the future by more than two minutes', () => {
    const [alice, bob] = pair()
    bob.clockMs += 86_400_000
    const entries = bob.say('from tomorrow').entries.map((entry) => ({ ...entry, receivedAtMs: START_MS }))
    alice.receive(entries)
    assert.equal(alice.view.messages[0]?.atMs, START_MS + 120_000)
  })

  it('[C2] orders the same way in whatever order entries come', () => {
    const names = ['Alice', 'Bob', 'Carol']
    const people = chats(...names)
    const random = seededRandom(7)
    const entries: ReceivedEntry[] = []
    for (let i = 0; i < 60; i++) {
      const person = people[Math.floor(random() * 3)]
      assert(person)
      person.clockMs += Math.floor(random() * 3000)
      const { entries: sent } = person.say(`${person.name} ${i}`)
      entries.push(...sent)
      for (const other of people) if (other !== person && random() < 0.4) other.receive(sent)
    }
    const late = new Chat('Dora', [...names, 'Dora'])
    late.receive(entries.toReversed())
    for (const person of people) {
      person.receive(entries.filter(({ feed }) => feed !== person.feed))
      assert.deepEqual(person.texts, late.texts)
    }
    assert.equal(late.texts.length, 60)
  })

  it('[C3] lets the author edit and redact, on any of their devices, and nobody else', () => {
    const [alice, home, bob] = chats('Alice', 'Alice at home', 'Bob')
    assert(alice && home && bob)
    const { id, entries } = alice.say('helo')
    home.receive(entries)
    bob.receive(entries)
    home.writer.edit(id, 'hello', { atMs: START_MS + 1000 })
    const edit = home.flush()
    bob.writer.edit(id, 'I am a fool', { atMs: START_MS + 2000 })
    bob.writer.redact(id, { atMs: START_MS + 2000 })
    const attack = bob.flush()
    for (const reader of [alice, bob]) reader.receive([...edit, ...attack])
    for (const reader of [alice, bob]) {
      assert.deepEqual(reader.texts, ['hello'])
      assert.equal(reader.view.messages[0]?.editedAtMs, START_MS + 1000)
    }
    alice.writer.redact(id, { atMs: START_MS + 3000 })
    bob.receive(alice.flush())
    assert.deepEqual(bob.texts, [''])
    assert.equal(bob.view.messages[0]?.redacted, true)
  })

  it('[C3] lets a moderator redact, for as long as they are one', () => {
    const [alice, mona] = chats('Alice', 'Mona')
    assert(alice && mona)
    const { id, entries } = alice.say('spam')
    mona.receive(entries)
    mona.writer.redact(id, { atMs: START_MS + 1 })
    alice.receive(mona.flush())
    assert.equal(alice.view.messages[0]?.redacted, true)
    alice.moderators.clear()
    alice.view.refresh()
    assert.deepEqual(alice.texts, ['spam'])
  })

  it('[C3] counts a reaction once a person, and takes it back', () => {
    const [alice, bob] = pair()
    const { id, entries } = alice.say('lunch?')
    bob.receive(entries)
    for (let i = 0; i < 3; i++) bob.writer.react(id, '👍', { isOn: true, atMs: START_MS })
    bob.writer.react(id, '🎉', { isOn: true, atMs: START_MS })
    bob.writer.react(id, '🎉', { isOn: false, atMs: START_MS })
    alice.writer.react(id, '👍', { isOn: true, atMs: START_MS })
    const mine = alice.flush()
    alice.receive(bob.flush())
    bob.receive(mine)
    for (const reader of [alice, bob]) {
      const [reaction, ...more] = reader.view.messages[0]?.reactions ?? []
      assert.deepEqual(more, [])
      assert.equal(reaction?.emoji, '👍')
      assert.deepEqual(new Set(reaction?.people), new Set([personNamed('Alice'), personNamed('Bob')]))
    }
  })

  it('[C3] applies what was said about a message that comes later', () => {
    const [alice, home] = chats('Alice', 'Alice at home')
    assert(alice && home)
    // Nothing in the second feed's cut names the first: its device learned of the message in another way.
    const { id, entries } = alice.say('draft')
    home.writer.edit(id, 'final', { atMs: START_MS + 5000 })
    const edit = home.flush()
    const late = new Chat('Bob', ['Alice', 'Alice at home', 'Bob'])
    late.receive(edit)
    assert.deepEqual(late.texts, [])
    late.receive(entries)
    assert.deepEqual(late.texts, ['final'])
  })

  it('[C4] passes over what it does not know', () => {
    const [alice, bob] = pair()
    const lane = alice.doc.getArray(alice.document.laneOf(alice.feed))
    const target = [1, 2]
    const hostile: unknown[] = [
      {},
      { x: 5, t: 1 },
      { x: 'no time' },
      { x: 'bad time', t: -1 },
      { x: 'bad time', t: 1.5 },
      { x: '', t: 1 },
      { x: 'bad reply', t: 1, r: [-1, 0] },
      { x: 'two kinds', t: 1, e: target, d: target },
      { a: target, x: '👍', n: 2, t: 1 },
      { a: target, x: 'x'.repeat(65), n: 1, t: 1 },
      { d: 'text', t: 1 },
      { d: [1, 2 ** 40], t: 1 },
      { future: true, t: 1 },
    ]
    lane.push(hostile)
    const sent = alice.flush()
    bob.receive([...sent, ...alice.say('fine').entries])
    assert.deepEqual(bob.texts, ['bad reply', 'fine'])
    assert.equal(bob.view.messages[0]?.replyTo, undefined)
  })

  it('[C4] reads any value without throwing', () => {
    const nested: unknown = JSON.parse('{"x":{"x":[]},"t":[],"e":[{},{}],"a":null}')
    for (const value of [null, undefined, 0, 'x', [], [1], nested, new Date(0), { t: 2 ** 31, x: 'a' }]) {
      assert.equal(decodeChatItem(value), undefined)
    }
  })

  it('refuses to write what is empty or too long, and mends broken characters', () => {
    const [alice, bob] = pair()
    const options = { atMs: START_MS }
    assert.deepEqual(alice.writer.send(' \n ', options), { ok: false, reason: 'empty' })
    assert.deepEqual(alice.writer.send('é'.repeat(16_000), options), { ok: false, reason: 'too-long' })
    bob.receive(alice.say('x'.repeat(MESSAGE_TEXT_BYTES_MAX)).entries)
    bob.receive(alice.say('half \ud83d').entries)
    assert.equal(bob.texts[0]?.length, MESSAGE_TEXT_BYTES_MAX)
    assert.equal(bob.texts[1], 'half \ufffd')
  })

  it('keeps the objects of messages that did not change, through a rebuild too', () => {
    const [alice, bob] = pair()
    const { id, entries } = alice.say('one')
    bob.receive([...entries, ...alice.say('two').entries])
    const before = bob.view.messages
    bob.writer.react(id, '👍', { isOn: true, atMs: START_MS })
    bob.flush()
    const after = bob.view.messages
    assert.notEqual(after, before)
    assert.notEqual(after[0], before[0])
    assert.equal(after[1], before[1])
    bob.document.rebuild(bob.log)
    const rebuilt = bob.view.messages
    assert.equal(rebuilt[0], after[0])
    assert.equal(rebuilt[1], after[1])
  })

  it('names a message in one way', () => {
    const id = messageIdOf(2 ** 53 - 1, 2 ** 31 - 1)
    assert.deepEqual(placeOf(id), [2 ** 53 - 1, 2 ** 31 - 1])
    assert.equal(parseMessageId(id), id)
    for (const text of ['', ':', '1', '01:1', 'A:1', '1:1 ', '1:zzzzzzzz', 'zzzzzzzzzzz:1']) {
      assert.equal(parseMessageId(text), undefined, text)
    }
  })

  it('reads every item as it was written', () => {
    const target = messageIdOf(2 ** 52 + 1, 77)
    for (const item of [
      { kind: 'message', text: 'a', atMs: START_MS, replyTo: target },
      { kind: 'message', text: 'a', atMs: START_MS, replyTo: undefined },
      { kind: 'edit', target, text: 'b', atMs: START_MS },
      { kind: 'reaction', target, emoji: '👍🏽', isOn: false, atMs: START_MS },
      { kind: 'redaction', target, atMs: START_MS },
    ] as const) {
      assert.deepEqual(decodeChatItem(encodeChatItem(item)), item)
    }
  })

  it('is complete with 10,000 messages of 10 people', () => {
    const names = Array.from({ length: 10 }, (_, i) => `Person ${i}`)
    const people = chats(...names)
    const random = seededRandom(11)
    const entries: ReceivedEntry[] = []
    for (let i = 0; i < 10_000; i++) {
      const person = people[i % 10]
      assert(person)
      person.clockMs += Math.floor(random() * 20_000)
      entries.push(...person.say(`message ${i}`).entries)
    }
    const late = new Chat('Late', [...names, 'Late'])
    const start = performance.now()
    for (let i = 0; i < entries.length; i += 500) {
      late.receive(entries.slice(i, i + 500))
      assert(late.view.messages.length > 0)
    }
    console.log(`10,000 messages judged, applied and ordered in ${Math.round(performance.now() - start)} ms`)
    const times = late.view.messages.map(({ atMs }) => atMs)
    assert.equal(times.length, 10_000)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    assert.equal(Y.getState(late.doc.store, people[0]?.doc.clientID ?? 0), 1000)
  })
})
