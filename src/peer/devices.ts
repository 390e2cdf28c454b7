import { Emitter } from '../base/emitter.ts'
import type { DeviceId } from '../base/ids.ts'
import { rejected, type Result } from '../base/result.ts'
import { compareSeniority, pathOf, type DeviceCertificate } from '../identity/device-certificate.ts'
import { keyTag } from '../identity/did.ts'
import type { Store, StoreFailure } from '../storage/store.ts'
import { DeviceNames } from './device-names.ts'
import { DeviceRevocations, type DeviceKeep, type DeviceRevokeReason } from './device-revocations.ts'
import type { DoorMaker } from './doors.ts'
import type { Environment } from './environment.ts'
import { PAIRED_ROOMS_MAX, type PairedRoom, type PairingHello } from './pairing-message.ts'
import { PairingOffer } from './pairing-offer.ts'
import type { PairingReason } from './pairing-reason.ts'
import { cleanName } from './people.ts'
import type { Profile } from './profile.ts'
import { RootHandover } from './root-handover.ts'
import { recordedPlaces } from './room-places.ts'
import type { Room } from './room.ts'

export interface DeviceSummary {
  readonly id: DeviceId
  readonly name: string
  readonly isThis: boolean
  /** `identity`: by the person's own key, as the first device and those added where the recovery phrase is. */
  readonly addedBy: 'me' | 'identity' | (string & {})
  /** When this device last took in something that it wrote, in milliseconds since 1970. */
  readonly lastWrittenAtMs?: number
  readonly isRevoked: boolean
  /** Only older devices and the recovery phrase can end a device. */
  readonly mayRevoke: boolean
}

/** What the list of devices asks of the peer. */
export interface DevicesOptions {
  readonly profile: Profile
  readonly rooms: () => readonly Room[]
  readonly store: Store
  readonly environment: Environment
  readonly doors: readonly DoorMaker[]
  readonly trackers: readonly string[]
  /** What the links of pairing start with. */
  readonly base: string
}

interface DevicesEvents {
  readonly change: undefined
}

interface KnownDevice {
  certificate: DeviceCertificate
  isRevoked: boolean
  lastWrittenAtMs: number
}

/** The devices of this person, as far as they have shown themselves in the rooms of this one. */
export class Devices {
  readonly #options: DevicesOptions
  readonly #names: DeviceNames
  readonly #revocations: DeviceRevocations
  readonly #events = new Emitter<DevicesEvents>()
  #pairing: PairingOffer | undefined

  private constructor(options: DevicesOptions, names: DeviceNames, revocations: DeviceRevocations) {
    this.#options = options
    this.#names = names
    this.#revocations = revocations
  }

  /** For the peer. */
  static async open(options: DevicesOptions): Promise<Devices> {
    const names = await DeviceNames.load(options.store)
    const revocations = await DeviceRevocations.load(options.store, options.profile)
    return new Devices(options, names, revocations)
  }

  /** The oldest first: those above can end those below. */
  get list(): readonly DeviceSummary[] {
    const { profile } = this.#options
    const mine = profile.certificate
    const known = this.#known()
    const devices = [...known.values()].toSorted((a, b) => compareSeniority(a.certificate, b.certificate))
    return devices.map(({ certificate, isRevoked, lastWrittenAtMs }) => {
      const { device, issuer } = certificate
      const isThis = device === mine.device
      const isBelow = profile.holdsPhrase || compareSeniority(mine, certificate) < 0
      return {
        id: device,
        name: this.#nameOf(device),
        isThis,
        addedBy: issuer === undefined ? 'identity' : issuer === mine.device ? 'me' : this.#nameOf(issuer),
        ...(lastWrittenAtMs > 0 && { lastWrittenAtMs }),
        isRevoked,
        mayRevoke: !isThis && !isRevoked && isBelow && !this.#isRevoked(mine.device, known),
      }
    })
  }

  /** Whether another of my devices has ended this one: what it writes from now on is nowhere accepted. */
  get isThisRevoked(): boolean {
    return this.#isRevoked(this.#options.profile.certificate.device, this.#known())
  }
  /** Whether the person's own key, and so the recovery phrase, is on this device. */
  get holdsPhrase(): boolean {
    return this.#options.profile.holdsPhrase
  }

  /** Offers to add a device. An offer that is still open ends. */
  startPairing(): Promise<PairingOffer> {
    const { base, doors, trackers, environment } = this.#options
    this.#pairing?.cancel()
    this.#pairing = new PairingOffer({ base, doors, trackers, environment, admit: (hello) => this.#admit(hello) })
    return Promise.resolve(this.#pairing)
  }
  /** Why `startPairing` would be of no use, or undefined. */
  get pairingProblem(): PairingReason | undefined {
    return this.#options.profile.mayCertify ? undefined : 'too-far'
  }

  /**
   * Ends a device in all rooms: what it writes from now on counts nowhere, and it gets no new keys. `keep` says what
   * becomes of what it has written so far; whom it let in stays in any case. The devices that it added end with it,
   * except this one.
   */
  async revoke(device: DeviceId, { keep }: { readonly keep: DeviceKeep }): Promise<Result<void, DeviceRevokeReason>> {
    const summary = this.list.find(({ id }) => id === device)
    if (summary?.mayRevoke !== true) return rejected('not-allowed')
    const isAbove = pathOf(this.#options.profile.certificate).some((step) => step.device === device)
    const kept = isAbove ? [this.#options.profile.certificate.device] : []
    const result = await this.#revocations.add({ device, keep, keptDevices: kept }, this.#options.rooms())
    this.#events.emit('change', undefined)
    return result
  }

  /** Names this device, or another one of mine. The name stays here; a device that is added learns it. */
  async rename(name: string, device: DeviceId = this.#options.profile.certificate.device): Promise<void> {
    await this.#names.set(device, cleanName(name))
    this.#events.emit('change', undefined)
  }

  /** Takes the person's own key off this device. Only the 24 words bring it back: ask first whether they are written. */
  async forgetPhrase(): Promise<Result<void, StoreFailure>> {
    const result = await this.#options.profile.forgetPhrase()
    this.#events.emit('change', undefined)
    return result
  }

  on(name: keyof DevicesEvents, listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** For the peer. */
  watch(room: Room): void {
    const { core } = room
    new RootHandover(core, this.#options.profile).start()
    core.events.on('changed', () => {
      void this.#revocations.carryOut([room])
      this.#events.emit('change', undefined)
    })
  }

  /** For the peer. */
  close(): void {
    this.#pairing?.cancel()
    this.#events.clear()
  }

  #known(): ReadonlyMap<DeviceId, KnownDevice> {
    const { profile, rooms } = this.#options
    const known = new Map<DeviceId, KnownDevice>()
    const add = (certificate: DeviceCertificate, isRevoked: boolean, writtenAtMs: number): void => {
      const device = known.get(certificate.device)
      if (!device) {
        known.set(certificate.device, { certificate, isRevoked, lastWrittenAtMs: writtenAtMs })
        return
      }
      if (compareSeniority(certificate, device.certificate) < 0) device.certificate = certificate
      device.isRevoked ||= isRevoked
      device.lastWrittenAtMs = Math.max(device.lastWrittenAtMs, writtenAtMs)
    }
    add(profile.certificate, false, 0)
    for (const { core, activity } of rooms())
      for (const { certificate, sessions, isStanding } of core.state?.devicesOf(profile.person) ?? []) {
        const writtenAtMs = sessions.map((session) => activity.lastWrittenAtMs(session))
        add(certificate, !isStanding, Math.max(0, ...writtenAtMs))
      }
    return known
  }

  #isRevoked(device: DeviceId, known: ReadonlyMap<DeviceId, KnownDevice>): boolean {
    return known.get(device)?.isRevoked ?? false
  }

  #nameOf(device: DeviceId): string {
    const isThis = device === this.#options.profile.certificate.device
    return this.#names.get(device) ?? (isThis ? 'This device' : `Device ${keyTag(device)}`)
  }

  /** The user has accepted the device: certifies it and tells it of the rooms. */
  async #admit({ device, sealKey, name }: PairingHello) {
    const { profile, environment } = this.#options
    const certificate = await profile.certify({ device, sealKey }, environment.now())
    await this.#names.set(device, name)
    const rooms = this.#pairedRooms()
    const deviceNames = this.#names.entries(profile.certificate.device)
    this.#events.emit('change', undefined)
    return { welcome: { certificate, myName: profile.name, deviceNames, roomCount: rooms.length }, rooms }
  }

  #pairedRooms(): readonly PairedRoom[] {
    const rooms: PairedRoom[] = []
    for (const room of this.#options.rooms().slice(0, PAIRED_ROOMS_MAX)) {
      const { genesis, hasLeft, meetingSecret, myName, trackers: invited } = room.core.record
      const trackers = [...new Set([...recordedPlaces(room.core.state), ...invited])]
      if (genesis && !hasLeft) rooms.push({ room: room.id, meetingSecret, genesis, name: room.name, myName, trackers })
    }
    return rooms
  }
}
