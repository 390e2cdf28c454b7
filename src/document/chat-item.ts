import { unreachable } from '../base/assert.ts'

declare const brand: unique symbol

/**
 * What stands in a chat lane: plain objects with keys of one letter, since they are most of what a message costs. The
 * guard lets any small object in, so that later versions may add kinds; what a reader does not know, or finds
 * malformed, it passes over.
 */
export type ChatItem =
  | { readonly kind: 'message'; readonly text: string; readonly atMs: number; readonly replyTo: MessageId | undefined }
  | { readonly kind: 'edit'; readonly target: MessageId; readonly text: string; readonly atMs: number }
  | {
      readonly kind: 'reaction'
      readonly target: MessageId
      readonly emoji: string
      readonly isOn: boolean
      readonly atMs: number
    }
  | { readonly kind: 'redaction'; readonly target: MessageId; readonly atMs: number }

/** A message by its Yjs id: client and clock in base 36. Made here and by `parseMessageId` only. */
export type MessageId = string & { readonly [brand]: 'message' }

/** Less than the guard's limit for a chat entry, which also holds what surrounds the text. */
export const MESSAGE_TEXT_BYTES_MAX = 31 * 1024
/** The longest emoji sequences in use have 35 bytes. */
export const EMOJI_BYTES_MAX = 64

/** Midnight of 1 January 2020, UTC: seconds since then take four bytes less than milliseconds since 1970. */
const EPOCH_MS = Date.UTC(2020, 0, 1)
/** Signed 31 bits, beyond which the encoding takes nine bytes: the year 2088. */
const SECONDS_MAX = 2 ** 31 - 1

export const messageIdOf = (client: number, clock: number): MessageId =>
  `${client.toString(36)}:${clock.toString(36)}` as MessageId

const ID = /^([0-9a-z]{1,11}):([0-9a-z]{1,7})$/

/** Client and clock of a message id, or undefined. */
export function placeOf(id: string): readonly [client: number, clock: number] | undefined {
  const match = ID.exec(id)
  const client = Number.parseInt(match?.[1] ?? '', 36)
  const clock = Number.parseInt(match?.[2] ?? '', 36)
  return Number.isSafeInteger(client) && Number.isSafeInteger(clock) ? [client, clock] : undefined
}

/** A message id that came as text, in the one form that `messageIdOf` gives it. */
export function parseMessageId(text: string): MessageId | undefined {
  const place = placeOf(text)
  return place !== undefined && messageIdOf(...place) === text ? (text as MessageId) : undefined
}

const secondsOf = (atMs: number): number => Math.min(SECONDS_MAX, Math.max(0, Math.floor((atMs - EPOCH_MS) / 1000)))

const utf8Bytes = (text: string): number => {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // Each half of a pair counts two, which makes the four bytes of the pair.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

export const isMessageText = (text: unknown): text is string =>
  typeof text === 'string' && text.length > 0 && utf8Bytes(text) <= MESSAGE_TEXT_BYTES_MAX

const isEmoji = (text: unknown): text is string =>
  typeof text === 'string' && text.length > 0 && utf8Bytes(text) <= EMOJI_BYTES_MAX

/** The object that goes into the lane. */
export function encodeChatItem(item: ChatItem): Readonly<Record<string, unknown>> {
  const t = secondsOf(item.atMs)
  switch (item.kind) {
    case 'message':
      return item.replyTo === undefined ? { x: item.text, t } : { x: item.text, t, r: placeOf(item.replyTo) }
    case 'edit':
      return { e: placeOf(item.target), x: item.text, t }
    case 'reaction':
      return { a: placeOf(item.target), x: item.emoji, n: item.isOn ? 1 : 0, t }
    case 'redaction':
      return { d: placeOf(item.target), t }
    default:
      return unreachable(item)
  }
}

const CLOCK_MAX = 2 ** 31

function targetOf(value: unknown): MessageId | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [client, clock] = value as readonly unknown[]
  if (!Number.isSafeInteger(client) || !Number.isSafeInteger(clock)) return undefined
  if ((client as number) < 0 || (clock as number) < 0 || (clock as number) >= CLOCK_MAX) return undefined
  return messageIdOf(client as number, clock as number)
}

/** What a value in a lane says, or undefined if it is nothing that this version knows. Never throws. */
export function decodeChatItem(value: unknown): ChatItem | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const own = (key: string): unknown =>
    Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
  const seconds = own('t')
  if (!Number.isSafeInteger(seconds) || (seconds as number) < 0 || (seconds as number) > SECONDS_MAX) return undefined
  const atMs = EPOCH_MS + (seconds as number) * 1000
  const text = own('x')
  const kinds = ['e', 'a', 'd'].filter((key) => Object.hasOwn(value, key))
  if (kinds.length > 1) return undefined
  const [kind] = kinds
  if (kind === undefined) {
    const reply = own('r')
    const replyTo = reply === undefined ? undefined : targetOf(reply)
    return isMessageText(text) ? { kind: 'message', text, atMs, replyTo } : undefined
  }
  const target = targetOf(own(kind))
  if (target === undefined) return undefined
  if (kind === 'd') return { kind: 'redaction', target, atMs }
  if (kind === 'e') return isMessageText(text) ? { kind: 'edit', target, text, atMs } : undefined
  const state = own('n')
  return isEmoji(text) && (state === 0 || state === 1)
    ? { kind: 'reaction', target, emoji: text, isOn: state === 1, atMs }
    : undefined
}
