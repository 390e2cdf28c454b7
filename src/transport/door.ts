import type { Link } from './link.ts'

/** How well a door, or one of the places behind it, can be reached. */
export interface DoorState {
  readonly state: 'connecting' | 'open' | 'failed' | 'stopped'
  /** Why, in words for a diagnosis page. */
  readonly detail: string
  /** Milliseconds since 1970 at which the state was entered. For display only. */
  readonly sinceMs: number
}

export interface DoorHealth extends DoorState {
  /** One for each tracker or other place that the door goes through. */
  readonly places: readonly (DoorState & { readonly place: string })[]
  /** Why the last connection that was tried did not open. */
  readonly lastFailure: string | undefined
}

export interface DoorSession {
  health(): DoorHealth
  onHealth: ((health: DoorHealth) => void) | undefined
  /** Told now and then how many sessions are listening there, by a network that counts them. */
  onStanding?: ((sessions: number) => void) | undefined
  /**
   * How many further links are welcome now. With none, the door does not answer; with `mayDial` false it answers whoever
   * looks for us, and looks for nobody.
   */
  setCapacity(freeSlots: number, mayDial: boolean): void
  /**
   * Goes to these places and leaves the others, while links stay. Doors without it are begun anew.
   */
  setPlaces?(places: readonly string[]): void
  /**
   * Ends the session. Links that came through it belong to whoever took them: they stay, except where the door is all that
   * carries them (tabs). Afterwards the same topic can be started again.
   */
  stop(): Promise<void>
}

/** A way for devices that do not know each other's addresses to meet: everybody who starts the same topic. */
export interface Door {
  readonly name: string
  /** Never throws: what goes wrong shows in `health()`. `onLink` is given open links. */
  start(topic: string, onLink: (link: Link) => void): DoorSession
}

/** Links that a door makes before it is told a capacity. */
export const DOOR_CAPACITY_DEFAULT = 8
