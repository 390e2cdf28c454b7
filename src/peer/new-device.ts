import { accepted, rejected, type Result } from '../base/result.ts'
import { personFromPhrase, type PhraseRejection } from '../identity/person.ts'
import type { Change, Store } from '../storage/store.ts'
import { deviceNameChange } from './device-names.ts'
import type { Environment } from './environment.ts'
import type { DoorMaker } from './doors.ts'
import { isPartOfCode, readPairingCode } from './pairing-code.ts'
import type { PairingReason } from './pairing-reason.ts'
import { requestPairing, type Pairing } from './pairing-request.ts'
import { cleanName } from './people.ts'
import { withProfileLock } from './profile-lock.ts'
import { createDeviceKeys, Profile, type DeviceKeys } from './profile.ts'
import { keepPublicNetworks } from './public-networks.ts'
import { loadRoomRecords, roomRecordChange } from './room-record.ts'

export type RecoverReason = PhraseRejection | 'in-use' | 'not-stored'

export interface PairingAnswer {
  /** The code that the other device shows, or the link that it shows as a picture. */
  readonly code: string
  /** What this device is to be called on the others. */
  readonly deviceName: string
  /**
   * Whether the other device is also looked for at relays of strangers, and members are once this is a device of the
   * person. Absent: as before.
   */
  readonly arePublicNetworksOn?: boolean
  /** Told the number that the other device shows too, when it is found. */
  readonly onAsking?: (checkNumber: string) => void
  /** Gives up. */
  readonly signal?: AbortSignal
}

/** Makes a store without rooms a device of the person who has the phrase. */
export function recoverProfile(
  store: Store,
  phrase: string,
  environment: Environment,
): Promise<Result<Profile, RecoverReason>> {
  return withProfileLock(environment, async () => {
    if ((await loadRoomRecords(store)).length > 0) return rejected('in-use')
    const person = await personFromPhrase(phrase)
    if (!person.ok) return person
    const restored = await Profile.restore(store, person.value, environment.now())
    return restored.ok ? accepted(restored.value) : rejected('not-stored', restored.reason)
  })
}

export interface PairedProfile {
  readonly profile: Profile
  /** Tells the other device, once this one goes by the profile. */
  readonly confirm: () => Promise<void>
}

/** Makes a store without rooms a further device of the person whose other device shows the code. */
export async function pairProfile(
  store: Store,
  { code, deviceName: name, arePublicNetworksOn, onAsking = () => undefined, signal }: PairingAnswer,
  network: {
    readonly doors: readonly DoorMaker[]
    readonly trackers: readonly string[]
    readonly environment: Environment
  },
): Promise<Result<PairedProfile, PairingReason>> {
  const secret = readPairingCode(code)
  if (!secret) return rejected(isPartOfCode(code) ? 'code-incomplete' : 'not-a-code')
  const deviceName = cleanName(name)
  if (deviceName === '') return rejected('name-empty')
  if ((await loadRoomRecords(store)).length > 0) return rejected('in-use')
  const keys = await createDeviceKeys()
  const pairing = await requestPairing({ secret, deviceName, keys, ...network, arePublicNetworksOn, onAsking, signal })
  if (!pairing.ok) return pairing
  const adopted = await adoptPairing(store, pairing.value, { keys, deviceName }, network.environment)
  if (!adopted.ok) return adopted
  if (arePublicNetworksOn !== undefined) keepPublicNetworks(network.environment.notes, arePublicNetworksOn)
  return accepted({ profile: adopted.value, confirm: pairing.value.confirm })
}

/** Makes a store without rooms what the other device said it is: its profile, its rooms, the names of its devices. */
function adoptPairing(
  store: Store,
  pairing: Pairing,
  own: { readonly keys: DeviceKeys; readonly deviceName: string },
  environment: Environment,
): Promise<Result<Profile, 'in-use' | 'not-stored'>> {
  return withProfileLock(environment, async () => {
    if ((await loadRoomRecords(store)).length > 0) return rejected('in-use')
    const { certificate, welcome, rooms } = pairing
    const others: Change[] = [
      ...rooms.map((room) => roomRecordChange({ ...room, ticket: undefined, hasLeft: false })),
      ...welcome.deviceNames.map(([device, name]) => deviceNameChange(device, name)),
      deviceNameChange(certificate.device, own.deviceName),
    ]
    const { keys } = own
    const adopted = await Profile.adopt(store, { keys, certificate, name: welcome.myName }, others, environment.now())
    return adopted.ok ? accepted(adopted.value) : rejected('not-stored', adopted.reason)
  })
}
