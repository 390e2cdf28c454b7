/**
 * A member's contact card: that this session is in the room now and may be dialled through the mesh. Signed by the
 * session's device; the signature, and that the session is a member's, are judged by whoever runs the overlay.
 */
import { Writer, decode, type Reader } from '../base/codec.ts'
import { concatBytes } from '../base/bytes.ts'
import type { PersonId, SessionId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import { CARD_LIFETIME_MAX_S } from './limits.ts'

const CARD_VERSION = 1
export const CARD_SIGNATURE_BYTES = 64
const EDGE = 1
const SUPER = 2
const HIDDEN = 4
/** Version, session, sequence of at most 8 bytes, flags, lifetime, signature. */
export const CARD_BYTES_MAX = 1 + 32 + 8 + 1 + 2 + CARD_SIGNATURE_BYTES

export interface CardFields {
  readonly session: SessionId
  /** Grows with each card of a session; a greater one replaces the smaller. Seconds since 1970 will do. */
  readonly sequence: number
  /** Has few links and passes nothing on. */
  readonly isEdge: boolean
  readonly isSuper: boolean
  /** Its page is in the background and may answer late. */
  readonly isHidden: boolean
  /** How long after its signing the card may be used. Who passes a card on says how old it is. */
  readonly lifetimeS: number
}

/** A card as it came: nobody has looked at its signature. */
export interface CardClaim extends CardFields {
  readonly bytes: Uint8Array
}

/** A card that holds, with what the room's access log says of its session. */
export interface Card extends CardClaim {
  readonly person: PersonId
  /** Who brought that person into the room: the branch of invitations it hangs on. */
  readonly branch: PersonId | undefined
}

/** What the device signs; the room has to be part of the signature's context. */
export function cardBody(card: CardFields): Uint8Array {
  const flags = (card.isEdge ? EDGE : 0) | (card.isSuper ? SUPER : 0) | (card.isHidden ? HIDDEN : 0)
  return new Writer()
    .u8(CARD_VERSION)
    .id(card.session)
    .varuint(card.sequence)
    .u8(flags)
    .varuint(card.lifetimeS)
    .finish()
}

export const signedCard = (body: Uint8Array, signature: Uint8Array): Uint8Array => concatBytes(body, signature)

/** The two parts of a card's bytes. */
export function cardParts(card: CardClaim): { readonly body: Uint8Array; readonly signature: Uint8Array } {
  const end = card.bytes.length - CARD_SIGNATURE_BYTES
  return { body: card.bytes.subarray(0, end), signature: card.bytes.subarray(end) }
}

export function readCard(reader: Reader): CardClaim {
  const start = reader.fixed(0)
  const from = reader.position
  if (reader.u8() !== CARD_VERSION) reader.fail('unknown version of card')
  const session = reader.id<SessionId>()
  const sequence = reader.varuint()
  const flags = reader.u8()
  if (flags > (EDGE | SUPER | HIDDEN)) reader.fail('unknown flag of card')
  const lifetimeS = reader.varuint(CARD_LIFETIME_MAX_S)
  reader.fixed(CARD_SIGNATURE_BYTES)
  // A copy, because a view would keep the whole message alive.
  const bytes = new Uint8Array(start.buffer, start.byteOffset, reader.position - from).slice()
  return {
    session,
    sequence,
    isEdge: (flags & EDGE) !== 0,
    isSuper: (flags & SUPER) !== 0,
    isHidden: (flags & HIDDEN) !== 0,
    lifetimeS,
    bytes,
  }
}

export const decodeCard = (bytes: Uint8Array): Result<CardClaim, 'malformed'> => decode(bytes, readCard)
