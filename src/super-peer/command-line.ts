import { parseArgs } from 'node:util'
import { accepted, rejected, type Result } from '../base/result.ts'

const DEFAULT_PORT = '8787'
const DEFAULT_HOST = 'localhost'
const PORT_MAX = 65_535

const USAGE = `Usage: npm start -- [--port NUMBER] [--host NAME] [--stun ADDRESSES] [--no-build]
  --port      port to listen on (PORT, ${DEFAULT_PORT} by default; 0 takes a free one)
  --host      address to listen on (HOST, ${DEFAULT_HOST} by default; 0.0.0.0 for every network of this machine)
  --stun      STUN servers, separated by commas (STUN, none by default): without one, people behind different routers
              may not reach each other; with one, it sees the addresses of those who connect
  --no-build  serve the app as it was built last`

export interface CommandLine {
  readonly port: number
  readonly host: string
  readonly stunServers: readonly string[]
  readonly build: boolean
}

/** Flags before environment before defaults. A rejection's detail is the sentence to show. */
export function parseCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<CommandLine, 'usage' | 'port' | 'stun'> {
  let values: { port?: string; host?: string; stun?: string; 'no-build'?: boolean; help?: boolean }
  try {
    ;({ values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        stun: { type: 'string' },
        'no-build': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }))
  } catch (error) {
    return rejected('usage', `${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
  if (values.help) return rejected('usage', USAGE)
  const portText = values.port ?? (environment['PORT'] || DEFAULT_PORT)
  const port = Number(portText)
  if (!/^\d+$/.test(portText) || port > PORT_MAX)
    return rejected('port', `The port must be a whole number from 0 to ${PORT_MAX}, not "${portText}".`)
  const stun = values.stun ?? environment['STUN'] ?? ''
  const stunServers = stun
    .split(',')
    .map((address) => address.trim())
    .filter(Boolean)
  const wrong = stunServers.find((address) => !/^stuns?:[\w.\-[\]:]+$/.test(address))
  if (wrong !== undefined)
    return rejected('stun', `A STUN server is written like stun:stun.example.org:3478, not "${wrong}".`)
  const host = values.host ?? (environment['HOST'] || DEFAULT_HOST)
  return accepted({ port, host, stunServers, build: !values['no-build'] })
}
