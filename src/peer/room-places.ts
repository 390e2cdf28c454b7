/**
 * Where the members of one room meet, as its doors ask for it: what the room's record names first, which its admins may
 * change at any time, then what the invite named by which this device came.
 */
import { decodeMeetingPlaces, MEETING_PLACES } from '../access/meeting-places.ts'
import type { AccessState } from '../access/access-state.ts'
import { Emitter } from '../base/emitter.ts'

/** The room's record; empty where it names none. */
export function recordedPlaces(state: AccessState | undefined): readonly string[] {
  const value = state?.policy(MEETING_PLACES)
  const read = value && decodeMeetingPlaces(value)
  return read?.ok === true ? read.value : []
}

/** What the places of a room are taken from. */
interface FollowedRoom {
  readonly state: AccessState | undefined
  readonly events: { on(name: 'changed', listener: () => void): () => void }
}

export class RoomPlaces {
  readonly #events = new Emitter<{ readonly change: undefined }>()
  readonly #own: readonly string[]
  readonly #invited: readonly string[]
  #recorded: readonly string[] = []

  /** `own`: of the application, which knows them without being told. */
  constructor(from: { readonly own: readonly string[]; readonly invited: readonly string[] }) {
    this.#own = from.own
    this.#invited = from.invited
  }

  /** For a device that has not read the room's record, or is not of this application. */
  get forNewcomers(): readonly string[] {
    return [...new Set([...this.#recorded, ...this.#own, ...this.#invited])]
  }
  /** Beside those that the application knows. */
  get forDoors(): readonly string[] {
    return [...new Set([...this.#recorded, ...this.#invited])]
  }

  on(name: 'change', listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Goes by the record of that room from now on. */
  follow(room: FollowedRoom): void {
    room.events.on('changed', () => {
      this.#update(room.state)
    })
    this.#update(room.state)
  }

  #update(state: AccessState | undefined): void {
    const recorded = recordedPlaces(state)
    if (recorded.join('\n') === this.#recorded.join('\n')) return
    this.#recorded = recorded
    this.#events.emit('change', undefined)
  }
}
