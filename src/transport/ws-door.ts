/**
 * The door to peers that can be reached at an address: super peers, met over a WebSocket. No signalling, no address of
 * ours told to other members, one address enough to get in. Where the addresses come from (the room's record, an invite,
 * former links) is not known here.
 */
import { BackOff } from './back-off.ts'
import { platformClock, type Clock } from './clock.ts'
import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession, type DoorState } from './door.ts'
import { TWIN, type Link } from './link.ts'
import { readWsAddress, WS_ADDRESSES_MAX } from './ws-address.ts'
import type { Socket, WsLink } from './ws-link.ts'
import { connectSocket, type OpeningWsLink, type WsFailure } from './ws-opening.ts'

/** Links at a time: more would make a room depend on few machines, and one may be down or busy (mesh.md: three supers). */
export const WS_LINKS_MAX = 3
/** Until an address that failed is tried again; an attempt costs a phone its radio for seconds. */
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 5 * 60_000
/** A link that lasts so long has passed its handshake: the address is good. Otherwise the pauses go on growing. */
const LASTING_MS = 30_000
/** Until an address is tried again whose peer is linked by another way: that one may have ended meanwhile. */
const LINKED_RETRY_MS = 60_000

const FAILURES: Readonly<Record<WsFailure, string>> = {
  'connection-failed': 'could not be reached',
  timeout: 'did not answer in time',
  refused: 'does not take part in this room, or is full',
  'bad-hello': 'is no peer of ours',
  aborted: 'was given up',
}

export interface WsDoorOptions {
  readonly addresses?: readonly string[]
  /** Called when an address has proved to be good, so that it can be remembered. */
  readonly onReached?: (address: string) => void
  /** Throws when there can be no such connection, as from a page with TLS to an address without. */
  readonly openSocket?: (address: string) => Socket
  readonly clock?: Clock
  /** Uniform in [0, 1). */
  readonly random?: () => number
  /** Milliseconds since 1970, for the health page. */
  readonly now?: () => number
}

export interface WsDoor extends Door {
  /** Where peers can be reached from now on. What is no address is left out; links that are open stay. */
  setAddresses(addresses: readonly string[]): void
}

export const createWsDoor = (options: WsDoorOptions = {}): WsDoor => new AddressDoor(options)

class AddressDoor implements WsDoor {
  readonly name = 'ws'
  readonly #options: Required<Omit<WsDoorOptions, 'addresses'>>
  readonly #sessions = new Set<WsSession>()
  #addresses: readonly string[] = []

  constructor(options: WsDoorOptions) {
    this.#options = {
      onReached: options.onReached ?? (() => undefined),
      openSocket: options.openSocket ?? ((address) => new WebSocket(address)),
      clock: options.clock ?? platformClock,
      random: options.random ?? Math.random,
      now: options.now ?? Date.now,
    }
    this.setAddresses(options.addresses ?? [])
  }

  setAddresses(addresses: readonly string[]): void {
    this.#addresses = readAddresses(addresses)
    for (const session of this.#sessions) session.setAddresses(this.#addresses)
  }

  start(topic: string, onLink: (link: Link) => void): DoorSession {
    const session: WsSession = new WsSession(this.#options, topic, onLink, () => this.#sessions.delete(session))
    this.#sessions.add(session)
    session.setAddresses(this.#addresses)
    return session
  }
}

function readAddresses(addresses: readonly string[]): readonly string[] {
  const known = new Set(addresses.map(readWsAddress).filter((address) => address !== undefined))
  return [...known].slice(0, WS_ADDRESSES_MAX)
}

interface Place {
  readonly address: string
  readonly backOff: BackOff
  /** Drawn once, so that devices with the same list do not all come to its first address. */
  readonly rank: number
  state: DoorState
  opening: OpeningWsLink | undefined
  cancelRetry: (() => void) | undefined
}

class WsSession implements DoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  readonly #options: Required<Omit<WsDoorOptions, 'addresses'>>
  readonly #topic: string
  readonly #onLink: (link: Link) => void
  readonly #onStop: () => void
  readonly #places = new Map<string, Place>()
  #addresses: readonly string[] = []
  #freeSlots = DOOR_CAPACITY_DEFAULT
  #mayDial = true
  #isStopped = false
  #lastFailure: string | undefined
  #sinceMs: number

  constructor(
    options: Required<Omit<WsDoorOptions, 'addresses'>>,
    topic: string,
    onLink: (link: Link) => void,
    onStop: () => void,
  ) {
    this.#options = options
    this.#topic = topic
    this.#onLink = onLink
    this.#onStop = onStop
    this.#sinceMs = options.now()
  }

  health(): DoorHealth {
    const places = [...this.#places.values()].map(({ address, state }) => ({ place: address, ...state }))
    const has = (state: DoorState['state']): boolean => places.some((place) => place.state === state)
    const base = { sinceMs: this.#sinceMs, places, lastFailure: this.#lastFailure }
    if (this.#isStopped) return { ...base, state: 'stopped', detail: 'stopped' }
    if (places.length === 0) return { ...base, state: 'stopped', detail: 'no address is known' }
    if (has('open')) return { ...base, state: 'open', detail: 'connected' }
    if (has('connecting')) return { ...base, state: 'connecting', detail: 'connecting' }
    if (has('failed')) return { ...base, state: 'failed', detail: 'no address answers' }
    return { ...base, state: 'stopped', detail: 'not needed now' }
  }

  setAddresses(addresses: readonly string[]): void {
    if (this.#isStopped) return
    this.#addresses = addresses
    for (const [address, place] of this.#places) {
      if (addresses.includes(address) || (place.opening && place.state.state === 'open')) continue
      this.#places.delete(address)
      place.cancelRetry?.()
      place.opening?.abort('address-gone')
    }
    const { random } = this.#options
    for (const address of addresses) {
      if (this.#places.has(address)) continue
      this.#places.set(address, {
        address,
        backOff: new BackOff({ firstMs: RETRY_FIRST_MS, maxMs: RETRY_MAX_MS, random }),
        rank: random(),
        state: this.#stateOf('stopped', 'not needed now'),
        opening: undefined,
        cancelRetry: undefined,
      })
    }
    this.#dialMore()
    this.#report()
  }

  setPlaces(places: readonly string[]): void {
    this.setAddresses(readAddresses(places))
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#freeSlots = freeSlots
    this.#mayDial = mayDial
    this.#dialMore()
  }

  stop(): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    this.#isStopped = true
    this.#sinceMs = this.#options.now()
    for (const place of this.#places.values()) {
      place.cancelRetry?.()
      // What is open is whoever's took it.
      if (place.state.state !== 'open') place.opening?.abort('door-stopped')
      place.state = this.#stateOf('stopped', 'stopped')
    }
    this.#onStop()
    this.#report()
    return Promise.resolve()
  }

  #stateOf(state: DoorState['state'], detail: string): DoorState {
    return { state, detail, sinceMs: this.#options.now() }
  }

  /** Dials those that wait for nothing, while links are wanted. */
  #dialMore(): void {
    if (this.#isStopped || !this.#mayDial) return
    const places = [...this.#places.values()]
    let dialling = places.filter(({ state }) => state.state === 'connecting').length
    const isHeld = ({ state, opening, cancelRetry }: Place) => state.state === 'open' && (opening ?? cancelRetry)
    let held = dialling + places.filter(isHeld).length
    const idle = places.filter(({ opening, cancelRetry }) => !opening && !cancelRetry)
    for (const place of idle.toSorted((one, other) => one.rank - other.rank)) {
      if (held >= WS_LINKS_MAX || dialling >= this.#freeSlots) return
      held++
      dialling++
      this.#dial(place)
    }
  }

  #dial(place: Place): void {
    let socket: Socket
    try {
      socket = this.#options.openSocket(place.address)
    } catch (error) {
      return this.#lose(place, error instanceof Error ? error.message : String(error))
    }
    place.state = this.#stateOf('connecting', 'connecting')
    const opening = connectSocket(socket, this.#topic, this.#options.clock)
    place.opening = opening
    this.#report()
    void opening.opened.then((opened) => {
      if (place.opening !== opening || this.#isStopped) return
      if (opened.ok) this.#welcome(place, opened.value)
      else this.#lose(place, FAILURES[opened.reason])
    })
  }

  #welcome(place: Place, link: WsLink): void {
    place.state = this.#stateOf('open', 'connected')
    const cancelLasting = this.#options.clock.after(LASTING_MS, () => {
      place.backOff.reset()
      this.#options.onReached(place.address)
    })
    void link.closed.then((reason) => {
      cancelLasting()
      if (reason === TWIN) this.#leaveToTwin(place)
      else this.#lose(place, `the link ended: ${reason}`)
    })
    this.#report()
    this.#onLink(link)
  }

  #lose(place: Place, reason: string): void {
    place.opening = undefined
    if (this.#isStopped || this.#places.get(place.address) !== place) return
    this.#lastFailure = `${place.address}: ${reason}`
    this.#rest(place, this.#stateOf('failed', reason), place.backOff.next())
  }

  /** Who answers there is linked with us already: nothing is wrong with the address. */
  #leaveToTwin(place: Place): void {
    place.opening = undefined
    if (this.#isStopped || this.#places.get(place.address) !== place) return
    this.#rest(place, this.#stateOf('open', 'connected by another way'), LINKED_RETRY_MS)
  }

  #rest(place: Place, state: DoorState, pauseMs: number): void {
    if (!this.#addresses.includes(place.address)) {
      this.#places.delete(place.address)
      return this.#report()
    }
    place.state = state
    place.cancelRetry = this.#options.clock.after(pauseMs, () => {
      place.cancelRetry = undefined
      this.#dialMore()
    })
    this.#report()
    this.#dialMore()
  }

  #report(): void {
    this.onHealth?.(this.health())
  }
}
