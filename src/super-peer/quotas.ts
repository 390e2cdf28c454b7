/**
 * How much a super peer stores of each room, and of each person in it. Counted by feed as entries come, so that a person
 * who turns up in the log later is counted right; kept over restarts, and counted anew only for what a crash left
 * uncounted.
 */
import { Emitter } from '../base/emitter.ts'
import type { FeedId, PersonId, RoomId } from '../base/ids.ts'
import type { RoomWithQuota, StorageQuota } from '../peer/quota.ts'
import type { Change, Store } from '../storage/store.ts'

export interface QuotaOptions {
  readonly roomBytesMax?: number
  /** Of what one person wrote in one room. */
  readonly authorBytesMax?: number
}

/** Something is not taken in any more, for want of quota, or is again. */
export interface QuotaChange {
  readonly room: RoomId
  /** Undefined: all of the room. */
  readonly person: PersonId | undefined
  readonly isFull: boolean
}

const MEBIBYTE = 2 ** 20
/** A busy room of a hundred people writes some 50 MB of text a year. */
const ROOM_BYTES_MAX = 1024 * MEBIBYTE
/** A quarter of the room, so that no one person can shut the others out. */
const AUTHOR_BYTES_MAX = 256 * MEBIBYTE
/** Logs say who may do what, so a full room still takes them, up to this part of the quota beyond it. */
const LOG_RESERVE = 0.25
/**
 * Of what one person may write in all, their logs may take so much beside it. Those who may remove others may use all of
 * it, however full the room is: nobody can keep them from being heard.
 */
const LOG_SHARE = 1 / 8
/** With a small quota too a person can be let in, and can open and be given what they need. */
const LOG_BYTES_MIN = MEBIBYTE
/** Records read at a time where something is counted anew. */
const COUNTED_AT_ONCE = 256
const PREFIX = 'quota/'
/** There while something may have been taken in that is not in the numbers kept. */
const MARK = 'quota-open'
/** For whoever deletes what was counted. */
export const COUNT_ANEW: Change = { kind: 'put', key: MARK, value: true }

interface RoomUsage {
  readonly feeds: Map<FeedId, number>
  /** What each person wrote in documents, and in logs. */
  readonly authors: Map<PersonId, number>
  readonly logAuthors: Map<PersonId, number>
  /** Feeds that are not in the sum of their author yet. */
  readonly unattributed: Set<FeedId>
  /** Feeds of which something was put off, by whose quota is used up: a person's, or the room's. */
  readonly putOff: Map<FeedId, PersonId | ''>
  totalBytes: number
}

export class Quotas implements StorageQuota {
  readonly events = new Emitter<{ readonly full: QuotaChange }>()
  readonly roomBytesMax: number
  readonly authorBytesMax: number
  readonly #store: Store
  readonly #rooms = new Map<RoomId, RoomUsage>()
  #isMarked = false

  private constructor(store: Store, options: QuotaOptions) {
    this.#store = store
    this.roomBytesMax = options.roomBytesMax ?? ROOM_BYTES_MAX
    this.authorBytesMax = options.authorBytesMax ?? AUTHOR_BYTES_MAX
  }

  /** Before anything is taken in. Counts what is stored where the numbers kept may not be true. */
  static async open(store: Store, options: QuotaOptions = {}): Promise<Quotas> {
    const quotas = new Quotas(store, options)
    const isKept = (await store.get(MARK)) === undefined && (await quotas.#load())
    if (!isKept) await quotas.#countAnew()
    await quotas.#mark()
    return quotas
  }

  /** Bytes kept of a room. */
  bytesOf(room: RoomId): number {
    return this.#rooms.get(room)?.totalBytes ?? 0
  }
  /** Who has used up their share, or all of a room. */
  get full(): readonly Omit<QuotaChange, 'isFull'>[] {
    return [...this.#rooms].flatMap(([room, { putOff }]) =>
      [...new Set(putOff.values())].map((person) => ({ room, person: person === '' ? undefined : person })),
    )
  }

  mayTake(room: RoomWithQuota, feed: FeedId, sizeBytes: number, author?: PersonId): boolean {
    const usage = this.#usageOf(room.id)
    const person = this.#attribute(room, usage, feed) ?? author
    const full = this.#fullFor(room, usage, { isLog: room.recordOf(feed) === undefined, person, sizeBytes })
    this.#setPutOff(room.id, usage, feed, full)
    return full === undefined
  }

  took(room: RoomWithQuota, feed: FeedId, sizeBytes: number): void {
    const usage = this.#usageOf(room.id)
    const isAttributed = usage.feeds.has(feed) && !usage.unattributed.has(feed)
    this.#add(room.id, feed, sizeBytes)
    if (isAttributed) {
      usage.unattributed.delete(feed)
      this.#charge(room, usage, feed, sizeBytes)
    } else this.#attribute(room, usage, feed)
    if (!this.#isMarked) void this.#mark()
  }

  isFull(room: RoomWithQuota, feed: FeedId): boolean {
    return this.#rooms.get(room.id)?.putOff.has(feed) ?? false
  }

  /** The room was deleted. */
  async forget(room: RoomId): Promise<void> {
    this.#rooms.delete(room)
    await this.#store.write([{ kind: 'delete', key: PREFIX + room }], { durable: false })
  }

  /** Keeps the numbers. What is taken in afterwards leaves a mark again. */
  async save(): Promise<void> {
    this.#isMarked = false
    const numbers = [...this.#rooms].map(([room, { feeds }]) => {
      return { kind: 'put', key: PREFIX + room, value: JSON.stringify([...feeds]) } as const
    })
    await this.#store.write([...numbers, { kind: 'delete', key: MARK }], { durable: true })
  }

  async #mark(): Promise<void> {
    this.#isMarked = true
    await this.#store.write([COUNT_ANEW], { durable: true })
  }

  /** False where no numbers are kept. */
  async #load(): Promise<boolean> {
    const kept = await this.#store.range({ from: PREFIX, to: `${PREFIX}~` })
    for (const [key, value] of kept) {
      const feeds = typeof value === 'string' ? (JSON.parse(value) as [FeedId, number][]) : []
      for (const [feed, sizeBytes] of feeds) this.#add(key.slice(PREFIX.length) as RoomId, feed, sizeBytes)
    }
    return kept.length > 0
  }

  async #countAnew(): Promise<void> {
    for (const kind of ['log/', 'entry/']) {
      for (let from = kind; ;) {
        const records = await this.#store.range({ from, to: `${kind}~`, limit: COUNTED_AT_ONCE })
        for (const [key, value] of records) {
          const [, room = '', feed = ''] = key.split('/')
          if (value instanceof Uint8Array) this.#add(room as RoomId, feed as FeedId, value.length)
        }
        const last = records.at(-1)
        if (!last || records.length < COUNTED_AT_ONCE) break
        from = `${last[0]}!`
      }
    }
  }

  #add(room: RoomId, feed: FeedId, sizeBytes: number): void {
    const usage = this.#usageOf(room)
    usage.feeds.set(feed, (usage.feeds.get(feed) ?? 0) + sizeBytes)
    usage.unattributed.add(feed)
    usage.totalBytes += sizeBytes
  }

  #usageOf(room: RoomId): RoomUsage {
    let usage = this.#rooms.get(room)
    if (!usage) {
      usage = {
        feeds: new Map(),
        authors: new Map(),
        logAuthors: new Map(),
        unattributed: new Set(),
        putOff: new Map(),
        totalBytes: 0,
      }
      this.#rooms.set(room, usage)
    }
    return usage
  }

  /** Whose quota does not allow it: a person's, or the room's. */
  #fullFor(
    room: RoomWithQuota,
    { authors, logAuthors, totalBytes }: RoomUsage,
    { isLog, person, sizeBytes }: { isLog: boolean; person: PersonId | undefined; sizeBytes: number },
  ): PersonId | '' | undefined {
    // They pay with their own share alone, so that no other member can have their word put off.
    const isKeeper = isLog && person !== undefined && room.state?.can(person, 'remove') === true
    const roomMax = this.roomBytesMax * (isLog ? 1 + LOG_RESERVE : 1)
    if (!isKeeper && totalBytes + sizeBytes > roomMax) return ''
    if (person === undefined) return undefined
    const logMax = Math.max(this.authorBytesMax * (isKeeper ? 1 : LOG_SHARE), LOG_BYTES_MIN)
    const usedBytes = (isLog ? logAuthors : authors).get(person) ?? 0
    return usedBytes + sizeBytes > (isLog ? logMax : this.authorBytesMax) ? person : undefined
  }

  /** Whose feed it is. All that is stored of known authors is counted with them when one of their feeds is not yet. */
  #attribute(room: RoomWithQuota, usage: RoomUsage, feed: FeedId): PersonId | undefined {
    const person = room.authorOf(feed)?.person
    if (person === undefined || (usage.feeds.has(feed) && !usage.unattributed.has(feed))) return person
    for (const known of usage.unattributed)
      if (this.#charge(room, usage, known, usage.feeds.get(known) ?? 0)) usage.unattributed.delete(known)
    return person
  }

  /** False while nobody has said whose feed it is. */
  #charge(room: RoomWithQuota, usage: RoomUsage, feed: FeedId, sizeBytes: number): boolean {
    const person = room.authorOf(feed)?.person
    if (person === undefined) return false
    const sums = room.recordOf(feed) === undefined ? usage.logAuthors : usage.authors
    sums.set(person, (sums.get(person) ?? 0) + sizeBytes)
    return true
  }

  /** A feed that was put off stays so until more of it is taken in, whatever smaller is taken in meanwhile. */
  #setPutOff(room: RoomId, { putOff }: RoomUsage, feed: FeedId, by: PersonId | '' | undefined): void {
    const before = putOff.get(feed)
    if (before === by) return
    const isNew = by !== undefined && ![...putOff.values()].includes(by)
    if (by === undefined) putOff.delete(feed)
    else putOff.set(feed, by)
    const isOver = before !== undefined && ![...putOff.values()].includes(before)
    if (isOver) this.#tell(room, before, false)
    if (isNew) this.#tell(room, by, true)
  }

  #tell(room: RoomId, person: PersonId | '', isFull: boolean): void {
    this.events.emit('full', { room, person: person === '' ? undefined : person, isFull })
  }
}
