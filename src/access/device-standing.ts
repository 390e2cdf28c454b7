/**
 * Which devices of one person stand. It is decided before any question of roles and alone, from the certificates and the
 * device revocations of the person, in one pass over the devices in their own order of seniority:
 *
 * - The identity key stands above all devices. A device stands where its most senior certificate puts it: fewer steps
 *   from the identity key first, then step by step the smaller serial, then the smaller device id.
 * - A revocation signed by the identity key counts always. One by a device counts if the device is senior to the target
 *   or is the target, and the operation lies inside what the device's own limits keep. Of what a device says about
 *   itself only more senior limits decide; that in turn limits what it says about others.
 * - It hits the target and what the target certified, at any depth, except `keep` and what those certified.
 *
 * Whatever a revocation hits is deeper than its author or is its author, so nothing has to be revisited.
 */
import { compareBytes } from '../base/bytes.ts'
import type { DeviceId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import { pathOf, type DeviceCertificate } from '../identity/device-certificate.ts'
import type { LoggedOperation } from './logged-operation.ts'
import { ROOT, type DeviceRevokeBody, type Pin } from './operation.ts'
import type { Outcome } from './outcome.ts'

/** What stays of the sessions that something limits; a revocation's pins. */
export interface PinLimit {
  readonly hash: OperationHash
  /** Whether the operation lies inside what stays accepted. */
  keeps(operation: LoggedOperation): boolean
  /** The last position of a feed that stays accepted; length 0 for nothing of it. */
  pinOf(session: SessionId, feed: FeedId): ChainHead
}

/** One device of the person, known by a session of its own or because it certified another. */
export interface PlacedDevice {
  readonly device: DeviceId
  /** The most senior of the device's certificates. */
  readonly certificate: DeviceCertificate
  /** The revocations that hit it; none while it stands. */
  readonly limits: readonly PinLimit[]
}

export interface DeviceStanding {
  /** Most senior first. */
  readonly devices: readonly PlacedDevice[]
  /** What became of each device revocation that was given. */
  readonly outcomes: ReadonlyMap<OperationHash, Outcome>
  /** How many comparisons and tests were made, for the bound on the work. */
  readonly steps: number
  /** A device that nothing is known of has no limits. */
  limitsOf(device: DeviceId): readonly PinLimit[]
}

/** Steps from the identity key down to the device itself. */
type Path = readonly DeviceCertificate[]

/** An effective revocation. */
interface Strike {
  readonly body: DeviceRevokeBody
  readonly keep: ReadonlySet<DeviceId>
  readonly limit: PinLimit
}

interface Claim {
  readonly operation: LoggedOperation
  readonly body: DeviceRevokeBody
}

export function standingOfDevices(options: {
  readonly person: PersonId
  /** Of the person's sessions, verified. Those of other people are left out. */
  readonly certificates: Iterable<DeviceCertificate>
  /** The `device.revoke` operations in the person's logs, in any order. */
  readonly revocations: readonly LoggedOperation[]
  readonly limitOf: (operation: LoggedOperation, pins: readonly Pin[]) => PinLimit
}): DeviceStanding {
  return new StandingPass(options)
}

class StandingPass implements DeviceStanding {
  readonly devices: readonly PlacedDevice[]
  readonly outcomes = new Map<OperationHash, Outcome>()
  steps = 0
  readonly #limitOf: (operation: LoggedOperation, pins: readonly Pin[]) => PinLimit
  readonly #paths = new Map<DeviceId, Path>()
  /** By target. */
  readonly #strikes = new Map<DeviceId, Strike[]>()
  readonly #limits = new Map<DeviceId, readonly PinLimit[]>()

  constructor({ person, certificates, revocations, limitOf }: Parameters<typeof standingOfDevices>[0]) {
    this.#limitOf = limitOf
    for (const certificate of certificates) if (certificate.person === person) this.#place(certificate)
    const claims = this.#claimsByDevice(revocations, person)
    const order = [...this.#paths.values()].toSorted((a, b) => {
      this.steps++
      return comparePaths(a, b)
    })
    this.devices = order.flatMap((path) => {
      const certificate = path.at(-1)
      return certificate ? [this.#judgeDevice(certificate, path, claims.get(certificate.device) ?? [])] : []
    })
  }

  limitsOf(device: DeviceId): readonly PinLimit[] {
    return this.#limits.get(device) ?? []
  }

  /** Notes the device and those on the way to it, each at its most senior place. */
  #place(certificate: DeviceCertificate): void {
    const path = pathOf(certificate)
    for (const [i, { device }] of path.entries()) {
      this.steps++
      const known = this.#paths.get(device)
      const here = path.slice(0, i + 1)
      if (known === undefined || comparePaths(here, known) < 0) this.#paths.set(device, here)
    }
  }

  /** Those of the identity key count at once; the others wait for the place of their author's device. */
  #claimsByDevice(revocations: readonly LoggedOperation[], person: PersonId): ReadonlyMap<DeviceId, readonly Claim[]> {
    const claims = new Map<DeviceId, Claim[]>()
    for (const operation of revocations) {
      this.steps++
      const { body, node } = operation.operation ?? {}
      if (body?.kind !== 'device.revoke') continue
      if (operation.log.person !== person) this.outcomes.set(operation.hash, 'not-yours')
      else if (node !== ROOT) this.outcomes.set(operation.hash, 'misplaced')
      else if (!operation.isGenuine) this.outcomes.set(operation.hash, 'signature')
      else if (body.identitySignature.length > 0) this.#strike({ operation, body })
      else {
        const known = claims.get(operation.log.device)
        if (known) known.push({ operation, body })
        else claims.set(operation.log.device, [{ operation, body }])
      }
    }
    return claims
  }

  #judgeDevice(certificate: DeviceCertificate, path: Path, claims: readonly Claim[]): PlacedDevice {
    const { device } = certificate
    const limitsBySeniors = this.#limitsOn(path)
    const own = claims.filter(({ body }) => body.device === device)
    for (const claim of own) this.#judgeClaim(claim, path, limitsBySeniors)
    const limits = own.length > 0 ? this.#limitsOn(path) : limitsBySeniors
    for (const claim of claims) if (claim.body.device !== device) this.#judgeClaim(claim, path, limits)
    if (limits.length > 0) this.#limits.set(device, limits)
    return { device, certificate, limits }
  }

  #judgeClaim(claim: Claim, author: Path, limits: readonly PinLimit[]): void {
    const { operation, body } = claim
    const target = this.#paths.get(body.device)
    this.steps += 1 + limits.length
    if (target === undefined) this.outcomes.set(operation.hash, 'missing-device')
    else if (comparePaths(author, target) > 0) this.outcomes.set(operation.hash, 'junior-device')
    else if (!limits.every((limit) => limit.keeps(operation))) this.outcomes.set(operation.hash, 'outside-pins')
    else this.#strike(claim)
  }

  #strike({ operation, body }: Claim): void {
    this.outcomes.set(operation.hash, 'effective')
    const strike: Strike = { body, keep: new Set(body.keep), limit: this.#limitOf(operation, body.pins) }
    const known = this.#strikes.get(body.device)
    if (known) known.push(strike)
    else this.#strikes.set(body.device, [strike])
  }

  /** The limits by the revocations so far that hit the device at the end of the path. */
  #limitsOn(path: Path): readonly PinLimit[] {
    const limits: PinLimit[] = []
    for (const [i, { device }] of path.entries()) {
      const below = path.slice(i + 1)
      for (const { keep, limit } of this.#strikes.get(device) ?? []) {
        this.steps++
        const isKept = keep.size > 0 && below.some((step) => keep.has(step.device))
        if (!isKept && !limits.includes(limit)) limits.push(limit)
      }
    }
    return limits
  }
}

/** Fewer steps from the identity key first, then step by step. Only two certificates of one device come to the bytes. */
function comparePaths(a: Path, b: Path): number {
  if (a.length !== b.length) return a.length - b.length
  for (const [i, step] of a.entries()) {
    const other = b[i]
    if (other === undefined || step === other) continue
    if (step.serial !== other.serial) return step.serial - other.serial
    if (step.device !== other.device) return step.device < other.device ? -1 : 1
  }
  const [end, otherEnd] = [a.at(-1), b.at(-1)]
  return end === otherEnd || !end || !otherEnd ? 0 : compareBytes(end.bytes, otherEnd.bytes)
}
