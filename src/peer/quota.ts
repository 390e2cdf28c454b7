import { decodeDeviceCertificate } from '../identity/device-certificate.ts'
import { decodeOperation } from '../access/operation-codec.ts'
import type { FeedId, PersonId, RoomId } from '../base/ids.ts'
import type { SignedEntry } from '../feed/chain.ts'
import type { IngestOutcome } from './document-host.ts'

/** A room, as far as its quota is concerned. */
export interface RoomWithQuota {
  readonly id: RoomId
  readonly quota?: StorageQuota | undefined
  readonly state?: { can(person: PersonId, action: 'remove'): boolean } | undefined
  /** Undefined while nobody has said whose feed it is. */
  authorOf(feed: FeedId): { readonly person: PersonId } | undefined
  /** Of a document's feed; undefined for a log. */
  recordOf(feed: FeedId): object | undefined
}

/** What whoever keeps rooms for others lets them store. It counts what is taken in; how is its own business. */
export interface StorageQuota {
  /** Whether so many more bytes of the feed are taken in now. `author`: whose it seems to be. */
  mayTake(room: RoomWithQuota, feed: FeedId, sizeBytes: number, author: PersonId | undefined): boolean
  /** They are stored. */
  took(room: RoomWithQuota, feed: FeedId, sizeBytes: number): void
  /** Whether something of the feed was not taken in, and would not be now. */
  isFull(room: RoomWithQuota, feed: FeedId): boolean
}

const sizeOf = (entries: readonly SignedEntry[]): number =>
  entries.reduce((sum, { bytes, signature }) => sum + bytes.length + (signature?.length ?? 0), 0)

/** Whose log it is by its own first entry, not checked yet: if that is a lie, nothing of it will be stored. */
function personIn(entry: SignedEntry | undefined): PersonId | undefined {
  const first = entry && decodeOperation(entry.bytes, 0)
  if (first?.ok !== true || first.value.body.kind !== 'session') return undefined
  const certificate = decodeDeviceCertificate(first.value.body.certificate)
  return certificate.ok ? certificate.value.person : undefined
}

/** Takes entries in, if the quota allows. What it does not allow is asked for again later: it may be larger by then. */
export function ingestWithin(
  room: RoomWithQuota,
  feed: FeedId,
  entries: readonly SignedEntry[],
  ingest: () => Promise<IngestOutcome>,
): Promise<IngestOutcome> {
  return room.quota ? ingestCounted(room, room.quota, { feed, entries, ingest }) : ingest()
}

async function ingestCounted(
  room: RoomWithQuota,
  quota: StorageQuota,
  taken: {
    readonly feed: FeedId
    readonly entries: readonly SignedEntry[]
    readonly ingest: () => Promise<IngestOutcome>
  },
): Promise<IngestOutcome> {
  const { feed, entries, ingest } = taken
  const author = room.authorOf(feed)?.person ?? personIn(entries[0])
  if (!quota.mayTake(room, feed, sizeOf(entries), author)) return { type: 'retry' }
  const outcome = await ingest()
  if (outcome.type === 'appended') quota.took(room, feed, sizeOf(outcome.entries))
  return outcome
}

export const isFull = (room: RoomWithQuota, feed: FeedId): boolean => room.quota?.isFull(room, feed) ?? false
