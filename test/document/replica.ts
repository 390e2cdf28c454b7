import assert from 'node:assert/strict'
import type * as Y from 'yjs'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type DocumentId, type FeedId } from '../../src/base/ids.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { DocumentKind } from '../../src/document/document-content.ts'
import type { EntryOutcome, ReceivedEntry } from '../../src/document/entry-outcome.ts'
import { GuardedDocument } from '../../src/document/guarded-document.ts'
import { clientIdOf } from '../../src/feed/feed-id.ts'

export const documentNamed = (name: string): DocumentId => idFromBytes(sha256(utf8(`document ${name}`)))
export const feedNamed = (name: string): FeedId => idFromBytes(sha256(utf8(`feed ${name}`)))

const DOCUMENT = documentNamed('test')

export const clientNamed = (name: string): number => clientIdOf(feedNamed(name), DOCUMENT)

/** A person's device in a test: a document, the feed it writes, and all entries that it holds. */
export class Replica {
  readonly name: string
  readonly feed: FeedId
  readonly document: GuardedDocument
  /** Everything that the document holds, in the order in which it came. */
  readonly log: ReceivedEntry[] = []
  nowMs = 1_700_000_000_000

  constructor(name: string, kind: DocumentKind, people: readonly string[]) {
    this.name = name
    this.feed = feedNamed(name)
    this.document = new GuardedDocument({ document: DOCUMENT, kind })
    for (const person of people) {
      this.document.registerFeed({ feed: feedNamed(person), client: clientNamed(person), rights: 'write' })
    }
    if (people.includes(name)) this.document.openOwnFeed(this.feed)
  }

  get doc() {
    return this.document.doc
  }

  /** Hands out what was changed; each entry is what others receive. */
  flush(): readonly ReceivedEntry[] {
    const { entries, refused } = this.document.takeLocalChanges({ nowMs: this.nowMs })
    assert.equal(refused, undefined)
    const sent = entries.map(({ feed, seq, cut, body }) => ({ feed, seq, cut, body, receivedAtMs: this.nowMs }))
    this.log.push(...sent)
    return sent
  }

  /** Rebuilds if it must: what was hidden may be needed again. */
  repair(): void {
    while (this.document.needsRebuild) this.document.rebuild(this.log)
  }

  receive(entries: readonly ReceivedEntry[]): readonly EntryOutcome[] {
    const reports = this.document.receive(entries)
    for (const { entry, outcome } of reports) if (outcome.status === 'applied') this.log.push(entry)
    return reports.map(({ outcome }) => outcome)
  }
}

/** One replica each, who all know each other's feeds. */
export const replicas = (kind: DocumentKind, ...names: readonly string[]): readonly Replica[] =>
  names.map((name) => new Replica(name, kind, names))

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const title = (replica: Replica): Y.Text => replica.doc.getText('title')

export function two(): readonly [Replica, Replica] {
  const [alice, bob] = replicas('note', 'Alice', 'Bob')
  assert(alice && bob)
  return [alice, bob]
}

export function three(): readonly [Replica, Replica, Replica] {
  const [alice, bob, carol] = replicas('note', 'Alice', 'Bob', 'Carol')
  assert(alice && bob && carol)
  return [alice, bob, carol]
}

export const type = (replica: Replica, at: number, text: string): readonly ReceivedEntry[] => {
  title(replica).insert(at, text)
  return replica.flush()
}
