/** A node's doors: the real plan, and clients of the simulated servers that do what it says. */
import type { DoorEffect, DoorEvent } from '../../src/discovery/door-event.ts'
import { DoorPlan } from '../../src/discovery/door-plan.ts'
import { MESHED_LINKS } from '../../src/discovery/limits.ts'
import type { OverlayEffect } from '../../src/discovery/overlay-event.ts'
import { DoorClient, type DoorState, type SimulatedDoor } from './door.ts'
import type { SimulatedNode } from './simulated-node.ts'

type Doors = Extract<OverlayEffect, { type: 'doors' }>

/** The cheapest network first, the next when that has brought nothing for so long. */
const STAGGER_MS = 400

export class DoorKeeper {
  readonly #node: SimulatedNode
  readonly #clients = new Map<string, DoorClient>()
  #plan: DoorPlan
  #wakeAtMs = Number.POSITIVE_INFINITY
  #mesh: Doors = { type: 'doors', freeSlots: 8, mayDial: true, isMeshed: false }

  constructor(node: SimulatedNode, doors: readonly SimulatedDoor[]) {
    this.#node = node
    for (const door of doors) {
      const { name } = door
      const heard = (): void => this.#step({ type: 'announce-heard', name })
      const client = new DoorClient(node, door, {
        state: (state) => this.#stateChanged(client, state),
        heard,
        standing: (sessions) => this.#step({ type: 'standing', name, sessions }),
      })
      this.#clients.set(name, client)
    }
    this.#plan = new DoorPlan(node.session, node.random.next)
  }

  begin(members: number): void {
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    this.#mesh = { type: 'doors', freeSlots: 8, mayDial: true, isMeshed: false }
    this.#plan = new DoorPlan(this.#node.session, this.#node.random.next)
    const list = [...this.#clients.keys()].map((name, i) => ({ name, network: name, delayMs: i * STAGGER_MS }))
    this.#step({ type: 'size', members })
    this.#step({ type: 'doors', list })
  }
  /** How many are there, as far as is known. */
  size(members: number): void {
    this.#step({ type: 'size', members })
  }
  stop(): void {
    for (const client of this.#clients.values()) client.close()
  }
  woken(): void {
    this.#step({ type: 'woken' })
  }
  linksChanged(): void {
    const links = this.#node.links.size
    this.#step({ ...this.#mesh, type: 'mesh', authenticatedLinks: links, active: links })
  }
  /** As many links as hold us come through the doors, as on the page; the others through the mesh, or later. */
  overlayChanged(effect: Doors): void {
    const missing = Math.max(1, MESHED_LINKS - this.#node.links.size)
    this.#mesh = effect.mayDial ? { ...effect, freeSlots: Math.min(effect.freeSlots, missing) } : effect
    this.linksChanged()
  }

  #stateChanged(client: DoorClient, state: DoorState): void {
    if (state === 'closed') return
    // The provider says that it is here as soon as it is, whatever the plan says of later times.
    if (state === 'open') client.announce()
    this.#step({ type: 'health', name: client.door.name, state })
  }

  #step(event: DoorEvent): void {
    if (!this.#node.isAlive) return
    for (const effect of this.#plan.step(event, this.#node.world.nowMs)) this.#carryOut(effect)
  }

  #carryOut(effect: DoorEffect): void {
    if (effect.type === 'wake') {
      const { world, index } = this.#node
      const atMs = this.#node.timerMs(effect.atMs)
      this.#wakeAtMs = atMs
      const wake = (): void => {
        if (atMs === this.#wakeAtMs) this.#step({ type: 'tick' })
      }
      return world.call(atMs - world.nowMs, wake, index)
    }
    const client = this.#clients.get(effect.name)
    switch (effect.type) {
      case 'open':
        return client?.open()
      case 'close':
        return client?.close()
      case 'announce':
        return client?.announce()
      case 'capacity':
        client?.setCapacity(effect.freeSlots, effect.mayDial)
        return
      default:
    }
  }
}
