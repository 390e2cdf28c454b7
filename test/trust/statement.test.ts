import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, utf8 } from '../../src/base/bytes.ts'
import { Writer } from '../../src/base/codec.ts'
import { idFromBytes, type DeviceId } from '../../src/base/ids.ts'
import { createSeedDeviceKey, signerOf, type Signer } from '../../src/crypto/device-key.ts'
import { createKeyPair } from '../../src/crypto/key-agreement.ts'
import {
  certifyByDevice,
  certifyDevice,
  verifyDeviceCertificate,
  type DeviceCertificate,
} from '../../src/identity/device-certificate.ts'
import { createPerson, type Person } from '../../src/identity/person.ts'
import { decodeHandover, signHandover, verifyHandover } from '../../src/trust/handover.ts'
import { signStatement, verifyStatement, type VerifiedStatement } from '../../src/trust/signed-statement.ts'
import { StatementBook } from '../../src/trust/statement-book.ts'
import {
  decodeStatement,
  STATEMENT_BYTES_MAX,
  STATEMENT_LIFE_MS_MAX,
  STATEMENT_SERIAL_MAX,
  type Claim,
} from '../../src/trust/statement.ts'
import { file, NOW_MS } from './people.ts'

interface Device {
  readonly owner: Person
  readonly certificate: DeviceCertificate
  readonly signer: Signer
}

async function newKeys() {
  const key = createSeedDeviceKey()
  const { publicKey: sealKey } = await createKeyPair()
  return { keys: { device: idFromBytes<DeviceId>(key.publicKey), sealKey, serial: 0 }, signer: signerOf(key) }
}

async function certified(bytes: Uint8Array): Promise<DeviceCertificate> {
  const certificate = await verifyDeviceCertificate(bytes)
  assert.ok(certificate.ok)
  return certificate.value
}

async function deviceOf(owner: Person, by?: Device): Promise<Device> {
  const { keys, signer } = await newKeys()
  const bytes = by
    ? await certifyByDevice({ ...keys, issuerCertificate: by.certificate, signer: by.signer })
    : await certifyDevice(owner, keys)
  return { owner, certificate: await certified(bytes), signer }
}

const ben = createPerson()
const cleo = createPerson()
const laptop = await deviceOf(ben)
const phone = await deviceOf(ben, laptop)

const CLAIMS: readonly Claim[] = [
  { kind: 'vouch', person: cleo.id, area: 'people' },
  { kind: 'vouch', person: cleo.id, area: 'safety' },
  { kind: 'block', person: cleo.id, reason: 'impersonation' },
  { kind: 'warn', file: file(3), reason: 'deceptive' },
  { kind: 'withdraw', of: 'vouch', person: cleo.id, area: 'people' },
  { kind: 'withdraw', of: 'block', person: cleo.id },
  { kind: 'withdraw', of: 'warn', file: file(3) },
]
const VOUCH: Claim = { kind: 'vouch', person: cleo.id, area: 'people' }
const by = (device: Device, claim: Claim, lastSerial = 0) =>
  signStatement(claim, { ...device, nowMs: NOW_MS, lastSerial })

async function verified(bytes: Uint8Array): Promise<VerifiedStatement> {
  const statement = await verifyStatement(bytes)
  assert.ok(statement.ok, statement.ok ? '' : statement.reason)
  return statement.value
}
const reasonOf = async (bytes: Uint8Array): Promise<string> => {
  const statement = await verifyStatement(bytes)
  return statement.ok ? 'accepted' : statement.reason
}

/** A statement whose fields are whatever they are told to be, properly signed. */
async function saying(
  write: (writer: Writer) => void,
  { version = 1, serial = 5, untilMs = NOW_MS, after = new Uint8Array(), device = laptop } = {},
): Promise<Uint8Array> {
  const writer = new Writer().u8(version)
  write(writer)
  const unsigned = concatBytes(writer.varuint(serial).varuint(untilMs).bytes(device.certificate.bytes).finish(), after)
  return concatBytes(unsigned, await device.signer.sign(concatBytes(utf8('parley trust 1'), unsigned)))
}

describe('a statement', () => {
  it('[TS31] says what its issuer said, from any of their devices', async () => {
    for (const device of [laptop, phone])
      for (const claim of CLAIMS) {
        const statement = await verified(await by(device, claim))
        assert.deepEqual(statement.claim, claim)
        assert.equal(statement.issuer, ben.id)
        assert.equal(statement.devices.at(-1), device.certificate.device)
        assert.equal(statement.serial, NOW_MS / 60_000)
        assert.equal(statement.untilMs, NOW_MS + STATEMENT_LIFE_MS_MAX)
      }
  })

  it('[TS31] is nothing once any of its bits is changed', async () => {
    const bytes = await by(laptop, VOUCH)
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const changed = bytes.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.notEqual(await reasonOf(changed), 'accepted', `bit ${bit}`)
    }
  })

  it('[TS31] is signed by the device of the certificate, under its own name', async () => {
    const bytes = await by(laptop, VOUCH)
    const unsigned = bytes.subarray(0, bytes.length - 64)
    const other = await phone.signer.sign(concatBytes(utf8('parley trust 1'), unsigned))
    assert.equal(await reasonOf(concatBytes(unsigned, other)), 'signature')
    const otherName = await laptop.signer.sign(concatBytes(utf8('parley heads 1'), unsigned))
    assert.equal(await reasonOf(concatBytes(unsigned, otherName)), 'signature')
  })

  it('[TS31] needs a certificate that the person signed', async () => {
    const { keys, signer } = await newKeys()
    const forged = (await certifyDevice(createPerson(), keys)).slice()
    forged.set(laptop.certificate.bytes.subarray(1, 33), 1) // Ben's key in a stranger's certificate
    const certificate = { ...laptop.certificate, bytes: forged }
    assert.equal(await reasonOf(await by({ owner: ben, certificate, signer }, VOUCH)), 'signature')
  })

  it('[TS30] is refused where it is malformed', async () => {
    const vouch = (writer: Writer): Writer => writer.u8(0).id(cleo.id).u8(0)
    assert.equal(await reasonOf(await saying(vouch)), 'accepted')
    const bad = {
      version: saying(vouch, { version: 2 }),
      kind: saying((writer) => writer.u8(4).id(cleo.id).u8(0)),
      area: saying((writer) => writer.u8(0).id(cleo.id).u8(2)),
      withdrawal: saying((writer) => writer.u8(3).u8(3).id(cleo.id)),
      serial: saying(vouch, { serial: STATEMENT_SERIAL_MAX + 1 }),
      rest: saying(vouch, { after: Uint8Array.of(0) }),
      certificate: saying((writer) =>
        vouch(writer).varuint(1).varuint(1).bytes(new Uint8Array(40)).fixed(new Uint8Array(64)),
      ),
      length: Promise.resolve(new Uint8Array(STATEMENT_BYTES_MAX + 1)),
    }
    for (const [name, bytes] of Object.entries(bad)) assert.equal(await reasonOf(await bytes), 'malformed', name)
  })

  it('[TS30] about its own issuer is refused', async () => {
    for (const kind of [0, 1])
      assert.equal(await reasonOf(await saying((writer) => writer.u8(kind).id(ben.id).u8(0))), 'about-oneself')
  })

  it('[TS30] with a reason of a later version is read, with another reason', async () => {
    const block = await verified(await saying((writer) => writer.u8(1).id(cleo.id).u8(200)))
    assert.deepEqual(block.claim, { kind: 'block', person: cleo.id, reason: 'other' })
  })

  it('[TS30] of any bytes is decoded or refused, and never throws', async () => {
    const good = await Promise.all(CLAIMS.map((claim) => by(phone, claim)))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        decodeStatement(bytes)
        decodeHandover(bytes)
      }),
      { numRuns: 2_000 },
    )
    const change = fc.record({
      at: fc.nat(),
      value: fc.nat(255),
      cut: fc.nat(),
      how: fc.constantFrom('set', 'cut', 'grow'),
    })
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.array(change, { minLength: 1, maxLength: 6 }), (bytes, changes) => {
        let changed: Uint8Array = bytes.slice()
        for (const { at, value, cut, how } of changes) {
          if (how === 'set' && changed.length > 0) changed[at % changed.length] = value
          if (how === 'cut') changed = changed.slice(0, cut % (changed.length + 1))
          if (how === 'grow') changed = concatBytes(changed, Uint8Array.of(value))
        }
        const decoded = decodeStatement(changed)
        // What is decoded is those bytes and no others.
        if (decoded.ok) assert.deepEqual(decoded.value.bytes, changed)
      }),
      { numRuns: 3_000 },
    )
  })

  it('[TS32] by one issuer has a serial above the last', async () => {
    const minute = NOW_MS / 60_000
    assert.equal((await verified(await by(laptop, VOUCH, minute + 7))).serial, minute + 8)
    assert.equal((await verified(await by(laptop, VOUCH, minute - 7))).serial, minute)
  })

  it('[TS33] cannot be made for longer than half a year', async () => {
    const lifeMs = STATEMENT_LIFE_MS_MAX + 1
    await assert.rejects(signStatement(VOUCH, { ...laptop, nowMs: NOW_MS, lifeMs }))
  })
})

describe('the book', () => {
  it('[TS32] keeps the newest of an issuer about a subject, in whatever order they come', async () => {
    const serials = [1, 2, 3].map((more) => NOW_MS / 60_000 + more)
    const statements = await Promise.all(serials.map(async (serial) => verified(await by(laptop, VOUCH, serial))))
    const withdrawal = await verified(
      await by(phone, { kind: 'withdraw', of: 'vouch', person: cleo.id, area: 'people' }, NOW_MS / 60_000 + 9),
    )
    const all = [...statements, withdrawal]
    for (const order of [all, all.toReversed(), [all[2], all[0], all[3], all[1]]]) {
      const book = new StatementBook()
      for (const statement of order) if (statement) book.add(statement)
      assert.equal(book.size, 1)
      assert.equal(book.by(ben.id)[0]?.id, withdrawal.id)
      assert.equal(book.said(ben.id, `vouch people ${cleo.id}`), undefined)
    }
  })

  it('[TS32] takes the same one of two that two devices wrote at once', async () => {
    const [one, other] = [await verified(await by(laptop, VOUCH)), await verified(await by(phone, VOUCH))]
    const kept = [
      [one, other],
      [other, one],
    ].map((pair) => {
      const book = new StatementBook()
      for (const statement of pair) book.add(statement)
      return book.by(ben.id)[0]?.id
    })
    assert.equal(kept[0], kept[1])
  })

  it('[TS31] forgets what an ended device signed, and what one signed that it certified', async () => {
    const book = new StatementBook()
    const byPhone = await verified(await by(phone, VOUCH))
    const warning = await verified(await by(laptop, { kind: 'warn', file: file(1), reason: 'malware' }))
    book.add(byPhone)
    book.add(warning)
    book.endDevice(phone.certificate.device)
    assert.deepEqual(book.by(ben.id), [warning])
    assert.equal(book.add(byPhone), 'ended-device')
    book.endDevice(laptop.certificate.device)
    assert.equal(book.size, 0)
    assert.equal(book.issuersAbout(file(1)).size, 0)
  })
})

describe('a handover', () => {
  it('[TS36] is signed by both keys', async () => {
    const bytes = await signHandover(ben, cleo)
    const handover = await verifyHandover(bytes)
    assert.ok(handover.ok)
    assert.deepEqual([handover.value.from, handover.value.to], [ben.id, cleo.id])
    for (let at = 1; at < bytes.length; at += 5) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.equal((await verifyHandover(changed)).ok, false, `byte ${at}`)
    }
  })

  it('[TS36] by one of them alone is none', async () => {
    const bytes = await signHandover(ben, cleo)
    const statement = bytes.subarray(0, 65)
    const mine = await cleo.sign(concatBytes(utf8('parley handover 1'), statement))
    assert.equal((await verifyHandover(concatBytes(statement, mine, mine))).ok, false)
    const his = await ben.sign(concatBytes(utf8('parley handover 1'), statement))
    assert.equal((await verifyHandover(concatBytes(statement, his, his))).ok, false)
    assert.equal((await verifyHandover(concatBytes(statement, his, mine))).ok, true)
  })

  it('[TS36] of a key to itself is malformed', () => {
    const bytes = new Writer().u8(1).id(ben.id).id(ben.id).fixed(new Uint8Array(128)).finish()
    assert.equal(decodeHandover(bytes).ok, false)
  })
})
