/**
 * One hour in a room after somebody has sent a malicious file. Every device asks the functions of `src/trust` that the
 * application asks; what people do by hand is chance with stated odds. The file swarm is a model: a file travels whole,
 * from one that serves it to one that asked. All devices are there for the whole hour, which is worse than life.
 */
import type { PersonId } from '../../src/base/ids.ts'
import { allowanceFor } from '../../src/trust/allowance-for.ts'
import { describeFile } from '../../src/trust/describe-file.ts'
import { fileWarnings } from '../../src/trust/file-warnings.ts'
import { mayServeChunk } from '../../src/trust/relay-budget.ts'
import { withPersonSetting, type TrustSettings } from '../../src/trust/settings.ts'
import { StatementBook } from '../../src/trust/statement-book.ts'
import { StorageBudget } from '../../src/trust/storage-budget.ts'
import { trustIn, type SharedRoom, type Trust } from '../../src/trust/trust-in.ts'
import { file, NOW_MS, person, room, settingsWith, warns, blocks, type Levels } from '../trust/people.ts'
import { EventQueue } from './event-queue.ts'
import { SeededRandom } from './seeded-random.ts'
import { TraceHash } from './trace-hash.ts'

const HOUR_MS = 3_600_000
/** What is said in the room is everywhere within this. */
const GOSSIP_MS = 2_000
/** Somebody who is there reads a message after this long on average. */
const READ_AFTER_MS = 600_000
/** Whoever finds out what they opened does so after this long on average. */
const NOTICE_AFTER_MS = 300_000
/** Of those who opened it. */
const NOTICES = 0.3
/** Of those who found out: they tell others of the file and of its sender, signed. */
const WARNS = 0.5
/** People in the room whom one knows on average, and how many of these one trusts. */
const CONTACTS = 8
const TRUSTED_SHARE = 0.25
/** Contacts sit near each other, but for this share. */
const FAR_SHARE = 0.2
const UPLOAD_BYTES_PER_MS = 1_250
const QUOTA_BYTES = 1024 ** 3
/** Each step of a gate is one more moment to think: who would take two steps of those who would take one. */
const STEPS: Readonly<Record<string, number>> = { tap: 1, ask: 2, 'two-steps': 2, 'hold-to-confirm': 3 }

export type Sender =
  /** A new account, in a room that anybody may enter. */
  | 'unknown'
  /** A new account, in a room into which one is invited: everybody knows whoever invited them. */
  | 'introduced'
  /** An account that has been a member's for long, taken over. */
  | 'hijacked'
  /** A new account whom everybody has blocked. */
  | 'blocked'

export interface MaliciousFile {
  readonly name: string
  readonly bytes: Uint8Array
  readonly sizeBytes: number
  /** Set for what is shown among the messages. */
  readonly pixels?: number
}

export interface SpreadOptions {
  readonly nodes: number
  readonly seed: number
  readonly sender: Sender
  readonly file: MaliciousFile
  /** How many of those who could have it by one tap do so. */
  readonly taps: number
  /** Instead: every device fetches what it sees announced, and serves what it has. */
  readonly isSeedingAll?: boolean
}

export interface Spread {
  /** Devices that hold its bytes after the hour, the sender's aside. */
  readonly holders: number
  /** Of these, without anybody there having asked for it. */
  readonly unasked: number
  /** Devices that passed it on to others, the sender's aside. */
  readonly servers: number
  readonly warners: number
  readonly broken: readonly string[]
  readonly trace: TraceHash
}

interface Device {
  readonly index: number
  readonly me: PersonId
  readonly rooms: readonly SharedRoom[]
  readonly storage: StorageBudget
  settings: TrustSettings
  holds: boolean
  /** Somebody sat there and asked for it. */
  hasAsked: boolean
  hasServed: boolean
  isFetching: boolean
  freeAtMs: number
}

type Event = () => void
/** What is in the trace, by number. */
const FETCH = 1
const HAVE = 2
const WARN = 3

/** What a person is asked before the file comes: nothing at all, never, or so many steps. */
type Gate = 'alone' | 'never' | number

export function runSpread(options: SpreadOptions): Spread {
  return new SpreadRun(options).run()
}

class SpreadRun {
  readonly #options: SpreadOptions
  readonly #random: SeededRandom
  readonly #queue = new EventQueue<Event>()
  readonly #trace = new TraceHash()
  readonly #statements = new StatementBook()
  readonly #devices: readonly Device[]
  readonly #sender: Device
  readonly #hash = file(7)
  readonly #class: 'A' | 'B' | 'C'
  #nowMs = 0
  #warners = 0

  constructor(options: SpreadOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    const { name, bytes, sizeBytes } = options.file
    this.#class = describeFile({ name, bytes, sizeBytes }).class
    this.#devices = this.#people()
    const [first] = this.#devices
    if (!first) throw new RangeError('a room needs people')
    this.#sender = first
    first.holds = true
  }

  run(): Spread {
    for (const device of this.#devices) {
      if (device === this.#sender) continue
      this.#after(this.#random.between(0, GOSSIP_MS), () => this.#hear(device))
      this.#after(GOSSIP_MS + this.#exponential(READ_AFTER_MS), () => this.#read(device))
    }
    while (this.#queue.nextAtMs <= HOUR_MS) {
      this.#nowMs = this.#queue.nextAtMs
      this.#queue.pop()?.()
    }
    const others = this.#devices.filter((device) => device !== this.#sender)
    const holders = others.filter(({ holds }) => holds)
    const broken = this.#options.isSeedingAll === true ? [] : others.flatMap((device) => this.#faultsOf(device))
    return {
      holders: holders.length,
      unasked: holders.filter(({ hasAsked }) => !hasAsked).length,
      servers: others.filter(({ hasServed }) => hasServed).length,
      warners: this.#warners,
      broken,
      trace: this.#trace,
    }
  }

  /** Contacts as in Watts and Strogatz, Nature 393 (1998): mostly neighbours on a ring, some anywhere. Both ways. */
  #people(): readonly Device[] {
    const { nodes, sender } = this.#options
    const random = this.#random.fork()
    const levels = Array.from({ length: nodes }, (): [PersonId, Levels[number][1]][] => [])
    const befriend = (a: number, b: number): void => {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const)
        levels[from]?.push([person(to + 1), random.isHit(TRUSTED_SHARE) ? 'trusted' : 'known'])
    }
    const isStranger = sender !== 'hijacked'
    const begin = isStranger ? 1 : 0
    for (let index = begin; index < nodes; index++)
      for (let step = 1; step <= CONTACTS / 2; step++) {
        const near = begin + ((index - begin + step) % (nodes - begin))
        const other = random.isHit(FAR_SHARE) ? begin + random.below(nodes - begin) : near
        if (other !== index) befriend(index, other)
      }
    return levels.map((known, index) => {
      const inviter = known[0]?.[0]
      if (sender === 'blocked' && index > 0) known.push([person(1), 'blocked'])
      return {
        index,
        me: person(index + 1),
        rooms: [room(sender === 'introduced' ? 'invite-only' : 'open', inviter)],
        storage: new StorageBudget({ quotaBytes: QUOTA_BYTES }),
        settings: settingsWith(known),
        holds: false,
        hasAsked: false,
        hasServed: false,
        isFetching: false,
        freeAtMs: 0,
      }
    })
  }

  #trustOf({ me, settings, rooms }: Device): Trust {
    const context = { me, settings, rooms, statements: this.#statements, nowMs: NOW_MS + this.#nowMs }
    return trustIn(this.#sender.me, context)
  }

  #gateOf(device: Device): Gate {
    const { sizeBytes, pixels } = this.#options.file
    const { me, settings } = device
    const { level, isCollapsed } = this.#trustOf(device)
    // Folded away with the names of those who warn: nobody is counted who unfolds it.
    if (isCollapsed) return 'never'
    const context = { me, settings, statements: this.#statements, nowMs: NOW_MS + this.#nowMs }
    if (fileWarnings(this.#hash, context).isStopped) return 'never'
    if (pixels !== undefined && this.#class === 'A') {
      const { fetch, sizeBytesMax, pixelsMax } = allowanceFor(level, 'images', settings, this.#sender.me)
      const isWithin = sizeBytes <= sizeBytesMax && pixels <= pixelsMax
      if (fetch === 'auto') return isWithin ? 'alone' : 1
      return fetch === 'tap' && isWithin ? 1 : 'never'
    }
    const kind = ({ A: 'filesA', B: 'filesB', C: 'filesC' } as const)[this.#class]
    const { fetch, sizeBytesMax, autoKeepBytesMax } = allowanceFor(level, kind, settings, this.#sender.me)
    if (sizeBytes <= autoKeepBytesMax) return 'alone'
    return sizeBytes <= sizeBytesMax ? (STEPS[fetch] ?? 'never') : 'never'
  }

  /** The device hears of the file; nobody has looked at it yet. */
  #hear(device: Device): void {
    if (this.#options.isSeedingAll === true || this.#gateOf(device) === 'alone') this.#fetch(device)
  }

  /** Somebody sees it. */
  #read(device: Device): void {
    if (this.#options.isSeedingAll === true || device.holds) return
    const gate = this.#gateOf(device)
    if (typeof gate !== 'number' || !this.#random.isHit(this.#options.taps ** gate)) return
    device.hasAsked = true
    this.#fetch(device)
  }

  #fetch(device: Device): void {
    if (device.isFetching) return
    device.isFetching = true
    const { sizeBytes } = this.#options.file
    const sources = this.#devices.filter((other) => other !== device && this.#serves(other))
    const asked = [this.#sender, ...Array.from({ length: 3 }, () => sources[this.#random.below(sources.length)])]
    const source = asked.reduce((best, other) => (other && best && other.freeAtMs < best.freeAtMs ? other : best))
    if (!source) return
    source.hasServed = true
    source.freeAtMs = Math.max(source.freeAtMs, this.#nowMs) + sizeBytes / UPLOAD_BYTES_PER_MS
    this.#trace.add(this.#nowMs, FETCH, device.index, source.index)
    this.#after(source.freeAtMs - this.#nowMs, () => this.#have(device))
  }

  #serves(device: Device): boolean {
    if (!device.holds) return false
    if (device === this.#sender || this.#options.isSeedingAll === true) return true
    const { me, settings } = device
    const { level } = this.#trustOf(device)
    const relay = allowanceFor(level, 'relay', settings, this.#sender.me)
    const context = { me, settings, statements: this.#statements, nowMs: NOW_MS + this.#nowMs }
    return mayServeChunk(relay, { wasOpenedHere: device.hasAsked }) && !fileWarnings(this.#hash, context).isStopped
  }

  #have(device: Device): void {
    const { sizeBytes } = this.#options.file
    const { level } = this.#trustOf(device)
    const storage = allowanceFor(level, 'storage', device.settings, this.#sender.me)
    const verdict = device.storage.take({ person: this.#sender.me, storage, sizeBytes, isText: false })
    // What somebody asked for is theirs, in their folder of downloads; what came alone needs a place among the stored.
    if (verdict !== 'stored' && !device.hasAsked && this.#options.isSeedingAll !== true) return
    device.holds = true
    this.#trace.add(this.#nowMs, HAVE, device.index, 0)
    if (!device.hasAsked || !this.#random.isHit(NOTICES)) return
    this.#after(this.#exponential(NOTICE_AFTER_MS), () => this.#notice(device))
  }

  /** They stop, and some tell the others. */
  #notice(device: Device): void {
    device.holds = false
    device.settings = withPersonSetting(device.settings, this.#sender.me, { level: 'blocked' })
    if (!this.#random.isHit(WARNS)) return
    this.#warners++
    this.#trace.add(this.#nowMs, WARN, device.index, 0)
    this.#after(GOSSIP_MS, () => {
      this.#statements.add(warns(device.me, this.#hash))
      this.#statements.add(blocks(device.me, this.#sender.me, { reason: 'malware' }))
    })
  }

  /** What must not be, whatever people do. */
  #faultsOf(device: Device): readonly string[] {
    const levels = personLevel(device, this.#sender.me)
    const isOwnAct = levels === 'known' || levels === 'trusted'
    const faults: string[] = []
    if (device.holds && !device.hasAsked && !isOwnAct) faults.push(`device ${device.index} holds what nobody asked for`)
    if (device.hasServed && !isOwnAct && this.#options.sender !== 'introduced')
      faults.push(`device ${device.index} passed on a stranger's file`)
    if (levels === 'blocked' && device.holds) faults.push(`device ${device.index} holds a blocked person's file`)
    return faults
  }

  #after(delayMs: number, event: Event): void {
    this.#queue.push(this.#nowMs + delayMs, event)
  }
  #exponential(meanMs: number): number {
    return -Math.log(1 - this.#random.next()) * meanMs
  }
}

const personLevel = (device: Device, of: PersonId) => device.settings.people.get(of)?.level
