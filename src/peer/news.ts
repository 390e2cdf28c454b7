import type { SyncEvent } from '../sync/sync-event.ts'

/**
 * What happens in a room before there is a sync machine to tell it to. Of each feed only its newest head counts then,
 * since nobody is there to send entries to; so it grows with the feeds of a room, not with what is written.
 */
export class News {
  #events = new Map<string, SyncEvent>()

  add(event: SyncEvent): void {
    switch (event.type) {
      case 'feed':
        this.#events.set(`feed ${event.feed}`, event)
        return
      case 'appended': {
        const key = `feed ${event.feed}`
        const known = this.#events.get(key)
        if (known?.type === 'feed') this.#events.set(key, { ...known, head: event.head })
        return
      }
      case 'refused':
        this.#events.set(`refused ${event.feed}`, event)
        return
      case 'heads':
        this.#events.set(`heads ${event.session}`, event)
        return
      case 'evidence':
        this.#events.set(`evidence ${this.#events.size}`, event)
        return
      default: // is about links, and there are none
    }
  }

  /** In the order in which they began. Afterwards there are none. */
  take(): readonly SyncEvent[] {
    const events = [...this.#events.values()]
    this.#events = new Map()
    return events
  }
}
