import type { SessionId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import type { Door } from '../transport/door.ts'
import type { Link } from '../transport/link.ts'
import type { createTabDoor, TabDoorSession } from '../transport/tab-door.ts'
import { isAddressHidden, keepAddressHidden } from './address-hiding.ts'
import type { HandIntroduction, HandReason } from './hand-introduction.ts'
import type { HandMeeting } from './hand-meeting.ts'
import type { NetworkMode, NetworkSource, NetworkView, networkViewOf } from './network-view.ts'
import type { People, PersonSummary } from './people.ts'
import { arePublicNetworksOn, keepPublicNetworks } from './public-networks.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLink } from './room-links.ts'
import { saveOffline } from './room-record.ts'
import type { SuperPeerSummary } from './safety.ts'
import type { TabModes } from './tab-modes.ts'

export interface ConnectedPeer {
  readonly person: PersonSummary
  readonly kind: Link['kind']
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
  readonly networkViewOf: typeof networkViewOf
  readonly TabModes: typeof TabModes
}

/** How a room reaches its other members. */
export class Connection {
  readonly #core: RoomCore
  readonly #doors: readonly Door[]
  readonly #people: People
  /** How many entries a session has signed to have written that are not here. */
  readonly #missingOf: (session: SessionId) => number
  readonly #superPeers: () => readonly SuperPeerSummary[]
  #code: ConnectionCode | undefined
  /** Why the code is not here. */
  #problem: string | undefined
  #tabs: TabDoorSession | undefined
  /** As chosen for this tab; others of the device may be there for more. */
  #mode: NetworkMode = 'normal'
  #tabModes: TabModes | undefined
  #hand: HandMeeting | undefined
  #areDoorsOpen = false
  #isStarted = false

  /** Comes with a room. */
  constructor(
    core: RoomCore,
    doors: readonly Door[],
    people: People,
    missingOf: (session: SessionId) => number = () => 0,
    superPeers: () => readonly SuperPeerSummary[] = () => [],
  ) {
    this.#superPeers = superPeers
    this.#core = core
    this.#missingOf = missingOf
    this.#doors = doors
    this.#people = people
  }

  /** For the room's owner: gives it the code that it runs on. A start that was asked for before happens now. */
  attach(code: ConnectionCode): void {
    this.#code = code
    this.#problem = undefined
    this.#tabModes = new code.TabModes(this.#core)
    this.setMode(this.#mode)
    if (this.#isStarted) this.#openTabs(code)
  }

  /** For the room's owner: the code could not be fetched, for the reason given in words. */
  fail(problem: string): void {
    this.#problem = problem
    this.#core.links.events.emit('change', undefined)
  }

  get isOffline(): boolean {
    return this.#core.record.isOffline === true
  }

  get state(): ConnectionState {
    if (this.isOffline) return 'offline'
    if (this.#core.links.links.length > 0) return 'connected'
    if (this.#isStarted && !this.#code) return 'connecting'
    // Those that are closed are none to wait for.
    const doors = this.doors.filter(({ state }) => state !== 'stopped')
    return doors.length > 0 && doors.every(({ state }) => state === 'connecting') ? 'connecting' : 'alone'
  }

  get peers(): readonly ConnectedPeer[] {
    return this.#core.links.links.map((roomLink) => this.#summaryOf(roomLink))
  }

  get doors(): readonly DoorSummary[] {
    const reason = this.#problem
    if (reason !== undefined) return this.#doors.map(({ name }) => ({ name, address: '', state: 'failed', reason }))
    return this.#core.links.doors.flatMap(({ name, health }) => {
      if (name === TAB_DOOR_NAME || name === HAND_DOOR_NAME) return []
      const places = health.places.map(({ place, state, detail }) => ({ name, address: place, state, reason: detail }))
      return places.length > 0 ? places : [{ name, address: '', state: health.state, reason: health.detail }]
    })
  }

  /** Entries that others are known to have and we do not have yet. */
  get missingEntries(): number {
    return this.#core.links.missingEntries
  }

  /** What the network page shows; undefined until the code for it is here. */
  view(): NetworkView | undefined {
    return this.#code?.networkViewOf(this.#source())
  }

  /** Tries the doors at once: pauses and failures are forgotten. */
  tryDoors(): void {
    this.#core.links.mesh?.tryDoors()
  }

  /** As long as this page lives. What one tab is chosen for, the one that has the links does. */
  setMode(mode: NetworkMode): void {
    this.#mode = mode
    this.#tabModes?.set(mode)
    this.#core.events.emit('mode', mode)
  }

  /** From now on, in all rooms. The links of this one are made anew, as those that are open show the address. */
  setAddressHidden(isHidden: boolean): void {
    keepAddressHidden(this.#core.environment.notes, isHidden)
    this.#restart()
  }

  /** Whether members are also met over relays of strangers: from now on, in all rooms. The doors are opened anew. */
  setPublicNetworks(areOn: boolean): void {
    keepPublicNetworks(this.#core.environment.notes, areOn)
    this.#restart()
  }

  /** Begins a link that two people make by showing each other a code, with no server between them. */
  async introduceByHand(): Promise<HandIntroduction> {
    return (await this.#meetByHand()).offer()
  }

  /** Takes up what somebody else began so: their code, or the invite link that it is in. */
  async answerByHand(code: string): Promise<Result<HandIntroduction, HandReason>> {
    return (await this.#meetByHand()).answer(code)
  }

  /** Goes on without a network until it is called with false, on whichever page; what is written is sent then. */
  setOffline(isOffline: boolean): void {
    if (isOffline === this.isOffline) return
    this.#core.record = { ...this.#core.record, isOffline }
    void saveOffline(this.#core.store, this.#core.id, isOffline)
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
    if (this.#isStarted || this.isOffline || (hasLeft && isDepartureUnheard !== true)) return
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
    this.#hand = undefined
    const closed = this.#core.links.closeDoors()
    // Before anything is awaited: links that come up after a quick `start` are not ours to close.
    this.#core.links.closeLinks('stopped')
    await closed
  }

  #restart(): void {
    if (!this.#isStarted) return
    void this.stop()
    this.start()
  }

  async #meetByHand(): Promise<HandMeeting> {
    const { HandMeeting } = await import('./hand-meeting.ts')
    return (this.#hand ??= new HandMeeting(this.#core, () => this.isOffline))
  }

  get #topic(): string {
    return this.#core.keys.topic(this.#core.id)
  }

  #openDoors(): void {
    if (this.#areDoorsOpen || !this.#isStarted) return
    this.#areDoorsOpen = true
    this.#core.links.openDoors(this.#doors, this.#topic)
  }

  #source(): NetworkSource {
    const { links, state, log, session, record } = this.#core
    const { mesh } = links
    const sessions = [...(log?.heads.keys() ?? [])].flatMap((feed) => log?.access.binding(feed) ?? [])
    return {
      isOffline: this.isOffline,
      links: links.links,
      doors: links.doors,
      missingEntries: links.missingEntries,
      notesNotKept: this.#core.keeping?.notKept,
      me: { session: session.id, person: session.person },
      members: (state?.members() ?? []).map(({ person }) => person),
      sessions,
      missingOf: this.#missingOf,
      superPeers: this.#superPeers(),
      summaryOf: (person) => this.#people.summaryOf(person, state, record.myName),
      isNeighbour: (link, other) => links.isNeighbour(link, other),
      isAddressHidden: isAddressHidden(this.#core.environment.notes),
      arePublicNetworksOn: arePublicNetworksOn(this.#core.environment.notes),
      ...(mesh && {
        overlay: mesh.overlay,
        mode: this.#mode,
        isSuperForTab: mesh.mode !== this.#mode,
        mayTryDoors: true,
      }),
    }
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
const HAND_DOOR_NAME = 'hand'
