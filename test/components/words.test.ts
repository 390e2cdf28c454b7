import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureText } from '../../components/failure/failure-text.ts'
import { inviteHash, noteHash, parseRoute, peopleHash, roomHash } from '../../components/route/route.ts'
import { connectionSummary } from '../../components/room/connection-summary.ts'
import { initials, PALETTE, personColour } from '../../components/theme/person-colour.ts'
import { agoText, dayText } from '../../components/theme/time-text.ts'
import type { DocumentId, Room, RoomId } from '../../src/index.ts'

const room = 'room' as RoomId
const NOON_MS = new Date(2026, 4, 4, 12).getTime()
const DAY_MS = 86_400_000

test('addresses lead to the screen that they were made for', () => {
  assert.deepEqual(parseRoute(''), { screen: 'welcome' })
  assert.deepEqual(parseRoute('#/nonsense'), { screen: 'welcome' })
  assert.deepEqual(parseRoute('#/join/abc'), { screen: 'join', link: '#/join/abc' })
  assert.deepEqual(parseRoute(roomHash(room)), { screen: 'room', room, tab: 'chat' })
  assert.deepEqual(parseRoute(roomHash(room, 'people')), { screen: 'room', room, tab: 'people', view: 'people' })
  assert.deepEqual(parseRoute(peopleHash(room, 'log')), { screen: 'room', room, tab: 'people', view: 'log' })
  assert.deepEqual(parseRoute(noteHash(room, 'note' as DocumentId)), {
    screen: 'room',
    room,
    tab: 'notes',
    note: 'note',
  })
})

test('a pasted invite is found in the words around it', () => {
  assert.equal(inviteHash(' https://example.org/app/#/join/a-B_9 '), '#/join/a-B_9')
  assert.equal(inviteHash('Here: https://example.org/#/join/abc thanks'), '#/join/abc')
  assert.equal(inviteHash('#/join/abc'), '#/join/abc')
  assert.equal(inviteHash('https://example.org/'), undefined)
})

test('the connection line says who is there, what is missing, and what is broken', () => {
  const at = (connection: object, members: object[] = [], mayWrite = true, isStanding = true) =>
    connectionSummary({
      connection: { isOffline: false, doors: [], peers: [], missingEntries: 0, ...connection },
      members,
      status: 'member',
      can: (action: string) => (action === 'act' ? isStanding : mayWrite),
    } as unknown as Room)
  const peers = ['a', 'b'].map((id) => ({ person: { id }, path: 'direct' }))
  const attic = { person: { id: 'b', isMe: false, name: 'Attic' }, role: 'relay' }
  const doors = [{ name: 'tracker.example', state: 'failed' }]
  const bob = { person: { id: 'a', isMe: false, name: 'Bob' }, role: 'writer' }
  assert.equal(at({ state: 'connected', peers }).text, '2 connected · direct')
  assert.equal(at({ state: 'connected', peers }, [bob, attic]).text, '2 connected · direct · 1 super peer')
  assert.equal(at({ state: 'connected', peers, missingEntries: 120 }).detail, 'Catching up: 120 entries')
  assert.equal(at({ state: 'alone' }).text, 'Nobody else is here yet')
  assert.equal(at({ state: 'alone' }, [bob]).detail, 'Write now, it is delivered when Bob appears.')
  assert.equal(at({ state: 'alone' }, [bob], false).detail, 'What is new arrives when Bob appears.')
  assert.match(at({ state: 'alone', doors }).text, /tracker\.example/)
  assert.equal(at({ state: 'connected', isOffline: true }).text, 'You are offline')
  assert.equal(at({ state: 'connected', peers }, [bob], true, false).text, 'This device was revoked')
})

test('every failure has a sentence, also one that nobody thought of', () => {
  assert.match(failureText('damaged'), /missing or changed/)
  assert.match(failureText('brand-new-reason'), /brand-new-reason/)
})

test('initials are whole letters in every script', () => {
  assert.equal(initials('Ada Lovelace'), 'AL')
  assert.equal(initials('  bob '), 'B')
  assert.equal(initials('👩‍💻 dev'), '👩‍💻D')
  assert.equal(initials(''), '')
})

test('white letters can be read on every colour of the palette', () => {
  const channel = (value: number) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  for (const colour of PALETTE) {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
      channel(Number.parseInt(colour.slice(at, at + 2), 16) / 255),
    )
    const contrast = 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    assert.ok(contrast >= 4.5, `${colour} has ${contrast.toFixed(2)}`)
  }
})

test('a person has one colour, and people use the whole palette', () => {
  assert.deepEqual(personColour('alice'), personColour('alice'))
  const used = new Set(Array.from({ length: 500 }, (_, index) => personColour(`person-${index}`).index))
  assert.equal(used.size, PALETTE.length)
})

test('days are called by the words that people use', () => {
  assert.equal(dayText(NOON_MS - 1, NOON_MS), 'Today')
  assert.equal(dayText(NOON_MS - DAY_MS, NOON_MS), 'Yesterday')
  assert.doesNotMatch(dayText(NOON_MS - 7 * DAY_MS, NOON_MS), /2026/)
  assert.match(dayText(NOON_MS - 400 * DAY_MS, NOON_MS), /2025/)
  assert.equal(agoText(NOON_MS - 1_000, NOON_MS), 'just now')
  assert.equal(agoText(NOON_MS - DAY_MS, NOON_MS), 'yesterday')
})
