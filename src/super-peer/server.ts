import type { Door } from '../transport/door.ts'
import { AppFiles } from './app-files.ts'
import { HEADER_POLICY } from './content-policy.ts'
import { openHttpHost, sendText, type HttpRequest, type Responder } from './http-host.ts'
import { LINK_PATH, listenForLinks, type LinkListener } from './link-listener.ts'
import { attachTracker } from './tracker.ts'
import { refuseOtherUpgrades } from './upgrade-refusal.ts'

const TRACKER_PATHS = ['/tracker', '/']

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': HEADER_POLICY,
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

/** A super peer of this process, for the pages of the app to offer. */
export interface SuperPeerOffer {
  readonly name: string
  /** Answers what is asked of it; first in the row. */
  readonly pages: Responder
}

export interface RunningServer {
  readonly url: string
  /** Where y-webrtc clients connect to. */
  readonly trackerUrl: string
  /** Where the rooms that were given `door` take links. */
  readonly linkUrl: string
  readonly door: Door
  readonly links: LinkListener
  readonly port: number
  /** From now on the app's pages are told of it. */
  offer(superPeer: SuperPeerOffer): void
  close(): Promise<void>
}

/**
 * Serves the built app and a tracker on one port. The tracker answers on `/tracker`, and on `/` for stock y-webrtc
 * clients that were given nothing but the address; peers of this process take links on `/link`. Rejects with the system's
 * error when the port cannot be had.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const files = new AppFiles(options.root)
  const { stunServers = [], places = [], usesPublicRelays = false } = options
  const iceServers = stunServers.map((urls) => ({ urls }))
  let superPeer: SuperPeerOffer | undefined
  const settings = (): string => {
    // The page adds its own origin: how it reaches this server, only it knows.
    const offered = superPeer && { superPeer: { name: superPeer.name, address: LINK_PATH } }
    return JSON.stringify({ iceServers, places, usesPublicRelays, ...offered })
  }
  const app: Responder = (asked) => respond(asked, files, settings)
  const host = await openHttpHost({
    port: options.port,
    host: options.host ?? 'localhost',
    responders: () => (superPeer ? [superPeer.pages, app] : [app]),
  })
  const tracker = attachTracker(host.server, { paths: TRACKER_PATHS })
  const links = listenForLinks(host.server, { paths: [LINK_PATH] })
  refuseOtherUpgrades(host.server, [...TRACKER_PATHS, LINK_PATH])
  return {
    url: `http://${host.authority}`,
    trackerUrl: `ws://${host.authority}/tracker`,
    linkUrl: `ws://${host.authority}${LINK_PATH}`,
    door: links.door,
    links,
    port: host.port,
    offer: (offered) => {
      superPeer = offered
    },
    close: () =>
      host.close(() => {
        tracker.close()
        links.close()
      }),
  }
}

async function respond(asked: HttpRequest, files: AppFiles, settings: () => string): Promise<boolean> {
  const { request, response, path } = asked
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return sendText(asked, 405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' })
  if (path === '/healthz') return sendText(asked, 200, 'ok')
  if (path === '/settings.json') return sendText(asked, 200, settings(), { 'content-type': 'application/json' })
  const file = await files.find(path)
  if (!file) return sendText(asked, 404, 'There is nothing at this address.')

  response.setHeader('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  response.setHeader('etag', file.etag)
  response.setHeader('vary', 'accept-encoding')
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304).end()
    return true
  }
  const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '') ? file.gzipped : undefined
  if (zipped) response.setHeader('content-encoding', 'gzip')
  const body = zipped ?? file.body
  response.writeHead(200, { 'content-type': file.contentType, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
  return true
}
