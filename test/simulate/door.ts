/**
 * A door: a server with topics. It gives what is published on a topic to all who subscribed to it and counts that, as
 * y-webrtc's server does. The room has one, for announcements; every session has one of its own, on which it is
 * answered, as the doors through y-webrtc, Nostr and MQTT have.
 */
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

export type DoorState = 'connecting' | 'open' | 'failed' | 'closed'

export class SimulatedDoor {
  readonly name: string
  readonly world: World
  readonly subscribers = new Set<DoorClient>()
  isUp = true
  publishes = 0
  /** Messages that the server gave to somebody: what its operator pays for. */
  deliveries = 0
  #freeMs = 0

  constructor(world: World, name: string) {
    this.world = world
    this.name = name
  }

  /** `heard` is called for each subscriber that the message is for, when it has arrived there. */
  publish(from: DoorClient, only: SimulatedNode | undefined, heard: (client: DoorClient) => void): void {
    const { world } = this
    world.call(from.oneWayMs, () => {
      if (!this.isUp) return
      this.publishes++
      const receivers = only ? 1 : this.subscribers.size
      this.deliveries += receivers
      this.#freeMs = Math.max(world.nowMs, this.#freeMs) + receivers * DELIVERY_MS
      const waitMs = this.#freeMs - world.nowMs
      for (const client of this.subscribers) {
        if (client === from || (only && client.node !== only)) continue
        world.call(waitMs + client.oneWayMs, () => client.isOpen && heard(client), client.node.index)
      }
    })
  }

  /** A network that is cut leaves the server to one half of it. */
  isReachableFrom(node: SimulatedNode): boolean {
    return this.isUp && (this.world.sideOf === undefined || this.world.sideOf(node) === SERVER_SIDE)
  }
  /** The other half loses its connections. */
  cut(): void {
    for (const client of this.subscribers) {
      if (this.isReachableFrom(client.node)) continue
      this.subscribers.delete(client)
      client.lost()
    }
  }

  /** Everybody loses the connection at once, and nobody gets in. */
  fail(): void {
    this.isUp = false
    for (const client of this.subscribers) client.lost()
    this.subscribers.clear()
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
}

/** One node's connection with one door. */
export class DoorClient {
  readonly node: SimulatedNode
  readonly door: SimulatedDoor
  readonly oneWayMs: number
  readonly #listener: DoorListener
  readonly #pending = new Set<SimulatedNode>()
  state: DoorState = 'closed'
  #freeSlots = 8
  #mayDial = true
  #try = 0

  constructor(node: SimulatedNode, door: SimulatedDoor, listener: DoorListener) {
    this.node = node
    this.door = door
    this.oneWayMs = node.random.between(ONE_WAY_MS.min, ONE_WAY_MS.max)
    this.#listener = listener
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
        this.door.subscribers.add(this)
        this.#enter('open')
      } else world.call(FAILED_MS, () => number === this.#try && this.#enter('failed'), this.node.index)
    })
  }

  close(): void {
    this.#try++
    this.door.subscribers.delete(this)
    if (this.state !== 'closed') this.#enter('closed')
  }

  lost(): void {
    this.#try++
    this.#enter('failed')
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#freeSlots = freeSlots
    this.#mayDial = mayDial
  }

  /** "Here I am": whoever has a free slot makes an offer. */
  announce(): void {
    if (!this.isOpen || !this.#mayDial || this.#pending.size >= this.#freeSlots) return
    const { node } = this
    this.door.publish(this, undefined, (client) => client.#heardAnnouncement(node))
  }

  #heardAnnouncement(newcomer: SimulatedNode): void {
    this.#listener.heard()
    if (this.#pending.has(newcomer) || this.#isLinked(newcomer)) return
    if (this.#pending.size >= Math.min(this.#freeSlots, ANSWERS_AT_ONCE_MAX)) return
    this.#pending.add(newcomer)
    const { node } = this
    const { world } = this.door
    const gatherMs = node.random.between(GATHER_MS.min, GATHER_MS.max)
    const makeOffer = (): void => {
      if (!this.isOpen) return void this.#pending.delete(newcomer)
      this.door.publish(this, newcomer, (client) => client.#heardOffer(this))
      world.call(15_000, () => this.#pending.delete(newcomer), node.index)
    }
    world.call(gatherMs, makeOffer, node.index)
  }

  #heardOffer(offering: DoorClient): void {
    if (this.#pending.size >= this.#freeSlots || this.#isLinked(offering.node)) return
    this.#pending.add(offering.node)
    const { node } = this
    const { world } = this.door
    const answered = (): void => {
      // Whoever came by the door chose to: for the other side the link is an inbound one.
      world.connect(node, offering.node, (end) => {
        offering.#pending.delete(node)
        this.#pending.delete(offering.node)
        if (end) admitLink(end)
      })
    }
    const answer = (): void => {
      if (!this.isOpen) return void this.#pending.delete(offering.node)
      this.door.publish(this, offering.node, answered)
      world.call(15_000, () => this.#pending.delete(offering.node), node.index)
    }
    world.call(node.random.between(GATHER_MS.min, GATHER_MS.max), answer, node.index)
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
