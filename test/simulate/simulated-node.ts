/**
 * One session of the mesh: the real machines, and in place of storage, keys and WebRTC the least that they need. It
 * carries effects out and gives events in, as the page does.
 */
import { idFromBytes, type PersonId, type SessionId } from '../../src/base/ids.ts'
import type { LinkId, SyncEffect, SyncEvent } from '../../src/sync/sync-event.ts'
import type { SyncMachine } from '../../src/sync/sync-machine.ts'
import type { Auditor } from './auditor.ts'
import type { Behaviour } from './behaviour.ts'
import { composeSync } from './compose.ts'
import { FeedShelf } from './feed-shelf.ts'
import type { WrittenFeed } from './ledger.ts'
import type { Channel, LinkEnd } from './link-end.ts'
import type { Membership } from './membership.ts'
import type { Traffic } from './measurements.ts'
import { SeededRandom } from './seeded-random.ts'
import type { Site } from './terrain.ts'
import type { World } from './world.ts'

type Ingest = Extract<SyncEffect, { type: 'ingest' }>
type Read = Extract<SyncEffect, { type: 'read' }>

/** What Chromium leaves a page that was hidden for five minutes: timers once a minute. */
const HIDDEN_TIMER_MS = 60_000
/** No browser's timer is sooner. */
const TIMER_MS_MIN = 1
/** Room for the numbers of one feed in the number that names an entry of the world. */
const FEED_KEY = 2 ** 24

export class SimulatedNode {
  readonly world: World
  readonly index: number
  readonly site: Site
  readonly session: SessionId
  readonly random: SeededRandom
  person: PersonId
  branch: PersonId | undefined
  readonly links = new Map<LinkId, LinkEnd>()
  readonly shelf = new FeedShelf()
  readonly ownFeeds: WrittenFeed[] = []
  /** Links that the machines ended for what the other side did, and who that was. */
  readonly accusations: { readonly reason: string; readonly of: SimulatedNode }[] = []
  behaviour: Behaviour | undefined
  membership: Membership | undefined
  /** Checks super peers, where a scenario is about that. */
  auditor: Auditor | undefined
  /** Those whose links count for none in its overlay. */
  readonly #shunned = new Set<SimulatedNode>()
  machine: SyncMachine
  isAlive = true
  isStuck = false
  isHidden = false
  /** Counts the times that it was started, so that what belongs to an earlier one finds nobody. */
  life = 1
  upFreeMs = 0
  upBulkFreeMs = 0
  downFreeMs = 0
  #wakeAtMs = Number.POSITIVE_INFINITY
  degreeMax = 0
  /** What it sends, counted where a scenario asks for it. */
  sent: Traffic | undefined

  constructor(world: World, index: number, site: Site) {
    this.world = world
    this.index = index
    this.site = site
    this.random = world.random.fork()
    this.session = idFromBytes(this.random.bytes(32))
    this.person = idFromBytes(this.random.bytes(32))
    this.machine = composeSync()
  }

  get isHonest(): boolean {
    return this.behaviour === undefined
  }

  /** The open link to another node, as far as this one knows. */
  linkTo(other: SimulatedNode): LinkEnd | undefined {
    for (const end of this.links.values()) if (end.other.node === other) return end
    return undefined
  }

  sync(event: SyncEvent): void {
    if (!this.isAlive) return
    for (const effect of this.machine.step(event, this.world.nowMs)) this.#carryOut(effect)
  }

  syncWoken(atMs: number): void {
    if (atMs !== this.#wakeAtMs) return
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    this.sync({ type: 'tick' })
  }

  /** When a timer that was set for then really runs. */
  timerMs(atMs: number): number {
    const soonestMs = Math.max(atMs, this.world.nowMs + TIMER_MS_MIN)
    return this.isHidden ? Math.ceil(soonestMs / HIDDEN_TIMER_MS) * HIDDEN_TIMER_MS : soonestMs
  }

  /** A feed that the access log names: from now on its entries are welcome. */
  register(feed: WrittenFeed): void {
    const head = this.world.ledger.headOf(feed, this.shelf.lengthOf(feed))
    this.sync({ type: 'feed', feed: feed.id, kind: 'document', head, author: String(feed.author) })
  }

  write(feed: WrittenFeed, sizeBytes: number, isMeasured = true): void {
    if (!this.isAlive) return
    const { signed, head } = this.world.ledger.write(feed, sizeBytes, this.world.nowMs, isMeasured)
    this.shelf.append(feed, 1, 0)
    this.sync({ type: 'appended', feed: feed.id, head, entries: [signed], from: undefined })
  }

  linkUp(end: LinkEnd): void {
    this.links.set(end.id, end)
    this.degreeMax = Math.max(this.degreeMax, this.links.size)
    this.auditor?.linkUp(end)
    if (!this.#shunned.has(end.other.node)) this.membership?.linkUp(end)
    if (!end.isOpen) return
    this.sync({ type: 'link-up', link: end.id, session: end.other.node.session, mayRead: true })
    if (this.#shunned.has(end.other.node)) this.sync({ type: 'link-doubt', link: end.id, isDoubted: true })
    this.behaviour?.linkUp?.(end)
  }

  linkGone(end: LinkEnd, wasDead: boolean): void {
    if (!this.links.delete(end.id)) return
    this.sync({ type: 'link-down', link: end.id })
    if (!this.#shunned.has(end.other.node)) this.membership?.linkDown(end, wasDead)
  }

  /** Its links stay and count for none, as in the page. */
  setShunned(other: SimulatedNode, isShunned: boolean): void {
    if (isShunned === this.#shunned.has(other)) return
    if (isShunned) this.#shunned.add(other)
    else this.#shunned.delete(other)
    const end = this.linkTo(other)
    if (!end) return
    if (isShunned) this.membership?.linkDown(end, false)
    else this.membership?.linkUp(end)
    this.sync({ type: 'link-doubt', link: end.id, isDoubted: isShunned })
  }

  linkSilent(end: LinkEnd): void {
    this.membership?.linkSilent(end)
  }

  /** Ends a link from here, with a goodbye. */
  close(end: LinkEnd, wasDead = false): void {
    this.world.closeLink(end)
    this.linkGone(end, wasDead)
  }

  send(end: LinkEnd, channel: Channel, bytes: Uint8Array): void {
    const instead = this.behaviour?.sends?.(end, channel, bytes)
    if (channel === 'overlay') this.sent?.overlay(bytes)
    else this.sent?.sync(bytes)
    if (!instead) return this.world.send(end, channel, bytes)
    for (const each of instead) this.world.send(end, channel, each)
  }

  receive(end: LinkEnd, channel: Channel, bytes: Uint8Array): void {
    if (this.behaviour?.hears?.(end, channel, bytes) === false) return
    if (channel !== 'overlay') this.sync({ type: 'message', link: end.id, bytes })
    else if (!this.#shunned.has(end.other.node)) this.membership?.message(end, bytes)
  }

  /** Gone without a word: power, a closed laptop, a killed page. */
  crash(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.life++
    for (const end of this.links.values()) this.world.loseLink(end)
    this.links.clear()
    this.membership?.crash()
  }

  /** Says goodbye on every link. */
  leave(): void {
    this.membership?.step({ type: 'leave' })
    for (const end of this.links.values()) this.close(end)
    this.crash()
  }

  /** The same session with what it had stored. */
  restart(members: number): void {
    this.isAlive = true
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    this.machine = composeSync(this.membership?.mode)
    for (const feed of this.world.ledger.feeds) this.register(feed)
    this.membership?.restart(members)
  }

  judge({ link, feed: id, from, entries }: Ingest): void {
    const { world, shelf } = this
    const feed = world.ledger.get(id)
    if (!feed) return this.sync({ type: 'refused', feed: id, reason: 'nobody may write it' })
    if (from !== shelf.lengthOf(feed)) throw new Error('an ingest does not follow what is stored')
    if (!world.ledger.isGenuine(feed, from, entries)) return this.sync({ type: 'forged', feed: id })
    const sender = this.links.get(link)?.other.node
    const hop = (sender?.shelf.hopOf(feed, from) ?? 0) + 1
    shelf.append(feed, entries.length, hop)
    this.#measure(feed, from, entries.length, hop)
    const kept = entries.map((_, i) => shelf.entry(feed, from + i))
    const head = world.ledger.headOf(feed, from + entries.length)
    this.sync({ type: 'appended', feed: id, head, entries: kept, from: link })
  }

  read({ request, feed: id, from, bytesMax }: Read): void {
    const feed = this.world.ledger.get(id)
    const entries = feed ? this.shelf.read(feed, from, bytesMax) : []
    const hashBefore = feed && this.world.ledger.headOf(feed, from).hash
    this.sync({ type: 'read-done', request, entries, hashBefore })
  }

  #measure(feed: WrittenFeed, from: number, count: number, hop: number): void {
    const { measurements, nowMs } = this.world
    for (let seq = from; seq < from + count; seq++) {
      const written = feed.entries[seq]
      if (written?.isMeasured !== true || !this.isHonest) continue
      measurements.deliveries++
      measurements.delivered(nowMs - written.writtenAtMs, hop, feed.index * FEED_KEY + seq)
    }
  }

  #carryOut(effect: SyncEffect): void {
    switch (effect.type) {
      case 'send': {
        const end = this.links.get(effect.link)
        return end && this.send(end, effect.lane, effect.bytes)
      }
      case 'ingest':
        return this.world.judgeLater(this, effect)
      case 'read':
        return this.world.readLater(this, effect)
      case 'close': {
        const end = this.links.get(effect.link)
        if (!end) return
        const reason = [effect.reason, effect.detail ?? []].flat().join(': ')
        if (effect.reason !== 'silent') this.accusations.push({ reason, of: end.other.node })
        this.auditor?.linkEnded(end, effect.reason)
        return this.close(end, effect.reason === 'silent')
      }
      case 'wake':
        this.#wakeAtMs = this.timerMs(effect.atMs)
        return this.world.wakeSync(this, this.#wakeAtMs)
      case 'evidence':
        return this.sync({ type: 'evidence', bytes: effect.bytes, from: effect.link })
      case 'heads':
        return this.sync({ ...effect, from: effect.link })
      case 'round-trip': {
        const end = this.links.get(effect.link)
        return end && this.membership?.roundTrip(end, effect.roundTripMs)
      }
      default:
    }
  }
}
