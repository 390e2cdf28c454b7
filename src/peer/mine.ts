import { Devices } from './devices.ts'
import { PeerTrust } from './peer-trust.ts'

/** What belongs to the person and to no room: their devices, and whom they trust. */
export class Mine {
  readonly devices: Devices
  readonly trust: PeerTrust

  private constructor(devices: Devices, trust: PeerTrust) {
    this.devices = devices
    this.trust = trust
  }

  /** `former`: that of whom this device belonged to before. */
  static async open(options: Parameters<typeof Devices.open>[0], former: Mine | undefined): Promise<Mine> {
    const { profile, rooms, store, environment } = options
    const devices = await Devices.open(options)
    const trust = await PeerTrust.open(store, { me: profile.person, rooms, now: () => environment.now() })
    former?.close()
    return new Mine(devices, trust)
  }

  close(): void {
    this.devices.close()
    this.trust.close()
  }
}
