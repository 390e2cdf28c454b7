/**
 * What a super peer answers over HTTP: `/healthz` to everybody, `/metrics` and `/status.json` to this machine, and
 * `POST /superpeer/rooms {invite}`, by which somebody has it keep a room. No page of another origin gets through: the
 * content type that is demanded makes browsers ask first, and nobody tells them that they may.
 */
import { decodeInviteLink } from '../peer/invite-link.ts'
import { TokenBucket } from '../base/token-bucket.ts'
import { sendJson, sendText, type HttpRequest } from './http-host.ts'
import { KEEP_ANSWERS } from './keep-answer.ts'
import { shortId } from './journal.ts'
import { hasKey, isFromForeignPage, isFromHere } from './local-request.ts'
import { METRICS_TYPE } from './metrics.ts'
import { countedAddress } from './network-address.ts'
import type { SuperPeer } from './super-peer.ts'

export type Audience = 'local' | 'anyone'

export interface PagesOptions {
  /** Undefined until it is open. */
  readonly superPeer: () => SuperPeer | undefined
  /** Why it does not work now, in a sentence that everybody may read. */
  readonly problem: () => string | undefined
  readonly metrics: () => Promise<string>
  readonly status: () => Promise<unknown>
  /** Whoever has it may ask for the status from anywhere. */
  readonly statusKey: string
  readonly keepRooms: Audience
  readonly showsMetrics: Audience
  readonly nowMs: () => number
}

export const ROOMS_PATH = '/superpeer/rooms'

/** A link is at most some 3 KB. */
const BODY_BYTES_MAX = 8_192
/** Somebody who sets up a few rooms is not held up; a program that tries links is. */
const KEEPS_BURST = 10
const KEEPS_PER_SECOND = 0.1
/** Addresses that are counted singly; they begin anew beyond. */
const ADDRESSES_MAX = 1_024

export class SuperPeerPages {
  readonly #options: PagesOptions
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(options: PagesOptions) {
    this.#options = options
  }

  readonly answer = async (asked: HttpRequest): Promise<boolean> => {
    const { path, request } = asked
    if (path === ROOMS_PATH) return this.#rooms(asked)
    const isReading = request.method === 'GET' || request.method === 'HEAD'
    if (path === '/healthz' && isReading) return this.#health(asked)
    const { metrics, status, showsMetrics } = this.#options
    if (path === '/metrics' && isReading) {
      if (showsMetrics !== 'anyone' && !isFromHere(request))
        return sendText(asked, 403, 'The figures are for this machine only: see --metrics.')
      return sendText(asked, 200, await metrics(), { 'content-type': METRICS_TYPE })
    }
    if (path !== '/status.json' || !isReading) return false
    if (!isFromHere(request) && !hasKey(request, this.#options.statusKey))
      return sendText(asked, 403, 'The status is for this machine only.')
    return sendJson(asked, 200, await status())
  }

  #health(asked: HttpRequest): true {
    const problem = this.#options.problem()
    return problem === undefined ? sendText(asked, 200, 'ok') : sendText(asked, 503, problem)
  }

  async #rooms(asked: HttpRequest): Promise<true> {
    const { request } = asked
    const refuse = (status: number, reason: string, sentence: string): true =>
      sendJson(asked, status, { reason, sentence })
    if (request.method !== 'POST') return sendText(asked, 405, 'Only POST is answered here.', { allow: 'POST' })
    const isAllowed = this.#options.keepRooms === 'anyone' ? !isFromForeignPage(request) : isFromHere(request)
    if (!isAllowed)
      return refuse(403, 'not-from-here', 'This super peer takes rooms up only for people at its own machine.')
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
      return refuse(415, 'content-type', 'The request must be JSON, and say so in its content type.')
    if (!this.#bucketOf(request).take(this.#options.nowMs()))
      return refuse(429, 'too-often', 'That was too often: try again in a minute.')
    if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) {
      asked.response.setHeader('connection', 'close')
      return refuse(413, 'too-long', 'The request is too long for an invite.')
    }
    const invite = await readInvite(asked)
    if (invite === undefined) return refuse(400, 'malformed', 'The request must be JSON such as {"invite": "LINK"}.')
    const superPeer = this.#options.superPeer()
    if (!superPeer) return refuse(503, 'not-open', 'The super peer is not open yet.')
    const link = decodeInviteLink(invite)
    const known = link.ok ? superPeer.rooms.find(({ id }) => id === link.value.room) : undefined
    const isKept = known !== undefined && (known.status === 'member' || known.status === 'joining')
    const kept = await superPeer.keep(invite, isFromHere(request) ? 'operator' : 'anyone')
    if (!kept.ok) return refuse(KEEP_ANSWERS[kept.reason].status, kept.reason, KEEP_ANSWERS[kept.reason].sentence)
    return sendJson(asked, isKept ? 200 : 201, { room: shortId(kept.value.id), state: kept.value.status })
  }

  #bucketOf(request: HttpRequest['request']): TokenBucket {
    const address = countedAddress(request.socket.remoteAddress)
    let bucket = this.#buckets.get(address)
    if (!bucket) {
      if (this.#buckets.size >= ADDRESSES_MAX) this.#buckets.clear()
      bucket = new TokenBucket({ burst: KEEPS_BURST, perSecond: KEEPS_PER_SECOND, nowMs: this.#options.nowMs() })
      this.#buckets.set(address, bucket)
    }
    return bucket
  }
}

/** Undefined for what is no request of this kind. */
async function readInvite({ request }: HttpRequest): Promise<string | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    // Whoever does not say how much it will be is not waited for; leaving the loop ends the connection.
    if (bytes > BODY_BYTES_MAX) return undefined
    parts.push(part)
  }
  try {
    const fields: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'))
    const isObject = typeof fields === 'object' && fields !== null && 'invite' in fields
    return isObject && typeof fields.invite === 'string' ? fields.invite : undefined
  } catch {
    return undefined
  }
}
