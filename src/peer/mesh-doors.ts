import type { SessionId } from '../base/ids.ts'
import type { DoorEffect, DoorEvent, DoorReason, PlannedDoor } from '../discovery/door-event.ts'
import { DoorPlan } from '../discovery/door-plan.ts'
import type { Mode } from '../discovery/limits.ts'
import type { OverlayEffect } from '../discovery/overlay-event.ts'
import type { Door, DoorHealth, DoorSession } from '../transport/door.ts'
import type { Link } from '../transport/link.ts'
import type { Environment } from './environment.ts'
import { WakeTimer } from './wake-timer.ts'

/** What the mesh has to know of a kind of door beside what all doors do. */
interface DoorKind {
  readonly delayMs: number
  /**
   * Links outlive the session of the door: it is stopped when it is left. Others are told to let nobody in instead, as
   * their links would end with them.
   */
  readonly isStopped: boolean
  /** Which end of a link looked for the other. */
  readonly seeker: 'initiator' | 'responder' | 'unknown'
}

/** mesh.md 10: the cheap ones first. Whoever hears an announcement at y-webrtc's trackers makes the offer. */
const DOOR_KINDS: Readonly<Record<string, DoorKind>> = {
  ws: { delayMs: 0, isStopped: true, seeker: 'initiator' },
  'y-webrtc': { delayMs: 0, isStopped: true, seeker: 'responder' },
  nostr: { delayMs: 400, isStopped: true, seeker: 'unknown' },
  torrent: { delayMs: 1_500, isStopped: true, seeker: 'unknown' },
  mqtt: { delayMs: 3_000, isStopped: true, seeker: 'unknown' },
}
const OTHER_DOORS: DoorKind = { delayMs: 0, isStopped: false, seeker: 'unknown' }

const REASON_TEXTS: Readonly<Record<DoorReason, string>> = {
  searching: 'waiting for its turn',
  greeting: 'waiting for its turn',
  'small-room': 'waiting for its turn',
  meshed: 'not needed: the room is reached without it',
  'backing-off': 'failed; tried again soon',
  broken: 'failed again and again; tried again in some minutes',
  paused: 'left for a minute: too many strangers',
  offline: 'no network',
}

interface KeptDoor {
  readonly door: Door
  readonly kind: DoorKind
  session: DoorSession | undefined
  /** What the plan said last, as long as the door is open. */
  capacity: readonly [freeSlots: number, mayDial: boolean] | undefined
  sinceMs: number
}

export interface DoorSummaryOfMesh {
  readonly name: string
  readonly health: DoorHealth
  readonly reason: DoorReason
}

type Doors = Pick<
  Extract<OverlayEffect, { type: 'doors' }>,
  'freeSlots' | 'mayDial' | 'isMeshed' | 'isTorn' | 'isAlone'
>

/** Opens and leaves a room's doors as the door plan says. */
export class MeshDoors {
  readonly #environment: Environment
  readonly #onLink: (link: Link, door: string, isOutbound: boolean) => void
  readonly #onChange: () => void
  readonly #me: SessionId
  readonly #random: () => number
  readonly #doors = new Map<string, KeptDoor>()
  #plan: DoorPlan
  #topic = ''
  #mesh: Doors = { freeSlots: 8, mayDial: true, isMeshed: false }
  #links: readonly [authenticated: number, active: number] = [0, 0]
  readonly #events: DoorEvent[] = []
  #isStepping = false
  #members = 1
  #mode: Mode = 'normal'
  readonly #timer: WakeTimer
  readonly #stopping = new Set<Promise<void>>()

  constructor(options: {
    readonly me: SessionId
    readonly random: () => number
    readonly environment: Environment
    readonly onLink: (link: Link, door: string, isOutbound: boolean) => void
    readonly onChange: () => void
  }) {
    this.#me = options.me
    this.#random = options.random
    this.#environment = options.environment
    this.#onLink = options.onLink
    this.#onChange = options.onChange
    this.#plan = new DoorPlan(options.me, options.random)
    this.#timer = new WakeTimer(options.environment, () => {
      this.#step({ type: 'tick' })
    })
  }

  get list(): readonly DoorSummaryOfMesh[] {
    const reasons = new Map(this.#plan.doors.map(({ name, reason }) => [name, reason]))
    return [...this.#doors].map(([name, kept]) => {
      const reason = reasons.get(name) ?? 'searching'
      return { name: kept.door.name, reason, health: kept.session?.health() ?? this.#healthWhileClosed(kept, reason) }
    })
  }

  /** From now on members may be met through these. */
  open(doors: readonly Door[], topic: string): void {
    this.#topic = topic
    const list: PlannedDoor[] = []
    for (const door of doors) {
      const namesakes = list.filter(({ network }) => network === door.name).length
      const name = namesakes === 0 ? door.name : `${door.name} ${namesakes + 1}`
      const kind = DOOR_KINDS[door.name] ?? OTHER_DOORS
      this.#doors.set(name, { door, kind, session: undefined, capacity: undefined, sinceMs: this.#environment.now() })
      list.push({ name, network: door.name, delayMs: kind.delayMs })
    }
    this.#tellMesh()
    this.#step({ type: 'size', members: this.#members })
    this.#step({ type: 'mode', mode: this.#mode })
    this.#step({ type: 'doors', list })
    this.#onChange()
  }

  /** Ends all sessions at doors; a later `open` begins anew. */
  async close(): Promise<void> {
    this.#timer.cancel()
    this.#plan = new DoorPlan(this.#me, this.#random)
    for (const kept of this.#doors.values()) this.#stop(kept)
    this.#doors.clear()
    await Promise.all(this.#stopping)
  }

  meshChanged(mesh: Doors): void {
    this.#mesh = mesh
    this.#tellMesh()
  }
  linksChanged(authenticated: number, active: number): void {
    this.#links = [authenticated, active]
    this.#tellMesh()
    // Doors count the links that they bring; those that were turned away leave their slots again.
    for (const { session, capacity } of this.#doors.values()) if (capacity) session?.setCapacity(...capacity)
  }
  size(members: number): void {
    this.#members = members
    this.#step({ type: 'size', members })
  }
  mode(mode: Mode): void {
    this.#mode = mode
    this.#step({ type: 'mode', mode })
  }
  network(isOnline: boolean): void {
    this.#step({ type: 'network', isOnline })
  }
  woken(): void {
    this.#step({ type: 'woken' })
  }
  /**
   * Somebody asks for the doors to be tried: those that wait are opened, and those that failed at all their places are begun
   * anew, as they would else wait for minutes. What is open stays as it is.
   */
  tryNow(): void {
    for (const [name, kept] of this.#doors) {
      const state = kept.session?.health().state
      const isIdle = state === 'failed' || state === 'stopped'
      if (!kept.capacity || !kept.kind.isStopped || !isIdle) continue
      this.#stop(kept)
      this.#start(name, kept)
    }
    this.#step({ type: 'try' })
  }
  /** Somebody came by that door who does not hold the room's key. */
  refused(name: string): void {
    this.#step({ type: 'refused', name })
  }

  #tellMesh(): void {
    const [authenticatedLinks, active] = this.#links
    this.#step({ type: 'mesh', authenticatedLinks, active, ...this.#mesh })
  }

  /** What effects lead to waits its turn: else an older effect would follow a newer one. */
  #step(event: DoorEvent): void {
    this.#events.push(event)
    if (this.#isStepping) return
    this.#isStepping = true
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift())
        for (const effect of this.#plan.step(next, this.#environment.now())) this.#carryOut(effect)
    } finally {
      this.#isStepping = false
    }
  }

  #carryOut(effect: DoorEffect): void {
    if (effect.type === 'wake') return this.#timer.set(effect.atMs)
    const kept = this.#doors.get(effect.name)
    if (!kept) return
    switch (effect.type) {
      case 'open':
        return this.#start(effect.name, kept)
      case 'close':
        this.#leave(kept)
        return this.#onChange()
      case 'capacity':
        kept.capacity = [effect.freeSlots, effect.mayDial]
        return kept.session?.setCapacity(...kept.capacity)
      // A door that may dial announces by itself, ever more rarely.
      case 'announce':
    }
  }

  #start(name: string, kept: KeptDoor): void {
    kept.sinceMs = this.#environment.now()
    if (kept.session) return
    const session = kept.door.start(this.#topic, (link) => {
      this.#onLink(link, name, this.#isOutbound(link, kept.kind))
    })
    kept.session = session
    if (kept.capacity) session.setCapacity(...kept.capacity)
    session.onHealth = (health) => {
      if (kept.session === session) this.#tellHealth(name, health)
      this.#onChange()
    }
    session.onStanding = (sessions) => {
      if (kept.session === session) this.#step({ type: 'standing', name, sessions })
    }
    this.#tellHealth(name, session.health())
    this.#onChange()
  }

  /** A door with places behind it tries them again by itself; what has none has failed for good. */
  #tellHealth(name: string, { state, places }: DoorHealth): void {
    this.#step({ type: 'health', name, state: state === 'failed' && places.length > 0 ? 'connecting' : state })
  }

  #leave(kept: KeptDoor): void {
    kept.capacity = undefined
    kept.sinceMs = this.#environment.now()
    const health = kept.session?.health()
    const isBroken = health?.state === 'failed' && health.places.length === 0
    if (kept.kind.isStopped || isBroken) this.#stop(kept)
    else kept.session?.setCapacity(0, false)
  }

  #stop(kept: KeptDoor): void {
    const { session } = kept
    kept.session = undefined
    if (!session) return
    const stopped = session.stop().finally(() => this.#stopping.delete(stopped))
    this.#stopping.add(stopped)
  }

  #isOutbound(link: Link, { seeker }: DoorKind): boolean {
    if (seeker === 'unknown') return this.#mesh.mayDial
    return link.initiator === (seeker === 'initiator')
  }

  #healthWhileClosed({ sinceMs }: KeptDoor, reason: DoorReason): DoorHealth {
    const isWaiting = REASON_TEXTS[reason] === REASON_TEXTS.searching
    const state = isWaiting ? 'connecting' : reason === 'backing-off' || reason === 'broken' ? 'failed' : 'stopped'
    return { state, detail: REASON_TEXTS[reason], sinceMs, places: [], lastFailure: undefined }
  }
}
