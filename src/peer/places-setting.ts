/** The meeting places that a room names, as its admins see and change them. */
import { encodeMeetingPlaces, MEETING_PLACES } from '../access/meeting-places.ts'
import { MEETING_PLACE_BYTES_MAX, MEETING_PLACES_MAX } from '../access/operation-limits.ts'
import { utf8 } from '../base/bytes.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { DoorState } from '../transport/door.ts'
import { readWsAddress } from '../transport/ws-address.ts'
import type { AccessReason } from './access-reason.ts'
import { kindOf, meetingPlaceOf, type MeetingPlaceKind } from './meeting-place.ts'
import type { Policies } from './policies.ts'
import type { RoomCore } from './room-core.ts'
import { recordedPlaces } from './room-places.ts'

/**
 * Why a text is not taken as a meeting place. `place-address`: nothing that can be read as an address.
 * `place-not-websocket`: an address of another kind. `place-secret`: it holds a name or password, and the record can be
 * read by whoever relays it.
 */
export type PlaceReason =
  | 'place-empty'
  | 'place-address'
  | 'place-not-websocket'
  | 'place-kind'
  | 'place-secret'
  | 'place-too-long'
  | 'place-known'
  | 'places-full'

export interface RoomPlace {
  /** As the record has it: what to remove it by. */
  readonly place: string
  /** Undefined for a kind that this version does not know. */
  readonly kind: MeetingPlaceKind | undefined
  readonly address: string
  /** How this device reaches it; undefined while its door is not open. */
  readonly state: DoorState['state'] | undefined
  readonly detail: string
}

/** The names of the doors that lead to each kind of place. */
const DOOR_OF: Readonly<Record<MeetingPlaceKind, string>> = {
  tracker: 'y-webrtc',
  peer: 'ws',
  nostr: 'nostr',
  torrent: 'torrent',
  mqtt: 'mqtt',
}

/** What somebody typed or pasted, as records have it. A kind that is part of the text counts more than the other. */
export function readMeetingPlace(text: string, otherwise: MeetingPlaceKind): Result<string, PlaceReason> {
  const typed = text.trim()
  if (typed === '') return rejected('place-empty')
  const prefix = /^([a-z]+)\+/i.exec(typed)?.[1]?.toLowerCase()
  const kind = prefix === undefined ? otherwise : kindOf(prefix)
  if (kind === undefined) return rejected('place-kind')
  const address = prefix === undefined ? typed : typed.slice(prefix.length + 1)
  if (!URL.canParse(address) || /[\s#]/.test(address)) return rejected('place-address')
  const { protocol, hostname, username, password } = new URL(address)
  if (protocol !== 'wss:' && protocol !== 'ws:') {
    // `tracker.example:4000` reads as an address with a scheme of its own.
    return rejected(address.includes('://') ? 'place-not-websocket' : 'place-address')
  }
  if (username !== '' || password !== '') return rejected('place-secret')
  if (hostname === '') return rejected('place-address')
  const place = meetingPlaceOf(kind, new URL(address).href)
  if (utf8(place).length > MEETING_PLACE_BYTES_MAX) return rejected('place-too-long')
  return readWsAddress(address) === undefined ? rejected('place-address') : accepted(place)
}

export class PlacesSetting {
  readonly #core: RoomCore
  readonly #policies: Policies

  constructor(core: RoomCore, policies: Policies) {
    this.#core = core
    this.#policies = policies
  }

  get maySet(): boolean {
    return this.#policies.maySet
  }

  /** In the order in which they were named. */
  get list(): readonly RoomPlace[] {
    const doors = this.#core.links.doors
    return recordedPlaces(this.#core.state).map((place) => {
      const [, written = 'tracker', address = place] = /^(?:([a-z]+)\+)?(wss?:.+)$/.exec(place) ?? []
      const kind = kindOf(written)
      const reached = doors
        .filter(({ name }) => kind !== undefined && name === DOOR_OF[kind])
        .flatMap(({ health }) => health.places)
        .find((known) => readWsAddress(known.place) === readWsAddress(address))
      return { place, kind, address, state: reached?.state, detail: reached?.detail ?? '' }
    })
  }

  async add(text: string, kind: MeetingPlaceKind): Promise<Result<void, AccessReason | PlaceReason>> {
    const read = readMeetingPlace(text, kind)
    if (!read.ok) return read
    const known = recordedPlaces(this.#core.state)
    if (known.includes(read.value)) return rejected('place-known')
    if (known.length >= MEETING_PLACES_MAX) return rejected('places-full')
    return this.#set((places) => [...places.filter((place) => place !== read.value), read.value])
  }

  remove(place: string): Promise<Result<void, AccessReason>> {
    return this.#set((places) => places.filter((other) => other !== place))
  }

  /** The room names none: its members meet where the application, their invite or their memory leads them. */
  clear(): Promise<Result<void, AccessReason>> {
    return this.#set(() => [])
  }

  #set(change: (places: readonly string[]) => readonly string[]): Promise<Result<void, AccessReason>> {
    return this.#policies.set(MEETING_PLACES, (state) => {
      const before = recordedPlaces(state)
      const after = change(before)
      return before.join('\n') === after.join('\n')
        ? undefined
        : encodeMeetingPlaces(after.slice(0, MEETING_PLACES_MAX))
    })
  }
}
