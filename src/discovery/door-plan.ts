/**
 * Which doors are open when. Whoever is alone opens them one after the other; whoever is meshed leaves them to a few
 * greeters, so that the networks behind them carry newcomers and not the room. Opens nothing itself. The rules are in
 * SPEC.md.
 */
import { unreachable } from '../base/assert.ts'
import type { SessionId } from '../base/ids.ts'
import {
  ASK_FIRST_MS,
  BRIDGES_MAX,
  CROWD_FACTOR_MAX,
  CROWD_GREETERS,
  CROWD_HALF_LIFE_MS,
  CROWD_PAUSE_MS,
  CROWD_STALE_MS,
  DOORS_MAX,
  LEAVE_AFTER_MS,
  LINKED_PATIENCE_MS,
  LINKS_TO_LEAVE,
  LONELY_LINKS,
  LONELY_MS,
  LONELY_TORN_MS,
  RETURN_SPREAD_MS,
  SMALL_ROOM_MEMBERS,
  UNMESHED_MS,
  type DoorEffect,
  type DoorEvent,
  type DoorReason,
  type PlannedDoor,
} from './door-event.ts'
import { DoorState } from './door-state.ts'
import { greeterEpoch, greeterEpochEndMs, greetersWanted, isGreeter } from './greeter.ts'

export class DoorPlan {
  readonly #me: SessionId
  readonly #random: () => number
  readonly #doors = new Map<string, DoorState>()
  #mesh: Extract<DoorEvent, { type: 'mesh' }> = {
    type: 'mesh',
    authenticatedLinks: 0,
    active: 0,
    isMeshed: false,
    freeSlots: 8,
    mayDial: true,
  }
  #members = 1
  /** How many times as many as we know of there must be, by the crowd that was seen at a door. */
  #crowd = { factor: 1, sinceMs: -Infinity, atMs: -Infinity }
  /** When we last came to know of one more. */
  #grewMs = -Infinity
  #isSuper = false
  #isOnline = true
  /** From when the doors' delays count; undefined while meshed. */
  #searchSinceMs: number | undefined
  #meshedSinceMs: number | undefined
  #lonelySinceMs: number | undefined
  #unmeshedSinceMs: number | undefined
  #wakeAtMs = Infinity
  #effects: DoorEffect[] = []

  constructor(me: SessionId, random: () => number) {
    this.#me = me
    this.#random = random
  }

  get doors(): readonly { readonly name: string; readonly isOpen: boolean; readonly reason: DoorReason }[] {
    return [...this.#doors.values()].map(({ door, isOpen, reason }) => ({ name: door.name, isOpen, reason }))
  }

  step(event: DoorEvent, nowMs: number): DoorEffect[] {
    this.#effects = []
    this.#handle(event, nowMs)
    this.#judgeMesh(nowMs)
    for (const state of this.#doors.values()) this.#decide(state, nowMs)
    this.#wake(nowMs)
    return this.#effects
  }

  #handle(event: DoorEvent, nowMs: number): void {
    switch (event.type) {
      case 'doors':
        return this.#setDoors(event.list, nowMs)
      case 'health':
        return this.#health(event.name, event.state, nowMs)
      case 'mesh':
        return this.#meshChanged(event, nowMs)
      case 'size':
        if (event.members > this.#members) this.#grewMs = nowMs
        this.#members = event.members
        return
      case 'mode':
        this.#isSuper = event.mode === 'super'
        return
      case 'network':
        if (event.isOnline && !this.#isOnline) this.#returned(nowMs)
        this.#isOnline = event.isOnline
        return
      case 'woken':
        return this.#returned(nowMs)
      case 'try':
        return this.#tryClosed()
      case 'refused':
        return this.#doors.get(event.name)?.refused(nowMs)
      case 'announce-heard':
        return this.#doors.get(event.name)?.heard()
      case 'standing':
        return this.#stands(event.sessions, nowMs)
      case 'tick':
        return
      default:
        return unreachable(event)
    }
  }

  /** Greeters are drawn by how large we think the room is. Where they are far too many, we know too few of it. */
  #stands(sessions: number, nowMs: number): void {
    const excess = sessions / greetersWanted(this.#membersReckoned(nowMs))
    if (nowMs - this.#crowd.atMs < CROWD_PAUSE_MS || excess <= CROWD_GREETERS) return
    const factor = this.#crowdFactor(nowMs)
    const { sinceMs } = this.#crowd
    // A network that goes on saying so, while nobody new is heard of, is believed once.
    if (factor === 1 && this.#grewMs <= sinceMs && sinceMs !== -Infinity) return
    this.#crowd = {
      factor: Math.min(factor * excess, CROWD_FACTOR_MAX),
      sinceMs: factor === 1 ? nowMs : sinceMs,
      atMs: nowMs,
    }
  }
  /** We come to know more of the room, so what a crowd made us think matters less and less; and not at all when we know all. */
  #crowdFactor(nowMs: number): number {
    const { factor, sinceMs, atMs } = this.#crowd
    if (nowMs - Math.max(this.#grewMs, sinceMs) >= CROWD_STALE_MS) this.#crowd = { ...this.#crowd, factor: 1 }
    if (this.#crowd.factor === 1) return 1
    return Math.max(1, factor / 2 ** ((nowMs - atMs) / CROWD_HALF_LIFE_MS))
  }
  #membersReckoned(nowMs: number): number {
    return Math.round(this.#members * this.#crowdFactor(nowMs))
  }

  #setDoors(list: readonly PlannedDoor[], nowMs: number): void {
    const wanted = new Map(list.slice(0, DOORS_MAX).map((door) => [door.name, door]))
    for (const [name, state] of this.#doors) {
      const door = wanted.get(name)
      if (door?.network === state.door.network && door.delayMs === state.door.delayMs) wanted.delete(name)
      else {
        if (state.isOpen) this.#effects.push({ type: 'close', name })
        this.#doors.delete(name)
      }
    }
    for (const [name, door] of wanted) this.#doors.set(name, new DoorState(door, this.#random))
    if (this.#meshedSinceMs === undefined) this.#searchSinceMs ??= nowMs
  }

  #health(name: string, health: 'connecting' | 'open' | 'failed' | 'stopped', nowMs: number): void {
    const state = this.#doors.get(name)
    if (!state?.isOpen) return
    // What was away may have been away with half of the room.
    if (health === 'open' && state.worked(nowMs)) this.#announce(state, nowMs)
    if (health === 'connecting') state.lost()
    if (health !== 'failed') return
    state.failed(nowMs, this.#isTorn)
    this.#close(state)
  }

  #meshChanged(event: Extract<DoorEvent, { type: 'mesh' }>, nowMs: number): void {
    const wasTorn = this.#isTorn
    this.#mesh = event
    if (wasTorn || !this.#isTorn) return
    for (const state of this.#doors.values()) if (state.isOpen) state.hurry(nowMs)
  }
  get #lonelyMs(): number {
    return this.#isTorn ? LONELY_TORN_MS : LONELY_MS
  }
  get #isTorn(): boolean {
    return this.#mesh.isTorn === true
  }

  /** Awake or online again: no failure of before means anything, and whoever is alone searches at once. */
  #returned(nowMs: number): void {
    for (const state of this.#doors.values()) {
      state.forgive()
      if (state.isOpen) state.hurry(nowMs)
    }
    if (this.#mesh.active < LONELY_LINKS) this.#searchSinceMs = nowMs
  }

  /** Those that are open stay as they are, and those that are not needed stay closed. */
  #tryClosed(): void {
    for (const state of this.#doors.values())
      if (!state.isOpen) {
        state.forgive()
        state.isAskedFor = this.#searchSinceMs !== undefined
      }
  }

  /** Searching begins when links are too few for long, and ends when they are enough for long. */
  #judgeMesh(nowMs: number): void {
    const { active, authenticatedLinks, isMeshed } = this.#mesh
    // In a room of three, two links are all there are.
    const enough = Math.min(LINKS_TO_LEAVE, Math.max(1, this.#members - 1))
    if (!isMeshed || authenticatedLinks < enough) this.#meshedSinceMs = undefined
    else this.#meshedSinceMs ??= nowMs
    if (this.#meshedSinceMs !== undefined) this.#unmeshedSinceMs = undefined
    else this.#unmeshedSinceMs ??= nowMs
    if (active >= Math.min(LONELY_LINKS, enough) && this.#mesh.isAlone !== true) this.#lonelySinceMs = undefined
    else this.#lonelySinceMs ??= nowMs
    if (this.#meshedSinceMs !== undefined && nowMs - this.#meshedSinceMs >= LEAVE_AFTER_MS)
      this.#searchSinceMs = undefined
    else if (
      nowMs - (this.#lonelySinceMs ?? nowMs) >= this.#lonelyMs ||
      nowMs - (this.#unmeshedSinceMs ?? nowMs) >= UNMESHED_MS
    )
      this.#searchSinceMs ??= nowMs + this.#random() * RETURN_SPREAD_MS
  }

  #decide(state: DoorState, nowMs: number): void {
    const { name } = state.door
    state.reason = this.#reasonFor(state, nowMs)
    const isWanted = state.reason === 'searching' || state.reason === 'greeting' || state.reason === 'small-room'
    if (state.isOpen && !isWanted) this.#close(state)
    else if (!state.isOpen && isWanted && nowMs >= this.#opensAtMs(state)) {
      state.opened(nowMs, this.#searchSinceMs !== undefined)
      this.#effects.push({ type: 'open', name })
    }
    if (!state.isOpen) return
    const isSearching = this.#searchSinceMs !== undefined
    if (nowMs >= state.bridgesUntilMs) state.bridgesUntilMs = 0
    if (state.isAnnouncementDue(nowMs, { isSearching, isTorn: this.#isTorn })) this.#announce(state, nowMs)
    this.#tellCapacity(state)
  }

  /** Whoever is meshed looks for other pieces of the room with it, and takes what it finds. */
  #announce(state: DoorState, nowMs: number): void {
    if (this.#searchSinceMs === undefined) state.bridge(nowMs)
    this.#tellCapacity(state)
    this.#effects.push({ type: 'announce', name: state.door.name })
  }

  #tellCapacity(state: DoorState): void {
    const isBridging = state.bridgesUntilMs > 0
    const freeSlots = isBridging ? Math.max(BRIDGES_MAX, this.#mesh.freeSlots) : this.#mesh.freeSlots
    const mayDial = isBridging || this.#mesh.mayDial
    const capacity = `${freeSlots} ${mayDial}`
    if (capacity === state.capacityTold) return
    state.capacityTold = capacity
    this.#effects.push({ type: 'capacity', name: state.door.name, freeSlots, mayDial })
  }

  #reasonFor(state: DoorState, nowMs: number): DoorReason {
    if (!this.#isOnline) return 'offline'
    // Whoever has no link keeps looking, or strangers could lock us out.
    if (nowMs < state.pausedUntilMs && this.#mesh.authenticatedLinks > 0) return 'paused'
    if (nowMs < state.retryAtMs) return state.isBroken ? 'broken' : 'backing-off'
    if (this.#searchSinceMs !== undefined) return 'searching'
    if (this.#isSuper) return 'greeting'
    if (this.#members <= SMALL_ROOM_MEMBERS) return 'small-room'
    const epoch = greeterEpoch(this.#me, nowMs)
    return isGreeter(this.#me, state.door.network, this.#membersReckoned(nowMs), epoch) ? 'greeting' : 'meshed'
  }

  /** Every network is somebody's: the next one is asked when those before it do not answer, or bring nobody. */
  #opensAtMs({ door, isAskedFor }: DoorState): number {
    const sinceMs = this.#searchSinceMs
    if (sinceMs === undefined || isAskedFor) return 0
    let atMs = sinceMs + door.delayMs
    if (door.delayMs === 0) return atMs
    if (this.#mesh.authenticatedLinks > 0) atMs += LINKED_PATIENCE_MS
    for (const other of this.#doors.values())
      if (other.door.delayMs < door.delayMs && other.answersSinceMs !== undefined)
        atMs = Math.max(atMs, other.answersSinceMs + ASK_FIRST_MS)
    return atMs
  }

  #close(state: DoorState): void {
    state.closed()
    this.#effects.push({ type: 'close', name: state.door.name })
  }

  #wake(nowMs: number): void {
    const due = [greeterEpochEndMs(this.#me, nowMs)]
    if (this.#meshedSinceMs !== undefined) due.push(this.#meshedSinceMs + LEAVE_AFTER_MS)
    if (this.#lonelySinceMs !== undefined) due.push(this.#lonelySinceMs + this.#lonelyMs)
    if (this.#unmeshedSinceMs !== undefined) due.push(this.#unmeshedSinceMs + UNMESHED_MS)
    if (this.#crowd.factor > 1) due.push(Math.max(this.#grewMs, this.#crowd.sinceMs) + CROWD_STALE_MS)
    for (const state of this.#doors.values()) {
      due.push(state.nextMs, state.retryAtMs, state.pausedUntilMs)
      if (!state.isOpen) due.push(this.#opensAtMs(state))
    }
    let atMs = Infinity
    for (const dueMs of due) if (dueMs > nowMs && dueMs < atMs) atMs = dueMs
    if (atMs === this.#wakeAtMs) return
    this.#wakeAtMs = atMs
    this.#effects.push({ type: 'wake', atMs })
  }
}
