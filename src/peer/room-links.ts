import { compareBytes } from '../base/bytes.ts'
import { Emitter } from '../base/emitter.ts'
import type { FeedId } from '../base/ids.ts'
import type { SignedEntry } from '../feed/chain.ts'
import type { LinkId, SyncEffect, SyncEvent, SyncLane } from '../sync/sync-event.ts'
import type { SyncMachine } from '../sync/sync-machine.ts'
import type { Door, DoorHealth, DoorSession } from '../transport/door.ts'
import { QUEUE_BYTES_MAX, type Lane, type Link } from '../transport/link.ts'
import type { Environment } from './environment.ts'
import type { IngestOutcome } from './document-host.ts'
import type { authenticateLink, RemoteIdentity } from './link-handshake.ts'
import { News } from './news.ts'
import type { Session } from './session.ts'

/** Gossip partners of one peer; the overlay that makes more than nine meet is not here yet. */
export const LINKS_MAX = 8
/** With fewer a peer looks for more; with more it waits to be found. Four keep a room together when some go. */
export const LINKS_WANTED = 4
/** Strangers that are being asked who they are. */
const PENDING_MAX = 10
/** From half of what a lane takes on, entries are announced instead of pushed, and nothing more is read for it. */
const isLaneFull = (link: Link, lane: SyncLane): boolean => link.queuedBytes(lane) > QUEUE_BYTES_MAX[lane] / 2
const isLaneDrained = (link: Link, lane: SyncLane): boolean => link.queuedBytes(lane) <= QUEUE_BYTES_MAX[lane] / 4
/** How often a full lane is looked at: a link reports drained queues of its own, but not the network's. */
const LANE_CHECK_MS = 50
/** Links are pinged every five seconds, so a living one was heard within this. */
const TWIN_SILENCE_MS = 7_000
/** How long leaving a room waits for its last words to go out. */
const DRAIN_MS = 1_000
const DRAIN_STEP_MS = 50

export interface RoomLink {
  readonly id: LinkId
  readonly link: Link
  readonly remote: RemoteIdentity
  roundTripMs: number | undefined
  heardAtMs: number
}

/** What runs links. It may be fetched later than the room is shown. */
export interface LinksCode {
  readonly SyncMachine: new () => SyncMachine
  readonly authenticateLink: typeof authenticateLink
}

/** What the links ask of the room they belong to. */
export interface RoomOfLinks {
  /** Whether the person at the other end may have the documents. */
  mayRead(remote: RemoteIdentity): boolean
  ingest(
    feed: FeedId,
    from: number,
    entries: readonly SignedEntry[],
    remote: RemoteIdentity | undefined,
  ): Promise<IngestOutcome>
  read(feed: FeedId, from: number, bytesMax: number): Promise<ReadRange>
}

export interface ReadRange {
  readonly entries: readonly SignedEntry[]
  /** The chain's hash before the first of them. */
  readonly hashBefore: Uint8Array | undefined
}

interface RoomLinksEvents {
  readonly change: undefined
  readonly up: RoomLink
  readonly down: RoomLink
  readonly application: { readonly link: RoomLink; readonly bytes: Uint8Array }
  readonly ephemeral: { readonly link: RoomLink; readonly bytes: Uint8Array }
  readonly heads: Extract<SyncEffect, { type: 'heads' }>
  readonly evidence: { readonly link: LinkId; readonly bytes: Uint8Array }
  /** Entries may have reached another device. */
  readonly delivered: undefined
  /** An entry that a link brought did not come in, and its feed is over. */
  readonly refused: { readonly link: LinkId; readonly feed: FeedId; readonly reason: string }
  readonly fork: Extract<SyncEffect, { type: 'fork-suspected' }>
}

/**
 * The links of one room and the sync machine that runs over them. Opens doors, asks everyone who comes in for who they
 * are, keeps one link to each session, and carries the machine's effects out.
 */
export class RoomLinks {
  readonly events = new Emitter<RoomLinksEvents>()
  missingEntries = 0
  readonly #room: RoomOfLinks
  readonly #session: Session
  readonly #key: Uint8Array
  readonly #environment: Environment
  /** What the sync machine is to be told when it is there. */
  readonly #news = new News()
  #code: LinksCode | undefined
  #sync: SyncMachine | undefined
  readonly #links = new Map<LinkId, RoomLink>()
  readonly #doors = new Map<Door, DoorSession>()
  /** Lanes that the sync machine was told are full. */
  readonly #fullLanes = new Set<string>()
  #pending = 0
  #nextLink = 1
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
  }

  /** Gives the links the code that runs them. There are no doors and no links before. */
  attach(code: LinksCode): void {
    this.#code = code
    this.#sync = new code.SyncMachine()
    for (const event of this.#news.take()) this.tell(event)
  }

  get links(): readonly RoomLink[] {
    return [...this.#links.values()]
  }
  get doors(): readonly { readonly name: string; readonly health: DoorHealth }[] {
    return [...this.#doors].map(([door, session]) => ({ name: door.name, health: session.health() }))
  }

  /** Whether the other side of at least one link has, or was sent, the first `length` entries of the feed. */
  isHeldByOthers(feed: FeedId, length: number): boolean {
    return (this.#sync?.holders(feed, length) ?? 0) > 0
  }

  openDoor(door: Door, topic: string): DoorSession | undefined {
    if (this.#isClosed || this.#doors.has(door)) return this.#doors.get(door)
    const session = door.start(topic, (link) => {
      void this.#welcome(link)
    })
    session.onHealth = () => {
      this.events.emit('change', undefined)
    }
    this.#doors.set(door, session)
    this.#setCapacity()
    this.events.emit('change', undefined)
    return session
  }

  /** Resolves when what was told to the links has left this page's queues, or a second later. */
  async drain(): Promise<void> {
    for (let waitedMs = 0; waitedMs < DRAIN_MS; waitedMs += DRAIN_STEP_MS) {
      if (this.links.every(({ link }) => link.queuedBytes('control') + link.queuedBytes('sync') === 0)) return
      await new Promise<void>((resolve) => this.#environment.after(DRAIN_STEP_MS, resolve))
    }
  }

  closeLinks(reason: string): void {
    for (const { link } of this.links) link.close(reason)
  }

  async closeDoors(): Promise<void> {
    const sessions = [...this.#doors.values()]
    this.#doors.clear()
    await Promise.all(sessions.map((session) => session.stop()))
    this.events.emit('change', undefined)
  }

  /** Tells the sync machine, and does what it wants done. */
  tell(event: SyncEvent): void {
    if (this.#isClosed) return
    if (!this.#sync) this.#news.add(event)
    else for (const effect of this.#sync.step(event, this.#environment.now())) this.#carryOut(effect)
  }

  /** Rights changed: who may read now that could not, or the other way round. */
  refreshRights(): void {
    for (const { id, remote } of this.#links.values()) {
      this.tell({ type: 'link-rights', link: id, mayRead: this.#room.mayRead(remote) })
    }
  }

  sendEphemeral(bytes: Uint8Array, isWanted: (link: RoomLink) => boolean = () => true): void {
    for (const roomLink of this.#links.values()) if (isWanted(roomLink)) roomLink.link.send('ephemeral', bytes)
  }

  async close(reason: string): Promise<void> {
    this.#isClosed = true
    this.#cancelWake?.()
    this.closeLinks(reason)
    this.#links.clear()
    await this.closeDoors()
    this.events.clear()
  }

  async #welcome(link: Link): Promise<void> {
    if (!this.#code || this.#isClosed || this.#pending >= PENDING_MAX) {
      link.close(this.#isClosed ? 'closed' : 'busy')
      return
    }
    this.#pending++
    const result = await this.#code.authenticateLink(link, {
      key: this.#key,
      session: this.#session,
      environment: this.#environment,
    })
    this.#pending--
    if (!result.ok) return
    const { remote, listen } = result.value
    if (this.#isClosed) return link.close('room-closed')
    if (!this.#isWanted(link, remote)) return
    const heardAtMs = this.#environment.now()
    const roomLink: RoomLink = { id: this.#nextLink++, link, remote, roundTripMs: undefined, heardAtMs }
    this.#links.set(roomLink.id, roomLink)
    this.#setCapacity()
    link.onClose = () => {
      this.#drop(roomLink)
    }
    if (link.closeReason !== undefined) return
    this.tell({ type: 'link-up', link: roomLink.id, session: remote.session, mayRead: this.#room.mayRead(remote) })
    this.events.emit('up', roomLink)
    this.events.emit('change', undefined)
    listen((lane, message) => {
      this.#receive(roomLink, lane, message)
    })
  }

  /**
   * One link to a session, and both ends keep the same one: the one whose binding is smaller. Unless the old one is of
   * a former life of the session, which crashed and is back, or has gone silent: it is only not found dead yet.
   */
  #isWanted(link: Link, remote: RemoteIdentity): boolean {
    const twin = this.links.find((known) => known.remote.session === remote.session)
    if (!twin) {
      if (link.kind === 'tab' || this.#meshLinks.length < LINKS_MAX || this.#makeWay()) return true
      link.close('full')
      return false
    }
    const isSilent = this.#environment.now() - twin.heardAtMs > TWIN_SILENCE_MS
    const isGone = isSilent || twin.remote.life !== remote.life
    const isKept = isGone || compareBytes(link.binding, twin.link.binding) < 0
    if (isKept) twin.link.close('twin')
    else link.close('twin')
    return isKept
  }

  get #meshLinks(): readonly RoomLink[] {
    return this.links.filter(({ link }) => link.kind !== 'tab')
  }

  /**
   * Gives up the link that is missed least, so that a newcomer finds a place: the neighbour whom most of our other
   * neighbours know too, and who has enough links without us not to look for new ones. False if there is none.
   */
  #makeWay(): boolean {
    let spare: RoomLink | undefined
    let mostShared = 0
    for (const roomLink of this.#meshLinks) {
      const { shared = 0, all = 0 } = this.#sync?.acquaintances(roomLink.id) ?? {}
      if (all <= LINKS_WANTED || shared <= mostShared) continue
      spare = roomLink
      mostShared = shared
    }
    spare?.link.close('made-way')
    return spare !== undefined
  }

  #receive(roomLink: RoomLink, lane: Lane, message: Uint8Array): void {
    if (!this.#links.has(roomLink.id)) return
    roomLink.heardAtMs = this.#environment.now()
    if (lane === 'ephemeral') this.events.emit('ephemeral', { link: roomLink, bytes: message })
    else if (lane === 'bulk') roomLink.link.close('bulk-not-asked-for')
    else {
      this.tell({ type: 'message', link: roomLink.id, bytes: message })
      this.events.emit('delivered', undefined)
    }
  }

  #drop(roomLink: RoomLink): void {
    if (!this.#links.delete(roomLink.id)) return
    this.#setCapacity()
    this.tell({ type: 'link-down', link: roomLink.id })
    this.events.emit('down', roomLink)
    this.events.emit('change', undefined)
  }

  #setCapacity(): void {
    const taken = this.#meshLinks.length
    // The last slot is for newcomers, who would find no way into a room in which everybody is full.
    const freeSlots = Math.max(1, LINKS_MAX - taken)
    for (const session of this.#doors.values()) session.setCapacity(freeSlots, taken < LINKS_WANTED)
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
    else if (isLaneFull(link, lane)) {
      this.tell({ type: 'lane-full', link: id, lane })
      this.#watchLane(id, link, lane)
    }
  }

  #watchLane(id: LinkId, link: Link, lane: SyncLane): void {
    const name = `${id} ${lane}`
    if (this.#fullLanes.has(name)) return
    this.#fullLanes.add(name)
    const look = (): void => {
      const isOpen = !this.#isClosed && link.closeReason === undefined
      if (isOpen && !isLaneDrained(link, lane)) {
        this.#environment.after(LANE_CHECK_MS, look)
        return
      }
      this.#fullLanes.delete(name)
      if (isOpen) this.tell({ type: 'lane-drained', link: id, lane })
    }
    this.#environment.after(LANE_CHECK_MS, look)
  }

  async #ingest(effect: Extract<SyncEffect, { type: 'ingest' }>): Promise<void> {
    const { feed } = effect
    const remote = this.#links.get(effect.link)?.remote
    const outcome = await this.#room.ingest(feed, effect.from, effect.entries, remote)
    if (outcome.type === 'appended') {
      const { head, entries, refused } = outcome
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
