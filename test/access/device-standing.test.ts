import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { idFromBytes, type DeviceId, type OperationHash, type PersonId } from '../../src/base/ids.ts'
import { CERTIFICATE_STEPS_MAX, type DeviceCertificate } from '../../src/identity/device-certificate.ts'
import { standingOfDevices, type DeviceStanding, type PinLimit } from '../../src/access/device-standing.ts'
import type { LoggedOperation } from '../../src/access/logged-operation.ts'
import { ROOT, type Pin } from '../../src/access/operation.ts'
import {
  certificateOf,
  deviceIdOf,
  idOf,
  revokeDevice,
  RoomHistory,
  type Placed,
  type TestSession,
} from './room-history.ts'

const ADA = idOf<PersonId>('ada')

/** What the pins of logs without forks keep; forks and pins of nothing are the business of the real thing. */
const limitOf = ({ hash }: LoggedOperation, pins: readonly Pin[]): PinLimit => ({
  hash,
  keeps: ({ seq, log }) => pins.some((pin) => pin.session === log.session && seq < pin.log.length),
  pinOf: () => ({ length: 0, hash: new Uint8Array(0) }),
})

/** Ada's devices in a room, each with one session of its own. */
class AdasDevices {
  readonly history = new RoomHistory()
  readonly sessions: TestSession[] = []

  add(name: string, serial = 0, issuer?: TestSession): TestSession {
    const session = this.history.session('ada', name, { serial, issuer: issuer?.binding.certificate })
    this.sessions.push(session)
    return session
  }

  standing(
    order: <T>(list: readonly T[]) => readonly T[] = (list) => list,
    certificates: readonly DeviceCertificate[] = this.sessions.map(({ binding }) => binding.certificate),
  ): DeviceStanding {
    const log = this.history.log()
    const revocations = this.history.ranges.flatMap(({ operations: [first] }) => {
      const operation = first && log.operation(first.hash)
      return operation?.operation?.body.kind === 'device.revoke' ? [operation] : []
    })
    const given = { certificates: order(certificates), revocations: order(revocations) }
    return standingOfDevices({ person: ADA, ...given, limitOf })
  }

  /** The names of those that stand, in the order of seniority. */
  names(standing: DeviceStanding): string[] {
    return standing.devices.filter(({ limits }) => limits.length === 0).map(({ device }) => this.#nameOf(device))
  }
  #nameOf(device: DeviceId): string {
    const known = this.sessions.find(({ binding }) => binding.device === device)
    return known ? (this.#names.get(known.binding.device) ?? '') : ''
  }
  readonly #names = new Map<DeviceId, string>(
    ['phone', 'laptop', 'tablet', 'desktop', 'thief', 'watch'].map((name) => [deviceIdOf(name), name]),
  )
}

const of = ({ binding }: TestSession): DeviceId => binding.device
const outcomeOf = (standing: DeviceStanding, { hash }: Placed): string | undefined => standing.outcomes.get(hash)

/** Something that the session writes; what it says does not matter here. */
const write = (session: TestSession): Placed =>
  session.append(idOf<OperationHash>('node'), { kind: 'profile', counter: session.head.length, sealed: ADA_NAME })
const ADA_NAME = new Uint8Array(3)

const logged = ({ history }: AdasDevices, { hash }: Placed): LoggedOperation => {
  const operation = history.log().operation(hash)
  assert(operation)
  return operation
}
const isKept = (ada: AdasDevices, standing: DeviceStanding, session: TestSession, written: Placed): boolean =>
  standing.limitsOf(of(session)).every((limit) => limit.keeps(logged(ada, written)))

describe('the devices of a person', () => {
  it('[A25] [DC5] are ordered by steps from the identity key, then by serial, then by id', () => {
    const ada = new AdasDevices()
    const phone = ada.add('phone', 1)
    ada.add('tablet', 0, phone)
    const laptop = ada.add('laptop', 0)
    ada.add('watch', 5, laptop)
    ada.add('desktop', 0, laptop)
    const standing = ada.standing()
    assert.deepEqual(ada.names(standing), ['laptop', 'phone', 'desktop', 'watch', 'tablet'])
    const twins = [certificateOf(ADA, 'twin a'), certificateOf(ADA, 'twin b')]
    const { devices } = ada.standing((list) => list, twins)
    assert.deepEqual(
      devices.map(({ device }) => device),
      twins.map(({ device }) => device).toSorted(),
    )
  })

  it('[A25] of several certificates of one device the most senior counts, whichever came first', () => {
    const ada = new AdasDevices()
    const phone = ada.add('phone')
    const byPhone = certificateOf(ADA, 'laptop', { issuer: phone.binding.certificate })
    const byIdentity = certificateOf(ADA, 'laptop', { serial: 7 })
    const resealed = { ...byIdentity, bytes: byIdentity.bytes.slice(1) }
    for (const list of [
      [byPhone, byIdentity, resealed],
      [resealed, byIdentity, byPhone],
    ]) {
      const { devices } = ada.standing((all) => all, list)
      const laptop = devices.find(({ device }) => device === byIdentity.device)
      assert.equal(laptop?.certificate, [byIdentity, resealed].toSorted(byBytes)[0])
    }
  })

  it('[A25] a device that only certified others is known too', () => {
    const ada = new AdasDevices()
    const phone = ada.add('phone')
    const laptop = certificateOf(ADA, 'laptop', { serial: 1 })
    const thief = ada.history.session('ada', 'thief', { issuer: laptop })
    const revocation = phone.append(ROOT, revokeDevice(laptop.device, []))
    const standing = ada.standing((list) => list, [phone.binding.certificate, thief.binding.certificate])
    assert.equal(outcomeOf(standing, revocation), 'effective')
    assert.equal(standing.limitsOf(of(thief)).length, 1)
    assert.equal(standing.limitsOf(laptop.device).length, 1)
  })

  it('[A25] certificates of other people are left out', () => {
    const ada = new AdasDevices()
    const { devices } = ada.standing((list) => list, [certificateOf(idOf<PersonId>('ben'), 'phone')])
    assert.deepEqual(devices, [])
  })
})

const byBytes = (a: DeviceCertificate, b: DeviceCertificate): number =>
  idFromBytes(new Uint8Array(32).fill(a.bytes[0] ?? 0)) < idFromBytes(new Uint8Array(32).fill(b.bytes[0] ?? 0)) ? -1 : 1

describe('a stolen laptop', () => {
  it('[A26] is ended by the older phone, and cannot end the phone', () => {
    const ada = new AdasDevices()
    const phone = ada.add('phone', 0)
    const laptop = ada.add('laptop', 1)
    const before = write(laptop)
    const pin = laptop.pin()
    const byThief = laptop.append(ROOT, revokeDevice(of(phone), [phone.pin()]))
    const after = write(laptop)
    const byAda = phone.append(ROOT, revokeDevice(of(laptop), [pin]))
    const standing = ada.standing()
    assert.deepEqual(ada.names(standing), ['phone'])
    assert.equal(outcomeOf(standing, byAda), 'effective')
    assert.equal(outcomeOf(standing, byThief), 'junior-device')
    assert.equal(isKept(ada, standing, laptop, before), true)
    assert.equal(isKept(ada, standing, laptop, after), false)
  })

  it('[A26] that is older than the phone is ended by the phrase, whatever it revoked before', () => {
    const ada = new AdasDevices()
    const laptop = ada.add('laptop', 0)
    const phone = ada.add('phone', 1)
    const pin = laptop.pin()
    const byThief = laptop.append(ROOT, revokeDevice(of(phone), []))
    const byPhone = phone.append(ROOT, revokeDevice(of(laptop), [pin]))
    const without = ada.standing()
    assert.deepEqual(ada.names(without), ['laptop'])
    assert.equal(outcomeOf(without, byPhone), 'junior-device')
    const byPhrase = phone.append(ROOT, revokeDevice(of(laptop), [pin], { byIdentity: true }))
    const standing = ada.standing()
    assert.deepEqual(ada.names(standing), ['phone'])
    assert.equal(outcomeOf(standing, byPhrase), 'effective')
    assert.equal(outcomeOf(standing, byThief), 'outside-pins')
  })

  it('[A26] takes with it what the thief certified, at any depth, but for what is kept and what that certified', () => {
    const ada = new AdasDevices()
    const phone = ada.add('phone', 0)
    const laptop = ada.add('laptop', 1)
    const thief = ada.add('thief', 2, laptop)
    ada.add('watch', 0, thief)
    const tablet = ada.add('tablet', 1, laptop)
    ada.add('desktop', 0, tablet)
    phone.append(ROOT, revokeDevice(of(laptop), [laptop.pin()], { keep: [of(tablet)] }))
    assert.deepEqual(ada.names(ada.standing()), ['phone', 'tablet', 'desktop'])
    phone.append(ROOT, revokeDevice(of(tablet), []))
    assert.deepEqual(ada.names(ada.standing()), ['phone'])
  })

  it('[A26] does not come back by writing a revocation as if it were from before', () => {
    const ada = new AdasDevices()
    const phone = ada.add('phone', 0)
    const laptop = ada.add('laptop', 1)
    const tablet = ada.add('tablet', 2)
    const fair = laptop.append(ROOT, revokeDevice(of(tablet), []))
    phone.append(ROOT, revokeDevice(of(laptop), [laptop.pin()]))
    const watch = ada.add('watch', 3)
    const backdated = laptop.append(ROOT, revokeDevice(of(watch), []))
    const elsewhere = ada.history.session('ada', 'laptop again', { device: 'laptop', serial: 1 })
    const anew = elsewhere.append(ROOT, revokeDevice(of(watch), []))
    const standing = ada.standing()
    assert.deepEqual(ada.names(standing), ['phone', 'watch'])
    assert.equal(outcomeOf(standing, fair), 'effective')
    assert.equal(outcomeOf(standing, backdated), 'outside-pins')
    assert.equal(outcomeOf(standing, anew), 'outside-pins')
  })

  it('[A26] keeps no promise of its own: every revocation that hits it limits it', () => {
    const ada = new AdasDevices()
    const phone = ada.add('phone', 0)
    const laptop = ada.add('laptop', 1)
    const first = write(laptop)
    const early = laptop.pin()
    const second = write(laptop)
    phone.append(ROOT, revokeDevice(of(laptop), [laptop.pin()]))
    phone.append(ROOT, revokeDevice(of(laptop), [early]))
    const standing = ada.standing()
    assert.equal(isKept(ada, standing, laptop, first), true)
    assert.equal(isKept(ada, standing, laptop, second), false)
  })
})

describe('a device', () => {
  it('[A26] may end itself, and what it says about others after its own pin does not count', () => {
    const ada = new AdasDevices()
    const laptop = ada.add('laptop', 0)
    const phone = ada.add('phone', 1)
    const pin = laptop.pin()
    const farewell = laptop.append(ROOT, revokeDevice(of(laptop), [pin]))
    const late = laptop.append(ROOT, revokeDevice(of(phone), []))
    const again = laptop.append(ROOT, revokeDevice(of(laptop), []))
    const standing = ada.standing()
    assert.deepEqual(ada.names(standing), ['phone'])
    assert.deepEqual(
      [farewell, late, again].map((placed) => outcomeOf(standing, placed)),
      ['effective', 'outside-pins', 'effective'],
    )
  })

  it('[A26] cannot end those of others, or one that nobody knows, and is told so', () => {
    const ada = new AdasDevices()
    const phone = ada.add('phone')
    const ben = ada.history.session('ben', 'his phone')
    const unknown = phone.append(ROOT, revokeDevice(of(ben), []))
    const foreign = ben.append(ROOT, revokeDevice(of(phone), [], { byIdentity: true }))
    const forged = phone.append(ROOT, revokeDevice(of(phone), [], { byIdentity: true }), { isGenuine: false })
    const underGrant = phone.append(idOf<OperationHash>('node'), revokeDevice(of(phone), []))
    const standing = ada.standing()
    assert.deepEqual(
      [unknown, foreign, forged, underGrant].map((placed) => outcomeOf(standing, placed)),
      ['missing-device', 'not-yours', 'signature', 'misplaced'],
    )
    assert.deepEqual(ada.names(standing), ['phone'])
  })

  it('[A26] three that end each other in a circle leave the most senior', () => {
    const ada = new AdasDevices()
    const circle = ['phone', 'laptop', 'tablet'].map((name, serial) => ada.add(name, serial))
    const pins = circle.map((session) => session.pin())
    for (const [i, session] of circle.entries()) {
      const next = (i + 1) % circle.length
      const [target, pin] = [circle[next], pins[next]]
      assert(target && pin)
      session.append(ROOT, revokeDevice(of(target), [pin]))
    }
    // The phone ends the laptop, so the laptop's word about the tablet is past its pin; the tablet is junior.
    assert.deepEqual(ada.names(ada.standing()), ['phone', 'tablet'])
  })
})

describe('device trees at random', () => {
  const step = fc.record({
    serial: fc.nat(2),
    issuer: fc.nat(),
    author: fc.nat(),
    target: fc.nat(),
    pinned: fc.nat(),
    keep: fc.option(fc.nat()),
    byIdentity: fc.constantFrom(false, false, false, true),
  })
  const build = (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): AdasDevices => {
    const ada = new AdasDevices()
    ada.add('device', 0)
    for (const [i, { serial, issuer, author, target, pinned, keep, byIdentity }] of steps.entries()) {
      const at = <T>(list: readonly T[], pick: number): T => list[pick % list.length] as T
      const parent = at([undefined, ...ada.sessions], issuer)
      const isNear = (parent?.binding.certificate.chain.length ?? 0) + 2 <= CERTIFICATE_STEPS_MAX
      ada.add(`device ${i}`, serial, isNear ? parent : undefined)
      const victim = at(ada.sessions, target)
      const pins = pinned % 2 === 0 ? [at(ada.sessions, pinned).pin(), victim.pin()] : [victim.pin()]
      const unique = pins.filter((pin, j) => pins.findIndex(({ session }) => session === pin.session) === j)
      const kept = keep === null ? [] : [of(at(ada.sessions, keep))]
      at(ada.sessions, author).append(ROOT, revokeDevice(of(victim), unique, { keep: kept, byIdentity }))
    }
    return ada
  }

  it('[A26] come to the same in any order, hit only what is deeper or the author, and cost no more than their size', () => {
    let hits = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), fc.infiniteStream(fc.nat()), (steps, noise) => {
        const ada = build(steps)
        const shuffle = <T>(list: readonly T[]): readonly T[] =>
          list
            .map((item) => [noise.next().value as number, item] as const)
            .toSorted(([a], [b]) => a - b)
            .map(([, item]) => item)
        const straight = ada.standing()
        const shuffled = ada.standing(shuffle)
        const digest = ({ devices, outcomes }: DeviceStanding): unknown => [
          devices.map(({ device, limits }) => [device, limits.map(({ hash }) => hash).toSorted()]),
          [...outcomes].map(([hash, outcome]) => `${hash} ${outcome}`).toSorted(),
        ]
        assert.deepEqual(digest(shuffled), digest(straight))
        const place = new Map(straight.devices.map(({ device }, i) => [device, i]))
        const log = ada.history.log()
        for (const { device, limits } of straight.devices) {
          for (const { hash } of limits) {
            const operation = log.operation(hash)
            const body = operation?.operation?.body
            assert(operation && body?.kind === 'device.revoke')
            hits++
            if (body.identitySignature.length > 0) continue
            assert((place.get(operation.log.device) ?? 0) <= (place.get(device) ?? 0))
          }
        }
        const size = steps.length + 1
        assert(straight.steps <= 8 * size * (size + CERTIFICATE_STEPS_MAX))
      }),
      { numRuns: 500 },
    )
    assert(hits > 500)
  })
})
