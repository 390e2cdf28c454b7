/** The rooms of a store as they lie there, without opening them: for whoever counts or checks what is stored. */
import type { FeedId, RoomId } from '../base/ids.ts'
import { decodeBlock, FeedStore, positionOf, type Block, type FeedStoreKind } from '../peer/feed-store.ts'
import type { Store } from '../storage/store.ts'

export const FEED_KINDS: readonly FeedStoreKind[] = ['log', 'entry']
const ID_LENGTH = 43
/** Records that are held in memory at a time. */
const RECORDS_AT_ONCE = 256

export interface StoredBlock {
  readonly key: string
  /** Undefined for one that cannot be read. */
  readonly block: Block | undefined
  readonly bytes: number
}

/** Every room of which something is stored. */
export async function storedRooms(store: Store): Promise<readonly RoomId[]> {
  const rooms = new Set<RoomId>()
  for (const prefix of ['rooms/', 'log/', 'entry/'])
    for (let from = prefix; ;) {
      const [first] = await store.range({ from, to: `${prefix}~`, limit: 1 })
      if (!first) break
      const room = first[0].slice(prefix.length, prefix.length + ID_LENGTH) as RoomId
      rooms.add(room)
      from = `${prefix}${room}~`
    }
  return [...rooms]
}

/** What is stored of a feed, in order. */
export async function* storedBlocks(
  store: Store,
  kind: FeedStoreKind,
  room: RoomId,
  feed: FeedId,
): AsyncGenerator<StoredBlock> {
  const to = `${kind}/${room}/${feed}/~`
  for (let from = `${kind}/${room}/${feed}/`; ;) {
    const records = await store.range({ from, to, limit: RECORDS_AT_ONCE })
    for (const [key, value] of records) {
      const bytes = value instanceof Uint8Array ? value.length : 0
      yield { key, block: decodeBlock(positionOf(key), value), bytes }
    }
    const last = records.at(-1)
    if (!last || records.length < RECORDS_AT_ONCE) return
    from = `${last[0]}!`
  }
}

/** When the last stored entry of a room came, in milliseconds since 1970: from the end of each feed alone. */
export async function lastStoredAtMs(store: Store, room: RoomId): Promise<number | undefined> {
  let lastAtMs: number | undefined
  for (const kind of FEED_KINDS)
    for (const feed of await new FeedStore(store, kind, room).feeds()) {
      const prefix = `${kind}/${room}/${feed}/`
      const [last] = await store.range({ from: prefix, to: `${prefix}~`, limit: 1, reverse: true })
      const atMs = last && decodeBlock(positionOf(last[0]), last[1])?.entries.at(-1)?.receivedAtMs
      if (atMs !== undefined) lastAtMs = Math.max(lastAtMs ?? 0, atMs)
    }
  return lastAtMs
}

/** How much is stored of a room, and when the last of it came, in milliseconds since 1970. */
export async function readRoomContents(
  store: Store,
  room: RoomId,
): Promise<{ readonly bytes: number; readonly lastAtMs: number | undefined }> {
  let bytes = 0
  let lastAtMs: number | undefined
  for (const kind of FEED_KINDS)
    for (const feed of await new FeedStore(store, kind, room).feeds())
      for await (const stored of storedBlocks(store, kind, room, feed)) {
        bytes += stored.bytes
        const atMs = stored.block?.entries.at(-1)?.receivedAtMs
        if (atMs !== undefined) lastAtMs = Math.max(lastAtMs ?? 0, atMs)
      }
  return { bytes, lastAtMs }
}
