#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { appIsStale, buildApp, builtAppFolder, findProject } from './app-build.ts'
import { parseCommandLine, type CommandLine } from './command-line.ts'
import { startServer, type RunningServer } from './server.ts'

/** Ends the process with one sentence for the person at the terminal. */
function giveUp(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

async function prepareApp(mayBuild: boolean): Promise<string> {
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

async function start(
  root: string,
  { host, port, stunServers, places, usesPublicRelays }: CommandLine,
): Promise<RunningServer> {
  try {
    return await startServer({ root, host, port, stunServers, places, usesPublicRelays })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE')
      return giveUp(`Port ${port} is already in use: stop the program that holds it, or set PORT to another number.`)
    if (code === 'EACCES')
      return giveUp(`Port ${port} needs more rights than you have: set PORT to a number above 1023.`)
    if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') return giveUp(`This machine has no address called ${host}.`)
    throw error
  }
}

const commandLine = parseCommandLine(process.argv.slice(2), process.env)
if (!commandLine.ok) giveUp(commandLine.detail ?? commandLine.reason)
const server = await start(await prepareApp(commandLine.value.build), commandLine.value)
console.log(`Parley is running: ${server.url}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void server.close().then(() => process.exit(0))
  })
