/** One overlay, whose neighbours are played by the test. */
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, idToBytes, type PersonId, type SessionId } from '../../src/base/ids.ts'
import { decodeCard, type Card } from '../../src/discovery/card.ts'
import { Overlay } from '../../src/discovery/overlay.ts'
import type { LinkId, OverlayEffect, OverlayEvent } from '../../src/discovery/overlay-event.ts'
import {
  decodeOverlayMessage,
  encodeOverlayMessage,
  type AgedCard,
  type OverlayMessage,
  type Signal,
} from '../../src/discovery/overlay-message.ts'
import { makeCard, personNamed, seeded, sessionNamed } from './overlay-simulation.ts'

export const cardOf = (name: string, sequence = 1, branch = name): Card => {
  const decoded = decodeCard(makeCard(sessionNamed(name), sequence))
  if (!decoded.ok) throw new Error('a card of our own making')
  return { ...decoded.value, person: personNamed(name), branch: personNamed(branch) }
}
export const aged = (name: string, hops = 0, sequence = 1): AgedCard => ({
  card: cardOf(name, sequence),
  ageS: 0,
  hops,
})

export interface Arrival {
  readonly person?: string
  readonly branch?: string | undefined
  readonly isOutbound?: boolean
  readonly isSuper?: boolean
  readonly isEdge?: boolean
}

export class OverlayBench {
  readonly overlay: Overlay
  readonly me: SessionId
  readonly effects: OverlayEffect[] = []
  nowMs = 1_000
  /** Cards hold, unless told otherwise. */
  vouches = true
  wakeAtMs = Infinity
  #nextLink = 1

  constructor(name = 'Alice', members = 100) {
    this.me = sessionNamed(name)
    this.overlay = new Overlay(this.me, seeded(7))
    this.step({ type: 'size', members })
    this.step({ type: 'me', card: makeCard(this.me, 1) })
  }

  step(event: OverlayEvent): OverlayEffect[] {
    const effects = this.overlay.step(event, this.nowMs)
    this.effects.push(...effects)
    for (const effect of effects) {
      if (effect.type === 'wake') this.wakeAtMs = effect.atMs
      if (effect.type !== 'verify') continue
      const cards = this.vouches ? effect.cards.map((bytes) => this.#vouch(bytes)) : []
      effects.push(...this.step({ type: 'verified', request: effect.request, cards }))
    }
    return effects
  }

  up(name: string, options: Arrival = {}): LinkId {
    const link = this.#nextLink++
    const { person = name, isOutbound = true, isSuper = false, isEdge = false } = options
    const branch = 'branch' in options ? options.branch : name
    this.step({
      type: 'link-up',
      link,
      peer: sessionNamed(name),
      person: personNamed(person),
      branch: branch === undefined ? undefined : personNamed(branch),
      isOutbound,
      isSuper,
      isEdge,
    })
    return link
  }

  hear(link: LinkId, message: OverlayMessage): OverlayEffect[] {
    return this.step({ type: 'message', link, bytes: encodeOverlayMessage(message) })
  }

  hearSignal(link: LinkId, signal: Partial<Signal> & Pick<Signal, 'kind'>): OverlayEffect[] {
    const hasBytes = signal.kind === 'offer' || signal.kind === 'answer'
    const bytes = hasBytes ? utf8('sealed') : new Uint8Array(0)
    const rest = { to: this.me, from: sessionNamed('Carol'), nonce: 1, hops: 0, cards: [], bytes }
    return this.hear(link, { type: 'signal', ...rest, ...signal })
  }

  /** Lets time pass; ticks come when they were asked for. */
  runFor(durationMs: number): void {
    const endMs = this.nowMs + durationMs
    while (this.wakeAtMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.wakeAtMs)
      this.wakeAtMs = Infinity
      this.step({ type: 'tick' })
    }
    this.nowMs = endMs
  }

  get peers(): SessionId[] {
    return this.overlay.active.map(({ peer }) => peer)
  }
  /** What was said since the last call, by kind. */
  takeSaid(): { readonly link: LinkId; readonly message: OverlayMessage }[] {
    const said = messagesIn(this.effects)
    this.effects.length = 0
    return said
  }

  #vouch(bytes: Uint8Array): Card {
    const decoded = decodeCard(bytes)
    if (!decoded.ok) throw new Error('the overlay decodes cards itself')
    const owner: PersonId = idFromBytes(idToBytes(decoded.value.session))
    return { ...decoded.value, person: owner, branch: owner }
  }
}

export const messagesIn = (
  effects: readonly OverlayEffect[],
): { readonly link: LinkId; readonly message: OverlayMessage }[] =>
  effects.flatMap((effect) => {
    if (effect.type !== 'send') return []
    const decoded = decodeOverlayMessage(effect.bytes)
    return decoded.ok ? [{ link: effect.link, message: decoded.value }] : []
  })

export const signalsIn = (effects: readonly OverlayEffect[], kind: Signal['kind']): readonly Signal[] =>
  messagesIn(effects).flatMap(({ message }) => (message.type === 'signal' && message.kind === kind ? [message] : []))

export const closesIn = (effects: readonly OverlayEffect[]): readonly (readonly [LinkId, string])[] =>
  effects.flatMap((effect) => (effect.type === 'close' ? [[effect.link, effect.reason] as const] : []))
