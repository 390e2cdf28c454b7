import type { Mode } from '../discovery/limits.ts'
import type { LinkId } from '../sync/sync-event.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLink } from './room-links.ts'

/** What members say to each other beside the feeds: whether a tab is a super peer, to the others of its device. */
const TAB_MODE = 6

/** What is needed of a room. */
type RoomOfTabs = Pick<RoomCore, 'session'> & {
  readonly links: Pick<RoomCore['links'], 'links' | 'events' | 'tell' | 'setMode'>
}

/**
 * What this tab is for the mesh. Of several tabs of a device one alone has links to others, so it does what any of them
 * was chosen for: it is a super peer as long as one that was is open.
 */
export class TabModes {
  readonly #core: RoomOfTabs
  readonly #supers = new Set<LinkId>()
  #own: Mode = 'normal'
  #applied: Mode = 'normal'

  constructor(core: RoomOfTabs) {
    this.#core = core
    const { events } = core.links
    events.on('up', (link) => {
      if (this.#own === 'super') this.#say(link)
    })
    events.on('down', ({ id }) => {
      if (this.#supers.delete(id)) this.#apply()
    })
    events.on('application', ({ link, bytes }) => {
      if (bytes[0] !== TAB_MODE || bytes.length !== 2 || !this.#isOwnTab(link)) return
      if (bytes[1] === 1) this.#supers.add(link.id)
      else this.#supers.delete(link.id)
      this.#apply()
    })
  }

  /** As chosen for this tab. */
  set(mode: Mode): void {
    const wasSuper = this.#own === 'super'
    this.#own = mode
    if (wasSuper || mode === 'super') for (const link of this.#core.links.links) this.#say(link)
    this.#apply()
  }

  #apply(): void {
    const mode = this.#supers.size > 0 ? 'super' : this.#own
    if (mode === this.#applied) return
    this.#applied = mode
    this.#core.links.setMode(mode)
    this.#core.links.events.emit('change', undefined)
  }

  #say(link: RoomLink): void {
    if (!this.#isOwnTab(link)) return
    const bytes = Uint8Array.of(TAB_MODE, this.#own === 'super' ? 1 : 0)
    this.#core.links.tell({ type: 'application', link: link.id, bytes })
  }

  #isOwnTab({ link, remote }: RoomLink): boolean {
    return link.kind === 'tab' && remote.device === this.#core.session.device
  }
}
