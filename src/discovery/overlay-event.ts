/** What goes into the overlay and what comes out of it. */
import type { PersonId, SessionId } from '../base/ids.ts'
import type { Card } from './card.ts'
import type { Mode } from './limits.ts'

/** A link's name on this device only. Whoever owns the links counts them up and never uses a number twice. */
export type LinkId = number

/** Why the overlay gave a link up. */
export type OverlayReason = 'full' | 'made-way' | 'quota' | 'malformed' | 'flood' | 'silent' | 'swapped' | 'twin'

export type OverlayEvent =
  /** Our own signed card: at first, and as the answer to the effect `renew-card`. */
  | { readonly type: 'me'; readonly card: Uint8Array }
  /**
   * The other side is authenticated as `peer`. `branch` is undefined for somebody whom the access log does not name, or
   * not yet. Of two links to one session the runner has closed one before.
   */
  | {
      readonly type: 'link-up'
      readonly link: LinkId
      readonly peer: SessionId
      readonly person: PersonId
      readonly branch: PersonId | undefined
      /** We looked for the other side, not it for us. */
      readonly isOutbound: boolean
      readonly isSuper: boolean
      readonly isEdge: boolean
    }
  /** The access log says by now who the other side is. */
  | {
      readonly type: 'standing'
      readonly link: LinkId
      readonly person: PersonId
      readonly branch: PersonId | undefined
    }
  /** `wasDead`: a crash or silence, not a goodbye. */
  | { readonly type: 'link-down'; readonly link: LinkId; readonly wasDead: boolean }
  | { readonly type: 'message'; readonly link: LinkId; readonly bytes: Uint8Array }
  /** Measured just now, so also a sign of life. */
  | { readonly type: 'round-trip'; readonly link: LinkId; readonly roundTripMs: number }
  /** Silent for 10 s, or the platform says that the connection is disturbed. */
  | { readonly type: 'suspect'; readonly link: LinkId }
  /** Answers `verify`: those cards whose signature and membership hold. */
  | { readonly type: 'verified'; readonly request: number; readonly cards: readonly Card[] }
  /** How a dial, ours or one that we answered, ended. An open one is followed by its `link-up`. */
  | { readonly type: 'dialled'; readonly dial: number; readonly isOpen: boolean }
  /** An offer or answer made here, sealed, to be carried through the mesh. */
  | { readonly type: 'signal'; readonly dial: number; readonly to: SessionId; readonly bytes: Uint8Array }
  /** How many may be there now. */
  | { readonly type: 'size'; readonly members: number }
  | { readonly type: 'visibility'; readonly isHidden: boolean }
  /** The page was asleep, or the network changed. */
  | { readonly type: 'woken' }
  | { readonly type: 'mode'; readonly mode: Mode }
  /** We are about to leave the room for good. The links are closed by the runner. */
  | { readonly type: 'leave' }
  | { readonly type: 'tick' }

export type OverlayEffect =
  | { readonly type: 'send'; readonly link: LinkId; readonly bytes: Uint8Array }
  | { readonly type: 'verify'; readonly request: number; readonly cards: readonly Uint8Array[] }
  /** Make an offer to that session and give it back as `signal`. */
  | { readonly type: 'dial'; readonly dial: number; readonly card: Card }
  /** Somebody's offer (an unknown `dial`) or answer for us. */
  | { readonly type: 'signal'; readonly dial: number; readonly from: SessionId; readonly bytes: Uint8Array }
  /** Nothing will come of this dial: free what it holds. Not answered. */
  | { readonly type: 'drop-dial'; readonly dial: number }
  /** After what was sent before has left. */
  | { readonly type: 'close'; readonly link: LinkId; readonly reason: OverlayReason }
  | { readonly type: 'renew-card' }
  /** What the doors should know: links that are welcome from there, and whether to look for any. */
  | {
      readonly type: 'doors'
      readonly freeSlots: number
      readonly mayDial: boolean
      readonly isMeshed: boolean
      /** Many links were lost at once a while ago: the room may be in two pieces. */
      readonly isTorn?: boolean
      /** Of the links fewer than two are alive, though it may take a while until the others are given up. */
      readonly isAlone?: boolean
    }
  /** A tick is due then. Only the newest of these counts. */
  | { readonly type: 'wake'; readonly atMs: number }
