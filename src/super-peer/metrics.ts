/** Figures for Prometheus, in its text format 0.0.4. */
import type { RoomFigures } from './room-figures.ts'

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Upper bounds in seconds: a solid-state disk is in the first ones, a spinning one in the middle, a dying one at the end. */
const LATENCY_BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

/** How long writes took. */
export class LatencyHistogram {
  readonly #counts = LATENCY_BOUNDS_S.map(() => 0)
  #count = 0
  #sumS = 0

  get count(): number {
    return this.#count
  }

  add(durationMs: number): void {
    const seconds = durationMs / 1_000
    this.#count++
    this.#sumS += seconds
    const at = LATENCY_BOUNDS_S.findIndex((bound) => seconds <= bound)
    if (at >= 0) this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  lines(name: string): readonly string[] {
    let count = 0
    const buckets = LATENCY_BOUNDS_S.map((bound, at) => {
      count += this.#counts[at] ?? 0
      return `${name}_bucket{le="${bound}"} ${count}`
    })
    return [
      ...buckets,
      `${name}_bucket{le="+Inf"} ${this.#count}`,
      `${name}_sum ${this.#sumS}`,
      `${name}_count ${this.#count}`,
    ]
  }
}

export interface MetricsSource {
  readonly rooms: readonly (RoomFigures & { readonly bytes: number })[]
  /** Rooms, and persons in rooms, of which nothing more is taken in. */
  readonly quotasFull: number
  readonly folderBytes: number
  /** How long ago that was measured. */
  readonly folderAgeMs: number
  readonly writes: LatencyHistogram
  readonly hasProblem: boolean
  readonly webRtcRestarts: number
  readonly startedAtMs: number
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number }
}

interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly help: string
  readonly lines: readonly string[]
}

export function metricsText(source: MetricsSource): string {
  const families = [...roomFamilies(source), ...processFamilies(source)]
  return families
    .flatMap(({ name, type, help, lines }) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines])
    .join('\n')
}

function roomFamilies({ rooms }: MetricsSource): readonly Family[] {
  type Kept = MetricsSource['rooms'][number]
  const perRoom = (name: string, type: Family['type'], help: string, valueOf: (room: Kept) => number): Family => ({
    name,
    type,
    help,
    lines: rooms.map((room) => `${name}{room="${room.room}"} ${valueOf(room)}`),
  })
  return [
    {
      name: 'parley_rooms',
      type: 'gauge',
      help: 'Rooms that are kept, by the state of our membership.',
      lines: countsBy(rooms.map(({ state }) => state)).map(([state, n]) => `parley_rooms{state="${state}"} ${n}`),
    },
    perRoom('parley_room_entries', 'gauge', 'Entries that are kept of a room.', ({ entries }) => entries),
    perRoom('parley_room_bytes', 'gauge', 'Bytes that are kept of a room.', ({ bytes }) => bytes),
    perRoom('parley_room_sessions', 'gauge', 'Sessions whose logs are kept.', ({ sessions }) => sessions),
    perRoom(
      'parley_room_missing_entries',
      'gauge',
      'Entries that others have and that are not here.',
      (room) => room.missing,
    ),
    perRoom('parley_entries_taken_total', 'counter', 'Entries that others brought.', (room) => room.entriesTaken),
    perRoom('parley_entries_given_total', 'counter', 'Entries that others were sent.', (room) => room.entriesGiven),
    {
      name: 'parley_links',
      type: 'gauge',
      help: 'Links, by their kind.',
      lines: countsBy(
        rooms.flatMap(({ links }) =>
          Object.entries(links).flatMap(([kind, n]) => Array.from({ length: n }, () => kind)),
        ),
      ).map(([kind, n]) => `parley_links{kind="${kind}"} ${n}`),
    },
  ]
}

function processFamilies(source: MetricsSource): readonly Family[] {
  const { writes, memory } = source
  const single = (name: string, type: Family['type'], help: string, value: number): Family => ({
    name,
    type,
    help,
    lines: [`${name} ${value}`],
  })
  return [
    single('parley_store_bytes', 'gauge', 'Size of the folder on the disk, up to a minute ago.', source.folderBytes),
    single('parley_store_bytes_age_seconds', 'gauge', 'How long ago that was measured.', source.folderAgeMs / 1_000),
    single('parley_quotas_full', 'gauge', 'Rooms, and persons in rooms, whose quota is used up.', source.quotasFull),
    single('parley_store_problem', 'gauge', '1 while nothing can be written.', source.hasProblem ? 1 : 0),
    single('parley_store_writes_total', 'counter', 'Writes that are on the disk.', writes.count),
    {
      name: 'parley_store_write_seconds',
      type: 'histogram',
      help: 'Time of a write until it is on the disk.',
      lines: writes.lines('parley_store_write_seconds'),
    },
    single(
      'parley_webrtc_restarts_total',
      'counter',
      'How often the WebRTC process was begun again.',
      source.webRtcRestarts,
    ),
    single('parley_process_resident_memory_bytes', 'gauge', 'Memory that the process has.', memory.rss),
    single('parley_process_heap_bytes', 'gauge', 'Memory that its objects take.', memory.heapUsed),
    single('parley_process_external_bytes', 'gauge', 'Memory outside of its heap.', memory.external),
    single(
      'parley_process_start_time_seconds',
      'gauge',
      'When it was started, since 1970.',
      source.startedAtMs / 1_000,
    ),
  ]
}

function countsBy(names: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1))
}
