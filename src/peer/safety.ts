import type { PersonSummary } from './people.ts'

/** Where what this device wrote in a room is, by the word of the others: they give it when it is stored. */
export interface RoomSafety {
  /** Own edits that no other device has said to have. Those of other tabs of this browser are own ones too. */
  readonly entriesUnsafe: number
  /** Other devices that have everything this device wrote here, super peers not counted. */
  readonly devices: number
  /** Super peers that do, without those that withhold or lie. */
  readonly superPeers: number
}

/**
 * `unknown`: it is not here, or nothing was compared yet. `behind`: it lacks something, and may be getting it. `full`: it
 * says that it takes no more. `withholding`: it does not show or does not take what it should. `lying`: what it said
 * of what it has is not so.
 */
export type SuperPeerState = 'unknown' | 'fine' | 'behind' | 'full' | 'withholding' | 'lying'

/** A member that keeps the room without being able to read it. */
export interface SuperPeerSummary {
  readonly person: PersonSummary
  /** We are linked to it. */
  readonly isHere: boolean
  /** When a link to it was last there, in this life of the page; milliseconds since 1970. */
  readonly lastSeenAtMs?: number
  readonly state: SuperPeerState
  /** Why, in words without a full stop; empty where there is nothing to say. */
  readonly reason: string
  /** Entries that are here and that it does not have. None: it has all that we know of. */
  readonly entriesLacking: number
}

export const NOTHING_WRITTEN: RoomSafety = { entriesUnsafe: 0, devices: 0, superPeers: 0 }
