import type { Door } from '../transport/door.ts'
import type { TrysteroNetwork } from '../transport/trystero-options.ts'
import type { Socket } from '../transport/ws-link.ts'
import { isAddressHidden } from './address-hiding.ts'
import type { Notes } from './environment.ts'
import { KnownAddresses } from './known-addresses.ts'
import { LazyDoor } from './lazy-door.ts'
import { addressesOf } from './meeting-place.ts'
import { MeetingKeys } from './meeting-keys.ts'
import { arePublicNetworksOn } from './public-networks.ts'
import type { RoomRecord } from './room-record.ts'

/** What a door may know of the room it is opened for. */
export interface DoorRequest {
  /** Derived from the room's key: seals what passes through the door. */
  readonly password: string
  /** Where the room's members also meet, as their invite said: trackers, and places of other doors. */
  readonly trackers: readonly string[]
  /** Where peers of the room were reached before. Absent for what is no room, as when devices are linked. */
  readonly known?: KnownAddresses
  /** Asked for when the door is opened: whether links go through relays alone, so that nobody learns our address. */
  readonly isAddressHidden?: () => boolean
  /** Asked for when the door is opened: whether relays of strangers may be used. */
  readonly arePublicNetworksOn?: () => boolean
}

/** Makes the door of one room. */
export type DoorMaker = (request: DoorRequest) => Door

/** What the doors of a room are told. */
export const doorRequestOf = ({ room, meetingSecret, trackers }: RoomRecord, notes: Notes): DoorRequest => ({
  password: new MeetingKeys(meetingSecret).doorPassword(),
  trackers,
  known: new KnownAddresses(notes, room),
  isAddressHidden: () => isAddressHidden(notes),
  arePublicNetworksOn: () => arePublicNetworksOn(notes),
})

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
  ({ password, trackers, isAddressHidden: isHidden }) =>
    new LazyDoor('y-webrtc', async () => {
      const [{ createYWebrtcDoor }, iceServers] = await Promise.all([
        import('../transport/y-webrtc-door.ts'),
        options.iceServers?.() ?? [],
      ])
      return createYWebrtcDoor({
        trackers: [...new Set([...options.trackers, ...addressesOf('tracker', trackers)])],
        password,
        iceServers,
        isAddressHidden: isHidden?.() ?? false,
      })
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
  }): DoorMaker =>
  (request) =>
    new LazyDoor(options.network, async () => {
      const { network } = options
      const [named, isOnAtHost, iceServers] = await Promise.all([
        options.relays?.() ?? [],
        options.usesPublicRelays?.() ?? false,
        options.iceServers?.() ?? [],
      ])
      const relays = [...new Set([...addressesOf(network, request.trackers), ...named])]
      const usesPublicRelays = isOnAtHost || (request.arePublicNetworksOn?.() ?? false)
      if (relays.length === 0 && !usesPublicRelays) return 'no relay is named, and public networks are switched off'
      const { createTrysteroDoor } = await import('../transport/trystero-door.ts')
      const isHidden = request.isAddressHidden?.() ?? false
      const { password } = request
      return createTrysteroDoor({ network, relays, usesPublicRelays, password, iceServers, isAddressHidden: isHidden })
    })

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
  ({ known, trackers }) =>
    new LazyDoor('ws', async () => {
      const named = (await options.addresses?.()) ?? []
      const addresses = known?.all({ room: named, invite: addressesOf('peer', trackers) }) ?? []
      if (addresses.length === 0) return 'no address is known'
      const { createWsDoor } = await import('../transport/ws-door.ts')
      const { openSocket } = options
      return createWsDoor({
        addresses,
        onReached: (address) => known?.reached(address),
        ...(openSocket && { openSocket }),
      })
    })
