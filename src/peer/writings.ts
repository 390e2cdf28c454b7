import type { DocumentId, FeedId, PersonId } from '../base/ids.ts'
import type { AppliedEntry } from '../document/entry-outcome.ts'
import { insertedText } from '../document/plain-text.ts'
import type { Chat } from './chat.ts'
import type { DocumentHost } from './document-host.ts'
import type { RoomCore } from './room-core.ts'

/** Something that a person wrote, as a place at which a removal may cut. */
export interface PersonWrite {
  readonly id: string
  /** When it was written, or, in a note, when this device got it; in milliseconds since 1970. */
  readonly atMs: number
  /** `Chat`, or the title of a note. */
  readonly place: string
  readonly excerpt: string
}

/** One message, or what was typed into a note without a longer pause. */
export interface Writing {
  readonly feed: FeedId
  /** The first entry of it. */
  readonly seq: number
  readonly document: DocumentId
  readonly atMs: number
  /** Of a note: where its text begins among the feed's. */
  readonly clock: number | undefined
  readonly text: string
}

/** A pause after which what is typed into a note counts as another writing. */
export const PAUSE_MS = 5 * 60_000
const EXCERPT_LENGTH_MAX = 80

/** Where a writing in a note begins. */
interface Burst {
  readonly seq: number
  readonly atMs: number
  readonly clock: number
  /** Where the text of its last entry ends. */
  clockEnd: number
}

interface FeedBursts {
  readonly bursts: Burst[]
  lastAtMs: number
}

/** Who wrote what, where and when, as far as it is shown here: for whoever decides what of it stays. */
export class Writings {
  readonly #core: RoomCore
  readonly #chat: Chat
  readonly #notes = new Map<DocumentId, Map<FeedId, FeedBursts>>()
  readonly #titleOf: (document: DocumentId) => string

  constructor(core: RoomCore, chat: Chat, titleOf: (document: DocumentId) => string) {
    this.#core = core
    this.#chat = chat
    this.#titleOf = titleOf
  }

  /** Before the document takes anything in. */
  bind(host: DocumentHost): void {
    if (host.guarded.kind !== 'note') return
    const feeds = new Map<FeedId, FeedBursts>()
    this.#notes.set(host.id, feeds)
    host.guarded.events.on('reset', () => {
      feeds.clear()
    })
    host.guarded.events.on('applied', (entries) => {
      for (const entry of entries) note(feeds, entry)
    })
  }

  /** Newest first. */
  writesOf(person: PersonId): readonly PersonWrite[] {
    return this.of(person)
      .toSorted((a, b) => b.atMs - a.atMs || b.seq - a.seq)
      .map((writing) => ({
        id: idOf(writing),
        atMs: writing.atMs,
        place: this.#titleOf(writing.document),
        excerpt: excerptOf(writing.text),
      }))
  }

  /** How many entries of each of the person's feeds come before a writing; feeds of which all does are left out. */
  lengthsBefore(person: PersonId, id: string): ReadonlyMap<FeedId, number> {
    const writings = this.of(person)
    const first = writings.find((writing) => idOf(writing) === id)
    const lengths = new Map<FeedId, number>()
    for (const { feed, seq, atMs } of writings) {
      const isAfter = first !== undefined && (feed === first.feed ? seq >= first.seq : atMs >= first.atMs)
      if (isAfter) lengths.set(feed, Math.min(lengths.get(feed) ?? seq, seq))
    }
    return lengths
  }

  /** When the newest writing of the person that is shown was written; undefined for none. */
  lastAtMs(person: PersonId): number | undefined {
    const writings = this.of(person)
    return writings.length === 0 ? undefined : Math.max(...writings.map(({ atMs }) => atMs))
  }

  /** Whether any entry of theirs is here, whatever became of it. */
  hasWritten(person: PersonId): boolean {
    const { log, documents } = this.#core
    return [...(log?.openings.values() ?? [])].some(
      (opening) =>
        opening.person === person && (documents.get(opening.document)?.heads.get(opening.feed)?.length ?? 0) > 0,
    )
  }

  of(person: PersonId): readonly Writing[] {
    const writings: Writing[] = []
    for (const record of this.#core.state?.feeds.values() ?? []) {
      if (record.person !== person || record.status !== 'effective') continue
      const host = this.#core.documents.get(record.document)
      const feeds = this.#notes.get(record.document)?.get(record.feed)
      if (!host || !feeds) continue
      for (const { seq, atMs, clock, clockEnd } of feeds.bursts) {
        const text = insertedText(host.guarded.doc, record.client, clock, clockEnd)
        writings.push({ feed: record.feed, seq, document: record.document, atMs, clock, text })
      }
    }
    for (const { document, feed, seq, atMs, text } of this.#chat.writingsOf(person))
      writings.push({ feed, seq, document, atMs, clock: undefined, text })
    return writings
  }
}

const idOf = ({ feed, seq }: Writing): string => `${feed}/${seq}`

export function excerptOf(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim()
  const letters = Array.from(line)
  return letters.length <= EXCERPT_LENGTH_MAX ? line : `${letters.slice(0, EXCERPT_LENGTH_MAX - 1).join('')}…`
}

function note(feeds: Map<FeedId, FeedBursts>, entry: AppliedEntry): void {
  const { feed, seq, receivedAtMs, clockFrom, clockTo, isShadow } = entry
  if (isShadow) return
  let known = feeds.get(feed)
  if (!known) feeds.set(feed, (known = { bursts: [], lastAtMs: -Infinity }))
  const last = known.bursts.at(-1)
  const isNew = !last || receivedAtMs - known.lastAtMs > PAUSE_MS
  if (isNew) known.bursts.push({ seq, atMs: receivedAtMs, clock: clockFrom, clockEnd: clockTo })
  else last.clockEnd = clockTo
  known.lastAtMs = Math.max(known.lastAtMs, receivedAtMs)
}
