import type { FeedId, SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import { decodeHeadVector, signHeadVector, verifyHeadVector, type SignedHeadVector } from '../feed/head-vector.ts'
import { StoreError, type StoredValue } from '../storage/store.ts'
import type { RoomCore } from './room-core.ts'

/** A pause in writing after which it is worth a signature to say how far one got. */
const QUIET_MS = 3_000

/**
 * Says, signed, how far this session has written in the room, and keeps what the others' sessions say. A removal pins
 * such statements, and whoever holds one knows what there is to fetch.
 */
export class HeadStatements {
  readonly #core: RoomCore
  readonly #newest = new Map<SessionId, SignedHeadVector>()
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
    core.links.events.on('heads', ({ bytes, link }) => void this.#receive(bytes, link))
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

  /** How many entries of documents the session has stated to have written that are not here. */
  missingOf(session: SessionId): number {
    const { state, documents } = this.#core
    let missing = 0
    for (const { feed, length } of this.#newest.get(session)?.heads ?? []) {
      const record = state?.feeds.get(feed)
      if (record?.session !== session) continue
      missing += Math.max(0, length - (documents.get(record.document)?.heads.get(feed)?.length ?? 0))
    }
    return missing
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

  async #receive(bytes: Uint8Array, from: number): Promise<void> {
    if (await this.#take(bytes, from)) return
    this.#core.links.links.find(({ id }) => id === from)?.link.close('head-statement-malformed')
  }

  /** False if it is not what it says it is. Statements of sessions that are not known yet are passed over. */
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
    if ((this.#newest.get(session)?.counter ?? 0) >= counter) return
    this.#newest.set(session, vector)
    await this.#core.store.write([{ kind: 'put', key: this.#key(session), value: bytes }], { durable: false })
    this.#core.links.tell({ type: 'heads', session, counter, bytes, from })
  }

  #key(session: string): string {
    return `heads/${this.#core.id}/${session}`
  }
}
