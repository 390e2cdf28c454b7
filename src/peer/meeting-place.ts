/**
 * A place where members meet, as rooms, invites and hosts name it: the WebSocket address, and before it the kind of door
 * that leads there. Without a kind it is a y-webrtc tracker's.
 *
 *   wss://tracker.example   nostr+wss://relay.example   torrent+wss://…   mqtt+wss://…   peer+wss://host.example/link
 */
import type { TrysteroNetwork } from '../transport/trystero-options.ts'

/** `tracker`: of y-webrtc. `peer`: a peer that takes links at an address. */
export type MeetingPlaceKind = 'tracker' | 'peer' | TrysteroNetwork

const KINDS: readonly MeetingPlaceKind[] = ['tracker', 'peer', 'nostr', 'torrent', 'mqtt']
const WRITTEN = /^(?:([a-z]+)\+)?(wss?:\/\/.+)$/

/** Undefined for a kind of a later version. */
export const kindOf = (name: string): MeetingPlaceKind | undefined => KINDS.find((kind) => kind === name)

/** The addresses of one kind among these places. Kinds of later versions belong to no door of this one. */
export const addressesOf = (kind: MeetingPlaceKind, places: readonly string[]): readonly string[] =>
  places.flatMap((place) => {
    const [, written = 'tracker', address] = WRITTEN.exec(place) ?? []
    return written === kind && address !== undefined ? [address] : []
  })

export const meetingPlaceOf = (kind: MeetingPlaceKind, address: string): string =>
  kind === 'tracker' ? address : `${kind}+${address}`
