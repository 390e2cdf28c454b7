import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession } from '../transport/door.ts'
import type { Link } from '../transport/link.ts'

/** How a door is found when it is opened, and what becomes of it while it is open. */
export interface LazyDoorPlan {
  /** The places that it goes to, or in words why there is none to open now. */
  readonly places: () => Promise<readonly string[] | string>
  readonly load: (places: readonly string[]) => Promise<Door>
  /** Tells when `places` is to be asked again. */
  readonly onPlacesChange?: ((listener: () => void) => () => void) | undefined
}

/** A door whose code is fetched when it is opened: the first screen does not wait for the network's. */
export class LazyDoor implements Door {
  readonly name: string
  readonly #plan: LazyDoorPlan

  constructor(name: string, plan: LazyDoorPlan) {
    this.name = name
    this.#plan = plan
  }

  start(topic: string, onLink: (link: Link) => void): DoorSession {
    return new LazySession(this.#plan, topic, onLink)
  }
}

class LazySession implements DoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  onStanding: ((sessions: number) => void) | undefined
  readonly #plan: LazyDoorPlan
  readonly #topic: string
  readonly #onLink: (link: Link) => void
  readonly #stopFollowing: () => void
  #session: DoorSession | undefined
  /** Where the session goes, in an order of its own. */
  #places = ''
  #health: DoorHealth = { state: 'connecting', detail: 'loading', sinceMs: 0, lastFailure: undefined, places: [] }
  #capacity: readonly [freeSlots: number, mayDial: boolean] = [DOOR_CAPACITY_DEFAULT, true]
  #isStopped = false
  /** One change of places after the other. */
  #work: Promise<void>

  constructor(plan: LazyDoorPlan, topic: string, onLink: (link: Link) => void) {
    this.#plan = plan
    this.#topic = topic
    this.#onLink = onLink
    this.#work = this.#follow()
    this.#stopFollowing =
      plan.onPlacesChange?.(() => {
        this.#work = this.#work.then(() => this.#follow())
      }) ?? (() => undefined)
  }

  health(): DoorHealth {
    return this.#session?.health() ?? this.#health
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#capacity = [freeSlots, mayDial]
    this.#session?.setCapacity(freeSlots, mayDial)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopFollowing()
    // What is open ends now; what is still being loaded is not opened any more.
    const session = this.#session
    this.#session = undefined
    await session?.stop()
    await this.#work
  }

  async #follow(): Promise<void> {
    try {
      const places = await this.#plan.places()
      if (this.#isStopped) return
      if (typeof places === 'string') await this.#shut(places)
      else await this.#goTo(places)
    } catch {
      this.#enter('failed', 'its code could not be loaded: reload the page')
    }
  }

  /** Links stay: they belong to whoever took them. */
  async #shut(reason: string): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.stop()
    this.#enter('stopped', reason)
  }

  async #goTo(places: readonly string[]): Promise<void> {
    const wanted = places.toSorted().join('\n')
    if (this.#session && wanted === this.#places) return
    this.#places = wanted
    if (this.#session?.setPlaces) {
      this.#session.setPlaces(places)
      return
    }
    const door = await this.#plan.load(places)
    // A network takes a topic once: the old session goes before the new one comes.
    if (this.#session) await this.#shut('going to other places')
    if (!this.#isStopped) this.#open(door.start(this.#topic, this.#onLink))
  }

  #enter(state: DoorHealth['state'], detail: string): void {
    this.#health = { ...this.#health, state, detail }
    this.onHealth?.(this.#health)
  }

  #open(session: DoorSession): void {
    this.#session = session
    session.onHealth = (health) => {
      if (this.#session === session) this.onHealth?.(health)
    }
    session.onStanding = (sessions) => this.onStanding?.(sessions)
    session.setCapacity(...this.#capacity)
    this.onHealth?.(session.health())
  }
}
