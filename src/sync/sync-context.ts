import type { FeedId } from '../base/ids.ts'
import { FeedIndex } from './feed-index.ts'
import { NEIGHBOURS_AFTER_MS } from './limits.ts'
import type { LinkState } from './link-state.ts'
import type { FeedUse, LinkId, SyncEffect, SyncLane, SyncReason } from './sync-event.ts'
import type { SpreadFault, SpreadPolicy } from './spread-policy.ts'
import { encodeSyncMessage, type SyncMessage } from './sync-message.ts'

/** Reasons that say something about the other side, beyond that this link is over. */
const FAULTS: Readonly<Partial<Record<SyncReason, SpreadFault>>> = {
  malformed: 'bad-frame',
  'unknown-feed': 'bad-frame',
  'range-not-asked-for': 'bad-frame',
  'range-over-credit': 'bad-frame',
  'too-many-notices': 'bad-frame',
  'too-many-compares': 'bad-frame',
  'forged-range': 'bad-signature',
  'bad-pushes': 'bad-signature',
  'promised-more': 'broken-promise',
  withheld: 'broken-promise',
}

/** What the parts of the machine share: the feeds, the links, the time, and the effects of the present step. */
export class SyncContext {
  readonly spread: SpreadPolicy | undefined
  readonly feeds: FeedIndex
  readonly links = new Map<LinkId, LinkState>()
  /** Time while this page was awake: a page that sleeps for an hour must not find all its links silent. */
  awakeMs = 0
  /** Time of the present step, by the clock of whoever runs the machine. */
  nowMs = 0
  /** When a feed of ours last got longer. */
  changedAtMs = 0
  /** When neighbours are to be told who the others are; links came or went since. */
  neighboursDueMs = Number.POSITIVE_INFINITY
  /** Entries that went out on any link, for whoever counts. */
  entriesGiven = 0
  /** Links that something is to be told to, at once or later. */
  readonly toFlush = new Set<LinkState>()
  /** Links closed in this step, whose traces are still to be removed. */
  readonly closed: LinkState[] = []
  #effects: SyncEffect[] = []

  constructor(spread: SpreadPolicy | undefined, useOf: (feed: FeedId) => FeedUse) {
    this.spread = spread
    this.feeds = new FeedIndex(useOf)
  }

  emit(effect: SyncEffect): void {
    this.#effects.push(effect)
  }

  takeEffects(): SyncEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  send(link: LinkState, message: SyncMessage, lane: SyncLane = 'control'): void {
    if (!this.isOpen(link)) return
    if (message.type === 'push' || message.type === 'range') this.entriesGiven += message.entries.length
    this.emit({ type: 'send', link: link.id, lane, bytes: encodeSyncMessage(message) })
  }

  /** It lasts: most of those that don't end at once, as there is no place. */
  isSettled(link: LinkState): boolean {
    return this.awakeMs >= link.upAtMs + NEIGHBOURS_AFTER_MS
  }

  isOpen(link: LinkState): boolean {
    return this.links.get(link.id) === link
  }

  /** The link is over. */
  drop(link: LinkState): void {
    this.links.delete(link.id)
    this.closed.push(link)
    this.feeds.skipped.delete(link.skipped)
    // Of one that nobody was told of yet nobody need be told that it is gone.
    if (this.isSettled(link)) this.neighboursDueMs = this.awakeMs
    this.spread?.linkDown(link.id, this.nowMs)
  }

  /** The other side did something that a good peer does not; too much of it, and the link is closed. */
  fault(link: LinkState, fault: SpreadFault): void {
    if (this.spread?.heedFault(link.id, fault, this.nowMs) === true) this.close(link, 'mistrusted')
  }

  close(link: LinkState, reason: SyncReason, detail?: string): void {
    if (!this.isOpen(link)) return
    const fault = FAULTS[reason]
    if (fault !== undefined) this.spread?.heedFault(link.id, fault, this.nowMs)
    this.drop(link)
    this.emit({ type: 'close', link: link.id, reason, ...(detail === undefined ? {} : { detail }) })
  }
}
