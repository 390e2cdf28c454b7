import { Emitter } from '../base/emitter.ts'
import type { RoomId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { foundRoom } from '../access/found-room.ts'
import { GENESIS_SALT_BYTES } from '../access/genesis.ts'
import { randomBytes } from '../crypto/random.ts'
import { decodeDeviceCertificate } from '../identity/device-certificate.ts'
import { didOf, keyTag } from '../identity/did.ts'
import { assert } from '../base/assert.ts'
import { FallbackStore } from '../storage/fallback-store.ts'
import { openIndexedDbStore, type OpenFailure } from '../storage/indexeddb-store.ts'
import { MemoryStore } from '../storage/memory-store.ts'
import { requestPersistence } from '../storage/storage-persistence.ts'
import type { Store, StoreFailure } from '../storage/store.ts'
import type { DoorMaker } from './doors.ts'
import { platformEnvironment, type Environment } from './environment.ts'
import { decodeInviteLink, ROOM_KEY_BYTES, type InviteLinkReason } from './invite-link.ts'
import { cleanName, sealRoomName, type PersonSummary } from './people.ts'
import { Profile } from './profile.ts'
import { RoomKeys } from './room-keys.ts'
import { loadRoomRecords, saveRoomRecord, type RoomRecord } from './room-record.ts'
import { Room } from './room.ts'
import { SessionSlot, type Session } from './session.ts'
import type { Role } from '../access/role.ts'

export interface PeerOptions {
  /** Where everything is kept. Without one: the browser's IndexedDB, or memory where there is none. */
  readonly store?: Store
  /** The name of the IndexedDB database, for applications that share an origin. */
  readonly database?: string
  /** How members of a room find each other. Without any, a peer works alone. */
  readonly doors?: readonly DoorMaker[]
  /** The address that links start with; this page's by default. */
  readonly inviteBase?: string
  /** Trackers that links tell their holders of. */
  readonly inviteTrackers?: readonly string[]
  readonly environment?: Environment
}

/** What a link says before any network. */
export interface InvitePreview {
  readonly room: RoomId
  readonly roomName: string
  readonly role: Role
  readonly inviter: PersonSummary
}

export type CreateRoomReason = 'room-name-empty' | 'name-empty' | 'not-stored'
export type JoinReason = InviteLinkReason | 'name-empty' | 'not-stored'

interface PeerEvents {
  /** Rooms came or went, or what a list of rooms shows of one changed. */
  readonly rooms: undefined
  /** `storageProblem` changed. */
  readonly storage: undefined
}

const CHAT_SCHEMA_VERSION = 1
const DATABASE = 'parley'

const OPEN_PROBLEMS: Readonly<Record<OpenFailure, string>> = {
  unavailable: 'This browser does not let Parley store anything here (a private window, perhaps).',
  blocked: 'Another tab holds an older version of Parley’s database. Close the other tabs and reload.',
  'newer-version': 'Another tab has updated Parley’s database. Reload this page to use it.',
  full: 'There is no room left on this device.',
}
const WRITE_PROBLEMS: Readonly<Record<StoreFailure, string>> = {
  full: 'There is no room left on this device. Free some space, then reload.',
  closed: 'The browser has closed Parley’s database. Reload this page.',
  failed: 'The browser could not write to Parley’s database. Reload this page.',
}
const IN_MEMORY =
  'You can go on, but what is written from now on is lost when you close this tab, unless others have it.'

/**
 * This device as a member of rooms: who I am, where things are kept, and my rooms. Every peer stores, checks and passes
 * on; there is nothing above it.
 */
export class Peer {
  readonly #store: FallbackStore
  readonly #environment: Environment
  readonly #options: PeerOptions
  readonly #profile: Profile
  readonly #slot: SessionSlot
  readonly #events = new Emitter<PeerEvents>()
  readonly #rooms = new Map<RoomId, Room>()
  readonly #stopListening: () => void
  #session: Session
  #storageProblem: string | undefined
  #renewing: Promise<void> | undefined
  #isInDoubt = false

  private constructor(
    options: PeerOptions,
    parts: {
      readonly store: FallbackStore
      readonly environment: Environment
      readonly profile: Profile
      readonly slot: SessionSlot
      readonly session: Session
    },
  ) {
    this.#options = options
    this.#store = parts.store
    this.#environment = parts.environment
    this.#profile = parts.profile
    this.#slot = parts.slot
    this.#session = parts.session
    this.#stopListening = parts.environment.onSuspend(() => {
      this.flush()
    })
  }

  /** Opens storage, makes or finds the person of this device, and opens all rooms. Never fails for want of storage. */
  static async open(options: PeerOptions = {}): Promise<Peer> {
    const environment = options.environment ?? platformEnvironment()
    const opened = options.store ? accepted(options.store) : await openIndexedDbStore(options.database ?? DATABASE)
    let peer: Peer | undefined
    let early: string | undefined
    const tell = (problem: string): void => {
      early = `${problem} ${IN_MEMORY}`
      if (peer) peer.#setStorageProblem(early)
    }
    if (!opened.ok) tell(OPEN_PROBLEMS[opened.reason])
    const store = new FallbackStore(opened.ok ? opened.value : new MemoryStore(), (failure) => {
      if (peer) peer.#slot.doubt()
      tell(WRITE_PROBLEMS[failure])
    })
    const profile = await openProfile(store, environment)
    const slot = await SessionSlot.take(profile.person.id, store, environment)
    assert(slot, 'more tabs than this device can have writers')
    const session = await slot.open(profile.author, () => store.failure !== undefined)
    peer = new Peer(options, { store, environment, profile, slot, session })
    if (store.failure !== undefined) slot.doubt()
    peer.#storageProblem = early
    await peer.#openRooms()
    await peer.#renewing
    return peer
  }

  get me(): PersonSummary {
    return this.#summaryOf(this.#profile.person.id, this.#profile.name)
  }
  /** A sentence for the user when not everything is kept, or undefined. */
  get storageProblem(): string | undefined {
    return this.#storageProblem
  }
  get rooms(): readonly Room[] {
    return [...this.#rooms.values()]
  }
  room(id: RoomId): Room | undefined {
    return this.#rooms.get(id)
  }

  /** The name that new rooms get; it stays on this device. */
  async setMyName(name: string): Promise<void> {
    await this.#profile.setName(cleanName(name))
  }
  /** The 24 words that are this person. Whoever has them is this person. */
  recoveryPhrase(): Promise<string> {
    return this.#profile.phrase()
  }

  /** Starts a room of which I am the first admin. It works at once, without a network. */
  async createRoom(options: {
    readonly name: string
    readonly myName: string
  }): Promise<Result<Room, CreateRoomReason>> {
    const name = cleanName(options.name)
    const myName = cleanName(options.myName)
    if (name === '') return rejected('room-name-empty')
    if (myName === '') return rejected('name-empty')
    await this.#renewing
    const roomKey = randomBytes(ROOM_KEY_BYTES)
    const keys = new RoomKeys(roomKey)
    const certificate = decodeDeviceCertificate(this.#session.certificate)
    assert(certificate.ok, 'our own certificate is well-formed')
    const founded = await foundRoom({
      founder: this.#profile.person,
      certificate: certificate.value,
      sessionNonce: this.#session.nonce,
      salt: randomBytes(GENESIS_SALT_BYTES),
      epoch: keys.epoch,
      chatSchemaVersion: CHAT_SCHEMA_VERSION,
      sealedName: sealRoomName(keys, name),
    })
    const { room: id, bytes: genesis } = founded.genesis
    const record = { room: id, roomKey, name, myName, genesis, ticket: undefined, hasLeft: false, trackers: [] }
    if (!(await saveRoomRecord(this.#store, record)).ok) return rejected('not-stored')
    await this.setMyName(myName)
    void requestPersistence()
    const room = await this.#openRoom(record, async (opened) => {
      await opened.core.log?.adopt(founded.writer, founded.operations)
      await opened.core.refresh()
    })
    return accepted(room)
  }

  /** Reads a link without any network: for the screen on which people decide whether to join. */
  static readInvite(link: string): Result<InvitePreview, InviteLinkReason> {
    const read = decodeInviteLink(link)
    if (!read.ok) return read
    const { room, roomName, role, inviter, inviterName } = read.value
    const name = cleanName(inviterName)
    const summary = { id: inviter, did: didOf(inviter), keyTag: keyTag(inviter), name, isMe: false }
    return accepted({ room, roomName: cleanName(roomName), role, inviter: summary })
  }

  /**
   * Joins the room of a link; returns at once. What is written before somebody lets us in is kept and sent by itself.
   * A room that we are in already is simply returned.
   */
  async joinRoom(options: { readonly link: string; readonly myName: string }): Promise<Result<Room, JoinReason>> {
    const read = decodeInviteLink(options.link)
    if (!read.ok) return read
    const myName = cleanName(options.myName)
    if (myName === '') return rejected('name-empty')
    const { room, invite, secret, roomKey, role, roomName, inviter, inviterName, trackers } = read.value
    await this.#renewing
    const known = this.#rooms.get(room)
    if (known && known.status === 'member') return accepted(known)
    const record: RoomRecord = {
      room,
      roomKey,
      name: cleanName(roomName),
      myName,
      genesis: known?.core.record.genesis,
      ticket: { invite, secret, inviter, inviterName: cleanName(inviterName), role },
      hasLeft: false,
      trackers,
    }
    if (known) await this.#closeRoom(known)
    if (!(await saveRoomRecord(this.#store, record)).ok) return rejected('not-stored')
    await this.setMyName(myName)
    void requestPersistence()
    return accepted(await this.#openRoom(record))
  }

  on(name: keyof PeerEvents, listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Signs and stores what is still in the user's hands. */
  flush(): void {
    for (const room of this.#rooms.values()) room.flush()
  }

  /** Leaves all links and storage in good order. The peer can't be used afterwards. */
  async close(): Promise<void> {
    this.#stopListening()
    await this.#renewing
    await Promise.all(this.rooms.map((room) => room.close()))
    this.#events.clear()
    await this.#store.close()
    this.#slot.release()
  }

  async #openRooms(): Promise<void> {
    const records = await loadRoomRecords(this.#store)
    await Promise.all(records.map((record) => this.#openRoom(record)))
  }

  async #openRoom(record: RoomRecord, prepare?: (room: Room) => Promise<void>): Promise<Room> {
    const { doors = [], inviteTrackers = [] } = this.#options
    const keys = new RoomKeys(record.roomKey)
    const request = { password: keys.doorPassword(), trackers: record.trackers }
    const room = new Room({
      record,
      session: this.#session,
      store: this.#store,
      environment: this.#environment,
      doors: doors.map((make) => make(request)),
      inviteBase: this.#options.inviteBase ?? pageAddress(),
      trackers: [...new Set([...inviteTrackers, ...record.trackers])],
    })
    this.#rooms.set(room.id, room)
    room.core.events.on('doubt', () => {
      this.#isInDoubt = true
      this.#renewing ??= this.#renewSession()
    })
    const changed = (): void => {
      this.#events.emit('rooms', undefined)
    }
    room.on('change', changed)
    room.chat.on('messages', changed)
    room.chat.on('unread', changed)
    await room.open()
    await prepare?.(room)
    if (!record.hasLeft) room.connection.start()
    this.#events.emit('rooms', undefined)
    return room
  }

  async #closeRoom(room: Room): Promise<void> {
    this.#rooms.delete(room.id)
    await room.close()
  }

  /**
   * Others know more of what this session wrote than its storage does, or part of it is damaged. Going on would fork
   * its feeds, so a new session takes over in all rooms.
   */
  async #renewSession(): Promise<void> {
    while (this.#isInDoubt) {
      for (const room of this.#rooms.values()) room.core.halt()
      await Promise.resolve()
      const records = this.rooms.map((room) => room.core.record)
      await Promise.all(this.rooms.map((room) => this.#closeRoom(room)))
      this.#session = await this.#slot.renew(this.#profile.author, () => this.#store.failure !== undefined)
      this.#isInDoubt = false
      await Promise.all(records.map((record) => this.#openRoom(record)))
    }
    this.#renewing = undefined
  }

  #setStorageProblem(problem: string): void {
    this.#storageProblem = problem
    this.#events.emit('storage', undefined)
  }

  #summaryOf(id: PersonSummary['id'], name: string): PersonSummary {
    return { id, did: didOf(id), keyTag: keyTag(id), name, isMe: true }
  }
}

/** One at a time: two tabs at a first start would each make a person, and only one of them would be kept. */
async function openProfile(store: Store, environment: Environment): Promise<Profile> {
  const lock = await environment.waitForLock('parley/profile', new AbortController().signal)
  try {
    return await Profile.open(store)
  } finally {
    lock?.release()
  }
}

/** This page without what is behind it: links lead to the application that made them. */
const pageAddress = (): string =>
  typeof location === 'undefined' ? 'parley:' : `${location.origin}${location.pathname}${location.search}`
