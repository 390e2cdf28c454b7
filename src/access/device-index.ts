import type { DeviceId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { decodeDeviceCertificate, type DeviceCertificate } from '../identity/device-certificate.ts'
import { standingOfDevices, type DeviceStanding } from './device-standing.ts'
import type { Holdings, LoggedOperation, SessionLog } from './logged-operation.ts'
import type { Outcome } from './outcome.ts'
import { PinSet } from './pin-set.ts'
import { ALL, keeps, meet, NOTHING, type Tips } from './pin-tips.ts'
import type { Work } from './work.ts'

/** A device of a person, as far as it is known. */
export interface DeviceRecord {
  readonly device: DeviceId
  /** The most senior of its certificates. */
  readonly certificate: DeviceCertificate
  readonly sessions: readonly SessionId[]
  readonly isStanding: boolean
  /** The operations that revoked it. */
  readonly revokedBy: readonly OperationHash[]
}

/** Which devices of each person stand: decided before any question of roles, person by person, when it is asked. */
export class DeviceIndex {
  readonly #holdings: Holdings
  readonly #work: Work
  readonly #standings = new Map<PersonId, DeviceStanding>()
  readonly #tips = new Map<SessionId, Tips>()

  constructor(holdings: Holdings, work: Work) {
    this.#holdings = holdings
    this.#work = work
  }

  /** Something about the person's devices has arrived. */
  forget(person: PersonId): void {
    this.#standings.delete(person)
    for (const { session } of this.#holdings.sessionsOf.get(person) ?? []) this.#tips.delete(session)
  }

  hasRevocations(person: PersonId): boolean {
    return this.#holdings.deviceRevocations.has(person)
  }

  /** What stays of what the session wrote. */
  tips(log: SessionLog): Tips {
    if (!this.hasRevocations(log.person)) return ALL
    const known = this.#tips.get(log.session)
    if (known !== undefined) return known
    let tips = ALL
    for (const limit of this.limitsOf(log)) tips = meet(tips, limit instanceof PinSet ? limit.tips(log) : NOTHING)
    this.#tips.set(log.session, tips)
    return tips
  }

  keeps(operation: LoggedOperation): boolean {
    return keeps(this.tips(operation.log), operation)
  }

  limitsOf({ person, device }: SessionLog): DeviceStanding['devices'][number]['limits'] {
    return this.hasRevocations(person) ? this.standing(person).limitsOf(device) : []
  }

  outcomeOf(operation: LoggedOperation): Outcome | undefined {
    return this.standing(operation.log.person).outcomes.get(operation.hash)
  }

  standing(person: PersonId): DeviceStanding {
    const known = this.#standings.get(person)
    if (known) return known
    const { sessionsOf, consents, deviceRevocations } = this.#holdings
    const certificates = new Set<DeviceCertificate>()
    for (const { certificate } of sessionsOf.get(person) ?? []) certificates.add(certificate)
    for (const { operation } of consents.get(person) ?? []) {
      const certificate = certificateIn(operation?.body)
      if (certificate) certificates.add(certificate)
    }
    const standing = standingOfDevices({
      person,
      certificates,
      revocations: deviceRevocations.get(person) ?? [],
      limitOf: (operation, pins) => new PinSet(operation, pins, this.#holdings),
    })
    this.#work.steps += standing.steps
    this.#standings.set(person, standing)
    return standing
  }

  /** The newcomer's device, in the grant that let them in. */
  admittedDevice(operation: LoggedOperation['operation']): DeviceId | undefined {
    return certificateIn(operation?.body)?.device
  }

  devicesOf(person: PersonId): DeviceRecord[] {
    const sessions = this.#holdings.sessionsOf.get(person) ?? []
    return this.standing(person).devices.map(({ device, certificate, limits }) => ({
      device,
      certificate,
      sessions: sessions.filter((log) => log.device === device).map(({ session }) => session),
      isStanding: limits.length === 0,
      revokedBy: limits.map(({ hash }) => hash),
    }))
  }
}

type Body = NonNullable<LoggedOperation['operation']>['body']

/** By the body that carries it. Decoded once. */
const certificates = new WeakMap<Body, DeviceCertificate | 'none'>()

function certificateIn(body: Body | undefined): DeviceCertificate | undefined {
  if (body?.kind !== 'grant' || body.via === undefined) return undefined
  let known = certificates.get(body)
  if (known === undefined) {
    const decoded = decodeDeviceCertificate(body.via.consent.certificate)
    known = decoded.ok ? decoded.value : 'none'
    certificates.set(body, known)
  }
  return known === 'none' ? undefined : known
}
