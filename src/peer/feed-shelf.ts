import type { EpochId, FeedId } from '../base/ids.ts'
import type { ReceivedEntry } from '../document/entry-outcome.ts'
import type { ChainHead, SignedEntry } from '../feed/chain.ts'
import { FeedChain, type OpenReason } from './feed-chain.ts'
import type { FeedStore, StoredEntry } from './feed-store.ts'
import type { KeyRing } from './key-ring.ts'

/** The first entry of a feed that does not open here yet. Everything behind it waits with it. */
interface Lock {
  readonly from: number
  /** Undefined: to be looked up in storage. */
  readonly epoch: EpochId | undefined
}

/** What came of reading a run of entries. */
interface Opening {
  readonly opened: readonly ReceivedEntry[]
  /** Entries that are in order, locked ones included. */
  readonly length: number
  readonly refused: OpenReason | undefined
}

/**
 * The feeds of one document as this device holds them: their chains, and what is stored of them, opened as far as the
 * keys are here. An entry whose key has not come is locked: stored and passed on like any other, and opened later.
 */
export class FeedShelf {
  readonly #store: FeedStore
  readonly #ring: KeyRing
  readonly #chains = new Map<FeedId, FeedChain>()
  /** Feeds of which more was stored than could be read. */
  readonly #damaged = new Set<FeedId>()
  readonly #locks = new Map<FeedId, Lock>()
  /** Feeds whose locked entries turned out to be wrong when their key came. */
  readonly #refused = new Map<FeedId, OpenReason>()

  constructor(store: FeedStore, ring: KeyRing) {
    this.#store = store
    this.#ring = ring
  }

  has(feed: FeedId): boolean {
    return this.#chains.has(feed)
  }
  get feeds(): readonly FeedId[] {
    return [...this.#chains.keys()]
  }
  get heads(): ReadonlyMap<FeedId, ChainHead> {
    return new Map([...this.#chains].map(([feed, chain]) => [feed, chain.head]))
  }
  hashAt(feed: FeedId, length: number): Uint8Array | undefined {
    return this.#chains.get(feed)?.hashAt(length)
  }
  chain(feed: FeedId): FeedChain {
    let chain = this.#chains.get(feed)
    if (!chain) this.#chains.set(feed, (chain = new FeedChain(feed)))
    return chain
  }
  isDamaged(feed: FeedId): boolean {
    return this.#damaged.has(feed)
  }
  refusalOf(feed: FeedId): OpenReason | undefined {
    return this.#refused.get(feed)
  }

  /** Entries that are here and can't be read yet. */
  get lockedCount(): number {
    let count = 0
    for (const [feed, { from }] of this.#locks) count += this.chain(feed).head.length - from
    return count
  }
  /** The epochs whose keys the locked feeds wait for next. */
  get lockedEpochs(): readonly EpochId[] {
    return [...this.#locks.values()].map(({ epoch }) => epoch).filter((epoch) => epoch !== undefined)
  }
  /** Whether a key that came since may open something. */
  get canUnlock(): boolean {
    return [...this.#locks.values()].some(({ epoch }) => epoch === undefined || this.#ring.has(epoch))
  }

  /** Takes the next entries of a feed onto its chain. They are checked, and not stored yet. */
  push(feed: FeedId, entries: readonly SignedEntry[], hashes: readonly Uint8Array[], receivedAtMs: number): Opening {
    const chain = this.chain(feed)
    const opened: ReceivedEntry[] = []
    let length = 0
    for (const [i, { bytes }] of entries.entries()) {
      const entry = chain.open(bytes, hashes[i], this.#ring)
      if (!entry.ok) return { opened, length, refused: entry.reason }
      length++
      const { seq, cut, body, epoch } = entry.value
      if (!body && !this.#locks.has(feed)) this.#locks.set(feed, { from: seq, epoch })
      if (body && !this.#locks.has(feed)) opened.push({ feed, seq, cut, body, receivedAtMs })
    }
    return { opened, length, refused: undefined }
  }

  /** The entries stored of a feed that was not read before, up to the first locked one. */
  async readStored(feed: FeedId): Promise<readonly ReceivedEntry[]> {
    const { entries, isWhole } = await this.#store.load(feed)
    const chain = this.chain(feed)
    const reading = read(chain, entries, this.#ring)
    if (reading.locked) this.#locks.set(feed, reading.locked)
    if (!isWhole || chain.head.length < entries.length) this.#damaged.add(feed)
    return reading.opened
  }

  /** The same for a feed that was read before: what opens of it now. */
  async readAgain(feed: FeedId): Promise<readonly ReceivedEntry[]> {
    return read(new FeedChain(feed), (await this.#store.load(feed)).entries, this.#ring).opened
  }

  /** Opens what waited for keys that are here now; feed by feed, in order. Feeds with a wrong entry are named. */
  async unlock(): Promise<{
    readonly opened: readonly (readonly ReceivedEntry[])[]
    readonly refused: readonly { readonly feed: FeedId; readonly reason: OpenReason }[]
  }> {
    const opened: (readonly ReceivedEntry[])[] = []
    const refused: { feed: FeedId; reason: OpenReason }[] = []
    const locks = [...this.#locks]
    for (const [feed, lock] of locks) {
      if (lock.epoch !== undefined && !this.#ring.has(lock.epoch)) continue
      const { entries } = await this.#store.load(feed)
      const reading = read(new FeedChain(feed), entries, this.#ring)
      opened.push(reading.opened.filter(({ seq }) => seq >= lock.from))
      this.#locks.delete(feed)
      if (reading.refused !== undefined) {
        this.#refused.set(feed, reading.refused)
        refused.push({ feed, reason: reading.refused })
      } else if (reading.locked) this.#locks.set(feed, reading.locked)
      // More came while storage was being read, and is not in it yet.
      else if (entries.length < this.chain(feed).head.length)
        this.#locks.set(feed, { from: entries.length, epoch: undefined })
    }
    return { opened, refused }
  }
}

interface Reading {
  readonly opened: readonly ReceivedEntry[]
  readonly locked: Lock | undefined
  readonly refused: OpenReason | undefined
}

function read(chain: FeedChain, stored: readonly StoredEntry[], ring: KeyRing): Reading {
  const { feed } = chain
  const opened: ReceivedEntry[] = []
  let locked: Lock | undefined
  for (const { bytes, receivedAtMs } of stored) {
    const entry = chain.open(bytes, undefined, ring)
    // Behind a locked entry nothing is judged yet; it comes again when the lock opens.
    if (!entry.ok) return { opened, locked, refused: locked ? undefined : entry.reason }
    const { seq, cut, body, epoch } = entry.value
    if (!body) locked ??= { from: seq, epoch }
    else if (!locked) opened.push({ feed, seq, cut, body, receivedAtMs })
  }
  return { opened, locked, refused: undefined }
}
