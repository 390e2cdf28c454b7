import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { assert } from '../base/assert.ts'
import type { Door } from '../transport/door.ts'
import { AppFiles } from './app-files.ts'
import { LINK_PATH, listenForLinks } from './link-listener.ts'
import { attachTracker } from './tracker.ts'
import { refuseOtherUpgrades } from './upgrade-refusal.ts'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
/** How long clients may take to answer our goodbye before their connections are cut. */
const GOODBYE_MS = 500
const TRACKER_PATHS = ['/tracker', '/']

/**
 * What a page of ours may do: run and show what this server gave it, and open connections to any tracker.
 * `data:` and `blob:` are for pictures that people sent, which are never anything else than pictures.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self' ws: wss:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

export interface ServerOptions {
  /** The folder of the built app. */
  readonly root: string
  /** 0 takes any free port. */
  readonly port: number
  /** `localhost` by default: this machine only. */
  readonly host?: string
  /** STUN servers that the app's pages may ask for their address as the internet sees it. None by default. */
  readonly stunServers?: readonly string[]
  /** Where the app's pages also look for members, as places are written in invites. None by default. */
  readonly places?: readonly string[]
  /** Whether the app's pages may look for members at relays of strangers. */
  readonly usesPublicRelays?: boolean
}

export interface RunningServer {
  readonly url: string
  /** Where y-webrtc clients connect to. */
  readonly trackerUrl: string
  /** Where the rooms that were given `door` take links. */
  readonly linkUrl: string
  readonly door: Door
  close(): Promise<void>
}

/**
 * Serves the built app and a tracker on one port. The tracker answers on `/tracker`, and on `/` for stock y-webrtc
 * clients that were given nothing but the address; peers of this process take links on `/link`. Rejects with the system's error when the port cannot be had.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? 'localhost'
  const files = new AppFiles(options.root)
  const { stunServers = [], places = [], usesPublicRelays = false } = options
  const iceServers = stunServers.map((urls) => ({ urls }))
  const settings = JSON.stringify({ iceServers, places, usesPublicRelays })
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      respond(request, response, files, settings).catch(() => response.destroy())
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const tracker = attachTracker(server, { paths: TRACKER_PATHS })
  const links = listenForLinks(server, { paths: [LINK_PATH] })
  refuseOtherUpgrades(server, [...TRACKER_PATHS, LINK_PATH])
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'a listening server has an address')
  const authority = `${nameInUrl(host)}:${address.port}`
  return {
    url: `http://${authority}`,
    trackerUrl: `ws://${authority}/tracker`,
    linkUrl: `ws://${authority}${LINK_PATH}`,
    door: links.door,
    close: () =>
      new Promise((resolve) => {
        tracker.close()
        links.close()
        const cut = setTimeout(() => {
          server.closeAllConnections()
        }, GOODBYE_MS)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** A server that listens everywhere is reached as localhost by the person who started it. */
function nameInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  files: AppFiles,
  settings: string,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return sendText(request, response, 405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' })
  }
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  if (path === '/healthz') return sendText(request, response, 200, 'ok')
  if (path === '/settings.json')
    return sendText(request, response, 200, settings, { 'content-type': 'application/json' })
  const file = await files.find(path)
  if (!file) return sendText(request, response, 404, 'There is nothing at this address.')

  response.setHeader('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  response.setHeader('etag', file.etag)
  response.setHeader('vary', 'accept-encoding')
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end()
    return
  }
  const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '') ? file.gzipped : undefined
  if (zipped) response.setHeader('content-encoding', 'gzip')
  const body = zipped ?? file.body
  response.writeHead(200, { 'content-type': file.contentType, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${text}\n`
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
