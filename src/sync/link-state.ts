import { toBase64url } from '../base/bytes.ts'
import { idToBytes, type DeviceId, type FeedId, type SessionId } from '../base/ids.ts'
import { Allowance } from './allowance.ts'
import { isInScope, type LocalFeed } from './feed-index.ts'
import { bytesOf, type Chunk } from './inbox.ts'
import {
  COMPARE_PAUSE_FIRST_MS,
  COMPARES_BURST,
  COMPARES_PER_SECOND,
  EARLY_PUSHES_BYTES_MAX,
  EARLY_PUSHES_MAX,
  FEEDS_PER_LINK_MAX,
  NOTICES_BURST,
  NOTICES_PER_SECOND,
  ROUND_TRIP_ASSUMED_MS,
} from './limits.ts'
import { SkippedFeeds } from './skipped-feeds.ts'
import { SHORT_SESSION_BYTES, type FeedReference, type Scope } from './sync-message.ts'
import type { FeedKind, LinkId } from './sync-event.ts'

/** What two peers know of each other's part of one feed. Lengths only grow, except what the other side says of itself. */
export interface LinkFeed {
  readonly id: FeedId
  readonly kind: FeedKind
  /** The other side said, or showed, that it has this many entries. */
  claimed: number
  /** Its hash at `claimed`, when it said so. */
  claimedHashPrefix: Uint8Array | undefined
  /** What it should have: claimed, sent by us, or sent by a neighbour of both. */
  has: number
  /** What it should know of us. */
  told: number
  /** What it was told in so many words that is here of its own feed. */
  acknowledged: number
  /** It would or could not serve it; forgotten when it says something new. */
  avoidUntilMs: number
  /** It has another history; its pushes can't continue ours. */
  isDiverged: boolean
  /** Signed branches are exchanged once. */
  hasSentBranch: boolean
  hasReceivedBranch: boolean
  /** Its number among the feeds that we named, and among those that the other side did. */
  outIndex: number | undefined
  inIndex: number | undefined
  /** After the last push in each direction. */
  pushedOut: number | undefined
  pushedIn: number | undefined
}

/** A want of ours that the other side has not finished answering. */
export interface Want {
  readonly number: number
  readonly feed: FeedId
  readonly claimed: number
  next: number
  creditBytes: number
  /** Bytes that are durable here and not yet granted again. */
  spentBytes: number
  isCancelled: boolean
  /** For what we had only news of. */
  readonly isGraft: boolean
  /** And not of more than somebody writes at a time, which is a past to catch up with, heard of late. */
  readonly isNews: boolean
  /** The other side has been found at fault for not answering. */
  isOverdue: boolean
  progressAtMs: number
}

/** A want of the other side that we are answering. */
export interface Serve {
  readonly number: number
  readonly feed: FeedId
  readonly hashPrefix: Uint8Array
  /** Where it ends, if before our head. */
  readonly to: number
  /** What the other side should have had before it asked; it has that beyond `to` again afterwards. */
  readonly hadBefore: number
  position: number
  isChecked: boolean
  creditBytes: number
  isReading: boolean
}

export const shortSessionOf = (session: SessionId): string =>
  toBase64url(idToBytes(session).subarray(0, SHORT_SESSION_BYTES))

/** One link: the two feed tables, what is asked and served, and whether the other side keeps up. */
export class LinkState {
  readonly id: LinkId
  readonly shortSession: string
  readonly device: DeviceId | undefined
  mayRead: boolean
  /** What it says to have is not counted as missing here. */
  isDoubted = false
  readonly #feeds = new Map<FeedId, LinkFeed>()
  readonly #inTable: FeedId[] = []
  readonly #outTable: FeedId[] = []

  readonly wants = new Map<number, Want>()
  #lastWant = 0
  readonly serves = new Map<number, Serve>()
  lastServe = 0
  /** Reads under way for this link, those of wants cancelled meanwhile included. */
  reads = 0

  /** Pushes for documents that are not registered yet. */
  readonly #early: { readonly feed: FeedId; readonly chunk: Chunk }[] = []
  #earlyBytes = 0

  /** Feeds whose head it has not been told. */
  readonly dirty = new Set<FeedId>()
  /** Of these, the ones to be told singly whatever their number. */
  readonly toTell = new Set<FeedId>()
  /** When heads are told that nobody waits for. */
  tellAtMs: number | undefined
  /** Feeds that it gets news of, without their entries, at `haveAtMs`. */
  readonly toHave = new Set<FeedId>()
  /** Its own feeds, of which it is to be told how much is here. */
  readonly toAcknowledge = new Set<FeedId>()
  haveAtMs: number | undefined
  lastHaveAtMs = Number.NEGATIVE_INFINITY
  /** What it takes nothing of. */
  readonly skipped = new SkippedFeeds()
  /** What it was told that we skip, with the length that it was told; and what it is to be told of that, when. */
  readonly toldSkips = new Map<FeedId, number>()
  readonly toTellSkips = new Set<FeedId>()
  skipsAtMs: number | undefined
  readonly notices: Allowance
  neighbours: ReadonlySet<string> = new Set()
  toldNeighbours = ''
  isControlFull = false
  isSyncFull = false

  /** The newest head vector of each session that the other side has, by its counter; sessions by their short names. */
  readonly statements = new Map<string, number>()
  /** Those that it brought and that were news then. */
  readonly offeredStatements = new Map<string, number>()
  /** Those that it asked for and is yet to be given, the next part of them at `giveAtMs`. */
  readonly toGive = new Set<string>()
  giveAtMs = 0
  /** When it last brought one that it was asked for. */
  broughtAtMs = Number.NEGATIVE_INFINITY
  /** Earliest time at which it may be given anew what it was given before. */
  giveAgainAtMs = Number.NEGATIVE_INFINITY
  /** When it is told which we have, and how often it was. */
  statedAtMs = Number.POSITIVE_INFINITY
  timesStated = 0

  badPushes = 0
  roundTripMs = ROUND_TRIP_ASSUMED_MS
  readonly upAtMs: number
  heardAtMs: number
  pingAtMs: number
  pingSentAtMs: number | undefined
  mismatches = 0
  unsettledPings = 0
  comparePauseMs = COMPARE_PAUSE_FIRST_MS
  compareAtMs = 0
  /** It has told us its state, or the first differences, so what it has is more or less what we have. */
  isMet = false
  /** When we start a comparison that the other side was to start. */
  compareDueMs: number | undefined
  readonly compares: Allowance
  /** The index's version at which both sides last had the same. */
  agreedVersion = 0

  constructor(id: LinkId, session: SessionId, mayRead: boolean, nowMs: number, device?: DeviceId) {
    this.id = id
    this.device = device
    this.shortSession = shortSessionOf(session)
    this.mayRead = mayRead
    this.upAtMs = nowMs
    this.heardAtMs = nowMs
    this.pingAtMs = nowMs
    this.notices = new Allowance({ burst: NOTICES_BURST, perSecond: NOTICES_PER_SECOND }, nowMs)
    this.compares = new Allowance({ burst: COMPARES_BURST, perSecond: COMPARES_PER_SECOND }, nowMs)
  }

  get scope(): Scope {
    return this.mayRead ? 'all' : 'logs'
  }
  sees(feed: LocalFeed): boolean {
    return isInScope(feed, this.scope)
  }
  /** Is it told and pushed what is new of the feed? */
  hears(feed: LocalFeed): boolean {
    return feed.use === 'full' && this.sees(feed) && !this.skips(feed)
  }
  skips({ id, kind }: LocalFeed): boolean {
    return kind === 'document' && this.skipped.has(id)
  }
  /** Whether it had all of what is shown of a feed, which last changed at that version of the index. */
  hasAgreed(feed: LocalFeed, version: number = feed.shownVersion): boolean {
    return this.agreedVersion >= version && feed.use === 'full' && !this.skips(feed)
  }
  /** Or not. What was agreed on was another set of feeds. */
  allowReading(mayRead: boolean): void {
    this.mayRead = mayRead
    this.agreedVersion = 0
  }

  setFull(lane: 'control' | 'sync', isFull: boolean): void {
    if (lane === 'control') this.isControlFull = isFull
    else this.isSyncFull = isFull
  }

  /** It takes no more of a feed than it has. */
  heedLength(record: LinkFeed, length: number): void {
    record.claimed = length
    record.claimedHashPrefix = undefined
    record.has = length
    record.told = 0
    record.avoidUntilMs = 0
  }

  get(feed: FeedId): LinkFeed | undefined {
    return this.#feeds.get(feed)
  }
  feeds(): Iterable<LinkFeed> {
    return this.#feeds.values()
  }
  isServing(feed: FeedId): boolean {
    for (const serve of this.serves.values()) if (serve.feed === feed) return true
    return false
  }
  nextWant(): number {
    return ++this.#lastWant
  }

  /** Keeps a push for a document that is not registered yet; false when there is no room. */
  keepEarly(feed: FeedId, chunk: Chunk): boolean {
    const bytes = bytesOf(chunk.entries)
    if (this.#early.length >= EARLY_PUSHES_MAX || this.#earlyBytes + bytes > EARLY_PUSHES_BYTES_MAX) return false
    this.#early.push({ feed, chunk })
    this.#earlyBytes += bytes
    return true
  }
  takeEarly(feed: FeedId): Chunk[] {
    const taken = this.#early.filter((early) => early.feed === feed).map(({ chunk }) => chunk)
    if (taken.length === 0) return taken
    const kept = this.#early.filter((early) => early.feed !== feed)
    this.#early.splice(0, this.#early.length, ...kept)
    for (const { entries } of taken) this.#earlyBytes -= bytesOf(entries)
    return taken
  }

  /** Undefined when the table is full. */
  open(feed: FeedId, kind: FeedKind): LinkFeed | undefined {
    const known = this.#feeds.get(feed)
    if (known) return known
    if (this.#feeds.size >= FEEDS_PER_LINK_MAX) return undefined
    const record: LinkFeed = {
      id: feed,
      kind,
      claimed: 0,
      claimedHashPrefix: undefined,
      has: 0,
      told: 0,
      acknowledged: 0,
      avoidUntilMs: 0,
      isDiverged: false,
      hasSentBranch: false,
      hasReceivedBranch: false,
      outIndex: undefined,
      inIndex: undefined,
      pushedOut: undefined,
      pushedIn: undefined,
    }
    this.#feeds.set(feed, record)
    return record
  }

  /** How to name a feed to the other side; the first time gives it its number. */
  refer(record: LinkFeed): FeedReference {
    if (record.outIndex !== undefined) return { isNew: false, index: record.outIndex }
    if (record.inIndex !== undefined) return { isNew: false, index: record.inIndex, isYours: true }
    record.outIndex = this.#outTable.length
    this.#outTable.push(record.id)
    return { isNew: true, kind: record.kind, feed: record.id }
  }

  /** The feed that the other side means. */
  resolve(reference: FeedReference): LinkFeed | 'unknown-feed' | 'too-many-feeds' {
    if (!reference.isNew) {
      const feed = (reference.isYours ? this.#outTable : this.#inTable)[reference.index]
      return (feed === undefined ? undefined : this.#feeds.get(feed)) ?? 'unknown-feed'
    }
    if (this.#inTable.length >= FEEDS_PER_LINK_MAX) return 'too-many-feeds'
    const record = this.open(reference.feed, reference.kind)
    if (!record) return 'too-many-feeds'
    record.inIndex ??= this.#inTable.length
    this.#inTable.push(reference.feed)
    return record
  }
}
