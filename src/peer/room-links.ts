import { compareBytes } from '../base/bytes.ts'
import { Emitter } from '../base/emitter.ts'
import type { FeedId, SessionId } from '../base/ids.ts'
import type { Mode } from '../discovery/limits.ts'
import { COPIES_WANTED, COPIES_WANTED_METERED } from '../gossip/limits.ts'
import type { GossipTrees } from '../gossip/gossip-trees.ts'
import type { LinkId, SyncEffect, SyncEvent } from '../sync/sync-event.ts'
import type { SyncMachine } from '../sync/sync-machine.ts'
import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession } from '../transport/door.ts'
import type { DoorReason } from '../discovery/door-event.ts'
import { TWIN, type Lane, type Link } from '../transport/link.ts'
import type { Environment } from './environment.ts'
import type { LinkEntrance, Origin } from './link-entrance.ts'
import type { AuthenticatedLink, RemoteIdentity } from './link-handshake.ts'
import type { Mesh } from './mesh.ts'
import { LaneWatch, untilSent } from './lane-watch.ts'
import { LinksInMesh, MESH_MESSAGE } from './links-in-mesh.ts'
import type { LinksOfMesh } from './links-of-mesh.ts'
import type { LinksCode, RoomLink, RoomLinksEvents, RoomOfLinks } from './links-code.ts'
import { News } from './news.ts'
import type { Session } from './session.ts'
import { withAuthor } from './with-author.ts'

export { MESH_MESSAGE } from './links-in-mesh.ts'
export type { LinksCode, ReadRange, RoomLink, RoomOfLinks } from './links-code.ts'

/** Links are pinged every five seconds, so a living one was heard within this. */
const TWIN_SILENCE_MS = 7_000

/**
 * The links of one room, the sync machine that runs over them and the mesh that they make. Asks everyone who comes in
 * for who they are, keeps one link to each session, and carries the sync machine's effects out.
 */
export class RoomLinks {
  readonly events = new Emitter<RoomLinksEvents>()
  missingEntries = 0
  /** The links that the mesh counts on. */
  readonly inMesh = new LinksInMesh(() => this.links)
  /** Entries that others brought, and when the last of them came. */
  readonly taken: { entries: number; lastAtMs: number | undefined } = { entries: 0, lastAtMs: undefined }
  readonly #room: RoomOfLinks
  readonly #session: Session
  readonly #key: Uint8Array
  readonly #environment: Environment
  /** What the sync machine is to be told when it is there. */
  readonly #news = new News()
  #entrance: LinkEntrance | undefined
  #sync: SyncMachine | undefined
  #gossip: GossipTrees | undefined
  #mesh: Mesh | undefined
  readonly #links = new Map<LinkId, RoomLink>()
  /** Doors that the mesh does not open and leave. */
  readonly #doors = new Map<Door, DoorSession>()
  readonly #lanes: LaneWatch
  /** How far this session has written. */
  readonly #own = new Map<FeedId, number>()
  #nextLink = 1
  /** How often all links were closed: what began before is not taken after. */
  #closings = 0
  #cancelWake: (() => void) | undefined
  #isClosed = false

  constructor(options: {
    readonly room: RoomOfLinks
    readonly session: Session
    /** Whoever does not hold it gets no answer. */
    readonly key: Uint8Array
    readonly environment: Environment
  }) {
    this.#room = options.room
    this.#session = options.session
    this.#key = options.key
    this.#environment = options.environment
    this.#lanes = new LaneWatch(options.environment, (link, lane, isFull) => {
      this.tell({ type: isFull ? 'lane-full' : 'lane-drained', link, lane })
    })
  }

  /** Gives the links the code that runs them. There are no doors and no links before. */
  attach(code: LinksCode): void {
    this.#gossip = new code.GossipTrees()
    this.#sync = new code.SyncMachine({ spread: this.#gossip, useOf: this.#room.uses.of })
    this.#mesh = new code.Mesh({
      room: this.#room,
      session: this.#session,
      environment: this.#environment,
      links: this.#linksOfMesh(),
    })
    this.inMesh.attach(this.#mesh)
    this.#entrance = new code.LinkEntrance({
      key: this.#key,
      session: this.#session,
      environment: this.#environment,
      mesh: this.#mesh,
    })
    for (const event of this.#news.take()) this.tell(event)
  }

  get links(): readonly RoomLink[] {
    return [...this.#links.values()]
  }
  get doors(): readonly { readonly name: string; readonly health: DoorHealth; readonly reason?: DoorReason }[] {
    const always = [...this.#doors].map(([door, session]) => ({ name: door.name, health: session.health() }))
    return [...always, ...(this.#mesh?.doors ?? [])]
  }
  /** The overlay and the door plan; undefined until their code is here. */
  get mesh(): Pick<Mesh, 'overlay' | 'mode' | 'tryDoors'> | undefined {
    return this.#mesh
  }

  /** Entries that others were sent. */
  get entriesGiven(): number {
    return this.#sync?.entriesGiven ?? 0
  }

  /** What this device is for the mesh, as long as the page lives. */
  setMode(mode: Mode): void {
    this.#mesh?.setMode(mode)
    // Whoever pays for each byte, or relays nothing, needs one copy.
    this.#gossip?.setCopiesWanted(mode === 'edge' ? COPIES_WANTED_METERED : COPIES_WANTED)
    this.#gossip?.setPassingOn(mode !== 'edge')
  }

  /** Whether the other side of at least one link has, or was sent, the first `length` entries of the feed. */
  isHeldByOthers(feed: FeedId, length: number): boolean {
    return (this.#sync?.holders(feed, length) ?? 0) > 0
  }

  /** What the other sides of links say to have; undefined until the code is here. */
  get claims(): SyncMachine['claims'] | undefined {
    return this.#sync?.claims
  }

  /** Whether the other side of the link says that it is linked with that session too. */
  readonly isNeighbour = (link: LinkId, session: SessionId): boolean => this.#sync?.isNeighbour(link, session) === true

  /** A door that is open until all are closed, whatever the mesh needs: the one between tabs, one that people carry. */
  openDoor(door: Door, topic: string): DoorSession | undefined {
    if (this.#isClosed || this.#doors.has(door)) return this.#doors.get(door)
    const session = door.start(topic, (link) => {
      void this.#welcome(link, { isOutbound: link.initiator })
    })
    session.onHealth = () => {
      this.events.emit('change', undefined)
    }
    this.#doors.set(door, session)
    this.events.emit('change', undefined)
    return session
  }

  /** Doors that are opened and left as the mesh needs them. */
  openDoors(doors: readonly Door[], topic: string): void {
    if (!this.#isClosed) this.#mesh?.openDoors(doors, topic)
  }

  /** The room is left for good. Resolves when our last words are elsewhere, or some seconds later. */
  async drain(): Promise<void> {
    this.#mesh?.leave()
    const isHeld = (): boolean => [...this.#own].every(([feed, length]) => this.isHeldByOthers(feed, length))
    const links = this.links.map(({ link }) => link)
    await untilSent(links, this.#environment, isHeld)
  }

  /** Those whose other side is still being asked who it is are closed as soon as it has answered. */
  closeLinks(reason: string): void {
    this.#closings++
    for (const { link } of this.links) link.close(reason)
  }

  async closeDoors(): Promise<void> {
    const sessions = [...this.#doors.values()]
    this.#doors.clear()
    await Promise.all([...sessions.map((session) => session.stop()), this.#mesh?.closeDoors()])
    this.events.emit('change', undefined)
  }

  /** Tells the sync machine, and does what it wants done. */
  tell(event: SyncEvent): void {
    if (this.#isClosed) return
    if (event.type === 'appended' && event.from === undefined) this.#own.set(event.feed, event.head.length)
    const told = withAuthor(event, this.#room)
    if (!this.#sync) this.#news.add(told)
    else for (const effect of this.#sync.step(told, this.#environment.now())) this.#carryOut(effect)
  }

  /** Rights changed: who may have the documents now that could not, or the other way round. */
  refreshRights(): void {
    for (const { id, remote } of this.#links.values()) {
      this.tell({ type: 'link-rights', link: id, mayRead: this.#room.may('hold', remote) })
    }
    this.#mesh?.refresh()
  }

  sendEphemeral(bytes: Uint8Array, isWanted: (link: RoomLink) => boolean = () => true): void {
    for (const roomLink of this.#links.values()) if (isWanted(roomLink)) roomLink.link.send('ephemeral', bytes)
  }

  async close(reason: string): Promise<void> {
    this.#isClosed = true
    this.#cancelWake?.()
    this.closeLinks(reason)
    this.#links.clear()
    await Promise.all([this.closeDoors(), this.#mesh?.close()])
    this.events.clear()
  }

  /** True if the link was taken. */
  async #welcome(link: Link, origin: Origin): Promise<boolean> {
    if (!this.#entrance || this.#isClosed) {
      link.close('closed')
      return false
    }
    const closings = this.#closings
    const met = await this.#entrance.ask(link, origin)
    if (!met) return false
    if (this.#isClosed) link.close('room-closed')
    else if (closings !== this.#closings) link.close('stopped')
    else if (this.#isExcluded(met.remote)) link.close('mistrusted')
    else if (this.#isWanted(link, met.remote)) return this.#admit(link, met.remote, met.listen, origin)
    return false
  }

  #admit(link: Link, remote: RemoteIdentity, listen: AuthenticatedLink['listen'], { isOutbound }: Origin): boolean {
    const heardAtMs = this.#environment.now()
    const roomLink: RoomLink = { id: this.#nextLink++, link, remote, isOutbound, roundTripMs: undefined, heardAtMs }
    const { id } = roomLink
    this.#links.set(id, roomLink)
    link.onClose = (reason) => {
      this.#drop(roomLink, reason)
    }
    if (link.closeReason !== undefined) return false
    if (link.kind !== 'tab') this.inMesh.enter(roomLink)
    else this.#makePlaceForTabs()
    // The mesh may have no place for it.
    if (!this.#links.has(id)) return false
    const { session, device } = remote
    this.tell({ type: 'link-up', link: id, session, device, mayRead: this.#room.may('hold', remote) })
    this.events.emit('up', roomLink)
    this.events.emit('change', undefined)
    if (link.kind !== 'tab') link.onDisturbed = () => this.inMesh.disturbed(id)
    listen((lane, message) => {
      this.#receive(roomLink, lane, message)
    })
    return true
  }

  /** Because of what it did on earlier links. */
  #isExcluded({ session }: RemoteIdentity): boolean {
    const standing = this.#gossip?.scores.standing(session, this.#environment.now())
    return standing === 'unlinked' || standing === 'banned'
  }

  /**
   * One link to a session, and both ends keep the same one: the one whose binding is smaller. Unless the old one is of
   * a former life of the session, which crashed and is back, or has gone silent: it is only not found dead yet.
   */
  #isWanted(link: Link, remote: RemoteIdentity): boolean {
    const twin = this.links.find((known) => known.remote.session === remote.session)
    if (!twin) return true
    const isSilent = this.#environment.now() - twin.heardAtMs > TWIN_SILENCE_MS
    const isGone = isSilent || twin.remote.life !== remote.life
    const isKept = isGone || compareBytes(link.binding, twin.link.binding) < 0
    if (isKept) twin.link.close(TWIN)
    else link.close(TWIN)
    return isKept
  }

  /** Tabs are no part of the mesh, and none is turned away. */
  #makePlaceForTabs(): void {
    for (const session of this.#doors.values()) session.setCapacity(DOOR_CAPACITY_DEFAULT, true)
  }

  #linksOfMesh(): LinksOfMesh {
    const inMesh = this.inMesh
    return {
      get all() {
        return inMesh.all
      },
      send: (id, bytes) => {
        inMesh.send(this.#links.get(id), bytes)
      },
      part: (id, reason) => {
        this.#part(id, reason)
      },
      welcome: (link, door, isOutbound) => void this.#welcome(link, { door, isOutbound }),
      welcomeCalled: (link, peer, isOutbound) => this.#welcome(link, { peer, isOutbound }),
      changed: () => {
        this.events.emit('change', undefined)
      },
    }
  }

  /** Ends a link after what was sent on it has left. For the room it is over at once. */
  #part(id: LinkId, reason: string): void {
    const roomLink = this.#links.get(id)
    if (!roomLink) return
    const { link } = roomLink
    this.#drop(roomLink, reason)
    link.onMessage = () => undefined
    void untilSent([link], this.#environment).then(() => {
      link.close(reason)
    })
  }

  #receive(roomLink: RoomLink, lane: Lane, message: Uint8Array): void {
    if (!this.#links.has(roomLink.id)) return
    roomLink.heardAtMs = this.#environment.now()
    if (lane === 'ephemeral') this.events.emit('ephemeral', { link: roomLink, bytes: message })
    else if (lane === 'bulk') roomLink.link.close('bulk-not-asked-for')
    else if (lane === 'control' && message[0] === MESH_MESSAGE) this.inMesh.receive(roomLink.id, message)
    else {
      this.tell({ type: 'message', link: roomLink.id, bytes: message })
      this.events.emit('delivered', undefined)
    }
  }

  #drop(roomLink: RoomLink, reason: string): void {
    if (!this.#links.delete(roomLink.id)) return
    this.tell({ type: 'link-down', link: roomLink.id })
    if (roomLink.link.kind !== 'tab') this.inMesh.leave(roomLink, reason)
    else this.#makePlaceForTabs()
    this.events.emit('down', roomLink)
    this.events.emit('change', undefined)
  }

  #carryOut(effect: SyncEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#send(effect)
      case 'ingest':
        return void this.#ingest(effect)
      case 'read':
        return void this.#read(effect)
      case 'close':
        return this.#links.get(effect.link)?.link.close(effect.reason)
      case 'wake':
        return this.#wake(effect.atMs)
      case 'progress':
        this.missingEntries = effect.missingEntries
        return this.events.emit('change', undefined)
      case 'application': {
        const link = this.#links.get(effect.link)
        if (link) this.events.emit('application', { link, bytes: effect.bytes })
        return
      }
      case 'round-trip': {
        const link = this.#links.get(effect.link)
        if (link) link.roundTripMs = effect.roundTripMs
        this.inMesh.roundTrip(effect.link, effect.roundTripMs)
        return this.events.emit('change', undefined)
      }
      case 'heads':
        return this.events.emit('heads', effect)
      case 'evidence':
        return this.events.emit('evidence', effect)
      case 'fork-suspected':
        return this.events.emit('fork', effect)
    }
  }

  #send({ link: id, lane, bytes }: Extract<SyncEffect, { type: 'send' }>): void {
    const link = this.#links.get(id)?.link
    if (!link) return
    if (!link.send(lane, bytes)) link.close('queue-full')
    else this.#lanes.sent(id, link, lane)
  }

  async #ingest(effect: Extract<SyncEffect, { type: 'ingest' }>): Promise<void> {
    const { feed } = effect
    const remote = this.#links.get(effect.link)?.remote
    const outcome = await this.#room.ingest(feed, effect.from, effect.entries, remote)
    if (outcome.type === 'appended') {
      const { head, entries, refused } = outcome
      this.taken.entries += entries.length
      this.taken.lastAtMs = this.#environment.now()
      this.tell({ type: 'appended', feed, head, entries, from: effect.link })
      if (refused !== undefined) this.#refuse(effect.link, feed, refused)
    } else if (outcome.type === 'refused') this.#refuse(effect.link, feed, outcome.reason)
    else this.tell({ type: outcome.type, feed })
  }

  #refuse(link: LinkId, feed: FeedId, reason: string): void {
    this.tell({ type: 'refused', feed, reason })
    this.events.emit('refused', { link, feed, reason })
  }

  async #read({ request, feed, from, bytesMax }: Extract<SyncEffect, { type: 'read' }>): Promise<void> {
    const failed = { entries: [], hashBefore: undefined }
    const { entries, hashBefore } = await this.#room.read(feed, from, bytesMax).catch(() => failed)
    this.tell({ type: 'read-done', request, entries, hashBefore })
    this.events.emit('delivered', undefined)
  }

  #wake(atMs: number): void {
    this.#cancelWake?.()
    this.#cancelWake = this.#environment.after(Math.max(1, atMs - this.#environment.now()), () => {
      this.tell({ type: 'tick' })
    })
  }
}
