/**
 * Everything that can be set, for `parley` and for `parley superpeer` with its `status` and `verify`: one table, from
 * which flags, variables, files and the help are read. The README's table is tested against it.
 */

/** `start`: app host, tracker and super peer. The others are `parley superpeer`, and what follows that. */
export type Program = 'start' | 'superpeer' | 'status' | 'verify'

export type OptionValue = string | number | boolean | readonly string[]

export interface ProgramOption {
  /** As the flag has it, without `--`; a switch that is on by default is turned off by `--no-` before it. */
  readonly name: string
  readonly kind: 'text' | 'number' | 'list' | 'switch'
  readonly programs: readonly Program[]
  readonly what: string
  /** Undefined for none. */
  readonly standard?: OptionValue | ((program: Program) => OptionValue)
  /** How a value is named in the help. */
  readonly value?: string
  /** The only texts that it takes. */
  readonly choices?: readonly string[]
  readonly max?: number
  /** A variable without `PARLEY_` that `parley` has always read. */
  readonly shortVariable?: string
  /** How a text or each of a list must look, and an example for whoever wrote another. */
  readonly form?: { readonly pattern: RegExp; readonly noun: string; readonly example: string }
}

const PORT_MAX = 65_535
const ROOMS_MAX = 100_000
/** A petabyte. */
const QUOTA_MIB_MAX = 2 ** 30
const DAYS_MAX = 36_500
const BOTH: readonly Program[] = ['start', 'superpeer']

const addressForm = (name: string): NonNullable<ProgramOption['form']> => ({
  pattern: /^wss?:\/\/[^\s/?#@]+(?:[/?]\S*)?$/,
  noun: `An address for --${name}`,
  example: `wss://${name}.example.org`,
})

const STUN_FORM = { pattern: /^stuns?:[\w.\-[\]:]+$/, noun: 'A STUN server', example: 'stun:stun.example.org:3478' }

export const PROGRAM_OPTIONS: readonly ProgramOption[] = [
  {
    name: 'port',
    kind: 'number',
    programs: BOTH,
    standard: (program) => (program === 'start' ? 8_787 : 8_788),
    max: PORT_MAX,
    value: 'NUMBER',
    shortVariable: 'PORT',
    what: 'port to listen on; 0 takes a free one',
  },
  {
    name: 'host',
    kind: 'text',
    programs: BOTH,
    standard: 'localhost',
    value: 'NAME',
    shortVariable: 'HOST',
    what: 'address to listen on; `0.0.0.0` for every network of the machine',
  },
  {
    name: 'data',
    kind: 'text',
    programs: ['start', 'superpeer', 'status', 'verify'],
    standard: (program) => (program === 'start' ? '~/.parley/start' : '~/.parley/superpeer'),
    value: 'FOLDER',
    what: 'folder in which the super peer keeps everything',
  },
  {
    name: 'invite',
    kind: 'list',
    programs: ['superpeer'],
    value: 'LINK',
    what: 'link for the role relay to a room that is to be kept; may be given several times',
  },
  {
    name: 'invite-file',
    kind: 'text',
    programs: ['superpeer'],
    value: 'FILE',
    what: 'file with such links, one a line, so that they do not stand in the list of processes',
  },
  {
    name: 'name',
    kind: 'text',
    programs: BOTH,
    standard: 'Super peer',
    value: 'NAME',
    what: 'name that members of its rooms see',
  },
  {
    name: 'rooms-max',
    kind: 'number',
    programs: BOTH,
    standard: 1_000,
    max: ROOMS_MAX,
    value: 'NUMBER',
    what: 'rooms that are kept at most',
  },
  {
    name: 'room-quota',
    kind: 'number',
    programs: BOTH,
    standard: 1_024,
    max: QUOTA_MIB_MAX,
    value: 'MIB',
    what: 'MiB that are kept of one room at most',
  },
  {
    name: 'person-quota',
    kind: 'number',
    programs: BOTH,
    standard: 256,
    max: QUOTA_MIB_MAX,
    value: 'MIB',
    what: 'MiB that are kept of one person in one room at most',
  },
  {
    name: 'retention-days',
    kind: 'number',
    programs: BOTH,
    standard: 0,
    max: DAYS_MAX,
    value: 'DAYS',
    what: 'days after which a room that nobody visited is deleted; 0 keeps rooms for good',
  },
  {
    name: 'keep-rooms',
    kind: 'text',
    programs: BOTH,
    standard: 'local',
    choices: ['local', 'anyone'],
    value: 'WHO',
    what: 'who may have rooms kept over HTTP: `local` (this machine only) or `anyone` who reaches the address, and who by the links then chooses what it connects to',
  },
  {
    name: 'metrics',
    kind: 'text',
    programs: BOTH,
    standard: 'local',
    choices: ['local', 'anyone'],
    value: 'WHO',
    what: 'who may read `/metrics`: `local` (this machine only) or `anyone` who reaches the address',
  },
  {
    name: 'superpeer',
    kind: 'switch',
    programs: ['start'],
    standard: true,
    what: 'keep rooms; with `--no-superpeer` it is an application host and a tracker only',
  },
  {
    name: 'listen',
    kind: 'switch',
    programs: ['superpeer'],
    standard: true,
    what: 'take links over WebSockets; with `--no-listen` there is no port at all',
  },
  {
    name: 'trackers',
    kind: 'list',
    programs: ['superpeer'],
    value: 'ADDRESSES',
    form: addressForm('trackers'),
    what: 'trackers of the y-webrtc protocol where members are also met, separated by commas; rooms may name more',
  },
  {
    name: 'stun',
    kind: 'list',
    programs: BOTH,
    value: 'ADDRESSES',
    shortVariable: 'STUN',
    form: STUN_FORM,
    what: 'STUN servers, separated by commas: without one, people behind different routers may not reach each other; with one, it sees the addresses of those who connect',
  },
  {
    name: 'peers',
    kind: 'list',
    programs: BOTH,
    value: 'ADDRESSES',
    shortVariable: 'PEERS',
    form: addressForm('peers'),
    what: 'peers that take links at an address, separated by commas',
  },
  {
    name: 'nostr',
    kind: 'list',
    programs: BOTH,
    value: 'ADDRESSES',
    shortVariable: 'NOSTR',
    form: addressForm('nostr'),
    what: 'Nostr relays where members also find each other, separated by commas',
  },
  {
    name: 'torrent',
    kind: 'list',
    programs: BOTH,
    value: 'ADDRESSES',
    shortVariable: 'TORRENT',
    form: addressForm('torrent'),
    what: 'the same with BitTorrent trackers',
  },
  {
    name: 'mqtt',
    kind: 'list',
    programs: BOTH,
    value: 'ADDRESSES',
    shortVariable: 'MQTT',
    form: addressForm('mqtt'),
    what: 'the same with MQTT brokers',
  },
  {
    name: 'public-networks',
    kind: 'switch',
    programs: BOTH,
    standard: false,
    what: 'ask relays of strangers too: they see the addresses of those who look for each other',
  },
  {
    name: 'build',
    kind: 'switch',
    programs: ['start'],
    standard: true,
    what: 'build the application when it changed; with `--no-build` it is served as it was built last',
  },
  {
    name: 'log',
    kind: 'text',
    programs: BOTH,
    standard: 'text',
    choices: ['text', 'json'],
    value: 'FORM',
    what: 'form of the log, one line an event: `text` or `json`',
  },
  {
    name: 'log-addresses',
    kind: 'switch',
    programs: BOTH,
    standard: false,
    what: 'write the addresses of peers to the log',
  },
  {
    name: 'mend',
    kind: 'switch',
    programs: ['verify'],
    standard: false,
    what: 'cut what is damaged, so that it is fetched anew from others',
  },
  {
    name: 'config',
    kind: 'text',
    programs: ['start', 'superpeer', 'status', 'verify'],
    value: 'FILE',
    what: 'JSON file with these names as fields, such as `{"port": 8788, "listen": false}`',
  },
]

export const optionsOf = (program: Program): readonly ProgramOption[] =>
  PROGRAM_OPTIONS.filter(({ programs }) => programs.includes(program))

/** What a switch is called where it changes something: those that are on by default are turned off. */
export const flagOf = ({ kind, name, standard }: ProgramOption): string =>
  kind === 'switch' && standard === true ? `--no-${name}` : `--${name}`

export const variableOf = ({ name }: ProgramOption): string => `PARLEY_${name.toUpperCase().replaceAll('-', '_')}`

export function standardOf({ standard }: ProgramOption, program: Program): OptionValue | undefined {
  return typeof standard === 'function' ? standard(program) : standard
}

const TITLES: Readonly<Record<Program, string>> = {
  start: 'npm start -- [OPTIONS]',
  superpeer: 'parley superpeer [OPTIONS]   (or npm run superpeer -- [OPTIONS])',
  status: 'parley superpeer status [OPTIONS]',
  verify: 'parley superpeer verify [OPTIONS]',
}

const FLAG_WIDTH = 24

/** The help of a program. */
export function usageOf(program: Program): string {
  const lines = optionsOf(program).map((option) => {
    const flag = option.value === undefined ? flagOf(option) : `${flagOf(option)} ${option.value}`
    const standard = standardOf(option, program)
    const isShown = typeof standard === 'string' || typeof standard === 'number'
    const text = option.what.replaceAll('`', '')
    return `  ${flag.padEnd(FLAG_WIDTH)} ${text}${isShown ? ` (${String(standard)} by default)` : ''}`
  })
  const more =
    program === 'start' ? ['Other programs: parley superpeer, parley superpeer status, parley superpeer verify'] : []
  return [
    `Usage: ${TITLES[program]}`,
    ...lines,
    'Each may also be a variable (PARLEY_ and the name, such as PARLEY_ROOMS_MAX) or a field of the file that --config names.',
    ...more,
  ].join('\n')
}
