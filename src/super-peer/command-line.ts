import { parseArgs } from 'node:util'
import { accepted, rejected, type Result } from '../base/result.ts'

const DEFAULT_PORT = '8787'
const DEFAULT_HOST = 'localhost'
const PORT_MAX = 65_535

const USAGE = `Usage: npm start -- [--port NUMBER] [--host NAME] [--no-build]
  --port      port to listen on (PORT, ${DEFAULT_PORT} by default; 0 takes a free one)
  --host      address to listen on (HOST, ${DEFAULT_HOST} by default; 0.0.0.0 for every network of this machine)
  --no-build  serve the app as it was built last`

export interface CommandLine {
  readonly port: number
  readonly host: string
  readonly build: boolean
}

/** Flags before environment before defaults. A rejection's detail is the sentence to show. */
export function parseCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<CommandLine, 'usage' | 'port'> {
  let values: { port?: string; host?: string; 'no-build'?: boolean; help?: boolean }
  try {
    ;({ values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
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
  return accepted({ port, host: values.host ?? (environment['HOST'] || DEFAULT_HOST), build: !values['no-build'] })
}
