/**
 * All histories of up to five operations among three members, one of them with two devices, and of each all orders in
 * which the operations can arrive. Each alphabet has six to eight letters about one subject; an operation cites all that its
 * author could know when it was written. What is left out, and why nothing is lost:
 *
 * - Whoever is senior by place alone stands for the others: Bob and Carol are both moderators, and Bob was let in first.
 *   Exchanging the names is exchanging the letters.
 * - A letter does not follow itself at once: the second of two equal operations of one author says nothing new.
 * - Two sequences that give the same logs and citations are one history, and are looked at once.
 * - An operation that arrives before the one that it follows in its log is refused as a gap and comes again; what is
 *   left are the interleavings of the logs. Pins, grants and invites may well arrive before what they name.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OperationHash } from '../../src/base/ids.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { ROOT, type GrantBody, type OperationBody, type Pin } from '../../src/access/operation.ts'
import type { Role } from '../../src/access/role.ts'
import { inviteAs, viaInvite } from './room-history.ts'
import { personNamed, seededRandom, SyntheticRoom, type SyntheticSession, type Written } from './synthetic-room.ts'
import { judgeNaively, verdictOf } from './verdict.ts'
import { stateDigest } from './state-digest.ts'

const OPERATIONS_MAX = 5
const NOTHING = new Uint8Array(0)

type Name = 'alice' | 'bob' | 'laptop' | 'carol'

/** A room in which Alice is admin, Bob, with phone and laptop, and Carol are moderators. */
class SmallRoom {
  readonly room = new SyntheticRoom(seededRandom(1))
  readonly sessions: Readonly<Record<Name, SyntheticSession>>
  readonly nodes: Readonly<Record<Name, OperationHash>>
  readonly setup: number
  /** By letter, what was written last. */
  readonly written = new Map<string, Written>()
  readonly revocations: { readonly of: string; readonly hash: OperationHash }[] = []
  readonly invites: OperationHash[] = []
  readonly admissions: { readonly hash: OperationHash; readonly key: string }[] = []
  /** What was written by each letter and what it followed and cited: the same for equal histories. */
  readonly keys: string[] = []
  readonly #tips = new Map<SyntheticSession, string>()

  constructor() {
    const { room } = this
    const phone = room.certificate(personNamed('bob'), 1)
    const session = (name: string): SyntheticSession => room.session(room.certificate(personNamed(name), 1))
    const laptop = room.session(room.certificate(personNamed('bob'), 1, phone))
    this.sessions = { alice: session('alice'), bob: room.session(phone), laptop, carol: session('carol') }
    const signers = [personNamed('root')]
    const { hash: alice } = this.sessions.alice.append(ROOT, grantTo('alice', 'admin'), { signers })
    const { hash: bob } = this.sessions.alice.append(alice, grantTo('bob', 'moderator'))
    const { hash: carol } = this.sessions.alice.append(alice, grantTo('carol', 'moderator'))
    this.nodes = { alice, bob, laptop: bob, carol }
    this.setup = room.ranges.length
  }

  write(letter: string, author: Name, body: OperationBody, cited: readonly string[]): void {
    const session = this.sessions[author]
    const key = `${letter}(${[...cited].toSorted().join()})<${this.#tips.get(session) ?? ''}`
    this.#tips.set(session, key)
    this.keys.push(key)
    const place = body.kind === 'device.revoke' ? ROOT : this.nodes[author]
    const { hash } = session.append(place, body)
    if (body.kind === 'revoke' && body.target.type === 'person') this.revocations.push({ of: body.target.person, hash })
    if (body.kind === 'invite') this.invites.push(hash)
    if (body.kind === 'grant' && body.via) this.admissions.push({ hash, key })
  }

  /** Everything that a person has written so far, and the names of it. */
  pinsOf(person: string): { readonly pins: readonly Pin[]; readonly cited: readonly string[] } {
    const own = Object.values(this.sessions).filter(({ binding }) => binding.person === personNamed(person))
    const pins = own.map(({ binding, head }) => ({ session: binding.session, log: head, feeds: [] }))
    return { pins, cited: own.map((session) => this.#tips.get(session) ?? '') }
  }

  overOf(person: string): { readonly over: readonly OperationHash[]; readonly cited: readonly string[] } {
    const known = this.revocations.filter(({ of }) => of === personNamed(person))
    const places = this.room.ranges.map(({ operations }) => operations[0]?.hash)
    const over = known.map(({ hash }) => hash)
    return { over, cited: over.map((hash) => this.keys[places.indexOf(hash) - this.setup] ?? '') }
  }
}

const grantTo = (name: string, role: Role, more: Partial<GrantBody> = {}): GrantBody => ({
  kind: 'grant',
  to: personNamed(name),
  role,
  scope: '*',
  maxGrant: role === 'moderator' ? 'moderator' : role,
  over: [],
  via: undefined,
  ...more,
})

/** Writes one operation, if its author knows enough to. */
type Letter = (room: SmallRoom, name: string) => boolean

const remove =
  (author: Name, person: string, mode: 'kick' | 'ban' | 'leave', keeps: 'all' | 'none'): Letter =>
  (room, name) => {
    const { pins, cited } = keeps === 'all' ? room.pinsOf(person) : { pins: [], cited: [] }
    const target = { type: 'person', person: personNamed(person) } as const
    room.write(name, author, { kind: 'revoke', target, scope: '*', pins, mode, note: NOTHING }, cited)
    return true
  }

const readmit =
  (author: Name, person: string, role: Role): Letter =>
  (room, name) => {
    const { over, cited } = room.overOf(person)
    room.write(name, author, grantTo(person, role, { over }), cited)
    return true
  }

const amend =
  (author: Name, person: string): Letter =>
  (room, name) => {
    const { over, cited } = room.overOf(person)
    const revocation = over.at(-1)
    if (revocation === undefined) return false
    const kept = room.pinsOf(person)
    const body: OperationBody = { kind: 'amend', revocation, pins: kept.pins }
    room.write(name, author, body, [cited.at(-1) ?? '', ...kept.cited])
    return true
  }

const invite =
  (author: Name): Letter =>
  (room, name) => {
    room.write(name, author, inviteAs('writer', { usesMax: 1 }), [`${room.invites.length}`])
    return true
  }

const admit =
  (author: Name, person: string): Letter =>
  (room, name) => {
    const [first] = room.invites
    if (first === undefined) return false
    const { over, cited } = room.overOf(person)
    room.write(name, author, grantTo(person, 'writer', { maxGrant: undefined, over, via: viaInvite(first) }), cited)
    return true
  }

const closeInvite =
  (author: Name): Letter =>
  (room, name) => {
    const [first] = room.invites
    if (first === undefined) return false
    const keep = room.admissions.map(({ hash }) => hash)
    const cited = room.admissions.map(({ key }) => key)
    room.write(name, author, { kind: 'invite.revoke', invite: first, keep }, cited)
    return true
  }

const cutBranch =
  (author: Name, of: Name, keeps: 'all' | 'none'): Letter =>
  (room, name) => {
    const { pins, cited } = keeps === 'all' ? room.pinsOf(of) : { pins: [], cited: [] }
    const target = { type: 'subtree', grant: room.nodes[of] } as const
    room.write(name, author, { kind: 'revoke', target, scope: '*', pins, mode: 'kick', note: NOTHING }, cited)
    return true
  }

const cutGrant =
  (author: Name, of: Name): Letter =>
  (room, name) => {
    const { pins, cited } = room.pinsOf(of)
    const target = { type: 'grants', grants: [room.nodes[of]] } as const
    room.write(name, author, { kind: 'revoke', target, scope: '*', pins, mode: 'ban', note: NOTHING }, cited)
    return true
  }

const loseDevice =
  (author: 'bob' | 'laptop', device: 'bob' | 'laptop', keeps: 'all' | 'none'): Letter =>
  (room, name) => {
    const { pins, cited } = keeps === 'all' ? room.pinsOf('bob') : { pins: [], cited: [] }
    const { binding } = room.sessions[device]
    const body = { kind: 'device.revoke', device: binding.device, pins, keep: [], identitySignature: NOTHING } as const
    room.write(name, author, body, cited)
    return true
  }

const ALPHABETS: Readonly<Record<string, Readonly<Record<string, Letter>>>> = {
  'removals and what lifts them': {
    'Alice kicks Bob': remove('alice', 'bob', 'kick', 'all'),
    'Bob bans Carol': remove('bob', 'carol', 'ban', 'none'),
    'Bob kicks Carol': remove('bob', 'carol', 'kick', 'all'),
    'Carol kicks Bob': remove('carol', 'bob', 'kick', 'all'),
    'Alice takes Bob back': readmit('alice', 'bob', 'moderator'),
    'Bob takes Carol back': readmit('bob', 'carol', 'writer'),
  },
  amendments: {
    'Alice kicks Carol, keeping nothing': remove('alice', 'carol', 'kick', 'none'),
    'Alice amends': amend('alice', 'carol'),
    'Bob amends': amend('bob', 'carol'),
    'Bob kicks Carol, keeping nothing': remove('bob', 'carol', 'kick', 'none'),
    'Carol lets Bob in': readmit('carol', 'bob', 'writer'),
    'Carol amends': amend('carol', 'carol'),
    'Alice kicks Bob': remove('alice', 'bob', 'kick', 'all'),
  },
  'invites and leaving': {
    'Alice invites': invite('alice'),
    'Bob invites': invite('bob'),
    'Bob admits Carol': admit('bob', 'carol'),
    'Carol admits Bob': admit('carol', 'bob'),
    'Carol admits Carol': admit('carol', 'carol'),
    'Alice closes the invite': closeInvite('alice'),
    'Carol leaves': remove('carol', 'carol', 'leave', 'all'),
    'Alice bans Bob': remove('alice', 'bob', 'ban', 'none'),
  },
  'branches of the tree': {
    'Bob lets Carol in': readmit('bob', 'carol', 'moderator'),
    'Carol lets Bob in': readmit('carol', 'bob', 'writer'),
    'Alice ends Bob and his branch': cutBranch('alice', 'bob', 'all'),
    'Bob ends Carol and her branch': cutBranch('bob', 'carol', 'none'),
    'Alice ends Bob’s grant': cutGrant('alice', 'bob'),
    'Bob leaves': remove('bob', 'bob', 'leave', 'none'),
  },
  'two devices': {
    'the phone ends the laptop': loseDevice('bob', 'laptop', 'all'),
    'the laptop ends the phone': loseDevice('laptop', 'bob', 'none'),
    'the phone ends itself': loseDevice('bob', 'bob', 'all'),
    'the laptop kicks Carol': remove('laptop', 'carol', 'kick', 'all'),
    'the laptop leaves': remove('laptop', 'bob', 'leave', 'all'),
    'Carol lets Bob in': readmit('carol', 'bob', 'writer'),
  },
}

/** All ways to continue a sequence of letters, each history once. */
function* histories(letters: Readonly<Record<string, Letter>>): Generator<SmallRoom> {
  const seen = new Set<string>()
  let sequences: string[][] = [[]]
  for (let length = 1; length <= OPERATIONS_MAX; length++) {
    sequences = sequences.flatMap((sequence) =>
      Object.keys(letters).flatMap((letter) => (sequence.at(-1) === letter ? [] : [[...sequence, letter]])),
    )
    for (const sequence of sequences) {
      const room = new SmallRoom()
      if (!sequence.every((name) => letters[name]?.(room, name) === true)) continue
      const key = room.keys.toSorted().join('|')
      if (seen.has(key)) continue
      seen.add(key)
      yield room
    }
  }
}

/** The orders of indexes in which each log's operations keep their order. */
function* interleavings(logs: readonly string[], taken: readonly number[] = []): Generator<readonly number[]> {
  if (taken.length === logs.length) yield taken
  const begun = new Set<string>()
  for (const [i, log] of logs.entries()) {
    if (taken.includes(i) || begun.has(log)) continue
    begun.add(log)
    yield* interleavings(logs, [...taken, i])
  }
}

function checkAllOrders({ room, setup }: SmallRoom): number {
  const own = room.ranges.slice(setup)
  const expected = judgeNaively(room.ranges, room.genesis).lines
  let digest: string | undefined
  let orders = 0
  for (const order of interleavings(own.map(({ binding }) => binding.log))) {
    const log = new AccessLog({ genesis: room.genesis })
    for (const range of room.ranges.slice(0, setup)) log.add(range)
    for (const i of order) {
      log.evaluate()
      const range = own[i]
      assert(range && log.add(range).ok)
    }
    const state = log.evaluate()
    if (digest === undefined) assert.deepEqual(verdictOf(state, room.ranges).lines, expected)
    digest ??= stateDigest(state)
    assert.equal(stateDigest(state), digest, `in the order ${order.join()}`)
    orders++
  }
  return orders
}

describe('small histories, all of them', () => {
  for (const [subject, letters] of Object.entries(ALPHABETS))
    it(`I1 ${subject}: up to ${OPERATIONS_MAX} operations come to one state in all orders`, (context) => {
      let count = 0
      let orders = 0
      for (const room of histories(letters)) {
        try {
          orders += checkAllOrders(room)
        } catch (error) {
          throw new Error(`after ${room.keys.join(' | ')}: ${String(error)}`, { cause: error })
        }
        count++
      }
      context.diagnostic(`${count} histories, ${orders} orders`)
      assert(count > 2500 && orders > 35_000, `${count} histories, ${orders} orders`)
    })
})
