import { FeedIndex } from './feed-index.ts'
import type { LinkState } from './link-state.ts'
import type { LinkId, SyncEffect, SyncLane, SyncReason } from './sync-event.ts'
import { encodeSyncMessage, type SyncMessage } from './sync-message.ts'

/** What the parts of the machine share: the feeds, the links, the time, and the effects of the present step. */
export class SyncContext {
  readonly feeds = new FeedIndex()
  readonly links = new Map<LinkId, LinkState>()
  /** Time while this page was awake: a page that sleeps for an hour must not find all its links silent. */
  awakeMs = 0
  /** When a feed of ours last got longer. */
  changedAtMs = 0
  /** Links closed in this step, whose traces are still to be removed. */
  readonly closed: LinkState[] = []
  #effects: SyncEffect[] = []

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
    this.emit({ type: 'send', link: link.id, lane, bytes: encodeSyncMessage(message) })
  }

  isOpen(link: LinkState): boolean {
    return this.links.get(link.id) === link
  }

  close(link: LinkState, reason: SyncReason, detail?: string): void {
    if (!this.isOpen(link)) return
    this.links.delete(link.id)
    this.closed.push(link)
    this.emit({ type: 'close', link: link.id, reason, ...(detail === undefined ? {} : { detail }) })
  }
}
