import { accepted, rejected, type Result } from '../base/result.ts'
import { signerOf } from '../crypto/device-key.ts'
import { verifyDeviceCertificate, type DeviceCertificate } from '../identity/device-certificate.ts'
import type { DoorSession } from '../transport/door.ts'
import type { Link } from '../transport/link.ts'
import { pairingDoorRequest, type DoorMaker } from './doors.ts'
import type { Environment } from './environment.ts'
import { PairingChannel } from './pairing-channel.ts'
import { pairingMeeting } from './pairing-code.ts'
import {
  encodeDone,
  encodeHello,
  readPairedRoom,
  readWelcome,
  type PairedRoom,
  type PairingWelcome,
} from './pairing-message.ts'
import { PAIRING_TIMEOUT_MS } from './pairing-offer.ts'
import type { PairingReason } from './pairing-reason.ts'
import { deviceIdOf, type DeviceKeys } from './profile.ts'
import { arePublicNetworksOn } from './public-networks.ts'

/** Once accepted, everything follows at once; this is for slow networks. */
const ROOM_TIMEOUT_MS = 30_000
/** How long the last word is given to arrive: the other device hangs up when it has it. */
const GOODBYE_MS = 3_000
/** Links that a device which is to be added takes at a time: its other device, and some that mistake it for theirs. */
const LINKS_MAX = 4

export interface Pairing {
  readonly certificate: DeviceCertificate
  readonly welcome: PairingWelcome
  readonly rooms: readonly PairedRoom[]
  /** Tells the other device that everything is stored here. */
  readonly confirm: () => Promise<void>
}

export interface PairingRequestOptions {
  readonly secret: Uint8Array
  readonly deviceName: string
  readonly keys: DeviceKeys
  readonly doors: readonly DoorMaker[]
  readonly trackers: readonly string[]
  /** As this device has it if absent. */
  readonly arePublicNetworksOn?: boolean | undefined
  readonly environment: Environment
  /** Called when the other device is found: the number is on its screen too. */
  readonly onAsking: (checkNumber: string) => void
  readonly signal: AbortSignal | undefined
}

/** The side of the device that is to be added: finds the one that shows the code, and asks until it is answered. */
export async function requestPairing(options: PairingRequestOptions): Promise<Result<Pairing, PairingReason>> {
  return new PairingRequest(options).run()
}

class PairingRequest {
  readonly #options: PairingRequestOptions
  readonly #meeting: ReturnType<typeof pairingMeeting>
  #sessions: readonly DoorSession[] = []
  #channel: PairingChannel | undefined
  #isOver = false
  #finish: (result: Result<Pairing, PairingReason>) => void = () => undefined

  constructor(options: PairingRequestOptions) {
    this.#options = options
    this.#meeting = pairingMeeting(options.secret)
  }

  async run(): Promise<Result<Pairing, PairingReason>> {
    const { environment, doors, trackers, signal, arePublicNetworksOn: areOn } = this.#options
    const { topic, password } = this.#meeting
    const abort = (): void => {
      this.#finish(rejected('cancelled'))
    }
    const result = await new Promise<Result<Pairing, PairingReason>>((resolve) => {
      const cancel = environment.after(PAIRING_TIMEOUT_MS, () => {
        this.#finish(rejected('timeout'))
      })
      this.#finish = (outcome) => {
        cancel()
        resolve(outcome)
      }
      if (signal?.aborted === true) return abort()
      signal?.addEventListener('abort', abort)
      const request = pairingDoorRequest(password, trackers, () => areOn ?? arePublicNetworksOn(environment.notes))
      this.#sessions = doors.map((make) => make(request).start(topic, (link) => void this.#meet(link)))
    })
    signal?.removeEventListener('abort', abort)
    if (!result.ok) await this.#hangUp()
    return result
  }

  async #meet(link: Link): Promise<void> {
    if (this.#channel || this.#isOver) return link.close('pairing-busy')
    const { environment } = this.#options
    const opened = await PairingChannel.open(link, { psk: this.#meeting.psk, side: 'guest', environment })
    if (!opened.ok) return
    const channel = opened.value
    if (this.#channel || this.#isOver) return channel.close('pairing-busy')
    this.#channel = channel
    const result = await this.#ask(channel)
    if (result.ok || result.reason !== 'lost') return this.#finish(result)
    channel.close('pairing-lost')
    this.#channel = undefined
    // The other device may come back, or still be the one that has to come.
    for (const session of this.#sessions) session.setCapacity(LINKS_MAX, true)
  }

  /** `lost` before anything was decided means to go on waiting. */
  async #ask(channel: PairingChannel): Promise<Result<Pairing, PairingReason>> {
    const { keys, deviceName, onAsking } = this.#options
    const hello = { device: deviceIdOf(keys), sealKey: keys.sealKeyPair.publicKey, name: deviceName }
    await channel.send(await encodeHello(hello, signerOf(keys.deviceKey), channel.handshakeHash))
    onAsking(channel.checkNumber)
    const answer = await channel.next(PAIRING_TIMEOUT_MS)
    if (!answer.ok) return rejected(answer.reason === 'timeout' ? 'timeout' : 'lost')
    const welcome = readWelcome(answer.value)
    if (!welcome.ok) return rejected(welcome.reason === 'declined' ? 'declined' : 'not-understood')
    const certificate = await verifyDeviceCertificate(welcome.value.certificate)
    const isOurs =
      certificate.ok &&
      certificate.value.device === hello.device &&
      certificate.value.sealKey.every((byte, index) => byte === hello.sealKey[index])
    if (!isOurs) return rejected('not-understood')
    const rooms: PairedRoom[] = []
    while (rooms.length < welcome.value.roomCount) {
      const message = await channel.next(ROOM_TIMEOUT_MS)
      if (!message.ok) return rejected('timeout')
      const room = readPairedRoom(message.value)
      if (!room.ok) return rejected('not-understood')
      rooms.push(room.value)
    }
    return accepted({
      certificate: certificate.value,
      welcome: welcome.value,
      rooms,
      confirm: () => this.#confirm(channel),
    })
  }

  async #confirm(channel: PairingChannel): Promise<void> {
    if (await channel.send(encodeDone())) await channel.next(GOODBYE_MS)
    await this.#hangUp()
  }

  async #hangUp(): Promise<void> {
    this.#isOver = true
    this.#channel?.close('pairing-over')
    await Promise.all(this.#sessions.map((session) => session.stop()))
  }
}
