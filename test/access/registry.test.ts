import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { idToBytes, type DeviceId, type EpochId } from '../../src/base/ids.ts'
import type { OperationHash, PersonId } from '../../src/base/ids.ts'
import { feedIdOf } from '../../src/feed/feed-id.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { decodeMeetingPlaces, encodeMeetingPlaces } from '../../src/access/meeting-places.ts'
import { ROOT, type OperationBody } from '../../src/access/operation.ts'
import {
  aliceRoom,
  boxFor,
  epochOf,
  grantTo,
  idOf,
  inviteAs,
  leave,
  redact,
  remove,
  note,
  profile,
  documentOf,
} from './room-history.ts'
import { revokeDevice, RoomHistory, rotateRoot, setPolicy, viaInvite, writersOf } from './room-history.ts'
import { stateDigest } from './state-digest.ts'

const alicesId = idOf<PersonId>('alice')
const bobsId = idOf<PersonId>('bob')
const setPlaces = (places: readonly string[], over: readonly OperationHash[] = []): OperationBody => ({
  kind: 'policy.set',
  key: 'meeting-places',
  value: encodeMeetingPlaces(places),
  over,
})

describe('documents and feeds', () => {
  it('[A15] a reader’s feed is refused with its reason', () => {
    const { history, alice, admin } = aliceRoom()
    const chat = documentOf(alice.append(admin, note))
    const readers = alice.append(admin, grantTo('bob', 'reader'))
    const bob = history.session('bob')
    bob.append(readers.hash, { kind: 'feed.open', document: chat })
    const record = history.evaluate().feeds.get(feedIdOf(bob.binding.session, chat, readers.hash))
    assert.equal(record?.status, 'role')
  })

  it('[A14] a junior’s document is open to seniors, whichever comes first', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const before = history.log()
    before.evaluate()
    const bob = history.session('bob')
    const created = bob.append(bobs.hash, note)
    const opened = alice.append(admin, { kind: 'feed.open', document: documentOf(created) })
    for (const range of [opened.range, ...history.ranges]) before.add(range)
    assert.equal(before.evaluate().explain(opened.hash).reason, 'effective')
    assert.equal(before.evaluate().documents.get(documentOf(created))?.createdBy, bobsId)
    assert.equal(stateDigest(before.evaluate()), stateDigest(history.evaluate()))
  })

  it('[A16] of two feeds with one client id the senior’s stands, in any order of arrival', () => {
    const { history, alice, admin } = aliceRoom()
    const chat = documentOf(alice.append(admin, note))
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const junior = history.session('bob').append(bobs.hash, { kind: 'feed.open', document: chat })
    const senior = alice.append(admin, { kind: 'feed.open', document: chat })
    const again = alice.append(admin, { kind: 'feed.open', document: chat })
    const log = history.log({ clientOf: () => 7 })
    assert.equal(log.evaluate().explain(senior.hash).reason, 'effective')
    assert.equal(log.evaluate().explain(junior.hash).reason, 'client-taken')
    assert.equal(log.evaluate().explain(again.hash).reason, 'client-taken')
    const slow = new AccessLog({ genesis: history.genesis, clientOf: () => 7 })
    const juniorFirst = history.ranges.filter(({ binding }) => binding.person === bobsId)
    for (const range of [...history.ranges.slice(0, 4), ...juniorFirst, ...history.ranges]) {
      slow.add(range)
      slow.evaluate()
    }
    assert.equal(stateDigest(slow.evaluate()), stateDigest(log.evaluate()))
  })

  it('[A17] the profile with the highest counter is a person’s, whichever session wrote it', () => {
    const { history, alice, admin } = aliceRoom()
    alice.append(admin, profile(2, 'newer'))
    history.session('alice', 'alice 2').append(admin, profile(1, 'older'))
    assert.deepEqual(history.evaluate().profiles.get(alicesId)?.sealed, utf8('newer'))
  })

  it('[A18] the room’s name is the senior’s unless somebody replaced it', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'admin', { maxGrant: 'admin' }))
    const bob = history.session('bob')
    const name = (text: string, over: readonly OperationHash[] = []): OperationBody => ({
      kind: 'room.name',
      sealed: utf8(text),
      over,
    })
    alice.append(admin, name('first'))
    alice.append(admin, name('second'))
    bob.append(bobs.hash, name('at the same time'))
    assert.deepEqual(history.evaluate().roomName?.sealed, utf8('second'))
    bob.append(bobs.hash, name('third', history.evaluate().roomNameOperations))
    assert.deepEqual(history.evaluate().roomName?.sealed, utf8('third'))
  })

  it('[A19] the first room key is the most senior author’s', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    history.session('bob').append(bobs.hash, epochOf('bobs key'))
    alice.append(admin, epochOf('alices key'))
    assert.deepEqual(
      history.evaluate().epochs.map(({ epoch }) => epoch),
      [idOf('alices key'), idOf('bobs key')],
    )
  })

  it('[A19] a box that its device complains about is no box until there is another', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'reader'))
    const bob = history.session('bob')
    const { device } = bob.binding
    const epoch = idOf<EpochId>('key')
    const made = alice.append(admin, epochOf('key', [alice.binding.device, device]))
    assert.deepEqual(history.evaluate().missingBoxes(epoch), [])
    bob.append(bobs.hash, { kind: 'epoch.request', epoch, bad: [made.hash] })
    assert.deepEqual(history.evaluate().missingBoxes(epoch), [device])
    const again = alice.append(admin, { kind: 'epoch.seal', epoch, boxes: [boxFor(device)] })
    assert.deepEqual(history.evaluate().missingBoxes(epoch), [])
    assert.deepEqual(history.evaluate().epochs[0]?.boxes.get(device), [again.hash])
  })

  it('[A38] the key to write with is one that nobody has who may not read, with the most readers', () => {
    const { history, alice, admin } = aliceRoom()
    alice.append(admin, grantTo('bob', 'writer'))
    const [bob, mallory] = [history.session('bob').binding.device, history.session('mallory').binding.device]
    const mine = alice.binding.device
    alice.append(admin, epochOf('for a stranger too', [mine, bob, mallory]))
    assert.equal(history.evaluate().currentEpoch(), undefined)
    alice.append(admin, epochOf('mine', [mine, idOf<DeviceId>('never seen')]))
    assert.equal(history.evaluate().currentEpoch()?.epoch, idOf('mine'))
    alice.append(admin, epochOf('for both', [mine, bob]))
    assert.equal(history.evaluate().currentEpoch()?.epoch, idOf('for both'))
    alice.append(admin, remove('bob', []))
    assert.equal(history.evaluate().currentEpoch()?.epoch, idOf('mine'))
  })
})

describe('who may write in a document', () => {
  const scene = () => {
    const { history, alice, admin } = aliceRoom()
    const document = documentOf(alice.append(admin, note))
    const bobs = alice.append(admin, grantTo('bob', 'moderator'))
    const carols = alice.append(admin, grantTo('carol', 'writer'))
    const [bob, carol] = [history.session('bob'), history.session('carol')]
    for (const [session, node] of [
      [alice, admin],
      [bob, bobs.hash],
      [carol, carols.hash],
    ] as const)
      session.append(node, { kind: 'feed.open', document })
    const feed = feedIdOf(carol.binding.session, document, carols.hash)
    return { history, alice, admin, document, bob, bobs, carol, carols, feed }
  }

  it('[A34] a list cuts the feeds of juniors whom it leaves out, and of nobody senior', () => {
    const { history, bob, bobs, carol, document, feed } = scene()
    const heads = [{ feed, length: 4, hash: idToBytes(idOf('entry 4')) }]
    bob.append(bobs.hash, writersOf(document, [], [carol.pin(heads)]))
    const state = history.evaluate()
    assert.deepEqual(state.writersOf(document), [alicesId, bobsId])
    assert.deepEqual([state.feeds.get(feed)?.status, state.feeds.get(feed)?.limit], ['effective', 4])
    assert.deepEqual(state.writeListOf(document)?.people, [])
    assert.equal(state.roleOf(idOf('carol'), document), 'writer')
    assert.equal(state.can(idOf('carol'), 'read', document), true)
  })

  it('[A35] of lists the most senior author’s latest binds, and a later one replaces those it names', () => {
    const { history, alice, admin, bob, bobs, carol, carols, document } = scene()
    const byWriter = carol.append(carols.hash, writersOf(document, []))
    assert.equal(history.evaluate().explain(byWriter.hash).reason, 'role')
    alice.append(admin, writersOf(document, ['bob']))
    const carolMayWrite = (): boolean => history.evaluate().can(idOf('carol'), 'write', document)
    bob.append(bobs.hash, writersOf(document, '*', [], history.evaluate().writeListOperations(document)))
    assert.equal(carolMayWrite(), false)
    alice.append(admin, writersOf(document, ['carol']))
    assert.equal(carolMayWrite(), true)
    assert.deepEqual(history.evaluate().writersOf(document), [alicesId, idOf('carol')])
    alice.append(admin, writersOf(document, '*', [], history.evaluate().writeListOperations(document)))
    assert.deepEqual(history.evaluate().writersOf(document), [alicesId, bobsId, idOf('carol')])
  })

  it('[A34] a list gives nobody a right that they do not have', () => {
    const { history, alice, admin, document } = scene()
    alice.append(admin, grantTo('dan', 'reader'))
    alice.append(admin, writersOf(document, ['dan']))
    assert.equal(history.evaluate().can(idOf('dan'), 'write', document), false)
  })

  it('[A36] an admin may leave letting people in to those with the right to grant', () => {
    const { history, alice, admin, carol, carols, bob, bobs } = scene()
    const invite = alice.append(admin, inviteAs('reader'))
    const via = viaInvite(invite.hash)
    const admitted = carol.append(carols.hash, grantTo('eve', 'reader', { via }))
    const early = history.log()
    assert.equal(early.evaluate().explain(admitted.hash).reason, 'effective')
    bob.append(bobs.hash, setPolicy('members-admit', 0))
    assert.equal(history.evaluate().explain(admitted.hash).reason, 'effective')
    const off = alice.append(admin, setPolicy('members-admit', 0))
    assert.equal(history.evaluate().explain(admitted.hash).reason, 'policy')
    early.add(off.range)
    assert.equal(early.evaluate().explain(admitted.hash).reason, 'policy')
    const byAlice = alice.append(admin, grantTo('fay', 'reader', { via }))
    assert.equal(history.evaluate().explain(byAlice.hash).reason, 'effective')
    alice.append(admin, setPolicy('members-admit', 1))
    assert.equal(history.evaluate().explain(admitted.hash).reason, 'effective')
  })

  it('[A40] an admin names the meeting places; the most senior’s latest counts for everybody', () => {
    const { history, alice, admin, bob, bobs } = scene()
    const bens = alice.append(admin, grantTo('ben', 'admin', { maxGrant: 'admin' }))
    const ben = history.session('ben')
    const inForce = (): readonly string[] => {
      const value = history.evaluate().policy('meeting-places')
      const read = value && decodeMeetingPlaces(value)
      return read?.ok === true ? read.value : []
    }
    const byModerator = bob.append(bobs.hash, setPlaces(['wss://mallory.example']))
    assert.equal(history.evaluate().explain(byModerator.hash).reason, 'role')
    assert.deepEqual(inForce(), [])
    const bens1 = ben.append(bens.hash, setPlaces(['wss://b.example', 'nostr+wss://r.example']))
    assert.deepEqual(inForce(), ['wss://b.example', 'nostr+wss://r.example'])
    const alices1 = alice.append(admin, setPlaces(['wss://a.example'], [bens1.hash]))
    assert.deepEqual(inForce(), ['wss://a.example'])
    ben.append(bens.hash, setPlaces(['wss://b.example']))
    assert.deepEqual(inForce(), ['wss://a.example'], 'who is junior does not replace it unseen')
    const bens3 = ben.append(bens.hash, setPlaces(['wss://c.example'], [alices1.hash]))
    assert.equal(history.evaluate().explain(bens3.hash).reason, 'effective')
    assert.deepEqual(inForce(), ['wss://a.example'], 'nor seen')
    alice.append(admin, setPlaces([], history.evaluate().policyOperations('meeting-places')))
    assert.deepEqual(inForce(), [])
  })

  it('[A40] what is no bounded list of places is malformed and hides nothing', () => {
    const { history, alice, admin } = scene()
    alice.append(admin, setPlaces(['wss://a.example']))
    const places = (count: number, length: number): string[] => Array.from({ length: count }, () => 'x'.repeat(length))
    const values = [places(9, 1), places(1, 121), places(8, 120)].map(encodeMeetingPlaces)
    const reasons = [...values, Uint8Array.of(2, 0), Uint8Array.of(0, 0), Uint8Array.of(1, 1, 0xff)].map((value) => {
      const { hash } = alice.append(admin, { kind: 'policy.set', key: 'meeting-places', value, over: [] })
      return history.evaluate().explain(hash).reason
    })
    const bad = 'malformed'
    assert.deepEqual(reasons, [bad, bad, 'effective', bad, bad, bad])
    assert.deepEqual(history.evaluate().policy('meeting-places'), values[2])
  })

  it('[A37] entries are hidden by their author and by those senior who look after the document', () => {
    const { history, alice, admin, bob, bobs, carol, carols, document, feed } = scene()
    const alicesFeed = feedIdOf(alice.binding.session, document, admin)
    bob.append(bobs.hash, redact(feed, 2, 4))
    carol.append(carols.hash, redact(feed, 4, 5))
    const upwards = bob.append(bobs.hash, redact(alicesFeed, 0, 1))
    const byWriter = carol.append(carols.hash, redact(feedIdOf(bob.binding.session, document, bobs.hash), 0, 1))
    const unknown = bob.append(bobs.hash, redact(idOf('nothing'), 0, 1))
    const state = history.evaluate()
    assert.deepEqual(state.feeds.get(feed)?.redactions, [{ from: 2, to: 5 }])
    assert.deepEqual(state.feeds.get(alicesFeed)?.redactions, [])
    assert.deepEqual(
      [upwards, byWriter, unknown].map(({ hash }) => state.explain(hash).reason),
      ['outranked', 'role', 'missing-feed'],
    )
    assert.equal(state.explain(unknown.hash).status, 'pending')
  })
})

describe('the owners’ keys', () => {
  it('[A20] as many owners sign as the room asks for, and nobody else', () => {
    const history = new RoomHistory(['ada', 'ben', 'cleo'], 2)
    const session = history.session('ada')
    const grant = grantTo('ada', 'admin', { maxGrant: 'admin' })
    const outcomes = [['ada'], ['ada', 'mallory'], ['ada', 'ben', 'mallory'], ['cleo', 'ben']].map((signers) =>
      session.appendAsRoot(grant, signers),
    )
    assert.deepEqual(
      outcomes.map(({ hash }) => history.evaluate().explain(hash).reason),
      ['root-keys', 'root-keys', 'root-keys', 'effective'],
    )
  })

  it('[A39] when the last admin is gone, the owners hand the room to new keys, and what they keep stays', () => {
    const history = new RoomHistory(['ada', 'ben', 'cleo'], 2)
    const session = history.session('ada')
    const admin = grantTo('ada', 'admin', { maxGrant: 'admin' })
    const kept = session.appendAsRoot(admin, ['ada', 'ben'])
    const dropped = session.appendAsRoot(admin, ['ada', 'ben'])
    const later = history.session('cleo')
    const { hash } = later.appendAsRoot(rotateRoot(['dan'], 1, { keep: [kept.hash] }), ['ben', 'cleo'])
    const grant = later.appendAsRoot(grantTo('dan', 'admin', { maxGrant: 'admin' }), ['dan'])
    const late = session.appendAsRoot(admin, ['ada', 'ben'])
    const state = history.evaluate()
    assert.deepEqual(state.rootKeys, [idOf('dan')])
    assert.deepEqual(
      [kept.hash, dropped.hash, hash, grant.hash, late.hash].map((each) => state.explain(each).reason),
      ['effective', 'root-keys', 'effective', 'effective', 'root-keys'],
    )
  })

  it('[A39] nobody becomes an owner unasked, and rotations of one owner apply in their order', () => {
    const history = new RoomHistory(['ada'], 1)
    const session = history.session('ada')
    const unasked = session.appendAsRoot(rotateRoot(['ada', 'gus'], 1, { consents: [] }), ['ada'])
    const alone = session.appendAsRoot(rotateRoot(['gus'], 1, { consents: [] }), ['ada'])
    assert.deepEqual(history.evaluate().rootKeys, [idOf('ada')])
    const first = session.appendAsRoot(rotateRoot(['ada', 'ben']), ['ada'])
    for (const name of ['cleo', 'dan', 'eve', 'fay']) {
      const keep = history.evaluate().rootOperations
      session.appendAsRoot(rotateRoot(['ada', name], 1, { keep }), ['ada'])
      assert.deepEqual(new Set(history.evaluate().rootKeys), new Set([idOf('ada'), idOf(name)]))
    }
    // It counts as far as it may: for those who own the room or have agreed, if there is one.
    assert.equal(history.evaluate().explain(unasked.hash).reason, 'effective')
    assert.equal(history.evaluate().explain(alone.hash).reason, 'root-keys')
    assert.equal(history.evaluate().explain(first.hash).reason, 'effective')
  })
})

describe('revoked devices', () => {
  it('[A28] what a stolen laptop does after its owner noticed counts for nobody, and the owner stays a member', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const document = documentOf(alice.append(admin, note))
    const phone = history.session('bob', 'bob phone', { serial: 1 })
    const laptop = history.session('bob', 'bob laptop', { serial: 2 })
    const opened = laptop.append(bobs.hash, { kind: 'feed.open', document })
    const log = history.log()
    log.evaluate()
    const { hash } = phone.append(ROOT, revokeDevice(laptop.binding.device, [laptop.pin()]))
    const backwards = laptop.append(ROOT, revokeDevice(phone.binding.device, []))
    const late = laptop.append(bobs.hash, profile(9))
    const leaving = laptop.append(ROOT, leave('bob', []))
    const own = phone.append(bobs.hash, profile(1))
    for (const range of history.ranges) log.add(range)
    const state = log.evaluate()
    assert.equal(stateDigest(state), stateDigest(history.evaluate()))
    assert.deepEqual(
      [opened.hash, hash, backwards.hash, late.hash, leaving.hash, own.hash].map((each) => state.explain(each).reason),
      ['effective', 'effective', 'junior-device', 'device-revoked', 'device-revoked', 'effective'],
    )
    assert.deepEqual(state.explain(late.hash).by, { person: bobsId, operation: hash })
    const feed = state.feeds.get(feedIdOf(laptop.binding.session, document, bobs.hash))
    assert.deepEqual([feed?.status, feed?.limit], ['effective', 0])
    assert.equal(state.roleOf(bobsId), 'writer')
    assert.deepEqual(
      state.devicesOf(bobsId).map(({ device, isStanding }) => [device, isStanding]),
      [
        [phone.binding.device, true],
        [laptop.binding.device, false],
      ],
    )
    assert.deepEqual(
      state.readerDevices().map(({ device }) => device),
      [alice.binding.device, phone.binding.device],
    )
  })
})
