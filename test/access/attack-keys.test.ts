/** Attacks on identities, keys and the root of a room; see attacks.test.ts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, idToBytes, type DeviceId, type EpochId, type FeedId, type RoomId } from '../../src/base/ids.ts'
import { signerFromSeed } from '../../src/crypto/device-key.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { keyPairFromBytes } from '../../src/crypto/key-agreement.ts'
import { emptyChain, signHead } from '../../src/feed/chain.ts'
import { CutTable } from '../../src/feed/cut.ts'
import { decodeEntry, encodeEntry, openEntry, SALT_BYTES } from '../../src/feed/entry.ts'
import { sessionIdOf } from '../../src/feed/feed-id.ts'
import { certifyDevice, verifyDeviceCertificate } from '../../src/identity/device-certificate.ts'
import { createPerson, type Person } from '../../src/identity/person.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { foundRoom } from '../../src/access/found-room.ts'
import { OperationWriter, type WrittenOperation } from '../../src/access/operation-writer.ts'
import { ROOT } from '../../src/access/operation.ts'
import { verifyLogRange } from '../../src/access/verify-log.ts'
import { KeyRing, epochIdOf } from '../../src/peer/key-ring.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { headAt, pinWith, Scene, type SceneMember } from './attack-scene.ts'
import { boxFor, epochOf, grantTo, idOf, note, remove, rotateRoot } from './room-history.ts'
import { stateDigest } from './state-digest.ts'

async function deviceOf(name: string, person: Person) {
  const signer = signerFromSeed(sha256(utf8(`device ${name}`)))
  const device = idFromBytes<DeviceId>(signer.publicKey)
  const { publicKey: sealKey } = keyPairFromBytes(sha256(utf8(`seal key ${name}`)))
  const certificate = await verifyDeviceCertificate(await certifyDevice(person, { device, sealKey, serial: 0 }))
  assert(certificate.ok)
  return { signer, certificate: certificate.value, sessionNonce: sha256(utf8(name)).subarray(0, 16) }
}

const now = (): number => 1_700_000_000_000

/** Alice's room and log, with real signatures. */
async function aliceRoom() {
  const person = createPerson()
  const device = await deviceOf('alice', person)
  const founded = await foundRoom({
    founder: person,
    certificate: device.certificate,
    sessionNonce: device.sessionNonce,
    salt: sha256(utf8('salt')),
    epoch: idOf('key'),
    chatSchemaVersion: 1,
    sealedName: utf8('sealed name'),
    boxes: [boxFor(device.certificate.device)],
    now,
  })
  return { device, founded, person }
}

/** The door's word on a log that one device signed. */
async function enter(
  founded: Awaited<ReturnType<typeof foundRoom>>,
  writer: OperationWriter,
  operations: readonly WrittenOperation[],
  signer: ReturnType<typeof signerFromSeed>,
): Promise<string> {
  const signature = await signHead(signer, writer.log, writer.head)
  const entries = operations.map(({ bytes }, i) => ({
    bytes,
    signature: i === operations.length - 1 ? signature : undefined,
  }))
  const start = emptyChain(writer.log)
  const range = await verifyLogRange({ genesis: founded.genesis, log: writer.log, binding: undefined, start, entries })
  return range.ok ? `by ${range.value.binding.person}` : range.reason
}

const newEpoch = (member: SceneMember, name: string, devices: readonly DeviceId[]) =>
  member.session.append(member.node, epochOf(name, devices))

const deviceOfMember = ({ session }: SceneMember): DeviceId => session.binding.device

describe('attacks on keys', () => {
  it('attack 11: Impersonation of another author', async () => {
    const { device, founded } = await aliceRoom()
    const mallory = await deviceOf('mallory', createPerson())
    const { room } = founded.genesis
    const session = (certificate: Uint8Array, nonce: Uint8Array, deviceId: DeviceId) => {
      const writer = new OperationWriter(room, sessionIdOf(deviceId, nonce), now)
      const operations = [writer.append(ROOT, { kind: 'session', certificate, nonce })]
      operations.push(writer.append(founded.node, { kind: 'profile', counter: 9, sealed: utf8('forged') }))
      return { writer, operations }
    }
    const { certificate, sessionNonce } = device
    assert.equal(await enter(founded, founded.writer, founded.operations, device.signer), `by ${certificate.person}`)
    // Alice's own log, signed by Mallory; Alice's certificate on Mallory's log; a certificate that Mallory made up.
    assert.equal(await enter(founded, founded.writer, founded.operations, mallory.signer), 'signature')
    const borrowed = session(certificate.bytes, sessionNonce, certificate.device)
    assert.equal(await enter(founded, borrowed.writer, borrowed.operations, mallory.signer), 'signature')
    const misplaced = session(certificate.bytes, sessionNonce, mallory.certificate.device)
    assert.equal(await enter(founded, misplaced.writer, misplaced.operations, mallory.signer), 'another-log')
    const forged = mallory.certificate.bytes.slice()
    forged.set(idToBytes(certificate.person), 1)
    const madeUp = session(forged, sessionNonce, mallory.certificate.device)
    assert.equal(await enter(founded, madeUp.writer, madeUp.operations, mallory.signer), 'certificate')
  })

  it('attack 19: Relay withholds the revocation (stale view)', () => {
    const scene = new Scene()
    const mallory = scene.member('mallory', 'admin')
    const carol = scene.member('carol', 'writer')
    const removal = scene.alice.session.append(scene.alice.node, remove('mallory', [mallory.session.pin()]))
    const late = mallory.session.append(mallory.node, grantTo('eve', 'writer'))
    // Not held as long as Carol hears everything from Mallory alone: to her, Mallory is an admin still.
    const log = new AccessLog({ genesis: scene.history.genesis })
    for (const range of scene.history.ranges) if (range !== removal.range) log.add(range)
    assert.equal(log.evaluate().roleOf(mallory.id), 'admin')
    assert.equal(log.evaluate().explain(late.hash).status, 'effective')
    // Held from the first word of anybody else on: nothing that she took for right in between stays.
    assert(log.add(removal.range).ok)
    assert.equal(log.evaluate().explain(late.hash).status, 'not-effective')
    assert.equal(stateDigest(log.evaluate()), stateDigest(scene.inAnyOrder()))
    // And what Mallory withholds cannot be bent: a log without one of its operations has a gap.
    const gap = new AccessLog({ genesis: scene.history.genesis })
    const after = scene.alice.session.append(scene.alice.node, note)
    for (const range of scene.history.ranges) if (range !== removal.range) gap.add(range)
    assert.equal(gap.operation(after.hash), undefined)
    assert.equal(gap.evaluate().roleOf(carol.id), 'writer')
  })

  it('attack 20: Bad sealed key to one victim / epoch that omits someone', () => {
    const scene = new Scene()
    const mallory = scene.member('mallory', 'writer')
    const bob = scene.member('bob', 'writer')
    const carol = scene.member('carol', 'writer')
    const [victim, omitted] = [deviceOfMember(bob), deviceOfMember(carol)]
    const bad = newEpoch(mallory, 'key', [scene.alice, mallory, bob].map(deviceOfMember))
    const missing = (): readonly DeviceId[] => scene.inAnyOrder().missingBoxes(idOf<EpochId>('key'))
    // Whom an epoch leaves out is seen by all: the boxes say for whom they are.
    assert.deepEqual(missing(), [omitted])
    // What is in a box only its device knows. Not held until it says so; then it counts as left out, too.
    bob.session.append(bob.node, { kind: 'epoch.request', epoch: idOf('key'), bad: [bad.hash] })
    assert.deepEqual([...missing()].toSorted(), [victim, omitted].toSorted())
    // Held: anybody who has the key hands it on.
    const boxes = [victim, omitted].map(boxFor)
    scene.alice.session.append(scene.alice.node, { kind: 'epoch.seal', epoch: idOf('key'), boxes })
    assert.deepEqual(missing(), [])
  })

  it('attack 21: Key leak to invitee of a concurrently removed admin', () => {
    const scene = new Scene()
    const mallory = scene.member('mallory', 'admin')
    const bob = scene.member('bob', 'writer')
    newEpoch(scene.alice, 'old', [scene.alice, mallory, bob].map(deviceOfMember))
    const removal = remove('mallory', [mallory.session.pin()])
    // Not held: before anybody can know, Mallory lets Eve in and hands her the key. She reads what there was until now.
    const eve = scene.member('eve', 'reader', mallory)
    mallory.session.append(mallory.node, {
      kind: 'epoch.seal',
      epoch: idOf('old'),
      boxes: [boxFor(deviceOfMember(eve))],
    })
    assert.equal(scene.inAnyOrder().currentEpoch()?.epoch, idOf<EpochId>('old'))
    scene.alice.session.append(scene.alice.node, removal)
    // Held: her admission lapsed with the removal, nobody writes with the old key any more, and the new one is not hers.
    const state = scene.inAnyOrder()
    assert.deepEqual([state.roleOf(eve.id), state.currentEpoch()], [undefined, undefined])
    newEpoch(
      bob,
      'new',
      state.readerDevices().map(({ device }) => device),
    )
    const chosen = scene.inAnyOrder()
    assert.equal(chosen.currentEpoch()?.epoch, idOf<EpochId>('new'))
    assert(chosen.readerDevices().every(({ person }) => person !== eve.id && person !== mallory.id))
  })

  it('attack 22: Two removals, two epochs, neither excludes both', () => {
    const scene = new Scene()
    const ann = scene.member('ann', 'admin')
    const bea = scene.member('bea', 'admin')
    const [xan, yve] = [scene.member('xan', 'writer'), scene.member('yve', 'writer')]
    const honest = [scene.alice, ann, bea].map(deviceOfMember)
    newEpoch(scene.alice, 'first', [...honest, deviceOfMember(xan), deviceOfMember(yve)])
    assert.equal(scene.inAnyOrder().currentEpoch()?.epoch, idOf<EpochId>('first'))
    ann.session.append(ann.node, remove('xan', [xan.session.pin()]))
    newEpoch(ann, 'without Xan', [...honest, deviceOfMember(yve)])
    bea.session.append(bea.node, remove('yve', [yve.session.pin()]))
    newEpoch(bea, 'without Yve', [...honest, deviceOfMember(xan)])
    // Nobody writes with any of the three: each has a key in the hands of somebody who is out.
    assert.equal(scene.inAnyOrder().currentEpoch(), undefined)
    // Two make a new one at the same time: one of them is chosen, by all alike.
    newEpoch(bea, 'second', honest)
    newEpoch(ann, 'third', honest)
    assert.equal(scene.inAnyOrder().currentEpoch()?.epoch, idOf<EpochId>('third'))
  })

  it('attack 25: Ciphertext decrypts to two plaintexts (non-committing AEAD)', async () => {
    const keys = [sha256(utf8('one key')), sha256(utf8('another key'))] as const
    const [first, second] = keys
    const feed = idOf<FeedId>('feed')
    const header = {
      seq: 0,
      epoch: epochIdOf(first),
      cut: [],
      salt: new Uint8Array(SALT_BYTES),
      cutTable: new CutTable(),
    }
    const bytes = encodeEntry(header, first, utf8('what was written'))
    const decoded = decodeEntry(bytes, feed, 0, new CutTable())
    assert(decoded.ok)
    // The entry names its key by the key's own hash, inside what is signed and authenticated...
    assert.equal(decoded.value.epoch, epochIdOf(first))
    assert.equal(openEntry(decoded.value, second), undefined)
    const renamed = { ...decoded.value, header: decoded.value.header.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) }
    assert.equal(openEntry(renamed, first), undefined)
    // ...and nobody holds another key under that name, whatever somebody handed out or stored.
    const store = new MemoryStore()
    const room = idOf<RoomId>('room')
    await store.write([{ kind: 'put', key: `key/${room}/${epochIdOf(first)}`, value: second }])
    const ring = new KeyRing({ store, room, choose: () => epochIdOf(first) })
    await ring.load()
    assert.equal(ring.key(epochIdOf(first)), undefined)
    await ring.add([second])
    assert.equal(ring.body(epochIdOf(first), feed), undefined)
  })

  it('attack 26: Old-key content after removal accepted', () => {
    const scene = new Scene()
    const document = scene.document()
    const mallory = scene.member('mallory', 'writer')
    const feed = scene.feed(mallory, document)
    newEpoch(scene.alice, 'old', [scene.alice, mallory].map(deviceOfMember))
    scene.alice.session.append(scene.alice.node, remove('mallory', [pinWith(mallory.session, feed, 2)]))
    newEpoch(scene.alice, 'new', [deviceOfMember(scene.alice)])
    // A third entry under the old key opens, for the key is right; it is the pin that keeps it out, and so it would
    // under the new key, had somebody given it to her.
    const key = sha256(utf8('old'))
    const header = {
      seq: 2,
      epoch: epochIdOf(key),
      cut: [],
      salt: new Uint8Array(SALT_BYTES),
      cutTable: new CutTable(),
    }
    const late = decodeEntry(encodeEntry(header, key, utf8('late')), feed, 2, new CutTable())
    assert(late.ok && openEntry(late.value, key))
    const state = scene.inAnyOrder()
    assert((state.feeds.get(feed)?.limit ?? Infinity) <= late.value.seq)
    assert.equal(state.currentEpoch()?.epoch, idOf<EpochId>('new'))
  })

  it('attack 27: Root/owner key stolen', () => {
    // Held with a council: one key of three does nothing, and the two others put another in its place.
    const council = ['ann', 'bea', 'cid']
    const scene = new Scene(council, 2)
    const eve = scene.history.session('eve')
    const stolen = eve.appendAsRoot(grantTo('eve', 'admin', { maxGrant: 'admin' }), ['cid'])
    const takeover = eve.appendAsRoot(rotateRoot(['eve'], 1), ['cid'])
    assert.deepEqual([scene.status(stolen), scene.status(takeover)], ['not-effective', 'not-effective'])
    const keep = [scene.alice.node]
    scene.alice.session.appendAsRoot(rotateRoot(['ann', 'bea', 'dan'], 2, { keep }), ['ann', 'bea'])
    const late = eve.appendAsRoot(grantTo('eve', 'admin'), ['bea', 'cid'])
    const state = scene.inAnyOrder()
    assert.equal(state.explain(late.hash).status, 'not-effective')
    assert.deepEqual([...state.rootKeys].toSorted(), ['ann', 'bea', 'dan'].map((name) => idOf(name)).toSorted())
    assert.equal(state.roleOf(scene.alice.id), 'admin')
    // Not held with a single key: who has it is the owner, and can let in, remove and rotate like the owner.
    const alone = new Scene(['ann'], 1)
    const thief = alone.history.session('eve')
    const grab = thief.appendAsRoot(grantTo('eve', 'admin', { maxGrant: 'admin' }), ['ann'])
    thief.appendAsRoot(remove('alice', []), ['ann'])
    assert.equal(alone.status(grab), 'effective')
    assert.deepEqual(alone.roles('eve', 'alice'), ['admin', undefined])
  })

  it('attack 28: Restored backup / second tab reuses a seq', () => {
    const scene = new Scene()
    const document = scene.document()
    const bob = scene.member('bob', 'writer')
    const feed = scene.feed(bob, document)
    const backup = bob.session.head
    const lost = bob.session.append(bob.node, { kind: 'profile', counter: 1, sealed: utf8('lost') })
    // A second tab, and storage that is new, are other sessions: other logs, other feeds, other numbers in Yjs.
    const tab = scene.history.session('bob', 'bob tab', { device: 'bob 1' })
    const tabFeed = scene.feed(bob, document, tab)
    // An old copy of the storage goes on in its old session: a fork, which voids nothing.
    const again = bob.session.append(
      bob.node,
      { kind: 'profile', counter: 2, sealed: utf8('again') },
      { after: backup },
    )
    const state = scene.inAnyOrder()
    const numbers = [feed, tabFeed].map((id) => state.feeds.get(id)?.client)
    assert.equal(new Set(numbers).size, 2)
    assert.deepEqual(
      [lost, again].map(({ hash }) => state.explain(hash).status),
      ['effective', 'effective'],
    )
    assert([...scene.history.log().logs.values()].some(({ isForked, person }) => isForked && person === bob.id))
    // A pin names one of the two histories of the document feed by its hash.
    scene.alice.session.append(scene.alice.node, remove('bob', [pinWith(bob.session, feed, 4)]))
    assert.deepEqual(scene.state().feeds.get(feed)?.pins, [headAt(4)])
  })
})
