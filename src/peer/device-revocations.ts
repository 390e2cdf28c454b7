import type { DeviceId, RoomId, SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { fittingPins, pinsOf } from '../access/removal.ts'
import { ROOT, type DeviceRevokeBody } from '../access/operation.ts'
import type { SessionLog } from '../access/logged-operation.ts'
import { pathOf } from '../identity/device-certificate.ts'
import type { Store, StoredValue } from '../storage/store.ts'
import type { Profile } from './profile.ts'
import type { Room } from './room.ts'

/** Of what the device has written so far: everything that is known here, or nothing. */
export type DeviceKeep = 'all' | 'nothing'

export type DeviceRevokeReason = 'not-allowed' | 'not-stored'

export interface DeviceRevocation {
  readonly device: DeviceId
  readonly keep: DeviceKeep
  /** Of the devices that it added, at any depth: those that go on. */
  readonly keptDevices: readonly DeviceId[]
}

interface Pending extends DeviceRevocation {
  /** Where it is in the log. */
  readonly rooms: Set<RoomId>
}

const PREFIX = 'me/revoked/'
/**
 * The devices that this one has ended. A device is its person's in every room, also in those that it has not entered
 * yet, so the statement goes into every room there is and into every room that comes.
 */
export class DeviceRevocations {
  readonly #store: Store
  readonly #profile: Profile
  readonly #pending: Map<DeviceId, Pending>
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(store: Store, profile: Profile, pending: Map<DeviceId, Pending>) {
    this.#store = store
    this.#profile = profile
    this.#pending = pending
  }

  static async load(store: Store, profile: Profile): Promise<DeviceRevocations> {
    const pending = new Map<DeviceId, Pending>()
    for (const [key, value] of await store.range({ from: PREFIX, to: `${PREFIX}~` })) {
      const device = key.slice(PREFIX.length) as DeviceId
      const read = readPending(device, value)
      if (read) pending.set(device, read)
    }
    return new DeviceRevocations(store, profile, pending)
  }

  /** Ends the device in these rooms now, and in others when they come. Rejected if one of these did not take it. */
  async add(revocation: DeviceRevocation, rooms: readonly Room[]): Promise<Result<void, DeviceRevokeReason>> {
    const pending = { ...revocation, rooms: new Set<RoomId>() }
    this.#pending.set(revocation.device, pending)
    if (!(await this.#save(pending))) return rejected('not-stored')
    return this.carryOut(rooms)
  }

  /** Writes what is not yet written in these rooms. */
  carryOut(rooms: readonly Room[]): Promise<Result<void, DeviceRevokeReason>> {
    if (this.#pending.size === 0) return Promise.resolve(accepted(undefined))
    const run = this.#writing.then(async () => {
      let result: Result<void, DeviceRevokeReason> = accepted(undefined)
      for (const pending of this.#pending.values())
        for (const room of rooms) {
          const isDue = !pending.rooms.has(room.id) && room.core.isMember && !room.core.record.hasLeft
          const written: Result<void, DeviceRevokeReason> = isDue ? await this.#write(pending, room) : result
          if (!written.ok) result = written
        }
      return result
    })
    this.#writing = run.catch(() => undefined)
    return run
  }

  async #write(pending: Pending, room: Room): Promise<Result<void, DeviceRevokeReason>> {
    const { log } = room.core
    if (!log) return rejected('not-stored')
    const sign = this.#profile.author.signAsPerson
    const written = await log.appendAll(
      () => [{ node: ROOT, body: bodyOf(pending, room) }],
      sign && { key: this.#profile.person, sign },
    )
    if (!written.ok) return written
    pending.rooms.add(room.id)
    return (await this.#save(pending)) ? accepted(undefined) : rejected('not-stored')
  }

  async #save({ device, keep, keptDevices, rooms }: Pending): Promise<boolean> {
    const value = { keep, keptDevices: [...keptDevices], rooms: [...rooms] }
    return (await this.#store.write([{ kind: 'put', key: PREFIX + device, value }], { durable: true })).ok
  }
}

/** What the device did for the room stays up to what is known here, so that nobody is thrown out whom it let in. */
function bodyOf({ device, keep, keptDevices }: DeviceRevocation, room: Room): DeviceRevokeBody {
  const { core } = room
  const sessions = sessionsBelow(device, new Set(keptDevices), room)
  const access = core.log?.access
  const heads = (session: SessionId) => (keep === 'all' ? core.feedHeadsOf(session) : [])
  return {
    kind: 'device.revoke',
    device,
    pins: access ? fittingPins(pinsOf(access, sessions, heads)) : [],
    keep: keptDevices,
    identitySignature: new Uint8Array(0),
  }
}

/** Of the device and of those that it added, except the kept ones and what those added. */
function sessionsBelow(device: DeviceId, kept: ReadonlySet<DeviceId>, { core }: Room): readonly SessionLog[] {
  const { state, me } = core
  const hit = new Set<SessionId>()
  for (const { certificate, sessions } of state?.devicesOf(me) ?? []) {
    const path = pathOf(certificate)
    const at = path.findIndex((step) => step.device === device)
    if (at < 0 || path.slice(at + 1).some((step) => kept.has(step.device))) continue
    for (const session of sessions) hit.add(session)
  }
  return [...(state?.sessions.values() ?? [])].filter(({ session }) => hit.has(session))
}

function readPending(device: DeviceId, value: StoredValue): Pending | undefined {
  if (typeof value !== 'object' || value === null || !('keep' in value)) return undefined
  const { keep, keptDevices, rooms } = value
  if (keep !== 'all' && keep !== 'nothing') return undefined
  const textsOf = (list: unknown): readonly string[] =>
    Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : []
  return {
    device,
    keep,
    keptDevices: textsOf(keptDevices).map((id) => id as DeviceId),
    rooms: new Set(textsOf(rooms).map((id) => id as RoomId)),
  }
}
