import { equalBytes } from '../base/bytes.ts'
import type { FeedId, PersonId } from '../base/ids.ts'
import { decodeForkEvidence, encodeForkEvidence, verifyForkEvidence, type ForkEvidence } from '../feed/fork.ts'
import { verifyHead } from '../feed/chain.ts'
import { hasPinAhead, isOnLostBranch, pinsKey } from './pinned-branch.ts'
import type { RoomCore } from './room-core.ts'

/** Proofs about feeds whose author is not known here yet. Somebody with the room's key may invent any number. */
const UNJUDGED_MAX = 64

/**
 * Watches for authors who sign two histories of one feed. Once it is proved, the feed takes nothing more here, and the
 * proof is kept and passed on, so that it takes nothing more anywhere. Whoever learns of it before having the feed still
 * takes from others what they had: the words of honest people stand on it. When the author is removed, the removal pins
 * one branch by its hash; whoever has the other one lets go of it and takes the feed anew.
 */
export class ForkWatch {
  readonly #core: RoomCore
  /** Evidence that came before the log of who it is about. */
  readonly #unjudged = new Map<FeedId, ForkEvidence>()
  /** Feeds that were dropped for the sake of these pins. */
  readonly #left = new Map<FeedId, string>()
  #isLeaving = false

  constructor(core: RoomCore) {
    this.#core = core
    core.links.events.on('fork', ({ feed, length, branch }) => {
      if (branch) void this.#prove(feed, length, branch)
    })
    core.links.events.on('evidence', ({ link, bytes }) => {
      const decoded = decodeForkEvidence(bytes)
      if (decoded.ok) void this.#judge(decoded.value, link)
    })
    core.events.on('changed', () => {
      this.#judgeAgain()
      void this.#leaveLostBranches()
    })
  }

  /** Who was proved to have done it. */
  get people(): readonly PersonId[] {
    const people = [...this.#core.forked.keys()].map((feed) => this.#core.authorOf(feed)?.person)
    return [...new Set(people.filter((person) => person !== undefined))]
  }

  /** What was proved in earlier lives of this page. */
  async load(): Promise<void> {
    await this.#loadLeft()
    const prefix = this.#key('')
    for (const [, bytes] of await this.#core.store.range({ from: prefix, to: `${prefix}~` })) {
      const decoded = bytes instanceof Uint8Array ? decodeForkEvidence(bytes) : undefined
      if (!decoded?.ok) continue
      this.#core.forked.set(decoded.value.feed, decoded.value)
      this.#core.links.tell({ type: 'evidence', bytes: encodeForkEvidence(decoded.value), from: undefined })
    }
  }

  async #loadLeft(): Promise<void> {
    const prefix = this.#leftKey('')
    for (const [key, value] of await this.#core.store.range({ from: prefix, to: `${prefix}~` }))
      if (typeof value === 'string') this.#left.set(key.slice(prefix.length) as FeedId, value)
  }

  /** Pairs what another peer shows with what is stored here. */
  async #prove(
    feed: FeedId,
    length: number,
    branch: { readonly hash: Uint8Array; readonly signature: Uint8Array },
  ): Promise<void> {
    const author = this.#core.authorOf(feed)
    if (!author || this.#core.forked.has(feed)) return
    if (!(await verifyHead(author.device, feed, { length, hash: branch.hash }, branch.signature))) return
    const { entries } = await this.#core.read(feed, length - 1, 1)
    const [own] = entries
    const hash = this.#core.hashAt(feed, length)
    if (!own?.signature || !hash || equalBytes(hash, branch.hash)) return
    await this.#judge({ feed, length, branches: [{ hash, signature: own.signature }, branch] }, undefined)
  }

  async #judge(evidence: ForkEvidence, from: number | undefined): Promise<void> {
    const { feed } = evidence
    const author = this.#core.authorOf(feed)
    if (this.#core.forked.has(feed)) return
    if (!author) {
      if (this.#unjudged.size < UNJUDGED_MAX) this.#unjudged.set(feed, evidence)
      return
    }
    const verified = await verifyForkEvidence(evidence, author.device)
    if (!verified.ok || this.#core.forked.has(feed)) return
    this.#core.forked.set(feed, evidence)
    const bytes = encodeForkEvidence(evidence)
    await this.#core.store.write([{ kind: 'put', key: this.#key(feed), value: bytes }], { durable: true })
    this.#core.links.tell({ type: 'evidence', bytes, from })
    const isEnded = this.#core.isEndedByFork(feed) && !hasPinAhead(this.#core, feed)
    if (isEnded) this.#core.links.tell({ type: 'refused', feed, reason: 'fork' })
    this.#core.events.emit('changed', undefined)
  }

  /**
   * The feed is read anew by a new session: what was made of the lost branch is all over this one. Once for each pin,
   * since a pin that nobody's branch leads up to must not keep us busy.
   */
  async #leaveLostBranches(): Promise<void> {
    if (this.#isLeaving) return
    const lost = [...this.#core.forked.keys()].filter((feed) => {
      const isHeld = this.#core.isEndedByFork(feed)
      return isHeld && isOnLostBranch(this.#core, feed) && this.#left.get(feed) !== pinsKey(this.#core, feed)
    })
    if (lost.length === 0) return
    this.#isLeaving = true
    for (const feed of lost) {
      const value = pinsKey(this.#core, feed)
      await this.#core.store.write([{ kind: 'put', key: this.#leftKey(feed), value }], { durable: true })
      await this.#core.dropFeed(feed)
    }
    this.#core.events.emit('doubt', undefined)
  }

  #judgeAgain(): void {
    for (const [feed, evidence] of this.#unjudged) {
      if (!this.#core.authorOf(feed)) continue
      this.#unjudged.delete(feed)
      void this.#judge(evidence, undefined)
    }
  }

  #leftKey(feed: string): string {
    return `branch/${this.#core.id}/${feed}`
  }
  #key(feed: string): string {
    return `fork/${this.#core.id}/${feed}`
  }
}
