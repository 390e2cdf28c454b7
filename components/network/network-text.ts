import type { NetworkDoor, NetworkLink, NetworkView, PersonSummary } from '../../src/index.ts'
import { isolatedName, personName } from '../people/person-name.ts'
import type { Check, CheckId } from './self-test.ts'

/** Who is at the other end; one may be linked to oneself. */
export const neighbourName = ({ person, path }: NetworkLink): string =>
  person.isMe ? (path === 'tab' ? 'Your other tab' : 'Your other device') : personName(person)

export const reachName = (person: PersonSummary): string => (person.isMe ? 'Your other device' : personName(person))

/** How one is linked, as a word beside a name. */
export const PATH_WORDS: Readonly<Record<NetworkLink['path'], string>> = {
  direct: 'Direct',
  relayed: 'Relayed',
  tab: 'This device',
  socket: 'At an address',
  unknown: 'Not known yet',
}

export const DOOR_STATE_WORDS: Readonly<Record<NetworkDoor['state'], string>> = {
  connecting: 'Trying',
  open: 'Open',
  failed: 'Not reachable',
  stopped: 'Closed',
}

const DOOR_NAMES: Readonly<Record<string, string>> = {
  'y-webrtc': 'Tracker',
  nostr: 'Nostr relay',
  torrent: 'BitTorrent tracker',
  mqtt: 'MQTT broker',
  ws: 'Super peer',
  hand: 'By hand',
  memory: 'This page',
}

/** The kind of a door: one of a few words that never hold an address. */
export const doorName = (name: string): string => DOOR_NAMES[name] ?? 'Another door'

/** What each check of the self-test is about. */
export const CHECK_NAMES: Readonly<Record<CheckId, string>> = {
  storage: 'Storage',
  webrtc: 'Direct connections (WebRTC)',
  stun: 'Way through the router (STUN)',
  mapping: 'Way back through the router (NAT)',
  websocket: 'Addresses of the doors (WebSocket)',
  doors: 'Doors',
}

export const CHECK_STATE_WORDS: Readonly<Record<Check['state'], string>> = {
  waiting: 'Waiting',
  running: 'Running',
  good: 'Good',
  doubtful: 'In part',
  bad: 'Failed',
  skipped: 'Skipped',
}

/** Why the plan for all doors keeps this one as it is. */
export const REASON_TEXTS: Readonly<Record<NonNullable<NetworkDoor['reason']>, string>> = {
  searching: 'to find the others',
  greeting: 'to let newcomers in: it is this device’s turn',
  'small-room': 'as always in small rooms',
  meshed: 'nobody is let in here: the room has links enough',
  'backing-off': 'resting after a failure',
  broken: 'failed several times in a row; it is tried again later',
  paused: 'closed for a minute, because strangers without the room’s key kept coming',
  offline: 'you are offline',
}

/** A place is known to people by its host. */
export const placeText = (place: string): string => (URL.canParse(place) ? new URL(place).host : place)

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const

/** "0 B", "812 B", "1.2 kB", "48 MB". */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  let value = bytes
  let unit: string = UNITS[0]
  for (const next of UNITS) {
    if (value < 999.5) break
    value /= 1_000
    unit = next
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value).toString()} ${unit}`
}

/** Names in one sentence at most; a room may have a thousand. */
const NAMES_MAX = 3
const orFormat = new Intl.ListFormat('en', { type: 'disjunction' })

export interface RouteSummary {
  readonly tone: 'good' | 'waiting' | 'off'
  readonly text: string
  readonly detail: string
}

/** Whether what is written in this room reaches the others, and theirs us, in one sentence and a second. */
export function routeSummary({ isOffline, members, missingEntries, notesNotKept = 0 }: NetworkView): RouteSummary {
  const total = members.length
  if (total === 0) return { tone: 'waiting', text: 'Nobody else is in this room yet.', detail: '' }
  const of = total === 1 ? '' : ` of ${total}`
  if (isOffline)
    return { tone: 'off', text: `Not synced with ${total}${of}: you are offline.`, detail: 'What you write is kept.' }
  const away = members.filter(({ route }) => route === 'none')
  if (away.length > 0) {
    const names = away.slice(0, NAMES_MAX).map(({ person }) => isolatedName(person))
    const more = away.length - names.length
    const who = orFormat.format(more > 0 ? [...names, `${more} more`] : names)
    return {
      tone: away.length === total ? 'off' : 'waiting',
      text: `Not synced with ${away.length}${of}: no route to ${who}.`,
      detail: 'Who is away looks the same as who cannot be reached. What you write is delivered when there is a way.',
    }
  }
  const behind = members.filter((member) => member.missingEntries > 0)
  const missing = Math.max(
    missingEntries,
    behind.reduce((sum, member) => sum + member.missingEntries, 0),
  )
  if (missing > 0) {
    const entries = `${missing.toLocaleString()} ${missing === 1 ? 'entry' : 'entries'}`
    return behind.length > 0
      ? { tone: 'waiting', text: `Not synced with ${behind.length}${of}: ${entries} on the way.`, detail: '' }
      : { tone: 'waiting', text: `Catching up: ${entries} on the way.`, detail: '' }
  }
  const notes = notesNotKept === 1 ? 'one note, which is' : `${notesNotKept.toLocaleString()} notes, which are`
  const detail =
    notesNotKept === 0 ? '' : `But for ${notes} fetched when you open ${notesNotKept === 1 ? 'it' : 'them'}.`
  if (members.some(({ route }) => route === 'unknown'))
    return { tone: 'good', text: 'Everything that is known to be written is here.', detail }
  return { tone: 'good', text: total === 1 ? 'Synced.' : `Synced with all ${total}.`, detail }
}

const STEPS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const

/** "for 5 minutes", "for 2 days"; it continues a sentence. */
export function durationText(sinceMs: number, nowMs: number): string {
  const passedMs = Math.max(0, nowMs - sinceMs)
  const step = STEPS.find(({ ms }) => passedMs >= ms)
  if (!step) return 'for less than a minute'
  const format = new Intl.NumberFormat('en', { style: 'unit', unit: step.unit, unitDisplay: 'long' })
  return `for ${format.format(Math.floor(passedMs / step.ms))}`
}
