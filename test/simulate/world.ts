/**
 * One process, one clock, any number of nodes: the real machines on links that have distance, bandwidth, loss and
 * queues. Everything that happens is an event of one queue, and the trace hash runs over all of them.
 */
import type { SyncEffect } from '../../src/sync/sync-event.ts'
import { EventQueue } from './event-queue.ts'
import { Ledger } from './ledger.ts'
import { LinkEnd, type Channel } from './link-end.ts'
import { Measurements } from './measurements.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimulatedNode } from './simulated-node.ts'
import { canConnect, oneWayMs, randomSite, type Site } from './terrain.ts'
import { TraceHash } from './trace-hash.ts'

export interface WorldOptions {
  readonly seed: number
  /** From an entry's arrival to its being checked and stored: a signature and a write. */
  readonly judgeMs?: number
  /** Messages that are lost once and sent again. */
  readonly lossShare?: number
  /** Set false where the question is not who can reach whom. */
  readonly hasNats?: boolean
  /** Distances on a map, or each link's delay drawn by itself. */
  readonly delays?: 'map' | 'uniform'
}

type Ingest = Extract<SyncEffect, { type: 'ingest' }>
type Read = Extract<SyncEffect, { type: 'read' }>

type Happening =
  | { readonly kind: 'deliver'; readonly end: LinkEnd; readonly channel: Channel; readonly bytes: Uint8Array }
  | { readonly kind: 'sync-wake'; readonly node: SimulatedNode; readonly atMs: number }
  | { readonly kind: 'judge'; readonly node: SimulatedNode; readonly life: number; readonly ingest: Ingest }
  | { readonly kind: 'read'; readonly node: SimulatedNode; readonly life: number; readonly read: Read }
  /** What is rare: links that open and close, doors, the script of a scenario. */
  | { readonly kind: 'call'; readonly node: number; readonly run: () => void }

const KINDS = { deliver: 1, 'sync-wake': 2, judge: 3, read: 4, call: 5 } as const

/** UDP, IP, DTLS and SCTP around a data channel's message. */
const FRAME_BYTES = 80
/** What a message of the upper lanes may have to wait for: one frame of the lower lane that has begun. */
const BEGUN_FRAME_BYTES = 4096
const JITTER_MS_MAX = 4
/** The shortest time after which a data channel of Chromium sends again what was lost. */
const RETRANSMIT_MS = 400
/** A lane whose newest message waits longer than this for the line is full, and drained at the other. */
const LANE_FULL_MS = { control: 500, sync: 1_000 } as const
const LANE_DRAINED_MS = 100
/** What a link buffers for a receiver that does not read. */
const HELD_BYTES_FULL = 256 * 1024
/** Chromium says `disconnected` after five seconds without an answer. */
const ICE_DISCONNECTED_MS = 5_500
/** And `failed` when that has lasted; nothing is delivered any more. */
const ICE_FAILED_MS = 25_000
/** One way, where delays are drawn link by link: what the figures of other systems were measured with. */
const UNIFORM_MS = { min: 10, max: 100 }
/** ICE and DTLS need this many round trips. */
const SET_UP_ROUND_TRIPS = { min: 3, max: 6 }
/** A pair that finds no path is given up after this. */
export const SET_UP_FAILED_MS = 12_000

/** So many events take a good second. */
const PROGRESS_EVENTS = 2 ** 16

export class World {
  /** Called now and then while a world runs, for somebody who waits. */
  static onProgress: ((world: World) => void) | undefined
  readonly random: SeededRandom
  readonly ledger: Ledger
  readonly nodes: SimulatedNode[] = []
  readonly measurements = new Measurements()
  readonly trace = new TraceHash()
  readonly judgeMs: number
  readonly #lossShare: number
  readonly #hasNats: boolean
  readonly #delays: 'map' | 'uniform'
  readonly #queue = new EventQueue<Happening>()
  #lastLink = 0
  nowMs = 0
  /** Two halves that hear nothing of each other; undefined while the world is whole. */
  sideOf: ((node: SimulatedNode) => number) | undefined

  constructor({ seed, judgeMs = 2, lossShare = 0.002, hasNats = true, delays = 'map' }: WorldOptions) {
    this.random = new SeededRandom(seed)
    this.ledger = new Ledger(this.random.fork())
    this.judgeMs = judgeMs
    this.#lossShare = lossShare
    this.#hasNats = hasNats
    this.#delays = delays
  }

  addNode(site: Site = randomSite(this.random)): SimulatedNode {
    const node = new SimulatedNode(this, this.nodes.length, site)
    this.nodes.push(node)
    return node
  }

  /** Events processed so far. */
  get events(): number {
    return this.trace.events
  }

  call(delayMs: number, run: () => void, node = 0): void {
    this.#queue.push(this.nowMs + Math.max(0, delayMs), { kind: 'call', node, run })
  }
  wakeSync(node: SimulatedNode, atMs: number): void {
    this.#queue.push(Math.max(atMs, this.nowMs), { kind: 'sync-wake', node, atMs })
  }
  judgeLater(node: SimulatedNode, ingest: Ingest): void {
    this.#queue.push(this.nowMs + this.judgeMs, { kind: 'judge', node, life: node.life, ingest })
  }
  readLater(node: SimulatedNode, read: Read): void {
    this.#queue.push(this.nowMs + 1, { kind: 'read', node, life: node.life, read })
  }

  runFor(durationMs: number): void {
    this.runUntil(() => false, durationMs)
  }

  /** Runs until `isDone` holds, looked at each 100 ms of the world's time, or the time is over. True if it holds. */
  runUntil(isDone: () => boolean, durationMs: number): boolean {
    const endMs = this.nowMs + durationMs
    let lookAtMs = this.nowMs
    for (;;) {
      const atMs = this.#queue.nextAtMs
      if (atMs >= lookAtMs) {
        if (isDone()) return true
        lookAtMs += 100
      }
      if (atMs > endMs) break
      const happening = this.#queue.pop()
      if (!happening) break
      this.nowMs = atMs
      this.#happen(happening)
      if (this.events % PROGRESS_EVENTS === 0) World.onProgress?.(this)
    }
    this.nowMs = endMs
    return isDone()
  }

  #happen(happening: Happening): void {
    switch (happening.kind) {
      case 'deliver':
        this.trace.add(this.nowMs, KINDS.deliver, happening.end.node.index, happening.bytes.length)
        return this.#deliver(happening.end, happening.channel, happening.bytes)
      case 'sync-wake':
        this.trace.add(this.nowMs, KINDS['sync-wake'], happening.node.index, 0)
        return happening.node.syncWoken(happening.atMs)
      case 'judge':
        this.trace.add(this.nowMs, KINDS.judge, happening.node.index, happening.ingest.from)
        if (happening.life === happening.node.life) happening.node.judge(happening.ingest)
        return
      case 'read':
        if (happening.life === happening.node.life) happening.node.read(happening.read)
        return
      default:
        this.trace.add(this.nowMs, KINDS.call, happening.node, 0)
        happening.run()
    }
  }

  areReachable(a: SimulatedNode, b: SimulatedNode): boolean {
    if (!a.isAlive || !b.isAlive) return false
    return this.sideOf === undefined || this.sideOf(a) === this.sideOf(b)
  }

  /** Sets up a connection that both agreed on. `done` hears whether there is one, at the time when that is known. */
  connect(from: SimulatedNode, to: SimulatedNode, done: (end: LinkEnd | undefined) => void): void {
    const [fromLife, toLife] = [from.life, to.life]
    const hasPath = !this.#hasNats || canConnect(from.site.nat, to.site.nat)
    const roundTrips = this.random.between(SET_UP_ROUND_TRIPS.min, SET_UP_ROUND_TRIPS.max)
    const setUpMs = roundTrips * 2 * oneWayMs(from.site, to.site)
    const isPossible = hasPath && this.areReachable(from, to)
    const finish = (): void => {
      const isStill = from.life === fromLife && to.life === toLife && this.areReachable(from, to)
      done(isPossible && isStill ? this.link(from, to) : undefined)
    }
    this.call(isPossible ? setUpMs : SET_UP_FAILED_MS, finish, from.index)
  }

  /** An open link, at once. The nodes are not told: whoever called knows what it is for. */
  link(from: SimulatedNode, to: SimulatedNode): LinkEnd {
    const isMap = this.#delays === 'map'
    const latencyMs = isMap ? oneWayMs(from.site, to.site) : this.random.between(UNIFORM_MS.min, UNIFORM_MS.max)
    const end = new LinkEnd(++this.#lastLink, from, true, latencyMs, this.nowMs)
    const other = new LinkEnd(++this.#lastLink, to, false, latencyMs, this.nowMs)
    end.other = other
    other.other = end
    return end
  }

  /** A goodbye: the other side hears of it. */
  closeLink(end: LinkEnd): void {
    if (!end.isOpen) return
    end.isOpen = false
    const { other } = end
    const hears = (): void => {
      if (!other.isOpen) return
      other.isOpen = false
      other.node.linkGone(other, false)
    }
    // What was said before the goodbye arrives before it.
    const sentMs = Math.max(this.nowMs + end.oneWayMs, end.arrivalMs.overlay, end.arrivalMs.control)
    if (this.areReachable(end.node, other.node)) this.call(sentMs - this.nowMs, hears, other.node.index)
    else this.#notice(other)
  }

  /** One side is gone without a word. */
  loseLink(end: LinkEnd): void {
    if (!end.isOpen) return
    end.isOpen = false
    this.#notice(end.other)
  }

  /** The links between two halves of the world carry nothing from now on. */
  cut(sideOf: (node: SimulatedNode) => number): void {
    this.sideOf = sideOf
    for (const node of this.nodes)
      for (const end of node.links.values()) if (sideOf(node) !== sideOf(end.other.node)) this.#notice(end)
  }

  #notice(end: LinkEnd): void {
    const { node } = end
    const isStillCut = (): boolean => end.isOpen && (!end.other.isOpen || !this.areReachable(node, end.other.node))
    this.call(ICE_DISCONNECTED_MS, () => isStillCut() && node.linkSilent(end), node.index)
    const fail = (): void => {
      if (!isStillCut()) return
      end.isOpen = false
      node.linkGone(end, true)
    }
    this.call(ICE_FAILED_MS, fail, node.index)
  }

  send(end: LinkEnd, channel: Channel, bytes: Uint8Array): void {
    if (!end.isOpen) return
    const { node, other } = end
    const sizeMs = (bytes.length + FRAME_BYTES) / node.site.upBytesPerMs
    let startMs = Math.max(this.nowMs, node.upFreeMs)
    if (channel === 'sync') {
      startMs = Math.max(startMs, node.upBulkFreeMs)
      node.upBulkFreeMs = startMs + sizeMs
    } else {
      const begunMs = Math.min(node.upBulkFreeMs - startMs, BEGUN_FRAME_BYTES / node.site.upBytesPerMs)
      startMs += Math.max(0, begunMs)
      node.upFreeMs = startMs + sizeMs
    }
    const departMs = startMs + sizeMs
    if (channel !== 'overlay') this.#fill(end, channel, departMs - this.nowMs)
    let atMs = departMs + end.oneWayMs + this.random.next() * JITTER_MS_MAX
    if (this.#lossShare > 0 && this.random.next() < this.#lossShare) atMs += RETRANSMIT_MS + 2 * end.oneWayMs
    atMs = Math.max(atMs, end.arrivalMs[channel])
    end.arrivalMs[channel] = atMs
    if (channel === 'overlay') this.measurements.traffic.overlay(bytes)
    else this.measurements.traffic.sync(bytes)
    this.#queue.push(atMs, { kind: 'deliver', end: other, channel, bytes })
  }

  #fill(end: LinkEnd, lane: 'sync' | 'control', waitMs: number): void {
    if (end.isFull[lane] || waitMs < LANE_FULL_MS[lane]) return
    end.isFull[lane] = true
    const drained = (): void => {
      if (end.heldBytes + end.other.heldBytes >= HELD_BYTES_FULL) return
      end.isFull[lane] = false
      if (end.isOpen) end.node.sync({ type: 'lane-drained', link: end.id, lane })
    }
    this.call(waitMs - LANE_DRAINED_MS, drained, end.node.index)
    // Asked for by the machine that is sending just now: it hears of it when this step is over.
    this.call(0, () => end.isOpen && end.node.sync({ type: 'lane-full', link: end.id, lane }), end.node.index)
  }

  #deliver(end: LinkEnd, channel: Channel, bytes: Uint8Array): void {
    const { node } = end
    if (!end.isOpen || !this.areReachable(end.other.node, node)) return
    if (node.isStuck) return this.#hold(end, channel, bytes)
    const isIdle = node.downFreeMs <= this.nowMs
    const freeMs = Math.max(this.nowMs, node.downFreeMs) + (bytes.length + FRAME_BYTES) / node.site.downBytesPerMs
    node.downFreeMs = freeMs
    // What waits is never overtaken, and what need not wait costs no event of its own.
    if (isIdle && freeMs - this.nowMs < 1) return node.receive(end, channel, bytes)
    this.call(freeMs - this.nowMs, () => end.isOpen && node.receive(end, channel, bytes), node.index)
  }

  #hold(end: LinkEnd, channel: Channel, bytes: Uint8Array): void {
    end.held.push({ channel, bytes })
    end.heldBytes += bytes.length
    if (end.heldBytes < HELD_BYTES_FULL) return
    for (const lane of ['control', 'sync'] as const) {
      if (end.other.isFull[lane]) continue
      end.other.isFull[lane] = true
      end.other.node.sync({ type: 'lane-full', link: end.other.id, lane })
    }
  }

  /** A node that was stuck reads on. */
  release(node: SimulatedNode): void {
    node.isStuck = false
    for (const end of node.links.values()) {
      const { held } = end
      end.held = []
      end.heldBytes = 0
      for (const { channel, bytes } of held) if (end.isOpen) node.receive(end, channel, bytes)
      for (const lane of ['control', 'sync'] as const) {
        if (!end.other.isFull[lane]) continue
        end.other.isFull[lane] = false
        if (end.other.isOpen) end.other.node.sync({ type: 'lane-drained', link: end.other.id, lane })
      }
    }
  }
}
