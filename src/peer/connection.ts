import type { Door } from '../transport/door.ts'
import type { createTabDoor, TabDoorSession } from '../transport/tab-door.ts'
import type { People, PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLink } from './room-links.ts'

export interface ConnectedPeer {
  readonly person: PersonSummary
  readonly kind: 'rtc' | 'tab' | 'memory'
  readonly path: 'direct' | 'relayed' | 'tab' | 'unknown'
  readonly roundTripMs?: number
}

export interface DoorSummary {
  readonly name: string
  /** The place behind the door, such as a tracker's address; empty for doors without one. */
  readonly address: string
  readonly state: 'connecting' | 'open' | 'failed' | 'stopped'
  /** Why it is so, in words. */
  readonly reason?: string
}

/** `alone`: the doors are open or have been tried, and nobody else is here. */
export type ConnectionState = 'offline' | 'connecting' | 'alone' | 'connected'

/** What connecting runs on. */
interface ConnectionCode {
  readonly createTabDoor: typeof createTabDoor
}

/** How a room reaches its other members. */
export class Connection {
  readonly #core: RoomCore
  readonly #doors: readonly Door[]
  readonly #people: People
  #code: ConnectionCode | undefined
  /** Why the code is not here. */
  #problem: string | undefined
  #tabs: TabDoorSession | undefined
  #areDoorsOpen = false
  #isOffline = false
  #isStarted = false

  /** Comes with a room. */
  constructor(core: RoomCore, doors: readonly Door[], people: People) {
    this.#core = core
    this.#doors = doors
    this.#people = people
  }

  /** For the room's owner: gives it the code that it runs on. A start that was asked for before happens now. */
  attach(code: ConnectionCode): void {
    this.#code = code
    this.#problem = undefined
    if (this.#isStarted) this.#openTabs(code)
  }

  /** For the room's owner: the code could not be fetched, for the reason given in words. */
  fail(problem: string): void {
    this.#problem = problem
    this.#core.links.events.emit('change', undefined)
  }

  get isOffline(): boolean {
    return this.#isOffline
  }

  get state(): ConnectionState {
    if (this.#isOffline) return 'offline'
    if (this.#core.links.links.length > 0) return 'connected'
    if (this.#isStarted && !this.#code) return 'connecting'
    const doors = this.doors
    return doors.length > 0 && doors.every(({ state }) => state === 'connecting') ? 'connecting' : 'alone'
  }

  get peers(): readonly ConnectedPeer[] {
    return this.#core.links.links.map((roomLink) => this.#summaryOf(roomLink))
  }

  get doors(): readonly DoorSummary[] {
    const reason = this.#problem
    if (reason !== undefined) return this.#doors.map(({ name }) => ({ name, address: '', state: 'failed', reason }))
    return this.#core.links.doors.flatMap(({ name, health }) => {
      if (name === TAB_DOOR_NAME) return []
      const places = health.places.map(({ place, state, detail }) => ({ name, address: place, state, reason: detail }))
      return places.length > 0 ? places : [{ name, address: '', state: health.state, reason: health.detail }]
    })
  }

  /** Entries that others are known to have and we do not have yet. */
  get missingEntries(): number {
    return this.#core.links.missingEntries
  }

  /** Goes on without a network until it is called with false; what is written is sent then. */
  setOffline(isOffline: boolean): void {
    if (isOffline === this.#isOffline) return
    this.#isOffline = isOffline
    if (isOffline) void this.stop()
    else this.start()
    this.#core.links.events.emit('change', undefined)
  }

  /**
   * For the room's owner: looks for the others, if there is anything to do in the room. Of several tabs one holds the doors; the others go
   * through it.
   */
  start(): void {
    const { hasLeft, isDepartureUnheard } = this.#core.record
    if (this.#isStarted || this.#isOffline || (hasLeft && isDepartureUnheard !== true)) return
    this.#isStarted = true
    if (this.#code) this.#openTabs(this.#code)
  }

  #openTabs({ createTabDoor }: ConnectionCode): void {
    const tabDoor = createTabDoor()
    this.#tabs = this.#core.links.openDoor(tabDoor, this.#topic) as TabDoorSession | undefined
    const lead = (): void => {
      if (this.#tabs?.isLeader === true) this.#openDoors()
      this.#core.links.events.emit('change', undefined)
    }
    if (this.#tabs) this.#tabs.onHealth = lead
    lead()
  }

  /** For the room's owner. */
  async stop(): Promise<void> {
    this.#isStarted = false
    this.#areDoorsOpen = false
    this.#tabs = undefined
    const closed = this.#core.links.closeDoors()
    // Before anything is awaited: links that come up after a quick `start` are not ours to close.
    this.#core.links.closeLinks('stopped')
    await closed
  }

  get #topic(): string {
    return this.#core.keys.topic(this.#core.id)
  }

  #openDoors(): void {
    if (this.#areDoorsOpen || !this.#isStarted) return
    this.#areDoorsOpen = true
    for (const door of this.#doors) this.#core.links.openDoor(door, this.#topic)
  }

  #summaryOf({ remote, link, roundTripMs }: RoomLink): ConnectedPeer {
    return {
      person: this.#people.summaryOf(remote.person, this.#core.state, this.#core.record.myName),
      kind: link.kind,
      path: link.kind === 'tab' ? 'tab' : link.stats.path,
      ...(roundTripMs !== undefined && { roundTripMs }),
    }
  }
}

const TAB_DOOR_NAME = 'tabs'
