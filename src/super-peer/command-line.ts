import { parseArgs } from 'node:util'
import { accepted, rejected, type Result } from '../base/result.ts'
import { meetingPlaceOf, type MeetingPlaceKind } from '../peer/meeting-place.ts'

const DEFAULT_PORT = '8787'
const DEFAULT_HOST = 'localhost'
const PORT_MAX = 65_535

const USAGE = `Usage: npm start -- [--port NUMBER] [--host NAME] [--stun ADDRESSES] [--no-build] [DOORS]
  --port      port to listen on (PORT, ${DEFAULT_PORT} by default; 0 takes a free one)
  --host      address to listen on (HOST, ${DEFAULT_HOST} by default; 0.0.0.0 for every network of this machine)
  --stun      STUN servers, separated by commas (STUN, none by default): without one, people behind different routers
              may not reach each other; with one, it sees the addresses of those who connect
  --no-build  serve the app as it was built last
Doors: where members of a room find each other beside the tracker here, as WebSocket addresses separated by commas
  --nostr     Nostr relays (NOSTR, none by default)
  --torrent   BitTorrent trackers (TORRENT, none by default)
  --mqtt      MQTT brokers (MQTT, none by default)
  --peers     peers that take links at an address (PEERS, none by default)
  --public-networks  relays of strangers too: they see the addresses of those who look for each other`

export interface CommandLine {
  readonly port: number
  readonly host: string
  readonly stunServers: readonly string[]
  /** As they are written in invites. */
  readonly places: readonly string[]
  readonly usesPublicRelays: boolean
  readonly build: boolean
}

type Values = { readonly [Name in 'port' | 'host' | 'stun' | keyof typeof DOOR_FLAGS]?: string | undefined } & {
  readonly 'no-build'?: boolean | undefined
  readonly 'public-networks'?: boolean | undefined
  readonly help?: boolean | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

const DOOR_FLAGS = { nostr: 'nostr', torrent: 'torrent', mqtt: 'mqtt', peers: 'peer' } as const satisfies Readonly<
  Record<string, MeetingPlaceKind>
>

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((address) => address.trim())
    .filter(Boolean)

/** Flags before environment before defaults. A rejection's detail is the sentence to show. */
export function parseCommandLine(
  args: readonly string[],
  environment: Variables,
): Result<CommandLine, 'usage' | 'port' | 'stun' | 'door'> {
  const read = readFlags(args)
  if (!read.ok) return read
  const values = read.value
  const portText = values.port ?? (environment['PORT'] || DEFAULT_PORT)
  const port = Number(portText)
  if (!/^\d+$/.test(portText) || port > PORT_MAX)
    return rejected('port', `The port must be a whole number from 0 to ${PORT_MAX}, not "${portText}".`)
  const stunServers = listOf(values.stun ?? environment['STUN'] ?? '')
  const wrong = stunServers.find((address) => !/^stuns?:[\w.\-[\]:]+$/.test(address))
  if (wrong !== undefined)
    return rejected('stun', `A STUN server is written like stun:stun.example.org:3478, not "${wrong}".`)
  const places = readPlaces(values, environment)
  if (!places.ok) return places
  const host = values.host ?? (environment['HOST'] || DEFAULT_HOST)
  const usesPublicRelays = values['public-networks'] === true
  return accepted({ port, host, stunServers, places: places.value, usesPublicRelays, build: !values['no-build'] })
}

function readFlags(args: readonly string[]): Result<Values, 'usage'> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: text,
        host: text,
        stun: text,
        nostr: text,
        torrent: text,
        mqtt: text,
        peers: text,
        'public-networks': flag,
        'no-build': flag,
        help: flag,
      },
    })
    return values.help ? rejected('usage', USAGE) : accepted(values)
  } catch (error) {
    return rejected('usage', `${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function readPlaces(values: Values, environment: Variables): Result<readonly string[], 'door'> {
  const places: string[] = []
  for (const name of ['nostr', 'torrent', 'mqtt', 'peers'] as const)
    for (const address of listOf(values[name] ?? environment[name.toUpperCase()] ?? '')) {
      if (!URL.canParse(address) || !/^wss?:\/\//.test(address))
        return rejected('door', `An address for --${name} is written like wss://${name}.example.org, not "${address}".`)
      places.push(meetingPlaceOf(DOOR_FLAGS[name], address))
    }
  return accepted(places)
}
