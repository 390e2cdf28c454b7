/**
 * A member of rooms that is always there: keeps what is written, sealed as it is, and passes it on. It comes in by a link
 * for the role relay, never takes a key, and decides nothing. The rules are in SPEC.md.
 */
import type { RoomId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { decodeInviteLink, type InviteLinkReason } from '../peer/invite-link.ts'
import type { Environment, Notes } from '../peer/environment.ts'
import { Peer } from '../peer/peer.ts'
import type { Room } from '../peer/room.ts'
import type { Door } from '../transport/door.ts'
import { LevelStore, type LevelStoreOptions, type OpenStoreReason } from './level-store.ts'
import { nodeEnvironment, type NodeEnvironment, type NodeEnvironmentOptions } from './node-environment.ts'
import { Quotas, type QuotaOptions } from './quotas.ts'
import { Retention, type DropReason } from './retention.ts'
import { StoredNotes } from './stored-notes.ts'
import { StrangersRooms } from './strangers-rooms.ts'
import { AFTER_LOSS } from './verify-store.ts'

export interface SuperPeerOptions extends LevelStoreOptions {
  /** Where everything is kept. One super peer a folder. */
  readonly folder: string
  /** What members see in the list of people. */
  readonly name: string
  /** WebSocket addresses of y-webrtc signalling servers. Rooms may name more. */
  readonly trackers?: readonly string[]
  /** WebSocket addresses of other peers that take links. */
  readonly addresses?: readonly string[]
  /** Relays of public networks, and whether those of strangers are used as well. Rooms may name more. */
  readonly relays?: NodeEnvironmentOptions['relays']
  readonly usesPublicRelays?: boolean
  readonly iceServers?: readonly RTCIceServer[]
  /** Where others reach this process over WebSockets: see `listenForLinks`. */
  readonly door?: Door
  /** Rooms that are kept at most. */
  readonly roomsMax?: number
  /** What is stored of a room, and of one person in it. */
  readonly quota?: QuotaOptions
  /** Rooms that nobody has visited for so many days are deleted; for good by default they are kept. */
  readonly retentionDays?: number
  /** Other parts of what it runs on, such as its clock. */
  readonly environment?: Partial<Environment>
  /** A room was deleted because it was due. */
  readonly onDropped?: (room: RoomId, reason: DropReason) => void
  /** It was looked, as once an hour, which rooms are due: so many there were, and so many were deleted. */
  readonly onLooked?: (rooms: number, deleted: number) => void
  /** Told in one sentence what whoever runs the program should know of WebRTC; the console is, by default. */
  readonly notice?: (sentence: string) => void
}

/**
 * `not-a-relay`: the link makes its holder somebody who may read; `full`: no more rooms are taken; `crowded`: too many that
 * strangers asked for have not let it in yet.
 */
export type KeepReason = InviteLinkReason | 'not-a-relay' | 'full' | 'crowded' | 'not-stored'

/** Whoever runs the super peer, or anybody, who is trusted with few places. */
export type Asker = 'operator' | 'anyone'

/** What one machine of two cores looks after without trouble. */
const ROOMS_MAX = 1_000
/** Of the five seconds in which it is to end. */
const ORDER_MS_MAX = 1_000

const pauseMs = (durationMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, durationMs)
  })

export class SuperPeer {
  readonly store: LevelStore
  /** What is stored of each room and author, and who has used up their share. */
  readonly quotas: Quotas
  #retention: Retention | undefined
  readonly #strangersRooms: StrangersRooms
  /** One room is taken up after the other, so that all are counted. */
  #keeping: Promise<unknown> = Promise.resolve()
  readonly #peer: Peer
  readonly #node: NodeEnvironment
  readonly #name: string
  readonly #roomsMax: number

  private constructor(
    parts: { store: LevelStore; quotas: Quotas; strangersRooms: StrangersRooms; peer: Peer; node: NodeEnvironment },
    options: SuperPeerOptions,
  ) {
    this.store = parts.store
    this.quotas = parts.quotas
    this.#strangersRooms = parts.strangersRooms
    this.#peer = parts.peer
    this.#node = parts.node
    this.#name = options.name
    this.#roomsMax = options.roomsMax ?? ROOMS_MAX
    this.#peer.on('rooms', () => {
      this.#standBy()
      this.#retention?.watch()
      this.#noteJoined()
    })
    this.#standBy()
  }

  /** Opens the folder and every room that is kept in it. */
  static async open(options: SuperPeerOptions): Promise<Result<SuperPeer, OpenStoreReason>> {
    const { folder, trackers = [], addresses = [], iceServers = [], relays = {}, door } = options
    const opened = await LevelStore.open(folder, { ...options, afterRepair: AFTER_LOSS })
    if (!opened.ok) return opened
    const store = opened.value
    const notes: Notes = await StoredNotes.load(store)
    const node = nodeEnvironment({
      trackers,
      addresses,
      iceServers,
      relays,
      usesPublicRelays: options.usesPublicRelays ?? false,
      environment: { ...options.environment, notes },
      ...(options.notice && { notice: options.notice }),
    })
    const doors = door ? [...node.doors, (): Door => door] : node.doors
    const quota = await Quotas.open(store, options.quota)
    const { environment } = node
    const peer = await Peer.open({ store, environment, doors, isBlind: true, quota, inviteBase: 'parley:' })
    const strangersRooms = await StrangersRooms.open(store)
    const superPeer = new SuperPeer({ store, quotas: quota, strangersRooms, peer, node }, options)
    await superPeer.#keepInOrder(options)
    return accepted(superPeer)
  }

  async #keepInOrder({ retentionDays, onDropped, onLooked }: SuperPeerOptions): Promise<void> {
    const { store } = this
    this.#retention = await Retention.open({
      store,
      environment: this.#node.environment,
      rooms: () => this.rooms,
      drop: (room) => this.drop(room),
      compact: () => store.compact(),
      isStrangers: (room) => this.#strangersRooms.has(room),
      ...(retentionDays !== undefined && { retentionDays }),
      ...(onDropped && { onDropped }),
      ...(onLooked && { onLooked }),
    })
  }

  /** Looks for rooms that are due to be deleted, as it does by itself every hour. */
  async tidy(): Promise<void> {
    this.#noteJoined()
    await this.#retention?.look()
  }
  /** When somebody who can read the room was last here; milliseconds since 1970. */
  visitedAtMs(room: RoomId): number | undefined {
    return this.#retention?.visitedAtMs(room)
  }

  get rooms(): readonly Room[] {
    return this.#peer.rooms
  }
  /** The WebRTC process, for whoever shows how it does. */
  get rtc(): NodeEnvironment['rtc'] {
    return this.#node.rtc
  }

  /** Called when rooms came or went, or something of one changed. */
  onRooms(listener: () => void): () => void {
    return this.#peer.on('rooms', listener)
  }

  /** Takes a room up, by a link for the role relay. One that is kept already is simply kept on. */
  keep(link: string, asker: Asker = 'operator'): Promise<Result<Room, KeepReason>> {
    const kept = this.#keeping.then(() => this.#keep(link, asker))
    this.#keeping = kept.catch(() => undefined)
    return kept
  }

  async #keep(link: string, asker: Asker): Promise<Result<Room, KeepReason>> {
    const read = decodeInviteLink(link)
    if (!read.ok) return read
    if (read.value.role !== 'relay') return rejected('not-a-relay')
    const { room } = read.value
    const isNew = this.#peer.room(room) === undefined
    if (isNew && this.rooms.length >= this.#roomsMax) return rejected('full')
    const nowMs = this.#node.environment.now()
    if (isNew && asker === 'anyone') {
      this.#noteJoined()
      const place = this.#strangersRooms.placeFor(this.#roomsMax, nowMs)
      if (place === 'none') return rejected('crowded')
      if (place !== 'free') await this.drop(place.inPlaceOf)
      await this.#strangersRooms.add(room, nowMs)
    } else if (asker === 'operator') await this.#strangersRooms.remove(room)
    const joined = await this.#peer.joinRoom({ link, myName: this.#name })
    if (joined.ok) return joined
    if (isNew) await this.#strangersRooms.remove(room)
    return rejected(joined.reason === 'name-empty' ? 'not-stored' : joined.reason)
  }

  /** What let us in is a room like any other. */
  #noteJoined(): void {
    for (const { id, status } of this.#peer.rooms)
      if (status === 'member' && this.#strangersRooms.has(id)) void this.#strangersRooms.remove(id)
  }

  /** Deletes what is kept of a room. */
  async drop(id: RoomId): Promise<boolean> {
    const room = this.#peer.room(id)
    if (room?.status === 'member') await room.leave()
    const isForgotten = (await this.#peer.forgetRoom(id)).ok
    if (isForgotten) await Promise.all([this.quotas.forget(id), this.#strangersRooms.remove(id)])
    return isForgotten
  }

  /** Says goodbye on all links and closes the folder in good order. */
  async close(): Promise<void> {
    // Members are told within a second, whatever the disk does; what is not saved is counted anew at the next start.
    await Promise.race([this.#putInOrder(), pauseMs(ORDER_MS_MAX)])
    await this.#peer.close()
    await this.#node.close()
  }

  async #putInOrder(): Promise<void> {
    await this.#retention?.close()
    // After a loss what was counted is more than there is.
    if (!this.store.hasProblem && !this.store.hasLost) await this.quotas.save()
  }

  /** In every room: many links, most of them for others, and at every door. */
  #standBy(): void {
    for (const room of this.#peer.rooms) room.connection.setMode('super')
  }
}
