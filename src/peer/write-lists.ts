import { ID_BYTES, type DocumentId, type FeedId, type PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessState } from '../access/access-state.ts'
import { compareSeniority, covers, type AuthorityNode } from '../access/authority-node.ts'
import { WRITERS_MAX } from '../access/operation-limits.ts'
import { pinsOf } from '../access/removal.ts'
import { isAtLeast } from '../access/role.ts'
import type { ChainHead } from '../feed/chain.ts'
import type { AccessReason } from './access-reason.ts'
import type { HeadStatements } from './head-statements.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

/** Who may write in one note, among those whose role lets them write. */
export interface NoteWriters {
  readonly isNarrowed: boolean
  readonly people: readonly {
    readonly person: PersonSummary
    readonly mayWrite: boolean
    /** Senior to us: no list of ours binds them. */
    readonly isFixed: boolean
  }[]
  readonly mayNarrow: boolean
}

type FeedHead = ChainHead & { readonly feed: FeedId }

/** A session with the one feed that it has in a note. */
const PIN_BYTES = 5 * ID_BYTES
/** Of an operation's 64 KiB; the rest is for its head and the lists that it replaces. */
const LIST_BYTES_MAX = 48 * 1024

/** Lists that narrow who may write in a note. They give nobody a right that their role does not. */
export class WriteLists {
  readonly #core: RoomCore
  readonly #statements: HeadStatements

  constructor(core: RoomCore, statements: HeadStatements) {
    this.#core = core
    this.#statements = statements
  }

  writersOf(note: DocumentId, summaryOf: (person: PersonId) => PersonSummary): NoteWriters {
    const { state } = this.#core
    if (!state) return { isNarrowed: false, people: [], mayNarrow: false }
    const node = this.#nodeFor(state, note)
    const people = candidatesOf(state, note).map((person) => ({
      person: summaryOf(person),
      mayWrite: state.can(person, 'write', note),
      isFixed: node === undefined || isSenior(state, person, node),
    }))
    const list = state.writeListOf(note)
    return { isNarrowed: list !== undefined && list.people !== '*', people, mayNarrow: node !== undefined }
  }

  /** What the others have written there until now stays. */
  async setWriters(note: DocumentId, people: readonly PersonId[] | 'everyone'): Promise<Result<void, AccessReason>> {
    const { log } = this.#core
    if (people !== 'everyone' && people.length > WRITERS_MAX) return rejected('not-allowed')
    const written = await log?.appendDecided(() => {
      const { state } = log
      const node = this.#nodeFor(state, note)
      if (!node) return undefined
      const over = state.writeListOperations(note)
      const listed = people === 'everyone' ? '*' : [...new Set(people)]
      const pins = listed === '*' ? [] : this.#pinsOf(state, note, new Set(listed))
      if (listed.length * ID_BYTES + pins.length * PIN_BYTES > LIST_BYTES_MAX) return undefined
      return { node: node.hash, body: { kind: 'document.writers', document: note, people: listed, pins, over } }
    })
    if (!written) return rejected('not-allowed')
    return written.ok ? accepted(undefined) : written
  }

  #pinsOf(state: AccessState, note: DocumentId, listed: ReadonlySet<PersonId>) {
    const { log } = this.#core
    const feeds = [...state.feeds.values()].filter(({ document, person }) => document === note && !listed.has(person))
    const names = new Set(feeds.map(({ feed }) => feed))
    const writers = new Set(feeds.map(({ session }) => session))
    const sessions = [...state.sessions.values()].filter(({ session }) => writers.has(session))
    if (!log) return []
    return pinsOf(log.access, sessions, (session) =>
      this.#statements
        .knownHeads(session)
        .filter(({ feed }) => names.has(feed))
        .flatMap((head) => this.#withinLimit(state, head)),
    )
  }

  /** What an earlier list has cut off stays cut off under the one that replaces it. */
  #withinLimit(state: AccessState, head: FeedHead): readonly FeedHead[] {
    const limit = state.feeds.get(head.feed)?.limit
    if (limit === undefined || limit >= head.length) return [head]
    const hash = limit > 0 ? this.#core.hashAt(head.feed, limit) : undefined
    return hash ? [{ feed: head.feed, length: limit, hash }] : []
  }

  #nodeFor(state: AccessState, note: DocumentId): AuthorityNode | undefined {
    return state
      .nodesOf(this.#core.me)
      .find((node) => node.holder !== '*' && isAtLeast(node.role, 'moderator') && covers(node.documents, note))
  }
}

const candidatesOf = (state: AccessState, note: DocumentId): readonly PersonId[] =>
  state
    .members()
    .map(({ person }) => person)
    .filter((person) => isAtLeast(state.roleOf(person, note) ?? 'relay', 'writer'))

/** Whether a grant by which the person writes comes before ours: then our list does not reach it. */
const isSenior = (state: AccessState, person: PersonId, node: AuthorityNode): boolean =>
  state
    .nodesOf(person)
    .some((other) => other === node || (isAtLeast(other.role, 'writer') && compareSeniority(other, node) < 0))
