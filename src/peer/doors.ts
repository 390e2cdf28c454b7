import type { Door, DoorHealth, DoorSession } from '../transport/door.ts'
import { DOOR_CAPACITY_DEFAULT } from '../transport/door.ts'
import type { Link } from '../transport/link.ts'

/** What a door may know of the room it is opened for. */
export interface DoorRequest {
  /** Derived from the room's key: seals what passes through the door. */
  readonly password: string
  /** Where the room's members also meet, as their invite said. */
  readonly trackers: readonly string[]
}

/** Makes the door of one room. */
export type DoorMaker = (request: DoorRequest) => Door

/**
 * Members find each other through y-webrtc signalling servers, and then talk directly over WebRTC. Without `iceServers`
 * people behind different routers may not reach each other; with them, these servers see who talks to whom.
 */
export const yWebrtcDoor =
  (options: {
    readonly trackers: readonly string[]
    /** Asked for when the door is opened. */
    readonly iceServers?: () => Promise<readonly RTCIceServer[]>
  }): DoorMaker =>
  ({ password, trackers }) =>
    new LazyDoor('y-webrtc', async () => {
      const [{ createYWebrtcDoor }, iceServers] = await Promise.all([
        import('../transport/y-webrtc-door.ts'),
        options.iceServers?.() ?? [],
      ])
      return createYWebrtcDoor({
        trackers: [...new Set([...options.trackers, ...trackers])],
        password,
        iceServers,
      })
    })

/** A door whose code is fetched when it is first opened: the first screen does not wait for the network's. */
class LazyDoor implements Door {
  readonly name: string
  readonly #load: () => Promise<Door>

  constructor(name: string, load: () => Promise<Door>) {
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

  constructor(door: Promise<Door>, topic: string, onLink: (link: Link) => void) {
    this.#starting = door.then(
      (loaded) => {
        if (!this.#isStopped) this.#open(loaded.start(topic, onLink))
      },
      () => {
        this.#health = { ...this.#health, state: 'failed', detail: 'its code could not be loaded: reload the page' }
        this.onHealth?.(this.#health)
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

  #open(session: DoorSession): void {
    this.#session = session
    session.onHealth = (health) => this.onHealth?.(health)
    session.setCapacity(...this.#capacity)
    this.onHealth?.(session.health())
  }
}
