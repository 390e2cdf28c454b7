import type { DeviceId, PersonId, SessionId } from '../base/ids.ts'
import { randomBytes } from '../crypto/random.ts'
import { MESHED_LINKS, PROFILES, type Mode } from '../discovery/limits.ts'
import { Overlay } from '../discovery/overlay.ts'
import type { LinkId, OverlayEffect, OverlayEvent } from '../discovery/overlay-event.ts'
import type { Door } from '../transport/door.ts'
import { isAddressHidden } from './address-hiding.ts'
import { Attendance } from './attendance.ts'
import type { Environment, PageEvent } from './environment.ts'
import { MeshCalls } from './mesh-calls.ts'
import { branchOf, memberOf, MeshCards, type RoomOfMesh } from './mesh-cards.ts'
import { rtcDialler } from './mesh-dialler.ts'
import { MeshDoors, type DoorSummaryOfMesh } from './mesh-doors.ts'
import type { LinkOfMesh, LinksOfMesh } from './links-of-mesh.ts'
import type { Session } from './session.ts'
import { WakeTimer } from './wake-timer.ts'

/** Living links are heard every five seconds; a device that missed two pings is looked for elsewhere. */
const SUSPECT_MS = 10_000
const SILENCE_CHECK_MS = 2_500
/** A check that comes so late was held back by a page that slept. */
const SLEPT_MS = 10_000
/** By then a link has told what others hold of our own log, and most have written something anyway. */
const INTRODUCED_AFTER_MS = 10_000
/** Everybody is linked with everybody. */
const SMALL_ROOM_MEMBERS = PROFILES.normal.activeMax + 1
/** Ends that are nobody's fault. After any other the other side is gone or did something, and is left alone for a while. */
const GOODBYES: ReadonlySet<string> = new Set([
  'closed-by-peer',
  'full',
  'made-way',
  'quota',
  'room-closed',
  'stopped',
  'swapped',
  'twin',
])

type EffectOf<T extends OverlayEffect['type']> = Extract<OverlayEffect, { type: T }>

/** Uniform in [0, 1), and not to be foreseen by those who want to be chosen. */
const random = (): number => new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32

/**
 * A room's place in the mesh: runs the overlay and the door plan, gives them what happens here and does what they want
 * done. One session is one node; tabs that follow another are none.
 */
export class Mesh {
  readonly #room: RoomOfMesh
  readonly #me: SessionId
  readonly #person: PersonId
  readonly #device: DeviceId
  readonly #environment: Environment
  readonly #links: LinksOfMesh
  readonly #overlay: Overlay
  readonly #cards: MeshCards
  readonly #calls: MeshCalls
  readonly #doors: MeshDoors
  readonly #attendance = new Attendance()
  readonly #branches = new Map<LinkId, string | undefined>()
  readonly #suspects = new Set<LinkId>()
  readonly #stopListening: () => void
  readonly #events: OverlayEvent[] = []
  #isStepping = false
  #renewing: Promise<void> = Promise.resolve()
  #mesh: EffectOf<'doors'> = { type: 'doors', freeSlots: 1, mayDial: true, isMeshed: false }
  #mode: Mode = 'normal'
  #isHidden = false
  #wasMember = false
  #size = ''
  #isClosed = false
  readonly #timer: WakeTimer
  #cancelCheck: (() => void) | undefined
  #cancelIntroduction: (() => void) | undefined

  constructor(options: {
    readonly room: RoomOfMesh
    readonly session: Session
    readonly environment: Environment
    readonly links: LinksOfMesh
  }) {
    const { room, session, environment, links } = options
    this.#room = room
    this.#me = session.id
    this.#person = session.person
    this.#device = session.device
    this.#environment = environment
    this.#links = links
    this.#timer = new WakeTimer(environment, () => {
      this.#step({ type: 'tick' })
    })
    this.#overlay = new Overlay(session.id, random)
    this.#cards = new MeshCards(room, session, environment)
    const dialler =
      environment.dialler ??
      rtcDialler({
        iceServers: environment.iceServers,
        isAddressHidden: () => isAddressHidden(environment.notes),
      })
    this.#calls = new MeshCalls({
      room,
      session,
      environment,
      cards: this.#cards,
      dialler,
      taker: {
        welcome: (link, peer, isOutbound) => links.welcomeCalled(link, peer, isOutbound),
        carry: (dial, to, bytes) => {
          this.#step({ type: 'signal', dial, to, bytes })
        },
        ended: (dial, isOpen) => {
          this.#step({ type: 'dialled', dial, isOpen })
        },
      },
    })
    this.#doors = new MeshDoors({
      me: session.id,
      random,
      environment,
      onLink: (link, door, isOutbound) => {
        links.welcome(link, door, isOutbound)
      },
      onChange: () => {
        links.changed()
      },
    })
    this.#stopListening = environment.onPage?.((event) => this.#pageChanged(event)) ?? (() => undefined)
    this.refresh()
  }

  /** For the network page. */
  get overlay(): Pick<Overlay, 'active' | 'passive'> {
    return this.#overlay
  }
  get doors(): readonly DoorSummaryOfMesh[] {
    return this.#doors.list
  }
  /** Whether we are a member. Whoever is not yet goes on looking for one, however many links there are. */
  get isInside(): boolean {
    const { state } = this.#room
    return state !== undefined && state.nodesOf(this.#person).length > 0
  }
  /** Links to those who are no members, as far as they say and the log knows. */
  get strangers(): number {
    const isStranger = ({ remote }: LinkOfMesh): boolean =>
      !remote.isInside && branchOf(this.#room, remote.person) === undefined
    return this.#links.all.filter(isStranger).length
  }
  get mode(): Mode {
    return this.#mode
  }

  openDoors(doors: readonly Door[], topic: string): void {
    if (!this.#isClosed) this.#doors.open(doors, topic)
  }
  closeDoors(): Promise<void> {
    this.#calls.close()
    return this.#doors.close()
  }
  /** Somebody asks for the doors that failed or wait to be tried now. */
  tryDoors(): void {
    this.#doors.tryNow()
  }
  /** Somebody came by the door who does not hold the room's key. */
  refused(door: string): void {
    this.#doors.refused(door)
  }

  /** As long as the page lives. */
  setMode(mode: Mode): void {
    this.#mode = mode
    this.#step({ type: 'mode', mode })
    this.#doors.mode(mode)
  }

  linkUp({ id: link, remote, isOutbound }: LinkOfMesh): void {
    const { session: peer, person } = remote
    const branch = branchOf(this.#room, person)
    this.#branches.set(link, branch)
    this.#see(peer)
    this.#tellSize()
    const [isSuper, isEdge] = [remote.mode === 'super', remote.mode === 'edge']
    this.#step({ type: 'link-up', link, peer, person, branch, isOutbound, isSuper, isEdge })
    this.#linksChanged()
    this.#watchSilence()
    this.#introduceLater()
  }

  linkDown({ id: link, remote }: LinkOfMesh, reason: string): void {
    this.#branches.delete(link)
    this.#suspects.delete(link)
    this.#see(remote.session)
    this.#step({ type: 'link-down', link, wasDead: !GOODBYES.has(reason) })
    this.#linksChanged()
  }

  message(link: LinkId, bytes: Uint8Array): void {
    this.#step({ type: 'message', link, bytes })
  }

  /** The platform has not heard of the other side for a while. */
  disturbed(link: LinkId): void {
    this.#step({ type: 'suspect', link })
  }

  roundTrip(link: LinkId, roundTripMs: number): void {
    this.#step({ type: 'round-trip', link, roundTripMs })
  }

  /** The access log has changed: who is who, and who may have a card. */
  refresh(): void {
    for (const { id: link, remote } of this.#links.all) {
      const branch = branchOf(this.#room, remote.person)
      if (!this.#branches.has(link) || this.#branches.get(link) === branch) continue
      this.#branches.set(link, branch)
      this.#step({ type: 'standing', link, person: remote.person, branch })
    }
    this.#cards.refresh()
    const isMember = memberOf(this.#room, this.#me) !== undefined
    // Others may have seen the card before they knew who signed it.
    if (isMember && !this.#wasMember) this.#renewCard()
    this.#wasMember = isMember
    this.#tellDoors()
    this.#tellSize()
    this.#introduceLater()
  }

  /** The room is left for good: neighbours learn whom to link to instead. */
  leave(): void {
    this.#step({ type: 'leave' })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopListening()
    this.#timer.cancel()
    this.#cancelCheck?.()
    this.#cancelIntroduction?.()
    this.#calls.close()
    await this.#doors.close()
  }

  #pageChanged(event: PageEvent): void {
    if (event === 'hidden' || event === 'shown') {
      this.#isHidden = event === 'hidden'
      this.#step({ type: 'visibility', isHidden: this.#isHidden })
    }
    if (event === 'offline' || event === 'online') this.#doors.network(event === 'online')
    if (event === 'online' || event === 'resumed') this.#woken()
    if (event === 'shown') this.#doors.woken()
  }

  #woken(): void {
    this.#step({ type: 'woken' })
    this.#doors.woken()
  }

  /** What effects lead to waits its turn: else an older effect would follow a newer one. */
  #step(event: OverlayEvent): void {
    this.#events.push(event)
    if (this.#isStepping) return
    this.#isStepping = true
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift())
        if (!this.#isClosed)
          for (const effect of this.#overlay.step(next, this.#environment.now())) this.#carryOut(effect)
    } finally {
      this.#isStepping = false
    }
  }

  #carryOut(effect: OverlayEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#links.send(effect.link, effect.bytes)
      case 'verify':
        return void this.#verify(effect)
      case 'dial':
        return void this.#calls.dial(effect.dial, effect.card)
      case 'signal':
        return void this.#calls.signal(effect.dial, effect.from, effect.bytes)
      case 'drop-dial':
        return this.#calls.drop(effect.dial)
      case 'close':
        return this.#links.part(effect.link, effect.reason)
      case 'renew-card':
        return this.#renewCard()
      case 'doors':
        this.#mesh = effect
        return this.#tellDoors()
      case 'wake':
        return this.#timer.set(effect.atMs)
    }
  }

  async #verify({ request, cards }: EffectOf<'verify'>): Promise<void> {
    const isLinked = (session: SessionId): boolean => this.#links.all.some(({ remote }) => remote.session === session)
    const verified = await Promise.all(cards.map((card) => this.#cards.verify(card, isLinked)))
    const held = verified.filter((card) => card !== undefined)
    for (const { session } of held) this.#see(session)
    this.#tellSize()
    this.#step({ type: 'verified', request, cards: held })
  }

  /** One after the other, so that the newest has the greatest sequence. */
  #renewCard(): void {
    this.#renewing = this.#renewing.then(async () => {
      if (this.#isClosed) return
      const flags = { isEdge: this.#mode === 'edge', isSuper: this.#mode === 'super', isHidden: this.#isHidden }
      this.#step({ type: 'me', card: await this.#cards.sign(flags) })
    })
  }

  #see(session: SessionId): void {
    this.#attendance.see(session, this.#environment.now())
  }

  #tellSize(): void {
    const named = this.#room.state?.members().length ?? 0
    const { there, members } = this.#attendance.count(named, this.#environment.now())
    const size = `${there} ${members}`
    if (size === this.#size) return
    this.#size = size
    this.#step({ type: 'size', members })
    this.#doors.size(there)
  }

  /**
   * Through the doors as many links as hold us; the others come through the mesh, or later. Were all places taken at
   * once, those who come together would be full of each other, and the next would find nobody.
   */
  #tellDoors(): void {
    const { isInside } = this
    const mayDial = this.#mesh.mayDial || !isInside
    const isSmall = isInside && (this.#room.state?.members().length ?? 0) <= SMALL_ROOM_MEMBERS
    const missing = Math.max(1, MESHED_LINKS - this.#overlay.active.length)
    const places = isInside ? this.#mesh.freeSlots : Math.max(1, this.#mesh.freeSlots)
    const freeSlots = mayDial && !isSmall ? Math.min(places, missing) : places
    const { type: _, ...mesh } = this.#mesh
    this.#doors.meshChanged({ ...mesh, freeSlots, mayDial, isMeshed: mesh.isMeshed && isInside })
  }

  #linksChanged(): void {
    this.#tellDoors()
    this.#doors.linksChanged(this.#links.all.length, this.#overlay.active.length)
  }

  /** Whether others cannot check our card for the sole reason that this session has written nothing. */
  get #isUnknown(): boolean {
    const { state } = this.#room
    const isOurs = this.isInside && state?.isDeviceStanding(this.#device, this.#person) === true
    return isOurs && this.#links.all.length > 0 && this.#room.bindingOf(this.#me) === undefined
  }

  #introduceLater(): void {
    if (this.#cancelIntroduction || this.#isClosed || !this.#isUnknown) return
    this.#cancelIntroduction = this.#environment.after(INTRODUCED_AFTER_MS, () => {
      this.#cancelIntroduction = undefined
      if (this.#isUnknown) void this.#room.log?.introduce()
    })
  }

  #watchSilence(): void {
    if (this.#cancelCheck || this.#isClosed) return
    const dueMs = this.#environment.now() + SILENCE_CHECK_MS
    this.#cancelCheck = this.#environment.after(SILENCE_CHECK_MS, () => {
      this.#cancelCheck = undefined
      if (this.#environment.now() - dueMs >= SLEPT_MS) this.#woken()
      else this.#judgeSilence()
      if (this.#links.all.length > 0) this.#watchSilence()
    })
  }

  #judgeSilence(): void {
    const nowMs = this.#environment.now()
    for (const { id, heardAtMs } of this.#links.all) {
      const isSilent = nowMs - heardAtMs >= SUSPECT_MS
      if (isSilent && !this.#suspects.has(id)) this.#step({ type: 'suspect', link: id })
      if (isSilent) this.#suspects.add(id)
      else this.#suspects.delete(id)
    }
  }
}
