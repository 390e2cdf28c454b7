import { Emitter } from '../base/emitter.ts'
import type { RoomId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { didOf, keyTag } from '../identity/did.ts'
import { assert } from '../base/assert.ts'
import type { FallbackStore } from '../storage/fallback-store.ts'
import { requestPersistence } from '../storage/storage-persistence.ts'
import { openDeviceStore } from './device-store.ts'
import type { Devices } from './devices.ts'
import { doorsOf } from './doors.ts'
import { platformEnvironment, type Environment } from './environment.ts'
import { KnownAddresses } from './known-addresses.ts'
import { readInvitePreview, type InvitePreview } from './invite-preview.ts'
import { decodeInviteLink, type InviteLinkReason } from './invite-link.ts'
import { cleanName, type PersonSummary } from './people.ts'
import { forgetRoom, type ForgetReason } from './forgotten-room.ts'
import type { Mine } from './mine.ts'
import type { PairingAnswer, RecoverReason } from './new-device.ts'
import { newRoom } from './new-room.ts'
import type { PairingReason } from './pairing-reason.ts'
import { pageAddress, type PeerOptions } from './peer-options.ts'
import type { PeerTrust } from './peer-trust.ts'
import { withProfileLock } from './profile-lock.ts'
import { Profile } from './profile.ts'
import { loadRoomRecords, saveRoomRecord, type RoomRecord } from './room-record.ts'
import { RoomPlaces } from './room-places.ts'
import { Room } from './room.ts'
import { takeSession, type Session, type SessionSlot } from './session.ts'

export type CreateRoomReason = 'room-name-empty' | 'name-empty' | 'not-stored'
export type JoinReason = InviteLinkReason | 'name-empty' | 'not-stored'

interface PeerEvents {
  /** Rooms came or went, or what a list of rooms shows of one changed. */
  readonly rooms: undefined
  /** `storageProblem` changed. */
  readonly storage: undefined
  /** This device belongs to somebody else now, who was recovered or has added it: `me` and `devices` are others. */
  readonly me: undefined
}

type Rest = typeof import('./rest.ts')

/**
 * This device as a member of rooms: who I am, where things are kept, and my rooms. Every peer stores, checks and passes
 * on; there is nothing above it.
 */
export class Peer {
  readonly #store: FallbackStore
  readonly #environment: Environment
  readonly #options: PeerOptions
  readonly #events = new Emitter<PeerEvents>()
  readonly #rooms = new Map<RoomId, Room>()
  /** Rooms that a session left when it ended, until the next one has opened them: nobody sees a room vanish. */
  readonly #leaving = new Map<RoomId, Room>()
  readonly #stopListening: () => void
  #profile: Profile
  #slot: SessionSlot
  #session: Session
  #rest: Rest | undefined
  #mine: Mine | undefined
  #loadingRest: Promise<void> | undefined
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
    let peer: Peer | undefined
    let early: string | undefined
    const store = await openDeviceStore(options, {
      onProblem: (problem) => {
        early = problem
        if (!peer) return
        peer.#storageProblem = problem
        peer.#events.emit('storage', undefined)
      },
      onFailure: () => {
        if (peer) peer.#slot.doubt()
      },
    })
    const profile = await withProfileLock(environment, () => Profile.open(store, environment.now()))
    const { slot, session } = await takeSession(profile.author, store, environment, () => store.failure !== undefined)
    peer = new Peer(options, { store, environment, profile, slot, session })
    if (store.failure !== undefined) slot.doubt()
    peer.#storageProblem = early
    if (options.restLater !== true) await peer.loadRest()
    await peer.#openRooms()
    await peer.#renewing
    return peer
  }

  get me(): PersonSummary {
    const { person: id, name } = this.#profile
    return { id, did: didOf(id), keyTag: keyTag(id), name, isMe: true }
  }
  /** A sentence for the user when not everything is kept, or undefined. */
  get storageProblem(): string | undefined {
    return this.#storageProblem
  }
  get rooms(): readonly Room[] {
    return [...new Map([...this.#rooms, ...this.#leaving]).values()]
  }
  room(id: RoomId): Room | undefined {
    return this.#leaving.get(id) ?? this.#rooms.get(id)
  }

  /** The name that new rooms get; it stays on this device. */
  async setMyName(name: string): Promise<void> {
    await this.#profile.setName(cleanName(name))
  }
  /** The 24 words that are this person, or undefined where they are not. Whoever has them is this person. */
  recoveryPhrase(): Promise<string | undefined> {
    return this.#profile.phrase()
  }
  /** My devices: the list, adding one, ending one. Others after the event `me`. Not before `loadRest`, if that was put off. */
  get devices(): Devices {
    assert(this.#mine, 'loadRest comes before devices')
    return this.#mine.devices
  }
  /** How far I trust whom. Another one after the event `me`; undefined before `loadRest`, if that was put off. */
  get trust(): PeerTrust | undefined {
    return this.#mine?.trust
  }

  /**
   * Fetches what `restLater` put off; the rooms go on with it by themselves. Where nothing was put off it is done.
   * Rejects when the code can't be fetched: it may be asked for again.
   */
  loadRest(): Promise<void> {
    this.#loadingRest ??= this.#fetchRest().catch((error: unknown) => {
      this.#loadingRest = undefined
      for (const room of this.rooms) room.connection.fail('its code could not be loaded: reload the page')
      throw error
    })
    return this.#loadingRest
  }

  /**
   * Becomes the person who has these 24 words. Only on a device without rooms. Afterwards any link to a room of theirs
   * leads back into it, without anybody's consent.
   */
  async recover(phrase: string): Promise<Result<void, RecoverReason>> {
    const { recoverProfile } = await this.#getRest()
    const profile = await recoverProfile(this.#store, phrase, this.#environment)
    if (!profile.ok) return profile
    await this.#become(profile.value)
    return accepted(undefined)
  }

  /** Becomes a further device of the person whose other device shows `code`. Only on a device without rooms. */
  async joinAsDevice(answer: PairingAnswer): Promise<Result<void, PairingReason>> {
    const { pairProfile } = await this.#getRest()
    const { doors = [], inviteTrackers: trackers = [] } = this.#options
    const paired = await pairProfile(this.#store, answer, { doors, trackers, environment: this.#environment })
    if (!paired.ok) return paired
    await this.#become(paired.value.profile)
    await paired.value.confirm()
    await this.#openRooms()
    return accepted(undefined)
  }

  /** A new peer that is a further device of somebody: see `joinAsDevice`. */
  static async pair(options: PeerOptions & PairingAnswer): Promise<Result<Peer, PairingReason>> {
    const peer = await Peer.open(options)
    const joined = await peer.joinAsDevice(options)
    if (joined.ok) return accepted(peer)
    await peer.close()
    return joined
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
    await this.#catchUp()
    const [profile, session, environment] = [this.#profile, this.#session, this.#environment]
    const { record, epochKey, founded } = await newRoom({ profile, session, environment, name, myName })
    if (!(await saveRoomRecord(this.#store, record)).ok) return rejected('not-stored')
    await this.setMyName(myName)
    void requestPersistence()
    const room = await this.#openRoom(record, async (opened) => {
      // Before anything is said under it.
      await opened.core.ring.add([epochKey])
      await opened.core.log?.adopt(founded.writer, founded.operations)
      await opened.core.refresh()
    })
    return accepted(room)
  }

  /** Reads a link without any network: for the screen on which people decide whether to join. */
  static readInvite(link: string): Result<InvitePreview, InviteLinkReason> {
    return readInvitePreview(link)
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
    const { room, invite, secret, meetingSecret, role, roomName, inviter, inviterName, trackers } = read.value
    await this.#catchUp()
    const known = this.#rooms.get(room)
    if (known && known.status === 'member') return accepted(known)
    const record: RoomRecord = {
      room,
      meetingSecret,
      name: cleanName(roomName),
      myName,
      genesis: known?.core.record.genesis,
      ticket: { invite, secret, inviter, inviterName: cleanName(inviterName), role },
      hasLeft: false,
      removal: known?.core.record.removal,
      trackers,
    }
    if (known) await this.#closeRoom(known)
    if (!(await saveRoomRecord(this.#store, record)).ok) return rejected('not-stored')
    await this.setMyName(myName)
    void requestPersistence()
    return accepted(await this.#openRoom(record))
  }

  /** Deletes this device's copy of a room that I am no member of. Only a link leads back into it. */
  async forgetRoom(id: RoomId): Promise<Result<void, ForgetReason>> {
    await this.#renewing
    const room = this.#rooms.get(id)
    if (room?.status === 'member' && room.can('act')) return rejected('not-allowed')
    if (room) await this.#closeRoom(room)
    const forgotten = await forgetRoom(this.#store, id)
    new KnownAddresses(this.#environment.notes, id).forget()
    if (room && forgotten.ok) await this.#renew()
    this.#events.emit('rooms', undefined)
    return forgotten
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
    await Promise.all([...this.#rooms.values()].map((room) => room.close()))
    this.#mine?.close()
    this.#events.clear()
    await this.#store.close()
    this.#slot.release()
  }

  async #openRooms(): Promise<void> {
    const records = await loadRoomRecords(this.#store)
    await Promise.all(records.map((record) => this.#openRoom(record)))
  }

  async #openRoom(record: RoomRecord, prepare?: (room: Room) => Promise<void>): Promise<Room> {
    const { doors = [], inviteTrackers = [], isBlind = false, quota } = this.#options
    const places = new RoomPlaces({ own: inviteTrackers, invited: record.trackers })
    const room = new Room({
      record,
      session: this.#session,
      store: this.#store,
      environment: this.#environment,
      isBlind,
      ...(quota && { quota }),
      doors: doorsOf(doors, { record, places, notes: this.#environment.notes }),
      inviteBase: this.#options.inviteBase ?? pageAddress(),
      places,
      rest: this.#rest && { code: this.#rest, trust: this.#mine?.trust },
    })
    this.#rooms.set(room.id, room)
    this.#mine?.devices.watch(room)
    room.core.events.on('doubt', () => void this.#renew())
    const changed = (): void => {
      this.#events.emit('rooms', undefined)
    }
    room.on('change', changed)
    room.chat.on('messages', changed)
    room.chat.on('unread', changed)
    await room.open()
    this.#leaving.delete(room.id)
    await prepare?.(room)
    room.connection.start()
    this.#events.emit('rooms', undefined)
    return room
  }

  #closeRoom(room: Room): Promise<void> {
    this.#rooms.delete(room.id)
    return room.close()
  }

  /**
   * Others know more of what this session wrote than its storage does, or part of it is damaged. Going on would fork
   * its feeds, so a new session takes over in all rooms.
   */
  #renew(): Promise<void> {
    this.#isInDoubt = true
    return (this.#renewing ??= this.#renewSession())
  }

  async #renewSession(): Promise<void> {
    while (this.#isInDoubt) {
      for (const room of this.#rooms.values()) room.core.halt()
      await Promise.resolve()
      const rooms = [...this.#rooms.values()]
      const records = rooms.map((room) => room.core.record)
      for (const room of rooms) this.#leaving.set(room.id, room)
      await Promise.all(rooms.map((room) => this.#closeRoom(room)))
      this.#session = await this.#slot.renew(this.#profile.author, () => this.#store.failure !== undefined)
      this.#isInDoubt = false
      await Promise.all(records.map((record) => this.#openRoom(record)))
    }
    this.#renewing = undefined
  }

  async #become(profile: Profile): Promise<void> {
    await this.#renewing
    const isFailing = (): boolean => this.#store.failure !== undefined
    const { slot, session } = await takeSession(profile.author, this.#store, this.#environment, isFailing)
    this.#slot.release()
    this.#profile = profile
    this.#slot = slot
    this.#session = session
    if (this.#rest) await this.#openMine(this.#rest)
    this.#events.emit('me', undefined)
  }

  async #getRest(): Promise<Rest> {
    await this.loadRest()
    assert(this.#rest, 'the rest is there')
    return this.#rest
  }

  async #fetchRest(): Promise<void> {
    const rest = await import('./rest.ts')
    // Another tab may make this device somebody else's meanwhile.
    for (let profile; profile !== this.#profile;) {
      profile = this.#profile
      await this.#openMine(rest)
    }
    this.#rest = rest
    for (const room of this.#rooms.values()) {
      room.addRest({ code: rest, trust: this.#mine?.trust })
      this.#mine?.devices.watch(room)
      void room.core.refresh()
    }
  }

  async #openMine({ Mine: Opened }: Rest): Promise<void> {
    const [profile, store, environment] = [this.#profile, this.#store, this.#environment]
    const { doors = [], inviteTrackers: trackers = [], inviteBase: base = pageAddress() } = this.#options
    const rooms = (): readonly Room[] => [...this.#rooms.values()]
    this.#mine = await Opened.open({ profile, rooms, store, environment, doors, trackers, base }, this.#mine)
  }

  /** Another tab on the same storage may have become somebody else, while there were no rooms. */
  async #catchUp(): Promise<void> {
    await this.#renewing
    if (this.#rooms.size > 0 || (await this.#profile.isCurrent())) return
    await this.#become(await Profile.open(this.#store, this.#environment.now()))
    await this.#openRooms()
  }
}
