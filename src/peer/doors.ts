import type { Door } from '../transport/door.ts'
import type { TrysteroDoorOptions, TrysteroNetwork } from '../transport/trystero-options.ts'
import type { YWebrtcDoorOptions } from '../transport/y-webrtc-door.ts'
import type { Socket } from '../transport/ws-link.ts'
import { isAddressHidden } from './address-hiding.ts'
import type { Notes } from './environment.ts'
import { KnownAddresses } from './known-addresses.ts'
import { LazyDoor } from './lazy-door.ts'
import { addressesOf } from './meeting-place.ts'
import { MeetingKeys } from './meeting-keys.ts'
import { arePublicNetworksOn } from './public-networks.ts'
import type { RoomPlaces } from './room-places.ts'
import type { RoomRecord } from './room-record.ts'

/** What a door may know of the room it is opened for. */
export interface DoorRequest {
  /** Derived from the room's key: seals what passes through the door. */
  readonly password: string
  /** Where the room's members also meet, as its record and the invite say now: trackers, and places of other doors. */
  readonly trackers: readonly string[]
  /** Tells when `trackers` has changed. Absent where it does not. */
  readonly onPlacesChange?: (listener: () => void) => () => void
  /** Where peers of the room were reached before. Absent for what is no room, as when devices are linked. */
  readonly known?: KnownAddresses
  /** Asked for when the door is opened: whether links go through relays alone, so that nobody learns our address. */
  readonly isAddressHidden?: () => boolean
  /** Asked for when the door is opened: whether relays of strangers may be used. */
  readonly arePublicNetworksOn?: () => boolean
}

/** Makes the door of one room. */
export type DoorMaker = (request: DoorRequest) => Door

/** Makes the doors of a room. */
export function doorsOf(
  makers: readonly DoorMaker[],
  room: { readonly record: RoomRecord; readonly places: RoomPlaces; readonly notes: Notes },
): readonly Door[] {
  const { record, places, notes } = room
  const request: DoorRequest = {
    password: new MeetingKeys(record.meetingSecret).doorPassword(),
    get trackers() {
      return places.forDoors
    },
    onPlacesChange: (listener) => places.on('change', listener),
    known: new KnownAddresses(notes, record.room),
    isAddressHidden: () => isAddressHidden(notes),
    arePublicNetworksOn: () => arePublicNetworksOn(notes),
  }
  return makers.map((make) => make(request))
}

/**
 * What the doors are told by which two devices of one person meet. The address is not hidden: whoever comes in by the
 * secret is the other device, and where no relay is named the two would not meet at all.
 */
export const pairingDoorRequest = (
  password: string,
  trackers: readonly string[],
  mayUsePublicNetworks: () => boolean,
): DoorRequest => ({ password, trackers, arePublicNetworksOn: mayUsePublicNetworks })

/**
 * Members find each other through y-webrtc signalling servers, and then talk directly over WebRTC. Without `iceServers`
 * people behind different routers may not reach each other; with them, these servers see who talks to whom.
 */
export const yWebrtcDoor =
  (options: {
    readonly trackers: readonly string[]
    /** Asked for when the door is opened. */
    readonly iceServers?: () => Promise<readonly RTCIceServer[]>
    /** Where y-webrtc cannot run as it does in a page. */
    readonly createDoor?: (options: YWebrtcDoorOptions) => Door
  }): DoorMaker =>
  (request) =>
    new LazyDoor('y-webrtc', {
      onPlacesChange: request.onPlacesChange,
      places: () => Promise.resolve([...new Set([...options.trackers, ...addressesOf('tracker', request.trackers)])]),
      load: async (trackers) => {
        const [createDoor, iceServers] = await Promise.all([
          options.createDoor ?? import('../transport/y-webrtc-door.ts').then((code) => code.createYWebrtcDoor),
          options.iceServers?.() ?? [],
        ])
        const isHidden = request.isAddressHidden?.() ?? false
        return createDoor({ trackers, password: request.password, iceServers, isAddressHidden: isHidden })
      },
    })

/**
 * Members find each other through relays of a public network: those that the room or the host names, and those of
 * strangers only if host or user have switched them on. Everything is asked for when the door is opened.
 */
export const publicDoor =
  (options: {
    readonly network: TrysteroNetwork
    readonly relays?: () => Promise<readonly string[]>
    readonly usesPublicRelays?: () => Promise<boolean>
    readonly iceServers?: () => Promise<readonly RTCIceServer[]>
    /** Where trystero cannot run as it does in a page. */
    readonly createDoor?: (options: TrysteroDoorOptions) => Door
  }): DoorMaker =>
  (request) => {
    const { network } = options
    const mayUsePublicRelays = async (): Promise<boolean> =>
      (await (options.usesPublicRelays?.() ?? false)) || (request.arePublicNetworksOn?.() ?? false)
    return new LazyDoor(network, {
      onPlacesChange: request.onPlacesChange,
      places: async () => {
        const [named, usesPublicRelays] = await Promise.all([options.relays?.() ?? [], mayUsePublicRelays()])
        const relays = [...new Set([...addressesOf(network, request.trackers), ...named])]
        const isShut = relays.length === 0 && !usesPublicRelays
        return isShut ? 'no relay is named, and public networks are switched off' : relays
      },
      load: async (relays) => {
        const [createDoor, iceServers, usesPublicRelays] = await Promise.all([
          options.createDoor ?? import('../transport/trystero-door.ts').then((code) => code.createTrysteroDoor),
          options.iceServers?.() ?? [],
          mayUsePublicRelays(),
        ])
        const isHidden = request.isAddressHidden?.() ?? false
        const { password } = request
        return createDoor({
          network,
          relays,
          usesPublicRelays,
          password,
          iceServers,
          isAddressHidden: isHidden,
        })
      },
    })
  }

/** Peers that take links at an address: those that the host or an invite names, and those that were reached before. */
export const wsDoor =
  (
    options: {
      /** Asked for when the door is opened. */
      readonly addresses?: () => Promise<readonly string[]>
      /** Where the platform has no WebSocket of its own. */
      readonly openSocket?: (address: string) => Socket
    } = {},
  ): DoorMaker =>
  (request) =>
    new LazyDoor('ws', {
      onPlacesChange: request.onPlacesChange,
      places: async () => {
        const host = (await options.addresses?.()) ?? []
        const room = addressesOf('peer', request.trackers)
        const addresses = request.known?.all({ room, host }) ?? []
        return addresses.length === 0 ? 'no address is known' : addresses
      },
      load: async (addresses) => {
        const { createWsDoor } = await import('../transport/ws-door.ts')
        const { openSocket } = options
        return createWsDoor({
          addresses,
          onReached: (address) => request.known?.reached(address),
          ...(openSocket && { openSocket }),
        })
      },
    })
