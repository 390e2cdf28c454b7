/**
 * Links within one process, for tests and the simulator. Nothing moves until the network is told to deliver, so a test
 * decides what is under way when something happens.
 */
import { Writer } from '../base/codec.ts'
import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession } from './door.ts'
import { FramedLink } from './framed-link.ts'
import { type Lane, type Link } from './link.ts'

export interface MemoryNetworkOptions {
  /** Given, frames of the unordered lanes overtake each other, as on a real network. Uniform in [0, 1). */
  readonly random?: () => number
  /** The simulator's clock, in milliseconds. Without it time stands still and the send window keeps its size. */
  readonly nowMs?: () => number
}

interface Delivery {
  readonly lane: Lane
  readonly run: () => void
}

/** How far an unordered frame may overtake. */
const REORDER_FRAMES_MAX = 8

export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions
  readonly #inFlight: Delivery[] = []
  readonly #sessions = new Map<string, Set<MemoryDoorSession>>()
  #linksMade = 0

  constructor(options: MemoryNetworkOptions = {}) {
    this.#options = options
  }

  /** A new pair of open links. */
  connect(): { readonly initiator: Link; readonly responder: Link } {
    const binding = new Writer()
      .varuint(++this.#linksMade)
      .fixed(new Uint8Array(32))
      .finish()
      .slice(0, 32)
    const initiator: FramedLink = this.#makeLink(true, binding, () => responder)
    const responder: FramedLink = this.#makeLink(false, binding, () => initiator)
    return { initiator, responder }
  }

  /** A door through which all who start the same topic on this network meet. */
  door(name = 'memory'): Door {
    return {
      name,
      start: (topic, onLink) => {
        const others = this.#sessions.get(topic) ?? new Set<MemoryDoorSession>()
        this.#sessions.set(topic, others)
        const session = new MemoryDoorSession(onLink, others, () => this.connect())
        session.meet()
        return session
      },
    }
  }

  get framesInFlight(): number {
    return this.#inFlight.length
  }

  /** Delivers the next frame; false when none is under way. */
  deliverNext(): boolean {
    const next = this.#inFlight.shift()
    next?.run()
    return next !== undefined
  }

  /** Delivers until nothing is under way, with what is sent meanwhile. Returns how many deliveries that took. */
  flush(): number {
    let delivered = 0
    while (this.deliverNext()) delivered++
    return delivered
  }

  #makeLink(initiator: boolean, binding: Uint8Array, peer: () => FramedLink): FramedLink {
    const buffered: Record<Lane, number> = { control: 0, ephemeral: 0, sync: 0, bulk: 0 }
    const link: FramedLink = new FramedLink({
      kind: 'memory',
      initiator,
      binding,
      nowMs: this.#options.nowMs ?? (() => 0),
      wire: {
        send: (lane, frame) => {
          buffered[lane] += frame.length
          this.#post(lane, () => {
            buffered[lane] -= frame.length
            peer().receive(lane, frame)
            link.drained()
          })
        },
        bufferedBytes: (lane) => buffered[lane],
        isCounted: true,
        close: () => {
          this.#post('control', () => {
            peer().end('closed-by-peer')
          })
        },
      },
    })
    return link
  }

  #post(lane: Lane, run: () => void): void {
    const { random } = this.#options
    const isOrdered = lane === 'control' || lane === 'sync'
    const distance = random && !isOrdered ? Math.floor(random() * REORDER_FRAMES_MAX) : 0
    this.#inFlight.splice(Math.max(0, this.#inFlight.length - distance), 0, { lane, run })
  }
}

class MemoryDoorSession implements DoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  readonly #onLink: (link: Link) => void
  readonly #others: Set<MemoryDoorSession>
  readonly #connect: MemoryNetwork['connect']
  readonly #links = new Map<MemoryDoorSession, Link>()
  #slots = DOOR_CAPACITY_DEFAULT
  #mayDial = true

  constructor(onLink: (link: Link) => void, others: Set<MemoryDoorSession>, connect: MemoryNetwork['connect']) {
    this.#onLink = onLink
    this.#others = others
    this.#connect = connect
    others.add(this)
  }

  health(): DoorHealth {
    const isOpen = this.#others.has(this)
    return {
      state: isOpen ? 'open' : 'stopped',
      detail: 'in this process',
      sinceMs: 0,
      places: [],
      lastFailure: undefined,
    }
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#slots = freeSlots
    this.#mayDial = mayDial
    this.meet()
  }

  stop(): Promise<void> {
    if (!this.#others.delete(this)) return Promise.resolve()
    for (const link of this.#links.values()) link.close('door-stopped')
    this.onHealth?.(this.health())
    return Promise.resolve()
  }

  /** Links up with everybody there, where both have a slot left and one of them looks for links. */
  meet(): void {
    for (const other of this.#others) {
      if (other === this || this.#slots <= 0 || other.#slots <= 0) continue
      if (!this.#mayDial && !other.#mayDial) continue
      if (this.#links.get(other)?.closeReason === undefined && this.#links.has(other)) continue
      const { initiator, responder } = this.#connect()
      this.#add(other, initiator)
      other.#add(this, responder)
    }
  }

  #add(other: MemoryDoorSession, link: Link): void {
    this.#links.set(other, link)
    this.#slots--
    this.#onLink(link)
  }
}
