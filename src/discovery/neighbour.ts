/** What the network page shows of the overlay. */
import type { PersonId, SessionId } from '../base/ids.ts'
import type { ActiveLink } from './active-view.ts'
import type { Card } from './card.ts'
import type { Mode } from './limits.ts'
import type { LinkId } from './overlay-event.ts'

/** A link, for the network page. */
export interface Neighbour {
  readonly link: LinkId
  readonly peer: SessionId
  readonly person: PersonId
  readonly isOutbound: boolean
  readonly role: Mode
  readonly roundTripMs: number | undefined
  readonly sinceMs: number
  readonly foundBy: 'door' | 'mesh'
  readonly isSuspect: boolean
}

/** Somebody we could link to. */
export interface Acquaintance {
  readonly peer: SessionId
  readonly person: PersonId
  readonly role: Mode
}

const roleOf = ({ isEdge, isSuper }: { readonly isEdge: boolean; readonly isSuper: boolean }): Mode =>
  isSuper ? 'super' : isEdge ? 'edge' : 'normal'

export const neighbourOf = (link: ActiveLink): Neighbour => ({
  link: link.link,
  peer: link.peer,
  person: link.person,
  isOutbound: link.isOutbound,
  role: roleOf(link),
  roundTripMs: link.roundTripMs,
  sinceMs: link.sinceMs,
  foundBy: link.foundBy,
  isSuspect: link.suspectSinceMs !== undefined,
})

export const acquaintanceOf = (card: Card): Acquaintance => ({
  peer: card.session,
  person: card.person,
  role: roleOf(card),
})
