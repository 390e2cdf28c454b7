import { toBase64url } from '../base/bytes.ts'
import { Emitter } from '../base/emitter.ts'
import type { DocumentId, FeedId } from '../base/ids.ts'
import type { AccessState } from '../access/access-state.ts'
import type { FeedRecord } from '../access/feed-record.ts'
import { randomBytes } from '../crypto/random.ts'
import type { RefusedEdit } from './document-host.ts'
import type { RoomCore } from './room-core.ts'
import { timeText } from './time-text.ts'

/** What a user wrote and others do not take. Kept until the user puts it away: nothing is lost silently. */
export interface RejectedEdit {
  readonly id: string
  readonly document: DocumentId
  /** The words that were written. */
  readonly text: string
  /** What ended the right to write, or the guard's reason code. */
  readonly reason: RejectReason | (string & {})
  readonly atMs: number
}

export type RejectReason = 'removed' | 'demoted' | 'left' | 'not-a-writer' | 'device-removed'

/** More than anybody would look through; the oldest go first. */
const EDITS_MAX = 100
/** Ids of what was put away or made room: each is a feed and a position at which it was cut. */
const SEEN_MAX = 1000

export class RejectedEdits {
  readonly events = new Emitter<{ readonly change: undefined }>()
  readonly #core: RoomCore
  #edits: readonly RejectedEdit[] = []
  /** Cuts that the user was told of. */
  #seen: readonly string[] = []
  #isListening = false

  constructor(core: RoomCore) {
    this.#core = core
    core.events.on('changed', () => {
      // Before the documents follow the log: afterwards the words are gone from them.
      if (!this.#isListening && core.log) {
        this.#isListening = true
        core.log.events.on('changed', () => {
          this.#collect()
        })
      }
      this.#collect()
    })
  }

  get list(): readonly RejectedEdit[] {
    return this.#edits
  }

  async load(): Promise<void> {
    const stored = await this.#core.store.get(this.#key)
    if (typeof stored !== 'string') return
    const { edits, seen } = JSON.parse(stored) as { edits: readonly RejectedEdit[]; seen: readonly string[] }
    this.#edits = edits
    this.#seen = seen
  }

  /** What the document did not let out. */
  async add({ document, reason, text }: RefusedEdit): Promise<void> {
    const { state, me } = this.#core
    const isOver = reason === 'limit' || reason === 'no-feed'
    const why = isOver && state ? reasonFor(state, { document, person: me, device: this.#core.session.device }) : reason
    await this.#add([{ id: toBase64url(randomBytes(9)), document, text, reason: why }])
  }

  dismiss(id: string): void {
    void this.#save(this.#edits.filter((edit) => edit.id !== id))
  }

  /** Everything as plain text, for a file. */
  export(titleOf: (document: DocumentId) => string): string {
    return this.#edits
      .map(({ document, text, atMs }) => `${titleOf(document)}, ${timeText(atMs)}\n\n${text}\n`)
      .join('\n----\n\n')
  }

  /** Collects what we wrote, on this device or another of ours, that lies beyond what a limit keeps. */
  #collect(): void {
    const { state, me, documents, feedRecords } = this.#core
    if (!state) return
    this.#takeBack(state)
    const cut: Omit<RejectedEdit, 'atMs'>[] = []
    for (const record of feedRecords) {
      if (record.person !== me || record.limit === undefined || !state) continue
      const id = `${record.feed}/${record.limit}`
      if (this.#seen.includes(id)) continue
      const text = documents.get(record.document)?.guarded.cutOff(record.feed, record.limit) ?? ''
      if (text !== '') cut.push({ id, document: record.document, text, reason: reasonFor(state, record) })
    }
    if (cut.length > 0) void this.#add(cut)
  }

  /** What counts again after all needs nobody's keeping. */
  #takeBack(state: AccessState): void {
    const restored = new Set<string>()
    for (const { id } of this.#edits) {
      const [feed, limit] = id.split('/')
      const record = limit === undefined ? undefined : state.feeds.get(feed as FeedId)
      if (record?.status === 'effective' && (record.limit ?? Infinity) > Number(limit)) restored.add(id)
    }
    if (restored.size === 0) return
    this.#seen = this.#seen.filter((id) => !restored.has(id))
    void this.#save(this.#edits.filter(({ id }) => !restored.has(id)))
  }

  async #add(fresh: readonly Omit<RejectedEdit, 'atMs'>[]): Promise<void> {
    const atMs = this.#core.environment.now()
    const isNews = ({ document, text }: Omit<RejectedEdit, 'atMs'>): boolean =>
      text.trim() !== '' && !this.#edits.some((edit) => edit.document === document && edit.text === text)
    const edits = fresh.filter(isNews).map((edit) => ({ ...edit, atMs }))
    if (edits.length === 0) return
    this.#seen = [...this.#seen, ...edits.map(({ id }) => id)].slice(-SEEN_MAX)
    await this.#save([...this.#edits, ...edits].slice(-EDITS_MAX))
  }

  get #key(): string {
    return `rejected/${this.#core.id}`
  }

  async #save(edits: readonly RejectedEdit[]): Promise<void> {
    this.#edits = edits
    this.events.emit('change', undefined)
    const value = JSON.stringify({ edits, seen: this.#seen })
    await this.#core.store.write([{ kind: 'put', key: this.#key, value }], { durable: true })
  }
}

/** Why somebody may not write any more where they wrote. */
function reasonFor(
  state: AccessState,
  { person, device, document }: Pick<FeedRecord, 'person' | 'device' | 'document'>,
): RejectReason {
  if (!state.isDeviceStanding(device, person)) return 'device-removed'
  if (!state.member(person)) return state.removalOf(person)?.body.mode === 'leave' ? 'left' : 'removed'
  const list = state.writeListOf(document)
  return list && list.people !== '*' && !list.people.includes(person) ? 'not-a-writer' : 'demoted'
}
