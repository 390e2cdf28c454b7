/**
 * The WebRTC process as its parent sees it: one for all rooms, begun when it is first needed, and begun again when it
 * ended. What ran in it then is gone, and everybody is told; only doors are opened anew.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { accepted, rejected, type Result } from '../base/result.ts'
import { BackOff } from '../transport/back-off.ts'
import { LANES } from '../transport/link.ts'
import { RemoteLink } from './remote-link.ts'
import { COMMANDS, MessageCodec, REPORTS, type Command, type Report } from './rtc-message.ts'
import { RtcPipe } from './rtc-pipe.ts'

export interface RtcProcessLimits {
  /** The pause before it is begun again: the first one, and the longest. */
  readonly restartFirstMs: number
  readonly restartMaxMs: number
  /** What ran as long as this was good: the next pause is a short one. */
  readonly stableMs: number
  /** How long it may take to begin. */
  readonly startMsMax: number
  /** How often it is asked for a sign of life, and how many questions may go unanswered. */
  readonly beatMs: number
  readonly silentBeatsMax: number
}

export const RTC_PROCESS_LIMITS: RtcProcessLimits = {
  restartFirstMs: 1_000,
  restartMaxMs: 60_000,
  stableMs: 30_000,
  startMsMax: 60_000,
  beatMs: 10_000,
  silentBeatsMax: 3,
}

export interface RtcProcessOptions {
  readonly limits?: Partial<RtcProcessLimits>
  /** Told in one sentence what whoever runs the program should know; the console is, by default. */
  readonly notice?: (sentence: string) => void
  /** What Node is told for the process, such as `--max-old-space-size=256`. */
  readonly nodeFlags?: readonly string[]
}

/** Something that was begun in the process: a dial, an answer, a door. */
export interface RtcTenant {
  report(report: Report): void
  /** The process is there, for the first time or again. */
  ready?(): void
  /** The process has ended, or cannot be had, for the reason given in words. */
  lost(reason: string): void
}

/** `missing`: this platform has no WebRTC. */
type State = 'idle' | 'starting' | 'ready' | 'waiting' | 'missing' | 'closed'

interface Running {
  readonly child: ChildProcess
  readonly pipe: RtcPipe
  readonly startedMs: number
}

/** From source it needs what its parent was started with, which is looked up while there are descriptors for that. */
function programOfChild(): readonly string[] {
  const path = fileURLToPath(new URL('./rtc-child.ts', import.meta.url))
  if (import.meta.url.endsWith('.js')) return [path.replace(/\.ts$/, '.js')]
  return ['--import', import.meta.resolve('tsx'), path]
}
const PROGRAM = programOfChild()

export class RtcProcess {
  readonly #limits: RtcProcessLimits
  readonly #nodeFlags: readonly string[]
  readonly #notice: (sentence: string) => void
  readonly #commands = new MessageCodec(COMMANDS)
  readonly #reports = new MessageCodec(REPORTS)
  readonly #tenants = new Map<number, RtcTenant>()
  readonly #links = new Map<number, RemoteLink>()
  readonly #backOff: BackOff
  #state: State = 'idle'
  #running: Running | undefined
  #problem = 'WebRTC has not been started'
  #starts = 0
  #ids = 0
  #silentBeats = 0
  #beat: ReturnType<typeof setTimeout> | undefined
  #restart: ReturnType<typeof setTimeout> | undefined
  #waiters: ((result: Result<void, 'not-dialled'>) => void)[] = []
  #onClosed: (() => void) | undefined

  constructor(options: RtcProcessOptions = {}) {
    this.#limits = { ...RTC_PROCESS_LIMITS, ...options.limits }
    this.#nodeFlags = options.nodeFlags ?? []
    // oxlint-disable-next-line eslint/no-console -- a program that gives no place of its own has only this one
    this.#notice = options.notice ?? ((sentence) => console.warn(sentence))
    const { restartFirstMs, restartMaxMs } = this.#limits
    this.#backOff = new BackOff({ firstMs: restartFirstMs, maxMs: restartMaxMs, random: Math.random })
  }

  get state(): State {
    return this.#state
  }
  /** Why there is none now, in words. */
  get problem(): string {
    return this.#problem
  }
  /** The number that the system gave the process, while there is one. */
  get pid(): number | undefined {
    return this.#running?.child.pid
  }

  /** How often the process was begun again after it had ended. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1)
  }

  /** Begins the process if there is none. A rejection while it is not to be had. Never rejects as a promise. */
  ready(): Promise<Result<void, 'not-dialled'>> {
    if (this.#state === 'ready') return Promise.resolve(accepted(undefined))
    if (this.#state !== 'idle' && this.#state !== 'starting')
      return Promise.resolve(rejected('not-dialled', this.#problem))
    return new Promise((resolve) => {
      this.#waiters.push(resolve)
      if (this.#state === 'idle') this.#start()
      else this.#hold()
    })
  }

  /** The number under which the process is told of the tenant. */
  add(tenant: RtcTenant): number {
    const id = ++this.#ids
    this.#tenants.set(id, tenant)
    this.#hold()
    return id
  }

  remove(id: number): void {
    this.#tenants.delete(id)
    this.#hold()
  }

  link(id: number): RemoteLink | undefined {
    return this.#links.get(id)
  }

  /** Goes nowhere while there is no process. */
  send(command: Command): void {
    this.#running?.pipe.send(this.#commands.write(command))
  }

  /** Ends the process with all its links, for good. */
  close(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve()
    clearTimeout(this.#restart)
    this.#state = 'closed'
    const running = this.#running
    if (!running) {
      this.#forsake('WebRTC was switched off')
      return Promise.resolve()
    }
    const { child, pipe } = running
    return new Promise((resolve) => {
      this.#onClosed = resolve
      // One that has ended already, or never began, does not end again.
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) resolve()
      child.ref()
      pipe.close()
    })
  }

  #start(): void {
    this.#state = 'starting'
    this.#starts++
    const program = [...this.#nodeFlags, ...PROGRAM]
    const child = spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] })
    let failure: string | undefined
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      child.kill('SIGKILL')
      this.#ended(failure ?? 'the WebRTC process ended')
    }
    child.on('error', (error) => {
      failure = `the WebRTC process could not be started: ${error.message}`
      end()
    })
    child.on('exit', () => this.#onClosed?.())
    // Where there are no descriptors left there are no streams, and an error follows.
    const stream = (child.stdio as ChildProcess['stdio'] | undefined)?.[PIPE_AT] as Duplex | undefined
    if (!stream) return
    const pipe = new RtcPipe(stream, {
      onRecord: (record) => {
        const report = this.#reports.read(record)
        if (report.ok) this.#receive(report.value)
        else pipe.close()
      },
      onEnd: end,
    })
    this.#running = { child, pipe, startedMs: performance.now() }
    this.#beat = setTimeout(() => {
      child.kill('SIGKILL')
    }, this.#limits.startMsMax).unref()
    this.#hold()
  }

  /** Keeps this process from ending by itself as long as something runs there, or will when it is begun again. */
  #hold(): void {
    const isNeeded = this.#tenants.size + this.#links.size + this.#waiters.length > 0
    if (isNeeded) this.#restart?.ref()
    else this.#restart?.unref()
    const { child } = this.#running ?? {}
    if (!child) return
    const pipe = child.stdio[PIPE_AT] as Duplex & { ref?(): void; unref?(): void }
    if (isNeeded) child.ref()
    else child.unref()
    if (isNeeded) pipe.ref?.()
    else pipe.unref?.()
  }

  readonly #ask = (): void => {
    if (++this.#silentBeats > this.#limits.silentBeatsMax) this.#running?.child.kill('SIGKILL')
    else this.send({ type: 'ping' })
    this.#beat = setTimeout(this.#ask, this.#limits.beatMs).unref()
  }

  #receive(report: Report): void {
    this.#silentBeats = 0
    if (report.type === 'ready') return this.#became('ready')
    if (report.type === 'missing') {
      this.#problem = `WebRTC is off in Node on this platform (${report.detail}): peers are reached over WebSocket alone.`
      return this.#became('missing')
    }
    if (report.type === 'link') return this.#addLink(report)
    if (report.type !== 'opened' && 'link' in report) return this.#receiveOf(report)
    if (!('id' in report)) return
    const tenant = this.#tenants.get(report.id)
    if (tenant) tenant.report(report)
    // It opened while whoever wanted it was giving up.
    else if (report.type === 'opened') this.#links.get(report.link)?.close('dropped')
  }

  #became(state: 'ready' | 'missing'): void {
    this.#state = state
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters)
      resolve(state === 'ready' ? accepted(undefined) : rejected('not-dialled', this.#problem))
    clearTimeout(this.#beat)
    if (state === 'ready') {
      this.#ask()
      for (const tenant of this.#tenants.values()) tenant.ready?.()
    } else {
      this.#notice(this.#problem)
      this.#running?.pipe.close()
    }
    this.#hold()
  }

  #addLink({ link: id, initiator, binding }: Extract<Report, { readonly type: 'link' }>): void {
    const link = new RemoteLink({
      id,
      initiator,
      binding,
      send: (command) => {
        this.send(command)
      },
      onEnd: () => {
        this.#links.delete(id)
        this.#hold()
      },
    })
    this.#links.set(id, link)
    this.#hold()
  }

  #receiveOf(report: Extract<Report, { readonly link: number }>): void {
    const link = this.#links.get(report.link)
    if (!link) return
    if (report.type === 'closed') link.end(report.reason)
    else if (report.type === 'path') link.knowPath(report)
    else if (report.type === 'disturbed') link.onDisturbed?.()
    else if (report.type === 'frame' || report.type === 'left') {
      const lane = LANES[report.lane]
      if (!lane) link.end('bad-frame: no such lane')
      else if (report.type === 'frame') link.receive(lane, report.frame)
      else link.left(lane, report.bytes)
    }
  }

  #ended(reason: string): void {
    clearTimeout(this.#beat)
    const ranMs = this.#running ? performance.now() - this.#running.startedMs : 0
    this.#running = undefined
    if (this.#state === 'closed') return this.#forsake('WebRTC was switched off')
    if (this.#state === 'missing') return this.#forsake(this.#problem)
    if (ranMs >= this.#limits.stableMs) this.#backOff.reset()
    const pauseMs = this.#backOff.next()
    this.#problem = `${reason}; it is started again in ${Math.ceil(pauseMs / 1_000)} s`
    this.#state = 'waiting'
    this.#restart = setTimeout(() => {
      this.#state = 'idle'
      // Dials are gone by now: what is left are doors.
      if (this.#tenants.size > 0) this.#start()
    }, pauseMs)
    this.#notice(`${this.#problem}.`)
    this.#forsake(this.#problem)
  }

  /** Tells everybody that what they had there is gone. */
  #forsake(reason: string): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve(rejected('not-dialled', reason))
    for (const link of this.#links.values()) link.end('connection-lost')
    this.#links.clear()
    for (const tenant of this.#tenants.values()) tenant.lost(reason)
    this.#hold()
  }
}

/** Where the pipe is among the streams of the process. */
const PIPE_AT = 3
