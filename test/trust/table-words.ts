/** Reads the words of table.md into the numbers that they stand for. It shares nothing with the table in src. */
import { readFileSync } from 'node:fs'
import type { AllowanceKind } from '../../src/trust/allowance.ts'

export type Fields = Readonly<Record<string, string | number | boolean>>
export type ShownLevel = 'unknown' | 'introduced' | 'known' | 'trusted'

export interface Cell {
  readonly kind: AllowanceKind
  readonly level: ShownLevel
  readonly words: string
  readonly fields: Fields
}

const LEVELS: readonly ShownLevel[] = ['unknown', 'introduced', 'known', 'trusted']
const UNITS: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, MP: 1_000_000 }

const amount = (words: string, unit: string): number | undefined => {
  const [, number] = new RegExp(`(\\d+) (?:${unit})\\b`).exec(words) ?? []
  const [, name = ''] = new RegExp(`\\d+ (${unit})\\b`).exec(words) ?? []
  return number === undefined ? undefined : Number(number) * (UNITS[name] ?? Number.NaN)
}
const bytes = (words: string): number | undefined => amount(words, 'KB|MB|GB')
const count = (words: string, pattern: RegExp): number | undefined => {
  const [, number] = pattern.exec(words) ?? []
  return number === undefined ? undefined : Number(number)
}
/** The value beside the first pattern that fits. */
function choose<T>(words: string, choices: readonly (readonly [RegExp, T])[]): T {
  const choice = choices.find(([pattern]) => pattern.test(words))
  if (!choice) throw new Error(`nothing fits: ${words}`)
  return choice[1]
}

type ReadWords = (words: string, left: Fields) => Fields

const files: ReadWords = (words, left) => {
  if (words.startsWith('not fetched')) return { fetch: 'never', sizeBytesMax: 0, autoKeepBytesMax: 0 }
  if (words.startsWith('auto-keep')) return { ...left, autoKeepBytesMax: bytes(words) ?? Number.NaN }
  const fetch = choose(words, [
    [/hold to confirm/, 'hold-to-confirm'],
    [/two steps/, 'two-steps'],
    [/asks/, 'ask'],
    [/tap/, 'tap'],
  ])
  return { fetch, sizeBytesMax: bytes(words) ?? Infinity, autoKeepBytesMax: 0 }
}

const READERS: Readonly<Record<AllowanceKind, ReadWords>> = {
  text: (words, left) => ({
    markup: choose(words, [
      [/plain text/, 'simple'],
      [/full markdown/, 'full'],
      [/./, left['markup'] ?? ''],
    ]),
    sizeBytesMax: bytes(words) ?? Number.NaN,
    perMinuteMax: count(words, /(\d+)\/min/) ?? (words.includes('flood cap only') ? 600 : Number.NaN),
  }),
  firstPost: (words) => ({
    onlyMediaOrLink: choose(words, [
      [/held/, 'held'],
      [/gated/, 'gated'],
      [/shown/, 'shown'],
    ]),
  }),
  links: (words, left) => ({
    click: choose(words, [
      [/sheet/, 'sheet'],
      [/once per host/, 'once-per-host'],
      [/differ or scripts mix/, 'if-deceptive'],
      [/same/, left['click'] ?? ''],
    ]),
  }),
  previews: (words) => ({
    card: choose(words, [
      [/none/, 'none'],
      [/text only/, 'text'],
      [/picture/, 'picture'],
    ]),
  }),
  images: (words) => ({
    before: choose(words, [
      [/sealed/, 'sealed'],
      [/thumbhash/, 'thumbhash'],
      [/auto/, 'image'],
    ]),
    fetch: choose(words, [
      [/no bytes/, 'never'],
      [/tap/, 'tap'],
      [/auto/, 'auto'],
    ]),
    sizeBytesMax: bytes(words) ?? 0,
    pixelsMax: amount(words, 'MP') ?? 0,
  }),
  avatar: (words) => ({
    picture: choose(words, [
      [/generated/, 'generated'],
      [/shown/, 'shown'],
    ]),
  }),
  media: (words) => ({
    fetch: words.includes('asks') ? 'ask' : 'tap',
    voiceAutoBytesMax: words.includes('auto') ? (bytes(words) ?? 0) : 0,
    autoBytesMax: words.startsWith('auto') ? (bytes(words) ?? 0) : 0,
  }),
  filesA: files,
  filesB: files,
  filesC: files,
  noteEdits: (words) => ({
    mark: choose(words, [
      [/new person/, 'new-person'],
      [/24 h/, 'for-a-day'],
      [/applied/, 'none'],
    ]),
    revert: words.includes('one-tap') ? 'one-tap' : 'menu',
  }),
  presence: (words) => ({
    shown: choose(words, [
      [/count/, 'count'],
      [/name/, 'name'],
      [/full/, 'full'],
    ]),
  }),
  mentions: (words, left) => ({
    notify: choose(words, [
      [/no alert/, 'none'],
      [/badge/, 'badge'],
      [/alerts/, 'alert'],
    ]),
    perMessageMax:
      count(words, /max (\d+) per message/) ?? (words.includes('alerts') ? Infinity : (left['perMessageMax'] ?? 0)),
    perHourMax: count(words, /(\d+) per hour/) ?? (words.includes('alerts') ? Infinity : 0),
    passesMentionsOnly: words.includes('may pass'),
  }),
  directMessage: (words, left) => {
    if (words === 'normal') return { as: 'normal', requestsMax: Infinity, charactersMax: Infinity }
    return {
      as: words.includes('with badge') ? 'request-with-badge' : 'request',
      requestsMax: count(words, /(\d+) request/) ?? left['requestsMax'] ?? 0,
      charactersMax: count(words, /(\d+) plain characters/) ?? left['charactersMax'] ?? 0,
    }
  },
  roomInvite: (words) => ({
    as: choose(words, [
      [/in Requests/, 'request'],
      [/badge/, 'request-with-badge'],
      [/normal/, 'normal'],
      [/one tap/, 'one-tap'],
    ]),
  }),
  storage: (words) => ({
    sizeBytesMax: bytes(words) ?? Number.NaN,
    content: words.includes('text only') ? 'text' : 'all',
  }),
  relay: (words) => ({
    bytesPerSecond: words === 'may pre-seed' ? Infinity : (bytes(words) ?? Number.NaN),
    chunks: choose(words, [
      [/no chunks/, 'none'],
      [/chunks I opened/, 'opened'],
      [/pre-seed/, 'pre-seed'],
    ]),
  }),
  connection: (words, left) => ({
    path: choose(words, [
      [/hide my address/, 'hidden-if-set'],
      [/same/, left['path'] ?? ''],
      [/direct/, 'direct'],
    ]),
  }),
  statements: (words) => ({
    weight: words === 'ignored' ? 0 : (count(words, /count (\d)/) ?? Number.NaN),
    mayFollowBlocks: words.includes('switch'),
  }),
}

const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => /^\| (?!kind|---)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )

/** Every cell of the table, with what its words say. */
export function readTable(): readonly Cell[] {
  const [table = '', open = ''] = readFileSync(new URL('table.md', import.meta.url), 'utf8').split('# Where')
  const additions = rowsOf(open)
  return rowsOf(table).flatMap(([name = '', ...cells]) => {
    const kind = name as AllowanceKind
    let left: Fields = {}
    return cells.map((words, index) => {
      const level = LEVELS[index] ?? 'unknown'
      let fields = READERS[kind](words, left)
      for (const [, at = '', field = '', value = ''] of additions.filter(([of]) => of === kind))
        if (at.toLowerCase() === level) fields = { ...fields, [field]: amount(value, 'KB|MB|GB|MP') ?? Number.NaN }
      // What the words of a picture leave open is as for the level before it.
      left = fields
      return { kind, level, words, fields }
    })
  })
}
