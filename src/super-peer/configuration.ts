/**
 * What a program was told, from its flags, the environment and a file: flags come before the environment, that before
 * the file, and that before the defaults. What nobody knows is an error, as it was meant to do something.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import {
  flagOf,
  optionsOf,
  PROGRAM_OPTIONS,
  standardOf,
  usageOf,
  variableOf,
  type OptionValue,
  type Program,
  type ProgramOption,
} from './program-options.ts'

export type Variables = Readonly<Record<string, string | undefined>>
export type ConfigurationReason = 'usage' | 'value' | 'file'

/** The values of one program. Asking for what its table does not have is a mistake of ours. */
export class Configuration {
  readonly #values: ReadonlyMap<string, OptionValue>

  constructor(values: ReadonlyMap<string, OptionValue>) {
    this.#values = values
  }

  text(name: string): string {
    const value = this.#values.get(name)
    assert(typeof value === 'string', `--${name} is a text that is there`)
    return value
  }
  /** A text without a default. */
  textIfAny(name: string): string | undefined {
    return this.#values.has(name) ? this.text(name) : undefined
  }
  number(name: string): number {
    const value = this.#values.get(name)
    assert(typeof value === 'number', `--${name} is a number that is there`)
    return value
  }
  isOn(name: string): boolean {
    return this.#values.get(name) === true
  }
  list(name: string): readonly string[] {
    const value = this.#values.get(name)
    return isList(value) ? value : []
  }
  /** A folder or file, with `~` for the home of whoever runs the program. */
  path(name: string): string {
    const text = this.text(name)
    return text === '~' || text.startsWith('~/') ? join(homedir(), text.slice(2)) : text
  }
}

const SEE_HELP = 'With --help it tells all of them.'

type Given = Map<ProgramOption, OptionValue>
type Reading = Result<Given, ConfigurationReason>

/** A rejection's detail is the sentence to show. */
export function readConfiguration(
  program: Program,
  args: readonly string[],
  environment: Variables,
): Result<Configuration, ConfigurationReason> {
  const flags = readFlags(program, args)
  if (!flags.ok) return flags
  const variables = readVariables(program, environment)
  if (!variables.ok) return variables
  const config = optionsOf(program).find(({ name }) => name === 'config')
  const path = config && (flags.value.get(config) ?? variables.value.get(config))
  const file: Reading = typeof path === 'string' ? readFile(program, path) : accepted(new Map())
  if (!file.ok) return file
  const values = new Map<string, OptionValue>()
  for (const option of optionsOf(program)) {
    const given = flags.value.get(option) ?? variables.value.get(option) ?? file.value.get(option)
    const value = given ?? standardOf(option, program)
    if (value !== undefined) values.set(option.name, value)
  }
  return accepted(new Configuration(values))
}

function readFlags(program: Program, args: readonly string[]): Reading {
  const given: Given = new Map()
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    const [, written = '', inline] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(arg) ?? []
    if (written === 'help') return rejected('usage', usageOf(program))
    if (written === '') return rejected('usage', `"${arg}" is no option: they begin with --. ${SEE_HELP}`)
    const found = find(program, written)
    if (!found) return rejected('usage', `${unknown(program, `--${written}`, written)} ${SEE_HELP}`)
    const { option, isNegated } = found
    if (option.kind === 'switch') {
      const value = readSwitch(option, inline ?? 'yes', isNegated, `--${written}`)
      if (!value.ok) return value
      given.set(option, value.value)
      continue
    }
    const next = inline ?? args[at + 1]
    if (next === undefined || (inline === undefined && /^--[a-z]/.test(next)))
      return rejected('usage', `--${written} needs a value behind it. ${SEE_HELP}`)
    if (inline === undefined) at++
    const value = readText(option, next, `--${written}`)
    if (!value.ok) return value
    const former = given.get(option)
    given.set(option, isList(former) && isList(value.value) ? [...former, ...value.value] : value.value)
  }
  return accepted(given)
}

const PREFIX = 'PARLEY_'

function readVariables(program: Program, environment: Variables): Reading {
  const given: Given = new Map()
  const known = new Set(PROGRAM_OPTIONS.flatMap((option) => [variableOf(option), negatedVariableOf(option)]))
  for (const name of Object.keys(environment))
    if (name.startsWith(PREFIX) && !known.has(name))
      return rejected('usage', unknown(program, name, nameIn(name), variableNamed))
  for (const option of optionsOf(program)) {
    const short = program === 'start' ? option.shortVariable : undefined
    const name = [variableOf(option), negatedVariableOf(option), short ?? ''].find((each) => environment[each])
    if (name === undefined) continue
    const text = environment[name] ?? ''
    const isNegated = name === negatedVariableOf(option)
    const value = option.kind === 'switch' ? readSwitch(option, text, isNegated, name) : readText(option, text, name)
    if (!value.ok) return value
    given.set(option, value.value)
  }
  return accepted(given)
}

const variableNamed = (name: string): string => PREFIX + name.toUpperCase().replaceAll('-', '_')
const nameIn = (variable: string): string => variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '-')

const negatedVariableOf = (option: ProgramOption): string =>
  option.kind === 'switch' ? variableOf(option).replace(PREFIX, `${PREFIX}NO_`) : variableOf(option)

function readFile(program: Program, path: string): Reading {
  let fields: unknown
  try {
    fields = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return rejected('file', `The configuration file could not be read: ${reason}.`)
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    return rejected('file', `The configuration file ${path} must hold one JSON object.`)
  const given: Given = new Map()
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    const where = `"${name}" in ${path}`
    // One file may serve several programs.
    if (!find(program, name) && PROGRAM_OPTIONS.some((option) => option.name === bareName(name))) continue
    const found = name === 'config' ? undefined : find(program, name)
    if (!found)
      return rejected(
        'file',
        unknown(program, where, name, (nearest) => `"${nearest}"`),
      )
    const read = readField(found.option, value, found.isNegated, where)
    if (!read.ok) return read
    given.set(found.option, read.value)
  }
  return accepted(given)
}

function readField(
  option: ProgramOption,
  value: unknown,
  isNegated: boolean,
  where: string,
): Result<OptionValue, ConfigurationReason> {
  if (option.kind === 'switch' && typeof value === 'boolean') return accepted(value !== isNegated)
  if (option.kind === 'number' && typeof value === 'number') return readText(option, String(value), where)
  if (option.kind === 'list' && Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return readList(option, value, where)
  if ((option.kind === 'text' || option.kind === 'list') && typeof value === 'string')
    return readText(option, value, where)
  const wanted = { switch: 'true or false', number: 'a number', list: 'a list of texts', text: 'a text' }[option.kind]
  return rejected('value', `${where} must be ${wanted}.`)
}

function readSwitch(
  option: ProgramOption,
  text: string,
  isNegated: boolean,
  where: string,
): Result<boolean, ConfigurationReason> {
  if (/^(?:1|yes|true|on)$/i.test(text)) return accepted(!isNegated)
  if (/^(?:0|no|false|off)$/i.test(text)) return accepted(isNegated)
  return rejected('value', `${where} is yes or no, not "${text}" (${flagOf(option)}).`)
}

function readText(option: ProgramOption, text: string, where: string): Result<OptionValue, ConfigurationReason> {
  if (option.kind === 'list') return readList(option, text.split(','), where)
  if (option.kind === 'number') {
    const number = Number(text)
    const max = option.max ?? Number.MAX_SAFE_INTEGER
    if (!/^\d+$/.test(text) || number > max)
      return rejected('value', `The ${option.name} must be a whole number from 0 to ${max}, not "${text}".`)
    return accepted(number)
  }
  if (option.choices && !option.choices.includes(text))
    return rejected('value', `${where} is one of ${option.choices.join(', ')}, not "${text}".`)
  if (text.trim() === '') return rejected('value', `${where} must not be empty.`)
  return accepted(text)
}

/** What is wrong is not repeated where it may be a secret. */
function readList(
  option: ProgramOption,
  parts: readonly string[],
  where: string,
): Result<readonly string[], ConfigurationReason> {
  const list = parts.map((part) => part.trim()).filter(Boolean)
  const { form } = option
  const wrong = form && list.find((each) => !form.pattern.test(each) || !URL.canParse(each))
  if (form && wrong !== undefined)
    return rejected('value', `${form.noun} is written like ${form.example}, not "${wrong}" (${where}).`)
  return accepted(list)
}

const bareName = (written: string): string => written.replace(/^no-/, '')

function find(program: Program, written: string): { option: ProgramOption; isNegated: boolean } | undefined {
  const options = optionsOf(program)
  const option = options.find(({ name }) => name === written)
  if (option) return { option, isNegated: false }
  const negated = options.find(({ name, kind }) => kind === 'switch' && written === `no-${name}`)
  return negated && { option: negated, isNegated: true }
}

/** `shown` is how the nearest is written there. */
function unknown(
  program: Program,
  where: string,
  written: string,
  shown: (name: string) => string = (name) => `--${name}`,
): string {
  const names = optionsOf(program).flatMap(({ name, kind }) => (kind === 'switch' ? [name, `no-${name}`] : [name]))
  const [nearest] = names.toSorted((one, other) => distance(one, written) - distance(other, written))
  return `${where} is no option; the nearest is ${shown(nearest ?? 'help')}.`
}

/** How many letters must be changed, added or left out (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let at = 1; at <= one.length; at++) {
    const next = [at]
    for (let to = 1; to <= other.length; to++) {
      const changed = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

const isList = (value: OptionValue | undefined): value is readonly string[] => Array.isArray(value)
