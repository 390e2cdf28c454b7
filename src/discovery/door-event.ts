/** What goes into the door plan and what comes out of it. */

export interface PlannedDoor {
  /** Unique among the doors. */
  readonly name: string
  /** The kind of network behind it, for the drawing of greeters. */
  readonly network: string
  /** How long after the start of a search it is opened: the cheap ones first. */
  readonly delayMs: number
}

export type DoorEvent =
  /** The doors there are now; those that are not named any more are closed. */
  | { readonly type: 'doors'; readonly list: readonly PlannedDoor[] }
  | { readonly type: 'health'; readonly name: string; readonly state: 'connecting' | 'open' | 'failed' | 'stopped' }
  /** The overlay's effect `doors`, with the number of links that it stands on. */
  | {
      readonly type: 'mesh'
      readonly authenticatedLinks: number
      /** Of these, the ones in the active view. */
      readonly active: number
      readonly isMeshed: boolean
      readonly freeSlots: number
      readonly mayDial: boolean
      /** Many links were lost at once a while ago: the room may be in two pieces. */
      readonly isTorn?: boolean
      /** Of the links fewer than two are alive, though it may take a while until the others are given up. */
      readonly isAlone?: boolean
    }
  /** How many may be in the room now. */
  | { readonly type: 'size'; readonly members: number }
  /** A super peer greets at every door, always. */
  | { readonly type: 'mode'; readonly mode: 'normal' | 'edge' | 'super' }
  | { readonly type: 'network'; readonly isOnline: boolean }
  /** The page was asleep, or the network changed. */
  | { readonly type: 'woken' }
  /** Somebody asks for the doors that failed or wait their turn to be tried now. */
  | { readonly type: 'try' }
  /** Somebody came in by that door who does not hold the room's key. */
  | { readonly type: 'refused'; readonly name: string }
  /** Another member's announcement was heard there. */
  | { readonly type: 'announce-heard'; readonly name: string }
  /** So many stand at that door, ourselves included, as its network says: of a large crowd the part that listens. */
  | { readonly type: 'standing'; readonly name: string; readonly sessions: number }
  | { readonly type: 'tick' }

export type DoorEffect =
  | { readonly type: 'open' | 'close' | 'announce'; readonly name: string }
  | { readonly type: 'capacity'; readonly name: string; readonly freeSlots: number; readonly mayDial: boolean }
  /** A tick is due then. Only the newest of these counts. */
  | { readonly type: 'wake'; readonly atMs: number }

/** Why a door is as it is, for the network page. */
export type DoorReason =
  | 'searching'
  | 'greeting'
  | 'small-room'
  | 'meshed'
  | 'backing-off'
  | 'broken'
  | 'paused'
  | 'offline'

/** Doors of one room; more are not opened. */
export const DOORS_MAX = 16
/** With so many authenticated links, meshed, the doors are left. */
export const LINKS_TO_LEAVE = 3
/** Meshed for so long before leaving: links that come and go in the first moment. Crowds that meet are the greeters' task. */
export const LEAVE_AFTER_MS = 1_000
/** A network that answers is given so long to bring a link before the next one is asked too. */
export const ASK_FIRST_MS = 2_500
/** And with a first link the mesh is given so long to bring the others. */
export const LINKED_PATIENCE_MS = 8_000
/** Up to so many members everybody stays at the doors: they are few, and drawing lots could leave none. */
export const SMALL_ROOM_MEMBERS = 8
/** With fewer links than these for so long everybody comes back to the doors. */
export const LONELY_LINKS = 2
export const LONELY_MS = 5_000
/** When the others went all at once there is nothing to wait for. */
export const LONELY_TORN_MS = 500
/** Links there may be, but not those that were wanted: after this a door is better than waiting. */
export const UNMESHED_MS = 30_000
/** Coming back is spread, because the same loss may have hit many. */
export const RETURN_SPREAD_MS = 1_000
/** Greeters are drawn anew, everyone at a time of his own. */
export const GREETER_EPOCH_MS = 600_000
/** Drawn on top of log2 of the members: that nobody greets for an epoch has a chance of e to the minus five at most. */
export const GREETERS_MORE = 2
/** With so many times the greeters that there should be at a door we must know only a part of the room. */
export const CROWD_GREETERS = 2
/** A network may say what it likes: for no more than so many times the members that we know of there are lots drawn. */
export const CROWD_FACTOR_MAX = 8
/** By then most of those who were too many have left. */
export const CROWD_PAUSE_MS = 5_000
/** In a crowd it takes minutes until those who are there have heard of each other. */
export const CROWD_HALF_LIFE_MS = 120_000
/** Whoever has heard of nobody new for so long knows all of a small room, in which many only came at once. */
export const CROWD_STALE_MS = 20_000

/** Trickle (RFC 6206): pauses between announcements, and how many of others make ours needless. */
export const ANNOUNCE_INTERVAL_MIN_MS = 5_000
export const ANNOUNCE_INTERVAL_MAX_MS = 600_000
export const ANNOUNCE_REDUNDANCY = 2
/** Whoever searches, or may be cut off from half of the room, does not wait longer for the next one. */
export const ANNOUNCE_INTERVAL_URGENT_MAX_MS = 30_000
/** After its announcement a greeter takes links from the door as if it searched: the other end may be another piece. */
export const BRIDGE_MS = 10_000
/** Links that a greeter takes from the door in that time. */
export const BRIDGES_MAX = 2

export const BACK_OFF_FIRST_MS = 1_000
export const BACK_OFF_MAX_MS = 300_000
/** When the room may be in two pieces the doors are what can join them: greeters try them more often. */
export const BACK_OFF_TORN_MAX_MS = 45_000
/** After so many failures in a row the door is left alone for long. */
export const FAILURES_TO_BREAK = 5
export const BREAK_MS = 600_000

/** Strangers at one door within a minute; over it a greeter pauses, because somebody is trying keys. */
export const REFUSED_PER_MINUTE_MAX = 20
export const REFUSED_WINDOW_MS = 60_000
export const PAUSE_MS = 60_000
