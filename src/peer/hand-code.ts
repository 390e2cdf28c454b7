/**
 * What people carry from one device to another to link them: a code to paste, send or scan. It is sealed with a key that
 * only members and holders of an invite link have, so it may be shown anywhere; and it says how long it is, so that a
 * code of which only a part was copied is told from one that is damaged.
 *
 *   code    = "parley-offer." or "parley-answer.", then base64url of: version u8 | length u16 | sealed | checksum 4
 *   sealed  = XChaCha20-Poly1305 of the content; the kind and the room are authenticated with it
 *   content = minute varint | offer             of an offer: the minute since 1970 in which it was made
 *           = hash of the offer 8 | answer      of an answer
 */
import { concatBytes, equalBytes, fromBase64url, toBase64url, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { idToBytes, type RoomId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { openWithNonce, sealWithRandomNonce } from '../crypto/body-cipher.ts'
import { hkdfSha256, sha256, sha256Of } from '../crypto/hash.ts'
import { PACKED_DESCRIPTION_BYTES_MAX } from '../transport/packed-description.ts'

export type HandCodeKind = 'offer' | 'answer'

/**
 * `not-a-code`: something else was pasted. `not-complete`: the end is missing. `damaged`: characters are missing inside
 * or were changed. `newer-version`: made by a later version. `wrong-kind`: an offer where an answer is wanted, or the
 * other way round. `another-room`: a code of another room.
 */
export type HandCodeReason = 'not-a-code' | 'not-complete' | 'damaged' | 'newer-version' | 'wrong-kind' | 'another-room'

export const HAND_CODE_CHARS_MAX = 8_192
const VERSION = 1
const HEADER_BYTES = 3
/** The header in whole groups of base64. */
const HEADER_CHARS = 4
const CHECKSUM_BYTES = 4
export const OFFER_HASH_BYTES = 8
/** The nonce, the tag, the minute or hash; with room for another cipher. */
const SEALED_BYTES_MAX = PACKED_DESCRIPTION_BYTES_MAX + 128
/** Far beyond any clock. */
const MINUTE_MAX = 2 ** 32

/** Which of the room's offers an answer is for. */
export const offerHash = (offer: Uint8Array): Uint8Array => sha256(offer).slice(0, OFFER_HASH_BYTES)

const prefixOf = (kind: HandCodeKind): string => `parley-${kind}.`

/** Seals and opens the codes of one room. */
export class HandCodes {
  readonly #key: Uint8Array
  readonly #room: Uint8Array

  /** The secret by which the room's members meet. */
  constructor(meetingSecret: Uint8Array, room: RoomId) {
    this.#key = hkdfSha256(meetingSecret, 'parley hand 1')
    this.#room = idToBytes(room)
  }

  encodeOffer(offer: Uint8Array, nowMs: number): string {
    return this.#encode(
      'offer',
      new Writer()
        .varuint(Math.floor(nowMs / 60_000))
        .fixed(offer)
        .finish(),
    )
  }

  encodeAnswer(answer: Uint8Array, offer: Uint8Array): string {
    return this.#encode('answer', concatBytes(offerHash(offer), answer))
  }

  /** `madeAtMs` is by the clock of who made the offer, and a minute too early at most. */
  decodeOffer(text: string): Result<{ readonly offer: Uint8Array; readonly madeAtMs: number }, HandCodeReason> {
    const content = this.#decode('offer', text)
    if (!content.ok) return content
    const read = decode(content.value, (reader) => ({
      madeAtMs: reader.varuint(MINUTE_MAX) * 60_000,
      offer: reader.rest(),
    }))
    return read.ok ? read : rejected('damaged', read.detail)
  }

  decodeAnswer(text: string): Result<{ readonly answer: Uint8Array; readonly offerHash: Uint8Array }, HandCodeReason> {
    const content = this.#decode('answer', text)
    if (!content.ok) return content
    const read = decode(content.value, (reader) => ({
      offerHash: reader.fixed(OFFER_HASH_BYTES),
      answer: reader.rest(),
    }))
    return read.ok ? read : rejected('damaged', read.detail)
  }

  #encode(kind: HandCodeKind, content: Uint8Array): string {
    const sealed = sealWithRandomNonce(this.#key, content, this.#bound(kind))
    const body = concatBytes(Uint8Array.of(VERSION, sealed.length >> 8, sealed.length & 255), sealed)
    return prefixOf(kind) + toBase64url(concatBytes(body, checksumOf(kind, body)))
  }

  #decode(kind: HandCodeKind, text: string): Result<Uint8Array, HandCodeReason> {
    const sealed = readHandCode(kind, text)
    if (!sealed.ok) return sealed
    const content = openWithNonce(this.#key, sealed.value, this.#bound(kind))
    return content ? accepted(content) : rejected('another-room')
  }

  #bound(kind: HandCodeKind): Uint8Array {
    return concatBytes(utf8(`parley hand ${kind} `), this.#room)
  }
}

const checksumOf = (kind: HandCodeKind, body: Uint8Array): Uint8Array =>
  sha256Of(utf8(kind), body).subarray(0, CHECKSUM_BYTES)

/** What is sealed in a code, pasted as people paste: with other words around it and line breaks inside. */
export function readHandCode(kind: HandCodeKind, text: string): Result<Uint8Array, HandCodeReason> {
  if (text.length > HAND_CODE_CHARS_MAX) return rejected('not-a-code', 'too long')
  const compact = text.replace(/\s+/g, '')
  const at = compact.indexOf(prefixOf(kind))
  if (at < 0) {
    const other = kind === 'offer' ? 'answer' : 'offer'
    if (compact.includes(prefixOf(other))) return rejected('wrong-kind')
    // Those who begin to copy a little too late, or stop a little too early.
    return isPartOfPrefix(compact, kind) ? rejected('not-complete') : rejected('not-a-code')
  }
  const [chars = ''] = /^[A-Za-z0-9_-]*/.exec(compact.slice(at + prefixOf(kind).length)) ?? []
  if (chars.length < HEADER_CHARS) return rejected('not-complete')
  const [version = 0, high = 0, low = 0] = fromBase64url(chars.slice(0, HEADER_CHARS)) ?? []
  if (version > VERSION) return rejected('newer-version')
  const sealedBytes = high * 256 + low
  if (version < VERSION || sealedBytes > SEALED_BYTES_MAX) return rejected('damaged', 'header')
  const bytesExpected = HEADER_BYTES + sealedBytes + CHECKSUM_BYTES
  const charsExpected = Math.ceil((bytesExpected * 4) / 3)
  if (chars.length < charsExpected) return rejected('not-complete')
  const bytes = fromBase64url(chars.slice(0, charsExpected))
  if (!bytes) return rejected('damaged', 'letters')
  const body = bytes.subarray(0, -CHECKSUM_BYTES)
  if (!equalBytes(bytes.subarray(-CHECKSUM_BYTES), checksumOf(kind, body))) return rejected('damaged', 'checksum')
  return accepted(body.subarray(HEADER_BYTES))
}

const isPartOfPrefix = (text: string, kind: HandCodeKind): boolean =>
  text.length >= 3 && (prefixOf(kind).startsWith(text) || /^[a-z-]*(?:offer|answer)\.[A-Za-z0-9_-]{20,}$/.test(text))

const OFFER_PARAMETER = '&offer='

/** An invite link with an offer in it: one code brings a newcomer in where nobody else can be reached. */
export const handInvitationOf = (inviteLink: string, offerCode: string): string =>
  `${inviteLink}${OFFER_PARAMETER}${offerCode.slice(prefixOf('offer').length)}`

/** The two parts of such a link; without an offer in it, the link alone. */
export function splitHandInvitation(text: string): {
  readonly inviteLink: string
  readonly offerCode: string | undefined
} {
  const [inviteLink = '', chars] = text.replace(/\s+/g, '').split(OFFER_PARAMETER)
  return { inviteLink, offerCode: chars === undefined ? undefined : prefixOf('offer') + chars }
}
