/**
 * The store of a peer without a browser: one folder, held by LevelDB (Google), which writes a log ahead and checks what
 * it reads by checksums. Every write is on the disk before it is said to be done, whether it asks for that or not:
 * others rely on a super peer to have what it has acknowledged. Writes that come while the disk is busy share its next
 * turn. Where the disk is full or fails, writes wait and are tried again, so that nothing is acknowledged that is not
 * there, and everything goes on when somebody has made room. The rules are in SPEC.md.
 */
import { mkdir } from 'node:fs/promises'
import type { ClassicLevel } from 'classic-level'
import { platformClock, type Clock } from '../transport/clock.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import {
  StoreError,
  written,
  type Change,
  type RangeQuery,
  type Store,
  type StoredEntry,
  type StoredValue,
  type StoreFailure,
} from '../storage/store.ts'
import {
  openDatabase,
  proveRoom,
  repairFolder,
  resolveRanges,
  type Database,
  type PreparedChange,
} from './level-folder.ts'
import { decodeValue, encodeValue, protectValue, uncoverValue } from './stored-value.ts'

/** `unavailable`: the database has no binary for this machine; `busy`: another program has the folder open. */
export type OpenStoreReason = 'unavailable' | 'busy' | 'failed'

export interface StoreProblem {
  readonly failure: StoreFailure
  readonly detail: string
}

export interface LevelStoreOptions {
  /** Written after every loss, before anything is read again: what is stored elsewhere no longer holds then. */
  readonly afterRepair?: readonly Change[]
  /** What was found damaged and mended, in a sentence for the operator. */
  readonly onRepair?: (sentence: string) => void
  /** Why nothing is being written now, in the system's words; undefined when it goes on. */
  readonly onProblem?: (problem: StoreProblem | undefined) => void
  /** Each write that is on the disk, with the time from the call until then, its wait for the disk included. */
  readonly onWritten?: (durationMs: number) => void
  readonly clock?: Clock
}

interface Waiting {
  readonly changes: readonly PreparedChange[]
  readonly done: (result: Result<void, StoreFailure>) => void
}

/** Bytes of one turn of the disk; more waits for the next. */
const TURN_BYTES_MAX = 8 * 1024 * 1024
/** A full disk is looked at again after this. */
const RETRY_MS = 5_000
/** A read that meets damage is tried again when that was mended; of more there is no end in sight. */
const READ_ATTEMPTS_MAX = 4

/** Keys compare as their UTF-16 code units do, which is what stores promise; so they are written big-endian. */
const keyOf = (text: string): Uint8Array => Buffer.from(text, 'utf16le').swap16()
const textOf = (key: Uint8Array): string => Buffer.from(key).swap16().toString('utf16le')

export class LevelStore implements Store {
  readonly persistent = true
  readonly #folder: string
  readonly #clock: Clock
  readonly #onProblem: NonNullable<LevelStoreOptions['onProblem']>
  readonly #onWritten: NonNullable<LevelStoreOptions['onWritten']>
  readonly #onRepair: NonNullable<LevelStoreOptions['onRepair']>
  readonly #afterRepair: readonly Change[]
  #database: Database
  #hasProblem = false
  /** Each ends a pause before a next attempt. */
  readonly #hurries = new Set<() => void>()
  readonly #waiting: Waiting[] = []
  /** Set while the disk has its turn. */
  #turn: Promise<void> | undefined
  /** After an error LevelDB takes nothing more until it was opened anew. */
  #needsReopening = false
  /** What it said of damage that is to be mended then. */
  #damage: string | undefined
  #reopening: Promise<void> | undefined
  /** How often it was opened anew. */
  #openings = 0
  #hasWrongValue = false
  #hasLost = false
  #isClosed = false
  #closing: Promise<void> | undefined

  private constructor(folder: string, database: Database, options: LevelStoreOptions) {
    this.#folder = folder
    this.#database = database
    this.#clock = options.clock ?? platformClock
    this.#onProblem = options.onProblem ?? ((): void => undefined)
    this.#onWritten = options.onWritten ?? ((): void => undefined)
    this.#onRepair = options.onRepair ?? ((): void => undefined)
    this.#afterRepair = options.afterRepair ?? []
  }

  /** Makes the folder where there is none. A rejection's detail is what the system said. */
  static async open(folder: string, options: LevelStoreOptions = {}): Promise<Result<LevelStore, OpenStoreReason>> {
    let Level: typeof ClassicLevel
    try {
      ;({ ClassicLevel: Level } = await import('classic-level'))
    } catch (error) {
      return rejected('unavailable', String(error))
    }
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const { afterRepair = [] } = options
      return accepted(new LevelStore(folder, await openDatabase(Level, folder, afterRepair.map(prepare)), options))
    } catch (error) {
      if (codeOf(error) === 'LEVEL_LOCKED') return rejected('busy', reasonOf(error))
      if (codeOf(error) !== 'LEVEL_CORRUPTION') return rejected('failed', reasonOf(error))
      return LevelStore.#repair(Level, folder, reasonOf(error), options)
    }
  }

  static async #repair(
    Level: typeof ClassicLevel,
    folder: string,
    damage: string,
    options: LevelStoreOptions,
  ): Promise<Result<LevelStore, OpenStoreReason>> {
    try {
      await repairFolder(Level, folder)
      const { afterRepair = [] } = options
      const store = new LevelStore(folder, await openDatabase(Level, folder, afterRepair.map(prepare)), options)
      options.onRepair?.(repairSentence(damage))
      return accepted(store)
    } catch (error) {
      return rejected('failed', `${damage}; mending failed: ${reasonOf(error)}`)
    }
  }

  /** Whether writes wait for the disk. */
  get hasProblem(): boolean {
    return this.#hasProblem
  }
  /** Whether damage was met since it was opened. */
  get hasLost(): boolean {
    return this.#hasLost
  }

  async get(key: string): Promise<StoredValue | undefined> {
    const stored = keyOf(key)
    const bytes = await this.#read(() => this.#database.get(stored))
    return bytes && this.#decode(stored, bytes)
  }

  async range({ from, to, limit = -1, reverse = false }: RangeQuery): Promise<readonly StoredEntry[]> {
    if (from >= to || limit === 0) return []
    const bounds = { gte: keyOf(from), lt: keyOf(to), limit, reverse }
    const found = await this.#read(() => this.#database.iterator(bounds).all())
    if (this.#isClosed) throw new StoreError('closed')
    const entries: StoredEntry[] = []
    for (const [key, bytes] of found) {
      const value = await this.#decode(key, bytes)
      if (value !== undefined) entries.push([textOf(key), value])
    }
    const last = found.at(-1)?.[0]
    if (found.length !== limit || entries.length === limit || !last) return entries
    // What is damaged was left out: there may be more behind it.
    const rest = reverse ? { from, to: textOf(last) } : { from: `${textOf(last)}\0`, to }
    return [...entries, ...(await this.range({ ...rest, limit: limit - entries.length, reverse }))]
  }

  write(changes: readonly Change[]): Promise<Result<void, StoreFailure>> {
    if (this.#isClosed) return Promise.resolve(rejected('closed'))
    let prepared: readonly PreparedChange[]
    try {
      prepared = changes.map(prepare)
    } catch (error) {
      return Promise.resolve(rejected('failed', reasonOf(error)))
    }
    const startedMs = this.#clock.nowMs()
    const result = new Promise<Result<void, StoreFailure>>((resolve) => {
      const done = (outcome: Result<void, StoreFailure>): void => {
        if (outcome.ok) this.#onWritten(this.#clock.nowMs() - startedMs)
        resolve(outcome)
      }
      this.#waiting.push({ changes: prepared, done })
    })
    this.#turn ??= this.#takeTurns()
    return result
  }

  /** What the folder takes on disk for keys between `from` and `to`, in bytes; what was just written may not count. */
  async sizeBytes(from: string, to: string): Promise<number> {
    return this.#read(() => this.#database.approximateSize(keyOf(from), keyOf(to)))
  }

  /** Gives back the space of what was deleted. Takes a while. */
  async compact(): Promise<void> {
    await this.#read(() => this.#database.compactRange(keyOf(''), keyOf('\uffff')))
  }

  close(): Promise<void> {
    this.#isClosed = true
    for (const hurry of this.#hurries) hurry()
    this.#closing ??= (async () => {
      await this.#turn
      await this.#reopening?.catch(() => undefined)
      await this.#database.close().catch(() => undefined)
    })()
    return this.#closing
  }

  async #takeTurns(): Promise<void> {
    // Those who write in the same instant belong together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const turn = this.#nextTurn()
      try {
        await this.#take(turn)
      } catch {
        // Only the one that cannot be carried out is to be refused.
        for (const waiting of turn)
          await this.#take([waiting]).catch((error: unknown) => {
            waiting.done(rejected('failed', reasonOf(error)))
          })
      }
    }
    this.#turn = undefined
  }

  /** Rejects for errors that no disk makes, and that would come again each time. */
  async #take(turn: readonly Waiting[]): Promise<void> {
    const changes = turn.flatMap((waiting) => waiting.changes)
    let result = await this.#commit(changes)
    while (!result.ok && !this.#isClosed) {
      this.#tell(result)
      await this.#pause()
      result = await this.#commit(changes)
    }
    this.#tell(result)
    for (const { done } of turn) done(result)
  }

  #tell(result: Result<void, StoreFailure>): void {
    if (result.ok && !this.#hasProblem) return
    this.#hasProblem = !result.ok
    this.#onProblem(result.ok ? undefined : { failure: result.reason, detail: result.detail ?? '' })
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        this.#hurries.delete(end)
        resolve()
      }
      const cancel = this.#clock.after(RETRY_MS, end)
      this.#hurries.add(end)
    })
  }

  #nextTurn(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    while (count < this.#waiting.length && (count === 0 || bytes < TURN_BYTES_MAX)) {
      for (const change of this.#waiting[count]?.changes ?? []) if (change.type === 'put') bytes += change.value.length
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #commit(changes: readonly PreparedChange[]): Promise<Result<void, StoreFailure>> {
    try {
      await this.#reopenIfNeeded(changes)
      const operations = await resolveRanges(this.#database, changes)
      if (operations.length > 0) await this.#database.batch(operations, { sync: true })
      return written()
    } catch (error) {
      if (error instanceof RangeError || error instanceof TypeError) throw error
      this.#noteFailure(error)
      return rejected(failureOf(error), reasonOf(error))
    }
  }

  #noteFailure(error: unknown): void {
    this.#needsReopening = true
    if (codeOf(error) === 'LEVEL_CORRUPTION') this.#damage ??= reasonOf(error)
  }

  async #reopenIfNeeded(changes: readonly PreparedChange[] = []): Promise<void> {
    if (!this.#needsReopening) return
    this.#reopening ??= this.#reopen(changes).finally(() => {
      this.#reopening = undefined
    })
    await this.#reopening
  }

  async #reopen(changes: readonly PreparedChange[]): Promise<void> {
    const { ClassicLevel: Level } = await import('classic-level')
    const damage = this.#damage
    // What is open can be read, and once closed would not open again on a full disk.
    if (damage === undefined && this.#database.status === 'open')
      await proveRoom(
        this.#folder,
        changes.reduce((sum, change) => sum + (change.type === 'put' ? change.value.length : 0), 0),
      )
    await this.#database.close()
    if (damage !== undefined) await repairFolder(Level, this.#folder)
    this.#database = await openDatabase(Level, this.#folder, this.#afterRepair.map(prepare))
    this.#needsReopening = false
    this.#damage = undefined
    this.#openings++
    if (damage === undefined) return
    this.#hasLost = true
    this.#onRepair(repairSentence(damage))
  }

  /** Where the database could not be opened again, whoever reads waits as whoever writes does. */
  async #whenOpen(): Promise<void> {
    await this.#reopening?.catch(() => undefined)
    while (this.#database.status !== 'open' && !this.#isClosed)
      try {
        await this.#reopenIfNeeded()
        if (!this.#turn) this.#tell(written())
      } catch (error) {
        if (codeOf(error) === 'LEVEL_CORRUPTION') this.#damage ??= reasonOf(error)
        this.#tell(rejected(failureOf(error), reasonOf(error)))
        await this.#pause()
      }
  }

  /** Damage that a read meets is mended at once. Others whose reads that cuts short are tried again. */
  async #read<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (this.#isClosed) throw new StoreError('closed')
      const openings = this.#openings
      try {
        await this.#whenOpen()
        if (this.#isClosed) throw new StoreError('closed')
        return await read()
      } catch (error) {
        if (this.#isClosed) throw new StoreError('closed', { cause: error })
        const isDamage = codeOf(error) === 'LEVEL_CORRUPTION' && openings === this.#openings
        if (isDamage) this.#noteFailure(error)
        const isCutShort = this.#reopening !== undefined || openings !== this.#openings
        if (attempt === READ_ATTEMPTS_MAX || !(isDamage || isCutShort)) throw new StoreError('failed', { cause: error })
        await this.#reopenIfNeeded().catch(() => undefined)
      }
    }
  }

  /** Undefined, as if it were not there, for what is not what was stored. */
  async #decode(key: Uint8Array, bytes: Uint8Array): Promise<StoredValue | undefined> {
    const value = uncoverValue(key, bytes)
    if (value) {
      try {
        return await decodeValue(value)
      } catch (error) {
        throw new StoreError('failed', { cause: error })
      }
    }
    if (!this.#hasWrongValue) {
      this.#hasWrongValue = true
      this.#hasLost = true
      if (this.#afterRepair.length > 0) void this.write(this.#afterRepair)
      this.#onRepair(WRONG_VALUE)
    }
    return undefined
  }
}

const WRONG_VALUE =
  'The disk gave back other bytes than were written: what is wrong is left out, and comes from others. See to the disk.'

const repairSentence = (damage: string): string =>
  `The database was damaged (${damage}) and has been mended: what could not be saved comes from others.`

function prepare(change: Change): PreparedChange {
  if (change.kind === 'put') {
    const key = keyOf(change.key)
    return { type: 'put', key, value: protectValue(key, encodeValue(change.value)) }
  }
  if (change.kind === 'delete') return { type: 'del', key: keyOf(change.key) }
  return { type: 'range', from: keyOf(change.from), to: keyOf(change.to) }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error && error.code !== undefined ? error.code : undefined

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const failureOf = (error: unknown): StoreFailure =>
  /no space left|disk quota|file too large/i.test(reasonOf(error)) ? 'full' : 'failed'
