import type { FeedId } from '../base/ids.ts'
import type { ReceivedEntry } from '../document/entry-outcome.ts'
import type { LocalEntry } from '../document/guarded-document.ts'
import { signHead, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import type { Environment } from './environment.ts'
import type { FeedShelf } from './feed-shelf.ts'
import type { FeedStore } from './feed-store.ts'
import type { KeyRing } from './key-ring.ts'
import type { Session } from './session.ts'

export interface PublishedEntries {
  readonly feed: FeedId
  readonly head: ChainHead
  readonly entries: readonly SignedEntry[]
}

/** An own change that was handed out, as a document takes it in again. */
type HandedOut = LocalEntry & { readonly receivedAtMs: number }

/** Own changes that may be missing from what is read of storage meanwhile. */
export interface UnreadEntries {
  readonly entries: readonly ReceivedEntry[]
  stop(): void
}

/**
 * The way of the user's changes out of a document: sealed, signed, stored, and only then told. They are sealed with the
 * epoch that suits at that moment, never with one that somebody holds who was removed; where there is none, they wait
 * in their order until one was made.
 */
export class OwnEntries {
  readonly #shelf: FeedShelf
  readonly #store: FeedStore
  readonly #ring: KeyRing
  readonly #session: Session
  readonly #environment: Environment
  readonly #ensureEpoch: () => Promise<boolean>
  readonly #published: (entries: PublishedEntries) => void
  #waiting: HandedOut[] = []
  readonly #unread = new Set<HandedOut[]>()
  #storing: Promise<void> = Promise.resolve()
  #ensuring: Promise<void> | undefined
  #isHalted = false
  /** The clock of the first own change that was handed out and not stored, since the session is over. */
  #unstoredFrom: number | undefined

  constructor(options: {
    readonly shelf: FeedShelf
    readonly store: FeedStore
    readonly ring: KeyRing
    readonly session: Session
    readonly environment: Environment
    readonly ensureEpoch: () => Promise<boolean>
    readonly published: (entries: PublishedEntries) => void
  }) {
    this.#shelf = options.shelf
    this.#store = options.store
    this.#ring = options.ring
    this.#session = options.session
    this.#environment = options.environment
    this.#ensureEpoch = options.ensureEpoch
    this.#published = options.published
  }

  /** What was handed out and is not sealed yet, as a document takes it in again. */
  waitingOf(feed: FeedId): readonly ReceivedEntry[] {
    return this.#waiting.filter((entry) => entry.feed === feed)
  }
  /**
   * For who is about to call `settled` and then read storage, which takes its time: what waits now, and what is handed
   * out from now on.
   */
  watch(): UnreadEntries {
    const entries = [...this.#waiting]
    this.#unread.add(entries)
    return { entries, stop: () => void this.#unread.delete(entries) }
  }
  get unstoredFrom(): number | undefined {
    return this.#unstoredFrom ?? this.#waiting[0]?.clockFrom
  }

  add(entries: readonly LocalEntry[]): void {
    const receivedAtMs = this.#environment.now()
    const handedOut = entries.map((entry) => ({ ...entry, receivedAtMs }))
    for (const list of [this.#waiting, ...this.#unread]) list.push(...handedOut)
    this.seal()
  }

  /** Seals and stores what waits, if there is an epoch to seal with; else sees that there will be one. */
  seal(): void {
    while (!this.#isHalted) {
      const [first] = this.#waiting
      if (!first) return
      const epoch = this.#ring.writing
      const key = epoch === undefined ? undefined : this.#ring.body(epoch, first.feed)
      if (epoch === undefined || key === undefined) break
      this.#waiting.shift()
      const { bytes, head } = this.#shelf.chain(first.feed).write(first.cut, first.body, { epoch, key })
      this.#publish(first, bytes, head)
    }
    if (!this.#isHalted) this.#ensure()
  }

  /**
   * Resolves when everything is stored that can be, with an epoch made if that is possible here. Who has lost the right
   * to write meanwhile, or may write in some documents only, must not wait for ever.
   */
  async settled(): Promise<void> {
    this.seal()
    await this.#ensuring
    await this.#storing
  }

  halt(): void {
    this.#isHalted = true
  }

  #ensure(): void {
    this.#ensuring ??= this.#ensureEpoch().then((isThere) => {
      this.#ensuring = undefined
      // Where it can't be made here, the room's next change brings one, and with it another call.
      if (isThere && this.#ring.writing !== undefined) this.seal()
    })
  }

  #publish({ feed, clockFrom }: LocalEntry, bytes: Uint8Array, head: ChainHead): void {
    this.#storing = this.#storing.then(async () => {
      const signature = this.#isHalted ? undefined : await signHead(this.#session.signer, feed, head)
      if (this.#isHalted || !signature) {
        this.#unstoredFrom ??= clockFrom
        return
      }
      const entries: readonly SignedEntry[] = [{ bytes, signature }]
      const block = { from: head.length - 1, entries, receivedAtMs: this.#environment.now() }
      const stored = await this.#store.append(feed, block, { durable: true })
      if (this.#isHalted) {
        // Halted while it was on its way to the disk. Nobody was told, and nobody may be: it would be a fork.
        this.#unstoredFrom ??= clockFrom
        await this.#store.removeFrom(feed, block.from)
        return
      }
      // Closed storage means that this page is going away: what was not stored was not promised to anybody.
      if (stored.ok) this.#published({ feed, head, entries })
    })
  }
}
