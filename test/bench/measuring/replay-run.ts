/**
 * Replays a recording as somebody receives it who was away: as raw Yjs, and as signed and sealed entries through the
 * library's own classes. Runs in Node and in a page.
 */
import * as Y from 'yjs'
import type { ReceivedEntry } from '../../../src/document/entry-outcome.ts'
import { createDocument } from '../../../src/document/document-content.ts'
import { Guard } from '../../../src/document/guard/guard.ts'
import { noteSchema } from '../../../src/document/guard/schemas.ts'
import { GuardedDocument } from '../../../src/document/guarded-document.ts'
import { expandUpdate } from '../../../src/document/update-body.ts'
import { verifyRange, type VerifiedRange } from '../../../src/feed/chain.ts'
import { DocumentHost } from '../../../src/peer/document-host.ts'
import { platformEnvironment } from '../../../src/peer/environment.ts'
import { FeedChain } from '../../../src/peer/feed-chain.ts'
import { FeedStore } from '../../../src/peer/feed-store.ts'
import { MemoryStore } from '../../../src/storage/memory-store.ts'
import { TEXT_ROOT } from './editing-trace.ts'
import { newSession, type Recording } from './recording.ts'

/** What one replay took, in milliseconds of `nowMs`. */
export interface ReplayTimes {
  /** Y.applyUpdate of each update, into a document as Yjs makes it. */
  readonly raw: number
  /** The same into a document that keeps what was deleted, as ours have to. */
  readonly rawKeeping: number
  /** DocumentHost.ingest: everything, storing in memory included. */
  readonly ingest: number
  /** Without storing: verifyRange, FeedChain.open, GuardedDocument.receive. */
  readonly verified: number
  // Each part alone.
  readonly chain: number
  readonly open: number
  readonly expand: number
  readonly guard: number
  /** Y.applyUpdate inside one transaction for each range. */
  readonly apply: number
}

const RECEIVED_AT_MS = 0

export async function replay(recording: Recording): Promise<ReplayTimes> {
  const raw = replayRaw(recording, true)
  const ingest = await replayThroughHost(recording)
  const rawKeeping = replayRaw(recording, false)
  const verified = await replayVerified(recording)
  return { raw, rawKeeping, ingest, verified, ...(await replayParts(recording)) }
}

/** Time on a processor where the platform tells it, since neighbours do not count in that; time passed elsewhere. */
function nowMs(): number {
  if (typeof process === 'undefined') return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Starts with the garbage of former measurements gone. */
function startClock(): () => number {
  globalThis.gc?.()
  const startMs = nowMs()
  return () => nowMs() - startMs
}

function requireText(doc: Y.Doc, { endContent }: Recording): void {
  const text = doc.getText(TEXT_ROOT)
  if (text.toJSON() !== endContent) throw new Error('the replay ended in another text')
}

function replayRaw(recording: Recording, gc: boolean): number {
  const doc = new Y.Doc({ gc })
  const clock = startClock()
  for (const update of recording.updates) Y.applyUpdate(doc, update)
  const tookMs = clock()
  requireText(doc, recording)
  return tookMs
}

async function replayThroughHost(recording: Recording): Promise<number> {
  const { feed, ring, ranges, room } = recording
  const host = new DocumentHost({
    document: feed.document,
    kind: 'note',
    ring,
    store: new FeedStore(new MemoryStore(), 'entry', room),
    session: await newSession(),
    environment: platformEnvironment(),
    ensureEpoch: () => Promise.resolve(true),
  })
  await host.register([feed])
  const clock = startClock()
  let from = 0
  for (const range of ranges) {
    const outcome = await host.ingest(feed, from, range)
    if (outcome.type !== 'appended' || outcome.refused !== undefined) throw new Error('a range was refused')
    from += range.length
  }
  const tookMs = clock()
  requireText(host.guarded.doc, recording)
  await host.close()
  return tookMs
}

async function replayVerified(recording: Recording): Promise<number> {
  const { feed } = recording
  const chain = new FeedChain(feed.feed)
  const document = new GuardedDocument({ document: feed.document, kind: 'note' })
  document.registerFeed({ feed: feed.feed, client: feed.client, rights: 'write' })
  const clock = startClock()
  for (const range of recording.ranges) {
    const verified = await verifyRange(feed.feed, feed.device, chain.head, range)
    if (!verified.ok) throw new Error(`not verified: ${verified.reason}`)
    const reports = document.receive(openRange(chain, verified.value, recording))
    if (!reports.every(({ outcome }) => outcome.status === 'applied')) throw new Error('an entry was not applied')
  }
  const tookMs = clock()
  requireText(document.doc, recording)
  document.destroy()
  return tookMs
}

function openRange(chain: FeedChain, range: VerifiedRange, { feed, ring }: Recording): readonly ReceivedEntry[] {
  return range.entries.map(({ bytes }, i) => {
    const opened = chain.open(bytes, range.hashes[i], ring)
    if (!opened.ok) throw new Error(`not opened: ${opened.reason}`)
    const { seq, cut, body } = opened.value
    if (!body) throw new Error('an entry is locked')
    return { feed: feed.feed, seq, cut, body, receivedAtMs: RECEIVED_AT_MS }
  })
}

/** The same work again, one step after the other over the whole trace. */
async function replayParts(
  recording: Recording,
): Promise<Pick<ReplayTimes, 'chain' | 'open' | 'expand' | 'guard' | 'apply'>> {
  const { feed, ranges } = recording
  const verified: VerifiedRange[] = []
  let clock = startClock()
  let head = new FeedChain(feed.feed).head
  for (const range of ranges) {
    const result = await verifyRange(feed.feed, feed.device, head, range)
    if (!result.ok) throw new Error(`not verified: ${result.reason}`)
    verified.push(result.value)
    head = result.value.head
  }
  const chain = clock()
  const feedChain = new FeedChain(feed.feed)
  clock = startClock()
  const received = verified.map((range) => openRange(feedChain, range, recording))
  const open = clock()
  return { chain, open, ...replayGuarded(recording, received) }
}

/** Guard and Yjs take turns, as one looks at what the other made; their clocks are read in between. */
function replayGuarded(
  recording: Recording,
  received: readonly (readonly ReceivedEntry[])[],
): Pick<ReplayTimes, 'expand' | 'guard' | 'apply'> {
  const { client, feed } = recording.feed
  const doc = createDocument('note', { gc: false })
  const guard = new Guard({ doc, schema: noteSchema })
  guard.register(client, { feed, rights: 'write' })
  const view = new Map([[client, 0]])
  const clock = startClock()
  const loopStartMs = performance.now()
  let expand = 0
  let judging = 0
  for (const range of received) {
    doc.transact(() => {
      for (const { body } of range) {
        const startMs = performance.now()
        const update = expandUpdate(body, client, guard.nextClock(client))
        const expandedMs = performance.now()
        if (!update.ok) throw new Error('not a body')
        const checked = guard.check(client, view, update.value)
        const checkedMs = performance.now()
        if (!checked.ok) throw new Error(`refused: ${checked.reason}`)
        Y.applyUpdate(doc, update.value)
        const appliedMs = performance.now()
        guard.commit(checked.value)
        expand += expandedMs - startMs
        judging += checkedMs - expandedMs + performance.now() - appliedMs
      }
    })
  }
  // The clock that is read so often is that of time passed: its parts are scaled to the other.
  const passedMs = performance.now() - loopStartMs
  const scale = clock() / passedMs
  const apply = passedMs - expand - judging
  requireText(doc, recording)
  return { expand: expand * scale, guard: judging * scale, apply: apply * scale }
}
