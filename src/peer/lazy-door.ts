import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession } from '../transport/door.ts'
import type { Link } from '../transport/link.ts'

/** The door, or in words why there is none to open now. */
type LoadDoor = () => Promise<Door | string>

/** A door whose code is fetched when it is opened: the first screen does not wait for the network's. */
export class LazyDoor implements Door {
  readonly name: string
  readonly #load: LoadDoor

  constructor(name: string, load: LoadDoor) {
    this.name = name
    this.#load = load
  }

  start(topic: string, onLink: (link: Link) => void): DoorSession {
    return new LazySession(this.#load(), topic, onLink)
  }
}

class LazySession implements DoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  #session: DoorSession | undefined
  #health: DoorHealth = { state: 'connecting', detail: 'loading', sinceMs: 0, lastFailure: undefined, places: [] }
  #capacity: readonly [freeSlots: number, mayDial: boolean] = [DOOR_CAPACITY_DEFAULT, true]
  #isStopped = false
  readonly #starting: Promise<void>

  constructor(door: Promise<Door | string>, topic: string, onLink: (link: Link) => void) {
    this.#starting = door.then(
      (loaded) => {
        if (this.#isStopped) return
        if (typeof loaded === 'string') this.#enter('stopped', loaded)
        else this.#open(loaded.start(topic, onLink))
      },
      () => {
        this.#enter('failed', 'its code could not be loaded: reload the page')
      },
    )
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
    await this.#starting
    await this.#session?.stop()
  }

  #enter(state: DoorHealth['state'], detail: string): void {
    this.#health = { ...this.#health, state, detail }
    this.onHealth?.(this.#health)
  }

  #open(session: DoorSession): void {
    this.#session = session
    session.onHealth = (health) => this.onHealth?.(health)
    session.setCapacity(...this.#capacity)
    this.onHealth?.(session.health())
  }
}
