import { decode, Writer } from '../base/codec.ts'
import type { DocumentId, FeedId } from '../base/ids.ts'
import type { FeedRecord } from '../access/feed-record.ts'
import { StoreError } from '../storage/store.ts'
import type { FeedUse, LinkId } from '../sync/sync-event.ts'
import type { NetworkMode } from './network-view.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLink } from './room-links.ts'

/** What members say to each other beside the feeds: which notes are open, from a tab to the others of its device. */
const OPEN_NOTES = 7
const OPEN_NOTES_MAX = 256
/** In the place of a note's id, which is longer. */
const ALL = 'all'

/** How far a note that is open has come. */
export interface NoteProgress {
  /**
   * `here`: all of it that is known of. `fetching`: somebody who may have it is linked to us. `waiting`: nobody is, and it
   * comes when somebody appears.
   */
  readonly state: 'here' | 'fetching' | 'waiting'
  readonly entriesHere: number
  /** Of those that others have, or have signed to have written. */
  readonly entriesMissing: number
}

export interface NoteKeepingOptions {
  /** How many entries of a feed its session has signed to have written that are not here. */
  readonly statedMissingOf: (feed: FeedId) => number
  readonly onChange: () => void
}

/**
 * Which notes of a room this device keeps: all of them, or on an edge device those that were opened on it once, and on a
 * network that is paid for by the byte those that are open now. Of the others it takes nothing in. The access log and the
 * chat are always kept, and so is what this device writes itself.
 */
export class NoteKeeping {
  readonly #core: RoomCore
  readonly #options: NoteKeepingOptions
  readonly #opened = new Set<DocumentId>()
  /** In other tabs of this browser, by the link to them. */
  readonly #openElsewhere = new Map<LinkId, ReadonlySet<DocumentId>>()
  #written: { readonly revision: string; readonly documents: ReadonlySet<DocumentId> } = {
    revision: '',
    documents: new Set(),
  }
  #mode: NetworkMode = 'normal'
  #isPaused = false
  #keepsAll = false
  #told = 0
  #isLoaded = false
  readonly #loading: Promise<void>

  constructor(core: RoomCore, options: NoteKeepingOptions) {
    this.#core = core
    this.#options = options
    this.#loading = this.#load()
    core.uses.voices.add((feed) => this.#useOf(feed))
    core.events.on('mode', (mode) => {
      this.#mode = mode
      this.#changed()
    })
    core.events.on('opened', () => {
      this.#noteOpened(core.openNotes.keys())
      for (const link of core.links.links) this.#share(link)
      this.#changed()
    })
    core.events.on('changed', () => {
      this.#tellCount()
    })
    const { events } = core.links
    events.on('up', (link) => {
      this.#share(link)
    })
    events.on('down', ({ id }) => {
      if (this.#openElsewhere.delete(id)) this.#changed()
    })
    events.on('application', ({ link, bytes }) => {
      this.#receive(link, bytes)
    })
    this.#noteOpened(core.openNotes.keys())
  }

  /** Resolves when it is known which notes were opened here before. */
  loaded(): Promise<void> {
    return this.#loading
  }

  /** Whether what is written in the document is fetched as it comes. */
  isKept(document: DocumentId): boolean {
    if (this.#core.state?.documents.get(document)?.kind !== 'note') return true
    if (this.#isOpen(document)) return true
    if (this.#isPaused) return false
    return this.#mode !== 'edge' || this.#keepsAll || this.#opened.has(document) || this.#hasWritten(document)
  }

  /** Notes of which nothing more is taken in until they are opened. */
  get notKept(): number {
    let count = 0
    for (const { id } of this.#core.state?.documents.values() ?? []) if (!this.isKept(id)) count++
    return count
  }

  /** Whether an edge device keeps all notes of this room all the same. Remembered on this device. */
  get keepsAll(): boolean {
    return this.#keepsAll
  }
  setKeepsAll(keepsAll: boolean): void {
    if (keepsAll === this.#keepsAll) return
    this.#keepsAll = keepsAll
    const key = this.#key(ALL)
    const change = keepsAll ? ({ kind: 'put', key, value: true } as const) : ({ kind: 'delete', key } as const)
    void this.#core.store.write([change], { durable: true })
    for (const link of this.#core.links.links) this.#share(link)
    this.#changed()
  }

  /** Whether only open notes are fetched, as the network is paid for by the byte. As long as the page lives. */
  get isPaused(): boolean {
    return this.#isPaused
  }
  setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    this.#changed()
  }

  /** How far a note that is open has come. */
  progressOf(document: DocumentId): NoteProgress {
    const { documents, links } = this.#core
    const heads = documents.get(document)?.heads
    const feeds = this.#core.feedRecords.filter((record) => record.document === document && !this.#isMine(record))
    let [entriesHere, entriesMissing] = [0, 0]
    for (const { length } of heads?.values() ?? []) entriesHere += length
    for (const { feed } of feeds)
      entriesMissing += Math.max(links.claims?.missingOf(feed) ?? 0, this.#options.statedMissingOf(feed))
    const isKnown = (link: LinkId): boolean => feeds.every(({ feed }) => links.claims?.isSettled(link, feed))
    const isHere =
      entriesMissing === 0 && (entriesHere > 0 || feeds.length === 0 || links.links.some(({ id }) => isKnown(id)))
    const state = isHere ? 'here' : links.links.length > 0 ? 'fetching' : 'waiting'
    return { state, entriesHere, entriesMissing }
  }

  #useOf(feed: FeedId): FeedUse {
    const record = this.#core.recordOf(feed)
    return !record || this.#isMine(record) || this.isKept(record.document) ? 'full' : 'give'
  }

  #isMine({ device }: Pick<FeedRecord, 'device'>): boolean {
    return device === this.#core.session.device
  }

  #isOpen(document: DocumentId): boolean {
    if (this.#core.openNotes.has(document)) return true
    return [...this.#openElsewhere.values()].some((documents) => documents.has(document))
  }

  /** Before this was remembered notes were opened, too; writing in one shows it. */
  #hasWritten(document: DocumentId): boolean {
    const { log } = this.#core
    const revision = String(log?.access.revision)
    if (this.#written.revision !== revision) {
      const own = [...(log?.state.feeds.values() ?? [])].filter((record) => this.#isMine(record))
      this.#written = { revision, documents: new Set(own.map((record) => record.document)) }
    }
    return this.#written.documents.has(document)
  }

  #noteOpened(documents: Iterable<DocumentId>): void {
    const fresh = [...documents].filter((document) => !this.#opened.has(document))
    if (fresh.length === 0) return
    for (const document of fresh) this.#opened.add(document)
    const changes = fresh.map((document) => ({ kind: 'put', key: this.#key(document), value: true }) as const)
    void this.#core.store.write(changes, { durable: false })
  }

  /** Without it, notes are fetched when they are opened once more. */
  async #load(): Promise<void> {
    const prefix = this.#key('')
    try {
      const stored = await this.#core.store.range({ from: prefix, to: `${prefix}~` })
      for (const [key] of stored) {
        if (key === this.#key(ALL)) this.#keepsAll = true
        else this.#opened.add(key.slice(prefix.length) as DocumentId)
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
    }
    this.#isLoaded = true
    for (const link of this.#core.links.links) this.#share(link)
    this.#changed()
  }

  #changed(): void {
    this.#core.links.tell({ type: 'uses' })
    this.#told = this.notKept
    this.#options.onChange()
    this.#core.links.events.emit('change', undefined)
  }

  /** The room has more notes than before, or fewer. */
  #tellCount(): void {
    if (this.notKept !== this.#told) this.#changed()
  }

  #isOwnTab({ link, remote }: RoomLink): boolean {
    return link.kind === 'tab' && this.#isMine(remote)
  }

  /** One tab has the network, and takes in for the others what they show. */
  #share(link: RoomLink): void {
    if (!this.#isLoaded || !this.#isOwnTab(link)) return
    const writer = new Writer().u8(OPEN_NOTES).u8(this.#keepsAll ? 1 : 0)
    writer.list([...this.#core.openNotes.keys()].slice(0, OPEN_NOTES_MAX), (document) => writer.id(document))
    this.#core.links.tell({ type: 'application', link: link.id, bytes: writer.finish() })
  }

  #receive(link: RoomLink, bytes: Uint8Array): void {
    if (bytes[0] !== OPEN_NOTES || !this.#isOwnTab(link)) return
    const shared = decode(bytes.subarray(1), (reader) => ({
      keepsAll: reader.u8() === 1,
      documents: reader.list(OPEN_NOTES_MAX, () => reader.id<DocumentId>()),
    }))
    if (!shared.ok) return
    const { keepsAll, documents } = shared.value
    this.#openElsewhere.set(link.id, new Set(documents))
    this.#noteOpened(documents)
    this.#keepsAll = keepsAll
    this.#changed()
  }

  #key(name: string): string {
    return `opened/${this.#core.id}/${name}`
  }
}
