/** How much is kept of a room and who is there, for status, metrics and log. Nothing in here tells what it is about. */
import type { RoomStatus } from '../peer/membership.ts'
import type { Room } from '../peer/room.ts'
import { shortId } from './journal.ts'

export interface RoomFigures {
  /** The first characters of the room's id. */
  readonly room: string
  readonly state: RoomStatus
  /** Sessions whose logs are here: about one a device of each member. */
  readonly sessions: number
  /** Of logs and documents. */
  readonly entries: number
  /** Entries that others are known to have and that are not here. */
  readonly missing: number
  /** Links now, by their kind. */
  readonly links: Readonly<Record<string, number>>
  /** Milliseconds since 1970; undefined if nothing came since the start. */
  readonly lastEntryAtMs: number | undefined
  /** Since the room was opened. */
  readonly entriesTaken: number
  readonly entriesGiven: number
}

export function figuresOf(room: Room): RoomFigures {
  const { log, documents, links } = room.core
  let entries = 0
  const logs = log?.heads ?? new Map<string, { length: number }>()
  for (const { length } of logs.values()) entries += length
  for (const host of documents.values()) for (const { length } of host.heads.values()) entries += length
  const kinds: Record<string, number> = {}
  for (const { link } of links.links) kinds[link.kind] = (kinds[link.kind] ?? 0) + 1
  return {
    room: shortId(room.id),
    state: room.status,
    sessions: logs.size,
    entries,
    missing: links.missingEntries,
    links: kinds,
    lastEntryAtMs: links.taken.lastAtMs,
    entriesTaken: links.taken.entries,
    entriesGiven: links.entriesGiven,
  }
}

export const linksIn = ({ links }: Pick<RoomFigures, 'links'>): number =>
  Object.values(links).reduce((sum, count) => sum + count, 0)
