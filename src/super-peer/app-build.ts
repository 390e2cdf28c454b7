import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What the built app is made of, relative to the project. */
const SOURCES = ['src', 'components', 'index.html', 'vite.config.ts', 'package-lock.json']

/** Where a project keeps its built app. */
export const builtAppFolder = (project: string): string => join(project, 'dist', 'app')

/** The nearest folder upwards that holds a package.json, or undefined. */
export function findProject(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/** Milliseconds since 1970, 0 for what is not there. A folder counts too, since a deleted file changes only that. */
function newestChangeMs(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false })
  if (!status) return 0
  if (!status.isDirectory()) return status.mtimeMs
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestChangeMs(join(path, name))), status.mtimeMs)
}

/** Whether the app has to be built: it is missing, or one of its sources is newer. An installed package has none. */
export function appIsStale(project: string): boolean {
  const builtMs = newestChangeMs(join(builtAppFolder(project), 'index.html'))
  if (builtMs === 0) return true
  return SOURCES.some((source) => newestChangeMs(join(project, source)) > builtMs)
}

export interface AppBuildOutcome {
  readonly ok: boolean
  /** What the build printed. */
  readonly output: string
  readonly durationMs: number
}

/** Builds the app with Vite in a process of its own. */
export function buildApp(project: string): Promise<AppBuildOutcome> {
  const startedMs = performance.now()
  const vite = join(project, 'node_modules', 'vite', 'bin', 'vite.js')
  return new Promise((resolve) => {
    let output = ''
    const finish = (ok: boolean): void => {
      resolve({ ok, output, durationMs: performance.now() - startedMs })
    }
    const build = spawn(process.execPath, [vite, 'build'], { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [build.stdout, build.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    build.on('error', (error) => {
      output += error.message
      finish(false)
    })
    build.on('close', (code) => {
      finish(code === 0)
    })
  })
}
