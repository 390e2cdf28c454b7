/** A room of many peers that meet through a door which can be counted and taken away, and dial each other. */
import { utf8, textOf } from '../../src/base/bytes.ts'
import { accepted, rejected, type Result } from '../../src/base/result.ts'
import type { MeshDialler } from '../../src/peer/mesh-dialler.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { decodeSyncMessage } from '../../src/sync/sync-message.ts'
import type { Door, DoorHealth, DoorSession } from '../../src/transport/door.ts'
import { DOOR_CAPACITY_DEFAULT } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import type { MemoryNetwork } from '../../src/transport/memory-link.ts'
import type { DialFailure } from '../../src/transport/rtc-dial.ts'
import { device, Meeting, TimeLapse, must, until } from './meeting.ts'

type Opened = Result<Link, DialFailure>

interface Opening {
  readonly opened: Promise<Opened>
  settle(result: Opened): void
}

function opening(): Opening {
  let settle: (result: Opened) => void = () => undefined
  const opened = new Promise<Opened>((resolve) => {
    settle = resolve
  })
  return { opened, settle: (result) => settle(result) }
}

/** Connections of a network that two sides agree on by an offer and an answer. */
export class Exchange {
  readonly #connect: () => { readonly initiator: Link; readonly responder: Link }
  readonly #offers = new Map<string, Opening>()
  readonly #answers = new Map<string, Opening>()
  #made = 0
  /** How many dials began. */
  dials = 0

  constructor(connect: () => { readonly initiator: Link; readonly responder: Link }) {
    this.#connect = connect
  }

  readonly dialler: MeshDialler = {
    dial: () => {
      this.dials++
      const name = `call ${++this.#made}`
      const ours = opening()
      this.#offers.set(name, ours)
      return Promise.resolve(
        accepted({
          offer: Promise.resolve(accepted(utf8(name))),
          opened: ours.opened,
          accept: (answer: Uint8Array) => Promise.resolve(this.#meet(textOf(answer) ?? '')),
          abort: (reason: string) => {
            this.#end(this.#offers, name, reason)
          },
        }),
      )
    },
    answer: (offer) => {
      const name = textOf(offer) ?? ''
      if (!this.#offers.has(name) || this.#answers.has(name)) return Promise.resolve(rejected('not-dialled'))
      const theirs = opening()
      this.#answers.set(name, theirs)
      const abort = (reason: string): void => {
        this.#end(this.#answers, name, reason)
      }
      return Promise.resolve(accepted({ answer: offer, opened: theirs.opened, abort }))
    },
  }

  #meet(name: string): Result<void, DialFailure> {
    const [ours, theirs] = [this.#offers.get(name), this.#answers.get(name)]
    if (!ours || !theirs) return rejected('aborted')
    const { initiator, responder } = this.#connect()
    ours.settle(accepted(initiator))
    theirs.settle(accepted(responder))
    return accepted(undefined)
  }

  #end(openings: Map<string, Opening>, name: string, reason: string): void {
    const ended = openings.get(name)
    ended?.settle(rejected('aborted', reason))
    void ended?.opened.then((result) => result.ok && result.value.close(reason))
    openings.delete(name)
  }
}

/** A place where those who are there hear each other, as at a tracker. Links that began there outlive it. */
export class Market {
  readonly sessions = new Set<MarketSession>()
  readonly connect: () => { readonly initiator: Link; readonly responder: Link }
  /** Messages that the place gave to somebody: announcements to all, offers and answers to one. */
  deliveries = 0
  isUp = true

  constructor(connect: () => { readonly initiator: Link; readonly responder: Link }) {
    this.connect = connect
  }

  /** A door that is left as soon as it is not needed. */
  door(): Door {
    return { name: 'ws', start: (_topic, onLink) => new MarketSession(this, onLink) }
  }

  set(isUp: boolean): void {
    this.isUp = isUp
    for (const session of this.sessions) session.stateChanged()
  }
}

class MarketSession implements DoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  readonly #market: Market
  readonly #onLink: (link: Link) => void
  readonly #links = new Map<MarketSession, Link>()
  #slots = DOOR_CAPACITY_DEFAULT
  #mayDial = true

  constructor(market: Market, onLink: (link: Link) => void) {
    this.#market = market
    this.#onLink = onLink
    market.sessions.add(this)
    queueMicrotask(() => this.#announce())
  }

  health(): DoorHealth {
    const state = this.#market.isUp ? ('open' as const) : ('failed' as const)
    const place = { place: 'here', state, detail: '', sinceMs: 0 }
    return { state, detail: '', sinceMs: 0, places: [place], lastFailure: undefined }
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    const wasLooking = this.#mayDial && this.#slots > 0
    this.#slots = freeSlots
    this.#mayDial = mayDial
    if (!wasLooking) this.#announce()
    this.#hearOthers()
  }

  stop(): Promise<void> {
    this.#market.sessions.delete(this)
    return Promise.resolve()
  }

  stateChanged(): void {
    this.onHealth?.(this.health())
    this.#announce()
  }

  get #isThere(): boolean {
    return this.#market.isUp && this.#market.sessions.has(this)
  }

  #announce(): void {
    if (!this.#isThere || !this.#mayDial || this.#slots <= 0) return
    this.#market.deliveries += this.#market.sessions.size - 1
    for (const other of this.#market.sessions) this.#meet(other)
  }

  /** Those who look for links say so again and again. */
  #hearOthers(): void {
    if (this.#isThere) for (const other of this.#market.sessions) if (other.#mayDial) other.#meet(this)
  }

  #meet(other: MarketSession): void {
    if (other === this || this.#slots <= 0 || other.#slots <= 0) return
    const known = this.#links.get(other)
    if (known && known.closeReason === undefined) return
    this.#market.deliveries += 2
    const { initiator, responder } = this.#market.connect()
    this.#add(other, initiator)
    other.#add(this, responder)
  }

  #add(other: MarketSession, link: Link): void {
    this.#links.set(other, link)
    this.#slots--
    this.#onLink(link)
  }
}

export interface MeshSeat {
  readonly peer: Peer
  readonly room: Room
}

export class MeshScene {
  readonly meeting = new Meeting()
  readonly network: MemoryNetwork = this.meeting.hall()
  readonly exchange = new Exchange(() => this.#connect())
  readonly market = new Market(() => this.#connect())
  readonly seats: MeshSeat[] = []
  /** Both ends of all links that were ever made. */
  readonly links: Link[] = []
  /** Entries that were pushed over links, each over each counted. */
  pushes = 0
  readonly clock = new TimeLapse()
  #link = ''

  async found(): Promise<Room> {
    const room = must(await (await this.#peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
    this.#link = must(await room.createInvite({ role: 'writer' })).link ?? ''
    return room
  }

  /** Comes by the link; resolves at once. */
  async arrive(name: string): Promise<Room> {
    const peer = await this.#peer()
    const room = must(await peer.joinRoom({ link: this.#link, myName: name }))
    this.seats.push({ peer, room })
    return room
  }

  async #peer(): Promise<Peer> {
    const environment = device({ dialler: this.exchange.dialler, clock: this.clock })
    const peer = await this.meeting.peer({ environment, doors: [() => this.market.door()] })
    return peer
  }

  /** A room of that many who are all members. */
  async gather(people: number): Promise<readonly Room[]> {
    const rooms = [await this.found()]
    while (rooms.length < people) rooms.push(await this.arrive(`Singer ${rooms.length}`))
    for (const room of rooms) await until(room, () => room.status === 'member', 'everybody to be let in', 60_000)
    return rooms
  }

  /** Ends a page without a word: its links look alive at their other ends, and carry nothing. */
  vanish(room: Room): void {
    for (const { link } of room.core.links.links) {
      link.send = () => true
      link.close = () => undefined
    }
    room.connection.setOffline(true)
  }

  #connect(): { readonly initiator: Link; readonly responder: Link } {
    const pair = this.network.connect()
    for (const link of [pair.initiator, pair.responder]) {
      this.links.push(link)
      const send = link.send.bind(link)
      link.send = (lane, message) => {
        if (lane === 'control') {
          const decoded = decodeSyncMessage(message)
          if (decoded.ok && decoded.value.type === 'push') this.pushes += decoded.value.entries.length
        }
        return send(lane, message)
      }
    }
    return pair
  }

  close(): Promise<void> {
    return this.meeting.close()
  }
}

export const degreeOf = (room: Room): number => room.core.links.links.length

/** The links that two of the rooms both hold, each as the places of the two in the list. */
export function linksBetween(rooms: readonly Room[]): readonly (readonly [number, number])[] {
  const indexes = new Map(rooms.map((room, index) => [room.core.session.id, index]))
  const held = rooms.map((room) => new Set(room.core.links.links.map(({ remote }) => indexes.get(remote.session))))
  return held.flatMap((others, one) =>
    [...others].flatMap((other) =>
      other !== undefined && one < other && held[other]?.has(one) === true ? [[one, other] as const] : [],
    ),
  )
}

/** How many can be reached from the first over the links. */
export function reachedOver(links: readonly (readonly [number, number])[]): number {
  const reached = new Set([0])
  for (let size = 0; size < reached.size;) {
    size = reached.size
    for (const [one, other] of links)
      if (reached.has(one) || reached.has(other)) {
        reached.add(one)
        reached.add(other)
      }
  }
  return reached.size
}

/** Sessions that can be reached from one room over the links that there are. */
export function reachedFrom(first: Room, rooms: readonly Room[]): number {
  return reachedOver(linksBetween([first, ...rooms.filter((room) => room !== first)]))
}
