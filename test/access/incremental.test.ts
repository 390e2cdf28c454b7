import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type PersonId } from '../../src/base/ids.ts'
import { signerFromSeed } from '../../src/crypto/device-key.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { keyPairFromBytes } from '../../src/crypto/key-agreement.ts'
import { certifyDevice, verifyDeviceCertificate } from '../../src/identity/device-certificate.ts'
import { createPerson } from '../../src/identity/person.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { createJoinRequest, decodeJoinRequest } from '../../src/access/join-request.ts'
import { ROOT } from '../../src/access/operation.ts'
import type { VerifiedLogRange } from '../../src/access/verify-log.ts'
import { aliceRoom, grantTo, inviteAs, remove, viaInvite, note, profile, documentOf } from './room-history.ts'
import { personNamed, seededRandom, SyntheticRoom } from './synthetic-room.ts'
import { stateDigest } from './state-digest.ts'

/** A room of many members whom Alice and her first hundred guests let in by one invite; each writes in one note. */
function crowd(members: number) {
  const room = new SyntheticRoom(seededRandom(members))
  const join = (name: string) => room.session(room.certificate(personNamed(name), 0))
  const alice = join('alice')
  const admin = alice.append(ROOT, grantTo('alice', 'admin', { maxGrant: 'admin' }), {
    signers: [personNamed('root')],
  }).hash
  const invite = alice.append(admin, inviteAs('writer')).hash
  const document = documentOf(alice.append(admin, note))
  const hosts = [{ session: alice, node: admin }]
  for (let i = 0; i < members; i++) {
    const host = hosts[i < 100 ? 0 : i % hosts.length]
    assert(host)
    const { hash } = host.session.append(host.node, grantTo(`member ${i}`, 'writer', { via: viaInvite(invite) }))
    const session = join(`member ${i}`)
    session.append(hash, profile(1))
    session.append(hash, { kind: 'feed.open', document })
    if (hosts.length < 100) hosts.push({ session, node: hash })
  }
  return { room, alice, admin, invite, document, hosts }
}

/** The steps that the evaluator takes for these, one after the other. */
function stepsFor(log: AccessLog, ranges: readonly VerifiedLogRange[]): number {
  const before = log.evaluate().steps
  for (const range of ranges) {
    assert(log.add(range).ok)
    log.evaluate()
  }
  return log.evaluate().steps - before
}

describe('taking in one operation more', () => {
  it('[A22] costs a few steps in a room of any size, and comes to what evaluating all comes to', () => {
    const { room, alice, admin, invite, document, hosts } = crowd(600)
    const log = room.log()
    log.evaluate()
    const member = hosts[7]
    assert(member)
    const via = viaInvite(invite)
    const writings = [
      () => alice.append(admin, grantTo('newcomer', 'writer')),
      () => member.session.append(member.node, grantTo('guest', 'reader', { via })),
      () => alice.append(admin, inviteAs('reader')),
      () => member.session.append(member.node, profile(2)),
      () => member.session.append(member.node, { kind: 'feed.open', document }),
      () => alice.append(admin, remove('member 500', [])),
    ]
    for (const [i, write] of writings.entries()) {
      const steps = stepsFor(log, [write().range])
      assert(steps < 60, `operation ${i} took ${steps} steps`)
    }
    assert.equal(stateDigest(log.evaluate()), stateDigest(room.evaluate()))
    assert.equal(log.counters.evaluations, 1)
    assert.equal(log.counters.additions, writings.length)
  })

  it('[A22] a revoked invite, a removed host and their return touch those whom they let in and come to the same', () => {
    const { room, alice, admin, invite } = crowd(300)
    const log = room.log()
    log.evaluate()
    const kept = log.evaluate().admissionsBy(invite).slice(0, 150)
    const writings = [
      alice.append(admin, { kind: 'invite.revoke', invite, keep: kept }),
      alice.append(admin, remove('member 3', [])),
      alice.append(admin, { kind: 'invite.revoke', invite, keep: log.evaluate().admissionsBy(invite) }),
    ]
    const counts = writings.map(({ range }) => {
      assert(log.add(range).ok)
      return log.evaluate().members().length
    })
    // Alice, the first hundred and fifty less those whose hosts went, and all again but member 3 and their two guests.
    assert.deepEqual(counts, [151, 148, 298])
    assert.equal(stateDigest(log.evaluate()), stateDigest(room.evaluate()))
    assert.equal(log.counters.evaluations, 1)
  })

  it('[A22] a flood of removals of one member with many grants takes n log n steps', () => {
    const room = new SyntheticRoom(seededRandom(3))
    const alice = room.session(room.certificate(personNamed('alice'), 0))
    const root = alice.append(ROOT, grantTo('alice', 'admin'), { signers: [personNamed('root')] })
    const granting = alice.append(ROOT, grantTo('alice', 'admin', { maxGrant: 'admin' }), {
      signers: [personNamed('root')],
    })
    const ben = room.session(room.certificate(personNamed('ben'), 0))
    for (let i = 0; i < 400; i++) ben.append(alice.append(granting.hash, grantTo('ben', 'writer')).hash, profile(i))
    for (let i = 0; i < 4000; i++) {
      const log = ben.heads[(i * 7) % ben.heads.length] ?? ben.head
      const pins = [{ session: ben.binding.session, log, feeds: [] }]
      alice.append(i % 2 === 0 ? root.hash : granting.hash, remove('ben', pins))
    }
    const size = room.ranges.length
    const log = new AccessLog({ genesis: room.genesis })
    for (const range of room.ranges) assert(log.add(range).ok)
    const { steps } = log.evaluate()
    assert(steps < 4 * size * Math.log2(size), `${steps} steps for ${size} operations`)
  })
})

describe('requests to be let in', () => {
  it('[A29] are handed on by relays too, who let nobody in', () => {
    const { history, alice, admin } = aliceRoom()
    const via = viaInvite(alice.append(admin, inviteAs('writer')).hash)
    const relays = alice.append(admin, grantTo('bob', 'relay'))
    const bob = history.session('bob')
    const handedOn = bob.append(relays.hash, { kind: 'join.request', request: utf8('request') })
    const admitted = bob.append(relays.hash, grantTo('carol', 'relay', { via }))
    assert.equal(history.evaluate().explain(handedOn.hash).reason, 'effective')
    assert.equal(history.evaluate().explain(admitted.hash).reason, 'role')
  })

  it('[A29] wait until somebody answers, once however many hand them on', async () => {
    const { history, alice, admin } = aliceRoom()
    const inviteSigner = signerFromSeed(sha256(utf8('invite')))
    const invite = alice.append(admin, inviteAs('writer', { approval: 'manual', inviteKey: inviteSigner.publicKey }))
    const readers = alice.append(admin, grantTo('bob', 'reader'))
    const bob = history.session('bob')
    const person = createPerson()
    const deviceSigner = signerFromSeed(sha256(utf8('device of a newcomer')))
    const { publicKey: sealKey } = keyPairFromBytes(sha256(utf8('seal key')))
    const device = idFromBytes<typeof bob.binding.device>(deviceSigner.publicKey)
    const certificate = await verifyDeviceCertificate(await certifyDevice(person, { device, sealKey, serial: 0 }))
    assert(certificate.ok)
    const request = await createJoinRequest({
      room: history.genesis.room,
      invite: invite.hash,
      certificate: certificate.value,
      sealedProfile: utf8('sealed name'),
      deviceSigner,
      inviteSigner,
    })
    const first = alice.append(admin, { kind: 'join.request', request })
    const second = bob.append(readers.hash, { kind: 'join.request', request })
    const open = history.evaluate().openRequests
    assert.deepEqual(
      open.map(({ person: asking, operations }) => [asking, operations]),
      [[person.id, [first.hash, second.hash]]],
    )
    const byReader = bob.append(readers.hash, { kind: 'join.decline', person: person.id, requests: [first.hash] })
    assert.equal(history.evaluate().explain(byReader.hash).reason, 'role')
    alice.append(admin, { kind: 'join.decline', person: person.id, requests: open[0]?.operations ?? [] })
    assert.deepEqual(history.evaluate().openRequests, [])
    assert.equal(history.evaluate().declinedRequests.length, 2)
    bob.append(readers.hash, { kind: 'join.request', request })
    assert.equal(history.evaluate().openRequests.length, 1)
    const decoded = decodeJoinRequest(request)
    assert(decoded.ok)
    const via = { invite: invite.hash, consent: decoded.value.consent }
    alice.append(admin, { ...grantTo('', 'writer', { via }), to: person.id })
    alice.append(admin, remove('', [], { target: { type: 'person', person: person.id satisfies PersonId } }))
    assert.deepEqual(history.evaluate().openRequests, [])
    assert(history.evaluate().formerMembers().includes(person.id))
  })
})
