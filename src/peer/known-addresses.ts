/**
 * Where a room's super peers can be reached: as the room's record and the invite say, as the host says, and where
 * links have come from before. The last are kept on this device, so that a room is found again whose record names a place that is gone.
 */
import type { RoomId } from '../base/ids.ts'
import { readWsAddress, WS_ADDRESSES_MAX } from '../transport/ws-address.ts'
import type { Notes } from './environment.ts'

/** What is remembered of one room; the newest first. */
const REMEMBERED_MAX = 8
const noteOf = (room: RoomId): string => `parley-addresses:${room}`

export class KnownAddresses {
  readonly #notes: Notes
  readonly #note: string

  constructor(notes: Notes, room: RoomId) {
    this.#notes = notes
    this.#note = noteOf(room)
  }

  /** Those of former links, the last one first. */
  get remembered(): readonly string[] {
    const text = this.#notes.get(this.#note) ?? ''
    // Other tabs, older versions and people write there too.
    return [...new Set(text.split('\n').map(readWsAddress))]
      .filter((address) => address !== undefined)
      .slice(0, REMEMBERED_MAX)
  }

  /** A link to that address has lasted. */
  reached(address: string): void {
    const known = readWsAddress(address)
    if (known === undefined) return
    const others = this.remembered.filter((other) => other !== known)
    this.#notes.set(this.#note, [known, ...others].slice(0, REMEMBERED_MAX).join('\n'))
  }

  /** All there are, without repetition: what worked before first, then the room's, then the host's. */
  all(from: { readonly room: readonly string[]; readonly host: readonly string[] }): readonly string[] {
    const all = [...this.remembered, ...from.room, ...from.host].map(readWsAddress)
    return [...new Set(all)].filter((address) => address !== undefined).slice(0, WS_ADDRESSES_MAX)
  }

  forget(): void {
    this.#notes.remove(this.#note)
  }
}
