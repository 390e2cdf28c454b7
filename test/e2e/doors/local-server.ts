import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

/** A relay on this machine, and what tests want to know of it and do to it. */
export interface LocalRelay {
  readonly url: string
  readonly port: number
  /** Connections that are open. */
  readonly clients: number
  /** Messages that came. */
  readonly received: readonly string[]
  /** Sends a frame as it is to everybody. */
  shout(frame: string): void
  /** Ends without a word, as a crash does. */
  kill(): Promise<void>
}

/** `receive` gets what clients send, parsed. */
export async function startRelay(
  receive: (message: unknown, client: WebSocket, clients: ReadonlySet<WebSocket>) => void,
  port = 0,
): Promise<LocalRelay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port })
  await once(server, 'listening')
  const received: string[] = []
  server.on('connection', (client) => {
    client.on('error', () => undefined)
    client.on('message', (data: Buffer) => {
      const text = data.toString()
      received.push(text)
      receive(JSON.parse(text), client, server.clients)
    })
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${taken}`,
    port: taken,
    received,
    get clients() {
      return [...server.clients].filter(({ readyState }) => readyState === 1).length
    },
    shout: (frame) => {
      for (const client of server.clients) client.send(frame)
    },
    kill: async () => {
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
