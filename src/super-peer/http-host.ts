/** A port on which things are asked for over HTTP. What is answered is up to the responders, who are asked in turn. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { assert } from '../base/assert.ts'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
/** How long clients may take to answer our goodbye before their connections are cut. */
const GOODBYE_MS = 500

export interface HttpRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Without what is behind the question mark. */
  readonly path: string
}

/** Whether it has answered. */
export type Responder = (asked: HttpRequest) => boolean | Promise<boolean>

export interface HttpHost {
  readonly server: Server
  /** Name or address and port, as whoever started it reaches it. */
  readonly authority: string
  readonly port: number
  /** Ends connections, after those that upgraded theirs were told to by `first`. */
  close(first: () => void): Promise<void>
}

/** Rejects with the system's error when the port cannot be had. */
export async function openHttpHost(options: {
  /** 0 takes any free port. */
  readonly port: number
  readonly host: string
  /** Asked at each request, so that some may come later. */
  readonly responders: () => readonly Responder[]
}): Promise<HttpHost> {
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      answer({ request, response, path: pathOf(request) }, options.responders()).catch(() => response.destroy())
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'a listening server has an address')
  return {
    server,
    port: address.port,
    authority: `${nameInUrl(options.host)}:${address.port}`,
    close: (first) =>
      new Promise((resolve) => {
        first()
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

/** Why a port could not be had, in a sentence; undefined for what only a programmer understands. */
export function listenProblem(
  error: unknown,
  { port, host }: { readonly port: number; readonly host: string },
): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return `Port ${port} is already in use: stop the program that holds it, or set PORT to another number.`
  if (code === 'EACCES') return `Port ${port} needs more rights than you have: set PORT to a number above 1023.`
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') return `This machine has no address called ${host}.`
  return undefined
}

export function sendText(
  { request, response }: Pick<HttpRequest, 'request' | 'response'>,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): true {
  const body = `${text}\n`
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
  return true
}

export const sendJson = (asked: Pick<HttpRequest, 'request' | 'response'>, status: number, value: unknown): true =>
  sendText(asked, status, JSON.stringify(value), { 'content-type': 'application/json' })

async function answer(asked: HttpRequest, responders: readonly Responder[]): Promise<void> {
  for (const respond of responders) if (await respond(asked)) return
  sendText(asked, 404, 'There is nothing at this address.')
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/'

/** A server that listens everywhere is reached as localhost by the person who started it. */
function nameInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
