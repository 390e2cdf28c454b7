/**
 * How long a super peer keeps what nobody comes for: a room that nobody has visited for some days, where whoever runs
 * the super peer wants that, and a room that it was removed from. Always a whole room: what a living one needs is never
 * dropped in part. Time while the super peer was off does not count: nobody could come then.
 */
import type { RoomId } from '../base/ids.ts'
import type { Environment } from '../peer/environment.ts'
import type { Room } from '../peer/room.ts'
import type { RoomCore } from '../peer/room-core.ts'
import type { RoomStatus } from '../peer/membership.ts'
import type { RoomLink } from '../peer/room-links.ts'
import type { Store } from '../storage/store.ts'

/** `not-let-in`: it asked to be, by a link that nobody answered to. */
export type DropReason = 'not-visited' | 'removed' | 'not-let-in'

export interface RetentionOptions {
  readonly store: Store
  readonly environment: Pick<Environment, 'now' | 'after'>
  readonly rooms: () => readonly Room[]
  readonly drop: (room: RoomId) => Promise<boolean>
  /** Gives back the space of what was deleted. */
  readonly compact: () => Promise<void>
  /** Whether a room was asked for by a stranger, and did not let us in so far. None by default. */
  readonly isStrangers?: (room: RoomId) => boolean
  /** Rooms that nobody has visited for so many days are dropped; undefined keeps them for good. */
  readonly retentionDays?: number
  readonly onDropped?: (room: RoomId, reason: DropReason) => void
  /** It was looked which rooms are due: so many there were, and so many were dropped. */
  readonly onLooked?: (rooms: number, dropped: number) => void
}

export const DAY_MS = 24 * 60 * 60_000
/** Time for whoever removed it by mistake to let it in again, and for whoever is asked to let it in. */
const REMOVED_DAYS = 7
/** For rooms that a stranger asked for, who was to be there. */
const STRANGERS_DAYS = 1
const LOOK_MS = 60 * 60_000
/** What became due while the machine was off is looked at soon after the start. */
const FIRST_LOOK_MS = 60_000
const VISITED = 'visited/'
const REMOVED = 'removed-at/'
const LOOKED = 'looked-at'
/** Longer between two looks, it was off, or its clock was set. */
const OFF_MS = 2 * LOOK_MS

const isOver = (status: RoomStatus): boolean => status === 'removed' || status === 'left' || status === 'declined'
/** Nothing that anybody relies on is kept. Links that lead to no room would take all places up in time. */
const isOutside = (status: RoomStatus): boolean => isOver(status) || status === 'joining'

/** Strangers, those who were removed, and other super peers come for nothing that is kept here. */
const isVisitor = (core: RoomCore, { remote }: RoomLink): boolean => core.may('read', remote)

export class Retention {
  readonly #options: RetentionOptions
  readonly #visited = new Map<RoomId, number>()
  readonly #removed = new Map<RoomId, number>()
  readonly #watched = new WeakSet<Room>()
  #lookedAtMs: number | undefined
  #cancelLook: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()
  #isClosed = false

  private constructor(options: RetentionOptions) {
    this.#options = options
  }

  static async open(options: RetentionOptions): Promise<Retention> {
    const retention = new Retention(options)
    for (const [prefix, times] of [
      [VISITED, retention.#visited],
      [REMOVED, retention.#removed],
    ] as const)
      for (const [key, value] of await options.store.range({ from: prefix, to: `${prefix}~` }))
        if (typeof value === 'number') times.set(key.slice(prefix.length) as RoomId, value)
    const lookedAtMs = await options.store.get(LOOKED)
    if (typeof lookedAtMs === 'number') retention.#lookedAtMs = lookedAtMs
    retention.#allowForAbsence()
    retention.watch()
    retention.#lookIn(FIRST_LOOK_MS)
    return retention
  }

  /** Rooms came: from now on it is known when somebody visits them. */
  watch(): void {
    for (const room of this.#options.rooms()) {
      if (this.#watched.has(room)) continue
      this.#watched.add(room)
      // One that came just now, or before anybody counted.
      if (!this.#visited.has(room.id)) this.#visit(room.id)
      room.core.links.events.on('up', (link) => {
        if (isVisitor(room.core, link)) this.#visit(room.id)
      })
    }
  }

  /** When somebody who can read was last linked to us in the room; milliseconds since 1970. */
  visitedAtMs(room: RoomId): number | undefined {
    return this.#visited.get(room)
  }

  /** Drops what is due. By itself once an hour. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look())
    return this.#looking
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelLook?.()
    await this.#looking
  }

  #lookIn(delayMs: number): void {
    this.#cancelLook = this.#options.environment.after(delayMs, () => {
      void this.look().finally(() => {
        if (!this.#isClosed) this.#lookIn(LOOK_MS)
      })
    })
  }

  async #look(): Promise<void> {
    this.#allowForAbsence()
    let dropped = 0
    const rooms = this.#options.rooms()
    for (const room of rooms) {
      if (this.#isClosed) return
      const reason = this.#judge(room)
      if (reason === undefined || !(await this.#options.drop(room.id))) continue
      dropped++
      this.#forget(room.id)
      this.#options.onDropped?.(room.id, reason)
    }
    this.#options.onLooked?.(rooms.length, dropped)
    if (dropped > 0 && !this.#isClosed) await this.#options.compact().catch(() => undefined)
  }

  /** Moves all times on by how long it was off. After a day and more, what was nearly due is left another day. */
  #allowForAbsence(): void {
    const { environment, store, retentionDays = Infinity } = this.#options
    const nowMs = environment.now()
    const awayMs = nowMs - (this.#lookedAtMs ?? nowMs)
    this.#lookedAtMs = nowMs
    void store.write([{ kind: 'put', key: LOOKED, value: nowMs }], { durable: false })
    // Less than nothing: the clock was set back.
    if (Math.abs(awayMs) <= OFF_MS) return
    for (const [prefix, times, days] of [
      [VISITED, this.#visited, retentionDays],
      [REMOVED, this.#removed, REMOVED_DAYS],
    ] as const)
      for (const [room, atMs] of times) {
        const leastMs = awayMs > DAY_MS ? nowMs - (days - 1) * DAY_MS : 0
        const movedMs = Math.min(nowMs, Math.max(atMs + awayMs, leastMs))
        times.set(room, movedMs)
        void store.write([{ kind: 'put', key: prefix + room, value: movedMs }], { durable: false })
      }
  }

  #judge(room: Room): DropReason | undefined {
    const { environment, retentionDays } = this.#options
    const nowMs = environment.now()
    // Whoever is here is on a visit that lasts.
    const isVisited = room.core.links.links.some((link) => isVisitor(room.core, link))
    if (isVisited && !isOver(room.status)) this.#visit(room.id)
    const isStrangers = room.status !== 'member' && this.#options.isStrangers?.(room.id) === true
    if (!isOutside(room.status) && !isStrangers) this.#setRemoved(room.id, undefined)
    else {
      const days = isStrangers ? STRANGERS_DAYS : REMOVED_DAYS
      const sinceMs = this.#removed.get(room.id)
      if (sinceMs === undefined) this.#setRemoved(room.id, nowMs)
      else if (nowMs - sinceMs >= days * DAY_MS)
        return isStrangers || room.status === 'joining' ? 'not-let-in' : 'removed'
    }
    const visitedAtMs = this.#visited.get(room.id) ?? nowMs
    const isDue = retentionDays !== undefined && nowMs - visitedAtMs >= retentionDays * DAY_MS
    return isDue ? 'not-visited' : undefined
  }

  /** Kept to the hour: a room with much coming and going costs a write an hour. */
  #visit(room: RoomId): void {
    const { environment, store } = this.#options
    const nowMs = environment.now()
    const former = this.#visited.get(room)
    if (former !== undefined && Math.abs(nowMs - former) < LOOK_MS) return
    this.#visited.set(room, nowMs)
    void store.write([{ kind: 'put', key: VISITED + room, value: nowMs }], { durable: false })
  }

  #setRemoved(room: RoomId, atMs: number | undefined): void {
    if (this.#removed.get(room) === atMs) return
    const key = REMOVED + room
    if (atMs === undefined) this.#removed.delete(room)
    else this.#removed.set(room, atMs)
    const change =
      atMs === undefined ? ({ kind: 'delete', key } as const) : ({ kind: 'put', key, value: atMs } as const)
    void this.#options.store.write([change], { durable: false })
  }

  #forget(room: RoomId): void {
    this.#visited.delete(room)
    this.#removed.delete(room)
    const keys = [VISITED + room, REMOVED + room]
    void this.#options.store.write(
      keys.map((key) => ({ kind: 'delete', key })),
      { durable: false },
    )
  }
}
