#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseCommandLine, placesOf } from './command-line.ts'
import type { Configuration } from './configuration.ts'
import { Journal } from './journal.ts'

/** A folder that does not close by then is not waited for: all that was acknowledged is on the disk. */
const STOP_MS_MAX = 4_500
const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const

/** Ends the process with one sentence for the person at the terminal. */
function giveUp(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

const journalOf = (configuration: Configuration, isQuiet = false): Journal =>
  new Journal({
    isQuiet,
    form: configuration.text('log') as 'text' | 'json',
    showsAddresses: configuration.isOn('log-addresses'),
    write: (line) => {
      console.log(line)
    },
    nowMs: () => Date.now(),
  })

/** The first signal ends the program in good order, the second at once. */
function stopOnSignals(close: () => Promise<void>, journal?: Journal): void {
  let isStopping = false
  const stop = (signal: keyof typeof SIGNAL_NUMBERS): void => {
    if (isStopping) process.exit(128 + SIGNAL_NUMBERS[signal])
    isStopping = true
    journal?.info('stopping', { signal })
    const end = (): never => process.exit(0)
    setTimeout(end, STOP_MS_MAX)
    void close().then(() => {
      journal?.info('stopped')
      end()
    }, end)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      stop(signal)
    })
}

async function prepareApp(mayBuild: boolean): Promise<string> {
  const { appIsStale, buildApp, builtAppFolder, findProject } = await import('./app-build.ts')
  const project = findProject(dirname(fileURLToPath(import.meta.url)))
  if (project === undefined) return giveUp('Parley is not installed completely: its package.json is missing.')
  if (mayBuild && appIsStale(project)) {
    console.log('Building the app (about 5 seconds)…')
    const build = await buildApp(project)
    if (!build.ok) {
      console.error(build.output)
      return giveUp('The app could not be built; the lines above say why.')
    }
    console.log(`Built in ${(build.durationMs / 1000).toFixed(1)} s.`)
  }
  const root = builtAppFolder(project)
  if (!existsSync(join(root, 'index.html'))) return giveUp('There is no built app yet: start once without --no-build.')
  return root
}

async function runStart(configuration: Configuration): Promise<void> {
  const root = await prepareApp(configuration.isOn('build'))
  const { startHost } = await import('./start-program.ts')
  // Whoever starts the app for themselves does not want to read of every link.
  const isForPeople = configuration.text('log') === 'text'
  const journal = journalOf(configuration, isForPeople)
  const started = await startHost({ root, configuration, places: placesOf(configuration), journal })
  if (!started.ok) giveUp(started.detail ?? started.reason)
  if (started.value.problem !== undefined) console.error(started.value.problem)
  stopOnSignals(started.value.close, journal)
  if (isForPeople) console.log(`Parley is running: ${started.value.url}`)
  else journal.listening(started.value.url)
}

async function runSuperPeer(configuration: Configuration): Promise<void> {
  const { startSuperPeer } = await import('./super-peer-program.ts')
  const journal = journalOf(configuration)
  // Also while it opens: a full disk may keep it from that for hours.
  let close = (): Promise<void> => Promise.resolve()
  stopOnSignals(() => close(), journal)
  const started = await startSuperPeer(configuration, journal)
  if (!started.ok) giveUp(started.detail ?? started.reason)
  ;({ close } = started.value)
}

async function runStatus(configuration: Configuration): Promise<void> {
  const { readStatus, statusText } = await import('./status-report.ts')
  const data = configuration.path('data')
  const report = await readStatus(data)
  if (!report.ok) giveUp(report.detail ?? report.reason)
  console.log(statusText(report.value, data))
  process.exit(0)
}

async function runVerify(configuration: Configuration): Promise<void> {
  const { verifyFolder } = await import('./verify-report.ts')
  const report = await verifyFolder(configuration.path('data'), configuration.isOn('mend'))
  if (!report.ok) giveUp(report.detail ?? report.reason)
  for (const line of report.value.lines) console.log(line)
  process.exit(report.value.isWhole ? 0 : 1)
}

const PROGRAMS = { start: runStart, superpeer: runSuperPeer, status: runStatus, verify: runVerify } as const

const commandLine = parseCommandLine(process.argv.slice(2), process.env)
if (!commandLine.ok) {
  const sentence = commandLine.detail ?? commandLine.reason
  // Who asks for help gets it, and has made no mistake.
  if (commandLine.reason !== 'usage' || !process.argv.includes('--help')) giveUp(sentence)
  console.log(sentence)
  process.exit(0)
}
const { program, configuration } = commandLine.value
await PROGRAMS[program](configuration)
