import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import * as Y from 'yjs'
import type { FeedRecord } from '../../src/access/feed-record.ts'
import { ROOT } from '../../src/access/operation.ts'
import { ID_BYTES, idFromBytes } from '../../src/base/ids.ts'
import type { DocumentId } from '../../src/base/ids.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { extendChain, signHead, type ChainHead, type SignedEntry } from '../../src/feed/chain.ts'
import { clientIdOf, feedIdOf } from '../../src/feed/feed-id.ts'
import { DocumentHost } from '../../src/peer/document-host.ts'
import { FeedStore } from '../../src/peer/feed-store.ts'
import { epochIdOf, KeyRing } from '../../src/peer/key-ring.ts'
import type { Session } from '../../src/peer/session.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { device } from './meeting.ts'
import { newSession } from './stranger.ts'
import { newKey, newRoom, ringOf } from './ring-of.ts'

/** A session's feed in a document, as if the log had registered it. */
function feedOf({ id: session, device: writer, person }: Session, document: DocumentId): FeedRecord {
  const feed = feedIdOf(session, document, ROOT)
  return {
    feed,
    operation: ROOT,
    session,
    device: writer,
    person,
    document,
    client: clientIdOf(feed, document),
    node: ROOT,
    role: 'writer',
    status: 'effective',
    limit: undefined,
    pins: [],
    redactions: [],
    modes: [],
  }
}

describe('entries whose key is not here', () => {
  const environment = device()
  const document: DocumentId = idFromBytes(randomBytes(ID_BYTES))
  const room = newRoom()
  const [first, second] = [newKey(), newKey()]
  let ada: Session
  let feed: FeedRecord

  const hostOf = (session: Session, ring: KeyRing, store = new MemoryStore()): DocumentHost =>
    new DocumentHost({
      document,
      kind: 'note',
      ring,
      store: new FeedStore(store, 'entry', room),
      session,
      environment,
      ensureEpoch: () => Promise.resolve(false),
    })

  beforeEach(async () => {
    ada = await newSession()
    feed = feedOf(ada, document)
  })

  /** Ada writes each of the words under its key, and hands out what she signed. */
  async function written(
    words: readonly (readonly [word: string, key: Uint8Array])[],
  ): Promise<readonly { readonly head: ChainHead; readonly entries: readonly SignedEntry[] }[]> {
    const { ring, write } = await ringOf([first, second])
    const host = hostOf(ada, ring)
    const published: { head: ChainHead; entries: readonly SignedEntry[] }[] = []
    host.events.on('published', (entries) => published.push(entries))
    await host.register([feed])
    assert(host.openOwnFeed(feed.feed))
    for (const [word, key] of words) {
      write(key)
      const text = host.guarded.doc.getText('title')
      text.insert(text.length, word)
      await host.settled()
    }
    await host.close()
    return published
  }

  const titleAt = (host: DocumentHost): string => host.guarded.doc.getText('title').toJSON()

  test('[K8] are kept, passed on and read in their order when the keys come', async () => {
    const ranges = await written([
      ['one ', first],
      ['two ', second],
      ['three ', first],
      ['four', second],
    ])
    const { ring } = await ringOf([first])
    const bens = hostOf(await newSession(), ring)
    await bens.register([feed])
    for (const [i, { entries }] of ranges.entries()) {
      const outcome = await bens.ingest(feed, i, entries)
      assert.equal(outcome.type, 'appended')
      assert.equal(outcome.type === 'appended' && outcome.refused, undefined)
    }
    assert.equal(titleAt(bens), 'one ', 'nothing jumps a lock')
    assert.equal(bens.lockedCount, 3)
    assert.deepEqual(bens.lockedEpochs, [epochIdOf(second)])
    assert.deepEqual(bens.heads.get(feed.feed), ranges.at(-1)?.head)
    await ring.add([second])
    await bens.unlocked()
    assert.equal(titleAt(bens), 'one two three four')
    assert.equal(bens.lockedCount, 0)
    await bens.close()
  })

  test('[K8] are locked again after a restart, and open then', async () => {
    const ranges = await written([
      ['one ', first],
      ['two', second],
    ])
    const store = new MemoryStore()
    const session = await newSession()
    const { ring } = await ringOf([first])
    const before = hostOf(session, ring, store)
    await before.register([feed])
    for (const [i, { entries }] of ranges.entries()) await before.ingest(feed, i, entries)
    await before.close()
    const after = hostOf(session, ring, store)
    await after.register([feed])
    assert.equal(titleAt(after), 'one ')
    assert.equal(after.lockedCount, 1)
    assert.deepEqual(after.heads.get(feed.feed), ranges.at(-1)?.head, 'others are not asked for it again')
    await ring.add([second])
    await after.unlocked()
    assert.equal(titleAt(after), 'one two')
    await after.close()
  })

  test('[K8] without any key at all everything is kept and passed on', async () => {
    const ranges = await written([
      ['one ', first],
      ['two', second],
    ])
    const { ring } = await ringOf([])
    const store = new MemoryStore()
    const relay = hostOf(await newSession(), ring, store)
    await relay.register([feed])
    for (const [i, { entries }] of ranges.entries()) await relay.ingest(feed, i, entries)
    assert.equal(relay.lockedCount, 2)
    const passedOn = await new FeedStore(store, 'entry', room).read(feed.feed, 0, 1 << 20)
    assert.deepEqual(
      passedOn.map(({ bytes, signature }) => ({ bytes, signature })),
      ranges.flatMap(({ entries }) => entries),
    )
    await relay.close()
  })

  test('[K8] that are wrong end their feed when the key comes', async () => {
    const [good, second_] = await written([
      ['one ', first],
      ['two', second],
    ])
    assert(good && second_)
    // The same entry, damaged, under a chain that its author signed all the same.
    const [entry] = second_.entries
    assert(entry)
    const bytes = entry.bytes.slice()
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    const head = extendChain(good.head, bytes)
    const damaged = [{ bytes, signature: await signHead(ada.signer, feed.feed, head) }]
    const { ring } = await ringOf([first])
    const bens = hostOf(await newSession(), ring)
    const ended: string[] = []
    bens.events.on('ended', ({ reason }) => ended.push(reason))
    await bens.register([feed])
    await bens.ingest(feed, 0, good.entries)
    assert.equal((await bens.ingest(feed, 1, damaged)).type, 'appended')
    await ring.add([second])
    await bens.unlocked()
    assert.deepEqual(ended, ['seal'])
    assert.equal(titleAt(bens), 'one ')
    assert.equal(bens.lockedCount, 0)
    const more = await bens.ingest(feed, 2, damaged)
    assert.deepEqual(more, { type: 'refused', reason: 'seal' })
    await bens.close()
  })
})

describe('own changes without an epoch to seal them with', () => {
  test('[K9] wait in their order, survive a rebuild, and go out when there is one', async () => {
    const session = await newSession()
    const document: DocumentId = idFromBytes(randomBytes(ID_BYTES))
    const feed = feedOf(session, document)
    const [tainted, fresh] = [newKey(), newKey()]
    const { ring, write } = await ringOf([tainted])
    write(undefined)
    const host = new DocumentHost({
      document,
      kind: 'note',
      ring,
      store: new FeedStore(new MemoryStore(), 'entry', newRoom()),
      session,
      environment: device(),
      ensureEpoch: () => Promise.resolve(false),
    })
    const lengths: number[] = []
    host.events.on('published', ({ head }) => lengths.push(head.length))
    await host.register([feed])
    assert(host.openOwnFeed(feed.feed))
    const title = (): Y.Text => host.guarded.doc.getText('title')
    title().insert(0, 'one')
    host.flush()
    title().insert(3, ' two')
    host.flush()
    await host.settled()
    await host.rebuild()
    assert.equal(title().toJSON(), 'one two')
    assert.deepEqual(lengths, [])
    await ring.add([fresh])
    write(fresh)
    host.resume()
    await host.settled()
    assert.deepEqual(lengths, [1, 2])
    title().insert(7, ' three')
    await host.settled()
    assert.deepEqual(lengths, [1, 2, 3])
    assert.equal(title().toJSON(), 'one two three')
    await host.close()
  })
})
