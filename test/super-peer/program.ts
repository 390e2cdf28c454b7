/** `parley superpeer` as a process of its own, as its command line starts it. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'

const PATIENCE_MS = 60_000
const CLI = new URL('../../src/super-peer/cli.ts', import.meta.url).pathname

export interface LogLine {
  readonly event: string
  readonly [field: string]: unknown
}

export async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-program-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What the environment says to Parley is the tester's own business. */
const environmentWithout = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PARLEY_')))

export class Program {
  readonly child: ChildProcess
  readonly lines: LogLine[] = []
  /** All that it printed. */
  output = ''
  readonly #waiting = new Set<() => void>()

  constructor(t: TestContext, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CLI, ...args], {
      env: { ...environmentWithout(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.after(() => this.child.kill('SIGKILL'))
    for (const stream of [this.child.stdout, this.child.stderr]) {
      assert.ok(stream)
      createInterface(stream).on('line', (line) => {
        this.output += `${line}\n`
        if (line.startsWith('{')) this.lines.push(JSON.parse(line) as LogLine)
        for (const look of this.#waiting) look()
      })
    }
    this.child.on('exit', () => {
      for (const look of this.#waiting) look()
    })
  }

  get pid(): number {
    assert.ok(this.child.pid !== undefined)
    return this.child.pid
  }

  /** Waits for a line of its log. */
  said(event: string, isWanted: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
      }
      const look = (): void => {
        const line = this.lines.find((each) => each.event === event && isWanted(each))
        if (line) {
          end()
          resolve(line)
        } else if (this.child.exitCode !== null || this.child.signalCode !== null) {
          end()
          reject(new Error(`it ended before it said ${event}:\n${this.output}`))
        }
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`waited in vain for ${event}:\n${this.output}`))
      }, PATIENCE_MS)
      this.#waiting.add(look)
      look()
    })
  }

  /** Where it takes links. */
  async address(): Promise<string> {
    return String((await this.said('listening'))['address'])
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const exited = this.ended()
    this.child.kill(signal)
    return exited
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }
}

/** A super peer on a folder, with a log to be read by programs. */
export const superPeerOn = (t: TestContext, data: string, ...args: readonly string[]): Program =>
  new Program(t, ['superpeer', '--data', data, '--log', 'json', ...args])
