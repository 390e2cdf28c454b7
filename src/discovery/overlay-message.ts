/** What overlays say to each other, as bytes. Decoded strictly; a link that says anything else is closed. */
import { unreachable } from '../base/assert.ts'
import { decode, Writer, type Reader } from '../base/codec.ts'
import type { SessionId } from '../base/ids.ts'
import { rejected, type Result } from '../base/result.ts'
import { CARD_BYTES_MAX, readCard, type CardClaim } from './card.ts'
import {
  CARD_HOPS_MAX,
  CARD_LIFETIME_MAX_S,
  CARDS_PER_MESSAGE_MAX,
  PROFILES,
  SIGNAL_BYTES_MAX,
  SIGNAL_HOPS_MAX,
  WALK_HOPS_MAX,
} from './limits.ts'

/** A card on its way, with what the one says who passes it on. */
export interface AgedCard {
  readonly card: CardClaim
  /** How long ago it was signed. */
  readonly ageS: number
  /** How far its owner is: 0 for the sender himself, 1 for his neighbours. */
  readonly hops: number
}

/** `shuffle` exchanges cards; `seek` looks for somebody with a free place. */
export type WalkKind = 'shuffle' | 'seek'
/**
 * `knock` asks for a place, `trial` for a link beside all places until it is known how fast it is, and `plea` for a place when
 * somebody has too few links: who has enough neighbours makes way for it.
 * `welcome` and `refuse` answer it; `offer` and `answer` make the connection.
 */
export type SignalKind = 'knock' | 'plea' | 'trial' | 'welcome' | 'refuse' | 'offer' | 'answer' | 'no-route'
/** Why a neighbour goes: it leaves the room, or it only needs its place. */
export type LeaveReason = 'left' | 'full' | 'made-way' | 'quota' | 'swapped' | 'silent'

export interface Signal {
  readonly type: 'signal'
  readonly kind: SignalKind
  readonly to: SessionId
  readonly from: SessionId
  /** Chosen by the one who dials; unique only together with it. */
  readonly nonce: number
  readonly hops: number
  /** The sender's own card in a knock, somebody else to try in a refusal. */
  readonly cards: readonly AgedCard[]
  /** Sealed for `to`; empty except in offers and answers. */
  readonly bytes: Uint8Array
}

export type OverlayMessage =
  /** Said first on a link, and whenever one of it changed. */
  | { readonly type: 'status'; readonly degree: number; readonly cards: readonly AgedCard[] }
  | {
      readonly type: 'walk'
      readonly kind: WalkKind
      readonly nonce: number
      readonly hopsLeft: number
      /** The first is the one's who began the walk. */
      readonly cards: readonly AgedCard[]
    }
  | {
      readonly type: 'walk-end'
      readonly nonce: number
      /** The first card's owner has a free place. */
      readonly hasPlace: boolean
      readonly cards: readonly AgedCard[]
    }
  | Signal
  | { readonly type: 'leave'; readonly reason: LeaveReason; readonly cards: readonly AgedCard[] }
  /** On a link on trial: it is to stay, if the other side says so too. */
  | { readonly type: 'ping' | 'pong' | 'keep' }

const CODES = { status: 1, walk: 2, 'walk-end': 3, signal: 4, leave: 5, ping: 6, pong: 7, keep: 8 } as const
const WALKS: readonly WalkKind[] = ['shuffle', 'seek']
const SIGNALS: readonly SignalKind[] = ['knock', 'plea', 'welcome', 'refuse', 'offer', 'answer', 'no-route', 'trial']
const LEAVES: readonly LeaveReason[] = ['left', 'full', 'made-way', 'quota', 'swapped', 'silent']
const NONCE_MAX = 2 ** 32 - 1
const DEGREE_MAX = PROFILES.super.activeMax * 2
/** A signal at its largest; a walk with all its cards is smaller. Checked before anything is decoded. */
export const OVERLAY_MESSAGE_BYTES_MAX = SIGNAL_BYTES_MAX + CARDS_PER_MESSAGE_MAX * (CARD_BYTES_MAX + 3) + 128

const writeCards = (writer: Writer, cards: readonly AgedCard[]): Writer =>
  writer.list(cards, ({ card, ageS, hops }) => writer.varuint(ageS).u8(hops).fixed(card.bytes))

const readCards = (reader: Reader): AgedCard[] =>
  reader.list(CARDS_PER_MESSAGE_MAX, () => {
    const ageS = reader.varuint(CARD_LIFETIME_MAX_S)
    const hops = reader.u8()
    if (hops > CARD_HOPS_MAX) reader.fail('too many hops')
    return { ageS, hops, card: readCard(reader) }
  })

export function encodeOverlayMessage(message: OverlayMessage): Uint8Array {
  const writer = new Writer().u8(CODES[message.type])
  switch (message.type) {
    case 'status':
      return writeCards(writer.varuint(message.degree), message.cards).finish()
    case 'walk':
      writer.u8(WALKS.indexOf(message.kind)).varuint(message.nonce).u8(message.hopsLeft)
      return writeCards(writer, message.cards).finish()
    case 'walk-end':
      return writeCards(writer.varuint(message.nonce).u8(message.hasPlace ? 1 : 0), message.cards).finish()
    case 'signal':
      writer.u8(SIGNALS.indexOf(message.kind)).id(message.to).id(message.from).varuint(message.nonce)
      return writeCards(writer.u8(message.hops), message.cards).bytes(message.bytes).finish()
    case 'leave':
      return writeCards(writer.u8(LEAVES.indexOf(message.reason)), message.cards).finish()
    case 'ping':
    case 'pong':
    case 'keep':
      return writer.finish()
    default:
      return unreachable(message)
  }
}

/** One of a list, by its number. */
const oneOf = <T>(reader: Reader, choices: readonly T[]): T => choices[reader.u8()] ?? reader.fail('unknown value')

function readMessage(reader: Reader): OverlayMessage {
  switch (reader.u8()) {
    case CODES.status:
      return { type: 'status', degree: reader.varuint(DEGREE_MAX), cards: readCards(reader) }
    case CODES.walk: {
      const kind = oneOf(reader, WALKS)
      const nonce = reader.varuint(NONCE_MAX)
      const hopsLeft = reader.u8()
      if (hopsLeft > WALK_HOPS_MAX) reader.fail('too many hops')
      const cards = readCards(reader)
      if (cards.length === 0) reader.fail('a walk of nobody')
      return { type: 'walk', kind, nonce, hopsLeft, cards }
    }
    case CODES['walk-end']: {
      const nonce = reader.varuint(NONCE_MAX)
      const hasPlace = oneOf(reader, [false, true])
      return { type: 'walk-end', nonce, hasPlace, cards: readCards(reader) }
    }
    case CODES.signal:
      return readSignal(reader)
    case CODES.leave:
      return { type: 'leave', reason: oneOf(reader, LEAVES), cards: readCards(reader) }
    case CODES.ping:
      return { type: 'ping' }
    case CODES.pong:
      return { type: 'pong' }
    case CODES.keep:
      return { type: 'keep' }
    default:
      return reader.fail('unknown message')
  }
}

function readSignal(reader: Reader): Signal {
  const kind = oneOf(reader, SIGNALS)
  const to = reader.id<SessionId>()
  const from = reader.id<SessionId>()
  const nonce = reader.varuint(NONCE_MAX)
  const hops = reader.u8()
  if (hops > SIGNAL_HOPS_MAX) reader.fail('too many hops')
  const cards = readCards(reader)
  const bytes = reader.bytes(SIGNAL_BYTES_MAX)
  const hasBytes = kind === 'offer' || kind === 'answer'
  if (hasBytes !== bytes.length > 0) reader.fail('offers and answers have bytes, others none')
  // What is handed on must not keep the whole message alive.
  return { type: 'signal', kind, to, from, nonce, hops, cards, bytes: bytes.slice() }
}

export function decodeOverlayMessage(bytes: Uint8Array): Result<OverlayMessage, 'malformed'> {
  if (bytes.length > OVERLAY_MESSAGE_BYTES_MAX) return rejected('malformed', 'too long')
  return decode(bytes, readMessage)
}
