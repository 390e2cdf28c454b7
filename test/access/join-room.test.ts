import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { equalBytes, utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type DeviceId, type OperationHash, type PersonId } from '../../src/base/ids.ts'
import { signerFromSeed, type Signer } from '../../src/crypto/device-key.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { keyPairFromBytes } from '../../src/crypto/key-agreement.ts'
import { emptyChain, signHead, type ChainHead, type SignedEntry } from '../../src/feed/chain.ts'
import { sessionIdOf } from '../../src/feed/feed-id.ts'
import {
  certifyDevice,
  verifyDeviceCertificate,
  type DeviceCertificate,
} from '../../src/identity/device-certificate.ts'
import { createPerson, type Person } from '../../src/identity/person.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { decideAdmission } from '../../src/access/admission.ts'
import { departureBody } from '../../src/access/departure.ts'
import { foundRoom } from '../../src/access/found-room.ts'
import { createJoinRequest, decodeJoinRequest, verifyJoinRequest } from '../../src/access/join-request.ts'
import { OperationWriter, type WrittenOperation } from '../../src/access/operation-writer.ts'
import { ROOT, type InviteBody } from '../../src/access/operation.ts'
import { verifyLogRange } from '../../src/access/verify-log.ts'
import { boxFor, epochOf, idOf, inviteAs } from './room-history.ts'

interface Device {
  readonly person: Person
  readonly signer: Signer
  readonly certificate: DeviceCertificate
  readonly nonce: Uint8Array
}

async function deviceOf(name: string, person = createPerson()): Promise<Device> {
  const signer = signerFromSeed(sha256(utf8(`device ${name}`)))
  const device = idFromBytes<DeviceId>(signer.publicKey)
  const { publicKey: sealKey } = keyPairFromBytes(sha256(utf8(`seal key ${name}`)))
  const certificate = await verifyDeviceCertificate(await certifyDevice(person, { device, sealKey, serial: 0 }))
  assert(certificate.ok)
  return { person, signer, certificate: certificate.value, nonce: sha256(utf8(name)).subarray(0, 16) }
}

/** One member's log, as they write it and as others receive it. */
class Author {
  readonly device: Device
  readonly writer: OperationWriter
  readonly #unsent: WrittenOperation[] = []
  #sent: ChainHead

  constructor(device: Device, writer: OperationWriter, unsent: readonly WrittenOperation[]) {
    this.device = device
    this.writer = writer
    this.#sent = emptyChain(writer.log)
    this.#unsent.push(...unsent)
  }
  write(operation: WrittenOperation): WrittenOperation {
    this.#unsent.push(operation)
    return operation
  }
  async publish(log: AccessLog): Promise<string | undefined> {
    const start = this.#sent
    const signature = await signHead(this.device.signer, this.writer.log, this.writer.head)
    const last = this.#unsent.length - 1
    const entries: SignedEntry[] = this.#unsent.map(({ bytes }, i) => ({
      bytes,
      signature: i === last ? signature : undefined,
    }))
    this.#unsent.length = 0
    this.#sent = this.writer.head
    const { genesis } = log
    const binding = log.binding(this.writer.log)
    const range = await verifyLogRange({ genesis, log: this.writer.log, binding, start, entries })
    if (!range.ok) return range.reason
    const added = log.add(range.value)
    return added.ok ? undefined : added.reason
  }
}

const NOW_MS = 1_700_000_000_000
const now = (): number => NOW_MS

const inviteSigner = signerFromSeed(sha256(utf8('invite')))

async function aliceStarts(terms: Partial<InviteBody> = {}): Promise<{
  log: AccessLog
  alice: Author
  admin: OperationHash
  invite: OperationHash
  founded: Awaited<ReturnType<typeof foundRoom>>
}> {
  const device = await deviceOf('alice')
  const founded = await foundRoom({
    founder: device.person,
    certificate: device.certificate,
    sessionNonce: device.nonce,
    salt: sha256(utf8('salt')),
    epoch: idOf('key'),
    chatSchemaVersion: 1,
    sealedName: utf8('sealed name'),
    boxes: [boxFor(device.certificate.device)],
    now,
  })
  const log = new AccessLog({ genesis: founded.genesis })
  const alice = new Author(device, founded.writer, founded.operations)
  const body = inviteAs('writer', { inviteKey: inviteSigner.publicKey, ...terms })
  const invite = alice.write(founded.writer.append(founded.node, body))
  assert.equal(await alice.publish(log), undefined)
  return { log, alice, admin: founded.node, invite: invite.hash, founded }
}

async function joiner(log: AccessLog, name: string): Promise<Author> {
  const device = await deviceOf(name)
  const { room } = log.genesis
  const writer = new OperationWriter(room, sessionIdOf(device.certificate.device, device.nonce), now)
  const certificate = device.certificate.bytes
  return new Author(device, writer, [writer.append(ROOT, { kind: 'session', certificate, nonce: device.nonce })])
}

const ask = (log: AccessLog, { device }: Author, invite: OperationHash, signer = inviteSigner): Promise<Uint8Array> =>
  createJoinRequest({
    room: log.genesis.room,
    invite,
    certificate: device.certificate,
    sealedProfile: utf8('sealed profile'),
    deviceSigner: device.signer,
    inviteSigner: signer,
  })

async function admit(log: AccessLog, admitter: Author, request: Uint8Array): Promise<string | undefined> {
  const verified = await verifyJoinRequest(request)
  if (!verified.ok) return verified.reason
  const me = admitter.device.person.id
  const { session } = admitter.writer
  const decision = decideAdmission({ state: log.evaluate(), me, session, request: verified.value })
  if (!decision.ok) return decision.reason
  admitter.write(admitter.writer.append(decision.value.node, decision.value.body))
  return admitter.publish(log)
}

const roleOf = (log: AccessLog, { device }: Author): string | undefined => log.evaluate().roleOf(device.person.id)

describe('a room', () => {
  it('[A20] starts with its founder as admin, a key, a chat and a name', async () => {
    const { log, alice, founded } = await aliceStarts()
    const state = log.evaluate()
    assert.equal(roleOf(log, alice), 'admin')
    assert.equal(state.documents.get(founded.chat)?.kind, 'chat')
    assert.deepEqual(state.roomName?.sealed, utf8('sealed name'))
    assert.equal(state.epochs[0]?.epoch, idOf('key'))
    assert.equal(state.can(alice.device.person.id, 'write', founded.chat), true)
  })

  it('[A9] Bob joins by Alice’s link; Carol joins when only Bob is there', async () => {
    const { log, alice, invite } = await aliceStarts()
    const bob = await joiner(log, 'bob')
    assert.equal(await bob.publish(log), undefined)
    assert.equal(await admit(log, alice, await ask(log, bob, invite)), undefined)
    assert.equal(roleOf(log, bob), 'writer')
    const carol = await joiner(log, 'carol')
    assert.equal(await carol.publish(log), undefined)
    assert.equal(await admit(log, bob, await ask(log, carol, invite)), undefined)
    assert.equal(roleOf(log, carol), 'writer')
    assert.equal(log.evaluate().invite(invite)?.uses, 2)
    assert.equal(await admit(log, alice, await ask(log, carol, invite)), 'already-member')
  })

  it('[A9] a reader admits to a writers’ invite as reader; an admin makes up for it later', async () => {
    const { log, alice, admin, invite } = await aliceStarts()
    const bob = await joiner(log, 'bob')
    await bob.publish(log)
    alice.write(alice.writer.append(admin, { ...grantOf(bob.device.person.id), role: 'reader' }))
    await alice.publish(log)
    const carol = await joiner(log, 'carol')
    await carol.publish(log)
    const request = await ask(log, carol, invite)
    assert.equal(await admit(log, bob, request), undefined)
    assert.equal(roleOf(log, carol), 'reader')
    assert.equal(await admit(log, alice, request), undefined)
    assert.equal(roleOf(log, carol), 'writer')
    assert.equal(log.evaluate().invite(invite)?.uses, 1)
  })

  it('[A9] a request is refused when the invite is unknown, revoked, used up, or needs a yes', async () => {
    const { log, alice, admin, invite } = await aliceStarts({ usesMax: 1 })
    const bob = await joiner(log, 'bob')
    assert.equal(await admit(log, alice, await ask(log, bob, idOf('nothing'))), 'unknown-invite')
    const other = signerFromSeed(sha256(utf8('another link')))
    assert.equal(await admit(log, alice, await ask(log, bob, invite, other)), 'wrong-invite-key')
    assert.equal(await admit(log, alice, await ask(log, bob, invite)), undefined)
    assert.equal(await admit(log, alice, await ask(log, await joiner(log, 'carol'), invite)), 'used-up')
    alice.write(
      alice.writer.append(admin, { kind: 'invite.revoke', invite, keep: log.evaluate().admissionsBy(invite) }),
    )
    await alice.publish(log)
    assert.equal(await admit(log, alice, await ask(log, await joiner(log, 'dan'), invite)), 'revoked')
    assert.equal(roleOf(log, bob), 'writer')
    const manual = await aliceStarts({ approval: 'manual' })
    const eve = await ask(manual.log, await joiner(manual.log, 'eve'), manual.invite)
    assert.equal(await admit(manual.log, manual.alice, eve), 'needs-approval')
  })

  it('[A13] Bob leaves and joins again by the same link', async () => {
    const { log, alice, invite } = await aliceStarts()
    const bob = await joiner(log, 'bob')
    await bob.publish(log)
    const request = await ask(log, bob, invite)
    await admit(log, alice, request)
    bob.write(
      bob.writer.append(
        ROOT,
        departureBody(log, bob.device.person.id, () => []),
      ),
    )
    assert.equal(await bob.publish(log), undefined)
    assert.equal(log.evaluate().hasLeft(bob.device.person.id), true)
    assert.equal(await admit(log, alice, request), undefined)
    assert.equal(roleOf(log, bob), 'writer')
  })
})

describe('the door of the access log', () => {
  it('[A1] refuses a log whose first entry is no session, or somebody else’s', async () => {
    const { log } = await aliceStarts()
    const { genesis } = log
    const bob = await joiner(log, 'bob')
    const mallory = await deviceOf('mallory')
    const writer = new OperationWriter(genesis.room, bob.writer.session, now)
    const first = writer.append(ROOT, {
      kind: 'session',
      certificate: mallory.certificate.bytes,
      nonce: mallory.nonce,
    })
    const impostor = new Author(mallory, writer, [first])
    assert.equal(await impostor.publish(log), 'another-log')
    const headless = new OperationWriter(genesis.room, bob.writer.session, now)
    const none = new Author(mallory, headless, [headless.append(ROOT, epochOf('key'))])
    assert.equal(await none.publish(log), 'not-a-session')
    assert.equal(log.logs.size, 1)
  })

  it('[A1] refuses a log that its device did not sign', async () => {
    const { log } = await aliceStarts()
    const bob = await joiner(log, 'bob')
    const mallory = await deviceOf('mallory')
    const session = bob.writer.head
    assert.equal(session.length, 1)
    const forged = new Author({ ...bob.device, signer: mallory.signer }, bob.writer, [])
    forged.write(bob.writer.append(ROOT, epochOf('key')))
    assert.notEqual(await forged.publish(log), undefined)
  })

  it('[A20] a root grant that the root key did not sign is held and does not count', async () => {
    const { log, alice } = await aliceStarts()
    const mallory = await joiner(log, 'mallory')
    const body = { ...grantOf(mallory.device.person.id), role: 'admin' as const }
    const { person } = mallory.device
    const sign = (message: Uint8Array): Promise<Uint8Array> => person.sign(message)
    const forged = mallory.write(await mallory.writer.appendAsRoot(body, [{ key: alice.device.person.id, sign }]))
    const unsigned = mallory.write(await mallory.writer.appendAsRoot(body, []))
    const halfForged = mallory.write(
      await mallory.writer.appendAsRoot(body, [
        { key: alice.device.person.id, sign },
        { key: person.id, sign },
      ]),
    )
    const byStranger = mallory.write(await mallory.writer.appendAsRoot(body, [{ key: person.id, sign }]))
    assert.equal(await mallory.publish(log), undefined)
    for (const { hash } of [forged, unsigned, halfForged])
      assert.equal(log.evaluate().explain(hash).reason, 'signature')
    assert.equal(log.evaluate().explain(byStranger.hash).status, 'not-effective')
  })

  it('[A20] root signatures do not fit another position of the log', async () => {
    const { log, alice, admin } = await aliceStarts()
    const stolen = alice.write(alice.writer.append(admin, epochOf('key 2')))
    await alice.publish(log)
    const granted = [...log.evaluate().nodes.keys()].find((hash) => hash === admin)
    const original = granted && log.operation(granted)?.operation
    assert(original && stolen)
    const body = original.body
    assert(body.kind === 'grant')
    const [root] = original.rootSignatures
    assert(root)
    const again = alice.write(
      await alice.writer.appendAsRoot(body, [{ key: root.key, sign: () => Promise.resolve(root.signature) }]),
    )
    await alice.publish(log)
    assert.equal(log.evaluate().explain(again.hash).reason, 'signature')
  })

  it('[A9] an admission without the joiner’s own consent does not count', async () => {
    const { log, alice, admin, invite } = await aliceStarts()
    const bob = await joiner(log, 'bob')
    const carol = await joiner(log, 'carol')
    const request = decodeJoinRequest(await ask(log, bob, invite))
    assert(request.ok)
    const { consent } = request.value
    const broken = { ...consent, deviceSignature: new Uint8Array(64) }
    const forAnother = { ...grantOf(carol.device.person.id), via: { invite, consent } }
    const unsigned = { ...grantOf(bob.device.person.id), via: { invite, consent: broken } }
    const hashes = [forAnother, unsigned].map((body) => alice.write(alice.writer.append(admin, body)).hash)
    await alice.publish(log)
    for (const hash of hashes) assert.equal(log.evaluate().explain(hash).reason, 'signature')
  })

  it('[A9] a join request with any byte changed is refused', async () => {
    const { log, invite } = await aliceStarts()
    const bob = await joiner(log, 'bob')
    const request = await ask(log, bob, invite)
    const good = await verifyJoinRequest(request)
    assert(good.ok && equalBytes(good.value.sealedProfile, utf8('sealed profile')))
    for (let i = 0; i < request.length; i++) {
      const bad = request.slice()
      bad[i] = (bad[i] ?? 0) ^ 4
      assert.equal((await verifyJoinRequest(bad)).ok, false, `byte ${i}`)
      assert.equal((await verifyJoinRequest(request.subarray(0, i))).ok, false)
    }
  })
})

const grantOf = (
  to: PersonId,
): { kind: 'grant'; to: PersonId; role: 'writer'; scope: '*'; maxGrant: undefined; over: []; via: undefined } => ({
  kind: 'grant',
  to,
  role: 'writer',
  scope: '*',
  maxGrant: undefined,
  over: [],
  via: undefined,
})
