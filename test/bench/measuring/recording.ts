import * as Y from 'yjs'
import { ROOT } from '../../../src/access/operation.ts'
import type { FeedRecord } from '../../../src/access/feed-record.ts'
import {
  ID_BYTES,
  idFromBytes,
  type DeviceId,
  type DocumentId,
  type PersonId,
  type RoomId,
} from '../../../src/base/ids.ts'
import { createDeviceKey, signerOf } from '../../../src/crypto/device-key.ts'
import { createKeyPair } from '../../../src/crypto/key-agreement.ts'
import { randomBytes } from '../../../src/crypto/random.ts'
import { compactUpdate } from '../../../src/document/update-body.ts'
import { signHead, type ChainHead, type SignedEntry } from '../../../src/feed/chain.ts'
import { clientIdOf, feedIdOf, SESSION_NONCE_BYTES, sessionIdOf } from '../../../src/feed/feed-id.ts'
import { FeedChain } from '../../../src/peer/feed-chain.ts'
import { EPOCH_KEY_BYTES, epochIdOf, KeyRing } from '../../../src/peer/key-ring.ts'
import { SESSION_LIFE_BYTES, type Session } from '../../../src/peer/session.ts'
import { MemoryStore } from '../../../src/storage/memory-store.ts'
import { RANGE_BYTES_AIM } from '../../../src/sync/limits.ts'
import { updatesOf, type EditingTrace } from './editing-trace.ts'

/** A recorded session as its author would publish it and a supplier would hand it out. */
export interface Recording {
  readonly endContent: string
  readonly updates: readonly Uint8Array[]
  /** One signature at the end of each. */
  readonly ranges: readonly (readonly SignedEntry[])[]
  readonly feed: FeedRecord
  readonly room: RoomId
  readonly ring: KeyRing
}

/** A session that no room knows: whoever replays has no use for more. */
export async function newSession(): Promise<Session> {
  const signer = signerOf(await createDeviceKey())
  const device = idFromBytes<DeviceId>(signer.publicKey)
  const nonce = randomBytes(SESSION_NONCE_BYTES)
  const person = idFromBytes<PersonId>(randomBytes(ID_BYTES))
  const life = randomBytes(SESSION_LIFE_BYTES)
  const id = sessionIdOf(device, nonce)
  const sealKeyPair = await createKeyPair()
  const none = { signAsPerson: undefined, rootSigner: () => undefined }
  return { id, nonce, life, device, person, certificate: nonce, signer, sealKeyPair, ...none }
}

/** Writes the trace down as entries of `batch` edits, sealed and signed as the library does. */
export async function recordTrace(trace: EditingTrace, batch: number): Promise<Recording> {
  const author = await newSession()
  const { id: session, device, person } = author
  const document: DocumentId = idFromBytes(randomBytes(ID_BYTES))
  const feed = feedIdOf(session, document, ROOT)
  const client = clientIdOf(feed, document)
  const room: RoomId = idFromBytes(randomBytes(ID_BYTES))
  const epochKey = randomBytes(EPOCH_KEY_BYTES)
  const epoch = epochIdOf(epochKey)
  const ring = new KeyRing({ store: new MemoryStore(), room, choose: () => epoch })
  await ring.add([epochKey])
  const updates = updatesOf(trace, client, batch)
  const written = writeEntries(new FeedChain(feed), updates, client, ring)
  const ranges = await Promise.all(
    cutRanges(written).map(async (range) => {
      const last = range.at(-1)
      const signature = last && (await signHead(author.signer, feed, last.head))
      return range.map(({ bytes, head }) => ({ bytes, signature: head === last?.head ? signature : undefined }))
    }),
  )
  const record: FeedRecord = {
    feed,
    operation: ROOT,
    session,
    device,
    person,
    document,
    client,
    node: ROOT,
    role: 'writer',
    status: 'effective',
    limit: undefined,
    pins: [],
    modes: [],
    redactions: [],
  }
  return { endContent: trace.endContent, updates, ranges, feed: record, room, ring }
}

interface WrittenEntry {
  readonly bytes: Uint8Array
  readonly head: ChainHead
}

function writeEntries(
  chain: FeedChain,
  updates: readonly Uint8Array[],
  client: number,
  ring: KeyRing,
): readonly WrittenEntry[] {
  const doc = new Y.Doc({ gc: false })
  const epoch = ring.writing
  const key = epoch && ring.body(epoch, chain.feed)
  if (epoch === undefined || !key) throw new Error('the ring has the recording’s key')
  const seal = { epoch, key }
  return updates.map((update) => {
    const clock = Y.getState(doc.store, client)
    Y.applyUpdate(doc, update)
    return chain.write([], compactUpdate(update, client, clock), seal)
  })
}

function cutRanges(entries: readonly WrittenEntry[]): readonly (readonly WrittenEntry[])[] {
  const ranges: WrittenEntry[][] = []
  let sizeBytes = RANGE_BYTES_AIM
  for (const entry of entries) {
    sizeBytes += entry.bytes.length
    if (sizeBytes > RANGE_BYTES_AIM) {
      ranges.push([])
      sizeBytes = entry.bytes.length
    }
    ranges.at(-1)?.push(entry)
  }
  return ranges
}
