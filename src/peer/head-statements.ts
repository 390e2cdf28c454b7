import type { FeedId, SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import { decodeHeadVector, signHeadVector, verifyHeadVector, type SignedHeadVector } from '../feed/head-vector.ts'
import { StoreError, type StoredValue } from '../storage/store.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLinksEvents } from './links-code.ts'

/** A pause in writing after which it is worth a signature to say how far one got. */
const QUIET_MS = 3_000
/** Statements of sessions that are not known yet: as many as a link brings at first, of the usual size. */
const WAITING_MAX = 1024
const WAITING_BYTES_MAX = 1024 * 1024

/**
 * Says, signed, how far this session has written in the room, and keeps what the others' sessions say. A removal pins
 * such statements, and whoever holds one knows what there is to fetch.
 */
export class HeadStatements {
  readonly #core: RoomCore
  readonly #newest = new Map<SessionId, SignedHeadVector>()
  /** Of sessions whose logs are still on their way, by link and session: each link's own word, since none is checked. */
  readonly #waiting = new Map<
    string,
    { readonly bytes: Uint8Array; readonly from: number; readonly session: SessionId }
  >()
  #waitingBytes = 0
  #isClosed = false
  /** Storage did not give back what is stated already, so that the next number is not known. */
  #isUnread = false
  #cancelSign: (() => void) | undefined
  #loading: Promise<void> = Promise.resolve()

  constructor(core: RoomCore) {
    this.#core = core
    core.events.on('published', () => {
      this.#signLater()
    })
    core.links.events.on('heads', (statement) => void this.#receive(statement))
    core.links.events.on('down', ({ id }) => {
      for (const [key, { from }] of this.#waiting) if (from === id) this.#stopWaiting(key)
    })
    core.events.on('changed', () => {
      for (const [key, { bytes, from, session }] of this.#waiting) {
        if (!core.bindingOf(session)) continue
        this.#stopWaiting(key)
        void this.#takeOrClose(bytes, from)
      }
    })
  }

  /** Takes in what is stored, once the log is there. */
  load(): Promise<void> {
    this.#loading = this.#load()
    return this.#loading
  }

  /** For a room that was open before: takes in what is stored, and says what was written meanwhile. */
  async catchUp(): Promise<void> {
    await this.load()
    const { session } = this.#core
    const stated = new Map(this.#newest.get(session.id)?.heads.map(({ feed, length }) => [feed, length]))
    const isBehind = this.#core.feedHeadsOf(session.id).some(({ feed, length }) => length > (stated.get(feed) ?? 0))
    if (isBehind) this.#signLater()
  }

  async #load(): Promise<void> {
    for (const value of await this.#stored()) if (value instanceof Uint8Array) await this.#take(value, undefined)
  }

  /** A room goes on without: the store itself tells that it can't be read, and others have these statements too. */
  async #stored(): Promise<readonly StoredValue[]> {
    const prefix = this.#key('')
    try {
      return (await this.#core.store.range({ from: prefix, to: `${prefix}~` })).map(([, value]) => value)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#isUnread = true
      return []
    }
  }

  /**
   * How far a session is known to have written in documents: what is here of each feed, or what the session itself has
   * stated where that is more. Both are signed by it, so a removal may pin either.
   */
  knownHeads(session: SessionId): readonly (ChainHead & { readonly feed: FeedId })[] {
    const heads = new Map(this.#core.feedHeadsOf(session).map((head) => [head.feed, head]))
    for (const head of this.#newest.get(session)?.heads ?? []) {
      const held = heads.get(head.feed)
      const isDocument = this.#core.state?.feeds.get(head.feed)?.session === session
      if (isDocument && head.length > (held?.length ?? 0)) heads.set(head.feed, head)
    }
    return [...heads.values()]
  }

  /** Feeds of documents that are kept here, and that their sessions have stated to be longer than they are here. */
  get ahead(): readonly FeedId[] {
    const { state, documents } = this.#core
    const feeds: FeedId[] = []
    for (const { session, heads } of this.#newest.values())
      for (const { feed, length } of heads) {
        const record = state?.feeds.get(feed)
        if (record?.session !== session || record.status !== 'effective' || this.#core.uses.of(feed) !== 'full')
          continue
        if (length > (documents.get(record.document)?.heads.get(feed)?.length ?? 0)) feeds.push(feed)
      }
    return feeds
  }

  /** How many entries of documents that are kept here the session has stated to have written that are not here. */
  missingOf(session: SessionId): number {
    const { state, documents } = this.#core
    let missing = 0
    for (const { feed, length } of this.#newest.get(session)?.heads ?? []) {
      const record = state?.feeds.get(feed)
      if (record?.session !== session || this.#core.uses.of(feed) !== 'full') continue
      missing += Math.max(0, length - (documents.get(record.document)?.heads.get(feed)?.length ?? 0))
    }
    return missing
  }

  /** The same of one feed. */
  missingOfFeed(feed: FeedId): number {
    const { state, documents } = this.#core
    const record = state?.feeds.get(feed)
    const stated = record && this.#newest.get(record.session)?.heads.find((head) => head.feed === feed)
    if (!stated) return 0
    return Math.max(0, stated.length - (documents.get(record.document)?.heads.get(feed)?.length ?? 0))
  }

  close(): void {
    this.#isClosed = true
    this.#cancelSign?.()
  }

  #signLater(): void {
    this.#cancelSign?.()
    if (this.#isClosed) return
    this.#cancelSign = this.#core.environment.after(QUIET_MS, () => void this.#sign())
  }

  async #sign(): Promise<void> {
    // No two statements have one number, and the last one may be stored.
    await this.#loading
    const { id: room, session, log } = this.#core
    const ownLog = log?.heads.get(log.ownLog)
    if (!log || !ownLog || this.#isUnread) return
    const counter = (this.#newest.get(session.id)?.counter ?? 0) + 1
    const heads = [{ feed: log.ownLog, ...ownLog }, ...this.#core.feedHeadsOf(session.id)]
    const signed = await signHeadVector(session.signer, { room, session: session.id, counter, heads })
    await this.#keep(signed, undefined)
  }

  async #receive({ session, counter, bytes, link }: RoomLinksEvents['heads']): Promise<void> {
    const decoded = decodeHeadVector(bytes)
    // Under a false number it would keep the true one from being asked for.
    const isNamedRightly = decoded.ok && decoded.value.session === session && decoded.value.counter === counter
    if (!isNamedRightly) this.#close(link)
    else if (this.#core.bindingOf(session)) await this.#takeOrClose(bytes, link)
    else this.#wait(session, bytes, link)
  }

  /** Until its session's log is here. */
  #wait(session: SessionId, bytes: Uint8Array, from: number): void {
    const key = `${from} ${session}`
    this.#stopWaiting(key)
    this.#waiting.set(key, { bytes, from, session })
    this.#waitingBytes += bytes.length
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= WAITING_MAX && this.#waitingBytes <= WAITING_BYTES_MAX) break
      this.#stopWaiting(oldest)
    }
  }

  #stopWaiting(key: string): void {
    this.#waitingBytes -= this.#waiting.get(key)?.bytes.length ?? 0
    this.#waiting.delete(key)
  }

  async #takeOrClose(bytes: Uint8Array, from: number): Promise<void> {
    if (!(await this.#take(bytes, from))) this.#close(from)
  }

  #close(link: number): void {
    this.#core.links.links.find(({ id }) => id === link)?.link.close('head-statement-malformed')
  }

  /** False if it is not what it says it is. Stored ones of sessions that are not known are passed over. */
  async #take(bytes: Uint8Array, from: number | undefined): Promise<boolean> {
    const decoded = decodeHeadVector(bytes)
    if (!decoded.ok || decoded.value.room !== this.#core.id) return false
    const binding = this.#core.bindingOf(decoded.value.session)
    if (!binding) return true
    const verified = await verifyHeadVector(decoded.value, binding.device)
    if (!verified.ok) return false
    await this.#keep(verified.value, from)
    return true
  }

  async #keep(vector: SignedHeadVector, from: number | undefined): Promise<void> {
    const { session, counter, bytes } = vector
    const known = this.#newest.get(session)
    if (known && known.counter > counter) return
    // What is here the machine may have let go of, or it would not have been brought.
    if (known?.counter === counter) return this.#core.links.tell({ type: 'heads', ...known, from })
    this.#newest.set(session, vector)
    await this.#core.store.write([{ kind: 'put', key: this.#key(session), value: bytes }], { durable: false })
    this.#core.links.tell({ type: 'heads', session, counter, bytes, from })
  }

  #key(session: string): string {
    return `heads/${this.#core.id}/${session}`
  }
}
