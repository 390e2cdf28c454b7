/** A server under measurement, in a process of its own: what it costs in processor time and memory. Linux only. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../tools/free-port.ts'

const HOST = '127.0.0.1'
const SUPER_PEER = fileURLToPath(new URL('../../../src/super-peer/cli.ts', import.meta.url))
const Y_WEBSOCKET = fileURLToPath(new URL('../../../node_modules/@y/websocket-server/src/server.js', import.meta.url))
const START_MS = 30_000
const PAGE_BYTES = 4_096

export class ServerProcess {
  readonly #child: ChildProcess
  readonly port: number

  constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  get #pid(): number {
    if (this.#child.pid === undefined || this.#child.exitCode !== null) throw new Error('the server has ended')
    return this.#child.pid
  }

  /** Of all its threads since its start. */
  async processorMs(): Promise<number> {
    const tasks = `/proc/${this.#pid}/task`
    const times = await Promise.all(
      (await readdir(tasks)).map(async (thread) => {
        const [nanoseconds] = (await readFile(`${tasks}/${thread}/schedstat`, 'utf8').catch(() => '0')).split(' ')
        return Number(nanoseconds) / 1e6
      }),
    )
    return times.reduce((sum, ms) => sum + ms, 0)
  }

  /** Memory that is really there. */
  async residentBytes(): Promise<number> {
    const [, pages] = (await readFile(`/proc/${this.#pid}/statm`, 'utf8')).split(' ')
    return Number(pages) * PAGE_BYTES
  }

  async get(path: string): Promise<string> {
    return (await fetch(`http://${HOST}:${this.port}${path}`)).text()
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}

async function start(args: readonly string[], port: number, environment: NodeJS.ProcessEnv): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...environment }, stdio: 'ignore' })
  const server = new ServerProcess(child, port)
  for (const endMs = Date.now() + START_MS; Date.now() < endMs && child.exitCode === null;) {
    const isThere = await server.get('/').then(
      () => true,
      () => false,
    )
    if (isThere) return server
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  child.kill('SIGKILL')
  throw new Error(`${args.at(-1)} does not answer`)
}

/** Where a super peer will be: members must know the address before they write the links that it starts with. */
export interface SuperPeerPlace {
  readonly port: number
  readonly address: string
}

export async function superPeerPlace(): Promise<SuperPeerPlace> {
  const port = await freePort(HOST)
  return { port, address: `ws://${HOST}:${port}/link` }
}

/** As `parley superpeer` starts, with the links of a file. Its folder should be on a real disk. */
export const startSuperPeer = (place: SuperPeerPlace, folder: string, inviteFile: string): Promise<ServerProcess> => {
  const options = { host: HOST, port: String(place.port), data: folder, 'invite-file': inviteFile, log: 'json' }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  return start(['--import', 'tsx', SUPER_PEER, 'superpeer', ...flags], place.port, {})
}

/** As its README starts it; documents are in memory only. */
export async function startYWebsocket(): Promise<ServerProcess> {
  const port = await freePort(HOST)
  return start([Y_WEBSOCKET], port, { HOST, PORT: String(port) })
}
