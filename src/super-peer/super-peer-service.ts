/**
 * A super peer as a program runs it: opened as configured, written about in the log, and asked about over HTTP. `npm
 * start` has one beside the app, `parley superpeer` is one.
 */
import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { Door } from '../transport/door.ts'
import type { Configuration } from './configuration.ts'
import { openProblem, runningFileIn, storeFolderIn, storeProblem, storeProblemIn } from './data-folder.ts'
import { folderBytes, MeasuredFolder } from './folder-size.ts'
import { shortId, type Journal } from './journal.ts'
import { KEEP_ANSWERS } from './keep-answer.ts'
import type { OpenStoreReason, StoreProblem } from './level-store.ts'
import { LatencyHistogram, metricsText } from './metrics.ts'
import { figuresOf, type RoomFigures } from './room-figures.ts'
import { RoomWatch } from './room-watch.ts'
import type { StatusReport } from './status-report.ts'
import { lastStoredAtMs } from './stored-rooms.ts'
import { SuperPeerPages, type Audience } from './super-peer-pages.ts'
import { SuperPeer, type SuperPeerOptions } from './super-peer.ts'

const MEBIBYTE = 2 ** 20
/** Nobody guesses it. */
const STATUS_KEY_BYTES = 16

export interface ServiceOptions {
  readonly configuration: Configuration
  readonly journal: Journal
  /** Where others reach this process. */
  readonly door?: Door
  readonly trackers: readonly string[]
  /** Where this machine asks the running program for its status; without one it cannot be asked. */
  readonly statusUrl?: string
}

export class SuperPeerService {
  readonly #options: ServiceOptions
  readonly #data: string
  readonly #folder: MeasuredFolder
  readonly #writes = new LatencyHistogram()
  readonly #startedAtMs = Date.now()
  readonly pages: SuperPeerPages
  #superPeer: SuperPeer | undefined
  #watch: RoomWatch | undefined
  #problem: StoreProblem | undefined
  readonly #statusKey = randomBytes(STATUS_KEY_BYTES).toString('base64url')
  /** When the last entry of a room came before the start. */
  readonly #lastAtMs = new Map<string, number | undefined>()

  constructor(options: ServiceOptions) {
    this.#options = options
    const { configuration } = options
    this.#data = configuration.path('data')
    this.#folder = new MeasuredFolder(
      () => folderBytes(this.#data),
      () => performance.now(),
    )
    this.pages = new SuperPeerPages({
      superPeer: () => this.#superPeer,
      problem: () => {
        if (this.#problem) return storeProblem(this.#problem)
        return this.#superPeer ? undefined : 'The super peer is not open yet.'
      },
      metrics: async () => this.#metrics(),
      status: () => this.status(),
      statusKey: this.#statusKey,
      keepRooms: configuration.text('keep-rooms') as Audience,
      showsMetrics: configuration.text('metrics') as Audience,
      nowMs: () => performance.now(),
    })
  }

  get superPeer(): SuperPeer | undefined {
    return this.#superPeer
  }
  /** Why it does not work now, in a sentence for whoever runs it. */
  get problem(): string | undefined {
    return this.#problem && storeProblemIn(this.#data, this.#problem)
  }
  get name(): string {
    return this.#options.configuration.text('name')
  }

  /** Opens the folder and every room in it. A rejection's detail is the sentence to show. */
  async open(): Promise<Result<void, OpenStoreReason>> {
    const { configuration, journal, trackers, door, statusUrl } = this.#options
    const data = this.#data
    const opened = await SuperPeer.open({
      folder: storeFolderIn(data),
      name: this.name,
      trackers,
      addresses: configuration.list('peers'),
      relays: {
        nostr: configuration.list('nostr'),
        torrent: configuration.list('torrent'),
        mqtt: configuration.list('mqtt'),
      },
      usesPublicRelays: configuration.isOn('public-networks'),
      iceServers: configuration.list('stun').map((urls) => ({ urls })),
      roomsMax: configuration.number('rooms-max'),
      ...this.#keeping(),
      ...(door && { door }),
      notice: (sentence) => {
        journal.warn('webrtc', { detail: sentence })
      },
      onRepair: (sentence) => {
        journal.warn('store-mended', { detail: sentence })
      },
      onProblem: (problem) => {
        this.#problem = problem
        if (problem === undefined) journal.info('store-goes-on')
        else journal.error('store-problem', { detail: storeProblemIn(data, problem) })
      },
      onWritten: (durationMs) => {
        this.#writes.add(durationMs)
      },
    })
    if (!opened.ok) return rejected(opened.reason, openProblem(opened.reason, data, opened.detail))
    this.#superPeer = opened.value
    this.#watch = new RoomWatch(opened.value, journal)
    opened.value.quotas.events.on('full', ({ room, person, isFull }) => {
      const of = person === undefined ? 'room' : 'person'
      journal.warn(isFull ? 'quota-full' : 'quota-free', { room: shortId(room), of })
    })
    journal.info('open', { folder: data, rooms: opened.value.rooms.length })
    // One that was killed may have left it.
    if (statusUrl === undefined) await rm(runningFileIn(data), { force: true })
    else {
      const running = JSON.stringify({ pid: process.pid, status: statusUrl, key: this.#statusKey })
      await writeFile(runningFileIn(data), running, { mode: 0o600 }).catch(() => undefined)
    }
    return accepted(undefined)
  }

  /** Takes the rooms of these links up. The sentences say which of them could not be. */
  async keepAll(links: readonly string[]): Promise<readonly string[]> {
    const sentences: string[] = []
    for (const link of links) {
      const kept = await this.#superPeer?.keep(link)
      if (!kept || kept.ok) continue
      const { sentence } = KEEP_ANSWERS[kept.reason]
      this.#options.journal.error('invite-refused', { reason: kept.reason, detail: sentence })
      sentences.push(sentence)
    }
    return sentences
  }

  async status(): Promise<StatusReport> {
    return {
      isRunning: true,
      folderBytes: await folderBytes(this.#data),
      problem: this.problem,
      rooms: await this.#roomsWithTimes(),
    }
  }

  /** Says goodbye on all links and closes the folder. */
  async close(): Promise<void> {
    this.#watch?.close()
    await this.#superPeer?.close()
    const file = runningFileIn(this.#data)
    const isOurs = await readFile(file, 'utf8').then(
      (text) => text.includes(`"pid":${process.pid},`),
      () => false,
    )
    if (isOurs) await rm(file, { force: true })
  }

  async #metrics(): Promise<string> {
    const folder = await this.#folder.read()
    return metricsText({
      rooms: this.#rooms(),
      quotasFull: this.#superPeer?.quotas.full.length ?? 0,
      folderBytes: folder.bytes,
      folderAgeMs: folder.ageMs,
      writes: this.#writes,
      hasProblem: this.#problem !== undefined,
      webRtcRestarts: this.#superPeer?.rtc.restarts ?? 0,
      startedAtMs: this.#startedAtMs,
      memory: process.memoryUsage(),
    })
  }

  #rooms(): readonly (RoomFigures & { readonly bytes: number })[] {
    const { rooms = [], quotas } = this.#superPeer ?? {}
    return rooms.map((room) => ({ ...figuresOf(room), bytes: quotas?.bytesOf(room.id) ?? 0 }))
  }

  /** Of those of which nothing came since the start, the time is looked up once. */
  async #roomsWithTimes(): Promise<StatusReport['rooms']> {
    const { store, rooms = [] } = this.#superPeer ?? {}
    for (const { id, core } of rooms)
      if (store && core.links.taken.lastAtMs === undefined && !this.#lastAtMs.has(shortId(id)))
        this.#lastAtMs.set(shortId(id), await lastStoredAtMs(store, id))
    return this.#rooms().map((room) => ({
      ...room,
      lastEntryAtMs: room.lastEntryAtMs ?? this.#lastAtMs.get(room.room),
    }))
  }

  /** How much is kept, and how long. */
  #keeping(): Pick<SuperPeerOptions, 'quota' | 'retentionDays' | 'onDropped' | 'onLooked'> {
    const { configuration, journal } = this.#options
    const retentionDays = configuration.number('retention-days')
    return {
      quota: {
        roomBytesMax: configuration.number('room-quota') * MEBIBYTE,
        authorBytesMax: configuration.number('person-quota') * MEBIBYTE,
      },
      ...(retentionDays > 0 && { retentionDays }),
      onDropped: (room, reason) => {
        journal.info('room-deleted', { room: shortId(room), reason })
      },
      onLooked: (rooms, deleted) => {
        journal.info('rooms-looked-over', { rooms, deleted })
      },
    }
  }
}
