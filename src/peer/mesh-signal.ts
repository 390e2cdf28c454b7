/**
 * What travels through the mesh to make a link: an offer or an answer, signed by the sender's device and sealed to the
 * receiver's, so that those who carry it learn neither address nor key, and cannot change it or send it again elsewhere.
 *
 *   ephemeral key 32 | sealed: kind u8 | nonce 16 | sequence varuint | description (length, bytes) | signature 64
 *
 * Seal and signature cover the room and both sessions. The sequence is that of the receiver's card which the sender had:
 * by it the receiver tells with its own clock how old an offer is. An answer repeats the nonce of its offer.
 */
import { concatBytes, toHex, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { idToBytes, type DeviceId, type RoomId, type SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { Signer } from '../crypto/device-key.ts'
import { ENCAPSULATED_BYTES, openSealed, sealTo } from '../crypto/hpke.ts'
import type { AgreementKeyPair } from '../crypto/key-agreement.ts'
import { verify } from '../crypto/signature.ts'
import { CARD_LIFETIME_S, SIGNAL_BYTES_MAX } from '../discovery/limits.ts'
import { SIGNATURE_BYTES } from '../feed/chain.ts'

const INFO = utf8('parley signal 1')
export const SIGNAL_NONCE_BYTES = 16
/** A description of data channels only takes a tenth of it; what does not fit the box is not sent. */
const DESCRIPTION_BYTES_MAX = SIGNAL_BYTES_MAX - 256
/** What a card's way through the mesh, and a page that sleeps between two cards, may add to its lifetime. */
const STALE_AFTER_S = 2 * CARD_LIFETIME_S
/** Offers remembered, so that none is answered twice. More come in the time in which they count only from a flood. */
const OFFERS_KEPT_MAX = 1_024

export interface SignalWay {
  readonly room: RoomId
  readonly from: SessionId
  readonly to: SessionId
}

export interface MeshSignal {
  readonly kind: 'offer' | 'answer'
  readonly nonce: Uint8Array
  readonly sequence: number
  readonly description: Uint8Array
}

export type SignalReason = 'malformed' | 'not-opened' | 'signature'

const OFFER = 1
const ANSWER = 2

const placeOf = ({ room, from, to }: SignalWay): Uint8Array => new Writer().id(room).id(from).id(to).finish()

const bodyOf = ({ kind, nonce, sequence, description }: MeshSignal): Uint8Array =>
  new Writer()
    .u8(kind === 'offer' ? OFFER : ANSWER)
    .fixed(nonce)
    .varuint(sequence)
    .bytes(description)
    .finish()

/** Undefined if the description is longer than any connection's. */
export async function sealSignal(
  signal: MeshSignal,
  way: SignalWay,
  keys: { readonly signer: Signer; readonly sealKey: Uint8Array },
): Promise<Uint8Array | undefined> {
  if (signal.description.length > DESCRIPTION_BYTES_MAX) return undefined
  const body = bodyOf(signal)
  const signature = await keys.signer.sign(concatBytes(INFO, placeOf(way), body))
  const box = await sealTo(keys.sealKey, INFO, concatBytes(body, signature), placeOf(way))
  return concatBytes(box.encapsulated, box.sealed)
}

/** What the device `sender` sealed for us on this way. */
export async function openSignal(
  bytes: Uint8Array,
  way: SignalWay,
  keys: { readonly sealKeyPair: AgreementKeyPair; readonly sender: DeviceId },
): Promise<Result<MeshSignal, SignalReason>> {
  if (bytes.length <= ENCAPSULATED_BYTES || bytes.length > SIGNAL_BYTES_MAX) return rejected('malformed', 'length')
  const box = { encapsulated: bytes.slice(0, ENCAPSULATED_BYTES), sealed: bytes.slice(ENCAPSULATED_BYTES) }
  const opened = await openSealed(keys.sealKeyPair, box, INFO, placeOf(way))
  if (!opened) return rejected('not-opened')
  const decoded = decode(opened, (reader) => {
    const code = reader.u8()
    if (code !== OFFER && code !== ANSWER) reader.fail('kind of signal')
    const kind = code === OFFER ? ('offer' as const) : ('answer' as const)
    const nonce = reader.fixed(SIGNAL_NONCE_BYTES)
    const sequence = reader.varuint()
    const description = reader.bytes(DESCRIPTION_BYTES_MAX)
    return { kind, nonce, sequence, description, signature: reader.fixed(SIGNATURE_BYTES) }
  })
  if (!decoded.ok) return decoded
  const { signature, ...signal } = decoded.value
  const isGenuine = await verify(signature, concatBytes(INFO, placeOf(way), bodyOf(signal)), idToBytes(keys.sender))
  return isGenuine ? accepted(signal) : rejected('signature')
}

/** Tells offers that are old, or were answered already. */
export class OfferMemory {
  readonly #seen = new Set<string>()

  /** Whether to answer; a second time it is no. `sequence` is the one of our newest card. */
  isFresh(offer: MeshSignal, sequence: number, nowMs: number): boolean {
    const isOld = offer.sequence < Math.floor(nowMs / 1_000) - STALE_AFTER_S
    if (isOld || offer.sequence > sequence) return false
    const nonce = toHex(offer.nonce)
    if (this.#seen.has(nonce)) return false
    for (const oldest of this.#seen) {
      if (this.#seen.size < OFFERS_KEPT_MAX) break
      this.#seen.delete(oldest)
    }
    this.#seen.add(nonce)
    return true
  }
}
