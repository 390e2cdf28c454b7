import { compareBytes, equalBytes } from '../base/bytes.ts'
import { Comparison } from './comparison.ts'
import type { LocalFeed } from './feed-index.ts'
import {
  COMPARE_PATIENCE_MS,
  COMPARE_PAUSE_FIRST_MS,
  COMPARE_PAUSE_LAST_MS,
  MISMATCHES_MAX,
  SETTLING_MS,
  UNSETTLED_PINGS_MAX,
} from './limits.ts'
import type { LinkState } from './link-state.ts'
import type { SyncContext } from './sync-context.ts'
import type { Scope, SyncMessage } from './sync-message.ts'

type PingMessage = Extract<SyncMessage, { type: 'ping' | 'pong' }>
type CompareMessage = Extract<SyncMessage, { type: 'compare' }>
type LackingMessage = Extract<SyncMessage, { type: 'lacking' }>

const SALTS = 256

/** Finds out whether both sides of a link have the same, and what is different when they don't. */
export class Comparer {
  readonly #context: SyncContext
  readonly #tell: (link: LinkState, feeds: Iterable<LocalFeed>) => void
  #lastSalt = 0
  #answers: { readonly link: LinkState; readonly message: SyncMessage }[] = []

  /** `tell` says to a link what our heads of some feeds are. */
  constructor(context: SyncContext, tell: (link: LinkState, feeds: Iterable<LocalFeed>) => void) {
    this.#context = context
    this.#tell = tell
  }

  sendDigest(link: LinkState, type: 'ping' | 'pong'): void {
    this.#context.send(link, { type, scope: link.scope, digest: this.#digest(link, link.scope) })
  }

  /**
   * The first that the other side says of its state. When it is not ours, one side starts to compare: the one with the
   * smaller digest, so that mostly not both do.
   */
  meet(link: LinkState, { scope, digest }: PingMessage): void {
    if (link.isMet || link.compareDueMs !== undefined) return
    const own = this.#digest(link, scope)
    if (equalBytes(own, digest)) this.#agree(link, scope)
    else if (scope !== link.scope || this.#mayStart(link, own, digest)) this.start(link)
    else link.compareDueMs = this.#context.awakeMs + COMPARE_PATIENCE_MS
  }

  /** The other side was to start, and has not. */
  watch(link: LinkState): void {
    if (link.compareDueMs === undefined || link.compareDueMs > this.#context.awakeMs) return
    link.compareDueMs = undefined
    if (!link.isMet) this.start(link)
  }

  start(link: LinkState): void {
    const { scope } = link
    link.isMet = true
    this.#lastSalt = (this.#lastSalt + 1) % SALTS
    const parts = new Comparison(this.#context.feeds, link, scope, this.#lastSalt).first()
    this.#context.send(link, { type: 'compare', scope, salt: this.#lastSalt, parts })
  }

  heedCompare(link: LinkState, { scope, salt, parts }: CompareMessage): void {
    if (!link.compares.take(1, this.#context.awakeMs)) return this.#context.close(link, 'too-many-compares')
    link.isMet = true
    const findings = new Comparison(this.#context.feeds, link, scope, salt).judge(parts)
    // What we tell comes first, so that the other side sees which of the two is behind.
    this.#tellAgain(link, findings.different)
    if (findings.parts.length > 0)
      this.#answers.push({ link, message: { type: 'compare', scope, salt, parts: findings.parts } })
    if (findings.lacking.length > 0)
      this.#answers.push({ link, message: { type: 'lacking', scope, salt, parts: findings.lacking } })
  }

  /** Sends the answers that follow what was told. */
  flush(): void {
    if (this.#answers.length === 0) return
    for (const { link, message } of this.#answers) this.#context.send(link, message)
    this.#answers = []
  }

  heedLacking(link: LinkState, { scope, salt, parts }: LackingMessage): void {
    if (!link.compares.take(1, this.#context.awakeMs)) return this.#context.close(link, 'too-many-compares')
    link.isMet = true
    const lacked = new Comparison(this.#context.feeds, link, scope, salt).lackedBy(parts)
    this.#tellAgain(
      link,
      lacked.filter((feed) => (link.get(feed.id)?.claimed ?? 0) <= feed.shown.length),
    )
  }

  /** The answer to our ping: twice another state than ours, with nothing asked and under way, is a reason to compare. */
  judge(link: LinkState, { scope, digest }: PingMessage): void {
    if (equalBytes(digest, this.#digest(link, scope))) {
      this.#agree(link, scope)
      link.mismatches = 0
      link.comparePauseMs = COMPARE_PAUSE_FIRST_MS
      return
    }
    if (link.wants.size > 0 || link.serves.size > 0) return
    const isSettled = this.#context.awakeMs - this.#context.changedAtMs >= SETTLING_MS
    if (!isSettled && link.unsettledPings++ < UNSETTLED_PINGS_MAX) return
    link.unsettledPings = 0
    link.mismatches++
    if (link.mismatches < MISMATCHES_MAX || this.#context.awakeMs < link.compareAtMs) return
    link.mismatches = 0
    link.compareAtMs = this.#context.awakeMs + link.comparePauseMs
    link.comparePauseMs = Math.min(link.comparePauseMs * 2, COMPARE_PAUSE_LAST_MS)
    this.start(link)
  }

  /** Before it heard what we skip its digest could not be ours. It answers our ping with one that may be. */
  #mayStart(link: LinkState, own: Uint8Array, theirs: Uint8Array): boolean {
    return link.toldSkips.size === 0 && compareBytes(own, theirs) < 0
  }

  #digest(link: LinkState, scope: Scope): Uint8Array {
    return this.#context.feeds.stateDigest(scope, link.skipped)
  }

  #agree(link: LinkState, scope: Scope): void {
    link.isMet = true
    if (scope === link.scope) link.agreedVersion = this.#context.feeds.version
  }

  /** What the comparison shows that the other side does not have, whatever we thought that it was told. */
  #tellAgain(link: LinkState, feeds: readonly LocalFeed[]): void {
    for (const feed of feeds) {
      const record = link.get(feed.id)
      if (record && record.claimed < feed.shown.length) record.told = 0
    }
    this.#tell(link, feeds)
  }
}
