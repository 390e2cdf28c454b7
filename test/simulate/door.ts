/**
 * A door: a server with topics. It gives what is published on a topic to all who subscribed to it and counts that, as
 * y-webrtc's server does. The room has one, for announcements; every session has one of its own, on which it is
 * answered, as the doors through y-webrtc, Nostr and MQTT have.
 */
import { TopicCrowd } from '../../src/transport/topic-crowd.ts'
import { WaitingCallers } from '../../src/transport/waiting-callers.ts'
import { GATHER_MS } from './attempts.ts'
import type { LinkEnd } from './link-end.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { World } from './world.ts'

/** From a node to the server. */
const ONE_WAY_MS = { min: 15, max: 70 }
/** TCP, TLS and the upgrade, in one-way trips. */
const OPENING_TRIPS = 6
/** Where the server stands when the world is cut in two. */
const SERVER_SIDE = 0
/** What one core of the server needs for one delivery. */
const DELIVERY_MS = 0.02
/** An address that does not answer. */
const FAILED_MS = 2_000
/** Announcements that a subscriber answers: later ones of a storm are left to others. */
const ANSWERS_AT_ONCE_MAX = 8
/** Who has not answered an offer by then has left the door. */
const ANSWER_MS_MAX = 6_000
/** A connection that takes longer is given up. */
const DIAL_MS_MAX = 12_000

export type DoorState = 'connecting' | 'open' | 'failed' | 'closed'

export class SimulatedDoor {
  readonly name: string
  readonly world: World
  /** Everybody who has a connection, and so a mailbox. */
  readonly clients = new Set<DoorClient>()
  /** Of these, who listens at the room's topic. */
  readonly listeners = new Set<DoorClient>()
  readonly isCounting: boolean
  isUp = true
  publishes = 0
  /** Messages that the server gave to somebody: what its operator pays for. */
  deliveries = 0
  #freeMs = 0

  /** `isCounting`: whether the server says to how many a message went. */
  constructor(world: World, name: string, isCounting: boolean) {
    this.world = world
    this.name = name
    this.isCounting = isCounting
  }

  /** To all who listen at the room's topic. `heard` is called for each of them when it has arrived there. */
  announce(from: DoorClient, heard: (client: DoorClient, listeners: number) => void): void {
    this.world.call(from.oneWayMs, () => {
      if (this.isUp) this.#deliver([...this.listeners], (client) => heard(client, this.listeners.size))
    })
  }
  /** To one mailbox. */
  send(from: DoorClient, to: DoorClient, heard: () => void): void {
    this.world.call(from.oneWayMs, () => {
      if (this.isUp) this.#deliver(this.clients.has(to) ? [to] : [], heard)
    })
  }

  #deliver(receivers: readonly DoorClient[], heard: (client: DoorClient) => void): void {
    const { world } = this
    this.publishes++
    this.deliveries += receivers.length
    this.#freeMs = Math.max(world.nowMs, this.#freeMs) + receivers.length * DELIVERY_MS
    const waitMs = this.#freeMs - world.nowMs
    for (const client of receivers)
      world.call(waitMs + client.oneWayMs, () => client.isOpen && heard(client), client.node.index)
  }

  /** A network that is cut leaves the server to one half of it. */
  isReachableFrom(node: SimulatedNode): boolean {
    return this.isUp && (this.world.sideOf === undefined || this.world.sideOf(node) === SERVER_SIDE)
  }
  /** The other half loses its connections. */
  cut(): void {
    for (const client of this.clients) if (!this.isReachableFrom(client.node)) client.lost()
  }

  /** Everybody loses the connection at once, and nobody gets in. */
  fail(): void {
    this.isUp = false
    for (const client of this.clients) client.lost()
  }
  recover(): void {
    this.isUp = true
  }
}

/** What a client has to say to whoever keeps it. */
export interface DoorListener {
  state(state: DoorState): void
  /** Somebody announced itself. */
  heard(): void
  /** An announcement went to so many. */
  standing(sessions: number): void
}

/** One node's connection with one door. */
export class DoorClient {
  readonly node: SimulatedNode
  readonly door: SimulatedDoor
  readonly oneWayMs: number
  readonly #listener: DoorListener
  /** Connections being made. */
  readonly #pending = new Map<SimulatedNode, 'offered' | 'answered'>()
  readonly #callers: WaitingCallers<DoorClient>
  readonly #crowd: TopicCrowd
  state: DoorState = 'closed'
  #freeSlots = 8
  #mayDial = true
  #try = 0

  constructor(node: SimulatedNode, door: SimulatedDoor, listener: DoorListener) {
    this.node = node
    this.door = door
    this.oneWayMs = node.random.between(ONE_WAY_MS.min, ONE_WAY_MS.max)
    this.#listener = listener
    this.#callers = new WaitingCallers(node.random.next)
    this.#crowd = new TopicCrowd(node.random.next)
  }

  get isOpen(): boolean {
    return this.state === 'open' && this.node.isAlive
  }

  open(): void {
    if (this.state === 'open' || this.state === 'connecting') return
    const number = ++this.#try
    this.#enter('connecting')
    const { world } = this.door
    world.call(OPENING_TRIPS * this.oneWayMs, () => {
      if (number !== this.#try || !this.node.isAlive) return
      if (this.door.isReachableFrom(this.node)) {
        this.door.clients.add(this)
        this.door.listeners.add(this)
        this.#enter('open')
      } else world.call(FAILED_MS, () => number === this.#try && this.#enter('failed'), this.node.index)
    })
  }

  close(): void {
    this.#leaveServer()
    if (this.state !== 'closed') this.#enter('closed')
  }

  lost(): void {
    this.#leaveServer()
    this.#enter('failed')
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#freeSlots = freeSlots
    this.#mayDial = mayDial
  }

  /** "Here I am": whoever has a free slot makes an offer. */
  announce(): void {
    if (!this.isOpen || !this.#mayDial || !this.#hasSlot) return
    this.door.announce(this, (client, listeners) => client.#heardAnnouncement(this, listeners))
  }

  get #hasSlot(): boolean {
    return this.#pending.size < Math.min(this.#freeSlots, ANSWERS_AT_ONCE_MAX)
  }

  #heardAnnouncement(newcomer: DoorClient, listeners: number): void {
    this.#counted(listeners)
    if (newcomer === this) return
    this.#listener.heard()
    if (this.#pending.has(newcomer.node) || this.#isLinked(newcomer.node)) return
    if (this.#hasSlot) this.#offer(newcomer)
    else if (this.#mayDial && this.#freeSlots > 0)
      this.#callers.add(newcomer.node.session, newcomer, this.door.world.nowMs)
  }

  /** In a crowd a few listen, and the others come back after a while. */
  #counted(listeners: number): void {
    if (!this.door.isCounting || !this.door.listeners.has(this)) return
    const { world } = this.door
    this.#listener.standing(listeners)
    const pauseMs = this.#crowd.counted(listeners, world.nowMs)
    if (pauseMs === undefined) return
    this.door.listeners.delete(this)
    const number = this.#try
    world.call(
      pauseMs,
      () => {
        if (this.isOpen && number === this.#try) this.door.listeners.add(this)
      },
      this.node.index,
    )
  }

  #offer(to: DoorClient): void {
    const { world } = this.door
    this.#callers.remove(to.node.session)
    this.#pending.set(to.node, 'offered')
    const makeOffer = (): void => {
      if (!this.isOpen) return this.#ended(to.node)
      this.door.send(this, to, () => to.#heardOffer(this))
      const giveUp = (): void => {
        if (this.#pending.get(to.node) === 'offered') this.#ended(to.node)
      }
      world.call(ANSWER_MS_MAX, giveUp, this.node.index)
    }
    world.call(this.#gatherMs(), makeOffer, this.node.index)
  }

  #heardOffer(offering: DoorClient): void {
    const { node, door } = this
    if (this.#isLinked(offering.node) || this.#pending.has(offering.node)) return
    if (!this.#hasSlot) return door.send(this, offering, () => offering.#ended(node))
    this.#pending.set(offering.node, 'answered')
    const answer = (): void => {
      if (!this.isOpen) return this.#ended(offering.node)
      door.send(this, offering, () => offering.#heardAnswer(this))
      door.world.call(DIAL_MS_MAX, () => this.#ended(offering.node), node.index)
    }
    door.world.call(this.#gatherMs(), answer, node.index)
  }

  #heardAnswer(answering: DoorClient): void {
    if (this.#pending.get(answering.node) !== 'offered') return
    this.#pending.set(answering.node, 'answered')
    // Whoever came by the door chose to: for the other side the link is an inbound one.
    this.door.world.connect(answering.node, this.node, (end) => {
      this.#ended(answering.node)
      answering.#ended(this.node)
      if (end) admitLink(end)
    })
  }

  /** Whoever announced itself while no slot was free is called when one is. */
  #ended(other: SimulatedNode): void {
    if (!this.#pending.delete(other) || !this.isOpen || !this.#mayDial || !this.#hasSlot) return
    const next = this.#callers.take(this.door.world.nowMs)?.call
    if (next && !this.#pending.has(next.node) && !this.#isLinked(next.node)) this.#offer(next)
  }

  #gatherMs(): number {
    return this.node.random.between(GATHER_MS.min, GATHER_MS.max)
  }

  #leaveServer(): void {
    this.#try++
    this.door.clients.delete(this)
    this.door.listeners.delete(this)
  }

  #isLinked(other: SimulatedNode): boolean {
    return this.node.linkTo(other) !== undefined
  }

  #enter(state: DoorState): void {
    this.state = state
    this.#listener.state(state)
  }
}

/** Of two links between the same two, the older stays; one whose other side is gone makes place. */
export function admitLink(end: LinkEnd): boolean {
  const { node, other } = end
  const [mine, theirs] = [node.linkTo(other.node), other.node.linkTo(node)]
  if (mine && theirs && mine.other === theirs) {
    end.isOpen = false
    other.isOpen = false
    return false
  }
  if (mine) mine.node.close(mine, true)
  if (theirs) theirs.node.close(theirs, true)
  // The side that was called is ready before the caller hears of it.
  other.node.linkUp(other)
  if (end.isOpen) node.linkUp(end)
  return end.isOpen
}
