import { equalBytes } from '../base/bytes.ts'
import type { FeedId, PersonId } from '../base/ids.ts'
import { randomBytes } from '../crypto/random.ts'
import {
  AUDIT_ANSWER,
  decodeAnswer,
  encodeChallenge,
  entriesOf,
  FEEDS_ASKED_MAX,
  NONCE_BYTES,
  PROOF_ENTRIES_MAX,
  proofOf,
  type Answer,
  type ProofRange,
} from './audit-message.ts'
import { AuditRecord } from './audit-record.ts'
import type { ClaimedFeed } from '../sync/sync-event.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLink } from './room-links.ts'
import type { SuperPeerSummary } from './safety.ts'

/** How often it is looked whether there is something to ask. */
export const LOOK_MS = 10_000
/** Between two proofs of one super peer, give or take a half: a week of them covers what one machine would hide. */
export const PROOF_INTERVAL_MS = 10 * 60_000
/** Something was wrong: asked again after this, so that a verdict takes a minute or two and no longer. */
export const DOUBT_INTERVAL_MS = 30_000
/** Of the links that come up, one in so many is asked for a proof as soon as both sides have compared what they have. */
export const PROOF_ON_LINK_ONE_IN = 4
export const SETTLED_AFTER_MS = 10_000
/** Feeds of which something is missing here that are asked about at a time. */
const STATED_MAX = 64
/** An answer takes one read of the disk. */
const ANSWER_MS_MAX = 15_000
/** Ends of links that say that the other side promised what it did not keep. */
export const BROKEN_PROMISES: ReadonlySet<string> = new Set(['promised-more', 'withheld', 'forged-range'])

export interface AuditOptions {
  readonly onChange: () => void
  /** Feeds that are known to be longer than they are here. */
  readonly stated?: () => readonly FeedId[]
  /** Uniform in [0, 1). */
  readonly random?: () => number
}

interface Asked {
  readonly link: RoomLink
  readonly nonce: Uint8Array
  readonly feeds: readonly FeedId[]
  readonly range: ProofRange | undefined
  readonly expected: Uint8Array | undefined
  readonly atMs: number
}

/** Uniform in [0, 1), and not to be foreseen by those who are checked. */
const random = (): number => new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32

/**
 * Checks the super peers of a room: whether they have what they say to have, and whether they have what is here. Who
 * fails three times in a row is named, and the mesh does without it. The rules are SU22 to SU26 in the super peer's SPEC.md.
 */
export class Audits {
  readonly #core: RoomCore
  readonly #onChange: () => void
  readonly #random: () => number
  readonly #stated: () => readonly FeedId[]
  readonly #records = new Map<PersonId, AuditRecord>()
  readonly #asked = new Map<PersonId, Asked>()
  #cancelLook: (() => void) | undefined
  #isLooking = false
  #isClosed = false

  constructor(core: RoomCore, options: AuditOptions) {
    this.#core = core
    this.#stated = options.stated ?? (() => [])
    this.#onChange = options.onChange
    this.#random = options.random ?? random
    const { events } = core.links
    events.on('up', (link) => {
      this.#up(link)
    })
    events.on('down', (link) => {
      this.#down(link)
    })
    events.on('application', ({ link, bytes }) => {
      if (bytes[0] === AUDIT_ANSWER) this.#receive(link, bytes.subarray(1))
    })
    // Whoever is let in as a super peer may be linked to us already.
    core.events.on('changed', () => {
      for (const link of core.links.links) if (!this.#records.has(link.remote.person)) this.#up(link)
    })
    for (const link of core.links.links) this.#up(link)
  }

  /** Whether the person's word on what they have counts. */
  isTrusted(person: PersonId): boolean {
    return !this.#records.get(person)?.isCondemned
  }

  list(summaryOf: (person: PersonId) => PersonSummary): readonly SuperPeerSummary[] {
    const { state, links, me } = this.#core
    return (state?.members() ?? [])
      .filter(({ person }) => person !== me && this.#isSuperPeer(person))
      .map(({ person }) => {
        const isHere = links.links.some(({ remote }) => remote.person === person)
        return { person: summaryOf(person), isHere, ...AuditRecord.summary(this.#records.get(person), isHere) }
      })
  }

  close(): void {
    this.#isClosed = true
    this.#cancelLook?.()
  }

  #isSuperPeer(person: PersonId): boolean {
    return this.#core.state?.roleOf(person) === 'relay'
  }

  #up(link: RoomLink): void {
    const { person } = link.remote
    // Who can't read has no say about who is to be believed.
    if (this.#core.ring.isBlind || !this.#isSuperPeer(person)) return
    const nowMs = this.#core.environment.now()
    const isSoon = this.#random() * PROOF_ON_LINK_ONE_IN < 1
    const proofAtMs = nowMs + (isSoon ? SETTLED_AFTER_MS : this.#interval())
    const known = this.#records.get(person)
    if (known) known.linked(nowMs, proofAtMs)
    if (known?.isCondemned) this.#doubt(link, true)
    if (!known) this.#records.set(person, new AuditRecord(nowMs, proofAtMs))
    this.#onChange()
    this.#lookLater()
  }

  #down(link: RoomLink): void {
    const { person } = link.remote
    const record = this.#records.get(person)
    if (!record) return
    record.lastSeenAtMs = this.#core.environment.now()
    if (this.#asked.get(person)?.link === link) this.#asked.delete(person)
    if (BROKEN_PROMISES.has(link.link.closeReason ?? ''))
      this.#strike(person, 'promised', true, 'sends other entries than it promised')
    this.#onChange()
  }

  #interval(): number {
    return PROOF_INTERVAL_MS * (0.5 + this.#random())
  }

  #lookLater(): void {
    if (this.#isClosed) return
    this.#cancelLook ??= this.#core.environment.after(LOOK_MS, () => {
      this.#cancelLook = undefined
      void this.#look().then(() => {
        if (this.#links().length > 0) this.#lookLater()
      })
    })
  }

  /** One to each super peer. */
  #links(): readonly RoomLink[] {
    const links = new Map<PersonId, RoomLink>()
    for (const link of this.#core.links.links)
      if (this.#records.has(link.remote.person) && this.#isSuperPeer(link.remote.person))
        links.set(link.remote.person, link)
    return [...links.values()]
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    for (const link of this.#links()) {
      const record = this.#records.get(link.remote.person)
      if (record && !this.#isAwaited(link)) await this.#ask(link, record)
    }
    this.#isLooking = false
  }

  /** Whether an answer may still come. One that is overdue counts, unless this page slept meanwhile. */
  #isAwaited({ remote: { person } }: RoomLink): boolean {
    const asked = this.#asked.get(person)
    if (!asked) return false
    const waitedMs = this.#core.environment.now() - asked.atMs
    if (waitedMs < ANSWER_MS_MAX) return true
    this.#asked.delete(person)
    if (waitedMs < ANSWER_MS_MAX + 2 * LOOK_MS) this.#strike(person, 'answer', false, 'does not answer')
    return false
  }

  async #ask(link: RoomLink, record: AuditRecord): Promise<void> {
    const { links, environment } = this.#core
    const nowMs = environment.now()
    const unclaimed = record.unanswered(links.claims?.unclaimed(link.id) ?? [])
    const stated = this.#stated().filter((feed) => links.claims?.isOpen(feed) === true)
    const unserved = [...(links.claims?.unserved(link.id) ?? []), ...this.#offeredBy(link, record)]
    if (unclaimed.length === 0) record.compared(0)
    const { isNews, verdict } = record.promised(unserved, nowMs, (feed) => this.#lengthOf(feed))
    if (verdict !== undefined) this.#strike(link.remote.person, 'promised', true, verdict)
    else if (isNews) this.#forgive(link.remote.person, 'promised')
    const isCompareDue = unclaimed.length + stated.length > 0 && nowMs >= record.compareAtMs
    const isProofDue = nowMs >= record.proofAtMs
    this.#onChange()
    if (!isCompareDue && !isProofDue) return
    record.compareAtMs = nowMs + DOUBT_INTERVAL_MS
    record.proofAtMs = isProofDue ? nowMs + this.#interval() : record.proofAtMs
    const range = isProofDue ? this.#chooseRange(link, record) : undefined
    const nonce = randomBytes(NONCE_BYTES)
    const different = isCompareDue ? [...stated.slice(0, STATED_MAX), ...unclaimed.map(({ feed }) => feed)] : []
    const feeds = [...new Set(different)].slice(0, FEEDS_ASKED_MAX)
    const expected = range && (await this.#expect(link, nonce, range))
    if (this.#isClosed || !links.links.includes(link) || (feeds.length === 0 && !expected)) return
    const asked = { link, nonce, feeds, range: expected && range, expected, atMs: environment.now() }
    this.#asked.set(link.remote.person, asked)
    links.tell({ type: 'application', link: link.id, bytes: encodeChallenge(asked) })
  }

  /** What it has said to have when it was asked, and has not given: neither when it was to, nor by itself. */
  #offeredBy({ id }: RoomLink, record: AuditRecord): readonly ClaimedFeed[] {
    const { claims } = this.#core.links
    return record.offered
      .map(({ feed, claimed }) => ({ feed, claimed, length: this.#lengthOf(feed) }))
      .filter(({ feed, claimed, length }) => claimed > length && claims?.isOpen(feed) === true)
      .filter(({ feed }) => claims?.isUnasked(id, feed) === false)
  }

  /** Of the feed that it failed to prove before, or of any that it says to have. */
  #chooseRange({ id }: RoomLink, record: AuditRecord): ProofRange | undefined {
    const { links, documents } = this.#core
    const held = [...documents.values()].flatMap(({ heads }) =>
      [...heads].map(([feed, { length }]) => ({
        feed,
        length: Math.min(length, links.claims?.claimOf(id, feed) ?? 0),
      })),
    )
    const claimed = held.filter(({ length }) => length > 0)
    const chosen =
      claimed.find(({ feed }) => feed === record.doubtedFeed) ?? claimed[Math.floor(this.#random() * claimed.length)]
    if (!chosen) return undefined
    const from = Math.floor(this.#random() * chosen.length)
    return { feed: chosen.feed, from, to: Math.min(chosen.length, from + PROOF_ENTRIES_MAX) }
  }

  async #expect({ remote }: RoomLink, nonce: Uint8Array, range: ProofRange): Promise<Uint8Array | undefined> {
    const core = this.#core
    const read = core.read.bind(core)
    const entries = await entriesOf(range, read).catch(() => undefined)
    const terms = { room: core.id, answerer: remote.session, asker: core.session.id, nonce, range }
    return entries && proofOf(terms, entries)
  }

  #receive(link: RoomLink, bytes: Uint8Array): void {
    const { person } = link.remote
    const asked = this.#asked.get(person)
    const answer = decodeAnswer(bytes)
    if (!answer.ok) return link.link.close('audit-malformed')
    if (asked?.link !== link || !equalBytes(asked.nonce, answer.value.nonce)) return
    this.#asked.delete(person)
    if (answer.value.held.length !== asked.feeds.length) return link.link.close('audit-malformed')
    this.#forgive(person, 'answer')
    this.#judgeLengths(person, asked, answer.value)
    this.#judgeProof(person, asked, answer.value)
    this.#onChange()
  }

  #judgeLengths(person: PersonId, { feeds }: Asked, { held }: Answer): void {
    const record = this.#records.get(person)
    if (!record || feeds.length === 0) return
    const compared = feeds.map((feed, i) => ({
      feed,
      ours: this.#lengthOf(feed),
      theirs: held[i]?.length ?? 0,
      isFull: held[i]?.isFull ?? false,
    }))
    const verdict = record.judgeLengths(compared, this.#core.environment.now())
    if (verdict === undefined) this.#forgive(person, 'lengths')
    else if (verdict !== '') this.#strike(person, 'lengths', false, verdict)
  }

  #judgeProof(person: PersonId, { range, expected }: Asked, { proof }: Answer): void {
    const record = this.#records.get(person)
    if (!record || !range || !expected) return
    if (proof && equalBytes(proof, expected)) {
      record.doubtedFeed = undefined
      return this.#forgive(person, 'proof')
    }
    record.doubtedFeed = range.feed
    if (proof) this.#strike(person, 'proof', true, 'has other entries than it says')
    else this.#strike(person, 'proof', false, 'does not have entries that it says it has')
  }

  #lengthOf(feed: FeedId): number {
    const { log, documents } = this.#core
    const record = this.#core.recordOf(feed)
    return (record ? documents.get(record.document)?.heads.get(feed) : log?.heads.get(feed))?.length ?? 0
  }

  #strike(person: PersonId, check: string, isLie: boolean, reason: string): void {
    const record = this.#records.get(person)
    if (!record) return
    const nowMs = this.#core.environment.now()
    record.strike(check, { isLie, reason })
    record.proofAtMs = Math.min(record.proofAtMs, nowMs + DOUBT_INTERVAL_MS)
    this.#heedVerdict(person, record)
  }

  #forgive(person: PersonId, check: string): void {
    const record = this.#records.get(person)
    if (record?.forgive(check) === true) this.#heedVerdict(person, record)
  }

  #heedVerdict(person: PersonId, { isCondemned }: AuditRecord): void {
    const { links } = this.#core
    links.inMesh.setShunned(person, isCondemned)
    for (const link of links.links) if (link.remote.person === person) this.#doubt(link, isCondemned)
    this.#onChange()
  }

  #doubt({ id }: RoomLink, isDoubted: boolean): void {
    this.#core.links.tell({ type: 'link-doubt', link: id, isDoubted })
  }
}
