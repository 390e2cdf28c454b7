/**
 * Peers that mean harm. Each runs the honest machines and bends what they say, so that it is as believable as can be;
 * it has a member's keys, but nobody else's.
 */
import { idFromBytes, type FeedId } from '../../src/base/ids.ts'
import type { SignedEntry } from '../../src/feed/chain.ts'
import {
  decodeSyncMessage,
  encodeSyncMessage,
  type FeedReference,
  type SyncMessage,
} from '../../src/sync/sync-message.ts'
import { shortSessionOf } from '../../src/sync/link-state.ts'
import type { Behaviour } from './behaviour.ts'
import type { Channel, LinkEnd } from './link-end.ts'
import type { SimulatedNode } from './simulated-node.ts'

function newReferences(message: SyncMessage): number {
  const references: FeedReference[] = []
  if ('feed' in message) references.push(message.feed)
  if ('feeds' in message) references.push(...message.feeds)
  if (message.type === 'vector' || message.type === 'have') references.push(...message.items.map(({ feed }) => feed))
  return references.filter((reference) => reference.isNew).length
}

/** Decodes what the machine says and lets a function say something else. */
abstract class Bending implements Behaviour {
  abstract readonly name: string
  /** Feeds that were named on each link, so that inserted messages can speak of them by number. */
  readonly #named = new Map<LinkEnd, number>()

  sends(end: LinkEnd, channel: Channel, bytes: Uint8Array): readonly Uint8Array[] {
    if (channel === 'overlay') return [bytes]
    const message = decodeSyncMessage(bytes)
    if (!message.ok) return [bytes]
    this.#named.set(end, (this.#named.get(end) ?? 0) + newReferences(message.value))
    const instead = this.bend(message.value, end)
    return instead ? instead.map((each) => encodeSyncMessage(each)) : [bytes]
  }

  protected namedOn(end: LinkEnd): FeedReference[] {
    return Array.from({ length: this.#named.get(end) ?? 0 }, (_, index) => ({ isNew: false, index }))
  }
  /** Undefined leaves the message as it is. */
  protected abstract bend(message: SyncMessage, end: LinkEnd): readonly SyncMessage[] | undefined
}

/** Says something to each neighbour again and again. */
abstract class Repeating extends Bending {
  abstract readonly intervalMs: number

  begin(node: SimulatedNode): void {
    const again = (): void => {
      if (!node.isAlive) return
      for (const end of node.links.values()) {
        const message = this.say(end)
        if (message && end.isOpen) node.world.send(end, 'control', encodeSyncMessage(message))
      }
      node.world.call(this.intervalMs, again, node.index)
    }
    node.world.call(this.intervalMs, again, node.index)
  }
  protected bend(_message: SyncMessage, _end: LinkEnd): readonly SyncMessage[] | undefined {
    return undefined
  }
  protected abstract say(end: LinkEnd): SyncMessage | undefined
}

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))
const forgedEntries = (entries: readonly SignedEntry[]): SignedEntry[] =>
  entries.map((entry) => ({ ...entry, bytes: flipped(entry.bytes) }))

/** Changes the last byte of every entry that it passes on. */
export class Forger extends Bending {
  readonly name = 'forger'
  protected bend(message: SyncMessage): readonly SyncMessage[] | undefined {
    if (message.type !== 'push' && message.type !== 'range') return undefined
    return [{ ...message, entries: forgedEntries(message.entries) }]
  }
}

/** Says what it has and gives nothing of it. */
export class Withholder extends Bending {
  readonly name = 'withholder'
  protected bend(message: SyncMessage): readonly SyncMessage[] | undefined {
    return message.type === 'push' || message.type === 'range' ? [] : undefined
  }
}

/** Says that every feed is a thousand entries longer than it is. */
export class LengthLiar extends Bending {
  readonly name = 'length liar'
  protected bend(message: SyncMessage): readonly SyncMessage[] | undefined {
    if (message.type === 'vector')
      return [{ ...message, items: message.items.map((item) => ({ ...item, length: item.length + 1000 })) }]
    if (message.type === 'have')
      return [{ ...message, items: message.items.map((item) => ({ ...item, length: item.length + 1000 })) }]
    return undefined
  }
}

/** Sends everything twice. */
export class Repeater extends Bending {
  readonly name = 'repeater'
  protected bend(message: SyncMessage): readonly SyncMessage[] | undefined {
    return message.type === 'push' || message.type === 'have' ? [message, message] : undefined
  }
}

/** Says that it speaks to everybody itself, so that others should not pass its pushes on. */
export class NeighbourLiar extends Bending {
  readonly name = 'neighbour liar'
  protected bend(message: SyncMessage, end: LinkEnd): readonly SyncMessage[] | undefined {
    if (message.type !== 'neighbours') return undefined
    const theirs = [...end.other.node.links.values()].map(({ other }) => shortSessionOf(other.node.session))
    return [{ ...message, sessions: [...new Set(theirs)].toSorted() }]
  }
}

/** Gives pushes to nobody and hears none: it keeps the link up and is a hole in the mesh. */
export class BlackHole extends Bending {
  readonly name = 'black hole'
  protected bend(message: SyncMessage): readonly SyncMessage[] | undefined {
    return message.type === 'ping' || message.type === 'pong' ? undefined : []
  }
}

/** Asks to be pushed everything, twenty times a second. */
export class GraftSpammer extends Repeating {
  readonly name = 'graft spammer'
  readonly intervalMs = 50
  protected say(end: LinkEnd): SyncMessage | undefined {
    const feeds = this.namedOn(end)
    return feeds.length > 0 ? { type: 'graft', feeds } : undefined
  }
}

/** Asks to be pushed nothing, and twenty times a second. */
export class PruneSpammer extends Repeating {
  readonly name = 'prune spammer'
  readonly intervalMs = 50
  protected say(end: LinkEnd): SyncMessage | undefined {
    const feeds = this.namedOn(end)
    return feeds.length > 0 ? { type: 'prune', feeds } : undefined
  }
}

/** Bytes that mean nothing. */
export class Babbler implements Behaviour {
  readonly name = 'babbler'
  begin(node: SimulatedNode): void {
    const again = (): void => {
      if (!node.isAlive) return
      for (const end of node.links.values())
        node.world.send(end, node.random.isHit(0.5) ? 'control' : 'overlay', node.random.bytes(node.random.below(200)))
      node.world.call(500, again, node.index)
    }
    node.world.call(500, again, node.index)
  }
}

/** Names feeds that nobody knows, as many as it can. */
export class FeedInventor implements Behaviour {
  readonly name = 'feed inventor'
  begin(node: SimulatedNode): void {
    const again = (): void => {
      if (!node.isAlive) return
      for (const end of node.links.values()) node.world.send(end, 'control', this.#vector(node))
      node.world.call(500, again, node.index)
    }
    node.world.call(500, again, node.index)
  }
  #vector(node: SimulatedNode): Uint8Array {
    const items = Array.from({ length: 100 }, () => ({
      feed: { isNew: true, kind: 'log', feed: inventedFeed(node) } as const,
      length: 1 + node.random.below(1000),
      hashPrefix: node.random.bytes(16),
    }))
    return encodeSyncMessage({ type: 'vector', items })
  }
}

const inventedFeed = (node: SimulatedNode) => idFromBytes<FeedId>(node.random.bytes(32))

/** A member who writes a thousand entries a second. */
export class Flooder implements Behaviour {
  readonly name = 'flooder'
  readonly entriesPerSecond: number
  constructor(entriesPerSecond = 1_000) {
    this.entriesPerSecond = entriesPerSecond
  }
  begin(node: SimulatedNode): void {
    const [feed] = node.ownFeeds
    if (!feed) return
    const again = (): void => {
      if (!node.isAlive) return
      for (let i = 0; i < this.entriesPerSecond / 100; i++) node.write(feed, 100, false)
      node.world.call(10, again, node.index)
    }
    node.world.call(10, again, node.index)
  }
}

/** Reads nothing at all, so that whoever sends to it must keep what it sends. */
export class Stuck implements Behaviour {
  readonly name = 'stuck'
  begin(node: SimulatedNode): void {
    node.isStuck = true
  }
}
