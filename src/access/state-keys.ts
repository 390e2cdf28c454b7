/** Which devices may have a room key, and which key to write with. */
import type { DeviceId, PersonId } from '../base/ids.ts'
import type { DeviceCertificate } from '../identity/device-certificate.ts'
import type { DeviceIndex } from './device-index.ts'
import type { EpochRecord } from './key-epochs.ts'
import type { Holdings, LoggedOperation } from './logged-operation.ts'

/** A device that shows the room to somebody who may read. */
export interface ReaderDevice {
  readonly device: DeviceId
  readonly person: PersonId
  /** What its keys are sealed to. */
  readonly sealKey: Uint8Array
}

/** The devices that sessions and admissions named. */
export interface KnownDevices {
  readonly readers: readonly ReaderDevice[]
  readonly readerIds: ReadonlySet<DeviceId>
  /** Those of members who may be given what is sealed: readers' and relays'. */
  readonly holderIds: ReadonlySet<DeviceId>
  /** Members' or not. */
  readonly ids: ReadonlySet<DeviceId>
}

export function knownDevices(
  { sessionsOf, consents }: Holdings,
  devices: DeviceIndex,
  options: {
    readonly mayRead: (person: PersonId) => boolean
    readonly mayHold: (person: PersonId) => boolean
    readonly isEffective: (operation: LoggedOperation) => boolean
  },
): KnownDevices {
  const ids = new Set<DeviceId>()
  const readerIds = new Set<DeviceId>()
  const holderIds = new Set<DeviceId>()
  const readers: ReaderDevice[] = []
  for (const person of new Set([...sessionsOf.keys(), ...consents.keys()])) {
    const mayRead = options.mayRead(person)
    const mayHold = options.mayHold(person)
    const sessions = sessionsOf.get(person) ?? []
    const admissions = consents.get(person) ?? []
    const own = new Set(sessions.map(({ device }) => device))
    const certificates = new Map<DeviceId, DeviceCertificate>()
    // One session and nothing else: the usual member of a large room.
    if (sessions.length === 1 && admissions.length === 0 && !devices.hasRevocations(person)) {
      for (const { certificate } of sessions) certificates.set(certificate.device, certificate)
    } else {
      for (const admission of admissions) {
        const device = devices.admittedDevice(admission.operation)
        if (device === undefined) continue
        ids.add(device)
        if (options.isEffective(admission)) own.add(device)
      }
      for (const { device, certificate, limits } of devices.standing(person).devices)
        if (limits.length === 0) certificates.set(device, certificate)
    }
    for (const device of own) {
      ids.add(device)
      const certificate = certificates.get(device)
      if (certificate === undefined) continue
      if (mayHold) holderIds.add(device)
      if (!mayRead) continue
      readerIds.add(device)
      readers.push({ device, person, sealKey: certificate.sealKey })
    }
  }
  return { readers, readerIds, holderIds, ids }
}

/**
 * The key to write with: of those that no device has which may not read, the one that most readers' devices have; of
 * these the most senior author's. A box for a device that nobody knows yet says nothing.
 */
export function currentEpoch(
  epochs: readonly EpochRecord[],
  { readerIds, ids }: Pick<KnownDevices, 'readerIds' | 'ids'>,
): EpochRecord | undefined {
  let best: { readonly epoch: EpochRecord; readonly coverage: number } | undefined
  for (const epoch of epochs) {
    let isSafe = true
    for (const device of epoch.devices) if (ids.has(device) && !readerIds.has(device)) isSafe = false
    if (!isSafe) continue
    let coverage = 0
    for (const device of epoch.boxes.keys()) if (readerIds.has(device)) coverage++
    if (best === undefined || coverage > best.coverage) best = { epoch, coverage }
  }
  return best?.epoch
}
