/**
 * What y-webrtc peers say to each other through a tracker: the sealed envelope (AES-GCM, the format of y-webrtc's own
 * crypto.js) and the message in it. Anybody can publish on a topic, so all of it is checked before y-webrtc sees it:
 * y-webrtc itself leaves a rejected promise behind for a broken envelope and throws for an answer to nobody.
 */
import { readAny, createDecoder } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeAny } from 'lib0/encoding'
import { fromBase64, toBase64 } from 'lib0/buffer'
import { decode, Writer } from '../base/codec.ts'
import { accepted, rejected, type Result } from '../base/result.ts'

/** A description with many candidates takes about 6 kB, with base64 and sealing 8 kB. */
export const ENVELOPE_CHARS_MAX = 32_768
const PEER_ID_CHARS_MAX = 64
const SDP_CHARS_MAX = 16_384
const CANDIDATE_CHARS_MAX = 1_024
/** A UUID, which no room's topic is: nobody can have answers sent to another room. */
const MAILBOX = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const NONCE_BYTES = 12
const ALGORITHM = 'AES-GCM'

export type Description = { readonly type: 'offer' | 'answer'; readonly sdp: string }

export type Candidate = {
  readonly type: 'candidate'
  readonly candidate: {
    readonly candidate: string
    readonly sdpMLineIndex: number | null
    readonly sdpMid: string | null
  }
}

type Sender = {
  readonly from: string
  /** The topic on which the sender is answered. Stock clients name none, and are answered on the room's. */
  readonly mailbox?: string
}

export type SignallingMessage =
  | ({ readonly type: 'announce' } & Sender)
  | ({
      readonly type: 'signal'
      readonly to: string
      readonly token: number
      readonly signal: Description | Candidate
    } & Sender)
  /** Unknown to y-webrtc: the offer of `to` found no free slot. */
  | ({ readonly type: 'full'; readonly to: string } & Sender)

export type SignallingRejection = 'too-large' | 'malformed' | 'not-sealed-for-us'

/** The base64 text to publish. */
export async function sealSignalling(message: SignallingMessage, key: CryptoKey): Promise<string> {
  const encoder = createEncoder()
  writeAny(encoder, message)
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const sealed = await crypto.subtle.encrypt({ name: ALGORITHM, iv }, key, toUint8Array(encoder))
  return toBase64(new Writer().text(ALGORITHM).bytes(iv).bytes(new Uint8Array(sealed)).finish())
}

/** Opens and checks what came as the `data` of a publish. Never throws. */
export async function openSignalling(
  data: unknown,
  key: CryptoKey,
): Promise<Result<SignallingMessage, SignallingRejection>> {
  if (typeof data !== 'string') return rejected('malformed', 'not text')
  if (data.length > ENVELOPE_CHARS_MAX) return rejected('too-large')
  let plain: unknown
  try {
    const envelope = decode(fromBase64(data), (reader) => {
      if (reader.text(ALGORITHM.length) !== ALGORITHM) reader.fail('unknown algorithm')
      return { iv: reader.bytes(NONCE_BYTES).slice(), sealed: reader.bytes(ENVELOPE_CHARS_MAX).slice() }
    })
    if (!envelope.ok) return envelope
    const { iv, sealed } = envelope.value
    plain = readAny(createDecoder(new Uint8Array(await crypto.subtle.decrypt({ name: ALGORITHM, iv }, key, sealed))))
  } catch (error) {
    return rejected('not-sealed-for-us', String(error))
  }
  return readSignalling(plain)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isText = (value: unknown, charsMax: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= charsMax

/** The message with nothing in it but what we know, whatever else was sent. */
export function readSignalling(plain: unknown): Result<SignallingMessage, 'malformed'> {
  if (!isObject(plain)) return rejected('malformed', 'not an object')
  const { type, from, to, token, signal, mailbox } = plain
  if (!isText(from, PEER_ID_CHARS_MAX)) return rejected('malformed', 'from')
  if (mailbox !== undefined && (typeof mailbox !== 'string' || !MAILBOX.test(mailbox)))
    return rejected('malformed', 'mailbox')
  const sender: Sender = { from, ...(mailbox === undefined ? {} : { mailbox }) }
  if (type === 'announce') return accepted({ type, ...sender })
  if (type !== 'signal' && type !== 'full') return rejected('malformed', 'type')
  if (!isText(to, PEER_ID_CHARS_MAX)) return rejected('malformed', 'to')
  if (type === 'full') return accepted({ type, ...sender, to })
  if (typeof token !== 'number' || !Number.isFinite(token)) return rejected('malformed', 'token')
  const read = readSignal(signal)
  return read ? accepted({ type, ...sender, to, token, signal: read }) : rejected('malformed', 'signal')
}

function readSignal(signal: unknown): Description | Candidate | undefined {
  if (!isObject(signal)) return undefined
  const { type, sdp, candidate } = signal
  if (type === 'offer' || type === 'answer') return isText(sdp, SDP_CHARS_MAX) ? { type, sdp } : undefined
  if (type !== 'candidate' || !isObject(candidate)) return undefined
  const { candidate: line, sdpMLineIndex, sdpMid } = candidate
  if (typeof line !== 'string' || line.length > CANDIDATE_CHARS_MAX) return undefined
  const isIndex = typeof sdpMLineIndex === 'number' && Number.isSafeInteger(sdpMLineIndex) && sdpMLineIndex >= 0
  const hasMid = typeof sdpMid === 'string' && sdpMid.length <= PEER_ID_CHARS_MAX
  if (!isIndex && !hasMid) return undefined
  const cleaned = { candidate: line, sdpMLineIndex: isIndex ? sdpMLineIndex : null, sdpMid: hasMid ? sdpMid : null }
  return { type, candidate: cleaned }
}
