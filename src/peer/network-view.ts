/**
 * The network around this device in one room, as it is shown to people: who is linked to us, whom they are linked to,
 * how each door does, and whom no way leads to. Made of what the links, the overlay and the doors say at that moment;
 * what none of them knows is left out.
 */
import type { PersonId, SessionId } from '../base/ids.ts'
import type { DoorReason } from '../discovery/door-event.ts'
import type { Mode } from '../discovery/limits.ts'
import type { Acquaintance, Neighbour } from '../discovery/neighbour.ts'
import type { DoorHealth, DoorState } from '../transport/door.ts'
import { LANES, type Link } from '../transport/link.ts'
import type { PersonSummary } from './people.ts'
import type { SuperPeerSummary } from './safety.ts'

export type { DoorReason, Mode as NetworkMode }

/** Whom we are linked with ourselves. */
export interface NetworkLink {
  /** Tells links apart on this device, and is never used again. */
  readonly id: number
  /** One of my own: another tab or another device. */
  readonly person: PersonSummary
  readonly kind: Link['kind']
  /** `socket`: over a WebSocket, so the other side is a peer that can be reached at an address. */
  readonly path: 'direct' | 'relayed' | 'tab' | 'socket' | 'unknown'
  readonly roundTripMs?: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly role?: Mode
  /** We looked for the other side, not it for us. */
  readonly isOutbound?: boolean
  readonly foundBy?: 'door' | 'mesh'
  /** Milliseconds since 1970. */
  readonly sinceMs?: number
  /** Silent for a while. */
  readonly isSuspect?: boolean
}

/** A session of somebody that is behind one of our links, as the other side of the link says. */
export interface NetworkReach {
  readonly person: PersonSummary
  /** The ids of the links it is behind. */
  readonly via: readonly number[]
}

/** A door, or one of the places behind it. */
export interface NetworkDoor {
  readonly name: string
  /** An address such as a tracker's; empty for doors without places. */
  readonly place: string
  readonly state: DoorState['state']
  /** Why, in words. */
  readonly detail: string
  /** Milliseconds since 1970; zero when it is not known. */
  readonly sinceMs: number
  /** Why the door is open or closed, by the plan for all doors. */
  readonly reason?: DoorReason
}

/**
 * Another member, and whether a way leads there. `none` is said only where it can be known: without any link, or in rooms
 * so small that everybody is linked to everybody. Who is away looks the same as who cannot be reached.
 */
export interface MemberRoute {
  readonly person: PersonSummary
  readonly route: 'linked' | 'via' | 'none' | 'unknown'
  /** Entries that the person's devices have signed to have written, and that are not here. */
  readonly missingEntries: number
}

export interface NetworkView {
  readonly isOffline: boolean
  readonly links: readonly NetworkLink[]
  readonly reach: readonly NetworkReach[]
  readonly doors: readonly NetworkDoor[]
  /** The other members, those first to whom no way leads. */
  readonly members: readonly MemberRoute[]
  readonly missingEntries: number
  /** The members that keep the room without reading it, and whether they do. */
  readonly superPeers?: readonly SuperPeerSummary[]
  /** How many this device could link to if it lost its links. */
  readonly acquaintanceCount?: number
  /** Notes of which nothing is taken in until they are opened here. */
  readonly notesNotKept?: number
  /** As chosen for this tab; undefined where it cannot be chosen. */
  readonly mode?: Mode
  /** Another tab of this device was chosen to be a super peer, and this one has the links. */
  readonly isSuperForTab?: boolean
  /** Undefined where it cannot be chosen. */
  readonly isAddressHidden?: boolean
  /** Whether relays of strangers are used. Undefined where it cannot be chosen. */
  readonly arePublicNetworksOn?: boolean
  /** Whether a door can be tried at once. */
  readonly mayTryDoors: boolean
}

/** Where a view comes from. */
export interface NetworkSource {
  readonly isOffline: boolean
  readonly links: readonly {
    readonly id: number
    readonly link: Pick<Link, 'kind' | 'stats'>
    readonly remote: { readonly session: SessionId; readonly person: PersonId }
    readonly roundTripMs: number | undefined
  }[]
  readonly doors: readonly {
    readonly name: string
    readonly health: DoorHealth
    readonly reason?: DoorReason
  }[]
  readonly missingEntries: number
  readonly notesNotKept?: number | undefined
  readonly superPeers?: readonly SuperPeerSummary[]
  readonly me: { readonly session: SessionId; readonly person: PersonId }
  readonly members: readonly PersonId[]
  readonly sessions: readonly { readonly session: SessionId; readonly person: PersonId }[]
  /** How many entries the session has signed to have written that are not here. */
  missingOf(session: SessionId): number
  summaryOf(person: PersonId): PersonSummary
  /** Whether the other side of the link says that it is linked with that session. */
  isNeighbour(link: number, session: SessionId): boolean
  readonly overlay?: { readonly active: readonly Neighbour[]; readonly passive: readonly Acquaintance[] } | undefined
  readonly mode?: Mode
  readonly isSuperForTab?: boolean
  readonly isAddressHidden?: boolean
  readonly arePublicNetworksOn?: boolean
  readonly mayTryDoors?: boolean
}

/** Up to so many people everybody is linked to everybody who is here ([OV2]), so who is not is not to be reached. */
const FULL_MESH_MEMBERS = 9
/** Tabs of one browser, which have a door of their own that is nobody's business. */
const TAB_DOOR_NAME = 'tabs'

export function networkViewOf(source: NetworkSource): NetworkView {
  const reach = reachOf(source)
  const { isOffline, missingEntries, overlay, mode, isAddressHidden, arePublicNetworksOn, superPeers } = source
  return {
    isOffline,
    links: source.links.map((link) => linkOf(link, source)),
    reach,
    doors: source.doors.filter(({ name }) => name !== TAB_DOOR_NAME).flatMap(placesOf),
    members: membersOf(source, reach),
    missingEntries,
    ...(source.notesNotKept !== undefined && { notesNotKept: source.notesNotKept }),
    ...(superPeers && { superPeers }),
    ...(overlay && { acquaintanceCount: overlay.passive.length }),
    ...(mode !== undefined && { mode }),
    ...(source.isSuperForTab === true && { isSuperForTab: true }),
    ...(isAddressHidden !== undefined && { isAddressHidden }),
    ...(arePublicNetworksOn !== undefined && { arePublicNetworksOn }),
    mayTryDoors: source.mayTryDoors === true && !isOffline,
  }
}

function linkOf({ id, link, remote, roundTripMs }: NetworkSource['links'][number], source: NetworkSource): NetworkLink {
  const neighbour = source.overlay?.active.find((each) => each.link === id)
  const lanes = LANES.map((lane) => link.stats.lanes[lane])
  return {
    id,
    person: source.summaryOf(remote.person),
    kind: link.kind,
    path: link.kind === 'tab' ? 'tab' : link.kind === 'ws' ? 'socket' : link.stats.path,
    bytesSent: lanes.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
    bytesReceived: lanes.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0),
    ...(roundTripMs !== undefined && { roundTripMs }),
    ...(neighbour && {
      role: neighbour.role,
      isOutbound: neighbour.isOutbound,
      foundBy: neighbour.foundBy,
      sinceMs: neighbour.sinceMs,
      isSuspect: neighbour.isSuspect,
    }),
  }
}

function placesOf({ name, health, reason }: NetworkSource['doors'][number]): NetworkDoor[] {
  const planned = reason === undefined ? {} : { reason }
  const whole = { name, place: '', state: health.state, detail: health.detail, sinceMs: health.sinceMs, ...planned }
  if (health.places.length === 0) return [whole]
  return health.places.map(({ place, state, detail, sinceMs }) => ({ name, place, state, detail, sinceMs, ...planned }))
}

/** Sessions that we are not linked with, and at least one of our neighbours is. */
function reachOf(source: NetworkSource): NetworkReach[] {
  const linked = new Set([source.me.session, ...source.links.map(({ remote }) => remote.session)])
  const reach: NetworkReach[] = []
  for (const { session, person } of source.sessions) {
    if (linked.has(session)) continue
    const via = source.links.filter(({ id }) => source.isNeighbour(id, session)).map(({ id }) => id)
    if (via.length > 0) reach.push({ person: source.summaryOf(person), via })
  }
  return reach
}

const ROUTE_ORDER: readonly MemberRoute['route'][] = ['none', 'unknown', 'via', 'linked']

function membersOf(source: NetworkSource, reach: readonly NetworkReach[]): MemberRoute[] {
  const linked = new Set(source.links.map(({ remote }) => remote.person))
  const behind = new Set(reach.map(({ person }) => person.id))
  const missing = new Map<PersonId, number>()
  for (const { session, person } of source.sessions)
    missing.set(person, (missing.get(person) ?? 0) + source.missingOf(session))
  // With tabs of this browser alone nobody else is reached.
  const isAlone = source.links.every(({ link }) => link.kind === 'tab')
  const isKnown = isAlone || source.members.length <= FULL_MESH_MEMBERS
  const routeTo = (person: PersonId): MemberRoute['route'] => {
    if (linked.has(person)) return 'linked'
    if (behind.has(person)) return 'via'
    return isKnown ? 'none' : 'unknown'
  }
  return source.members
    .filter((person) => person !== source.me.person)
    .map((person) => ({
      person: source.summaryOf(person),
      route: routeTo(person),
      missingEntries: missing.get(person) ?? 0,
    }))
    .toSorted((one, other) => ROUTE_ORDER.indexOf(one.route) - ROUTE_ORDER.indexOf(other.route))
}
