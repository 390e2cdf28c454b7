/**
 * What it costs to make a document anew after a revocation, beside raw Yjs that loads the same updates: a paper of
 * 259,778 edits, ten to an entry, in which somebody else wrote a few words every now and then until they were removed.
 * In Node; the entries are in memory, opened.
 */
import * as Y from 'yjs'
import { idFromBytes, type DocumentId, type FeedId } from '../../src/base/ids.ts'
import { contentDigest } from '../../src/document/document-content.ts'
import type { ReceivedEntry } from '../../src/document/entry-outcome.ts'
import { GuardedDocument } from '../../src/document/guarded-document.ts'
import { expandUpdate } from '../../src/document/update-body.ts'
import { TEXT_ROOT } from './measuring/editing-trace.ts'
import { median, printTable, ratios, spread, verdict } from './measuring/figures.ts'
import { readTrace } from './measuring/fixture.ts'

const BATCH = 10
const RUNS = 5
/** Entries of the author between two of the other's. */
const OTHER_EVERY = 50
/** Rebuild over raw Yjs in the same run, above which snapshots of the document would be worth their storage. */
const RATIO_MAX = 2

const DOCUMENT = idFromBytes<DocumentId>(new Uint8Array(32).fill(9))
const AUTHOR = 5_123_456_789_012_345
const OTHER = 6_123_456_789_012_345
const feedOf = (client: number): FeedId => idFromBytes(new Uint8Array(32).fill(client % 251))

function deviceOf(client?: number): GuardedDocument {
  const document = new GuardedDocument({ document: DOCUMENT, kind: 'note' })
  for (const author of [AUTHOR, OTHER]) register(document, author, undefined)
  if (client !== undefined) document.openOwnFeed(feedOf(client))
  return document
}

const register = (document: GuardedDocument, client: number, limit: number | undefined): void =>
  void document.registerFeed({ feed: feedOf(client), client, rights: 'write', limit })

/** Hands out what was typed, to the log and to the other device. */
function pass(from: GuardedDocument, to: GuardedDocument, log: ReceivedEntry[]): void {
  const { entries } = from.takeLocalChanges({ nowMs: 0 })
  const sent = entries.map((entry) => ({ ...entry, receivedAtMs: 0 }))
  to.receive(sent)
  log.push(...sent)
}

function record(): readonly ReceivedEntry[] {
  const edits = readTrace('automerge-paper').txns.flatMap(({ patches }) => patches)
  const author = deviceOf(AUTHOR)
  const other = deviceOf(OTHER)
  const log: ReceivedEntry[] = []
  for (let i = 0; i < edits.length; i += BATCH) {
    const text = author.doc.getText(TEXT_ROOT)
    author.doc.transact(() => {
      for (const [position, deleted, inserted] of edits.slice(i, i + BATCH)) {
        if (deleted > 0) text.delete(Math.min(position, text.length), Math.min(deleted, text.length - position))
        if (inserted !== '') text.insert(Math.min(position, text.length), inserted)
      }
    })
    pass(author, other, log)
    if ((i / BATCH) % OTHER_EVERY !== 0) continue
    other.doc.getText(TEXT_ROOT).insert((i * 31) % (text.length + 1), 'not mine ')
    pass(other, author, log)
  }
  return log
}

function updatesOf(log: readonly ReceivedEntry[]): readonly Uint8Array[] {
  const clocks = new Map<FeedId, number>()
  return log.map(({ feed, body }) => {
    const client = feed === feedOf(AUTHOR) ? AUTHOR : OTHER
    const update = expandUpdate(body, client, clocks.get(feed) ?? 0)
    if (!update.ok) throw new Error('not a body')
    for (const { id, length } of Y.decodeUpdate(update.value).structs) clocks.set(feed, id.clock + length)
    return update.value
  })
}

/** Time on a processor: neighbours do not count in that. */
function measure(work: () => void): number {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  work()
  const after = process.cpuUsage({ user, system })
  return (after.user + after.system) / 1000
}

function loadRaw(updates: readonly Uint8Array[], gc: boolean): void {
  const doc = new Y.Doc({ gc })
  for (const update of updates) Y.applyUpdate(doc, update)
}

const log = record()
const updates = updatesOf(log)
const otherLength = log.filter(({ feed }) => feed === feedOf(OTHER)).length
const document = deviceOf()
document.load(log)
const reference = contentDigest(document.doc)
const sizeBytes = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)
console.log(
  `${log.length} entries, ${otherLength} of them by the other; ${sizeBytes(log.map(({ body }) => body))} bytes of bodies, ` +
    `${sizeBytes(updates)} of updates`,
)

const raw: number[] = []
const rawKeeping: number[] = []
const rebuilt: number[] = []
const lifted: number[] = []
for (let run = 0; run <= RUNS; run++) {
  const figures = [
    measure(() => loadRaw(updates, true)),
    measure(() => loadRaw(updates, false)),
    measure(() => {
      register(document, OTHER, otherLength >> 1)
      document.rebuild(log)
    }),
    measure(() => {
      register(document, OTHER, undefined)
      document.rebuild(log)
    }),
  ]
  if (contentDigest(document.doc) !== reference) throw new Error('what was lifted is not back')
  // The first run warms the engine up.
  if (run > 0) for (const [i, list] of [raw, rawKeeping, rebuilt, lifted].entries()) list.push(figures[i] ?? 0)
}
const row = (name: string, ours: readonly number[]): string[] => [
  name,
  spread(ours),
  spread(raw),
  spread(ratios(ours, raw)),
]
const isMet = median(ratios(rebuilt, raw)) <= RATIO_MAX
printTable(
  'Rebuild in Node, ms on a processor',
  ['work', 'ours', 'raw Yjs', 'ratio', 'goal'],
  [
    [...row('half of a feed revoked', rebuilt), `<= ${RATIO_MAX} ${verdict(isMet)}`],
    row('the revocation lifted', lifted),
    row('raw Yjs without collection', rawKeeping),
  ],
)
