/**
 * A node's part in the overlay: the real machine, with what the page does for it. Cards are signed by a hash that only
 * this file makes; the access log is a look at who is who.
 */
import type { SessionId } from '../../src/base/ids.ts'
import {
  CARD_SIGNATURE_BYTES,
  cardBody,
  cardParts,
  decodeCard,
  signedCard,
  type Card,
  type CardClaim,
} from '../../src/discovery/card.ts'
import { CARD_LIFETIME_S, type Mode } from '../../src/discovery/limits.ts'
import { Overlay } from '../../src/discovery/overlay.ts'
import { Attendance } from '../../src/peer/attendance.ts'
import type { OverlayEffect, OverlayEvent, OverlayReason } from '../../src/discovery/overlay-event.ts'
import { Attempts, GATHER_MS, type Attempt } from './attempts.ts'
import { admitLink } from './door.ts'
import { DoorKeeper } from './door-keeper.ts'
import type { LinkEnd } from './link-end.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { World } from './world.ts'

/** Checking a handful of signatures. */
const VERIFY_MS = 2

/** What the overlay ends a link for that the other side could have helped. */
const FAULTS: ReadonlySet<OverlayReason> = new Set<OverlayReason>(['malformed', 'flood'])

type EffectOf<T extends OverlayEffect['type']> = Extract<OverlayEffect, { type: T }>

/** Any change of the body gives another signature; good enough where nobody tries to break it. */
function signatureOf(body: Uint8Array): Uint8Array {
  let [a, b] = [0x811c9dc5, 0x2545f491]
  for (const byte of body) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ (a >>> 13), 0x01000193)
  }
  const signature = new Uint8Array(CARD_SIGNATURE_BYTES)
  const view = new DataView(signature.buffer)
  for (let at = 0; at < CARD_SIGNATURE_BYTES; at += 8) {
    view.setUint32(at, a)
    view.setUint32(at + 4, b)
  }
  return signature
}

/** What all nodes of a world share: who there is, and the connections being made. */
export class Directory {
  readonly attempts = new Attempts()
  readonly #bySession = new Map<SessionId, SimulatedNode>()

  add(node: SimulatedNode): void {
    this.#bySession.set(node.session, node)
  }
  get(session: SessionId): SimulatedNode | undefined {
    return this.#bySession.get(session)
  }
  /** The card that a node would show now. */
  cardOf(node: SimulatedNode): CardClaim {
    const card = decodeCard(node.membership?.ownCard ?? new Uint8Array())
    if (!card.ok) throw new Error('a node of the mesh has a card')
    return card.value
  }
  /** Of these cards the ones that a member signed. */
  verified(cards: readonly Uint8Array[]): Card[] {
    const held: Card[] = []
    for (const bytes of cards) {
      const claim = decodeCard(bytes)
      if (!claim.ok) continue
      const node = this.#bySession.get(claim.value.session)
      const { body, signature } = cardParts(claim.value)
      const expected = signatureOf(body)
      if (!node || signature.some((byte, i) => byte !== expected[i])) continue
      held.push({ ...claim.value, person: node.person, branch: node.branch })
    }
    return held
  }
}

export class Membership {
  readonly #node: SimulatedNode
  readonly #directory: Directory
  readonly #doors: DoorKeeper | undefined
  readonly mode: Mode
  #overlay: Overlay
  #wakeAtMs = Number.POSITIVE_INFINITY
  #sequence = 0
  /** How many the room has by its log, and how many of them are there as far as this node has heard. */
  #named = 1
  #attendance = new Attendance()
  #size = ''
  ownCard: Uint8Array | undefined
  readonly #dials = new Map<number, Attempt>()
  /** Links by how they were made, for the counts. */
  dialled = 0
  failed = 0

  constructor(node: SimulatedNode, directory: Directory, doors?: DoorKeeper, mode: Mode = 'normal') {
    this.#node = node
    this.#directory = directory
    this.#doors = doors
    this.mode = mode
    directory.add(node)
    this.#overlay = new Overlay(node.session, node.random.next)
  }

  /** How many links stand beside all places, for a trial. */
  get onTrial(): number {
    return this.#overlay.onTrial === undefined ? 0 : 1
  }
  get overlay(): Overlay {
    return this.#overlay
  }
  get doors(): DoorKeeper | undefined {
    return this.#doors
  }
  get #world(): World {
    return this.#node.world
  }

  begin(members: number): void {
    this.#named = members
    this.#attendance = new Attendance()
    this.#size = ''
    this.step({ type: 'mode', mode: this.mode })
    this.#tellSize()
    this.#renewCard()
    this.#doors?.begin(1)
  }

  step(event: OverlayEvent): void {
    if (!this.#node.isAlive) return
    for (const effect of this.#overlay.step(event, this.#world.nowMs)) this.#carryOut(effect)
  }

  linkUp(end: LinkEnd): void {
    const { node: peer } = end.other
    this.#attendance.see(peer.session, this.#world.nowMs)
    this.#tellSize()
    this.step({
      type: 'link-up',
      link: end.id,
      peer: peer.session,
      person: peer.person,
      branch: peer.branch,
      isOutbound: end.isOutbound,
      isSuper: peer.membership?.isSuper ?? false,
      isEdge: peer.membership?.mode === 'edge',
    })
    this.#doors?.linksChanged()
  }
  get isSuper(): boolean {
    return this.mode === 'super'
  }
  linkDown(end: LinkEnd, wasDead: boolean): void {
    this.step({ type: 'link-down', link: end.id, wasDead })
    this.#doors?.linksChanged()
  }
  linkSilent(end: LinkEnd): void {
    this.step({ type: 'suspect', link: end.id })
  }
  message(end: LinkEnd, bytes: Uint8Array): void {
    this.step({ type: 'message', link: end.id, bytes })
  }
  roundTrip(end: LinkEnd, roundTripMs: number): void {
    this.step({ type: 'round-trip', link: end.id, roundTripMs })
  }
  /** The page goes to the background, or comes back. */
  setHidden(isHidden: boolean): void {
    this.#node.isHidden = isHidden
    this.step({ type: 'visibility', isHidden })
    if (isHidden) return
    this.step({ type: 'woken' })
    this.#doors?.woken()
  }

  crash(): void {
    this.#dials.clear()
    this.#doors?.stop()
  }
  restart(members: number): void {
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    this.#overlay = new Overlay(this.#node.session, this.#node.random.next)
    this.begin(members)
  }

  #carryOut(effect: OverlayEffect): void {
    switch (effect.type) {
      case 'send': {
        const end = this.#node.links.get(effect.link)
        return end && this.#node.send(end, 'overlay', effect.bytes)
      }
      case 'verify':
        return this.#verify(effect)
      case 'dial':
        return this.#dial(effect)
      case 'signal':
        return this.#signal(effect)
      case 'drop-dial':
        return this.#drop(effect.dial)
      case 'close': {
        const end = this.#node.links.get(effect.link)
        if (!end) return
        if (FAULTS.has(effect.reason)) this.#node.accusations.push({ reason: effect.reason, of: end.other.node })
        return this.#node.close(end, effect.reason === 'silent')
      }
      case 'renew-card':
        return this.#renewCard()
      case 'doors':
        return this.#doors?.overlayChanged(effect)
      case 'wake': {
        this.#wakeAtMs = this.#node.timerMs(effect.atMs)
        const atMs = this.#wakeAtMs
        return this.#world.call(
          atMs - this.#world.nowMs,
          () => {
            if (atMs !== this.#wakeAtMs || !this.#node.isAlive) return
            this.#wakeAtMs = Number.POSITIVE_INFINITY
            this.step({ type: 'tick' })
          },
          this.#node.index,
        )
      }
      default:
    }
  }

  #renewCard(): void {
    this.#sequence = Math.max(this.#sequence + 1, Math.floor(this.#world.nowMs / 1000))
    const body = cardBody({
      session: this.#node.session,
      sequence: this.#sequence,
      isEdge: this.mode === 'edge',
      isSuper: this.isSuper,
      isHidden: this.#node.isHidden,
      lifetimeS: CARD_LIFETIME_S,
    })
    this.ownCard = signedCard(body, signatureOf(body))
    this.step({ type: 'me', card: this.ownCard })
  }

  #later(delayMs: number, run: () => void): void {
    const { life } = this.#node
    this.#world.call(delayMs, () => life === this.#node.life && run(), this.#node.index)
  }

  #verify({ request, cards }: EffectOf<'verify'>): void {
    this.#later(VERIFY_MS, () => {
      const held = this.#directory.verified(cards)
      for (const { session } of held) this.#attendance.see(session, this.#world.nowMs)
      this.#tellSize()
      this.step({ type: 'verified', request, cards: held })
    })
  }

  /** As the page does it: greeters are drawn among those who are there, not among all whom the log names. */
  #tellSize(): void {
    const { there, members } = this.#attendance.count(this.#named, this.#world.nowMs)
    const size = `${there} ${members}`
    if (size === this.#size) return
    this.#size = size
    this.step({ type: 'size', members })
    this.#doors?.size(there)
  }

  #dial({ dial, card }: EffectOf<'dial'>): void {
    const to = this.#directory.get(card.session)
    if (!to) return this.step({ type: 'dialled', dial, isOpen: false })
    const attempt = this.#directory.attempts.begin(this.#node, to, dial)
    this.#dials.set(dial, attempt)
    this.#later(this.#node.random.between(GATHER_MS.min, GATHER_MS.max), () => {
      if (attempt.isDropped) return
      this.step({ type: 'signal', dial, to: to.session, bytes: this.#directory.attempts.encode(attempt) })
    })
  }

  #signal({ dial, from, bytes }: EffectOf<'signal'>): void {
    const attempt = this.#directory.attempts.decode(bytes)
    if (!attempt || attempt.isDropped) return
    if (attempt.from === this.#node) return this.#answered(attempt)
    if (attempt.to !== this.#node || attempt.toDial !== undefined) return
    attempt.toDial = dial
    this.#dials.set(dial, attempt)
    this.#later(this.#node.random.between(GATHER_MS.min, GATHER_MS.max), () => {
      if (!attempt.isDropped) this.step({ type: 'signal', dial, to: from, bytes: new Uint8Array(bytes) })
    })
  }

  #answered(attempt: Attempt): void {
    this.#world.connect(attempt.from, attempt.to, (end) => {
      this.#directory.attempts.end(attempt)
      const [from, to] = [attempt.from.membership, attempt.to.membership]
      const isWanted = end !== undefined && !attempt.isDropped
      const isNew = isWanted && !(end.node.linkTo(end.other.node)?.other.isOpen ?? false)
      from?.dialEnded(attempt.fromDial, isNew)
      if (attempt.toDial !== undefined) to?.dialEnded(attempt.toDial, isNew)
      if (isNew) admitLink(end)
    })
  }

  dialEnded(dial: number, isOpen: boolean): void {
    if (!this.#dials.delete(dial)) return
    if (isOpen) this.dialled++
    else this.failed++
    this.step({ type: 'dialled', dial, isOpen })
  }

  #drop(dial: number): void {
    const attempt = this.#dials.get(dial)
    this.#dials.delete(dial)
    if (attempt) attempt.isDropped = true
  }
}
