/** Peers that bend what overlays say to each other. */
import { decodeCard, type CardClaim } from '../../src/discovery/card.ts'
import { decodeOverlayMessage, encodeOverlayMessage, type AgedCard } from '../../src/discovery/overlay-message.ts'
import { idFromBytes } from '../../src/base/ids.ts'
import type { Behaviour } from './behaviour.ts'
import { admitLink } from './door.ts'
import type { Channel, LinkEnd } from './link-end.ts'
import type { SimulatedNode } from './simulated-node.ts'

type Cards = readonly AgedCard[]

/** Replaces the cards that it passes on. */
abstract class CardBending implements Behaviour {
  abstract readonly name: string

  sends(end: LinkEnd, channel: Channel, bytes: Uint8Array): readonly Uint8Array[] {
    if (channel !== 'overlay') return this.sendsEntries(channel, bytes)
    const message = decodeOverlayMessage(bytes)
    if (!message.ok || !('cards' in message.value) || message.value.cards.length === 0) return [bytes]
    return [encodeOverlayMessage({ ...message.value, cards: this.cards(message.value.cards, end.node) })]
  }
  protected sendsEntries(_channel: Channel, bytes: Uint8Array): readonly Uint8Array[] {
    return [bytes]
  }
  protected abstract cards(honest: Cards, node: SimulatedNode): Cards
}

/** Passes on cards of sessions that do not exist, and of real ones with a changed flag. */
export class CardLiar extends CardBending {
  readonly name = 'card liar'
  protected cards(honest: Cards, node: SimulatedNode): Cards {
    return honest.map(({ card, ...rest }) => {
      const bytes = new Uint8Array(card.bytes)
      // The session's id stands behind the version; every other card gets somebody else's.
      if (node.random.isHit(0.5)) bytes.set(node.random.bytes(32), 1)
      else bytes.set(node.random.bytes(8), bytes.length - 8)
      const changed = decodeCard(bytes)
      return { ...rest, card: changed.ok ? changed.value : card }
    })
  }
}

/** Knocks at everybody, ten times a second over each link. */
export class SignalSpammer implements Behaviour {
  readonly name = 'signal spammer'
  begin(node: SimulatedNode): void {
    const { nodes } = node.world
    const again = (): void => {
      if (!node.isAlive) return
      for (const end of node.links.values()) {
        const to = nodes[node.random.below(nodes.length)]
        if (to) node.world.send(end, 'overlay', this.#offer(node, to))
      }
      node.world.call(100, again, node.index)
    }
    node.world.call(100, again, node.index)
  }
  #offer(node: SimulatedNode, to: SimulatedNode): Uint8Array {
    return encodeOverlayMessage({
      type: 'signal',
      kind: 'offer',
      to: to.session,
      from: idFromBytes(node.random.bytes(32)),
      nonce: node.random.below(2 ** 32),
      hops: 0,
      cards: [],
      bytes: node.random.bytes(2_000),
    })
  }
}

/** How many attempts at a direct connection, and shuffles, one sybil makes in each round of 30 s. */
const CONNECTS_PER_ROUND = 4
const SHUFFLES_PER_ROUND = 20
const ROUND_MS = 30_000
const CARDS_IN_WALK = 9

/**
 * One of many sessions of one hand: it speaks of nobody but its fellows, pushes itself upon everybody and passes on
 * nothing of what honest members write.
 */
export class Sybil extends CardBending {
  readonly name = 'sybil'
  readonly #fellows: readonly SimulatedNode[]
  readonly #cardOf: (node: SimulatedNode) => CardClaim

  constructor(fellows: readonly SimulatedNode[], cardOf: (node: SimulatedNode) => CardClaim) {
    super()
    this.#fellows = fellows
    this.#cardOf = cardOf
  }

  begin(node: SimulatedNode): void {
    const connect = (): void => {
      const { world } = node
      world.call(ROUND_MS / CONNECTS_PER_ROUND, connect, node.index)
      const victim = world.nodes[node.random.below(world.nodes.length)]
      if (!victim || victim === node || !victim.isHonest || node.linkTo(victim)) return
      world.connect(node, victim, (end) => end && admitLink(end))
    }
    const shuffle = (): void => {
      node.world.call(ROUND_MS / SHUFFLES_PER_ROUND, shuffle, node.index)
      const ends = [...node.links.values()].filter((end) => end.other.node.isHonest)
      const end = ends[node.random.below(ends.length)]
      if (end) node.world.send(end, 'overlay', this.#walk(node))
    }
    node.world.call(node.random.next() * ROUND_MS, connect, node.index)
    node.world.call(node.random.next() * ROUND_MS, shuffle, node.index)
  }

  protected override sendsEntries(channel: Channel, bytes: Uint8Array): readonly Uint8Array[] {
    // Entries travel on both lanes and are longer than anything else that is said in a quiet room.
    return channel === 'sync' || bytes.length > 100 ? [] : [bytes]
  }

  protected cards(honest: Cards, node: SimulatedNode): Cards {
    const own = honest[0]
    return own?.card.session === node.session
      ? [own, ...this.#some(node, honest.length - 1)]
      : this.#some(node, honest.length)
  }

  #walk(node: SimulatedNode): Uint8Array {
    const own = { card: this.#cardOf(node), ageS: 0, hops: 0 }
    return encodeOverlayMessage({
      type: 'walk',
      kind: 'shuffle',
      nonce: node.random.below(2 ** 32),
      hopsLeft: 6,
      cards: [own, ...this.#some(node, CARDS_IN_WALK - 1)],
    })
  }

  #some(node: SimulatedNode, count: number): Cards {
    return node.random
      .shuffled(this.#fellows)
      .slice(0, count)
      .map((fellow) => ({ card: this.#cardOf(fellow), ageS: 0, hops: 0 }))
  }
}
