/** How a super peer does, as `parley superpeer status` shows it. */
import { access, readFile } from 'node:fs/promises'
import { accepted, rejected, type Result } from '../base/result.ts'
import { memoryLocks, platformEnvironment } from '../peer/environment.ts'
import { Peer } from '../peer/peer.ts'
import { becomeOwnerOf } from './folder-owner.ts'
import { folderBytes } from './folder-size.ts'
import { LevelStore } from './level-store.ts'
import { figuresOf, linksIn, type RoomFigures } from './room-figures.ts'
import { readRoomContents } from './stored-rooms.ts'
import { StoredNotes } from './stored-notes.ts'
import { openProblem, runningFileIn, storeFolderIn } from './data-folder.ts'
import { AFTER_LOSS } from './verify-store.ts'

export interface StatusReport {
  readonly isRunning: boolean
  /** Of the whole folder on the disk. */
  readonly folderBytes: number
  readonly problem?: string | undefined
  readonly rooms: readonly (RoomFigures & { readonly bytes: number })[]
}

export type StatusReason = 'nothing' | 'not-reached' | 'busy' | 'unavailable' | 'failed'

const ANSWER_MS_MAX = 5_000

/** Asks the program that has the folder open, or looks for itself. A rejection's detail is a sentence. */
export async function readStatus(data: string): Promise<Result<StatusReport, StatusReason>> {
  const folder = storeFolderIn(data)
  const isThere = await access(folder).then(
    () => true,
    () => false,
  )
  if (!isThere) return rejected('nothing', `There is nothing in ${data}: no super peer has kept anything there yet.`)
  await becomeOwnerOf(folder)
  const opened = await LevelStore.open(folder, { afterRepair: AFTER_LOSS })
  if (opened.ok) return accepted(await lookInto(opened.value, data))
  if (opened.reason !== 'busy') return rejected(opened.reason, openProblem(opened.reason, data, opened.detail))
  return askRunning(data)
}

/** Opens the rooms without a way to anybody. */
async function lookInto(store: LevelStore, data: string): Promise<StatusReport> {
  const notes = await StoredNotes.load(store)
  const environment = { ...platformEnvironment(), ...memoryLocks(), notes }
  const peer = await Peer.open({ store, environment, isBlind: true, inviteBase: 'parley:', restLater: true })
  const rooms = await Promise.all(
    peer.rooms.map(async (room) => {
      const { bytes, lastAtMs } = await readRoomContents(store, room.id)
      return { ...figuresOf(room), bytes, lastEntryAtMs: lastAtMs }
    }),
  )
  await peer.close()
  return { isRunning: false, folderBytes: await folderBytes(data), rooms }
}

async function askRunning(data: string): Promise<Result<StatusReport, StatusReason>> {
  const file = await readFile(runningFileIn(data), 'utf8').catch(() => undefined)
  if (file === undefined)
    return rejected('not-reached', `A program has the folder ${data} open, and listens nowhere, so it cannot be asked.`)
  try {
    const running = JSON.parse(file) as { readonly status?: unknown; readonly key?: unknown }
    if (typeof running.status !== 'string') throw new Error('it does not say where')
    const headers = { authorization: `Bearer ${String(running.key)}` }
    const response = await fetch(running.status, { headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    return accepted((await response.json()) as StatusReport)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return rejected('not-reached', `A program has the folder ${data} open and could not be asked: ${reason}.`)
  }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  for (; value >= 1_024 && unit < UNITS.length - 1; unit++) value /= 1_024
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit] ?? ''}`
}

const timeText = (atMs: number | undefined): string =>
  atMs === undefined ? '-' : new Date(atMs).toISOString().replace('T', ' ').slice(0, 16)

/** The report for a terminal. */
export function statusText(report: StatusReport, data: string): string {
  const rows = report.rooms.map((room) => [
    room.room,
    room.state,
    String(room.sessions),
    String(room.entries),
    bytesText(room.bytes),
    String(linksIn(room)),
    timeText(room.lastEntryAtMs ?? undefined),
  ])
  const table = [['room', 'state', 'sessions', 'entries', 'kept', 'links', 'last entry (UTC)'], ...rows]
  const widths = table[0]?.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0))) ?? []
  const lines = table.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [
    `${data}: ${bytesText(report.folderBytes)}, ${report.isRunning ? 'running' : 'not running'}`,
    ...(report.problem === undefined ? [] : [report.problem]),
    ...(rows.length === 0 ? ['No room is kept yet.'] : lines),
  ].join('\n')
}
