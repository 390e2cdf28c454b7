import { decode, Writer } from '../base/codec.ts'
import type { DeviceId, FeedId, PersonId } from '../base/ids.ts'
import type { FeedRecord } from '../access/feed-record.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLink } from './room-links.ts'
import { NOTHING_WRITTEN, type RoomSafety } from './safety.ts'

/** What members say to each other beside the feeds: which devices have what, from a tab to the others of its device. */
const HOLDERS = 3

/** News of a burst of writing is counted together, and soon enough for whoever is about to close the page. */
const LOOK_AFTER_MS = 250
const DEVICES_MAX = 256
/** Of 37 bytes: such a message stays well below what one may be long. */
const FEEDS_PER_MESSAGE = 256
const FEED_LENGTH_MAX = 2 ** 32

interface Holder {
  readonly person: PersonId
  readonly lengths: Map<FeedId, number>
}

/**
 * On which other devices that is what this device wrote in a room. Each says so itself, when it has stored it; what was
 * merely sent does not count. Remembered as long as the page lives, for devices that have gone since.
 */
export class Holders {
  readonly #core: RoomCore
  readonly #isTrusted: (person: PersonId) => boolean
  readonly #onChange: () => void
  readonly #devices = new Map<DeviceId, Holder>()
  #own: { readonly revision: string; readonly feeds: readonly FeedRecord[] } = { revision: '', feeds: [] }
  #safety = NOTHING_WRITTEN
  #told = ''
  #cancelLook: (() => void) | undefined
  #isClosed = false

  constructor(
    core: RoomCore,
    options: { readonly isTrusted: (person: PersonId) => boolean; readonly onChange: () => void },
  ) {
    this.#core = core
    this.#isTrusted = options.isTrusted
    this.#onChange = options.onChange
    const later = (): void => {
      this.lookLater()
    }
    const { links, events } = core
    links.events.on('delivered', later)
    links.events.on('up', later)
    links.events.on('down', later)
    events.on('published', later)
    events.on('changed', later)
    links.events.on('application', ({ link, bytes }) => {
      this.#receive(link, bytes)
    })
    links.events.on('up', (link) => {
      if (this.#isOwnTab(link)) for (const [device, holder] of this.#devices) this.#share(link, device, holder)
    })
  }

  get safety(): RoomSafety {
    // What is typed and not signed yet is nowhere else for certain, and may be asked about at any moment.
    const entriesUnsafe = this.#unsafe()
    if (entriesUnsafe === this.#safety.entriesUnsafe) return this.#safety
    // Whoever was told so hears when it is over, however soon that is.
    this.#told = ''
    this.lookLater()
    return this.#count()
  }

  lookLater(): void {
    if (this.#isClosed) return
    this.#cancelLook ??= this.#core.environment.after(LOOK_AFTER_MS, () => {
      this.#cancelLook = undefined
      this.#look()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#cancelLook?.()
  }

  #look(): void {
    const { links } = this.#core
    const feeds = this.#ownFeeds()
    let isNews = false
    for (const link of links.links) {
      if (this.#isOwnTab(link)) continue
      const { id, remote } = link
      if (!this.#core.may('hold', remote)) continue
      const lengths = new Map<FeedId, number>()
      for (const { feed } of feeds) {
        const length = this.#possible(feed, links.claims?.claimOf(id, feed) ?? 0)
        if (length > 0 && this.#note(remote.device, remote.person, feed, length)) lengths.set(feed, length)
      }
      if (lengths.size === 0) continue
      isNews = true
      for (const tab of links.links)
        if (this.#isOwnTab(tab)) this.#share(tab, remote.device, { person: remote.person, lengths })
    }
    this.#safety = this.#count()
    // Of messages that a tab of ours brought to others, the links of this tab know nothing.
    if (isNews) links.events.emit('delivered', undefined)
    const told = JSON.stringify(this.#safety)
    if (told === this.#told) return
    this.#told = told
    this.#onChange()
  }

  /** Nobody can have more of what this session writes than there is. */
  #possible(feed: FeedId, length: number): number {
    const { session, state, documents } = this.#core
    const record = state?.feeds.get(feed)
    if (record?.session !== session.id) return length
    return Math.min(length, documents.get(record.document)?.heads.get(feed)?.length ?? 0)
  }

  #note(device: DeviceId, person: PersonId, feed: FeedId, length: number): boolean {
    let holder = this.#devices.get(device)
    if (!holder && this.#devices.size >= DEVICES_MAX) return false
    if (!holder) this.#devices.set(device, (holder = { person, lengths: new Map() }))
    if ((holder.lengths.get(feed) ?? 0) >= length) return false
    holder.lengths.set(feed, length)
    this.#core.marks.note(feed, length)
    return true
  }

  #count(): RoomSafety {
    const lengths = this.#ownFeeds()
      .map(({ feed, document }) => ({ feed, length: this.#core.documents.get(document)?.heads.get(feed)?.length ?? 0 }))
      .filter(({ length }) => length > 0)
    const entriesUnsafe = this.#unsafe()
    if (lengths.length === 0) return { ...NOTHING_WRITTEN, entriesUnsafe }
    let [devices, superPeers] = [0, 0]
    for (const [device, holder] of this.#devices) {
      const { person } = holder
      if (!this.#core.may('hold', { person, device })) continue
      if (!lengths.every(({ feed, length }) => (holder.lengths.get(feed) ?? 0) >= length)) continue
      if (this.#core.state?.roleOf(person) !== 'relay') devices++
      else if (this.#isTrusted(person)) superPeers++
    }
    return { entriesUnsafe, devices, superPeers }
  }

  /** Entries and changes of this device that nobody else is known to have, or to be trusted with. */
  #unsafe(): number {
    const { documents, marks } = this.#core
    let unsafe = 0
    for (const { feed, document } of this.#ownFeeds()) {
      const host = documents.get(document)
      const written = Math.max(host?.heads.get(feed)?.length ?? 0, host?.guarded.lengthOf(feed) ?? 0)
      unsafe += Math.max(0, written - this.#heldOf(feed, marks.lengthOf(feed)))
    }
    for (const { guarded } of documents.values()) if (guarded.hasLocalChanges) unsafe++
    return unsafe
  }

  /** What a super peer that turned out to lie had said does not count, if nobody else said it. */
  #heldOf(feed: FeedId, marked: number): number {
    const isLiar = ({ person }: Holder): boolean => !this.#isTrusted(person)
    const holders = [...this.#devices.values()]
    if (!holders.some((holder) => isLiar(holder) && (holder.lengths.get(feed) ?? 0) >= marked)) return marked
    return Math.max(0, ...holders.filter((holder) => !isLiar(holder)).map(({ lengths }) => lengths.get(feed) ?? 0))
  }

  /** Of all sessions that this device ever had, tabs that are open beside this one included. */
  #ownFeeds(): readonly FeedRecord[] {
    const { log, session } = this.#core
    if (!log) return []
    const revision = String(log.access.revision)
    if (this.#own.revision !== revision) {
      const feeds = [...log.state.feeds.values()]
      const own = feeds.filter(({ device, status }) => device === session.device && status === 'effective')
      this.#own = { revision, feeds: own }
    }
    return this.#own.feeds
  }

  #isOwnTab({ link, remote }: RoomLink): boolean {
    return link.kind === 'tab' && remote.device === this.#core.session.device
  }

  /** Tabs that follow another meet nobody themselves. */
  #share({ id }: RoomLink, device: DeviceId, { person, lengths }: Holder): void {
    const all = [...lengths]
    for (let at = 0; at < all.length; at += FEEDS_PER_MESSAGE) {
      const writer = new Writer().u8(HOLDERS).id(device).id(person)
      writer.list(all.slice(at, at + FEEDS_PER_MESSAGE), ([feed, length]) => {
        writer.id(feed).varuint(length)
      })
      this.#core.links.tell({ type: 'application', link: id, bytes: writer.finish() })
    }
  }

  #receive(link: RoomLink, bytes: Uint8Array): void {
    if (bytes[0] !== HOLDERS || !this.#isOwnTab(link)) return
    const shared = decode(bytes.subarray(1), (reader) => ({
      device: reader.id<DeviceId>(),
      person: reader.id<PersonId>(),
      lengths: reader.list(FEEDS_PER_MESSAGE, () => [reader.id<FeedId>(), reader.varuint(FEED_LENGTH_MAX)] as const),
    }))
    if (!shared.ok) return
    const { device, person, lengths } = shared.value
    for (const [feed, length] of lengths) this.#note(device, person, feed, this.#possible(feed, length))
    this.#core.links.events.emit('delivered', undefined)
    this.lookLater()
  }
}
