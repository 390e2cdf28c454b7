/**
 * Overlays on a simulated network: virtual time, links with latency, crashes that are noticed late, a door that knows
 * who looks for links. A card's signature is a hash with a secret that honest sessions share.
 */
import { concatBytes, equalBytes, toHex, utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type PersonId, type SessionId } from '../../src/base/ids.ts'
import { sha256Of } from '../../src/crypto/hash.ts'
import {
  CARD_SIGNATURE_BYTES,
  cardBody,
  cardParts,
  decodeCard,
  signedCard,
  type Card,
} from '../../src/discovery/card.ts'
import { CARD_LIFETIME_S, type Mode } from '../../src/discovery/limits.ts'
import { Overlay } from '../../src/discovery/overlay.ts'
import type { OverlayEffect, OverlayEvent } from '../../src/discovery/overlay-event.ts'

export const sessionNamed = (name: string): SessionId => idFromBytes(sha256Of(utf8(`session ${name}`)))
export const personNamed = (name: string): PersonId => idFromBytes(sha256Of(utf8(`person ${name}`)))

/** Mulberry32, public domain: uniform in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const SECRET = utf8('members only')
const signatureOf = (body: Uint8Array): Uint8Array => {
  const hash = sha256Of(SECRET, body)
  return concatBytes(hash, hash).subarray(0, CARD_SIGNATURE_BYTES)
}

export function makeCard(
  session: SessionId,
  sequence: number,
  flags: { readonly isEdge?: boolean; readonly isSuper?: boolean; readonly isHidden?: boolean } = {},
): Uint8Array {
  const { isEdge = false, isSuper = false, isHidden = false } = flags
  const body = cardBody({ session, sequence, isEdge, isSuper, isHidden, lifetimeS: CARD_LIFETIME_S })
  return signedCard(body, signatureOf(body))
}

interface Task {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** A binary heap by time, then by order of planning. */
class Agenda {
  readonly #tasks: Task[] = []
  #order = 0

  add(atMs: number, run: () => void): void {
    const tasks = this.#tasks
    let at = tasks.push({ atMs, order: this.#order++, run }) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!this.#isBefore(at, above)) break
      this.#swap(at, above)
      at = above
    }
  }
  get nextMs(): number {
    return this.#tasks[0]?.atMs ?? Infinity
  }
  take(): Task | undefined {
    const [first] = this.#tasks
    const last = this.#tasks.pop()
    if (!first || !last || first === last) return first
    this.#tasks[0] = last
    for (let at = 0; ;) {
      let least = at
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < this.#tasks.length && this.#isBefore(below, least)) least = below
      if (least === at) return first
      this.#swap(at, least)
      at = least
    }
  }
  #isBefore(a: number, b: number): boolean {
    const left = this.#tasks[a]
    const right = this.#tasks[b]
    if (!left || !right) return false
    return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
  }
  #swap(a: number, b: number): void {
    const left = this.#tasks[a]
    const right = this.#tasks[b]
    if (!left || !right) return
    this.#tasks[a] = right
    this.#tasks[b] = left
  }
}

interface End {
  readonly other: SimulatedMember
  readonly otherLink: number
  readonly latencyMs: number
  arrivalMs: number
}

export interface MemberOptions {
  readonly person?: PersonId
  readonly branch?: PersonId
  readonly mode?: Mode
}

export class SimulatedMember {
  readonly name: string
  readonly session: SessionId
  readonly person: PersonId
  readonly branch: PersonId
  readonly mode: Mode
  readonly overlay: Overlay
  readonly network: OverlayNetwork
  readonly links = new Map<number, End>()
  readonly x: number
  readonly y: number
  isUp = true
  doors = { freeSlots: 8, mayDial: true, isMeshed: false }
  sequence = 0
  degreeMax = 0
  sentBytes = 0
  verifications = 0
  dials = 0
  /** Dials whose connection is being made: what to free when it does not come about. */
  readonly connecting = new Map<number, SessionId>()
  /** Sees messages before they are sent, and may swallow them. */
  onEffect: ((effect: OverlayEffect) => boolean) | undefined
  /** Sees events first, and may keep them from the overlay. */
  onEvent: ((event: OverlayEvent) => boolean) | undefined
  wakeAtMs = Infinity

  constructor(network: OverlayNetwork, name: string, options: MemberOptions) {
    this.network = network
    this.name = name
    this.session = sessionNamed(name)
    this.person = options.person ?? personNamed(name)
    this.branch = options.branch ?? personNamed(`inviter ${Math.floor(network.random() * 20)}`)
    this.mode = options.mode ?? 'normal'
    this.x = network.random()
    this.y = network.random()
    this.overlay = new Overlay(this.session, seeded(Math.floor(network.random() * 2 ** 32)))
  }

  start(): void {
    this.step({ type: 'mode', mode: this.mode })
    this.step({ type: 'size', members: this.network.members.length })
  }

  step(event: OverlayEvent): void {
    if (!this.isUp || this.onEvent?.(event) === false) return
    for (const effect of this.overlay.step(event, this.network.nowMs)) this.#carryOut(effect)
    const onTrial = this.overlay.onTrial === undefined ? 0 : 1
    this.degreeMax = Math.max(this.degreeMax, this.links.size - onTrial)
  }

  #carryOut(effect: OverlayEffect): void {
    if (this.onEffect?.(effect) === false) return
    const { network } = this
    switch (effect.type) {
      case 'send':
        this.sentBytes += effect.bytes.length
        return network.send(this, effect.link, effect.bytes)
      case 'verify': {
        this.verifications += effect.cards.length
        const cards = effect.cards.map((bytes) => network.verify(bytes)).filter((card) => card !== undefined)
        const { request } = effect
        return network.after(1, () => {
          this.step({ type: 'verified', request, cards })
        })
      }
      case 'dial': {
        this.dials++
        this.connecting.set(effect.dial, effect.card.session)
        const { dial, card } = effect
        return network.after(50, () => {
          this.step({ type: 'signal', dial, to: card.session, bytes: utf8(`offer ${dial}`) })
        })
      }
      case 'signal':
        return network.signal(this, effect)
      case 'drop-dial':
        this.connecting.delete(effect.dial)
        return
      case 'close':
        return network.disconnect(this, effect.link, false)
      case 'renew-card':
        this.step({ type: 'me', card: makeCard(this.session, ++this.sequence, this.flags) })
        return
      case 'doors':
        this.doors = effect
        return
      case 'wake':
        this.wakeAtMs = effect.atMs
        return network.after(effect.atMs - network.nowMs, () => {
          if (this.wakeAtMs === effect.atMs) this.step({ type: 'tick' })
        })
    }
  }

  get flags(): { readonly isEdge: boolean; readonly isSuper: boolean } {
    return { isEdge: this.mode === 'edge', isSuper: this.mode === 'super' }
  }
}

export class OverlayNetwork {
  readonly random: () => number
  readonly seed: number
  readonly members: SimulatedMember[] = []
  readonly bySession = new Map<SessionId, SimulatedMember>()
  nowMs = 0
  /** A crash is noticed after so long. */
  crashNoticedMs = 5_000
  /** Whether two of them can connect at all. */
  canConnect: (a: SimulatedMember, b: SimulatedMember) => boolean = () => true
  failures = 0
  readonly #agenda = new Agenda()
  #nextLink = 1

  constructor(seed: number) {
    this.seed = seed
    this.random = seeded(seed)
  }

  add(name: string, options: MemberOptions = {}): SimulatedMember {
    const member = new SimulatedMember(this, name, options)
    this.members.push(member)
    this.bySession.set(member.session, member)
    member.start()
    return member
  }

  after(delayMs: number, run: () => void): void {
    this.#agenda.add(this.nowMs + Math.max(0, delayMs), run)
  }

  runFor(durationMs: number): void {
    const endMs = this.nowMs + durationMs
    while (this.#agenda.nextMs <= endMs) {
      const task = this.#agenda.take()
      if (!task) break
      this.nowMs = task.atMs
      task.run()
    }
    this.nowMs = endMs
  }

  latencyMs(a: SimulatedMember, b: SimulatedMember): number {
    return 10 + 90 * Math.min(1, Math.hypot(a.x - b.x, a.y - b.y))
  }

  connect(from: SimulatedMember, to: SimulatedMember): void {
    if (!from.isUp || !to.isUp || [...from.links.values()].some(({ other }) => other === to)) return
    const latencyMs = this.latencyMs(from, to)
    const [link, otherLink] = [this.#nextLink++, this.#nextLink++]
    from.links.set(link, { other: to, otherLink, latencyMs, arrivalMs: 0 })
    to.links.set(otherLink, { other: from, otherLink: link, latencyMs, arrivalMs: 0 })
    const up = (member: SimulatedMember, id: number, other: SimulatedMember, isOutbound: boolean): void => {
      if (!member.links.has(id)) return
      const { session: peer, person, branch, flags } = other
      member.step({ type: 'link-up', link: id, peer, person, branch, isOutbound, ...flags })
      this.after(2 * latencyMs, () => {
        if (member.links.has(id)) member.step({ type: 'round-trip', link: id, roundTripMs: 2 * latencyMs })
      })
    }
    up(from, link, to, true)
    up(to, otherLink, from, false)
  }

  send(from: SimulatedMember, link: number, bytes: Uint8Array): void {
    const end = from.links.get(link)
    if (!end) return
    end.arrivalMs = Math.max(end.arrivalMs, this.nowMs + end.latencyMs)
    const { other, otherLink } = end
    this.#agenda.add(end.arrivalMs, () => {
      if (other.links.has(otherLink)) other.step({ type: 'message', link: otherLink, bytes })
    })
  }

  /** What was sent before arrives; then the other side learns that the link is gone. */
  disconnect(from: SimulatedMember, link: number, wasDead: boolean): void {
    const end = from.links.get(link)
    if (!end) return
    from.links.delete(link)
    const { other, otherLink } = end
    const delayMs = wasDead ? this.crashNoticedMs : Math.max(end.arrivalMs - this.nowMs, end.latencyMs)
    this.after(delayMs, () => {
      if (other.links.delete(otherLink)) other.step({ type: 'link-down', link: otherLink, wasDead })
    })
  }

  crash(member: SimulatedMember): void {
    member.isUp = false
    for (const link of member.links.keys()) this.disconnect(member, link, true)
  }

  verify(bytes: Uint8Array): Card | undefined {
    const decoded = decodeCard(bytes)
    if (!decoded.ok) return undefined
    const { body, signature } = cardParts(decoded.value)
    const owner = this.bySession.get(decoded.value.session)
    if (!owner || !equalBytes(signature, signatureOf(body))) return undefined
    return { ...decoded.value, person: owner.person, branch: owner.branch }
  }

  /** Offers are answered after a while; an answer opens the connection or shows that it can't be. */
  signal(member: SimulatedMember, { dial, from, bytes }: Extract<OverlayEffect, { type: 'signal' }>): void {
    const [kind, number = ''] = new TextDecoder().decode(bytes).split(' ')
    const other = this.bySession.get(from)
    if (kind === 'offer') {
      member.connecting.set(dial, from)
      this.after(50, () => {
        member.step({ type: 'signal', dial, to: from, bytes: utf8(`answer ${dial}`) })
      })
      return
    }
    if (kind !== 'answer' || !other) return
    this.after(6 * this.latencyMs(member, other), () => {
      if (!member.connecting.delete(dial) || !other.connecting.delete(Number(number))) return
      const isOpen = member.isUp && other.isUp && this.canConnect(member, other)
      if (!isOpen) this.failures++
      member.step({ type: 'dialled', dial, isOpen })
      other.step({ type: 'dialled', dial: Number(number), isOpen })
      if (isOpen) this.connect(member, other)
    })
  }

  /** Looks for a link through the door, again and again, until the mesh has taken over. */
  knockAtDoor(member: SimulatedMember, everyMs = 1_000): void {
    if (!member.isUp) return
    if (member.doors.mayDial) {
      const hosts = this.members.filter((host) => host !== member && host.isUp && host.doors.freeSlots > 0)
      const host = hosts[Math.floor(this.random() * hosts.length)]
      if (host)
        this.after(4 * this.latencyMs(member, host), () => {
          if (member.doors.mayDial && host.doors.freeSlots > 0) this.connect(member, host)
        })
    }
    if (!member.doors.isMeshed) this.after(everyMs * (0.5 + this.random()), () => this.knockAtDoor(member, everyMs))
  }

  get living(): readonly SimulatedMember[] {
    return this.members.filter(({ isUp }) => isUp)
  }

  /** The largest number of living members that reach each other, by members that count. */
  largestComponent(isCounted: (member: SimulatedMember) => boolean = () => true): number {
    const seen = new Set<SimulatedMember>()
    let largest = 0
    for (const start of this.living) {
      if (seen.has(start) || !isCounted(start)) continue
      const open = [start]
      seen.add(start)
      let size = 0
      for (let member = open.pop(); member; member = open.pop()) {
        size++
        for (const { other } of member.links.values())
          if (other.isUp && isCounted(other) && !seen.has(other)) {
            seen.add(other)
            open.push(other)
          }
      }
      largest = Math.max(largest, size)
    }
    return largest
  }

  /** Changes when anything of who is linked to whom differs. */
  get digest(): string {
    const lines = this.living.map(
      ({ name, links }) => `${name}:${[...links.values()].map(({ other }) => other.name).join()}`,
    )
    return toHex(sha256Of(utf8(lines.join('\n'))))
  }
}

export const degreeOf = (member: SimulatedMember): number =>
  [...member.links.values()].filter(({ other }) => other.isUp).length
