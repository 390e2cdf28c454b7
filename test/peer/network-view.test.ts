import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersonId, SessionId } from '../../src/base/ids.ts'
import { networkViewOf, type NetworkSource } from '../../src/peer/network-view.ts'
import type { DoorHealth } from '../../src/transport/door.ts'
import type { LaneStats, Link } from '../../src/transport/link.ts'

const personOf = (name: string) => `person-${name}` as PersonId
const sessionOf = (name: string) => `session-${name}` as SessionId

const lane = (bytesSent: number, bytesReceived: number): LaneStats => ({
  messagesSent: 1,
  messagesReceived: 1,
  bytesSent,
  bytesReceived,
  refused: 0,
})

const linkTo = (name: string, id: number, kind: Link['kind'] = 'rtc'): NetworkSource['links'][number] => ({
  id,
  link: {
    kind,
    stats: {
      lanes: { control: lane(1, 10), ephemeral: lane(2, 20), sync: lane(4, 40), bulk: lane(8, 80) },
      path: kind === 'rtc' ? 'direct' : 'unknown',
      candidates: undefined,
    },
  },
  remote: { session: sessionOf(name), person: personOf(name) },
  roundTripMs: undefined,
})

const health = (fields: Partial<DoorHealth> = {}): DoorHealth => ({
  state: 'open',
  detail: 'connected',
  sinceMs: 5,
  places: [],
  lastFailure: undefined,
  ...fields,
})

const PEOPLE = ['alice', 'bob', 'carol', 'dave']

/** Alice's view of a room of four, each with one session. */
const view = (fields: Partial<NetworkSource> = {}) =>
  networkViewOf({
    isOffline: false,
    links: [],
    doors: [],
    missingEntries: 0,
    me: { session: sessionOf('alice'), person: personOf('alice') },
    members: PEOPLE.map(personOf),
    sessions: PEOPLE.map((name) => ({ session: sessionOf(name), person: personOf(name) })),
    missingOf: () => 0,
    summaryOf: (id) => ({ id, did: '', keyTag: '', name: id.slice('person-'.length), isMe: id === personOf('alice') }),
    isNeighbour: () => false,
    ...fields,
  })

const routes = (of: ReturnType<typeof view>) => of.members.map(({ person, route }) => `${person.name} ${route}`)

test('a link is shown with what went over all of its lanes, and nothing that is not known', () => {
  assert.deepEqual(view({ links: [linkTo('bob', 7)] }).links, [
    {
      id: 7,
      person: { id: personOf('bob'), did: '', keyTag: '', name: 'bob', isMe: false },
      kind: 'rtc',
      path: 'direct',
      bytesSent: 15,
      bytesReceived: 150,
    },
  ])
})

test('what the overlay knows of a link is shown with it', () => {
  const active = {
    link: 7,
    peer: sessionOf('bob'),
    person: personOf('bob'),
    isOutbound: true,
    role: 'super' as const,
    roundTripMs: 20,
    sinceMs: 1_000,
    foundBy: 'mesh' as const,
    isSuspect: false,
  }
  const passive = [{ peer: sessionOf('carol'), person: personOf('carol'), role: 'normal' as const }]
  const shown = view({ links: [linkTo('bob', 7, 'ws')], overlay: { active: [active], passive } })
  assert.equal(shown.acquaintanceCount, 1)
  const [link] = shown.links
  assert.equal(link?.path, 'socket')
  assert.deepEqual([link?.role, link?.isOutbound, link?.foundBy, link?.sinceMs], ['super', true, 'mesh', 1_000])
})

test('who is linked to a neighbour and not to us is behind it, and needs no link of ours', () => {
  const shown = view({
    links: [linkTo('bob', 1), linkTo('carol', 2)],
    // Bob knows all; Carol knows Bob.
    isNeighbour: (link, session) => (link === 1 ? session !== sessionOf('bob') : session === sessionOf('bob')),
  })
  assert.deepEqual(
    shown.reach.map(({ person, via }) => [person.name, via]),
    [['dave', [1]]],
  )
  assert.deepEqual(routes(shown), ['dave via', 'bob linked', 'carol linked'])
})

test('no way leads to whom nobody is linked, and that is said first', () => {
  assert.deepEqual(routes(view({ links: [linkTo('bob', 1)] })), ['carol none', 'dave none', 'bob linked'])
})

test('in a room too large for a full mesh, no link to somebody means nothing', () => {
  const names = [...PEOPLE, ...Array.from({ length: 6 }, (_, index) => `member${index}`)]
  const large = { members: names.map(personOf) }
  const shown = view({ ...large, links: [linkTo('bob', 1)] })
  assert.equal(shown.members.filter(({ route }) => route === 'unknown').length, 8)
  assert.equal(shown.members.filter(({ route }) => route === 'none').length, 0)
  // Without a link to anybody it does, and another tab of this browser is nobody.
  for (const links of [[], [linkTo('alice', 3, 'tab')]])
    assert.ok(view({ ...large, links }).members.every(({ route }) => route === 'none'))
})

test('what the sessions of a person have signed and is not here counts for the person', () => {
  const phone = { session: sessionOf('phone'), person: personOf('bob') }
  const shown = view({
    sessions: [{ session: sessionOf('bob'), person: personOf('bob') }, phone],
    missingOf: (session) => (session === phone.session ? 3 : 2),
  })
  assert.deepEqual(
    shown.members.map(({ missingEntries }) => missingEntries),
    [5, 0, 0],
  )
})

test('each place behind a door is shown, a door without places as itself, and the door of the tabs not at all', () => {
  const place = { place: 'wss://one.example', state: 'failed' as const, detail: 'refused', sinceMs: 9 }
  const shown = view({
    doors: [
      { name: 'tabs', health: health() },
      { name: 'y-webrtc', health: health({ places: [place] }), reason: 'searching' },
      { name: 'hand', health: health({ state: 'stopped' }) },
    ],
  })
  assert.deepEqual(shown.doors, [
    {
      name: 'y-webrtc',
      place: 'wss://one.example',
      state: 'failed',
      detail: 'refused',
      sinceMs: 9,
      reason: 'searching',
    },
    { name: 'hand', place: '', state: 'stopped', detail: 'connected', sinceMs: 5 },
  ])
})

test('what cannot be chosen is not there, and offline there is nothing to try', () => {
  const plain = view()
  assert.equal(plain.mode, undefined)
  assert.equal(plain.isAddressHidden, undefined)
  assert.equal(plain.mayTryDoors, false)
  const full = view({ mode: 'edge', isAddressHidden: true, mayTryDoors: true })
  assert.deepEqual([full.mode, full.isAddressHidden, full.mayTryDoors], ['edge', true, true])
  assert.equal(view({ mayTryDoors: true, isOffline: true }).mayTryDoors, false)
})
