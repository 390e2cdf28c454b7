import { concatBytes, utf8 } from '../base/bytes.ts'
import { Writer } from '../base/codec.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { hkdfSha256 } from '../crypto/hash.ts'
import { createInitiator, createResponder, type NoiseHandshake } from '../crypto/noise-handshake.ts'
import type { Link } from '../transport/link.ts'
import type { Environment } from './environment.ts'

/**
 * `host`: the device that has the rooms and shows the code. `guest`: the device that is to be added.
 */
export type PairingSide = 'host' | 'guest'

/** `wrong-side`: two devices to be added have found each other instead of the one that shows the code. */
export type ChannelReason = 'closed' | 'timeout' | 'not-opened' | 'wrong-side'

/** As for a link of a room: a slow phone on a slow network needs that long, a stranger gets no more. */
const HANDSHAKE_TIMEOUT_MS = 8_000
/** Messages that wait to be read: more than all rooms of the busiest device, and no more than that. */
const WAITING_MESSAGES_MAX = 4_096
const WAITING_BYTES_MAX = 8 * 1024 * 1024
/** How often a full queue is looked at again. */
const RETRY_MS = 50

const PROLOGUE = utf8('parley pairing 1')
const SIDES: readonly PairingSide[] = ['host', 'guest']
const NUMBER_DIGITS = 6

/**
 * The sealed dialogue of two devices that hold one pairing secret, over one link: Noise NNpsk0 bound to the link, then
 * each side says which one it is. Who does not hold the secret gets no answer.
 */
export class PairingChannel {
  readonly #link: Link
  readonly #environment: Environment
  readonly #arrived: Uint8Array[] = []
  #arrivedBytes = 0
  #waiting: ((message: Uint8Array | undefined) => void) | undefined
  readonly #noise: NoiseHandshake
  /** Called once when the link is gone, whoever ended it. */
  onClose: (() => void) | undefined
  /** Resolves when the link is gone. */
  readonly closed: Promise<void>

  private constructor(link: Link, psk: Uint8Array, environment: Environment) {
    this.#link = link
    this.#environment = environment
    const options = { psk, prologue: concatBytes(PROLOGUE, link.binding) }
    this.#noise = link.initiator ? createInitiator(options) : createResponder(options)
    link.onMessage = (lane, message) => {
      if (lane !== 'control') this.close('pairing-lane')
      else this.#arrive(message)
    }
    this.closed = new Promise((resolve) => {
      link.onClose = () => {
        resolve()
        this.#waiting?.(undefined)
        this.onClose?.()
      }
    })
  }

  /** On a rejection the link is closed. */
  static async open(
    link: Link,
    options: { readonly psk: Uint8Array; readonly side: PairingSide; readonly environment: Environment },
  ): Promise<Result<PairingChannel, ChannelReason>> {
    const channel = new PairingChannel(link, options.psk, options.environment)
    const result = await channel.#shakeHands(options.side)
    if (result.ok) return accepted(channel)
    channel.close(`pairing-${result.reason}`)
    return result
  }

  /** Six digits that only these two ends show: who merely asked first shows others. */
  get checkNumber(): string {
    const [a = 0, b = 0, c = 0, d = 0] = hkdfSha256(this.#noise.handshakeHash, 'parley pairing number 1', 4)
    const number = (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % 10 ** NUMBER_DIGITS
    return String(number).padStart(NUMBER_DIGITS, '0')
  }
  /** For signatures that fit this dialogue and no other. */
  get handshakeHash(): Uint8Array {
    return this.#noise.handshakeHash
  }
  get isClosed(): boolean {
    return this.#link.closeReason !== undefined
  }

  /** Waits while the link's queue is full. False when the link is closed. */
  async send(message: Uint8Array): Promise<boolean> {
    const sealed = this.#noise.transport.sending.seal(message)
    while (!this.#link.send('control', sealed)) {
      if (this.isClosed) return false
      await new Promise<void>((resolve) => this.#environment.after(RETRY_MS, resolve))
    }
    return true
  }

  /** The next message of the other side. On a rejection there will be none: the link is closed. */
  async next(timeoutMs: number): Promise<Result<Uint8Array, ChannelReason>> {
    const sealed = await this.#next(timeoutMs)
    if (!sealed.ok) return sealed
    const message = this.#noise.transport.receiving.open(sealed.value)
    if (message) return accepted(message)
    this.close('pairing-not-opened')
    return rejected('not-opened')
  }

  close(reason: string): void {
    this.#link.close(reason)
    this.#waiting?.(undefined)
  }

  async #shakeHands(side: PairingSide): Promise<Result<void, ChannelReason>> {
    const agreed = this.#link.initiator ? await this.#initiate() : await this.#respond()
    if (!agreed.ok) return agreed
    if (!(await this.send(new Writer().u8(SIDES.indexOf(side)).finish()))) return rejected('closed')
    const other = await this.next(HANDSHAKE_TIMEOUT_MS)
    if (!other.ok) return other
    const isOther = other.value.length === 1 && SIDES[other.value[0] ?? SIDES.length] === otherSide(side)
    return isOther ? accepted(undefined) : rejected('wrong-side')
  }

  async #initiate(): Promise<Result<void, ChannelReason>> {
    const first = await this.#noise.writeMessage(new Uint8Array(0))
    if (!first.ok || !this.#link.send('control', first.value)) return rejected('closed')
    const answer = await this.#next(HANDSHAKE_TIMEOUT_MS)
    if (!answer.ok) return answer
    return (await this.#noise.readMessage(answer.value)).ok ? accepted(undefined) : rejected('not-opened')
  }

  async #respond(): Promise<Result<void, ChannelReason>> {
    const first = await this.#next(HANDSHAKE_TIMEOUT_MS)
    if (!first.ok) return first
    if (!(await this.#noise.readMessage(first.value)).ok) return rejected('not-opened')
    const second = await this.#noise.writeMessage(new Uint8Array(0))
    return second.ok && this.#link.send('control', second.value) ? accepted(undefined) : rejected('closed')
  }

  #arrive(message: Uint8Array): void {
    const waiting = this.#waiting
    if (waiting) {
      waiting(message)
      return
    }
    this.#arrivedBytes += message.length
    if (this.#arrived.length >= WAITING_MESSAGES_MAX || this.#arrivedBytes > WAITING_BYTES_MAX)
      this.close('pairing-flood')
    else this.#arrived.push(message)
  }

  /** What arrived before the link closed can still be read. */
  async #next(timeoutMs: number): Promise<Result<Uint8Array, ChannelReason>> {
    const early = this.#arrived.shift()
    if (early) {
      this.#arrivedBytes -= early.length
      return accepted(early)
    }
    if (this.isClosed) return rejected('closed')
    let isLate = false
    const message = await new Promise<Uint8Array | undefined>((resolve) => {
      const cancel = this.#environment.after(timeoutMs, () => {
        isLate = true
        this.#waiting?.(undefined)
      })
      this.#waiting = (arrived) => {
        this.#waiting = undefined
        cancel()
        resolve(arrived)
      }
    })
    if (message) return accepted(message)
    this.close(isLate ? 'pairing-timeout' : 'pairing-closed')
    return rejected(isLate ? 'timeout' : 'closed')
  }
}

const otherSide = (side: PairingSide): PairingSide => (side === 'host' ? 'guest' : 'host')
