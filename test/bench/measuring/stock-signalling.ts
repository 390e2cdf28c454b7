/** The signalling server that y-webrtc brings, in a process of its own as its README starts it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../tools/free-port.ts'

const PROGRAM = fileURLToPath(new URL('../../../node_modules/y-webrtc/bin/server.js', import.meta.url))
const START_MS = 20_000

export interface StockSignalling {
  readonly url: string
  close(): Promise<void>
}

/** It says that it runs before it listens. */
async function untilAnswering(url: string): Promise<void> {
  for (const endMs = Date.now() + START_MS; Date.now() < endMs;) {
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the signalling server of y-webrtc does not answer')
}

export async function startStockSignalling(): Promise<StockSignalling> {
  const port = await freePort('localhost')
  const server = spawn(process.execPath, [PROGRAM], { env: { ...process.env, PORT: String(port) }, stdio: 'ignore' })
  const ended = once(server, 'exit')
  await untilAnswering(`http://localhost:${port}`)
  return {
    url: `ws://localhost:${port}`,
    close: async () => {
      server.kill()
      await ended
    },
  }
}
