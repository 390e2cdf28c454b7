/** Who asks: somebody on this machine, or anybody. */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** What proxies add. Behind one everybody comes from this machine. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via', 'cf-connecting-ip']
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/

/**
 * Whether a program or page of this machine asks. A proxy here that does not say that it is one cannot be told apart; a
 * page of another host whose name leads here can: it asks by that name.
 */
export function isFromHere(request: IncomingMessage): boolean {
  // Its own other addresses do not count: port forwarders of containers give those to everybody.
  if (!LOOPBACK.test(request.socket.remoteAddress ?? '')) return false
  if (PROXY_HEADERS.some((name) => request.headers[name] !== undefined)) return false
  return isNumberOrLocal(request.headers.host) && isSameOrigin(request)
}

/** Whether somebody asks who knows the key that lies in the folder, where only its owner can read it. */
export function hasKey(request: IncomingMessage, key: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${key}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** What a browser says of the page that asks; programs say nothing. */
export function isFromForeignPage(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

function isSameOrigin(request: IncomingMessage): boolean {
  if (isFromForeignPage(request)) return false
  const { origin, host } = request.headers
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

function isNumberOrLocal(host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false
  const { hostname } = new URL(`http://${host}`)
  const bare = hostname.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare.endsWith('.localhost') || isIP(bare) !== 0
}
