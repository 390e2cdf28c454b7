/** Which program is asked for, and with what. */
import { accepted, rejected, type Result } from '../base/result.ts'
import { meetingPlaceOf, type MeetingPlaceKind } from '../peer/meeting-place.ts'
import { readConfiguration, type Configuration, type ConfigurationReason, type Variables } from './configuration.ts'
import type { Program } from './program-options.ts'

export interface CommandLine {
  readonly program: Program
  readonly configuration: Configuration
}

const DOOR_OPTIONS = { nostr: 'nostr', torrent: 'torrent', mqtt: 'mqtt', peers: 'peer' } as const satisfies Readonly<
  Record<string, MeetingPlaceKind>
>

/** A rejection's detail is the sentence to show. */
export function parseCommandLine(
  args: readonly string[],
  environment: Variables,
): Result<CommandLine, ConfigurationReason> {
  const { program, rest } = programOf(args)
  const configuration = readConfiguration(program, rest, environment)
  return configuration.ok
    ? accepted({ program, configuration: configuration.value })
    : rejected(configuration.reason, configuration.detail)
}

/** Where the app's pages look for members beside the tracker here, as it is written in invites. */
export const placesOf = (configuration: Configuration): readonly string[] =>
  (['nostr', 'torrent', 'mqtt', 'peers'] as const).flatMap((name) =>
    configuration.list(name).map((address) => meetingPlaceOf(DOOR_OPTIONS[name], address)),
  )

function programOf(args: readonly string[]): { readonly program: Program; readonly rest: readonly string[] } {
  const [first, second] = args
  if (first === 'start') return { program: 'start', rest: args.slice(1) }
  if (first !== 'superpeer') return { program: 'start', rest: args }
  if (second === 'status' || second === 'verify') return { program: second, rest: args.slice(2) }
  return { program: 'superpeer', rest: args.slice(1) }
}
