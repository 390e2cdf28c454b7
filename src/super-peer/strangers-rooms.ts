import type { RoomId } from '../base/ids.ts'
import type { Store } from '../storage/store.ts'

const PREFIX = 'asked-by-anyone/'
/** Of all places for rooms, those for rooms of strangers that did not let it in yet: one in so many. */
const PLACES_ONE_IN = 10
/** Whoever means it is there when asking, and lets it in within seconds; after so long another may have the place. */
const GRACE_MS = 10 * 60_000

/**
 * Rooms that were not taken up by whoever runs the super peer, and did not let it in so far. Anybody can make links that
 * lead to no room, so these have few places of their own: links of strangers do not shut out what is really there.
 */
export class StrangersRooms {
  readonly #store: Store
  /** When each was asked for; milliseconds since 1970. */
  readonly #askedAtMs = new Map<RoomId, number>()

  private constructor(store: Store) {
    this.#store = store
  }

  static async open(store: Store): Promise<StrangersRooms> {
    const rooms = new StrangersRooms(store)
    for (const [key, value] of await store.range({ from: PREFIX, to: `${PREFIX}~` }))
      if (typeof value === 'number') rooms.#askedAtMs.set(key.slice(PREFIX.length) as RoomId, value)
    return rooms
  }

  has(room: RoomId): boolean {
    return this.#askedAtMs.has(room)
  }

  /** Whether there is a place for one more, or the room that makes place for it: the one that waits longest. */
  placeFor(roomsMax: number, nowMs: number): 'free' | 'none' | { readonly inPlaceOf: RoomId } {
    if (this.#askedAtMs.size < Math.max(1, Math.floor(roomsMax / PLACES_ONE_IN))) return 'free'
    const [oldest] = [...this.#askedAtMs].toSorted(([, one], [, other]) => one - other)
    // A clock that was set back must not keep the places taken.
    if (!oldest || Math.abs(nowMs - oldest[1]) < GRACE_MS) return 'none'
    return { inPlaceOf: oldest[0] }
  }

  async add(room: RoomId, nowMs: number): Promise<void> {
    this.#askedAtMs.set(room, nowMs)
    await this.#store.write([{ kind: 'put', key: PREFIX + room, value: nowMs }], { durable: false })
  }

  /** It let us in, is gone, or was asked for by whoever runs the super peer. */
  async remove(room: RoomId): Promise<void> {
    if (!this.#askedAtMs.delete(room)) return
    await this.#store.write([{ kind: 'delete', key: PREFIX + room }], { durable: false })
  }
}
