import {
  idToBytes,
  type DocumentId,
  type FeedId,
  type OperationHash,
  type PersonId,
  type SessionId,
} from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessState } from '../access/access-state.ts'
import { compareSeniority, coversScope } from '../access/authority-node.ts'
import type { FeedRecord } from '../access/feed-record.ts'
import type { LoggedOperation } from '../access/logged-operation.ts'
import { ROOT, type Pin } from '../access/operation.ts'
import { roleAllows } from '../access/permission.ts'
import type { RevocationRecord } from '../access/state-removals.ts'
import { textsOfRuns } from '../document/body-text.ts'
import type { ReceivedEntry } from '../document/entry-outcome.ts'
import type { ChainHead } from '../feed/chain.ts'
import { pinChunks } from './access-change.ts'
import type { AccessReason } from './access-reason.ts'
import type { DocumentHost } from './document-host.ts'
import { isLateFeed } from './late-feed.ts'
import type { LogHost, Step } from './log-host.ts'
import { mayActAsRoot, rootKeyOf } from './owners.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'
import { excerptOf, PAUSE_MS, type PersonWrite } from './writings.ts'

/** What somebody wrote that a removal or a change of role leaves out: what came too late, or was taken back. */
export interface PersonHeldWritings {
  readonly person: PersonSummary
  readonly count: number
  /** `Chat` and titles of notes, each once. */
  readonly places: readonly string[]
  /** In the order in which they can be accepted; their time is when this device got them. */
  readonly writings: readonly PersonWrite[]
  /** Whether we may accept them. */
  readonly byMe: boolean
}

export interface HeldWritingsParts {
  readonly core: RoomCore
  readonly titleOf: (document: DocumentId) => string
  readonly summaryOf: (person: PersonId) => PersonSummary
  /** What operations would come to. */
  readonly stateAfter: (steps: readonly Step[]) => AccessState | undefined
  /** The list has changed. */
  readonly changed: () => void
}

/** One message, or what was typed into a note without a longer pause; entries of one feed, from `seq` on before `end`. */
interface HeldWriting {
  readonly feed: FeedId
  readonly person: PersonId
  readonly document: DocumentId
  readonly seq: number
  readonly end: number
  readonly atMs: number
  readonly excerpt: string
}

interface HeldFeed {
  /** What it was read for: nothing is read twice. */
  readonly key: string
  readonly writings: readonly HeldWriting[]
}

/**
 * Entries that lie beyond what is kept of their feed. They are stored and passed on like any other, so that nothing
 * vanishes without a word: whoever may, looks through them and lets them in after all.
 */
export class HeldWritings {
  readonly #parts: HeldWritingsParts
  readonly #core: RoomCore
  #feeds: ReadonlyMap<FeedId, HeldFeed> = new Map()
  /** Feeds that a decision of ours would let in. */
  #acceptable: ReadonlySet<FeedId> = new Set()
  #judgedFor = ''
  #isDue = false
  #isScanning = false

  constructor(parts: HeldWritingsParts) {
    this.#parts = parts
    this.#core = parts.core
    for (const host of parts.core.documents.values()) this.#follow(host)
    parts.core.events.on('creating', (host) => {
      this.#follow(host)
    })
    this.update()
  }

  /** By person; where we may accept some of a person's, those alone. */
  list(): readonly PersonHeldWritings[] {
    const byPerson = new Map<PersonId, HeldWriting[]>()
    for (const writing of this.#all) {
      const known = byPerson.get(writing.person)
      if (known) known.push(writing)
      else byPerson.set(writing.person, [writing])
    }
    const { summaryOf, titleOf } = this.#parts
    return [...byPerson].map(([person, all]) => {
      const mine = all.filter(({ feed }) => this.#acceptable.has(feed))
      const byMe = mine.length > 0
      const writings = inOrder(byMe ? mine : all).map((writing) => ({
        id: idOf(writing),
        atMs: writing.atMs,
        place: titleOf(writing.document),
        excerpt: writing.excerpt,
      }))
      const places = [...new Set(writings.map(({ place }) => place))]
      return { person: summaryOf(person), count: writings.length, places, writings, byMe }
    })
  }

  /** Lets in what a person wrote: up to and with the writing of that id, or `all` of it. Everybody shows it then. */
  async accept(person: PersonId, upTo: string): Promise<Result<void, AccessReason>> {
    const { log } = this.#core
    const held = inOrder(this.#all.filter((writing) => writing.person === person && this.#acceptable.has(writing.feed)))
    const last = upTo === 'all' ? held.length - 1 : held.findIndex((writing) => idOf(writing) === upTo)
    if (!log || last < 0) return rejected('not-allowed')
    const lengths = lengthsOf(held.slice(0, last + 1))
    const written = await log.appendAll(
      () => {
        const steps = amendments(this.#core, log, lengths)
        return steps.length > 0 ? steps : undefined
      },
      rootKeyOf(this.#core, log.state),
    )
    return written.ok ? accepted(undefined) : written
  }

  get #all(): readonly HeldWriting[] {
    return [...this.#feeds.values()].flatMap(({ writings }) => writings)
  }

  /** Looks again at what is stored: rights have changed, or entries came. */
  update(): void {
    this.#isDue = true
    if (!this.#isScanning) void this.#scan()
  }

  #follow(host: DocumentHost): void {
    for (const event of ['beyond', 'locked'] as const)
      host.events.on(event, () => {
        this.update()
      })
  }

  async #scan(): Promise<void> {
    this.#isScanning = true
    while (this.#isDue) {
      this.#isDue = false
      const feeds = await this.#read()
      const isSame =
        feeds.size === this.#feeds.size && [...feeds].every(([feed, held]) => this.#feeds.get(feed) === held)
      this.#feeds = feeds
      const isJudged = this.#judge()
      if (!isSame || isJudged) this.#parts.changed()
    }
    this.#isScanning = false
  }

  async #read(): Promise<ReadonlyMap<FeedId, HeldFeed>> {
    const found = new Map<FeedId, HeldFeed>()
    const { state, log, documents, me } = this.#core
    const heads = new Map<DocumentId, ReadonlyMap<FeedId, ChainHead>>()
    for (const record of state?.feeds.values() ?? []) {
      const { feed, document, person } = record
      const host = documents.get(document)
      const limit = log && keptOf(log, record)
      if (limit === undefined || person === me || !host || !state) continue
      let lengths = heads.get(document)
      if (!lengths) heads.set(document, (lengths = host.heads))
      const length = lengths.get(feed)?.length ?? 0
      const end = host.guarded.endOf(feed)
      if (length <= limit || (end && end.seq <= limit) || !isRevoked(state, record)) continue
      const key = `${limit} ${length} ${host.lockedCount}`
      const known = this.#feeds.get(feed)
      const held = known?.key === key ? known : { key, writings: await writingsOf(host, record, limit) }
      if (held.writings.length > 0) found.set(feed, held)
    }
    return found
  }

  /** Finds out which feeds we could let in, by a dry run. True if that has changed. */
  #judge(): boolean {
    const { log } = this.#core
    const lengths = lengthsOf(this.#all)
    const judgedFor = `${log?.state.version} ${[...lengths].map(([feed, length]) => `${feed} ${length}`).join()}`
    if (judgedFor === this.#judgedFor) return false
    this.#judgedFor = judgedFor
    const before = this.#acceptable
    const steps = log ? amendments(this.#core, log, lengths) : []
    const after = steps.length > 0 ? this.#parts.stateAfter(steps) : undefined
    const isLetIn = (feed: FeedId, length: number): boolean => {
      const record = after?.feeds.get(feed)
      return record?.status === 'effective' && (record.limit ?? Infinity) >= length
    }
    this.#acceptable = new Set(
      after ? [...lengths].flatMap(([feed, length]) => (isLetIn(feed, length) ? [feed] : [])) : [],
    )
    return this.#acceptable.size !== before.size || [...before].some((feed) => !this.#acceptable.has(feed))
  }
}

const idOf = ({ feed, seq }: HeldWriting): string => `${feed}/${seq}`

const inOrder = (writings: readonly HeldWriting[]): readonly HeldWriting[] =>
  writings.toSorted((a, b) => a.atMs - b.atMs || (a.feed === b.feed ? a.seq - b.seq : a.feed < b.feed ? -1 : 1))

/** How much of each feed the writings take. */
function lengthsOf(writings: readonly HeldWriting[]): ReadonlyMap<FeedId, number> {
  const lengths = new Map<FeedId, number>()
  for (const { feed, end } of writings) lengths.set(feed, Math.max(end, lengths.get(feed) ?? 0))
  return lengths
}

/** How much of a feed is kept; undefined for all, and for what can never be let in. */
const keptOf = (log: LogHost, record: FeedRecord): number | undefined => {
  if (record.status === 'effective') return record.limit
  return isLateFeed(log, record) ? 0 : undefined
}

/** Whether a revocation limits the feed, and not only the end of a device or a list of writers. */
function isRevoked(state: AccessState, { node: hash, person, document }: FeedRecord): boolean {
  const node = state.nodes.get(hash)
  return node !== undefined && state.limitsFor(node, person, document).length > 0
}

/** What is stored of a feed from a position on, as writings. A storage that fails says so elsewhere. */
async function writingsOf(host: DocumentHost, record: FeedRecord, limit: number): Promise<readonly HeldWriting[]> {
  const stored = await host.readStored(record.feed).catch(() => [])
  const runs = inRuns(stored.slice(limit), host.guarded.kind === 'chat')
  const bodies = [stored.slice(0, limit), ...runs].map((run) => run.map(({ body }) => body))
  const [, ...texts] = textsOfRuns(bodies, record.client, 0)
  let atMs = -Infinity
  return runs.map((run, i) => {
    const [first] = run
    const seq = first?.seq ?? limit
    // A clock that was set back must not turn the order of one feed round.
    atMs = Math.max(atMs, first?.receivedAtMs ?? atMs)
    const { feed, person, document } = record
    return { feed, person, document, seq, end: seq + run.length, atMs, excerpt: excerptOf(texts[i] ?? '') }
  })
}

/** Each entry of a chat by itself, those of a note together as long as there was no pause. */
function inRuns(entries: readonly ReceivedEntry[], isApart: boolean): readonly (readonly ReceivedEntry[])[] {
  const runs: ReceivedEntry[][] = []
  let lastAtMs = -Infinity
  for (const entry of entries) {
    const run = runs.at(-1)
    if (!run || isApart || entry.receivedAtMs - lastAtMs > PAUSE_MS) runs.push([entry])
    else run.push(entry)
    lastAtMs = entry.receivedAtMs
  }
  return runs
}

interface SessionPin {
  /** The last of the announcements of the feeds. What lies before it is kept already, or gives nobody a right. */
  last: LoggedOperation
  readonly heads: (ChainHead & { readonly feed: FeedId })[]
}

/** What raises the pins of all revocations that we may amend, so that the feeds are kept up to the lengths. */
function amendments(core: RoomCore, log: LogHost, lengths: ReadonlyMap<FeedId, number>): readonly Step[] {
  const { state, access } = log
  const raised = new Map<OperationHash, { node: OperationHash; sessions: Map<SessionId, SessionPin> }>()
  for (const [feed, length] of lengths) {
    const record = state.feeds.get(feed)
    const grant = record && state.nodes.get(record.node)
    const opening = record && access.operation(record.operation)
    const hash = core.hashAt(feed, length)
    if (!record || !grant || !opening || !hash) continue
    for (const revocation of state.limitsFor(grant, record.person, record.document)) {
      const node = nodeToAmend(core, state, revocation)
      if (node === undefined || keeps(revocation.body.pins, record, length)) continue
      const known = raised.get(revocation.hash) ?? { node, sessions: new Map<SessionId, SessionPin>() }
      raised.set(revocation.hash, known)
      const pin = known.sessions.get(record.session)
      if (!pin) known.sessions.set(record.session, { last: opening, heads: [{ feed, length, hash }] })
      else {
        pin.heads.push({ feed, length, hash })
        if (opening.seq > pin.last.seq) pin.last = opening
      }
    }
  }
  return [...raised].flatMap(([revocation, { node, sessions }]) => {
    const pins = [...sessions].map(([session, { last, heads }]): Pin => {
      return { session, log: { length: last.seq + 1, hash: idToBytes(last.hash) }, feeds: heads }
    })
    return pinChunks(pins).map((chunk): Step => ({ node, body: { kind: 'amend', revocation, pins: chunk } }))
  })
}

const keeps = (pins: readonly Pin[], { session, feed }: FeedRecord, length: number): boolean =>
  pins.some((pin) => pin.session === session && pin.feeds.some((head) => head.feed === feed && head.length >= length))

/** The grant under which we may amend: the one that revoked, or one as senior. What somebody left stays left. */
function nodeToAmend(core: RoomCore, state: AccessState, revocation: RevocationRecord): OperationHash | undefined {
  const { authorNode, body } = revocation
  if (!authorNode || body.mode === 'leave') return undefined
  const own = state
    .nodesOf(core.me)
    .find(
      (node) =>
        node.holder !== '*' &&
        roleAllows(node.role, 'remove') &&
        (node.hash === authorNode.hash || compareSeniority(node, authorNode) <= 0) &&
        coversScope(node.documents, body.scope),
    )
  return own?.hash ?? (mayActAsRoot(core, state) ? ROOT : undefined)
}
