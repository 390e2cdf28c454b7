/**
 * Looks through everything that a super peer has stored: is each log and feed there from its start without a gap, and is
 * all of it signed by who wrote it? Nothing that is found whole here can have been changed since its author wrote it.
 */
import type { DeviceId, FeedId, RoomId } from '../base/ids.ts'
import { decodeGenesis, type ReceivedGenesis } from '../access/genesis.ts'
import { verifyLogRange, type SessionBinding } from '../access/verify-log.ts'
import { emptyChain, verifyRange, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import { feedIdOf } from '../feed/feed-id.ts'
import { FeedStore, type FeedStoreKind } from '../peer/feed-store.ts'
import { loadRoomRecords } from '../peer/room-record.ts'
import { SESSIONS_PREFIX } from '../peer/session.ts'
import type { Change, Store } from '../storage/store.ts'
import { COUNT_ANEW } from './quotas.ts'
import { storedBlocks, storedRooms } from './stored-rooms.ts'

/**
 * `gap`: entries are missing before others. `unreadable`: what is stored is no entries. `forged`: not signed by who it
 * says, or changed since. `unannounced`: no log says whose it is, so it cannot be checked.
 */
export type DamageReason = 'gap' | 'unreadable' | 'forged' | 'unannounced'

export interface Damage {
  readonly feed: FeedId
  readonly kind: FeedStoreKind
  /** The entries before are whole. */
  readonly from: number
  readonly reason: DamageReason
  /** Deletes what is not whole. */
  readonly cut: Change
}

export interface RoomVerdict {
  readonly room: RoomId
  /** Without it nobody can be met: the room has to be taken up anew. */
  readonly hasRecord: boolean
  readonly logs: number
  readonly feeds: number
  /** That are whole. */
  readonly entries: number
  /** How many of each are whole, for whoever knows how many there were. */
  readonly lengths: ReadonlyMap<FeedId, number>
  readonly damages: readonly Damage[]
}

/**
 * Belongs to every loss: one of the logs may be our own, and to go on from a shorter one than others have would fork it,
 * so a new session begins; and what is kept is counted anew.
 */
export const AFTER_LOSS: readonly Change[] = [
  { kind: 'delete-range', from: SESSIONS_PREFIX, to: `${SESSIONS_PREFIX}~` },
  COUNT_ANEW,
]

/** Checks everything that is stored; changes nothing. */
export async function verifyStore(store: Store): Promise<readonly RoomVerdict[]> {
  const records = new Map((await loadRoomRecords(store)).map((record) => [record.room, record]))
  const verdicts: RoomVerdict[] = []
  for (const room of await storedRooms(store)) {
    const bytes = records.get(room)?.genesis
    const decoded = bytes && decodeGenesis(bytes)
    const genesis = decoded?.ok === true && decoded.value.room === room ? decoded.value : undefined
    verdicts.push({ ...(await new RoomCheck(store, room, genesis).run()), hasRecord: records.has(room) })
  }
  return verdicts
}

/** Cuts what is damaged, so that it is fetched anew. Returns how many feeds were cut. */
export async function mendStore(store: Store, verdicts: readonly RoomVerdict[]): Promise<number> {
  const changes: Change[] = []
  for (const { damages } of verdicts) {
    const isLogDamaged = damages.some(({ kind }) => kind === 'log')
    // Whose they are may stand in what is fetched anew of the logs.
    const sure = damages.filter(({ reason }) => reason !== 'unannounced' || !isLogDamaged)
    changes.push(...sure.map(({ cut }) => cut))
  }
  if (changes.length > 0) await store.write([...changes, ...AFTER_LOSS], { durable: true })
  return changes.length
}

class RoomCheck {
  readonly #store: Store
  readonly #room: RoomId
  readonly #genesis: ReceivedGenesis | undefined
  /** Who writes the feeds of documents, as the logs say. */
  readonly #writers = new Map<FeedId, DeviceId>()
  readonly #lengths = new Map<FeedId, number>()
  readonly #damages: Damage[] = []

  constructor(store: Store, room: RoomId, genesis: ReceivedGenesis | undefined) {
    this.#store = store
    this.#room = room
    this.#genesis = genesis
  }

  async run(): Promise<Omit<RoomVerdict, 'hasRecord'>> {
    const [logs, feeds] = await Promise.all([this.#feeds('log'), this.#feeds('entry')])
    for (const log of logs) await this.#checkLog(log)
    for (const feed of feeds) await this.#checkFeed(feed)
    const entries = [...this.#lengths.values()].reduce((sum, length) => sum + length, 0)
    const { length: logCount } = logs
    return {
      room: this.#room,
      logs: logCount,
      feeds: feeds.length,
      entries,
      lengths: this.#lengths,
      damages: this.#damages,
    }
  }

  #feeds(kind: FeedStoreKind): Promise<readonly FeedId[]> {
    return new FeedStore(this.#store, kind, this.#room).feeds()
  }

  async #checkLog(log: FeedId): Promise<void> {
    const genesis = this.#genesis
    if (!genesis) return this.#damage('log', log, { from: 0, key: undefined, reason: 'unannounced' })
    let binding: SessionBinding | undefined
    await this.#check('log', log, async (start, entries) => {
      const verified = await verifyLogRange({ genesis, log, binding, start, entries })
      if (!verified.ok) return undefined
      ;({ binding } = verified.value)
      const { session, device } = binding
      for (const { operation } of verified.value.operations)
        if (operation?.body.kind === 'feed.open')
          this.#writers.set(feedIdOf(session, operation.body.document, operation.node), device)
      return verified.value.range.head
    })
  }

  async #checkFeed(feed: FeedId): Promise<void> {
    const device = this.#writers.get(feed)
    if (device === undefined) return this.#damage('entry', feed, { from: 0, key: undefined, reason: 'unannounced' })
    await this.#check('entry', feed, async (start, entries) => {
      const verified = await verifyRange(feed, device, start, entries)
      return verified.ok ? verified.value.head : undefined
    })
  }

  /** `verify` gives the head after the entries, or undefined if they do not follow `start`. */
  async #check(
    kind: FeedStoreKind,
    feed: FeedId,
    verify: (start: ChainHead, entries: readonly SignedEntry[]) => Promise<ChainHead | undefined>,
  ): Promise<void> {
    let head = emptyChain(feed)
    const note = (key: string, reason: DamageReason): void => {
      this.#damage(kind, feed, { from: head.length, key, reason })
    }
    for await (const { key, block } of storedBlocks(this.#store, kind, this.#room, feed)) {
      if (!block) return note(key, 'unreadable')
      if (block.from > head.length) return note(key, 'gap')
      // Written twice, by two programs at different times: the same up to here.
      const fresh = block.entries.slice(head.length - block.from)
      if (fresh.length === 0) continue
      const next = await verify(head, fresh)
      if (!next) return note(key, 'forged')
      head = next
      this.#lengths.set(feed, head.length)
    }
  }

  #damage(
    kind: FeedStoreKind,
    feed: FeedId,
    found: { readonly from: number; readonly key: string | undefined; readonly reason: DamageReason },
  ): void {
    const { from, reason, key } = found
    const prefix = `${kind}/${this.#room}/${feed}/`
    const cut: Change = { kind: 'delete-range', from: key ?? prefix, to: `${prefix}~` }
    this.#damages.push({ feed, kind, from, reason, cut })
  }
}
