import type { FeedId } from '../base/ids.ts'
import type { ClaimedFeed } from '../sync/sync-event.ts'
import type { SuperPeerState, SuperPeerSummary } from './safety.ts'

/** Failures of one check in a row after which a super peer is named. */
const STRIKES_MAX = 3
/** What is promised may take so long to come before it counts as held back. */
const PROMISE_MS = 30_000
/** While others move, a feed may wait its turn. So long that an old room comes through a slow link a few feeds at a time. */
const TURN_MS_MAX = 30 * 60_000

/** How far a feed was, and since when. */
interface Standing {
  readonly length: number
  readonly sinceMs: number
}

/** Where the feeds are now; one that has moved stands there since now. */
const standingOf = (
  lengths: readonly (readonly [FeedId, number])[],
  former: ReadonlyMap<FeedId, Standing>,
  nowMs: number,
): Map<FeedId, Standing> =>
  new Map(
    lengths.map(([feed, length]) => {
      const before = former.get(feed)
      return [feed, before?.length === length ? before : { length, sinceMs: nowMs }]
    }),
  )

interface Strikes {
  readonly count: number
  readonly isLie: boolean
  readonly reason: string
}

/** How much of a feed we have, and how much a super peer says to have. */
export interface ComparedFeed {
  readonly feed: FeedId
  readonly ours: number
  readonly theirs: number
  readonly isFull: boolean
}

/** What is known of one super peer, from what was asked and what it answered. */
export class AuditRecord {
  lastSeenAtMs: number
  proofAtMs: number
  compareAtMs: number
  /** It failed to prove that it has it. */
  doubtedFeed: FeedId | undefined
  readonly #strikes = new Map<string, Strikes>()
  /** The least of each lacking feed that it said to have, at its last answer. */
  #lacking = new Map<FeedId, Standing>()
  /** What it said to have when it was asked. */
  readonly #answered = new Map<FeedId, number>()
  #linkedAtMs: number
  #unserved: { readonly atMs: number; readonly feeds: ReadonlyMap<FeedId, Standing> } | undefined
  #entriesLacking = 0
  #isFull = false
  #isCompared = false

  constructor(nowMs: number, proofAtMs: number) {
    this.lastSeenAtMs = nowMs
    this.#linkedAtMs = nowMs
    this.compareAtMs = nowMs
    this.proofAtMs = proofAtMs
  }

  /** What is shown of a super peer of which perhaps nothing is known yet. */
  static summary(
    record: AuditRecord | undefined,
    isHere: boolean,
  ): Pick<SuperPeerSummary, 'state' | 'reason' | 'entriesLacking' | 'lastSeenAtMs'> {
    if (!record) return { state: 'unknown', reason: '', entriesLacking: 0 }
    const { lastSeenAtMs } = record
    return { ...record.#verdict(isHere), entriesLacking: record.#entriesLacking, lastSeenAtMs }
  }

  get isCondemned(): boolean {
    return [...this.#strikes.values()].some(({ count }) => count >= STRIKES_MAX)
  }

  /** A link came up. */
  linked(nowMs: number, proofAtMs: number): void {
    this.lastSeenAtMs = nowMs
    this.#linkedAtMs = nowMs
    this.compareAtMs = nowMs
    this.#answered.clear()
    for (const [feed, { length }] of this.#lacking) this.#lacking.set(feed, { length, sinceMs: nowMs })
    this.#unserved = undefined
    if (!this.isCondemned) this.proofAtMs = Math.min(this.proofAtMs, proofAtMs)
  }

  get offered(): readonly { readonly feed: FeedId; readonly claimed: number }[] {
    return [...this.#answered].map(([feed, claimed]) => ({ feed, claimed }))
  }

  /** Of the feeds that it has not claimed by itself, those that it has not said to have either. */
  unanswered(unclaimed: readonly ClaimedFeed[]): readonly ClaimedFeed[] {
    return unclaimed.filter(({ feed, length }) => (this.#answered.get(feed) ?? 0) < length)
  }

  compared(entriesLacking: number): void {
    this.#isCompared = true
    this.#entriesLacking = entriesLacking
    if (entriesLacking > 0) return
    this.#isFull = false
    this.#lacking.clear()
    this.forgive('lengths')
  }

  /**
   * Undefined: it is catching up. A sentence: none of what it lacked has moved, or one feed not for long, or it has lost
   * something. Empty: it is too early to say.
   */
  judgeLengths(compared: readonly ComparedFeed[], nowMs: number): string | undefined {
    for (const { feed, theirs } of compared) this.#answered.set(feed, theirs)
    const feeds = compared.filter(({ ours, theirs }) => theirs < ours)
    this.compared(feeds.reduce((sum, { ours, theirs }) => sum + ours - theirs, 0))
    const open = feeds.filter(({ isFull }) => !isFull)
    this.#isFull = open.length < feeds.length && open.length === 0
    const former = this.#lacking
    this.#lacking = standingOf(
      feeds.map(({ feed, theirs }) => [feed, theirs]),
      former,
      nowMs,
    )
    const isMoving = [...former].some(([feed, { length }]) => (this.#lacking.get(feed)?.length ?? Infinity) > length)
    const stuck = open.filter(({ feed, theirs }) => {
      const before = former.get(feed)
      if (!before || theirs > before.length) return false
      return theirs < before.length || !isMoving || nowMs - before.sinceMs >= TURN_MS_MAX
    })
    if (stuck.length === 0) return open.some(({ feed }) => former.has(feed)) || open.length === 0 ? undefined : ''
    const count = stuck.reduce((sum, { ours, theirs }) => sum + ours - theirs, 0)
    return `does not take in ${count === 1 ? 'one entry' : `${count} entries`} that others have`
  }

  /**
   * Judges what it says to have and has not given. Nothing, while there was time enough only for a part of it. `lengthOf`:
   * how much of a feed is here.
   */
  promised(
    unserved: readonly ClaimedFeed[],
    nowMs: number,
    lengthOf: (feed: FeedId) => number,
  ): { readonly isNews: boolean; readonly verdict?: string } {
    const former = this.#unserved
    const lengths = unserved.map(({ feed, length }) => [feed, length] as const)
    const feeds = standingOf(lengths, former?.feeds ?? new Map(), nowMs)
    if (!former || unserved.length === 0) {
      this.#unserved = unserved.length === 0 ? undefined : { atMs: nowMs, feeds }
      // A link that has just come up has promised nothing yet.
      return { isNews: unserved.length === 0 && nowMs - this.#linkedAtMs >= PROMISE_MS }
    }
    if (nowMs - former.atMs < PROMISE_MS) return { isNews: false }
    const isMoving = [...former.feeds].some(([feed, { length }]) => lengthOf(feed) > length)
    const stuck = unserved.filter(({ feed, length }) => {
      const before = former.feeds.get(feed)
      return before?.length === length && (!isMoving || nowMs - before.sinceMs >= TURN_MS_MAX)
    })
    this.#unserved = { atMs: nowMs, feeds }
    if (stuck.length === 0) return { isNews: true }
    const count = stuck.reduce((sum, { length, claimed }) => sum + claimed - length, 0)
    const entries = count === 1 ? 'one entry' : `${count} entries`
    return { isNews: false, verdict: `says that it has ${entries} and does not give ${count === 1 ? 'it' : 'them'}` }
  }

  strike(check: string, { isLie, reason }: { readonly isLie: boolean; readonly reason: string }): void {
    const former = this.#strikes.get(check)
    this.#strikes.set(check, { count: (former?.count ?? 0) + 1, isLie, reason })
  }

  /** The check was passed. True if that changes anything. */
  forgive(check: string): boolean {
    return this.#strikes.delete(check)
  }

  #verdict(isHere: boolean): { readonly state: SuperPeerState; readonly reason: string } {
    const grave = [...this.#strikes.values()].filter(({ count }) => count >= STRIKES_MAX)
    const worst = grave.find(({ isLie }) => isLie) ?? grave[0]
    if (worst) return { state: worst.isLie ? 'lying' : 'withholding', reason: worst.reason }
    if (!isHere || !this.#isCompared) return { state: 'unknown', reason: '' }
    if (this.#entriesLacking === 0) return { state: 'fine', reason: '' }
    if (this.#isFull) return { state: 'full', reason: 'takes no more: its quota is used up' }
    return { state: 'behind', reason: '' }
  }
}
