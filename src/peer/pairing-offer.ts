import { Emitter } from '../base/emitter.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { randomBytes } from '../crypto/random.ts'
import type { DoorSession } from '../transport/door.ts'
import type { Link } from '../transport/link.ts'
import { pairingDoorRequest, type DoorMaker } from './doors.ts'
import type { Environment } from './environment.ts'
import { PairingChannel } from './pairing-channel.ts'
import { PAIRING_SECRET_BYTES, pairingCodeOf, pairingLinkOf, pairingMeeting } from './pairing-code.ts'
import {
  encodeDeclined,
  encodePairedRoom,
  encodeWelcome,
  isDone,
  readHello,
  type PairedRoom,
  type PairingHello,
  type PairingWelcome,
} from './pairing-message.ts'
import type { PairingReason } from './pairing-reason.ts'
import { arePublicNetworksOn } from './public-networks.ts'

/** How long a code can be used: time to fetch the other device, not to lose the note with the code. */
export const PAIRING_TIMEOUT_MS = 10 * 60_000
/** A device that has linked up says at once what it wants. */
const HELLO_TIMEOUT_MS = 8_000
/** To store some hundred rooms on a slow phone. */
const DONE_TIMEOUT_MS = 60_000
/** Links that are being asked who they are. */
const PENDING_MAX = 4
/** Devices that may ask by one code, one after the other: who has seen the code could ask for ever. */
const ASKS_MAX = 5

/** `waiting`: for a device with the code. `asking`: one is there, and its owner should accept it or not. */
export type PairingState = 'waiting' | 'asking' | 'done' | 'failed'

interface PairingOfferEvents {
  readonly change: undefined
}

export interface PairingOfferOptions {
  /** What the link starts with. */
  readonly base: string
  readonly doors: readonly DoorMaker[]
  readonly trackers: readonly string[]
  readonly environment: Environment
  /** Certifies the device and says what it is told. Called once, when the user has accepted. */
  readonly admit: (
    hello: PairingHello,
  ) => Promise<{ readonly welcome: PairingWelcome; readonly rooms: readonly PairedRoom[] }>
}

/**
 * An offer to add a device: shown as a link to scan and a code to type. The first device that comes with the code is
 * shown by its name and a number that it shows too; only when the user accepts is it certified and told of the rooms.
 */
export class PairingOffer {
  readonly link: string
  /** For typing: groups of four characters. */
  readonly code: string
  readonly #options: PairingOfferOptions
  readonly #psk: Uint8Array
  readonly #events = new Emitter<PairingOfferEvents>()
  readonly #sessions: DoorSession[]
  readonly #cancelTimeout: () => void
  #state: PairingState = 'waiting'
  #reason: PairingReason | undefined
  #asker: { readonly channel: PairingChannel; readonly hello: PairingHello } | undefined
  #isAccepting = false
  #pending = 0
  #asks = 0

  constructor(options: PairingOfferOptions) {
    const secret = randomBytes(PAIRING_SECRET_BYTES)
    const { topic, password, psk } = pairingMeeting(secret)
    this.#options = options
    this.#psk = psk
    this.code = pairingCodeOf(secret)
    this.link = pairingLinkOf(options.base, secret)
    this.#cancelTimeout = options.environment.after(PAIRING_TIMEOUT_MS, () => {
      this.#fail('timeout')
    })
    this.#sessions = options.doors.map((make) =>
      make(pairingDoorRequest(password, options.trackers, () => arePublicNetworksOn(options.environment.notes))).start(
        topic,
        (link) => void this.#meet(link),
      ),
    )
  }

  get state(): PairingState {
    return this.#state
  }
  /** What the device that asks calls itself. */
  get newDeviceName(): string | undefined {
    return this.#asker?.hello.name
  }
  /** Six digits that the device which asks must show too. */
  get checkNumber(): string | undefined {
    return this.#asker?.channel.checkNumber
  }
  /** Why it has failed. */
  get problem(): PairingReason | undefined {
    return this.#reason
  }

  on(name: keyof PairingOfferEvents, listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Adds the device that asks. */
  async accept(): Promise<Result<void, PairingReason>> {
    const asker = this.#asker
    if (!asker || this.#state !== 'asking' || this.#isAccepting) return rejected('nobody-asks')
    this.#isAccepting = true
    const { welcome, rooms } = await this.#options.admit(asker.hello)
    const reason = (await this.#handOver(asker.channel, welcome, rooms)) ? undefined : 'lost'
    if (this.#hasEnded) return rejected(this.#reason ?? 'cancelled')
    if (reason !== undefined) {
      this.#fail(reason)
      return rejected(reason)
    }
    this.#end('done')
    return accepted(undefined)
  }

  /** Ends the offer, and tells a device that asks. */
  cancel(): void {
    if (this.#hasEnded) return
    const { channel } = this.#asker ?? {}
    if (!channel || this.#isAccepting) return this.#fail('cancelled')
    // Told before the link goes down with the doors.
    void channel
      .send(encodeDeclined())
      .then(() => channel.next(HELLO_TIMEOUT_MS))
      .then(() => {
        channel.close('pairing-declined')
      })
    this.#reason = 'cancelled'
    this.#end('failed', channel)
  }

  get #hasEnded(): boolean {
    return this.#state === 'done' || this.#state === 'failed'
  }

  async #meet(link: Link): Promise<void> {
    if (this.#state !== 'waiting' || this.#pending >= PENDING_MAX) return link.close('pairing-busy')
    this.#pending++
    const { environment } = this.#options
    const opened = await PairingChannel.open(link, { psk: this.#psk, side: 'host', environment })
    const hello = opened.ok ? await this.#hear(opened.value) : undefined
    this.#pending--
    if (!opened.ok) return
    const channel = opened.value
    if (!hello || this.#state !== 'waiting') return channel.close('pairing-busy')
    if (++this.#asks > ASKS_MAX) {
      channel.close('pairing-busy')
      return this.#fail('too-many-asked')
    }
    this.#asker = { channel, hello }
    this.#state = 'asking'
    channel.onClose = () => {
      this.#lose(channel)
    }
    if (channel.isClosed) this.#lose(channel)
    this.#events.emit('change', undefined)
  }

  async #hear(channel: PairingChannel): Promise<PairingHello | undefined> {
    const message = await channel.next(HELLO_TIMEOUT_MS)
    if (!message.ok) return undefined
    const hello = await readHello(message.value, channel.handshakeHash)
    return hello.ok && hello.value.name !== '' ? hello.value : undefined
  }

  /** The device has gone before the user decided: it, or another one, may come again. */
  #lose(channel: PairingChannel): void {
    if (this.#state !== 'asking' || this.#isAccepting || this.#asker?.channel !== channel) return
    this.#asker = undefined
    this.#state = 'waiting'
    this.#events.emit('change', undefined)
  }

  async #handOver(channel: PairingChannel, welcome: PairingWelcome, rooms: readonly PairedRoom[]): Promise<boolean> {
    if (!(await channel.send(encodeWelcome(welcome)))) return false
    for (const room of rooms) if (!(await channel.send(encodePairedRoom(room)))) return false
    const answer = await channel.next(DONE_TIMEOUT_MS)
    return answer.ok && isDone(answer.value)
  }

  #fail(reason: PairingReason): void {
    if (this.#hasEnded) return
    this.#reason = reason
    this.#end('failed')
  }

  #end(state: 'done' | 'failed', lingering?: PairingChannel): void {
    this.#state = state
    this.#cancelTimeout()
    this.#events.emit('change', undefined)
    if (this.#asker?.channel !== lingering) this.#asker?.channel.close(`pairing-${state}`)
    void this.#closeDoors(lingering)
  }

  async #closeDoors(lingering: PairingChannel | undefined): Promise<void> {
    if (lingering) await lingering.closed
    await Promise.all(this.#sessions.map((session) => session.stop()))
  }
}
