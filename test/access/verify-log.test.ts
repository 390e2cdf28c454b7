import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type DeviceId, type OperationHash, type PersonId } from '../../src/base/ids.ts'
import { signerFromSeed, type Signer } from '../../src/crypto/device-key.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { keyPairFromBytes } from '../../src/crypto/key-agreement.ts'
import { emptyChain, extendChain, signHead, type SignedEntry } from '../../src/feed/chain.ts'
import { sessionIdOf } from '../../src/feed/feed-id.ts'
import {
  certifyByDevice,
  certifyDevice,
  verifyDeviceCertificate,
  type DeviceCertificate,
} from '../../src/identity/device-certificate.ts'
import { createPerson, type Person } from '../../src/identity/person.ts'
import { decodeGenesis, encodeGenesis, type ReceivedGenesis } from '../../src/access/genesis.ts'
import { signRootConsent, type IdentityKey } from '../../src/access/operation-signatures.ts'
import { OperationWriter, type WrittenOperation } from '../../src/access/operation-writer.ts'
import { ROOT, type OperationBody, type RootSignature } from '../../src/access/operation.ts'
import {
  verifyLogRange,
  verifyLogRanges,
  type LogRangeOffer,
  type LogReason,
  type VerifiedLogRange,
} from '../../src/access/verify-log.ts'
import type { Result } from '../../src/base/result.ts'
import { epochOf, grantTo, idOf, revokeDevice, rotateRoot, viaInvite } from './room-history.ts'

const NOW_MS = 1_700_000_000_000

const [ada, ben, cleo] = [createPerson(), createPerson(), createPerson()] as const
const identityOf = (person: Person): IdentityKey => ({ key: person.id, sign: (message) => person.sign(message) })

function genesisOf(...people: readonly Person[]): ReceivedGenesis {
  const rootKeys = people.map(({ id }) => id)
  const none = new Uint8Array(0)
  const decoded = decodeGenesis(encodeGenesis({ rootKeys, threshold: 1, salt: new Uint8Array(32), policy: none }))
  assert(decoded.ok)
  return decoded.value
}
const genesis = genesisOf(ada)

const keysOf = (name: string): { signer: Signer; device: DeviceId; sealKey: Uint8Array } => {
  const signer = signerFromSeed(sha256(utf8(`device ${name}`)))
  const { publicKey: sealKey } = keyPairFromBytes(sha256(utf8(`seal key ${name}`)))
  return { signer, device: idFromBytes<DeviceId>(signer.publicKey), sealKey }
}

async function certificateOf(person: Person, name: string): Promise<DeviceCertificate> {
  const { device, sealKey } = keysOf(name)
  const certificate = await verifyDeviceCertificate(await certifyDevice(person, { device, sealKey, serial: 0 }))
  assert(certificate.ok)
  return certificate.value
}

/** The log of one session, begun with its introduction. */
class Log {
  writer: OperationWriter
  readonly #signer: Signer
  readonly operations: WrittenOperation[] = []

  constructor(name: string, certificate: Uint8Array, room = genesis.room) {
    const { signer, device } = keysOf(name)
    const nonce = sha256(utf8(name)).subarray(0, 16)
    this.#signer = signer
    this.writer = new OperationWriter(room, sessionIdOf(device, nonce), () => NOW_MS)
    this.operations.push(this.writer.append(ROOT, { kind: 'session', certificate, nonce }))
  }

  add(operation: WrittenOperation): this {
    this.operations.push(operation)
    return this
  }

  async offer(): Promise<LogRangeOffer> {
    const { log, head } = this.writer
    const signature = await signHead(this.#signer, log, head)
    const last = this.operations.length - 1
    const entries = this.operations.map(({ bytes }, i): SignedEntry => ({
      bytes,
      signature: i === last ? signature : undefined,
    }))
    return { log, binding: undefined, start: emptyChain(log), entries }
  }

  async verify(): Promise<Result<VerifiedLogRange, LogReason>> {
    return verifyLogRange({ genesis, ...(await this.offer()) })
  }

  /** The verdict on the operation that was added last. */
  async isLastGenuine(): Promise<boolean> {
    const verified = await this.verify()
    assert(verified.ok)
    const last = verified.value.operations.at(-1)
    assert(last?.operation)
    return last.isGenuine
  }
}

const logOf = async (person: Person, name = 'phone'): Promise<Log> =>
  new Log(name, (await certificateOf(person, name)).bytes)

const GRANT = grantTo('ada', 'admin')

describe('a session at the door', () => {
  it('[A1] is bound to the certificate that it begins with, through all devices on the way', async () => {
    const phone = await certificateOf(ada, 'phone')
    const { device, sealKey } = keysOf('laptop')
    const { signer } = keysOf('phone')
    const bytes = await certifyByDevice({ issuerCertificate: phone, signer, device, sealKey, serial: 3 })
    const verified = await new Log('laptop', bytes).verify()
    assert(verified.ok)
    const { certificate, person } = verified.value.binding
    assert.equal(person, ada.id)
    assert.deepEqual(
      [certificate.device, certificate.serial, certificate.issuer, certificate.sealKey],
      [device, 3, phone.device, sealKey],
    )
    assert.deepEqual(certificate.chain[0]?.bytes, phone.bytes)
  })

  it('[A1] is none if a step of its certificate is broken', async () => {
    const phone = await certificateOf(ada, 'phone')
    const { device, sealKey } = keysOf('laptop')
    const { signer } = keysOf('thief')
    const forged = await certifyByDevice({ issuerCertificate: phone, signer, device, sealKey, serial: 3 })
    const verified = await new Log('laptop', forged).verify()
    assert.deepEqual([verified.ok, !verified.ok && verified.reason], [false, 'certificate'])
    const cut = await new Log('laptop', phone.bytes.subarray(0, 90)).verify()
    assert.deepEqual([cut.ok, !cut.ok && cut.reason], [false, 'certificate'])
  })

  it('[A2] says when each operation was written', async () => {
    const log = await logOf(ada)
    log.add(log.writer.append(idOf<OperationHash>('node'), epochOf('key')))
    const verified = await log.verify()
    assert(verified.ok)
    assert.deepEqual(
      verified.value.operations.map(({ operation }) => operation?.atMs),
      [NOW_MS, NOW_MS],
    )
  })
})

describe('root signatures at the door', () => {
  const asRoot = async (identities: readonly IdentityKey[], body = GRANT): Promise<boolean> => {
    const log = await logOf(cleo)
    return log.add(await log.writer.appendAsRoot(body, identities)).isLastGenuine()
  }

  it('[A27] are good whoever holds the keys: who that must be is not the door’s business', async () => {
    assert.equal(await asRoot([identityOf(ada)]), true)
    assert.equal(await asRoot([identityOf(ben)]), true)
    assert.equal(await asRoot([identityOf(ben), identityOf(ada), identityOf(cleo)]), true)
  })

  it('[A27] are none if nobody signed, and worth nothing if one of them is wrong', async () => {
    assert.equal(await asRoot([]), false)
    assert.equal(await asRoot([{ ...identityOf(ben), key: ada.id }]), false)
    assert.equal(await asRoot([identityOf(ada), { ...identityOf(cleo), key: ben.id }]), false)
  })

  it('[A27] fit one place, one time and one body', async () => {
    let stolen: Uint8Array = new Uint8Array(64)
    const listen: IdentityKey = {
      key: ada.id,
      async sign(message) {
        stolen = await ada.sign(message)
        return stolen
      },
    }
    const replay: IdentityKey = { key: ada.id, sign: () => Promise.resolve(stolen) }
    assert.equal(await asRoot([listen]), true)
    assert.equal(await asRoot([replay]), true)
    assert.equal(await asRoot([replay], grantTo('ben', 'admin')), false)
    const elsewhere = await logOf(cleo, 'tablet')
    assert.equal(await elsewhere.add(await elsewhere.writer.appendAsRoot(GRANT, [replay])).isLastGenuine(), false)
    const later = await logOf(cleo)
    later.add(later.writer.append(ROOT, epochOf('key')))
    assert.equal(await later.add(await later.writer.appendAsRoot(GRANT, [replay])).isLastGenuine(), false)
    const delayed = await logOf(cleo)
    const { writer } = delayed
    const late = new OperationWriter(genesis.room, writer.session, () => NOW_MS + 1, writer.head)
    delayed.writer = late
    assert.equal(await delayed.add(await late.appendAsRoot(GRANT, [replay])).isLastGenuine(), false)
  })

  it('[A12] are not asked of somebody who leaves', async () => {
    const log = await logOf(ben)
    const target = { type: 'person', person: ben.id } as const
    const none = new Uint8Array(0)
    const body = { kind: 'revoke', target, scope: '*', pins: [], note: none } as const
    assert.equal(await log.add(log.writer.append(ROOT, { ...body, mode: 'leave' })).isLastGenuine(), true)
    assert.equal(await log.add(log.writer.append(ROOT, { ...body, mode: 'ban' })).isLastGenuine(), false)
  })
})

describe('the willingness to hold a root key', () => {
  const accept = async (author: Person, signature: Uint8Array): Promise<boolean> => {
    const log = await logOf(author)
    return log.add(log.writer.append(idOf<OperationHash>('node'), { kind: 'root.accept', signature })).isLastGenuine()
  }

  it('[A27] is the author’s own, for this room', async () => {
    const { signature } = await signRootConsent(genesis.room, identityOf(ben))
    assert.equal(await accept(ben, signature), true)
    assert.equal(await accept(cleo, signature), false)
    const elsewhere = await signRootConsent(genesisOf(ben).room, identityOf(ben))
    assert.equal(await accept(ben, elsewhere.signature), false)
  })

  it('[A27] is carried by the rotation, of each one who is named', async () => {
    const rotate = async (consents: readonly RootSignature[]): Promise<boolean> => {
      const log = await logOf(ada)
      const rootKeys: readonly PersonId[] = [ada.id, ben.id]
      const body: OperationBody = { ...rotateRoot([]), rootKeys, consents }
      return log.add(await log.writer.appendAsRoot(body, [identityOf(ada)])).isLastGenuine()
    }
    const good = await signRootConsent(genesis.room, identityOf(ben))
    assert.equal(await rotate([good]), true)
    assert.equal(await rotate([]), true, 'who is missing is for the evaluator to say')
    assert.equal(await rotate([{ key: ben.id, signature: await ada.sign(utf8('anything')) }]), false)
    const accepting = await signRootConsent(genesis.room, identityOf(cleo))
    assert.equal(await rotate([{ ...accepting, key: ben.id }]), false)
  })
})

describe('the end of a device at the door', () => {
  const laptop = keysOf('laptop').device

  it('[A27] in a device’s name needs no signature but the log’s', async () => {
    const log = await logOf(ada)
    assert.equal(await log.add(log.writer.append(ROOT, revokeDevice(laptop, []))).isLastGenuine(), true)
  })

  it('[A27] in the name of the identity key is signed by the author’s own, for one place and one device', async () => {
    const statement = { device: laptop, pins: [], keep: [] }
    const log = await logOf(ada)
    assert.equal(await log.add(await log.writer.appendByIdentity(statement, ada)).isLastGenuine(), true)
    const stranger = await logOf(ada)
    assert.equal(await stranger.add(await stranger.writer.appendByIdentity(statement, ben)).isLastGenuine(), false)
    let stolen: Uint8Array = new Uint8Array(64)
    const listen = {
      async sign(message: Uint8Array): Promise<Uint8Array> {
        stolen = await ada.sign(message)
        return stolen
      },
    }
    const replay = { sign: () => Promise.resolve(stolen) }
    const first = await logOf(ada)
    assert.equal(await first.add(await first.writer.appendByIdentity(statement, listen)).isLastGenuine(), true)
    assert.equal(await first.add(await first.writer.appendByIdentity(statement, replay)).isLastGenuine(), false)
    const other = await logOf(ada)
    const another = { ...statement, device: keysOf('tablet').device }
    assert.equal(await other.add(await other.writer.appendByIdentity(another, replay)).isLastGenuine(), false)
  })
})

describe('garbage at the door', () => {
  it('[A22] that its author signed is an operation without effect, and never an exception', async () => {
    const log = await logOf(ada)
    const node = idOf<OperationHash>('node')
    const invite = idOf<OperationHash>('invite')
    log.add(await log.writer.appendAsRoot(GRANT, [identityOf(ada)]))
    log.add(log.writer.append(node, { ...grantTo('ben', 'writer'), via: viaInvite(invite) }))
    log.add(await log.writer.appendByIdentity({ device: idOf('laptop'), pins: [], keep: [] }, ada))
    const { signer } = keysOf('phone')
    const [session, ...good] = log.operations.map(({ bytes }) => bytes)
    assert(session)
    const change = fc.record({ pick: fc.nat(), at: fc.nat(), bit: fc.nat(7), cut: fc.boolean() })
    const spoil = (bytes: Uint8Array, { at, bit, cut }: { at: number; bit: number; cut: boolean }): Uint8Array => {
      const spoilt = cut ? bytes.slice(0, 1 + (at % bytes.length)) : bytes.slice()
      spoilt[at % spoilt.length] = (spoilt[at % spoilt.length] ?? 0) ^ (1 << bit)
      return spoilt
    }
    let genuine = 0
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const all = [session, ...changes.map((one) => spoil(good[one.pick % good.length] ?? session, one))]
        const head = all.reduce(extendChain, emptyChain(log.writer.log))
        const signature = await signHead(signer, log.writer.log, head)
        const entries = all.map((bytes, i) => ({ bytes, signature: i === all.length - 1 ? signature : undefined }))
        const start = emptyChain(log.writer.log)
        const verified = await verifyLogRange({ genesis, log: log.writer.log, binding: undefined, start, entries })
        assert(verified.ok)
        genuine += verified.value.operations.slice(1).filter(({ isGenuine }) => isGenuine).length
        for (const { operation, isGenuine } of verified.value.operations) assert(operation || !isGenuine)
      }),
      { numRuns: 150 },
    )
    // Those of a kind or version that nobody knows here, or changed in the few places that no signature is over.
    assert(genuine < 150)
  })
})

describe('many logs at the door', () => {
  it('[A1] are judged as each is alone, in their order', async () => {
    const logs = await Promise.all(
      [ada, ben, cleo].map(async (person, i) => {
        const log = await logOf(i === 1 ? ada : person, `phone ${i}`)
        return log.add(log.writer.append(idOf<OperationHash>('node'), epochOf('key')))
      }),
    )
    const offers = await Promise.all(logs.map((log) => log.offer()))
    const [first, second, third] = offers
    assert(first && second && third)
    const broken = { ...second, entries: second.entries.map((entry) => ({ ...entry, signature: new Uint8Array(64) })) }
    const outcomes = await verifyLogRanges(genesis, [first, broken, third])
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.ok ? outcome.value.binding.person : outcome.reason)),
      [ada.id, 'signature', cleo.id],
    )
  })
})

describe('many operations at the door', () => {
  it('[A22] keep their order, and each its own verdict', async () => {
    const log = await logOf(ada)
    const isForged = (i: number): boolean => i % 3 === 0
    for (let i = 0; i < 150; i++)
      log.add(await log.writer.appendAsRoot(GRANT, [{ ...identityOf(isForged(i) ? ben : ada), key: ada.id }]))
    const verified = await log.verify()
    assert(verified.ok)
    const [first, ...rest] = verified.value.operations
    assert.equal(first?.isGenuine, true)
    assert.deepEqual(
      rest.map(({ seq, hash, isGenuine }) => [seq, hash, isGenuine]),
      log.operations.slice(1).map(({ hash }, i) => [i + 1, hash, !isForged(i)]),
    )
  })
})
