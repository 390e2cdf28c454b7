/**
 * A room's machines on a simulated network: virtual time, links with latency, order kept within a lane and not between
 * lanes, storage and judgement that take time. Signatures are hashes with a secret that only authors use, so that the
 * machines, which must not care, can be run a hundred times as often.
 */
import { concatBytes, equalBytes, toHex, utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, idToBytes, type FeedId, type SessionId } from '../../src/base/ids.ts'
import { sha256Of } from '../../src/crypto/hash.ts'
import { emptyChain, extendChain, type ChainHead, type SignedEntry } from '../../src/feed/chain.ts'
import { decodeSyncMessage, type FeedReference } from '../../src/sync/sync-message.ts'
import type { FeedKind, FeedUse, SyncEffect, SyncEvent, SyncLane } from '../../src/sync/sync-event.ts'
import type { SpreadPolicy } from '../../src/sync/spread-policy.ts'
import { SyncMachine } from '../../src/sync/sync-machine.ts'

/** Mulberry32, public domain. */
export class SeededRandom {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}

export const feedNamed = (name: string): FeedId => idFromBytes(sha256Of(utf8(`feed ${name}`)))
export const sessionNamed = (name: string): SessionId => idFromBytes(sha256Of(utf8(`session ${name}`)))

const SECRET = utf8('only authors know')
export function sign(feed: FeedId, head: ChainHead): Uint8Array {
  const half = sha256Of(SECRET, idToBytes(feed), head.hash, utf8(String(head.length)))
  return concatBytes(half, half)
}

interface StoredEntry {
  readonly entry: SignedEntry
  readonly head: ChainHead
}

interface Connection {
  readonly link: number
  readonly peer: SimulatedPeer
  readonly peerLink: number
  readonly latencyMs: number
  readonly arrivalMs: Record<SyncLane, number>
  isOpen: boolean
}

type Mutation = (bytes: Uint8Array, lane: SyncLane) => readonly Uint8Array[]

export class SimulatedPeer {
  readonly name: string
  readonly session: SessionId
  readonly machine: SyncMachine
  readonly store = new Map<FeedId, StoredEntry[]>()
  readonly kinds = new Map<FeedId, FeedKind>()
  readonly connections = new Map<number, Connection>()
  readonly effects: SyncEffect[] = []
  readonly closes: string[] = []
  /** Document feeds are registered by an entry of the author's log, as in the real thing. */
  readonly network: SimulatedNetwork
  mutate: Mutation | undefined
  forge: ((entries: readonly SignedEntry[]) => readonly SignedEntry[]) | undefined
  mayRead = true
  ingestsOut = new Map<FeedId, number>()
  readsOut = 0
  bytesInHand = 0
  bytesInHandMax = 0
  /** Decides about an ingest instead of the signature. */
  judge: ((feed: FeedId, from: number) => 'accept' | 'retry' | 'refused') | undefined

  constructor(network: SimulatedNetwork, name: string, spread?: SpreadPolicy, useOf?: (feed: FeedId) => FeedUse) {
    this.machine = new SyncMachine({ ...(spread && { spread }), useOf })
    this.network = network
    this.name = name
    this.session = sessionNamed(name)
  }

  step(event: SyncEvent): void {
    for (const effect of this.machine.step(event, this.network.nowMs)) this.#carryOut(effect)
  }

  head(feed: FeedId): ChainHead {
    return this.store.get(feed)?.at(-1)?.head ?? emptyChain(feed)
  }

  register(feed: FeedId, kind: FeedKind, author?: string): void {
    if (this.kinds.get(feed) === kind && kind === 'document') return
    this.kinds.set(feed, kind)
    this.step({ type: 'feed', feed, kind, head: this.head(feed), ...(author === undefined ? {} : { author }) })
  }

  /** Writes an entry of one of its own feeds. */
  write(feed: FeedId, bytes: Uint8Array): void {
    const head = extendChain(this.head(feed), bytes)
    const entry = { bytes, signature: sign(feed, head) }
    this.keep(feed, { entry, head })
    this.step({ type: 'appended', feed, head, entries: [entry], from: undefined })
  }

  keep(feed: FeedId, stored: StoredEntry): void {
    const entries = this.store.get(feed)
    if (entries) entries.push(stored)
    else this.store.set(feed, [stored])
  }

  /** Equal on two peers when they have the same entries, of the given feeds or of all. */
  digest(): string {
    const heads = [...this.store.keys()]
      .toSorted()
      .map((feed) => `${feed.slice(0, 6)} ${this.head(feed).length} ${toHex(this.head(feed).hash).slice(0, 12)}`)
    return heads.join('\n')
  }

  #carryOut(effect: SyncEffect): void {
    if (effect.type !== 'send') this.effects.push(effect)
    switch (effect.type) {
      case 'send':
        return this.network.send(this, effect)
      case 'ingest':
        return this.#ingest(effect)
      case 'read':
        this.readsOut++
        return this.network.after(1 + this.network.random.below(3), () => this.#read(effect))
      case 'close': {
        this.closes.push([effect.reason, effect.detail ?? []].flat().join(': '))
        const connection = this.connections.get(effect.link)
        if (connection) this.network.disconnect(this, connection)
        return
      }
      case 'wake':
        return this.network.after(effect.atMs - this.network.nowMs, () => this.step({ type: 'tick' }))
      case 'evidence':
        return this.step({ type: 'evidence', bytes: effect.bytes, from: effect.link })
      case 'heads':
        return this.step({ ...effect, from: effect.link })
      default:
    }
  }

  #read({ request, feed, from, bytesMax }: Extract<SyncEffect, { type: 'read' }>): void {
    this.readsOut--
    const stored = this.store.get(feed) ?? []
    const entries: SignedEntry[] = []
    let bytes = 0
    for (const { entry } of stored.slice(from)) {
      bytes += entry.bytes.length
      if (entries.length > 0 && bytes > bytesMax) break
      entries.push(entry)
    }
    const hashBefore = from === 0 ? emptyChain(feed).hash : stored[from - 1]?.head.hash
    this.step({ type: 'read-done', request, entries: this.forge?.(entries) ?? entries, hashBefore })
  }

  #ingest({ link, feed, from, entries }: Extract<SyncEffect, { type: 'ingest' }>): void {
    const out = (this.ingestsOut.get(feed) ?? 0) + 1
    if (out > 1) throw new Error('two ingests of one feed')
    this.ingestsOut.set(feed, out)
    let size = 0
    for (const { bytes } of entries) size += bytes.length
    this.bytesInHand += size
    this.bytesInHandMax = Math.max(this.bytesInHandMax, this.bytesInHand)
    this.network.after(1 + this.network.random.below(5), () => {
      this.ingestsOut.set(feed, 0)
      this.bytesInHand -= size
      this.#judge(link, feed, from, entries)
    })
  }

  #judge(link: number, feed: FeedId, from: number, entries: readonly SignedEntry[]): void {
    if (from !== this.head(feed).length) throw new Error('ingest does not follow what is stored')
    const verdict = this.judge?.(feed, from) ?? 'accept'
    if (verdict === 'retry') return this.step({ type: 'retry', feed })
    if (verdict === 'refused') return this.step({ type: 'refused', feed, reason: 'test' })
    const stored: StoredEntry[] = []
    let head = this.head(feed)
    for (const entry of entries) {
      head = extendChain(head, entry.bytes)
      stored.push({ entry, head })
    }
    const signature = entries.at(-1)?.signature
    if (!signature || !equalBytes(signature, sign(feed, head))) return this.step({ type: 'forged', feed })
    // As verifyRange does, only the signature that was checked is kept.
    const kept = stored.map(({ entry, head: at }, i) => ({
      head: at,
      entry: { bytes: entry.bytes, signature: i === stored.length - 1 ? signature : undefined },
    }))
    for (const each of kept) this.keep(feed, each)
    this.step({ type: 'appended', feed, head, entries: kept.map(({ entry }) => entry), from: link })
    if (!this.kinds.has(feed)) this.kinds.set(feed, 'log')
    if (this.kinds.get(feed) === 'log') this.#registerFrom(entries)
  }

  #registerFrom(entries: readonly SignedEntry[]): void {
    for (const { bytes } of entries)
      if (bytes.length === 33 && bytes[0] === 1) this.register(idFromBytes(bytes.slice(1)), 'document')
  }

  /** Opens a document feed, and says so in the log. */
  open(log: FeedId, feed: FeedId): void {
    this.register(feed, 'document')
    this.write(log, concatBytes(Uint8Array.of(1), idToBytes(feed)))
  }
}

/** Follows what is said in one direction of a link, to know which entries go over it. */
class Overheard {
  readonly #table: FeedId[] = []
  readonly #pushed = new Map<FeedId, number>()
  readonly #wants = new Map<number, FeedId>()
  readonly sent = new Map<string, number>()

  resolve(reference: FeedReference, other: Overheard): FeedId | undefined {
    if (!reference.isNew) return (reference.isYours === true ? other : this).#table[reference.index]
    this.#table.push(reference.feed)
    return reference.feed
  }

  hear(bytes: Uint8Array, other: Overheard): string {
    const decoded = decodeSyncMessage(bytes)
    if (!decoded.ok) return 'garbage'
    const message = decoded.value
    if (message.type === 'vector') for (const item of message.items) this.resolve(item.feed, other)
    if (message.type === 'have') for (const item of message.items) this.resolve(item.feed, other)
    if (message.type === 'prune' || message.type === 'graft')
      for (const feed of message.feeds) this.resolve(feed, other)
    if (message.type === 'branch') this.resolve(message.feed, other)
    if (message.type === 'want') {
      const feed = this.resolve(message.feed, other)
      if (feed) this.#wants.set(message.want, feed)
    }
    if (message.type === 'push') {
      const feed = this.resolve(message.feed, other)
      const seq = message.seq ?? (feed && this.#pushed.get(feed))
      if (feed && seq !== undefined) {
        this.#pushed.set(feed, seq + message.entries.length)
        this.#count(feed, seq, message.entries.length)
      }
    }
    const wanted = message.type === 'range' ? other.#wants.get(message.want) : undefined
    if (message.type === 'range' && wanted) this.#count(wanted, message.from, message.entries.length)
    return message.type
  }

  #count(feed: FeedId, from: number, count: number): void {
    for (let seq = from; seq < from + count; seq++) {
      const key = `${feed} ${seq}`
      this.sent.set(key, (this.sent.get(key) ?? 0) + 1)
    }
  }
}

export class SimulatedNetwork {
  readonly random: SeededRandom
  readonly peers: SimulatedPeer[] = []
  nowMs = 0
  /** By type of message: how many, and their bytes. */
  readonly traffic = new Map<string, { count: number; bytes: number }>()
  readonly #queue: { atMs: number; order: number; run: () => void }[] = []
  #order = 0
  #lastLink = 0
  readonly #overheard = new Map<string, Overheard>()
  latencyMsMax = 80

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
  }

  add(name: string, spread?: SpreadPolicy, useOf?: (feed: FeedId) => FeedUse): SimulatedPeer {
    const peer = new SimulatedPeer(this, name, spread, useOf)
    this.peers.push(peer)
    return peer
  }

  after(delayMs: number, run: () => void): void {
    const item = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run }
    // A heap would be faster; binary insertion is enough for the few thousand events that wait at a time.
    let low = 0
    let high = this.#queue.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#queue[middle]
      if (other && (other.atMs > item.atMs || (other.atMs === item.atMs && other.order > item.order))) low = middle + 1
      else high = middle
    }
    this.#queue.splice(low, 0, item)
  }

  runFor(durationMs: number): void {
    const endMs = this.nowMs + durationMs
    for (;;) {
      const next = this.#queue.at(-1)
      if (!next || next.atMs > endMs) break
      this.#queue.pop()
      this.nowMs = next.atMs
      next.run()
    }
    this.nowMs = endMs
  }

  connect(a: SimulatedPeer, b: SimulatedPeer): void {
    if (this.areConnected(a, b)) return
    const [aLink, bLink] = [++this.#lastLink, ++this.#lastLink]
    const latencyMs = 5 + this.random.below(this.latencyMsMax)
    const connection = (link: number, peer: SimulatedPeer, peerLink: number): Connection => ({
      link,
      peer,
      peerLink,
      latencyMs,
      arrivalMs: { control: 0, sync: 0 },
      isOpen: true,
    })
    a.connections.set(aLink, connection(aLink, b, bLink))
    b.connections.set(bLink, connection(bLink, a, aLink))
    this.#overheard.set(`${aLink}`, new Overheard())
    this.#overheard.set(`${bLink}`, new Overheard())
    a.step({ type: 'link-up', link: aLink, session: b.session, mayRead: b.mayRead })
    if (b.connections.has(bLink)) b.step({ type: 'link-up', link: bLink, session: a.session, mayRead: a.mayRead })
  }

  areConnected(a: SimulatedPeer, b: SimulatedPeer): boolean {
    return [...a.connections.values()].some(({ peer }) => peer === b)
  }

  disconnect(a: SimulatedPeer, connection: Connection): void {
    const { peer, peerLink, link } = connection
    const back = peer.connections.get(peerLink)
    a.connections.delete(link)
    peer.connections.delete(peerLink)
    connection.isOpen = false
    if (back) back.isOpen = false
    a.step({ type: 'link-down', link })
    this.after(1, () => peer.step({ type: 'link-down', link: peerLink }))
  }

  cut(a: SimulatedPeer, b: SimulatedPeer): void {
    for (const connection of a.connections.values()) if (connection.peer === b) this.disconnect(a, connection)
  }

  send(from: SimulatedPeer, { link, lane, bytes }: Extract<SyncEffect, { type: 'send' }>): void {
    const connection = from.connections.get(link)
    if (!connection) return
    for (const sent of from.mutate?.(bytes, lane) ?? [bytes]) this.#transmit(connection, lane, sent)
  }

  #transmit(connection: Connection, lane: SyncLane, bytes: Uint8Array): void {
    const { link, peer, peerLink } = connection
    const [out, back] = [this.#overheard.get(`${link}`), this.#overheard.get(`${peerLink}`)]
    const type = out && back ? out.hear(bytes, back) : 'garbage'
    const traffic = this.traffic.get(type) ?? { count: 0, bytes: 0 }
    this.traffic.set(type, { count: traffic.count + 1, bytes: traffic.bytes + bytes.length })
    const jitterMs = this.random.below(20)
    const atMs = Math.max(connection.arrivalMs[lane], this.nowMs + connection.latencyMs + jitterMs)
    connection.arrivalMs[lane] = atMs
    this.after(atMs - this.nowMs, () => {
      if (connection.isOpen) peer.step({ type: 'message', link: peerLink, bytes })
    })
  }

  /** Entries that went over one direction of a link more than once. */
  repeated(): string[] {
    const repeated: string[] = []
    for (const [link, { sent }] of this.#overheard)
      for (const [entry, count] of sent) if (count > 1) repeated.push(`link ${link}: ${entry} ${count} times`)
    return repeated
  }

  count(type: string): number {
    return this.traffic.get(type)?.count ?? 0
  }
  bytes(...types: string[]): number {
    return types.reduce((sum, type) => sum + (this.traffic.get(type)?.bytes ?? 0), 0)
  }
}
