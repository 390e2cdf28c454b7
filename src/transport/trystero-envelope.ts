/**
 * What trystero's peers say to each other through a relay, sealed and checked. Anybody may publish on a topic, and
 * trystero makes a connection for whoever does, so what was not sealed by somebody who has the room's secret does not
 * reach it; nor does the relay learn who talks to whom.
 */
import { concatBytes, fromBase64url, textOf, toBase64url, utf8 } from '../base/bytes.ts'
import { accepted, rejected, type Result } from '../base/result.ts'

/** A description of a data channel, sealed twice and in base64 twice, takes about 3,000. */
export const TRYSTERO_ENVELOPE_CHARS_MAX = 16_384
const NONCE_BYTES = 12
const ALGORITHM = 'AES-GCM'
const INFO = 'parley door'
/** Trystero's ids: 20 characters for a peer, 12 for an offer. */
const PEER_ID = /^[0-9A-Za-z]{20}$/
const OFFER_ID = /^[0-9A-Za-z]{1,32}$/
/** Trystero's own sealing: a nonce in decimal numbers, a dollar, base64. */
const DESCRIPTION = /^[0-9,]{31,80}\$[A-Za-z0-9+/=]{1,12000}$/

/** A message of trystero's with nothing in it but what is known. Without offer and answer it says "here I am". */
export interface TrysteroSignal extends Record<string, unknown> {
  readonly peerId: string
  readonly passive?: true
  readonly offer?: string
  readonly answer?: string
  readonly offerId?: string
}

export type EnvelopeRejection = 'too-large' | 'malformed' | 'not-sealed-for-us'

export class TrysteroEnvelope {
  readonly #key: CryptoKey

  private constructor(key: CryptoKey) {
    this.#key = key
  }

  /** A key for one topic on one network (HKDF, RFC 5869), so that nothing can be carried from one to another. */
  static async of(password: string, network: string, topic: string): Promise<TrysteroEnvelope> {
    const secret = await crypto.subtle.importKey('raw', bytesOf(password), 'HKDF', false, ['deriveKey'])
    const info = bytesOf(`${INFO} ${network}`)
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: bytesOf(topic), info }
    const uses: KeyUsage[] = ['encrypt', 'decrypt']
    return new TrysteroEnvelope(
      await crypto.subtle.deriveKey(parameters, secret, { name: ALGORITHM, length: 256 }, false, uses),
    )
  }

  /** `place` is where it is published: sealed for one place, it does not open at another. */
  async seal(message: string, place: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
    const algorithm = { name: ALGORITHM, iv, additionalData: bytesOf(place) }
    const sealed = await crypto.subtle.encrypt(algorithm, this.#key, bytesOf(message))
    return toBase64url(concatBytes(iv, new Uint8Array(sealed)))
  }

  /** Never throws. */
  async open(data: unknown, place: string): Promise<Result<TrysteroSignal, EnvelopeRejection>> {
    if (typeof data !== 'string') return rejected('malformed', 'not text')
    if (data.length > TRYSTERO_ENVELOPE_CHARS_MAX) return rejected('too-large')
    const bytes = fromBase64url(data)
    if (!bytes || bytes.length <= NONCE_BYTES) return rejected('malformed', 'not an envelope')
    try {
      const iv = bytes.slice(0, NONCE_BYTES)
      const algorithm = { name: ALGORITHM, iv, additionalData: bytesOf(place) }
      const plain = await crypto.subtle.decrypt(algorithm, this.#key, bytes.slice(NONCE_BYTES))
      const text = textOf(new Uint8Array(plain))
      return text === undefined ? rejected('malformed', 'not UTF-8') : readSignal(text)
    } catch (error) {
      return rejected('not-sealed-for-us', String(error))
    }
  }
}

/** In an array buffer of its own, which Web Crypto's types ask for. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(utf8(text))

/** JSON of a message, as trystero writes it. Candidates are left out: they travel inside the descriptions. */
export function readSignal(json: string): Result<TrysteroSignal, 'malformed'> {
  const message = parsed(json)
  if (!message) return rejected('malformed', 'not an object')
  const { peerId, passive, offer, answer, offerId, candidate } = message
  if (!isPeerId(peerId)) return rejected('malformed', 'peerId')
  if (candidate !== undefined) return rejected('malformed', 'candidate')
  if (offer !== undefined && !isMatch(offer, DESCRIPTION)) return rejected('malformed', 'offer')
  if (answer !== undefined && !isMatch(answer, DESCRIPTION)) return rejected('malformed', 'answer')
  if (offer !== undefined && answer !== undefined) return rejected('malformed', 'offer and answer')
  if (offerId !== undefined && !isMatch(offerId, OFFER_ID)) return rejected('malformed', 'offerId')
  return accepted({
    peerId,
    ...(passive === true && { passive }),
    ...(offer !== undefined && { offer }),
    ...(answer !== undefined && { answer }),
    ...(offerId !== undefined && { offerId }),
  })
}

/** Trystero keeps peers in plain objects: an id that every object has, such as propertyIsEnumerable, is none. */
export const isPeerId = (value: unknown): value is string => isMatch(value, PEER_ID) && !(value in {})

const isMatch = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value)

/** The object that a JSON text holds, or undefined. Never throws. */
export function parsed(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
