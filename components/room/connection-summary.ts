import type { DoorSummary, Room } from '../../src/index.ts'
import type { ConnectionSummary } from './connection-line.ts'
import { isDeviceEnded } from '../people/device-standing.ts'

const plural = (count: number, one: string, many: string): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`

/** Puts a room's connection into words: who is there, by which path, what is still missing, and what is broken. */
export function connectionSummary(room: Room): ConnectionSummary {
  const { connection } = room
  if (connection.isOffline)
    return { tone: 'off', text: 'You are offline', detail: 'Keep writing: it is delivered when you go online again.' }
  if (isDeviceEnded(room)) return { tone: 'off', text: 'This device was revoked', detail: 'It is sent nothing new.' }
  const failed = connection.doors.filter((door) => door.state === 'failed')
  const tried = connection.doors.filter((door) => door.state !== 'stopped')
  const isEveryDoorShut = failed.length > 0 && failed.length === tried.length
  const doorProblem = failed.length > 0 ? `Can't reach ${failed.map(placeOf).join(', ')}` : ''
  switch (connection.state) {
    case 'offline':
      return { tone: 'off', text: 'No network', detail: 'Keep writing: it is delivered when the network is back.' }
    case 'connecting':
      return { tone: 'waiting', text: 'Connecting…', detail: isEveryDoorShut ? `${doorProblem}; trying again.` : '' }
    case 'alone':
      return isEveryDoorShut
        ? {
            tone: 'waiting',
            text: `${doorProblem}.`,
            detail: 'Check that it runs and that you are online. What you write is kept and delivered later.',
          }
        : {
            tone: 'waiting',
            text: 'Nobody else is here yet',
            detail: `${room.can('chat') ? 'Write now, it is delivered' : 'What is new arrives'} when ${awaited(room)}.`,
          }
    default:
      return connected(room, doorProblem)
  }
}

function connected(room: Room, doorProblem: string): ConnectionSummary {
  const { peers, missingEntries } = room.connection
  const paths = [...new Set(peers.map((peer) => PATHS[peer.path]).filter(Boolean))].join(' and ')
  const relays = new Set(room.members.flatMap(({ person, role }) => (role === 'relay' ? [person.id] : [])))
  const superCount = peers.filter(({ person }) => relays.has(person.id)).length
  const supers = superCount > 0 ? plural(superCount, 'super peer', 'super peers') : ''
  const text = [`${peers.length.toLocaleString()} connected`, paths, supers].filter(Boolean).join(' · ')
  const catchUp = `Catching up: ${plural(missingEntries, 'entry', 'entries')}`
  const saving = room.keeping?.isPaused === true ? 'Saving data: notes wait until you open them' : ''
  return { tone: 'good', text, detail: missingEntries > 0 ? catchUp : doorProblem || saving }
}

const PLACES: Readonly<Record<string, string>> = {
  ws: 'the super peer',
  nostr: 'the Nostr relay',
  torrent: 'the BitTorrent tracker',
  mqtt: 'the MQTT broker',
}

/** A place is known to people by its host. */
function placeOf({ name, address }: DoorSummary): string {
  const kind = PLACES[name] ?? 'the tracker'
  return URL.canParse(address) ? `${kind} at ${new URL(address).host}` : address || (PLACES[name] ?? name)
}

const PATHS = { direct: 'direct', relayed: 'relayed', tab: 'this device', unknown: '' } as const

/** Whom to wait for: by name when it is one or two people, so that the sentence means something. */
function awaited(room: Room): string {
  const names = room.members
    .filter((member) => !member.person.isMe && member.person.name)
    .map((member) => member.person.name)
  if (names.length === 0) return room.status === 'joining' ? 'somebody of the room appears' : 'somebody joins'
  if (names.length > 2) return 'somebody of the room appears'
  return `${names.join(' or ')} appears`
}
